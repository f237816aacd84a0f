/*
 * viewer.h: the pages of a joined-up record, from model to HTML.
 *
 * Pure functions: what is shown is in the record (record/record.h), who looks in the session;
 * nothing is read, asked or decided here. Whoever calls has a decision and a durable audit entry
 * (ARCHITECTURE invariant 1). The whole page is appended to `out`; without memory or past the
 * ceiling of `out` the answer is false with a fault and `out` holds nothing.
 *
 * What the pages keep to (docs of hazards in brackets): who it is stands on every page and in its
 * title (H3); a source that is missing, left out or withheld is said at the top and in each
 * section, never shown as empty (H4, H5); status and date on every line (H6); the same fact of two
 * sources is one line with both names and their difference in words (H7); values digit for digit
 * (H8), one unit a trend (H9), each range with its own result (H10); withdrawn facts struck through
 * (H11); nothing is cut (H13).
 *
 * Addresses: /record/{person}, /record/{person}/{section}, /record/{person}/timeline. Which sources
 * are asked is in the query, so that it works without scripts and two tabs never share it:
 * ?chosen=1&source=ODS&source=ODS; without `chosen` all are asked. Organisation codes and the
 * random id of the person are all that an address holds.
 */
#ifndef EVENLODE_WEB_VIEWER_H
#define EVENLODE_WEB_VIEWER_H

#include "record/record.h"
#include "web/pages.h"

/* who looks, and why */
struct viewer_session {
    struct page_frame frame;
    struct slice reason; /* "direct care" */
};

MUST_CHECK bool viewer_summary_page(const struct record *record,
                                    const struct viewer_session *session, struct arena *arena,
                                    struct strbuf *out, struct fault *fault);
MUST_CHECK bool viewer_section_page(const struct record *record, enum record_section section,
                                    const struct viewer_session *session, struct arena *arena,
                                    struct strbuf *out, struct fault *fault);
MUST_CHECK bool viewer_timeline_page(const struct record *record,
                                     const struct viewer_session *session, struct arena *arena,
                                     struct strbuf *out, struct fault *fault);

/*
 * Is the source of organisation `ods` ticked, by the query of the request? Parameters as
 * http_request.query has them.
 */
struct http_parameter;
bool viewer_source_asked(const struct http_parameter *query, size_t count, struct slice ods);

#endif
