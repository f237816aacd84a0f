/*
 * viewer_lines.c: facts as rows of a table.
 *
 * Every section has the same four columns, with its own headings: the fact in the source's words,
 * what belongs to it, when, and who says so. That keeps a page quiet, and makes one template the
 * only place where a fact becomes HTML.
 *
 * A line of several items (the same fact in several sources) shows the words of the item that
 * leads, and a source, author and date for each of them; what they disagree on has been put in
 * words by record/ and stands under the fact.
 */
#include "nhs/display.h"
#include "web/viewer_internal.h"

/* headings of the columns before "Source" */
static const struct {
    const char *fact, *detail, *when;
    const char *things; /* for counts: "9 medicines" */
    bool columns;       /* the detail is worth a column of its own everywhere */
} headings[SECTION_COUNT] = {
    [SECTION_PROBLEMS] = { "Problem", "Details", "Since", "problems", false },
    [SECTION_MEDICATION] = { "Medicine", "Dose", "Since", "medicines", true },
    [SECTION_ALLERGIES] = { "Cause", "Reaction", "Recorded", "allergies", true },
    [SECTION_RESULTS] = { "Result", "Value", "Taken", "results", true },
    [SECTION_OBSERVATIONS] = { "Observation", "Value", "Taken", "observations", true },
    [SECTION_ENCOUNTERS] = { "Contact", "Details", "When", "contacts", false },
    [SECTION_APPOINTMENTS] = { "Appointment", "Details", "When", "appointments", false },
    [SECTION_PROCEDURES] = { "Procedure", "Details", "When", "procedures", false },
    [SECTION_IMMUNISATIONS] = { "Vaccine", "Details", "Given", "immunisations", false },
    [SECTION_DOCUMENTS] = { "Document", "Kind", "Dated", "documents", false },
    [SECTION_CARE_PLANS] = { "Plan", "Details", "Since", "plans", false },
    [SECTION_ALERTS] = { "Alert", "Details", "Since", "alerts", false },
    [SECTION_CONTACTS] = { "Person or service", "Details", "Since", "contacts", false },
};

static bool same_day(const struct instant *a, const struct instant *b)
{
    return a->year == b->year && a->month == b->month && a->day == b->day &&
           (a->precision >= INSTANT_DAY) == (b->precision >= INSTANT_DAY);
}

/* the date of an item's writing where it is another than that of the fact */
static struct slice source_date(struct viewer *viewer, const struct record_item *item,
                                const struct record_item *lead)
{
    if (item != lead && item->has_date && !same_day(&item->date, &lead->date)) {
        return viewer_date(viewer, &item->date);
    }
    if (item->has_recorded && item->has_date && !same_day(&item->recorded, &item->date)) {
        return VIEWER_JOIN(viewer, SLICE("recorded "), viewer_date(viewer, &item->recorded));
    }
    return (struct slice){ NULL, 0 };
}

/* the items of a line that one author at one source wrote down */
struct voice {
    const struct record_item *newest;
    const struct record_item *oldest;
    size_t count;
};

static bool same_voice(const struct record_item *a, const struct record_item *b)
{
    return a->source == b->source && slice_equal(a->author, b->author);
}

static int64_t when(const struct record_item *item)
{
    return item->has_date ? instant_microseconds(&item->date) : INT64_MIN;
}

static size_t find_voices(const struct record_line *line, struct voice *voices)
{
    size_t count = 0;
    for (size_t i = 0; i < line->count; i++) {
        const struct record_item *item = line->items[i];
        size_t v = 0;
        while (v < count && !same_voice(voices[v].newest, item)) {
            v++;
        }
        struct voice *voice = &voices[v];
        if (v == count) {
            count++;
            *voice = (struct voice){ .newest = item, .oldest = item };
        }
        voice->newest = when(item) > when(voice->newest) ? item : voice->newest;
        voice->oldest = when(item) < when(voice->oldest) ? item : voice->oldest;
        voice->count++;
    }
    return count;
}

/* "05-Jan-2026, 03-Dec-2025, ...": in the order of the line, in one piece of memory */
static struct slice dates_of(struct viewer *viewer, const struct record_line *line,
                             const struct voice *voice)
{
    size_t room = voice->count * (DISPLAY_SIZE + 2);
    char *text = viewer_rows(viewer, room, char);
    size_t len = 0;
    for (size_t i = 0; i < line->count && text != NULL; i++) {
        const struct record_item *item = line->items[i];
        if (!same_voice(item, voice->newest)) {
            continue;
        }
        struct slice date =
            item->has_date ? viewer_date(viewer, &item->date) : SLICE("date not recorded");
        if (viewer->failed || date.len + 2 > room - len) {
            break;
        }
        if (len > 0) {
            memcpy(text + len, ", ", 2);
            len += 2;
        }
        memcpy(text + len, date.ptr, date.len);
        len += date.len;
    }
    return slice_of(text, len);
}

