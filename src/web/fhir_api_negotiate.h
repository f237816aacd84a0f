/*
 * fhir_api_negotiate.h: what header fields of a FHIR request ask for.
 *
 * FHIR R4 http.html#mime-type, #ops, #concurrency; RFC 9110 (Accept, ETag, dates), RFC 7240
 * (Prefer). Pure; slices in, facts out. A field that is given several times is joined by commas
 * before it comes here.
 */
#ifndef EVENLODE_WEB_FHIR_API_NEGOTIATE_H
#define EVENLODE_WEB_FHIR_API_NEGOTIATE_H

#include "base/fault.h"
#include "base/os.h"
#include "store/record_store.h"

enum prefer_return {
    RETURN_REPRESENTATION, /* unless asked otherwise */
    RETURN_MINIMAL,
    RETURN_OUTCOME,
};

struct prefer {
    enum prefer_return result;
    bool is_strict; /* handling=strict */
};

/*
 * The media type to answer in (with its charset), by `format` (_format; empty: not given) or else
 * `accept` (empty: anything). False: none that is offered; only JSON is.
 */
MUST_CHECK bool negotiate_answer(struct slice format, struct slice accept, struct slice *ret_type);
/* a Content-Type that a resource may be sent in: one of JSON, charset UTF-8 */
bool negotiate_is_json(struct slice content_type);
/* RFC 7240: a list of preferences; the first of a name counts, unknown ones are passed over */
struct prefer negotiate_prefer(struct slice prefer);

/*
 * If-Match of a write: one weak or strong ETag of a version. Faults: INVALID when it is malformed,
 * NOT_SUPPORTED for a list and for '*'.
 */
MUST_CHECK bool negotiate_if_match(struct slice field, struct arena *arena, version_no *ret_version,
                                   struct fault *fault);
/* does If-None-Match name this version, or everything? By weak comparison. */
bool negotiate_none_match(struct slice field, version_no version);
/* If-Modified-Since: not changed since then; false too when the date cannot be read */
bool negotiate_not_modified(struct slice field, walltime last_updated);

#define HTTP_DATE_SIZE 30
/* Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110 section 5.6.7), and NUL */
void http_date_format(walltime time, char ret_text[HTTP_DATE_SIZE]);
#define ETAG_SIZE 16
/* W/"3", and NUL; gives its length */
size_t etag_format(version_no version, char ret_text[ETAG_SIZE]);

#endif
