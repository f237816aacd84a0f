/*
 * viewer_frame.c: what stands around every page of a record: who it is, which sections there are,
 * which sources answered, and what is missing.
 *
 * What is missing is said in a sentence before anything else, because a list that is short for a
 * reason looks like a list that is short (hazards H4, H5). The count of a section whose source is
 * missing ends in "+", or is "?" when there is nothing yet.
 */
#include "nhs/display.h"
#include "nhs/nhs_number.h"
#include "web/viewer_internal.h"

/* "Oxford University Hospitals NHS Foundation Trust" in a narrow column: the legal form goes */
static struct slice without_legal_form(struct slice name)
{
    static const struct slice forms[] = { SLICE_INIT(" NHS Foundation Trust"),
                                          SLICE_INIT(" NHS Trust"),
                                          SLICE_INIT(" Foundation Trust") };
    for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
        if (slice_ends_with(name, forms[i]) && name.len > forms[i].len) {
            return slice_sub(name, 0, name.len - forms[i].len);
        }
    }
    return name;
}

static bool all_asked(const struct record *record)
{
    for (size_t i = 0; i < record->source_count; i++) {
        if (!record->sources[i].asked) {
            return false;
        }
    }
    return true;
}

/* ODS codes are letters and digits; anything else would have to be encoded and is refused upstream
 */
static struct slice chosen_query(struct viewer *viewer)
{
    const struct record *record = viewer->record;
    struct slice query = SLICE("?chosen=1");
    if (all_asked(record)) {
        return (struct slice){ NULL, 0 };
    }
    for (size_t i = 0; i < record->source_count; i++) {
        if (record->sources[i].asked) {
            query = VIEWER_JOIN(viewer, query, SLICE("&source="), record->sources[i].ods);
        }
    }
    return query;
}

bool viewer_begin(struct viewer *viewer, const struct record *record,
                  const struct viewer_session *session, struct arena *arena)
{
    *viewer = (struct viewer){ .record = record, .session = session, .arena = arena };
    viewer->base = VIEWER_JOIN(viewer, SLICE("/record/"), record->person.person);
    viewer->query = chosen_query(viewer);
    viewer->name = person_name_show(&record->person.name, arena);
    viewer->short_names = viewer_rows(viewer, record->source_count, struct slice);
    if (viewer->short_names == NULL) {
        return false;
    }
    for (size_t i = 0; i < record->source_count; i++) {
        viewer->short_names[i] = without_legal_form(record->sources[i].name);
    }
    viewer->failed = viewer->failed || viewer->name.ptr == NULL;
    return !viewer->failed;
}

struct slice viewer_section_url(struct viewer *viewer, enum record_section section)
{
    if (section == SECTION_COUNT) {
        return VIEWER_JOIN(viewer, viewer->base, viewer->query);
    }
    return VIEWER_JOIN(viewer, viewer->base, SLICE("/"), viewer_section_address(section),
                       viewer->query);
}

struct slice viewer_timeline_url(struct viewer *viewer)
{
    return VIEWER_JOIN(viewer, viewer->base, SLICE("/timeline"), viewer->query);
}

/* ---- states ---- */

struct viewer_section_state viewer_section_state(const struct viewer *viewer,
                                                 enum record_section section)
{
    struct viewer_section_state result = { 0 };
    const struct record_section_view *view = &viewer->record->sections[section];
    for (size_t i = 0; i < viewer->record->source_count; i++) {
        enum source_state state = view->states[i];
        result.asked += state != SOURCE_NOT_ASKED;
        result.answered += state == SOURCE_OK || state == SOURCE_NONE_RECORDED;
        result.missing += viewer_state_is_missing(state);
        result.denied += state == SOURCE_DENIED;
        result.withheld += state == SOURCE_WITHHELD;
        result.unsupported += state == SOURCE_NOT_SUPPORTED;
    }
    return result;
}