/*
 * Who says so: each author at each source once. What one of them wrote down many times (a medicine
 * issued every month) is counted, and on the section's page all its dates are one click away.
 */
static void fill_line_sources(struct viewer *viewer, const struct record_line *line, bool full,
                              struct view_line *view)
{
    struct voice *voices = viewer_rows(viewer, line->count, struct voice);
    if (voices == NULL) {
        return;
    }
    size_t count = find_voices(line, voices);
    struct view_line_sources *rows = viewer_rows(viewer, count, struct view_line_sources);
    view->sources = rows;
    for (size_t i = 0; i < count && rows != NULL; i++) {
        const struct voice *voice = &voices[i];
        struct view_line_sources *row = &rows[view->sources_count++];
        row->name = viewer->short_names[voice->newest->source];
        row->author = voice->newest->author;
        if (voice->count > 1) {
            row->entries =
                VIEWER_JOIN(viewer, viewer_number(viewer, voice->count), SLICE(" entries"));
            row->dates = full ? dates_of(viewer, line, voice) : (struct slice){ NULL, 0 };
        } else if (full) {
            row->date = source_date(viewer, voice->newest, line->items[0]);
        }
    }
}

static void fill_line_dates(struct viewer *viewer, const struct record_item *item, bool full,
                            struct view_line *view)
{
    bool timed =
        item->section == SECTION_APPOINTMENTS ||
        (full && (item->section == SECTION_RESULTS || item->section == SECTION_OBSERVATIONS ||
                  item->section == SECTION_ENCOUNTERS));
    if (item->has_date) {
        view->date =
            timed ? viewer_date_time(viewer, &item->date) : viewer_date(viewer, &item->date);
    } else if (item->has_recorded) {
        view->date = viewer_date(viewer, &item->recorded);
        view->date_word = item->section == SECTION_ALLERGIES ? SLICE("") : SLICE("recorded");
    }
    if (item->has_end && !(item->has_date && same_day(&item->end, &item->date))) {
        view->until = viewer_date(viewer, &item->end);
    }
}

static void fill_line(struct viewer *viewer, const struct record_line *line, bool full, bool merged,
                      struct view_line *view)
{
    const struct record_item *item = line->items[0];
    view->title = item->title.len > 0 ? item->title : SLICE("(no words recorded)");
    view->detail = item->detail;
    view->dose = item->section == SECTION_MEDICATION && item->detail.len > 0;
    view->merged = merged;
    view->status = viewer_status(item);
    view->value = viewer_value(viewer, item);
    view->flagged = viewer_flag(item->flag, &view->danger);
    view->withdrawn = item->status == ITEM_ENTERED_IN_ERROR;
    view->negative = item->status == ITEM_REFUTED;
    if (!slice_equal(item->location, viewer->record->sources[item->source].name)) {
        view->place = item->location; /* the source's own name stands beside it already */
    }
    bool risk = item->section == SECTION_ALLERGIES || item->section == SECTION_ALERTS;
    view->note = full || risk ? item->note : SLICE("");
    view->difference = line->difference;
    if (item->severe && item->section == SECTION_ALLERGIES) {
        view->flagged = SLICE("high risk");
        view->danger = true;
    }
    if (full) {
        view->document = item->attachment_text;
    }
    fill_line_dates(viewer, item, full, view);
    fill_line_sources(viewer, line, full, view);
}

/* a column for details where no line has any would only push the others together */
static bool has_details(const struct record_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct record_item *item = lines[i].items[0];
        if (item->detail.len > 0 || item->location.len > 0 || item->value.present ||
            item->value_text.len > 0) {
            return true;
        }
    }
    return false;
}

/* -- what a block says of itself -- */

/* how many different sources stand behind the lines */
static size_t sources_of(const struct record_line *lines, size_t count)
{
    uint64_t seen = 0; /* LIMIT_RECORD_SOURCES is 64 */
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < lines[i].count; j++) {
            seen |= UINT64_C(1) << (lines[i].items[j]->source % 64);
        }
    }
    return (size_t)__builtin_popcountll(seen);
}

