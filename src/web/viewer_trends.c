/*
 * viewer_trends.c: tests over time, as points with the normal band, beside their numbers.
 *
 * A trend has one test and one unit (hazard H9). Time runs in proportion along x; y spans the
 * values and the band. The band is that of the latest result: another laboratory's range is never
 * laid over it (H10), and each value in the table below keeps its own. What is no number (text, a
 * pair of blood pressures) is not drawn but listed.
 *
 * Coordinates are written by hand in tenths of a pixel: a page may have a thousand points.
 */
#include "web/viewer_internal.h"

#define WIDTH  120
#define HEIGHT 30
#define INSET  4

struct scale {
    double first, last; /* microseconds */
    double low, high;
};

/* two quantities of one unit: systolic and diastolic */
static bool is_pair(const struct record_item *item)
{
    return !item->value.present && item->components_count == 2 &&
           item->components[0].value.present && item->components[1].value.present &&
           slice_equal(item->components[0].value.unit, item->components[1].value.unit);
}

static bool is_drawn(const struct record_item *item)
{
    return (item->value.present || is_pair(item)) && item->has_date &&
           item->status != ITEM_ENTERED_IN_ERROR;
}

/* the one value, or the two of a pair */
static size_t values_of(const struct record_item *item, double ret_values[2])
{
    if (item->value.present) {
        ret_values[0] = item->value.number;
        return 1;
    }
    ret_values[0] = item->components[0].value.number;
    ret_values[1] = item->components[1].value.number;
    return 2;
}

/* tenths of a pixel as "12.3" */
static struct slice tenths(struct viewer *viewer, double pixels)
{
    int64_t number = (int64_t)(pixels * 10 + 0.5);
    if (number < 0) {
        number = 0;
    }
    char text[24];
    size_t at = sizeof text;
    text[--at] = (char)('0' + number % 10);
    text[--at] = '.';
    number /= 10;
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return VIEWER_JOIN(viewer, slice_of(text + at, sizeof text - at));
}

static double x_of(const struct scale *scale, const struct record_item *item)
{
    double span = scale->last - scale->first;
    double at = (double)instant_microseconds(&item->date);
    return span <= 0 ? WIDTH - INSET : INSET + (at - scale->first) / span * (WIDTH - 2 * INSET);
}

static double y_of(const struct scale *scale, double value)
{
    double span = scale->high - scale->low;
    return span <= 0 ? HEIGHT / 2.0
                     : HEIGHT - INSET - (value - scale->low) / span * (HEIGHT - 2 * INSET);
}

static void widen(struct scale *scale, double value)
{
    if (value < scale->low) {
        scale->low = value;
    }
    if (value > scale->high) {
        scale->high = value;
    }
}

/* how many items can be drawn; their extent in *ret_scale */
static size_t measure(const struct record_trend *trend, struct scale *ret_scale)
{
    size_t count = 0;
    double values[2];
    for (size_t i = 0; i < trend->count; i++) {
        const struct record_item *item = trend->points[i];
        if (!is_drawn(item)) {
            continue;
        }
        double at = (double)instant_microseconds(&item->date);
        size_t n = values_of(item, values);
        if (count++ == 0) {
            *ret_scale = (struct scale){ at, at, values[0], values[0] };
        }
        ret_scale->first = at < ret_scale->first ? at : ret_scale->first;
        ret_scale->last = at > ret_scale->last ? at : ret_scale->last;
        widen(ret_scale, values[0]);
        widen(ret_scale, values[n - 1]);
    }
    return count;
}

static void draw_band(struct viewer *viewer, const struct record_item *latest,
                      const struct scale *scale, struct view_trends_rows *row)
{
    if (!latest->low.present && !latest->high.present) {
        return;
    }
    double top = latest->high.present ? y_of(scale, latest->high.number) : 0;
    double bottom = latest->low.present ? y_of(scale, latest->low.number) : HEIGHT;
    if (bottom > top) {
        row->band = true;
        row->band_y = tenths(viewer, top);
        row->band_height = tenths(viewer, bottom - top);
    }
}

