/*
 * record_handler.c: the joined-up record of one person, from request to page.
 *
 *   address, session            here
 *   decision                    access_begin()
 *   all sources at once         gather_start(), as soon as it is decided, or below
 *   audit `granted`             the request waits until it is durable
 *   the answers                 the request waits for the last, LIMIT_SOURCE_MS at most
 *   model, page, answer         record_build(), viewer_*_page()
 *   audit `shown`               when the answer has ended, with the digest of what left
 *
 * The stores are read while the audit is synced, on the other processor; the page is made of what
 * they said only when the entry is durable, and thrown away when it is not. A disk that hangs must
 * not fill memory with answers that nobody may see: no more than LIMIT_PAGES_AHEAD pages are read
 * ahead of their entries, any other after it.
 *
 * The view lies in the request's arena. The server keeps that until the answer has ended and the
 * last waiter is given back; gather's `done` gives back the one that it holds when the last source
 * has answered, however late, so a decision never goes away under a source that still reads with
 * it.
 */
#include "web/web_internal.h"

#include <stdatomic.h>

#include "base/limits.h"
#include "base/vector.h"
#include "record/gather.h"
#include "web/viewer.h"

enum page_kind { PAGE_SUMMARY, PAGE_SECTION, PAGE_TIMELINE };

/* of the sources' answers, while nobody waits for them yet */
enum answers { ANSWERS_COMING, ANSWERS_THERE, ANSWERS_AWAITED };

struct view {
    struct web *web;
    struct http_request *request;
    struct subject subject;
    struct viewer_session session;
    struct slice person;
    enum page_kind kind;
    enum record_section section;
    struct access access;
    bool granted;               /* and told so in time */
    bool ahead;                 /* its sources are asked before its entry is durable */
    struct http_waiter *waiter; /* for the audit; the gathering holds it, too */
    struct http_waiter *last;   /* for the answers, from ANSWERS_AWAITED on */
    _Atomic enum answers answers;
    struct gathering *gathering; /* NULL: it could not be started, `trouble` says why */
    struct fault trouble;
    int64_t deadline; /* of the sources, on the monotonic clock */
    struct record record;
    struct digest shown;
    struct slice page;
};

static void fail(struct view *view, const struct fault *fault)
{
    http_respond_fault(view->request, fault);
}

/* -- the address ------------------------------------------------------------------------------- */

/* /record/{person}, /record/{person}/{section}, /record/{person}/timeline */
static bool read_address(struct view *view)
{
    struct slice rest = slice_from(view->request->path, SLICE("/record/").len);
    struct slice section;
    if (!slice_split(&rest, '/', &view->person) || view->person.len == 0 ||
        view->person.len >= PERSON_ID_SIZE) {
        return false;
    }
    view->kind = PAGE_SUMMARY;
    if (rest.ptr == NULL) {
        return true;
    }
    if (!slice_split(&rest, '/', &section) || rest.ptr != NULL) {
        return false;
    }
    if (slice_equal(section, SLICE("timeline"))) {
        view->kind = PAGE_TIMELINE;
        return true;
    }
    view->kind = PAGE_SECTION;
    view->section = record_section_find(section);
    return view->section != SECTION_COUNT;
}

/* -- the end: shown ---------------------------------------------------------------------------- */

static void note_shown(struct http_request *request UNUSED, const struct http_end *end,
                       void *context)
{
    struct view *view = context;
    struct shown_source sources[LIMIT_RECORD_SOURCES];
    size_t count = view->record.source_count;
    if (view->page.len > 0) {
        for (size_t i = 0; i < count; i++) {
            const struct record_source *source = &view->record.sources[i];
            sources[i] = (struct shown_source){
                .ods = source->ods,
                .state = slice_from_string(source_state_word(source->state)),
                .items = source->resources,
            };
        }
        access_shown(&view->access, &view->shown, end->body_bytes, view->record.item_count, sources,
                     count, end->complete ? SLICE("complete") : SLICE("cut"));
    } else if (view->granted) { /* or it would have to be taken as fully shown */
        struct digest nothing = digest_of_one(SLICE(""));
        access_shown(&view->access, &nothing, 0, 0, NULL, 0, SLICE("failed"));
    }
    gather_free(view->gathering);
}

/* -- the page ---------------------------------------------------------------------------------- */

