/*
 * http_strict.c: whether a request on the wire is what RFC 9112 says, byte for byte.
 *
 * Two readers of one byte stream that disagree where a request ends are the root of request
 * smuggling. libmicrohttpd 0.9.75 repairs more than it refuses: it takes a bare LF for a line end,
 * several spaces between the parts of the request line, a space before the colon, folded lines,
 * two Content-Lengths (the first counts) and Content-Length beside Transfer-Encoding. It does not
 * show the raw bytes, but where it found things: it parses in place, so the addresses of method,
 * target, version, names and values, and the size of the header, say exactly how many bytes lie
 * between them. In a well-formed request each part begins where its predecessor and ONE separator
 * end (a space; a colon and optional white space; CR LF), and the header ends with CR LF after the
 * last. Any repair (a NUL inside a line too, since lengths are those of C strings) moves an
 * address. Only addresses are compared; nothing outside the strings is read.
 *
 * This depends on in-place parsing, which is how every 0.9 release works; were it to change, every
 * request would be refused and the first test would say so. Newer libraries are strict themselves.
 *
 * What cannot be seen here is the framing inside a chunked body; a connection is therefore closed
 * after one, so that what follows is never taken for a request (README.md).
 */
#include "net/http_internal.h"
#include "net/http_text.h"

struct header_walk {
    struct http_exchange *exchange;
    const char *expected; /* where the next field must begin */
    unsigned fields;
    unsigned hosts;
    unsigned lengths;
    unsigned codings;
    struct slice length;
    struct slice coding;
    struct slice expect;
    struct slice encoding;
    struct slice request_id;
    bool displaced;
    bool bad_name;
    bool bad_value;
};

bool http_refuse(struct http_exchange *exchange, unsigned status, enum fault_code code,
                 const char *message)
{
    if (exchange->refusal == 0) {
        exchange->refusal = status;
        exchange->close = true;
        fault_set(&exchange->fault, &exchange->request.arena, code, "%s", message);
    }
    return false;
}

static void notice_field(struct header_walk *walk, struct slice name, struct slice value)
{
    if (slice_equal_ascii_case(name, SLICE("Host"))) {
        walk->hosts++;
    } else if (slice_equal_ascii_case(name, SLICE("Content-Length"))) {
        walk->lengths++;
        walk->length = value;
    } else if (slice_equal_ascii_case(name, SLICE("Transfer-Encoding"))) {
        walk->codings++;
        walk->coding = slice_trim(value);
    } else if (slice_equal_ascii_case(name, SLICE("Expect"))) {
        walk->expect = slice_trim(value);
    } else if (slice_equal_ascii_case(name, SLICE("Content-Encoding"))) {
        walk->encoding = slice_trim(value);
    } else if (slice_equal_ascii_case(name, SLICE("X-Request-ID"))) {
        walk->request_id = slice_trim(value);
    }
}

static enum MHD_Result walk_field(void *context, enum MHD_ValueKind kind, const char *name,
                                  size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    struct header_walk *walk = context;
    struct slice name_text = { name, name_len };
    struct slice value_text = { value, value == NULL ? 0 : value_len };
    if (name != walk->expected || value < name + name_len + 1) {
        walk->displaced = true;
        return MHD_NO;
    }
    walk->expected = value + value_len + 2;
    walk->fields++;
    walk->bad_name |= !http_is_token(name_text);
    walk->bad_value |= !http_is_field_value(value_text);
    notice_field(walk, name_text, value_text);
    return MHD_YES;
}

static bool check_places(struct header_walk *walk, const char *method, const char *version,
                         size_t header_size)
{
    struct http_exchange *exchange = walk->exchange;
    const char *target = method + strlen(method) + 1;
    bool line = exchange->wire_target == target && version == target + exchange->target.len + 1;
    if (!line) {
        return http_refuse(exchange, 400, FAULT_MALFORMED,
                           "The request line is not method, space, target, space, version");
    }
    walk->expected = version + strlen(version) + 2;
    MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, walk_field, walk);
    if (walk->displaced || walk->expected + 2 != method + header_size) {
        return http_refuse(exchange, 400, FAULT_MALFORMED,
                           "A line of the header does not end in CR LF, is folded or holds a NUL");
    }
    return true;
}