/* the shapes of one trend while they are drawn */
struct drawing {
    struct view_trends_rows_dots *dots;
    struct view_trends_rows_stems *stems;
    char *points;
    size_t room; /* of points */
    size_t len;
};

static void draw_dot(const struct record_item *item, struct slice x, struct slice y,
                     struct drawing *drawing, struct view_trends_rows *row)
{
    struct view_trends_rows_dots *dot = &drawing->dots[row->dots_count++];
    dot->x = x;
    dot->y = y;
    viewer_flag(item->flag, &dot->danger);
}

static void draw_item(struct viewer *viewer, const struct record_item *item,
                      const struct scale *scale, struct drawing *drawing,
                      struct view_trends_rows *row)
{
    double values[2];
    struct slice x = tenths(viewer, x_of(scale, item));
    if (values_of(item, values) == 2) {
        struct view_trends_rows_stems *stem = &drawing->stems[row->stems_count++];
        stem->x = x;
        stem->high = tenths(viewer, y_of(scale, values[0]));
        stem->low = tenths(viewer, y_of(scale, values[1]));
        draw_dot(item, x, stem->high, drawing, row);
        draw_dot(item, x, stem->low, drawing, row);
        return;
    }
    struct slice y = tenths(viewer, y_of(scale, values[0]));
    draw_dot(item, x, y, drawing, row);
    if (!viewer->failed && drawing->room - drawing->len > x.len + y.len + 1) {
        memcpy(drawing->points + drawing->len, x.ptr, x.len);
        drawing->len += x.len;
        drawing->points[drawing->len++] = ',';
        memcpy(drawing->points + drawing->len, y.ptr, y.len);
        drawing->len += y.len;
        drawing->points[drawing->len++] = ' ';
    }
}

static void draw(struct viewer *viewer, const struct record_trend *trend,
                 struct view_trends_rows *row)
{
    struct scale scale = { 0 };
    size_t count = measure(trend, &scale);
    if (count < 2) {
        return; /* one value is no trend; the numbers beside it say all */
    }
    struct drawing drawing = {
        .dots = viewer_rows(viewer, 2 * count, struct view_trends_rows_dots),
        .stems = viewer_rows(viewer, count, struct view_trends_rows_stems),
        .points = viewer_rows(viewer, count * 20, char),
        .room = count * 20,
    };
    if (trend->latest->low.present) {
        widen(&scale, trend->latest->low.number);
    }
    if (trend->latest->high.present) {
        widen(&scale, trend->latest->high.number);
    }
    for (size_t i = 0; i < trend->count && !viewer->failed; i++) {
        if (is_drawn(trend->points[i])) {
            draw_item(viewer, trend->points[i], &scale, &drawing, row);
        }
    }
    row->points = slice_trim(slice_of(drawing.points, drawing.len));
    row->dots = drawing.dots;
    row->stems = drawing.stems;
    row->drawn = true;
    draw_band(viewer, trend->latest, &scale, row);
}

static void fill_history(struct viewer *viewer, const struct record_trend *trend,
                         struct view_trends_rows *row)
{
    struct view_trends_rows_history *rows =
        viewer_rows(viewer, trend->count, struct view_trends_rows_history);
    row->history = rows;
    for (size_t i = 0; i < trend->count && rows != NULL; i++) {
        const struct record_item *item = trend->points[trend->count - 1 - i];
        struct view_trends_rows_history *one = &rows[row->history_count++];
        one->taken = item->has_date ? viewer_date_time(viewer, &item->date) : SLICE("Not recorded");
        one->value = viewer_value(viewer, item);
        one->flagged = viewer_flag(item->flag, &one->danger);
        one->range = viewer_range(viewer, item);
        one->status = viewer_status(item);
        one->withdrawn = item->status == ITEM_ENTERED_IN_ERROR;
        one->note = item->note;
        one->source = viewer->short_names[item->source];
        one->author = item->author;
    }
}

static struct slice anchor(struct viewer *viewer, size_t number)
{
    return VIEWER_JOIN(viewer, SLICE("test-"), viewer_number(viewer, number + 1));
}

