/*
 * fhir_api_page.h: links of a bundle: what was asked, and where the next page begins.
 *
 * A next link is the self link and one parameter more, _page, which holds a store's cursor position
 * and a MAC. The MAC covers the address, the query, the position, the user, role and organisation,
 * and when it ends (threat T3): a link serves who was given it, for that question, for
 * LIMIT_PAGE_LINK_S. It opens nothing: each page is decided and audited like the first, and every
 * row behind the position is judged anew.
 */
#ifndef EVENLODE_WEB_FHIR_API_PAGE_H
#define EVENLODE_WEB_FHIR_API_PAGE_H

#include "base/strbuf.h"
#include "fhir/search_query.h"
#include "governance/governance.h"
#include "governance/keys.h"

#define PAGE_PARAMETER SLICE("_page")

/* name=value, percent-encoded (RFC 3986), with '?' or '&' in front as needed */
void page_add_parameter(struct strbuf *url, struct slice name, struct slice value);

/* what a link is bound to */
struct page_binding {
    const struct key_ring *keys;
    const struct subject *subject;
    struct slice url; /* the self link: address and query */
};

/* the value of _page; {NULL, 0} without memory */
struct slice page_seal(const struct page_binding *binding, struct slice position, walltime now,
                       struct arena *arena);
/* INVALID when it was not made for this, or its time is over; one answer for both */
MUST_CHECK bool page_open(const struct page_binding *binding, struct slice page, walltime now,
                          struct arena *arena, struct slice *ret_position, struct fault *fault);

#endif
