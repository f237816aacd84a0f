/*
 * web_subject.c: who asks.
 *
 * A page believes its session's cookie; the API a bearer token, and failing that the cookie, so
 * that a signed-in user's browser may read it. A form's post must come from this origin and carry
 * the token that belongs to the session: a cookie alone does not change anything.
 */
#include "web/web_subject.h"

bool web_session_subject(struct web *web, struct http_request *request, struct subject *ret_subject,
                         struct slice *ret_cookie, struct fault *fault)
{
    struct slice cookie;
    if (!http_request_cookie(request, SESSION_COOKIE, &cookie)) {
        return fault_set(fault, &request->arena, FAULT_UNAUTHENTICATED, "you are not signed in");
    }
    struct slice kept = arena_copy(&request->arena, cookie); /* headers end before the request */
    if (kept.ptr == NULL) {
        return fault_no_memory(fault, &request->arena);
    }
    if (!session_find(web->sessions, kept, os_now(), &request->arena, ret_subject, fault)) {
        return false;
    }
    *ret_cookie = kept;
    return true;
}

bool web_bearer_subject(struct web *web, struct http_request *request, struct subject *ret_subject,
                        struct fault *fault)
{
    struct slice header, cookie;
    if (!http_request_header(request, "Authorization", &header)) {
        return web_session_subject(web, request, ret_subject, &cookie, fault);
    }
    if (!slice_starts_with(header, SLICE("Bearer "))) {
        return fault_set(fault, &request->arena, FAULT_UNAUTHENTICATED,
                         "only bearer tokens are taken");
    }
    return token_cache_verify(web->tokens, slice_trim(slice_from(header, 7)), os_now(),
                              &request->arena, ret_subject, fault);
}

/*
 * Fetch Metadata (W3C): browsers say where a request comes from, and no script can change it. Older
 * ones give Origin (RFC 6454), whose host must be the one that was asked; "null", which a page
 * without referrer sends too, does not tell enough. Something that sends neither is no browser.
 */
bool web_same_origin(struct http_request *request)
{
    struct slice site, origin, host;
    if (http_request_header(request, "Sec-Fetch-Site", &site)) {
        return slice_equal(site, SLICE("same-origin"));
    }
    if (!http_request_header(request, "Origin", &origin)) {
        return true;
    }
    size_t scheme = slice_find_slice(origin, SLICE("://"));
    return http_request_header(request, "Host", &host) && scheme < origin.len &&
           slice_equal_ascii_case(slice_from(origin, scheme + 3), host);
}

bool web_form_is_ours(struct web *web, struct http_request *request, struct slice cookie,
                      struct slice token, struct fault *fault)
{
    if (web_same_origin(request) && session_form_token_valid(web->sessions, cookie, token)) {
        return true;
    }
    fault_set(fault, &request->arena, FAULT_FORBIDDEN, "this form does not belong to your session");
    return fault_hint(fault, &request->arena, "open the page again and send it from there");
}
