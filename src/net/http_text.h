/*
 * http_text.h: the small grammars of a request: target, parameters, cookies, tokens.
 *
 * Pure functions over slices; results lie in the given arena. RFC 3986 (percent encoding, dot
 * segments), RFC 9110 5.6.2 (token), RFC 6265 4.2 (cookie), WHATWG URL "urlencoded" parsing.
 */
#ifndef EVENLODE_NET_HTTP_TEXT_H
#define EVENLODE_NET_HTTP_TEXT_H

#include "net/http_server.h"

/* RFC 9110 5.6.2: one or more of the characters that a method or field name may have */
bool http_is_token(struct slice text);
/* RFC 9110 5.5: no control byte but TAB */
bool http_is_field_value(struct slice text);
/* a decimal number of a Content-Length: digits only */
bool http_is_length(struct slice text);

/*
 * Takes a request target apart: "/path?query" or "http://host/path?query" (RFC 9112 3.2.1,
 * 3.2.2). False when it is neither, or has a byte that a target cannot have ('#' too).
 */
bool http_split_target(struct slice target, struct slice *ret_path, struct slice *ret_query);
/*
 * The decoded path. Refused, with the reason in `fault`: a broken or overlong percent encoding,
 * NUL and other control bytes, invalid UTF-8, an encoded '/' or '\', a segment "." or ".."
 * however written: an address has one spelling, so that no two readers see two resources.
 */
bool http_decode_path(struct slice raw, struct arena *arena, struct slice *ret_path,
                      struct fault *fault);
/* name=value&name=value; at most LIMIT_HTTP_PARAMETERS; an empty piece is passed over */
bool http_decode_parameters(struct slice raw, struct arena *arena,
                            const struct http_parameter **ret_parameters, size_t *ret_count,
                            struct fault *fault);
/* the value of cookie `name` in a Cookie field */
bool http_find_cookie(struct slice field, struct slice name, struct slice *ret_value);
/* an X-Request-ID that is safe to repeat in logs and answers */
bool http_is_request_id(struct slice text);

#endif