static bool render(struct view *view, struct strbuf *out, struct fault *fault)
{
    struct arena *arena = &view->request->arena;
    switch (view->kind) {
    case PAGE_SECTION:
        return viewer_section_page(&view->record, view->section, &view->session, arena, out, fault);
    case PAGE_TIMELINE:
        return viewer_timeline_page(&view->record, &view->session, arena, out, fault);
    case PAGE_SUMMARY:
        break;
    }
    return viewer_summary_page(&view->record, &view->session, arena, out, fault);
}

static void show(struct view *view)
{
    struct fault fault;
    struct strbuf out;
    size_t count;
    const struct record_input *inputs = gather_inputs(view->gathering, &count);
    if (!record_build(&view->request->arena, view->access.decision, view->person, inputs, count,
                      os_now(), &view->record, &fault)) {
        fail(view, &fault);
        return;
    }
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    bool ok = render(view, &out, &fault);
    if (ok) {
        view->page = strbuf_slice(&out);
        view->shown = digest_of_one(view->page);
    }
    web_respond_page(view->request, 200, &out, ok, &fault);
}

static void all_answered(struct http_request *request, void *context, enum http_wake wake)
{
    struct view *view = context;
    struct fault fault;
    if (wake == HTTP_STOPPING) {
        fault_set(&fault, &request->arena, FAULT_BUSY, "the service is stopping");
        fail(view, &fault);
        return;
    }
    if (wake == HTTP_TIMED_OUT) {
        gather_expire(view->gathering);
    }
    show(view);
}

/* -- asking ------------------------------------------------------------------------------------ */

/*
 * An organisation that has left is no longer covered by a decision; what it held of the person does
 * not become "nothing recorded" by that.
 */
static bool has_left(const struct view *view, const struct organisation *organisation)
{
    const struct person_links *links = &view->access.links;
    bool linked = false;
    for (size_t i = 0; i < links->count; i++) {
        linked |= slice_equal(links->at[i].ods, organisation->ods);
    }
    return linked && organisation->status == ORGANISATION_LEFT;
}

/* the sources of this person that the decision covers, in the register's order */
static bool list_sources(struct view *view, struct gather_source **ret_sources, size_t *ret_count,
                         struct fault *fault)
{
    struct arena *arena = &view->request->arena;
    const struct register_snapshot *snapshot = register_get(view->web->reg);
    VECTOR(struct gather_source) sources = { 0 };
    bool ok = true;
    bool fits = true;
    for (size_t i = 0; ok && fits && i < snapshot->count; i++) {
        const struct organisation *organisation = &snapshot->at[i];
        struct gather_source source = { 0 };
        source.patients =
            decision_patients(view->access.decision, organisation->ods, &source.patients_count);
        source.left = has_left(view, organisation);
        if (source.patients_count == 0 && !source.left) {
            continue;
        }
        fits = sources.count < LIMIT_RECORD_SOURCES;
        source.source = source_directory_get(view->web->sources, organisation);
        source.name = arena_copy(arena, organisation->name);
        source.own = slice_equal(organisation->ods, view->subject.organisation);
        source.asked = viewer_source_asked(view->request->query, view->request->query_count,
                                           organisation->ods);
        struct gather_source *place = vector_push(&sources, arena);
        ok = place != NULL && source.source != NULL && source.name.ptr != NULL;
        if (ok) {
            *place = source;
        }
    }
    register_put(view->web->reg, snapshot);
    *ret_sources = sources.at;
    *ret_count = sources.count;
    if (ok && !fits) { /* never a cut list that looks whole */
        return fault_set(fault, arena, FAULT_TOO_LARGE,
                         "this record lies in more than %d sources, which are too many to show",
                         LIMIT_RECORD_SOURCES);
    }
    return ok || fault_no_memory(fault, arena);
}

/* the last source has answered, maybe long after the page has gone */
static void answers_came(void *context)
{
    struct view *view = context;
    struct http_waiter *held = view->waiter;
    enum answers was = ANSWERS_COMING;
    if (!atomic_compare_exchange_strong(&view->answers, &was, ANSWERS_THERE)) {
        http_waiter_wake(view->last);
    }
    http_waiter_release(held);
}

static void ask_sources(struct view *view)
{
    struct gather_source *sources;
    size_t count;
    if (!list_sources(view, &sources, &count, &view->trouble)) {
        return;
    }
    http_waiter_hold(view->waiter);
    view->deadline = os_monotonic().us + INT64_C(1000) * LIMIT_SOURCE_MS;
    view->gathering = gather_start(view->access.decision, sources, count, LIMIT_SOURCE_MS,
                                   answers_came, view, &view->trouble);
    if (view->gathering == NULL) {
        http_waiter_release(view->waiter);
    }
}

