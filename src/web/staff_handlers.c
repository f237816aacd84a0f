/*
 * staff_handlers.c: signing in, signing out, finding a patient.
 *
 * Demo sign-in is offered in a demo directory alone (ARCHITECTURE invariant 15). What is typed to
 * find a patient comes in a form's body and never in an address; the audit keeps its digest.
 */
#include "web/web_internal.h"

#include "base/limits.h"
#include "nhs/nhs_number.h"

/* -- signing in -------------------------------------------------------------------------------- */

/* only an address of this site: one '/' and then no second, no backslash, no control */
static struct slice safe_next(struct slice next)
{
    bool ours = next.len > 1 && next.ptr[0] == '/' && next.ptr[1] != '/';
    for (size_t i = 0; ours && i < next.len; i++) {
        ours = (unsigned char)next.ptr[i] > 0x20 && next.ptr[i] != '\\' && next.ptr[i] != 0x7f;
    }
    return ours ? next : SLICE("/patients");
}

static void show_sign_in(struct web *web, struct http_request *request, unsigned status,
                         struct slice problem, struct slice next)
{
    struct page_frame frame;
    struct strbuf out;
    struct fault fault;
    size_t count = 0;
    const struct subject *users = web->demo ? session_demo_users(&count) : NULL;
    web_frame(web, request, NULL, (struct slice){ NULL, 0 }, &frame);
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    const struct register_snapshot *snapshot = register_get(web->reg);
    bool ok = page_sign_in(&frame, users, count, snapshot, problem, safe_next(next),
                           &request->arena, &out, &fault);
    register_put(web->reg, snapshot);
    web_respond_page(request, status, &out, ok, &fault);
}

void web_get_sign_in(struct web *web, struct http_request *request)
{
    struct slice next = { NULL, 0 };
    http_request_query(request, SLICE("next"), &next);
    show_sign_in(web, request, 200, (struct slice){ NULL, 0 }, next);
}

static struct slice field(const struct http_parameter *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(fields[i].name, slice_from_string(name))) {
            return fields[i].value;
        }
    }
    return (struct slice){ NULL, 0 };
}

static const struct subject *demo_user(const struct web *web, struct slice user)
{
    size_t count = 0;
    const struct subject *users = web->demo ? session_demo_users(&count) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(users[i].user, user)) {
            return &users[i];
        }
    }
    return NULL;
}

static void set_cookie(struct web *web, struct http_request *request, const char *value, bool ended)
{
    bool secure = slice_starts_with(web->base_url, SLICE("https://"));
    struct slice cookie =
        arena_printf(&request->arena, SESSION_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
                     value, secure ? "; Secure" : "", ended ? "; Max-Age=0" : "");
    http_response_header(request, "Set-Cookie", cookie);
}

void web_post_sign_in(struct web *web, struct http_request *request)
{
    const struct http_parameter *fields;
    size_t count;
    struct fault fault;
    char cookie[SESSION_COOKIE_SIZE];
    if (!http_request_form(request, &fields, &count, &fault)) {
        http_respond_fault(request, &fault);
        return;
    }
    const struct subject *subject = demo_user(web, field(fields, count, "user"));
    struct slice next = field(fields, count, "next");
    if (subject == NULL || !web_same_origin(request)) {
        show_sign_in(web, request, 403, SLICE("That sign-in is not known here."), next);
        return;
    }
    if (!governance_audit_act(web->governance, subject, SLICE("sign-in"), SLICE("complete"),
                              &request->arena, &fault) ||
        !session_open(web->sessions, subject, cookie, &request->arena, &fault)) {
        http_respond_fault(request, &fault);
        return;
    }
    set_cookie(web, request, cookie, false);
    web_redirect(request, safe_next(next));
}

/* the form must be ours, or any site could sign people out */
void web_post_sign_out(struct web *web, struct http_request *request)
{
    const struct http_parameter *fields;
    size_t count;
    struct subject subject;
    struct slice cookie;
    struct fault fault;
    if (!http_request_form(request, &fields, &count, &fault)) {
        http_respond_fault(request, &fault);
        return;
    }
    if (web_session_subject(web, request, &subject, &cookie, &fault)) {
        if (!web_form_is_ours(web, request, cookie, field(fields, count, "token"), &fault) ||
            !session_end(web->sessions, cookie, &request->arena, &fault) ||
            !governance_audit_act(web->governance, &subject, SLICE("sign-out"), SLICE("complete"),
                                  &request->arena, &fault)) {
            http_respond_fault(request, &fault);
            return;
        }
    }
    set_cookie(web, request, "", true);
    web_redirect(request, SLICE("/"));
}

/* -- finding a patient ------------------------------------------------------------------------- */

struct finding {
    struct web *web;
    struct http_request *request;
    struct access access;
    struct http_waiter *waiter;
    struct page_frame frame;
    struct page_find_form form;
    struct instant birth;
    char number[NHS_NUMBER_DIGITS + 1];
    struct person_entry *people;
    size_t count;
    bool more;
};

static void to_sign_in(struct http_request *request)
{
    web_redirect(request, SLICE("/sign-in"));
}

static void show_find(struct http_request *request, const struct page_frame *frame,
                      const struct page_find_form *form, struct slice problem)
{
    struct strbuf out;
    struct fault fault;
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    bool ok = page_find(frame, form, problem, &request->arena, &out, &fault);
    web_respond_page(request, problem.len > 0 ? 422 : 200, &out, ok, &fault);
}

