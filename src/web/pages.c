/*
 * pages.c: fills the views of the pages around the record.
 *
 * The wording is in the templates; here is what depends on data. Views live in the caller's arena.
 */
#include "web/pages.h"

#include "base/strbuf.h"
#include "nhs/display.h"
#include "nhs/nhs_number.h"
#include "web/templates.h"
#include "web/page_frame.h"

/*
 * No script, style, font or picture but our own; nothing may frame a page; forms go home only. No
 * 'unsafe-inline' anywhere: the template compiler refuses inline scripts and styles.
 *
 * Referrer-Policy is "same-origin" and not "no-referrer": under the latter a browser sends
 * "Origin: null" with our own forms (Fetch Standard 3.2, append a request Origin header), and the
 * check that a form comes from this site would refuse them. No other site sees an address of ours.
 */
const struct page_header page_headers[] = {
    { "Content-Security-Policy",
      SLICE_INIT("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
                 "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
                 "require-trusted-types-for 'script'") },
    { "X-Content-Type-Options", SLICE_INIT("nosniff") },
    { "X-Frame-Options", SLICE_INIT("DENY") },
    { "Referrer-Policy", SLICE_INIT("same-origin") },
    { "Cross-Origin-Opener-Policy", SLICE_INIT("same-origin") },
    { "Cross-Origin-Resource-Policy", SLICE_INIT("same-origin") },
    { "Permissions-Policy", SLICE_INIT("camera=(), microphone=(), geolocation=(), payment=()") },
    { "Cache-Control", SLICE_INIT("no-store") },
    { NULL, { NULL, 0 } },
};

bool page_done(struct strbuf *out, struct arena *arena, bool complete, struct fault *fault)
{
    if (complete && !out->failed) {
        return true;
    }
    out->failed = true;
    if (!complete) {
        return fault_no_memory(fault, arena);
    }
    return fault_set(fault, arena, FAULT_TOO_LARGE, "the page is larger than an answer may be");
}

bool page_frame_view(const struct page_frame *frame, struct slice title, struct arena *arena,
                     struct view_frame_top *ret_view)
{
    *ret_view = (struct view_frame_top){ .title = title, .synthetic = frame->synthetic };
    if (!frame->signed_in) {
        return true;
    }
    struct view_staff *staff = arena_new(arena, struct view_staff);
    if (staff == NULL) {
        return false;
    }
    staff->name = frame->user_name;
    staff->role = frame->role;
    staff->organisation = frame->organisation;
    staff->form_token = frame->form_token;
    ret_view->staff = staff;
    return true;
}

bool page_home(const struct page_frame *frame, const struct register_snapshot *snapshot,
               struct arena *arena, struct strbuf *out, struct fault *fault)
{
    struct view_frame_top top;
    bool complete = page_frame_view(frame, SLICE("Shared health and care records"), arena, &top);
    top.at_home = true;
    struct view_home view = { .frame = &top };
    for (size_t i = 0; i < snapshot->count; i++) {
        view.organisations += snapshot->at[i].status == ORGANISATION_LIVE;
    }
    template_home(&view, out);
    return page_done(out, arena, complete, fault);
}

/* -- who takes part -- */

static const struct {
    enum organisation_type type;
    const char *people;
} type_words[] = {
#define X(name, word, people) { ORGANISATION_TYPE_##name, people },
    ORGANISATION_TYPES(X)
#undef X
};

static struct slice type_people(enum organisation_type type)
{
    assert((size_t)type < ARRAY_LENGTH(type_words));
    return slice_from_string(type_words[type].people);
}

/* the three lists have rows of three types with the same members */
#define ADD_ORGANISATION(rows, count, organisation)                                                \
    do {                                                                                           \
        (rows)[(count)].name = (organisation)->name;                                               \
        (rows)[(count)].type = type_people((organisation)->type);                                  \
        (rows)[(count)].ods = (organisation)->ods;                                                 \
        (count)++;                                                                                 \
    } while (0)

bool page_organisations(const struct page_frame *frame, const struct register_snapshot *snapshot,
                        struct arena *arena, struct strbuf *out, struct fault *fault)
{
    struct view_frame_top top;
    bool complete = page_frame_view(frame, SLICE("Who takes part"), arena, &top);
    top.at_organisations = true;
    size_t room = snapshot->count;
    struct view_organisations_live *live = arena_array(arena, room, struct view_organisations_live);
    struct view_organisations_planned *planned =
        arena_array(arena, room, struct view_organisations_planned);
    struct view_organisations_left *left = arena_array(arena, room, struct view_organisations_left);
    struct view_organisations view = {
        .frame = &top, .live = live, .planned = planned, .left = left
    };
    if (!complete || live == NULL || planned == NULL || left == NULL) {
        return page_done(out, arena, false, fault);
    }
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct organisation *organisation = &snapshot->at[i];
        switch (organisation->status) {
        case ORGANISATION_LIVE:
            ADD_ORGANISATION(live, view.live_count, organisation);
            break;
        case ORGANISATION_PLANNED:
            ADD_ORGANISATION(planned, view.planned_count, organisation);
            break;
        case ORGANISATION_LEFT:
            ADD_ORGANISATION(left, view.left_count, organisation);
            break;
        }
    }
    template_organisations(&view, out);
    return page_done(out, arena, true, fault);
}