/* at least one: to wait for 0 is to wait as long as requests may */
static unsigned milliseconds_left(const struct view *view)
{
    int64_t left = (view->deadline - os_monotonic().us) / 1000;
    return left > 1 ? (unsigned)left : 1;
}

static void await_answers(struct view *view)
{
    struct fault fault;
    enum answers was = ANSWERS_COMING;
    if (view->gathering == NULL) {
        fail(view, &view->trouble);
        return;
    }
    if (atomic_load(&view->answers) == ANSWERS_THERE) {
        show(view);
        return;
    }
    view->last = http_request_await(view->request, milliseconds_left(view), all_answered, view);
    if (view->last == NULL) {
        fault_no_memory(&fault, &view->request->arena);
        fail(view, &fault);
        return;
    }
    if (!atomic_compare_exchange_strong(&view->answers, &was, ANSWERS_AWAITED)) {
        http_waiter_wake(view->last);
    }
}

static void recorded(struct http_request *request, void *context, enum http_wake wake)
{
    struct view *view = context;
    struct fault fault;
    if (wake != HTTP_WOKEN) {
        fault_set(&fault, &request->arena, wake == HTTP_TIMED_OUT ? FAULT_TIMEOUT : FAULT_BUSY,
                  "the access could not be recorded in time");
        fail(view, &fault);
    } else if (!view->access.granted) {
        fail(view, &view->access.fault);
    } else {
        view->granted = true;
        if (!view->ahead) {
            ask_sources(view);
        }
        await_answers(view);
    }
}

/* within access_begin(): the sources are read while the entry of the audit is written */
static void decided(struct access *access)
{
    struct view *view = access->context;
    atomic_uint *pages_ahead = &view->web->pages_ahead;
    view->ahead = atomic_fetch_add(pages_ahead, 1) < LIMIT_PAGES_AHEAD;
    if (view->ahead) {
        ask_sources(view);
    } else {
        atomic_fetch_sub(pages_ahead, 1);
    }
}

static void access_done(struct access *access)
{
    struct view *view = access->context;
    if (view->ahead) {
        atomic_fetch_sub(&view->web->pages_ahead, 1);
    }
    http_waiter_wake(view->waiter);
}

static void begin(struct view *view)
{
    struct http_request *request = view->request;
    struct fault fault;
    view->access = (struct access){
        .arena = &request->arena,
        .governance = view->web->governance,
        .request = { .subject = view->subject,
                     .target = ACCESS_PERSON,
                     .person = view->person,
                     .purpose = PURPOSE_TREATMENT,
                     .interaction = view->kind == PAGE_SECTION
                                        ? slice_from_string(record_section_address(view->section))
                                    : view->kind == PAGE_TIMELINE ? SLICE("timeline")
                                                                  : SLICE("record-page"),
                     .request_id = request->id,
                     .query_digest = digest_of_one(request->raw_query) },
        .done = access_done,
        .decided = decided,
        .context = view,
    };
    view->waiter = http_request_await(request, 0, recorded, view);
    if (view->waiter == NULL) {
        fault_no_memory(&fault, &request->arena);
        fail(view, &fault);
        return;
    }
    access_begin(&view->access);
}

/* to sign in and back to this page: the address holds a random id and nothing of the person */
static void to_sign_in(struct http_request *request)
{
    struct slice location =
        arena_printf(&request->arena, "/sign-in?next=%.*s", SLICE_PRINT(request->raw_path));
    web_redirect(request, location.ptr != NULL ? location : SLICE("/sign-in"));
}

void web_get_record(struct web *web, struct http_request *request)
{
    struct slice cookie;
    struct fault fault;
    struct view *view = arena_new(&request->arena, struct view);
    if (view == NULL) {
        fault_no_memory(&fault, &request->arena);
        http_respond_fault(request, &fault);
        return;
    }
    view->web = web;
    view->request = request;
    if (!web_session_subject(web, request, &view->subject, &cookie, &fault)) {
        to_sign_in(request);
        return;
    }
    web_frame(web, request, &view->subject, cookie, &view->session.frame);
    view->session.reason = SLICE("direct care");
    if (!read_address(view)) {
        fault_set(&fault, &request->arena, FAULT_NOT_FOUND, "there is no such page");
        fail(view, &fault);
        return;
    }
    if (!http_request_on_end(request, note_shown, view)) {
        fault_no_memory(&fault, &request->arena);
        fail(view, &fault);
        return;
    }
    begin(view);
}
