/*
 * viewer_pages.c: puts the parts together: summary, one section, the timeline.
 *
 * The summary is ordered by what can hurt: allergies and alerts first, then medicines, problems,
 * results, events. Allergies, alerts and current medicines are always there in full; the other
 * cards show the first few and link to all. A section's page shows everything.
 */
#include "net/http_server.h"
#include "web/viewer_internal.h"

bool viewer_source_asked(const struct http_parameter *query, size_t count, struct slice ods)
{
    bool chosen = false;
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(query[i].name, SLICE("source")) && slice_equal(query[i].value, ods)) {
            return true;
        }
        chosen = chosen || slice_equal(query[i].name, SLICE("chosen"));
    }
    return !chosen;
}

/* ---- summary ---- */

#define ROWS_PROBLEMS 12
#define ROWS_RESULTS  8
#define ROWS_EVENTS   6
#define ROWS_FEW      4

/* a card of the summary; NULL when the role sees nothing of it, or when it is optional and empty */
static const struct view_block *card(struct viewer *viewer, enum record_section section,
                                     const char *title, const char *width, size_t most, bool risk,
                                     bool optional)
{
    const struct record_section_view *section_view = &viewer->record->sections[section];
    struct viewer_section_state state = viewer_section_state(viewer, section);
    if (viewer_section_hidden(viewer, section) ||
        (optional && section_view->current_count == 0 && state.missing == 0)) {
        return NULL;
    }
    struct view_block *view = viewer_rows(viewer, 1, struct view_block);
    struct viewer_block block = {
        .section = section,
        .summary = true,
        .most = most,
        .id = viewer_section_address(section).ptr, /* a literal */
        .title = slice_from_string(title),
        .width = width,
        .risk = risk,
        .states = true,
    };
    if (view != NULL) {
        viewer_block(viewer, &block, view);
    }
    return view;
}

static const struct view_trends *results_card(struct viewer *viewer)
{
    if (viewer_section_hidden(viewer, SECTION_RESULTS)) {
        return NULL;
    }
    struct view_trends *view = viewer_rows(viewer, 1, struct view_trends);
    if (view != NULL) {
        viewer_trends(viewer, SECTION_RESULTS, ROWS_RESULTS, false, "ev-w7", view);
    }
    return view;
}

bool viewer_summary_page(const struct record *record, const struct viewer_session *session,
                         struct arena *arena, struct strbuf *out, struct fault *fault)
{
    struct viewer viewer;
    if (!viewer_begin(&viewer, record, session, arena)) {
        return page_done(out, arena, false, fault);
    }
    struct viewer_page page = { true, false, SECTION_COUNT, SLICE("Summary") };
    struct view_record_summary view = {
        .top = viewer_top(&viewer, &page),
        .bottom = viewer_bottom(&viewer),
        .allergies = card(&viewer, SECTION_ALLERGIES, "Allergies and adverse reactions", "ev-w6", 0,
                          true, false),
        .alerts = card(&viewer, SECTION_ALERTS, "Alerts and flags", "ev-w6", 0, true, false),
        .medication =
            card(&viewer, SECTION_MEDICATION, "Current medication", "ev-w7", 0, false, false),
        .problems =
            card(&viewer, SECTION_PROBLEMS, "Problems", "ev-w5", ROWS_PROBLEMS, false, false),
        .results = results_card(&viewer),
        .encounters =
            card(&viewer, SECTION_ENCOUNTERS, "Last contacts", "ev-w5", ROWS_EVENTS, false, false),
        .appointments =
            card(&viewer, SECTION_APPOINTMENTS, "Appointments", "ev-w6", ROWS_FEW, false, true),
        .documents = card(&viewer, SECTION_DOCUMENTS, "Documents", "ev-w6", ROWS_FEW, false, true),
        .care_plans =
            card(&viewer, SECTION_CARE_PLANS, "Care plans", "ev-w6", ROWS_FEW, false, true),
    };
    if (!viewer_section_hidden(&viewer, SECTION_ENCOUNTERS)) {
        viewer_lanes(&viewer, &view);
    }
    if (!viewer.failed) {
        template_record_summary(&view, out);
    }
    return page_done(out, arena, !viewer.failed, fault);
}

/* ---- one section ---- */