bool page_choices(const struct page_frame *frame, struct arena *arena, struct strbuf *out,
                  struct fault *fault)
{
    struct view_frame_top top;
    bool complete = page_frame_view(frame, SLICE("Your choices"), arena, &top);
    top.at_choices = true;
    template_choices(&(struct view_choices){ .frame = &top }, out);
    return page_done(out, arena, complete, fault);
}

bool page_questions(const struct page_frame *frame, struct arena *arena, struct strbuf *out,
                    struct fault *fault)
{
    struct view_frame_top top;
    bool complete = page_frame_view(frame, SLICE("Questions and answers"), arena, &top);
    top.at_questions = true;
    template_questions(&(struct view_questions){ .frame = &top }, out);
    return page_done(out, arena, complete, fault);
}

/* -- signing in -- */

static struct slice organisation_name(const struct register_snapshot *snapshot, struct slice ods)
{
    for (size_t i = 0; snapshot != NULL && i < snapshot->count; i++) {
        if (slice_equal(snapshot->at[i].ods, ods)) {
            return snapshot->at[i].name;
        }
    }
    return ods;
}

/* for the page only; what a role may see is decided in governance/policy.c */
static const struct {
    const char *people;
    const char *sees;
} roles[ROLE_COUNT] = {
    [ROLE_GP] = { "General practitioner", "Sees the record of patients in the practice's care." },
    [ROLE_EMERGENCY_DOCTOR] = { "Emergency doctor",
                                "Sees the record of whoever comes through the door." },
    [ROLE_NURSE] = { "Nurse", "Sees the record of patients in the organisation's care." },
    [ROLE_SOCIAL_WORKER] = { "Social worker", "Sees care and contacts, but no results." },
    [ROLE_RECEPTIONIST] = { "Receptionist", "Sees who a patient is, and appointments." },
    [ROLE_SYSTEM] = { "An organisation's own system", "" },
};

bool page_sign_in(const struct page_frame *frame, const struct subject *users, size_t users_count,
                  const struct register_snapshot *snapshot, struct slice problem, struct slice next,
                  struct arena *arena, struct strbuf *out, struct fault *fault)
{
    struct view_frame_top top;
    bool complete = page_frame_view(frame, SLICE("Staff sign in"), arena, &top);
    struct view_sign_in_users *rows = arena_array(arena, users_count, struct view_sign_in_users);
    if (!complete || rows == NULL) {
        return page_done(out, arena, false, fault);
    }
    for (size_t i = 0; i < users_count; i++) {
        assert(users[i].role < ROLE_COUNT);
        rows[i].user = users[i].user;
        rows[i].name = users[i].name;
        rows[i].role = slice_from_string(roles[users[i].role].people);
        rows[i].sees = slice_from_string(roles[users[i].role].sees);
        rows[i].organisation = organisation_name(snapshot, users[i].organisation);
    }
    struct view_sign_in view = {
        .frame = &top,
        .problem = problem,
        .form_token = frame->form_token,
        .next = next,
        .demo = users_count > 0,
        .about_data = frame->about_data,
        .users = rows,
        .users_count = users_count,
    };
    template_sign_in(&view, out);
    return page_done(out, arena, true, fault);
}

/* -- errors -- */

/* by HTTP status: what a person can make of it */
static const struct {
    int status;
    const char *heading;
    const char *hint;
} fault_words[] = {
    { 400, "That was not understood", "Go back, look at what you entered, and try again." },
    { 401, "Please sign in", "You have been signed out, or have not signed in yet." },
    { 403, "You may not see this", "The reason is below. That you tried is recorded." },
    { 404, "Not found", "Check the address, or start again." },
    { 405, "That was not understood", "Start again from the first page." },
    { 413, "Too large", "" },
    { 429, "Too many requests", "Wait a little, then try again." },
    { 503, "Busy", "Try again in a few seconds. If it is urgent, ring the other service." },
    { 504, "No answer in time", "Try again. If it is urgent, ring the other service." },
    { 507, "Out of space", "The operators must make room." },
};

bool page_fault(const struct page_frame *frame, const struct fault *problem,
                struct slice request_id, struct arena *arena, struct strbuf *out,
                struct fault *fault)
{
    int status = fault_http_status(problem->code);
    const char *heading = "Something went wrong";
    const char *hint = "Try again. If it is urgent, ring the other service.";
    for (size_t i = 0; i < ARRAY_LENGTH(fault_words); i++) {
        if (fault_words[i].status == status) {
            heading = fault_words[i].heading;
            hint = fault_words[i].hint;
        }
    }
    struct view_frame_top top;
    bool complete = page_frame_view(frame, slice_from_string(heading), arena, &top);
    struct view_fault view = {
        .frame = &top,
        .heading = slice_from_string(heading),
        .message = problem->message,
        .hint = problem->hint.len > 0 ? problem->hint : slice_from_string(hint),
        .request_id = request_id,
        .link = status == 401      ? SLICE("/sign-in")
                : frame->signed_in ? SLICE("/patients")
                                   : SLICE("/"),
        .link_text = status == 401      ? SLICE("Sign in")
                     : frame->signed_in ? SLICE("Find a patient")
                                        : SLICE("First page"),
    };
    template_fault(&view, out);
    return page_done(out, arena, complete, fault);
}
