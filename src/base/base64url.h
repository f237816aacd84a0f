/*
 * base64url.h: RFC 4648 section 5, without padding, as JWS wants it; and section 4 for attachments.
 */
#ifndef EVENLODE_BASE_BASE64URL_H
#define EVENLODE_BASE_BASE64URL_H

#include "base/arena.h"
#include "base/strbuf.h"

/* {NULL, 0} without memory */
struct slice base64url_encode(struct slice data, struct arena *arena);
/* Refuses padding, white space, other characters and bits that do not fit. */
MUST_CHECK bool base64url_decode(struct slice text, struct arena *arena, struct slice *ret_data);
/* section 4, padded; a failure shows in `out` */
void base64_append(struct strbuf *out, struct slice data);
/* section 4 (+ and /, padded; white space between is passed over): FHIR base64Binary */
MUST_CHECK bool base64_decode(struct slice text, struct arena *arena, struct slice *ret_data);

#endif
