/*
 * fhir_api_links.c: the links of a bundle.
 *
 * The self link says what was understood. The next link is the same and a page; what it is bound to
 * is read off the request again when it comes back, so that a link serves its own question only.
 */
#include "base/limits.h"
#include "web/fhir_api_call.h"
#include "web/fhir_api_page.h"

static struct page_binding binding_of(const struct fhir_call *call, struct slice self)
{
    return (struct page_binding){ call->web->token_keys, &call->subject, self };
}

/* a link as it is given: with the format that was asked for, and the page */
static struct slice link_url(struct fhir_call *call, struct slice self, struct slice page)
{
    struct strbuf url;
    strbuf_init(&url, LIMIT_HTTP_URL * 4);
    strbuf_add(&url, self);
    if (call->format.len > 0) {
        page_add_parameter(&url, SLICE("_format"), call->format);
    }
    if (page.len > 0) {
        page_add_parameter(&url, PAGE_PARAMETER, page);
    }
    struct slice copy = arena_copy(&call->request->arena, strbuf_slice(&url));
    strbuf_release(&url);
    return copy;
}

size_t fhir_call_links(struct fhir_call *call, struct slice self, struct slice next,
                       struct fhir_bundle_link links[2])
{
    struct page_binding binding = binding_of(call, self);
    links[0] = (struct fhir_bundle_link){ "self", link_url(call, self, (struct slice){ NULL, 0 }) };
    if (next.len == 0) {
        return 1;
    }
    struct slice page = page_seal(&binding, next, os_now(), &call->request->arena);
    links[1] = (struct fhir_bundle_link){ "next", link_url(call, self, page) };
    return 2;
}

bool fhir_call_open_page(struct fhir_call *call, struct slice self, struct slice page,
                         struct slice *ret_position, struct fault *fault)
{
    struct page_binding binding = binding_of(call, self);
    *ret_position = (struct slice){ NULL, 0 };
    return page.len == 0 ||
           page_open(&binding, page, os_now(), &call->request->arena, ret_position, fault);
}