static struct slice count_words(struct viewer *viewer, const struct viewer_block *block,
                                const struct record_line *lines, size_t count)
{
    size_t sources = sources_of(lines, count);
    size_t unread = viewer->record->sections[block->section].unreadable;
    if (count == 0) {
        return (struct slice){ NULL, 0 };
    }
    struct slice unreadable = { NULL, 0 };
    if (unread > 0 && !block->past) {
        unreadable =
            VIEWER_JOIN(viewer, SLICE("; could not be read: "), viewer_number(viewer, unread));
    }
    return VIEWER_JOIN(viewer, viewer_number(viewer, count), SLICE(" "),
                       count == 1 ? SLICE("entry")
                                  : slice_from_string(headings[block->section].things),
                       SLICE(" from "), viewer_number(viewer, sources),
                       sources == 1 ? SLICE(" source") : SLICE(" sources"), unreadable);
}

/*
 * What the sources say of a section. A page of its own accounts for every source; a card of the
 * summary names only those whose state is another here than in the line at the top of the page,
 * which stands right above.
 */
size_t viewer_states(struct viewer *viewer, enum record_section section, bool all,
                     struct view_block_states **ret_states)
{
    const struct record *record = viewer->record;
    struct view_block_states *rows =
        viewer_rows(viewer, record->source_count, struct view_block_states);
    size_t count = 0;
    for (size_t i = 0; i < record->source_count && rows != NULL; i++) {
        enum source_state state = record->sections[section].states[i];
        bool usual = state == SOURCE_OK || state == SOURCE_NONE_RECORDED ||
                     state == SOURCE_NOT_SUPPORTED || state == record->sources[i].state;
        if (all || !usual) {
            rows[count].name = viewer->short_names[i];
            rows[count].state = viewer_state_words(state);
            rows[count].bad = viewer_state_is_missing(state);
            count++;
        }
    }
    *ret_states = rows;
    return count;
}

/* the way from a card to its section */
static void link_to_section(struct viewer *viewer, enum record_section section,
                            struct view_block *view)
{
    size_t past = viewer->record->sections[section].past_count;
    view->all_url = viewer_section_url(viewer, section);
    view->all_text =
        past > 0 ? VIEWER_JOIN(viewer, SLICE("past "), viewer_number(viewer, past)) : SLICE("all");
}

/* the lines that a block is about */
static const struct record_line *lines_of(const struct viewer *viewer,
                                          const struct viewer_block *block, size_t *ret_count)
{
    const struct record_section_view *section = &viewer->record->sections[block->section];
    if (block->lines != NULL) {
        *ret_count = block->lines_count;
        return block->lines;
    }
    *ret_count = block->past ? section->past_count : section->current_count;
    return block->past ? section->past : section->current;
}

void viewer_block(struct viewer *viewer, const struct viewer_block *block,
                  struct view_block *ret_view)
{
    size_t count;
    const struct record_line *lines = lines_of(viewer, block, &count);
    size_t shown = block->most > 0 && count > block->most ? block->most : count;
    struct view_line *rows = viewer_rows(viewer, shown, struct view_line);
    bool merged = block->summary ? !headings[block->section].columns : !has_details(lines, count);
    *ret_view = (struct view_block){
        .id = slice_from_string(block->id),
        .title = block->title,
        .count = count_words(viewer, block, lines, count),
        .risk = block->risk,
        .merged = merged,
        .timed = block->section == SECTION_APPOINTMENTS,
        .width = slice_from_string(block->width),
        .head_fact = slice_from_string(headings[block->section].fact),
        .head_detail = slice_from_string(headings[block->section].detail),
        .head_when = slice_from_string(headings[block->section].when),
        .rows = rows,
        .rows_count = rows != NULL ? shown : 0,
        .empty = viewer_empty(viewer, block->section),
    };
    for (size_t i = 0; i < ret_view->rows_count; i++) {
        fill_line(viewer, &lines[i], !block->summary, merged, &rows[i]);
    }
    if (block->states) {
        struct view_block_states *states = NULL;
        ret_view->states_count = viewer_states(viewer, block->section, !block->summary, &states);
        ret_view->states = states;
    }
    if (block->summary) {
        link_to_section(viewer, block->section, ret_view);
    }
    if (shown < count) {
        ret_view->more_url = viewer_section_url(viewer, block->section);
        ret_view->more_text =
            VIEWER_JOIN(viewer, viewer_number(viewer, count - shown), SLICE(" more"));
    }
}