bool viewer_section_hidden(const struct viewer *viewer, enum record_section section)
{
    struct viewer_section_state state = viewer_section_state(viewer, section);
    const struct record_section_view *view = &viewer->record->sections[section];
    return state.denied > 0 && state.answered == 0 && state.missing == 0 &&
           view->current_count + view->past_count + view->trends_count == 0;
}

struct slice viewer_empty(struct viewer *viewer, enum record_section section)
{
    struct viewer_section_state state = viewer_section_state(viewer, section);
    if (viewer_section_hidden(viewer, section)) {
        return SLICE("Your role does not see this. It may well hold something.");
    }
    if (state.asked == 0) {
        return SLICE("No source was asked: tick one under “Choose sources”.");
    }
    size_t unread = viewer->record->sections[section].unreadable;
    if (unread > 0) {
        return VIEWER_JOIN(viewer, SLICE("Could not be read: "), viewer_number(viewer, unread),
                           unread == 1 ? SLICE(" entry") : SLICE(" entries"),
                           SLICE(". Ask the source."));
    }
    if (state.missing > 0 && state.answered == 0) {
        return SLICE("Unknown: no source that may hold this has answered.");
    }
    if (state.missing > 0 || state.withheld > 0 || state.denied > 0) {
        return SLICE("Nothing recorded in the sources that are shown. Others may hold something.");
    }
    if (state.answered < viewer->record->source_count - state.unsupported) {
        return SLICE("Nothing recorded in the sources that were asked. Others were left out.");
    }
    return SLICE("Nothing recorded in any source.");
}

/* ---- the banner ---- */

static struct slice or_not_known(struct slice text)
{
    return text.len > 0 ? text : SLICE("Not Known");
}

static void banner_births(struct viewer *viewer, struct view_banner *view)
{
    const struct record_person *person = &viewer->record->person;
    struct instant now = instant_from_microseconds(viewer->record->made);
    char age[DISPLAY_SIZE] = "";
    view->born = SLICE("Not Known");
    if (person->has_birth) {
        view->born = viewer_date(viewer, &person->birth);
        const struct instant *at = !person->deceased  ? &now
                                   : person->has_died ? &person->died
                                                      : NULL;
        if (at != NULL) {
            display_age(&person->birth, at, age);
        }
    }
    if (person->deceased) {
        view->died =
            person->has_died ? viewer_date(viewer, &person->died) : SLICE("Date not known");
        view->age_at_death = VIEWER_JOIN(viewer, slice_from_string(age));
    } else if (age[0] != '\0') {
        view->born =
            VIEWER_JOIN(viewer, view->born, SLICE(" ("), slice_from_string(age), SLICE(")"));
    }
}

static struct slice banner_number(struct viewer *viewer)
{
    struct slice digits = viewer->record->person.nhs_number;
    char shown[NHS_NUMBER_SHOWN + 1];
    if (digits.len != NHS_NUMBER_DIGITS) {
        return SLICE("Not Known");
    }
    nhs_number_show(digits, shown);
    return VIEWER_JOIN(viewer, slice_from_string(shown));
}

/* what stands where nothing is known: "not recorded" only when all that could hold it were heard */
static struct slice nothing_of(bool denied, bool missing, bool partly)
{
    return denied    ? SLICE("Your role does not see this")
           : missing ? SLICE("Unknown: a source has not answered")
           : partly  ? SLICE("Not recorded in the sources that are shown")
                     : SLICE("Not recorded");
}

static struct slice nothing_held(const struct viewer *viewer)
{
    bool denied = false, missing = false, partly = false;
    for (size_t i = 0; i < viewer->record->source_count; i++) {
        enum source_state state = viewer->record->sources[i].state;
        denied |= state == SOURCE_DENIED;
        missing |= viewer_state_is_missing(state);
        partly |= state == SOURCE_NOT_ASKED || state == SOURCE_WITHHELD;
    }
    return nothing_of(false, missing, partly || denied);
}

