/*
 * viewer_lanes.c: five years of contacts at a glance, a lane for each source.
 *
 * A picture only: all it shows is listed under Encounters and in the timeline. A stay of at least a
 * day is a bar, everything else a point. A source that did not answer keeps its lane, with the
 * reason in its name, so that an empty lane is never read as "no contact" (hazard H4).
 */
#include "web/viewer_internal.h"

#define LANE_LEFT  250
#define LANE_RIGHT 1080
#define LANE_FIRST 14
#define LANE_STEP  26
#define LANE_YEARS 5
#define DAY_US     INT64_C(86400000000)

struct span {
    int64_t from, to;
};

static int64_t year_start(int64_t year)
{
    return instant_days_from_civil(year, 1, 1) * DAY_US;
}

/* pixels along the lane */
static uint64_t place(const struct span *span, int64_t at)
{
    at = at < span->from ? span->from : at > span->to ? span->to : at;
    return LANE_LEFT + (uint64_t)((double)(at - span->from) / (double)(span->to - span->from) *
                                  (LANE_RIGHT - LANE_LEFT - 6));
}

static void fill_years(struct viewer *viewer, int64_t first, const struct span *span,
                       struct view_record_summary *view)
{
    struct view_record_summary_years *years =
        viewer_rows(viewer, LANE_YEARS, struct view_record_summary_years);
    for (int64_t i = 0; i < LANE_YEARS && years != NULL; i++) {
        uint64_t x = place(span, year_start(first + i));
        years[i].x = viewer_number(viewer, x);
        years[i].label_x = viewer_number(viewer, x + 4);
        years[i].label = viewer_number(viewer, (uint64_t)(first + i));
        view->years_count++;
    }
    view->years = years;
}

/* where the first line of a name ends: at its end, or at the last space before the lanes begin */
static size_t line_end(struct slice name)
{
    size_t pixels = 0;
    size_t space = 0;
    for (size_t i = 0; i < name.len; i++) {
        pixels +=
            name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? 10 : 7; /* Arial at 13 px, generously */
        if (name.ptr[i] == ' ') {
            space = i;
        }
        if (pixels > LANE_LEFT - 8) {
            return space > 0 ? space : name.len;
        }
    }
    return name.len;
}

/* text in a picture does not wrap: a long name is two lines, divided at a space */
static void name_lane(struct viewer *viewer, size_t source, uint64_t y,
                      struct view_record_summary_lanes *row)
{
    const struct record_source *one = &viewer->record->sources[source];
    enum source_state state = one->asked ? one->state : SOURCE_NOT_ASKED;
    struct slice name = viewer->short_names[source];
    size_t cut = line_end(name);
    bool two = cut < name.len;
    row->name = slice_sub(name, 0, cut);
    row->label_y = viewer_number(viewer, two ? y - 2 : y + 4);
    if (two) {
        row->more_name = slice_from(name, cut + 1);
        row->more_y = viewer_number(viewer, y + 10);
    }
    if (state != SOURCE_OK && state != SOURCE_NONE_RECORDED) {
        row->state = viewer_state_words(state);
        row->missing = viewer_state_is_missing(state);
    }
}

struct lane {
    struct view_record_summary_lanes_points *points;
    struct view_record_summary_lanes_bars *bars;
    size_t points_count, bars_count;
    uint64_t y;
};

static void add_item(struct viewer *viewer, const struct record_item *item, const struct span *span,
                     struct lane *lane)
{
    if (!item->has_date || item->status == ITEM_ENTERED_IN_ERROR) {
        return;
    }
    int64_t from = instant_microseconds(&item->date);
    int64_t to = item->has_end ? instant_microseconds(&item->end) : from;
    if (to < span->from || from >= span->to) {
        return;
    }
    if (to - from < DAY_US) {
        lane->points[lane->points_count++].x = viewer_number(viewer, place(span, from));
        return;
    }
    uint64_t left = place(span, from);
    uint64_t right = place(span, to);
    struct view_record_summary_lanes_bars *bar = &lane->bars[lane->bars_count++];
    bar->x = viewer_number(viewer, left);
    bar->y = viewer_number(viewer, lane->y - 7);
    bar->width = viewer_number(viewer, right - left < 5 ? 5 : right - left);
}