void web_get_patients(struct web *web, struct http_request *request)
{
    struct subject subject;
    struct slice cookie;
    struct fault fault;
    struct page_frame frame;
    struct page_find_form empty = { .by_number = true };
    if (!web_session_subject(web, request, &subject, &cookie, &fault)) {
        to_sign_in(request);
        return;
    }
    web_frame(web, request, &subject, cookie, &frame);
    show_find(request, &frame, &empty, (struct slice){ NULL, 0 });
}

static void read_form(const struct http_parameter *fields, size_t count,
                      struct page_find_form *ret_form)
{
    *ret_form = (struct page_find_form){
        .by_number = slice_equal(field(fields, count, "by"), SLICE("number")),
        .nhs_number = field(fields, count, "nhs_number"),
        .family = field(fields, count, "family"),
        .given = field(fields, count, "given"),
        .day = field(fields, count, "day"),
        .month = field(fields, count, "month"),
        .year = field(fields, count, "year"),
    };
}

/* what is wrong with what was typed, for the user; empty when nothing is */
static struct slice check_form(struct finding *finding)
{
    struct slice problem = { NULL, 0 };
    if (finding->form.by_number) {
        return nhs_number_parse(finding->form.nhs_number, finding->number)
                   ? problem
                   : SLICE("This is not an NHS number: it has 10 digits, and the last one checks "
                           "the others. Look for a mistyped digit.");
    }
    if (slice_trim(finding->form.family).len == 0) {
        return SLICE("Enter a family name.");
    }
    if (page_find_birth(&finding->form, &finding->birth, &problem)) {
        return (struct slice){ NULL, 0 };
    }
    return problem;
}

static bool search(struct finding *finding, struct fault *fault)
{
    struct arena *arena = &finding->request->arena;
    if (finding->form.by_number) {
        return person_index_by_number(finding->web->people, slice_from_string(finding->number),
                                      arena, &finding->people, &finding->count, fault);
    }
    return person_index_by_name(finding->web->people, finding->form.family, finding->form.given,
                                &finding->birth, PAGE_FOUND_MAX, arena, &finding->people,
                                &finding->count, &finding->more, fault);
}

static void show_found(struct finding *finding)
{
    struct http_request *request = finding->request;
    struct strbuf out;
    struct fault fault;
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    const struct register_snapshot *snapshot = register_get(finding->web->reg);
    bool ok = page_found(&finding->frame, finding->people, finding->count, finding->more, snapshot,
                         os_now(), &request->arena, &out, &fault);
    register_put(finding->web->reg, snapshot);
    if (ok) {
        struct slice page = strbuf_slice(&out);
        struct digest digest = digest_of_one(page);
        access_shown(&finding->access, &digest, page.len, finding->count, NULL, 0,
                     SLICE("complete"));
    }
    web_respond_page(request, 200, &out, ok, &fault);
}

static void find_granted(struct http_request *request, void *context, enum http_wake wake)
{
    struct finding *finding = context;
    struct fault fault;
    if (wake != HTTP_WOKEN) {
        fault_set(&fault, &request->arena, wake == HTTP_TIMED_OUT ? FAULT_TIMEOUT : FAULT_BUSY,
                  "the search could not be recorded in time");
        http_respond_fault(request, &fault);
    } else if (!finding->access.granted) {
        http_respond_fault(request, &finding->access.fault);
    } else if (!search(finding, &fault)) {
        http_respond_fault(request, &fault);
    } else {
        show_found(finding);
    }
}

static void find_decided(struct access *access)
{
    struct finding *finding = access->context;
    http_waiter_wake(finding->waiter);
}

static void begin_search(struct finding *finding, const struct subject *subject)
{
    struct http_request *request = finding->request;
    struct fault fault;
    finding->access = (struct access){
        .arena = &request->arena,
        .governance = finding->web->governance,
        .request = { .subject = *subject,
                     .target = ACCESS_SEARCH,
                     .purpose = PURPOSE_TREATMENT,
                     .interaction = SLICE("find-person"),
                     .request_id = request->id,
                     .query_digest = digest_of_one(request->body) },
        .done = find_decided,
        .context = finding,
    };
    finding->waiter = http_request_await(request, 0, find_granted, finding);
    if (finding->waiter == NULL) {
        fault_no_memory(&fault, &request->arena);
        http_respond_fault(request, &fault);
        return;
    }
    access_begin(&finding->access);
}

void web_post_patients(struct web *web, struct http_request *request)
{
    const struct http_parameter *fields;
    size_t count;
    struct subject subject;
    struct slice cookie;
    struct fault fault;
    struct finding *finding = arena_new(&request->arena, struct finding);
    if (!web_session_subject(web, request, &subject, &cookie, &fault)) {
        to_sign_in(request);
        return;
    }
    if (finding == NULL) {
        fault_no_memory(&fault, &request->arena);
        http_respond_fault(request, &fault);
        return;
    }
    if (!http_request_form(request, &fields, &count, &fault) ||
        !web_form_is_ours(web, request, cookie, field(fields, count, "token"), &fault)) {
        http_respond_fault(request, &fault);
        return;
    }
    finding->web = web;
    finding->request = request;
    read_form(fields, count, &finding->form);
    web_frame(web, request, &subject, cookie, &finding->frame);
    struct slice problem = check_form(finding);
    if (problem.len > 0) {
        show_find(request, &finding->frame, &finding->form, problem);
        return;
    }
    begin_search(finding, &subject);
}