static struct slice no_next_of_kin(const struct viewer *viewer)
{
    struct viewer_section_state state = viewer_section_state(viewer, SECTION_CONTACTS);
    return nothing_of(viewer_section_hidden(viewer, SECTION_CONTACTS), state.missing > 0,
                      state.withheld > 0 || state.denied > 0 ||
                          state.asked < viewer->record->source_count);
}

static const struct view_banner *banner(struct viewer *viewer)
{
    const struct record *record = viewer->record;
    const struct record_person *person = &record->person;
    struct view_banner *view = viewer_rows(viewer, 1, struct view_banner);
    if (view == NULL) {
        return NULL;
    }
    view->name = viewer->name;
    view->gender = or_not_known(person->gender);
    view->nhs_number = banner_number(viewer);
    view->deceased = person->deceased;
    banner_births(viewer, view);
    view->allergies_known = record->allergies == ALLERGIES_KNOWN;
    view->allergies_none = record->allergies == ALLERGIES_NONE_KNOWN;
    view->allergies_no_drug = record->allergies == ALLERGIES_NO_DRUG_KNOWN;
    view->allergies_not_recorded = record->allergies == ALLERGIES_NOT_RECORDED;
    view->allergies_unavailable = record->allergies == ALLERGIES_UNAVAILABLE;
    view->allergies_count = record->allergies_count;
    view->allergies_url = viewer_section_url(viewer, SECTION_ALLERGIES);
    bool both = person->address.len > 0 && person->postcode.len > 0;
    view->address =
        VIEWER_JOIN(viewer, person->address, both ? SLICE(", ") : SLICE(""), person->postcode);
    view->phone = person->phone;
    view->email = person->email;
    view->practice = person->practice;
    view->language = person->language;
    view->next_of_kin = person->next_of_kin;
    view->not_held = nothing_held(viewer);
    view->no_next_of_kin = no_next_of_kin(viewer);
    view->differences = person->differences;
    return view;
}

/* ---- the sections ---- */

/* results by the piece, other sections by the line; what is past counts where all is listed */
static size_t section_size(const struct record_section_view *view)
{
    switch (view->section) {
    case SECTION_RESULTS:
    case SECTION_OBSERVATIONS:
        return view->item_count;
    case SECTION_PROBLEMS:
    case SECTION_MEDICATION:
    case SECTION_ALLERGIES:
    case SECTION_ALERTS:
    case SECTION_CARE_PLANS:
        return view->current_count;
    default:
        return view->current_count + view->past_count;
    }
}

/* narrow words for the list at the side; the page itself has the full title */
static struct slice short_title(enum record_section section)
{
    switch (section) {
    case SECTION_PROBLEMS:
        return SLICE("Problems");
    case SECTION_ALLERGIES:
        return SLICE("Allergies");
    case SECTION_ENCOUNTERS:
        return SLICE("Encounters");
    case SECTION_ALERTS:
        return SLICE("Alerts");
    case SECTION_CONTACTS:
        return SLICE("Care network");
    default:
        return viewer_section_title(section);
    }
}

static void fill_sections(struct viewer *viewer, const struct viewer_page *page,
                          struct view_record_top *top)
{
    struct view_record_top_sections *rows =
        viewer_rows(viewer, SECTION_COUNT, struct view_record_top_sections);
    top->sections = rows;
    for (size_t i = 0; i < SECTION_COUNT && rows != NULL; i++) {
        enum record_section section = (enum record_section)i;
        if (viewer_section_hidden(viewer, section)) {
            continue;
        }
        struct view_record_top_sections *row = &rows[top->sections_count++];
        const struct record_section_view *view = &viewer->record->sections[i];
        size_t size = section_size(view);
        bool missing = viewer_section_state(viewer, section).missing > 0;
        row->url = viewer_section_url(viewer, section);
        row->title = short_title(section);
        row->current = page->section == section;
        row->nothing = size == 0 && !missing;
        row->count = size == 0 && missing ? SLICE("?")
                                          : VIEWER_JOIN(viewer, viewer_number(viewer, size),
                                                        missing ? SLICE("+") : SLICE(""));
    }
}