/* "49 mL/min, 09-Sep-2026"; in the summary the value alone, whose unit is that of the latest */
static struct slice previous(struct viewer *viewer, const struct record_trend *trend, bool full)
{
    const struct record_item *item = trend->previous;
    if (item == NULL) {
        return (struct slice){ NULL, 0 };
    }
    if (!full) {
        return item->value.present ? VIEWER_JOIN(viewer, item->value.comparator, item->value.value)
                                   : item->value_text;
    }
    struct slice date =
        item->has_date ? viewer_date(viewer, &item->date) : SLICE("date not recorded");
    return VIEWER_JOIN(viewer, viewer_value(viewer, item), SLICE(", "), date);
}

static void fill_trend(struct viewer *viewer, enum record_section section,
                       const struct record_trend *trend, size_t number, bool full,
                       struct view_trends_rows *row)
{
    const struct record_item *latest = trend->latest;
    row->title = trend->title;
    if (full) {
        row->anchor = anchor(viewer, number);
        fill_history(viewer, trend, row);
    } else {
        row->anchor = VIEWER_JOIN(viewer, SLICE("summary-"), anchor(viewer, number));
        row->url = VIEWER_JOIN(viewer, viewer_section_url(viewer, section), SLICE("#"),
                               anchor(viewer, number));
    }
    row->value = viewer_value(viewer, latest);
    row->flagged = viewer_flag(latest->flag, &row->danger);
    row->range = viewer_range(viewer, latest);
    row->taken = latest->has_date ? viewer_date(viewer, &latest->date) : SLICE("Not recorded");
    row->source = viewer->short_names[latest->source];
    row->values = trend->count;
    row->single = trend->count == 1;
    if (trend->count > 1 && trend->points[0]->has_date) {
        row->first_taken = viewer_date(viewer, &trend->points[0]->date);
    }
    row->previous = previous(viewer, trend, full);
    draw(viewer, trend, row);
}

void viewer_trends(struct viewer *viewer, enum record_section section, size_t most, bool full,
                   const char *width, struct view_trends *ret_view)
{
    const struct record_section_view *view = &viewer->record->sections[section];
    size_t count = view->trends_count;
    size_t shown = most > 0 && count > most ? most : count;
    struct view_trends_rows *rows = viewer_rows(viewer, shown, struct view_trends_rows);
    *ret_view = (struct view_trends){
        .id = full ? SLICE("tests") : SLICE("recent-results"),
        .title = full ? SLICE("By test") : SLICE("Recent results"),
        .width = slice_from_string(width),
        .full = full,
        .empty = viewer_empty(viewer, section),
        .rows = rows,
        .rows_count = rows != NULL ? shown : 0,
        .count = VIEWER_JOIN(viewer, viewer_number(viewer, count),
                             count == 1 ? SLICE(" test") : SLICE(" tests")),
    };
    for (size_t i = 0; i < ret_view->rows_count; i++) {
        fill_trend(viewer, section, &view->trends[i], i, full, &rows[i]);
    }
    /* both lists have rows of the same three members; the type is made twice by the compiler */
    struct view_block_states *states = NULL;
    size_t states_count = viewer_states(viewer, section, full, &states);
    struct view_trends_states *copies =
        viewer_rows(viewer, states_count, struct view_trends_states);
    for (size_t i = 0; i < states_count && copies != NULL; i++) {
        copies[i].name = states[i].name;
        copies[i].state = states[i].state;
        copies[i].bad = states[i].bad;
        ret_view->states_count++;
    }
    ret_view->states = copies;
    if (!full) {
        ret_view->all_url = viewer_section_url(viewer, section);
        ret_view->all_text =
            VIEWER_JOIN(viewer, SLICE("all "), viewer_number(viewer, view->item_count));
    }
    if (shown < count) {
        ret_view->more_url = viewer_section_url(viewer, section);
        ret_view->more_text =
            VIEWER_JOIN(viewer, viewer_number(viewer, count - shown), SLICE(" more tests"));
    }
}
