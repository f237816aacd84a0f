/*
 * fhir_api_call.c: the path that every access takes.
 *
 *   fhir_call_ask()   access_begin(); the request waits until `granted` or `refused` is durable
 *   proceed()         the interaction reads or writes under the decision
 *   fhir_call_show()  the answer, its digest taken
 *   note_shown()      when the answer has ended: `shown`
 *
 * What is absent and what is refused leave by the same door, fhir_call_not_found(), after
 * the same steps and at the same time: both have been decided and audited by then (threats T28).
 * A refusal that says
 * nothing of whether something exists (a role that does not write, another organisation's store) is
 * told as what it is.
 */
#include "web/fhir_api_call.h"

#include "base/limits.h"
#include "fhir/outcome.h"

void fhir_api_fault(struct http_request *request, unsigned status, const struct fault *fault)
{
    struct strbuf out;
    size_t len;
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    fhir_outcome_of_fault(fault, &out);
    char *body = strbuf_take(&out, &len);
    strbuf_release(&out);
    http_respond(request, status, SLICE("application/fhir+json; charset=utf-8"),
                 body == NULL ? HTTP_NO_BODY : http_body_owned(slice_of(body, len), os_free, body));
}

/* -- answering -----------------------------------------------------------------------------------
 */

void fhir_call_fail(struct fhir_call *call, const struct fault *fault)
{
    call->outcome = slice_from_string(fault_name(fault->code));
    http_respond_fault(call->request, fault);
}

void fhir_call_no_memory(struct fhir_call *call)
{
    struct fault fault;
    fault_no_memory(&fault, &call->request->arena);
    fhir_call_fail(call, &fault);
}

static void say_not_found(struct fhir_call *call)
{
    const struct fault fault = {
        .code = FAULT_NOT_FOUND,
        .message = SLICE("there is no such record here, or it is not open to you"),
    };
    fhir_call_fail(call, &fault);
}

static void said_in_time(struct http_request *request UNUSED, void *context,
                         enum http_wake wake UNUSED)
{
    say_not_found(context);
}

/*
 * What took longer, finding that a row is another's or that there is none, must not be told by the
 * time of the answer: it leaves at the end of a full LIMIT_NOT_FOUND_MS since the request came.
 * A system may see all of its store, and waits for nothing.
 */
void fhir_call_not_found(struct fhir_call *call)
{
    if (fhir_call_is_system(call)) {
        say_not_found(call);
        return;
    }
    const int64_t period = (int64_t)LIMIT_NOT_FOUND_MS * 1000;
    monotime start = call->request->start;
    int64_t periods = monotime_since(os_monotonic(), start) / period + 1;
    monotime until = { start.us + periods * period };
    struct http_waiter *waiter = http_request_await_until(call->request, until, said_in_time, call);
    if (waiter == NULL) {
        fhir_call_no_memory(call);
        return;
    }
    http_waiter_release(waiter); /* nobody wakes it */
}

void fhir_call_show(struct fhir_call *call, unsigned status, struct strbuf *body, uint64_t items)
{
    size_t len;
    char *text = strbuf_take(body, &len);
    strbuf_release(body);
    if (text == NULL) {
        struct fault fault;
        fault_set(&fault, &call->request->arena, FAULT_TOO_LARGE,
                  "the answer is larger than one may be");
        fhir_call_fail(call, &fault);
        return;
    }
    call->shown = digest_of_one(slice_of(text, len));
    call->items = items;
    call->outcome = SLICE("complete");
    http_respond(call->request, status, call->answer_type,
                 http_body_owned(slice_of(text, len), os_free, text));
}

void fhir_call_show_nothing(struct fhir_call *call, unsigned status, struct slice outcome)
{
    call->shown = digest_of(NULL, 0);
    call->outcome = outcome;
    http_respond(call->request, status, (struct slice){ NULL, 0 }, HTTP_NO_BODY);
}

void fhir_call_version_headers(struct fhir_call *call, version_no version, walltime updated)
{
    char etag[ETAG_SIZE], date[HTTP_DATE_SIZE];
    size_t len = etag_format(version, etag);
    http_date_format(updated, date);
    http_response_header(call->request, "ETag", slice_of(etag, len));
    http_response_header(call->request, "Last-Modified", slice_of(date, HTTP_DATE_SIZE - 1));
}