/* ---- the sources ---- */

static void fill_sources(struct viewer *viewer, struct view_record_top *top)
{
    const struct record *record = viewer->record;
    struct view_record_top_sources *rows =
        viewer_rows(viewer, record->source_count, struct view_record_top_sources);
    top->sources = rows;
    top->total = record->source_count;
    top->answered = record->answered;
    for (size_t i = 0; i < record->source_count && rows != NULL; i++) {
        const struct record_source *source = &record->sources[i];
        struct view_record_top_sources *row = &rows[top->sources_count++];
        enum source_state state = source->asked ? source->state : SOURCE_NOT_ASKED;
        row->name = source->name;
        row->ods = source->ods;
        row->own = source->own;
        row->asked = source->asked;
        row->good = state == SOURCE_OK || state == SOURCE_NONE_RECORDED;
        row->dead = viewer_state_is_missing(state) || state == SOURCE_DENIED;
        row->late = state == SOURCE_WITHHELD;
        row->off = state == SOURCE_NOT_ASKED || state == SOURCE_NOT_SUPPORTED;
        row->state = state == SOURCE_OK ? SLICE("") : viewer_state_words(state);
        row->as_at =
            row->good && source->as_at != 0 ? viewer_moment(viewer, source->as_at) : SLICE("");
        top->retry = top->retry || viewer_state_is_missing(state);
    }
}

/* "A, B and C" of the sources that `pick` takes; *ret_count of them */
static struct slice list_sources(struct viewer *viewer,
                                 bool (*pick)(const struct record_source *source),
                                 size_t *ret_count)
{
    const struct record *record = viewer->record;
    struct slice list = { NULL, 0 };
    size_t total = 0;
    size_t done = 0;
    for (size_t i = 0; i < record->source_count; i++) {
        total += pick(&record->sources[i]);
    }
    for (size_t i = 0; i < record->source_count; i++) {
        if (pick(&record->sources[i])) {
            struct slice link = done == 0           ? SLICE("")
                                : done + 1 == total ? SLICE(" and ")
                                                    : SLICE(", ");
            list = VIEWER_JOIN(viewer, list, link, record->sources[i].name);
            done++;
        }
    }
    *ret_count = total;
    return list;
}

static bool is_missing(const struct record_source *source)
{
    return source->asked && viewer_state_is_missing(source->state);
}

static bool is_left_out(const struct record_source *source)
{
    return !source->asked;
}

static bool is_withheld(const struct record_source *source)
{
    return source->asked && source->state == SOURCE_WITHHELD;
}

static bool is_denied(const struct record_source *source)
{
    return source->asked && source->state == SOURCE_DENIED;
}

static struct slice one_or_number(struct viewer *viewer, size_t count, struct slice one,
                                  struct slice many)
{
    return count == 1 ? one : VIEWER_JOIN(viewer, viewer_number(viewer, count), many);
}

static void fill_missing(struct viewer *viewer, struct view_record_top *top)
{
    size_t missing;
    size_t left_out;
    size_t withheld;
    size_t denied;
    struct slice names = list_sources(viewer, is_missing, &missing);
    struct slice left_out_names = list_sources(viewer, is_left_out, &left_out);
    struct slice withheld_names = list_sources(viewer, is_withheld, &withheld);
    struct slice denied_names = list_sources(viewer, is_denied, &denied);
    if (missing > 0) {
        top->missing_heading = one_or_number(viewer, missing, SLICE("One source is missing."),
                                             SLICE(" sources are missing."));
        top->missing = VIEWER_JOIN(viewer, SLICE("What "), names,
                                   missing == 1 ? SLICE(" holds") : SLICE(" hold"),
                                   SLICE(" is not shown below."));
    }
    if (left_out > 0) {
        struct slice sentence =
            VIEWER_JOIN(viewer, SLICE("You have left out "), left_out_names, SLICE("."));
        top->missing =
            missing > 0 ? VIEWER_JOIN(viewer, top->missing, SLICE(" "), sentence) : sentence;
        if (missing == 0) {
            top->missing_heading = SLICE("Not all sources are shown.");
        }
    }
    if (withheld > 0) {
        top->withheld = VIEWER_JOIN(viewer, withheld_names, SLICE(": "),
                                    viewer_state_words(SOURCE_WITHHELD), SLICE("."));
    }
    if (denied > 0) {
        top->withheld =
            VIEWER_JOIN(viewer, top->withheld, top->withheld.len > 0 ? SLICE(" ") : SLICE(""),
                        denied_names, SLICE(": "), viewer_state_words(SOURCE_DENIED), SLICE("."));
    }
    top->role_limited = viewer->record->some_denied;
}

