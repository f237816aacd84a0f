/*
 * http_answer.c: header fields, bodies and faults on their way out.
 *
 * An answer is made once, in http_respond(), and given to libmicrohttpd when the handler has
 * returned. Its body is not copied unless asked: what lies in the request's arena or is handed
 * over stays until the end of the exchange, and libmicrohttpd has sent it by then.
 *
 * Every answer carries the three defaults, because each route that forgets one is a leak: clinical
 * data must not be cached (threats T4), sniffed or named in a Referer.
 */
#include "net/http_internal.h"
#include "net/http_text.h"

struct default_field {
    const char *name;
    const char *value;
};

static const struct default_field defaults[] = {
    { "Cache-Control", "no-store" },
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
};

void http_response_header(struct http_request *request, const char *name, struct slice value)
{
    struct http_exchange *exchange = exchange_of(request);
    struct http_field *field = arena_new(&request->arena, struct http_field);
    char *name_copy = arena_string(&request->arena, slice_from_string(name));
    char *value_copy = arena_string(&request->arena, value);
    if (field == NULL || name_copy == NULL || value_copy == NULL ||
        !http_is_token(slice_from_string(name)) || !http_is_field_value(value)) {
        exchange->bad_field = true;
        return;
    }
    field->name = name_copy;
    field->value = value_copy;
    *exchange->last_field = field;
    exchange->last_field = &field->next;
}

static void forget_fields(struct http_exchange *exchange)
{
    exchange->fields = NULL;
    exchange->last_field = &exchange->fields;
    exchange->bad_field = false;
}

static bool is_given(const struct http_exchange *exchange, const char *name)
{
    for (const struct http_field *field = exchange->fields; field != NULL; field = field->next) {
        if (slice_equal_ascii_case(slice_from_string(field->name), slice_from_string(name))) {
            return true;
        }
    }
    return false;
}

static bool add_fields(struct http_exchange *exchange, struct slice content_type)
{
    struct MHD_Response *response = exchange->response;
    bool added = true;
    for (size_t i = 0; i < ARRAY_LENGTH(defaults); i++) {
        if (exchange->fields == NULL || !is_given(exchange, defaults[i].name)) {
            added &= MHD_add_response_header(response, defaults[i].name, defaults[i].value);
        }
    }
    for (const struct http_field *field = exchange->fields; field != NULL; field = field->next) {
        /* libmicrohttpd refuses an empty value, which says nothing anyway */
        added &=
            field->value[0] == '\0' || MHD_add_response_header(response, field->name, field->value);
    }
    if (content_type.len > 0) {
        const char *type = arena_string(&exchange->request.arena, content_type);
        added &= type != NULL && MHD_add_response_header(response, "Content-Type", type);
    }
    if (exchange->request.id.len > 0) {
        added &= MHD_add_response_header(response, "X-Request-ID", exchange->request.id.ptr);
    }
    exchange->close |= atomic_load_explicit(&exchange->server->draining, memory_order_relaxed);
    if (exchange->close) {
        added &= MHD_add_response_header(response, "Connection", "close");
    }
    return added;
}

static void make_answer(struct http_exchange *exchange, unsigned status, struct slice content_type,
                        struct http_body body)
{
    enum MHD_ResponseMemoryMode mode =
        body.kind == HTTP_BODY_COPIED ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT;
    if (body.kind == HTTP_BODY_OWNED) {
        exchange->free_body = body.free;
        exchange->free_memory = body.memory;
    }
    exchange->response =
        MHD_create_response_from_buffer(body.data.len, (void *)(uintptr_t)body.data.ptr, mode);
    exchange->status = status;
    bool silent = exchange->request.head || status == 204 || status == 304;
    exchange->answer_bytes = silent ? 0 : body.data.len;
    if (exchange->response != NULL && !add_fields(exchange, content_type)) {
        MHD_destroy_response(exchange->response);
        exchange->response = NULL;
    }
}

void http_respond(struct http_request *request, unsigned status, struct slice content_type,
                  struct http_body body)
{
    struct http_exchange *exchange = exchange_of(request);
    assert(!exchange->answered && exchange->waiter == NULL);
    assert(status >= 200 && status <= 599);
    if (exchange->bad_field || !http_is_field_value(content_type)) {
        if (body.kind == HTTP_BODY_OWNED) {
            body.free(body.memory);
        }
        struct fault fault = FAULT_INIT;
        fault_set(&fault, &request->arena, FAULT_INTERNAL, "The answer could not be made");
        http_answer_fault(exchange, 500, &fault);
        return;
    }
    exchange->answered = true;
    make_answer(exchange, status, content_type, body);
}

static void answer_plainly(struct http_exchange *exchange, unsigned status,
                           const struct fault *fault)
{
    struct slice text = arena_printf(&exchange->request.arena, "%u %.*s%s%.*s\n", status,
                                     SLICE_PRINT(fault->message), fault->detail.len > 0 ? ": " : "",
                                     SLICE_PRINT(fault->detail));
    http_respond(&exchange->request, status, SLICE("text/plain; charset=utf-8"),
                 http_body_kept(text));
}

void http_answer_fault(struct http_exchange *exchange, unsigned status, const struct fault *fault)
{
    const struct http_server_config *config = &exchange->server->config;
    forget_fields(exchange);
    if (config->fault_responder != NULL && !exchange->responding_fault) {
        exchange->responding_fault = true; /* a responder that fails gets the plain line */
        config->fault_responder(&exchange->request, status, fault, config->context);
    }
    if (!exchange->answered) {
        forget_fields(exchange);
        answer_plainly(exchange, status, fault);
    }
}

void http_respond_fault(struct http_request *request, const struct fault *fault)
{
    http_answer_fault(exchange_of(request), (unsigned)fault_http_status(fault->code), fault);
}

enum MHD_Result http_answer_queue(struct http_exchange *exchange)
{
    const struct http_server_config *config = &exchange->server->config;
    exchange->phase = EXCHANGE_ANSWERED;
    if (exchange->response == NULL) {
        return MHD_NO; /* no memory for an answer: the connection is closed */
    }
    int64_t allowed = (int64_t)config->header_ms * 1000 +
                      (int64_t)(exchange->answer_bytes / config->rate) * 1000000;
    atomic_store_explicit(&exchange->socket->deadline, os_monotonic().us + allowed,
                          memory_order_relaxed);
    enum MHD_Result queued =
        MHD_queue_response(exchange->connection, exchange->status, exchange->response);
    exchange->queued = queued == MHD_YES;
    return queued;
}

void http_answer_drop(struct http_exchange *exchange)
{
    if (exchange->response != NULL) {
        MHD_destroy_response(exchange->response);
        exchange->response = NULL;
    }
    if (exchange->free_body != NULL) {
        exchange->free_body(exchange->free_memory);
        exchange->free_body = NULL;
    }
}

bool http_request_on_end(struct http_request *request,
                         void (*ended)(struct http_request *request, const struct http_end *end,
                                       void *context),
                         void *context)
{
    struct http_exchange *exchange = exchange_of(request);
    struct http_end_step *step = arena_new(&request->arena, struct http_end_step);
    if (step == NULL) {
        return false;
    }
    step->ended = ended;
    step->context = context;
    *exchange->last_end_step = step;
    exchange->last_end_step = &step->next;
    return true;
}