void fhir_call_location(struct fhir_call *call, fhir_type type, struct slice id, version_no version)
{
    struct slice name = fhir_type_name(type);
    http_response_header(call->request, "Location",
                         arena_printf(&call->request->arena, "%.*s/%.*s/%.*s/_history/%u",
                                      SLICE_PRINT(call->base), SLICE_PRINT(name), SLICE_PRINT(id),
                                      version));
}

/* -- asking --------------------------------------------------------------------------------------
 */

bool fhir_call_is_system(const struct fhir_call *call)
{
    return call->subject.role == ROLE_SYSTEM;
}

static void refused(struct fhir_call *call)
{
    const struct fault *fault = &call->access.fault;
    bool tells = call->access.request.target == ACCESS_PATIENT &&
                 (fault->code == FAULT_FORBIDDEN || fault->code == FAULT_NOT_FOUND);
    if (tells) {
        fhir_call_not_found(call);
    } else {
        fhir_call_fail(call, fault);
    }
}

static void decided(struct http_request *request UNUSED, void *context, enum http_wake wake)
{
    struct fhir_call *call = context;
    if (wake != HTTP_WOKEN) {
        const struct fault fault = {
            .code = wake == HTTP_TIMED_OUT ? FAULT_TIMEOUT : FAULT_BUSY,
            .message = SLICE("the access could not be recorded in time"),
        };
        http_respond_fault(call->request, &fault);
        return;
    }
    call->granted = call->access.granted;
    if (call->granted) {
        call->proceed(call);
    } else {
        refused(call);
    }
}

static void recorded(struct access *access)
{
    struct fhir_call *call = access->context;
    http_waiter_wake(call->waiter);
}

static void note_shown(struct http_request *request UNUSED, const struct http_end *end,
                       void *context)
{
    struct fhir_call *call = context;
    if (!call->granted) {
        return;
    }
    bool showed = call->items > 0 || slice_equal(call->outcome, SLICE("complete"));
    struct shown_source source = { call->route.ods, SLICE("ok"), call->items, call->patients,
                                   call->patient_count };
    access_shown(&call->access, &call->shown, showed ? end->body_bytes : 0, call->items, &source, 1,
                 end->complete ? call->outcome : SLICE("cut"));
}

/* which record was asked for, without saying so: a bare hash of an NHS number would tell it */
static struct digest digest_of_question(const struct fhir_call *call)
{
    const struct http_request *request = call->request;
    const struct secret_key *key = &call->web->token_keys->keys[0];
    const struct slice parts[] = { SLICE_INIT("evenlode question\n"),
                                   request->path,
                                   SLICE_INIT("\n"),
                                   request->raw_query,
                                   SLICE_INIT("\n"),
                                   call->route.is_form ? request->body
                                                       : (struct slice){ NULL, 0 } };
    return digest_hmac(slice_of((const char *)key->bytes, sizeof key->bytes), parts,
                       ARRAY_LENGTH(parts));
}

void fhir_call_ask(struct fhir_call *call, enum access_target target, struct slice patient_id,
                   void (*proceed)(struct fhir_call *call))
{
    struct http_request *request = call->request;
    enum fhir_interaction interaction = call->route.interaction;
    call->proceed = proceed;
    call->access = (struct access){
        .arena = &request->arena,
        .governance = call->web->governance,
        .request = { .subject = call->subject,
                     .target = target,
                     .ods = call->route.ods,
                     .patient_id = patient_id,
                     .write = fhir_interaction_writes(interaction),
                     .purpose = fhir_call_is_system(call) ? PURPOSE_OPERATIONS : PURPOSE_TREATMENT,
                     .interaction = slice_from_string(fhir_interaction_word(interaction)),
                     .type = call->route.type,
                     .request_id = request->id,
                     .query_digest = digest_of_question(call) },
        .done = recorded,
        .context = call,
    };
    if (!http_request_on_end(request, note_shown, call)) {
        fhir_call_no_memory(call);
        return;
    }
    call->waiter = http_request_await(request, 0, decided, call);
    if (call->waiter == NULL) {
        fhir_call_no_memory(call);
        return;
    }
    access_begin(&call->access);
}