/* "Oxford Health: 3 items" of the sources that sent what could not be read */
static struct slice unreadable(struct viewer *viewer)
{
    struct slice list = { NULL, 0 };
    for (size_t i = 0; i < viewer->record->source_count; i++) {
        const struct record_source *source = &viewer->record->sources[i];
        if (source->counts.unreadable > 0) {
            list = VIEWER_JOIN(viewer, list, list.len > 0 ? SLICE("; ") : SLICE(""), source->name,
                               SLICE(": "), viewer_number(viewer, source->counts.unreadable),
                               source->counts.unreadable == 1 ? SLICE(" item") : SLICE(" items"));
        }
    }
    return list;
}

/* kinds of things that these pages have no section for; counted, so that nothing vanishes */
static struct slice unshown(struct viewer *viewer)
{
    struct slice list = { NULL, 0 };
    for (size_t i = 0; i < viewer->record->source_count; i++) {
        const struct record_source *source = &viewer->record->sources[i];
        if (source->counts.not_shown_types.len > 0) {
            list = VIEWER_JOIN(viewer, list, list.len > 0 ? SLICE("; ") : SLICE(""),
                               viewer->short_names[i], SLICE(" "), source->counts.not_shown_types);
        }
    }
    return list;
}

/* ---- the whole ---- */

const struct view_record_top *viewer_top(struct viewer *viewer, const struct viewer_page *page)
{
    struct view_record_top *top = viewer_rows(viewer, 1, struct view_record_top);
    struct view_frame_top *frame = viewer_rows(viewer, 1, struct view_frame_top);
    if (top == NULL || frame == NULL) {
        return NULL;
    }
    struct slice title = VIEWER_JOIN(viewer, viewer->name, SLICE(" · "), page->title);
    if (!page_frame_view(&viewer->session->frame, title, viewer->arena, frame)) {
        viewer->failed = true;
    }
    frame->wide = true;
    top->frame = frame;
    top->banner = banner(viewer);
    top->summary_url = viewer_section_url(viewer, SECTION_COUNT);
    top->at_summary = page->summary;
    top->timeline_url = viewer_timeline_url(viewer);
    top->at_timeline = page->timeline;
    fill_sections(viewer, page, top);
    fill_sources(viewer, top);
    fill_missing(viewer, top);
    top->unreadable = unreadable(viewer);
    /* a GET form replaces the query of its action: the page that it stands on, with other sources
     */
    struct slice path = page->timeline ? SLICE("/timeline") : SLICE("");
    if (page->section != SECTION_COUNT) {
        path = VIEWER_JOIN(viewer, SLICE("/"), viewer_section_address(page->section));
    }
    top->sources_url = VIEWER_JOIN(viewer, viewer->base, path);
    top->retry_url = VIEWER_JOIN(viewer, viewer->base, path, viewer->query);
    return top;
}

const struct view_record_end *viewer_bottom(struct viewer *viewer)
{
    struct view_record_end *view = viewer_rows(viewer, 1, struct view_record_end);
    if (view == NULL) {
        return NULL;
    }
    view->shown = viewer_moment(viewer, viewer->record->made);
    view->user = viewer->session->frame.user_name;
    view->reason = viewer->session->reason;
    view->patient = viewer->name;
    view->unshown = unshown(viewer);
    return view;
}