static bool check_sizes(const struct header_walk *walk, size_t header_size)
{
    struct http_exchange *exchange = walk->exchange;
    if (exchange->target.len > LIMIT_HTTP_URL) {
        return http_refuse(exchange, 414, FAULT_TOO_LARGE,
                           "The address of the request is too long");
    }
    if (header_size > exchange->server->config.header || walk->fields > LIMIT_HTTP_FIELDS) {
        return http_refuse(exchange, 431, FAULT_TOO_LARGE,
                           "The header of the request is too large");
    }
    return true;
}

/* RFC 9112 6.1 and 6.3: where the body ends must have one reading */
static bool check_framing(const struct header_walk *walk, bool http_1_1)
{
    struct http_exchange *exchange = walk->exchange;
    if (walk->lengths > 1 || (walk->lengths == 1 && !http_is_length(walk->length))) {
        return http_refuse(exchange, 400, FAULT_MALFORMED, "Content-Length is not one number");
    }
    if (walk->codings == 0) {
        return true;
    }
    if (walk->lengths > 0) {
        return http_refuse(exchange, 400, FAULT_MALFORMED,
                           "Content-Length and Transfer-Encoding exclude each other");
    }
    if (walk->codings > 1 || !http_1_1) {
        return http_refuse(exchange, 400, FAULT_MALFORMED, "Transfer-Encoding is used wrongly");
    }
    if (!slice_equal_ascii_case(walk->coding, SLICE("chunked"))) {
        return http_refuse(exchange, 501, FAULT_NOT_SUPPORTED,
                           "The only transfer coding understood is chunked");
    }
    exchange->chunked = true;
    exchange->close = true;
    return true;
}

static bool check_fields(const struct header_walk *walk, bool http_1_1)
{
    struct http_exchange *exchange = walk->exchange;
    if (walk->bad_name || walk->bad_value) {
        return http_refuse(exchange, 400, FAULT_MALFORMED,
                           "A header field has a byte that is not allowed there");
    }
    if (walk->hosts > 1 || (http_1_1 && walk->hosts == 0)) {
        return http_refuse(exchange, 400, FAULT_MALFORMED, "There is not exactly one Host field");
    }
    if (!check_framing(walk, http_1_1)) {
        return false;
    }
    if (walk->expect.len > 0 && !slice_equal_ascii_case(walk->expect, SLICE("100-continue"))) {
        return http_refuse(exchange, 417, FAULT_NOT_SUPPORTED, "The expectation is not understood");
    }
    if (walk->encoding.len > 0 && !slice_equal_ascii_case(walk->encoding, SLICE("identity"))) {
        return http_refuse(exchange, 415, FAULT_MEDIA_TYPE, "Compressed bodies are not accepted");
    }
    return true;
}

static bool check_method(struct http_exchange *exchange, const char *method)
{
    static const char *const known[] = {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"
    };
    for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
        if (strcmp(method, known[i]) == 0) {
            exchange->request.head = i == 1;
            exchange->request.method = slice_from_string(known[i == 1 ? 0 : i]);
            return true;
        }
    }
    if (!http_is_token(slice_from_string(method))) {
        return http_refuse(exchange, 400, FAULT_MALFORMED, "The method is not a word");
    }
    return http_refuse(exchange, 501, FAULT_NOT_SUPPORTED, "The method is not known here");
}

bool http_strict_check(struct http_exchange *exchange, const char *method, const char *version)
{
    struct header_walk walk = { .exchange = exchange };
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t header_size = info == NULL ? 0 : info->header_size;
    bool http_1_1 = strcmp(version, "HTTP/1.0") != 0;
    if (!check_places(&walk, method, version, header_size) || !check_sizes(&walk, header_size) ||
        !check_method(exchange, method)) {
        return false;
    }
    if (http_1_1 && strcmp(version, "HTTP/1.1") != 0) {
        return http_refuse(exchange, 505, FAULT_NOT_SUPPORTED, "Only HTTP/1.1 is spoken here");
    }
    if (!check_fields(&walk, http_1_1)) {
        return false;
    }
    if (http_is_request_id(walk.request_id)) {
        exchange->request.id = arena_copy(&exchange->request.arena, walk.request_id);
    }
    return true;
}