static int by_address(const void *left, const void *right)
{
    const struct record_item *const *a = left;
    const struct record_item *const *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* the lines none of whose items is a point of a trend: reports and other results */
static struct record_line *untrended(struct viewer *viewer, const struct record_section_view *view,
                                     const struct record_line *lines, size_t count,
                                     size_t *ret_count)
{
    size_t total = 0;
    for (size_t i = 0; i < view->trends_count; i++) {
        total += view->trends[i].count;
    }
    const struct record_item **points = viewer_rows(viewer, total, const struct record_item *);
    struct record_line *kept = viewer_rows(viewer, count, struct record_line);
    *ret_count = 0;
    if (points == NULL || kept == NULL) {
        return kept;
    }
    size_t at = 0;
    for (size_t i = 0; i < view->trends_count; i++) {
        for (size_t j = 0; j < view->trends[i].count; j++) {
            points[at++] = view->trends[i].points[j];
        }
    }
    qsort(points, total, sizeof(const struct record_item *), by_address);
    for (size_t i = 0; i < count; i++) {
        bool drawn = true;
        for (size_t j = 0; j < lines[i].count && drawn; j++) {
            drawn = bsearch(&lines[i].items[j], points, total, sizeof(const struct record_item *),
                            by_address) != NULL;
        }
        if (!drawn) {
            kept[(*ret_count)++] = lines[i];
        }
    }
    return kept;
}

/* titles of the list of what is so now and of what is past */
static const struct {
    const char *current, *past;
} list_titles[SECTION_COUNT] = {
    [SECTION_PROBLEMS] = { "Active problems", "Past problems" },
    [SECTION_MEDICATION] = { "Current medication", "Past medication" },
    [SECTION_ALLERGIES] = { "Allergies and adverse reactions", "No longer, or not so" },
    [SECTION_RESULTS] = { "Reports and other results", "Withdrawn or replaced" },
    [SECTION_OBSERVATIONS] = { "Other observations", "Withdrawn or replaced" },
    [SECTION_ENCOUNTERS] = { "Contacts and admissions", "Earlier, cancelled or withdrawn" },
    [SECTION_APPOINTMENTS] = { "Appointments to come", "Earlier appointments" },
    [SECTION_PROCEDURES] = { "Procedures", "Not done, or withdrawn" },
    [SECTION_IMMUNISATIONS] = { "Immunisations", "Not given, or withdrawn" },
    [SECTION_DOCUMENTS] = { "Documents", "Replaced or withdrawn" },
    [SECTION_CARE_PLANS] = { "Care plans in force", "Earlier care plans" },
    [SECTION_ALERTS] = { "Alerts and flags", "Past alerts" },
    [SECTION_CONTACTS] = { "People and services", "Earlier" },
};

static void section_blocks(struct viewer *viewer, enum record_section section, bool trended,
                           struct view_block *blocks, size_t *ret_count)
{
    const struct record_section_view *view = &viewer->record->sections[section];
    bool risk = section == SECTION_ALLERGIES || section == SECTION_ALERTS;
    struct viewer_block current = {
        .section = section,
        .id = "current",
        .title = slice_from_string(list_titles[section].current),
        .width = "ev-w12",
        .risk = risk,
        .states = !trended,
    };
    struct viewer_block past = current;
    past.past = true;
    past.states = false;
    past.risk = false;
    past.id = "past";
    past.title = slice_from_string(list_titles[section].past);
    bool show_current = true;
    bool show_past = view->past_count > 0;
    if (trended) {
        current.lines =
            untrended(viewer, view, view->current, view->current_count, &current.lines_count);
        past.lines = untrended(viewer, view, view->past, view->past_count, &past.lines_count);
        show_current = current.lines_count > 0 || view->trends_count == 0;
        show_past = past.lines_count > 0;
    }
    *ret_count = 0;
    if (show_current) {
        viewer_block(viewer, &current, &blocks[(*ret_count)++]);
    }
    if (show_past) {
        viewer_block(viewer, &past, &blocks[(*ret_count)++]);
    }
}

bool viewer_section_page(const struct record *record, enum record_section section,
                         const struct viewer_session *session, struct arena *arena,
                         struct strbuf *out, struct fault *fault)
{
    assert(section < SECTION_COUNT);
    struct viewer viewer;
    if (!viewer_begin(&viewer, record, session, arena)) {
        return page_done(out, arena, false, fault);
    }
    struct viewer_page page = { false, false, section, viewer_section_title(section) };
    struct view_record_section view = { .title = page.title };
    struct view_trends trends;
    struct view_block *blocks = viewer_rows(&viewer, 2, struct view_block);
    bool trended = record->sections[section].trends_count > 0;
    view.top = viewer_top(&viewer, &page);
    view.bottom = viewer_bottom(&viewer);
    if (trended) {
        viewer_trends(&viewer, section, 0, true, "ev-w12", &trends);
        view.trends = &trends;
    }
    if (blocks != NULL) {
        section_blocks(&viewer, section, trended, blocks, &view.blocks_count);
        view.blocks = blocks;
    }
    if (!viewer.failed) {
        template_record_section(&view, out);
    }
    return page_done(out, arena, !viewer.failed, fault);
}

/* ---- the timeline ---- */

static void fill_event(struct viewer *viewer, const struct record_item *item,
                       struct view_record_timeline_years_events *event)
{
    bool past_word = item->status == ITEM_REFUTED && item->status_text.len > 0;
    event->date = item->has_date ? viewer_date_time(viewer, &item->date) : SLICE("");
    event->kind = viewer_section_title(item->section);
    event->title = item->title.len > 0 ? item->title : SLICE("(no words recorded)");
    event->detail = past_word ? VIEWER_JOIN(viewer, item->status_text, SLICE(". "), item->detail)
                              : item->detail;
    event->value = viewer_value(viewer, item);
    viewer_flag(item->flag, &event->danger);
    event->withdrawn = item->status == ITEM_ENTERED_IN_ERROR;
    event->source = viewer->short_names[item->source];
    event->author = item->author;
}

/* what belongs under one heading: the year, or 0 for what has no date */
static int year_of(const struct record_item *item)
{
    return item->has_date ? item->date.year : 0;
}

static void fill_years(struct viewer *viewer, struct view_record_timeline *view)
{
    const struct record *record = viewer->record;
    size_t count = record->timeline_count;
    struct view_record_timeline_years_events *events =
        viewer_rows(viewer, count, struct view_record_timeline_years_events);
    size_t years_count = 0;
    for (size_t i = 0; i < count; i++) {
        years_count +=
            i == 0 || year_of(record->timeline[i].item) != year_of(record->timeline[i - 1].item);
    }
    struct view_record_timeline_years *years =
        viewer_rows(viewer, years_count, struct view_record_timeline_years);
    view->years = years;
    for (size_t i = 0; i < count && events != NULL && years != NULL; i++) {
        const struct record_item *item = record->timeline[i].item;
        if (i == 0 || year_of(item) != year_of(record->timeline[i - 1].item)) {
            struct view_record_timeline_years *year = &years[view->years_count++];
            year->year = item->has_date ? viewer_number(viewer, (uint64_t)item->date.year)
                                        : SLICE("Date not recorded");
            year->events = &events[i];
        }
        fill_event(viewer, item, &events[i]);
        years[view->years_count - 1].events_count++;
    }
    for (size_t i = 0; i < view->years_count; i++) {
        years[i].count =
            VIEWER_JOIN(viewer, viewer_number(viewer, years[i].events_count),
                        years[i].events_count == 1 ? SLICE(" entry") : SLICE(" entries"));
    }
}

static struct slice timeline_count(struct viewer *viewer)
{
    const struct record *record = viewer->record;
    return VIEWER_JOIN(
        viewer, viewer_number(viewer, record->timeline_count), SLICE(" entries, newest first"),
        record->undated_count > 0 ? SLICE("; without a date, at the end: ") : SLICE(""),
        record->undated_count > 0 ? viewer_number(viewer, record->undated_count) : SLICE(""));
}

bool viewer_timeline_page(const struct record *record, const struct viewer_session *session,
                          struct arena *arena, struct strbuf *out, struct fault *fault)
{
    struct viewer viewer;
    if (!viewer_begin(&viewer, record, session, arena)) {
        return page_done(out, arena, false, fault);
    }
    struct viewer_page page = { false, true, SECTION_COUNT, SLICE("Timeline") };
    struct view_record_timeline view = {
        .top = viewer_top(&viewer, &page),
        .bottom = viewer_bottom(&viewer),
        .count = timeline_count(&viewer),
        .empty = record->answered < record->source_count
                     ? SLICE("Nothing recorded in the sources that are shown. Others may hold "
                             "something.")
                     : SLICE("Nothing recorded in any source."),
    };
    fill_years(&viewer, &view);
    if (!viewer.failed) {
        template_record_timeline(&view, out);
    }
    return page_done(out, arena, !viewer.failed, fault);
}
