/*
 * http_request.c: looking things up in a request.
 *
 * Header fields stay where libmicrohttpd holds them; a request has some ten of them, so they are
 * searched in order and not indexed. Query parameters were decoded when the header was accepted.
 */
#include "net/http_internal.h"
#include "net/http_text.h"

bool http_request_header(const struct http_request *request, const char *name,
                         struct slice *ret_value)
{
    const struct http_exchange *exchange = exchange_of(request);
    const char *value = NULL;
    size_t len = 0;
    if (exchange->connection == NULL ||
        MHD_lookup_connection_value_n(exchange->connection, MHD_HEADER_KIND, name, strlen(name),
                                      &value, &len) != MHD_YES) {
        return false;
    }
    *ret_value = slice_trim((struct slice){ value == NULL ? "" : value, len });
    return true;
}

struct header_list {
    struct http_request *request;
    struct slice name;
    struct slice joined;
    bool failed;
};

static enum MHD_Result join_header(void *context, enum MHD_ValueKind kind UNUSED, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    struct header_list *list = context;
    struct slice more = slice_trim((struct slice){ value == NULL ? "" : value, value_len });
    if (!slice_equal_ascii_case(slice_of(name, name_len), list->name)) {
        return MHD_YES;
    }
    if (list->joined.ptr == NULL) {
        list->joined = more;
        return MHD_YES;
    }
    list->joined = arena_printf(&list->request->arena, "%.*s, %.*s", SLICE_PRINT(list->joined),
                                SLICE_PRINT(more));
    list->failed = list->joined.ptr == NULL;
    return list->failed ? MHD_NO : MHD_YES;
}

bool http_request_header_list(struct http_request *request, const char *name,
                              struct slice *ret_value)
{
    const struct http_exchange *exchange = exchange_of(request);
    struct header_list list = { .request = request, .name = slice_from_string(name) };
    if (exchange->connection == NULL) {
        return false;
    }
    MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, join_header, &list);
    if (list.failed || list.joined.ptr == NULL) {
        return false;
    }
    *ret_value = list.joined;
    return true;
}

bool http_request_cookie(const struct http_request *request, const char *name,
                         struct slice *ret_value)
{
    struct slice field;
    return http_request_header(request, "Cookie", &field) &&
           http_find_cookie(field, slice_from_string(name), ret_value);
}

bool http_request_query(const struct http_request *request, struct slice name,
                        struct slice *ret_value)
{
    for (size_t i = 0; i < request->query_count; i++) {
        if (slice_equal(request->query[i].name, name)) {
            *ret_value = request->query[i].value;
            return true;
        }
    }
    return false;
}

bool http_request_form(struct http_request *request, const struct http_parameter **ret_fields,
                       size_t *ret_count, struct fault *fault)
{
    struct slice type = { NULL, 0 };
    http_request_header(request, "Content-Type", &type);
    struct slice media = slice_trim(slice_sub(type, 0, slice_find(type, ';')));
    if (!slice_equal_ascii_case(media, SLICE("application/x-www-form-urlencoded"))) {
        return fault_set(fault, &request->arena, FAULT_MEDIA_TYPE, "The body is not a form");
    }
    if (request->body.len > LIMIT_FORM_BODY) {
        return fault_set(fault, &request->arena, FAULT_TOO_LARGE, "The form is too large");
    }
    return http_decode_parameters(request->body, &request->arena, ret_fields, ret_count, fault);
}

unsigned http_request_remaining_ms(const struct http_request *request)
{
    int64_t left = exchange_of(request)->deadline - os_monotonic().us;
    return left <= 0 ? 0 : (unsigned)(left / 1000);
}