static void add_lines(struct viewer *viewer, const struct record_line *lines, size_t count,
                      const struct span *span, struct lane *lanes)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < lines[i].count; j++) {
            const struct record_item *item = lines[i].items[j];
            add_item(viewer, item, span, &lanes[item->source]);
        }
    }
}

static bool make_lanes(struct viewer *viewer, const struct record_section_view *section,
                       struct lane *lanes)
{
    size_t *counts = viewer_rows(viewer, viewer->record->source_count, size_t);
    const struct record_line *lists[] = { section->current, section->past };
    size_t sizes[] = { section->current_count, section->past_count };
    for (size_t l = 0; l < 2 && counts != NULL; l++) {
        for (size_t i = 0; i < sizes[l]; i++) {
            for (size_t j = 0; j < lists[l][i].count; j++) {
                counts[lists[l][i].items[j]->source]++;
            }
        }
    }
    for (size_t i = 0; i < viewer->record->source_count && counts != NULL; i++) {
        lanes[i].points = viewer_rows(viewer, counts[i], struct view_record_summary_lanes_points);
        lanes[i].bars = viewer_rows(viewer, counts[i], struct view_record_summary_lanes_bars);
        lanes[i].y = LANE_FIRST + LANE_STEP * i;
    }
    return !viewer->failed;
}

/* this year, or that of the last contact when it is longer ago than the picture reaches */
static int64_t last_year(const struct viewer *viewer, const struct record_section_view *section)
{
    int64_t now = instant_from_microseconds(viewer->record->made).year;
    int64_t latest = 0;
    const struct record_line *lists[] = { section->current, section->past };
    size_t sizes[] = { section->current_count, section->past_count };
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < sizes[l]; i++) {
            const struct record_item *item = lists[l][i].items[0];
            if (item->has_date && item->date.year <= now && item->date.year > latest) {
                latest = item->date.year;
            }
        }
    }
    return latest == 0 || now - latest < LANE_YEARS ? now : latest;
}

void viewer_lanes(struct viewer *viewer, struct view_record_summary *view)
{
    const struct record_section_view *section = &viewer->record->sections[SECTION_ENCOUNTERS];
    size_t sources = viewer->record->source_count;
    struct lane *lanes = viewer_rows(viewer, sources, struct lane);
    struct view_record_summary_lanes *rows =
        viewer_rows(viewer, sources, struct view_record_summary_lanes);
    if (section->item_count == 0 || lanes == NULL || rows == NULL ||
        !make_lanes(viewer, section, lanes)) {
        return;
    }
    int64_t last = last_year(viewer, section);
    int64_t first = last - LANE_YEARS + 1;
    struct span span = { year_start(first), year_start(last + 1) };
    add_lines(viewer, section->current, section->current_count, &span, lanes);
    add_lines(viewer, section->past, section->past_count, &span, lanes);
    for (size_t i = 0; i < sources; i++) {
        name_lane(viewer, i, lanes[i].y, &rows[i]);
        rows[i].y = viewer_number(viewer, lanes[i].y);
        rows[i].points = lanes[i].points;
        rows[i].points_count = lanes[i].points_count;
        rows[i].bars = lanes[i].bars;
        rows[i].bars_count = lanes[i].bars_count;
    }
    fill_years(viewer, first, &span, view);
    uint64_t axis = LANE_FIRST + LANE_STEP * (sources - 1) + 14;
    view->lanes = rows;
    view->lanes_count = sources;
    view->lanes_axis = viewer_number(viewer, axis);
    view->lanes_height = viewer_number(viewer, axis + 20);
    view->lanes_years = VIEWER_JOIN(viewer, SLICE("from "), viewer_number(viewer, (uint64_t)first),
                                    SLICE(" to "), viewer_number(viewer, (uint64_t)last));
    view->timeline_url = viewer_timeline_url(viewer);
}
