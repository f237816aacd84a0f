/*
 * web_page.c: a page's frame, its header fields, its answer.
 */
#include "web/web_internal.h"

#include "base/limits.h"

void web_frame(struct web *web, struct http_request *request, const struct subject *subject,
               struct slice cookie, struct page_frame *ret_frame)
{
    struct arena *arena = &request->arena;
    *ret_frame =
        (struct page_frame){ .synthetic = web->demo, .about_data = web->about_data.len > 0 };
    if (subject == NULL || cookie.len == 0) {
        return;
    }
    char token[DIGEST_HEX_SIZE + 1];
    session_form_token(web->sessions, cookie, token);
    const struct register_snapshot *snapshot = register_get(web->reg);
    const struct organisation *organisation = register_find(snapshot, subject->organisation);
    ret_frame->signed_in = true;
    ret_frame->user_name = subject->name;
    ret_frame->role = slice_from_string(governance_role_people(subject->role));
    ret_frame->organisation =
        organisation != NULL ? arena_copy(arena, organisation->name) : subject->organisation;
    ret_frame->form_token = arena_copy(arena, slice_from_string(token));
    register_put(web->reg, snapshot);
}

void web_respond_page(struct http_request *request, unsigned status, struct strbuf *page, bool ok,
                      const struct fault *fault)
{
    size_t len;
    char *body = ok ? strbuf_take(page, &len) : NULL;
    strbuf_release(page);
    if (body == NULL) {
        struct fault no_memory;
        fault_no_memory(&no_memory, &request->arena);
        http_respond_fault(request, ok ? &no_memory : fault);
        return;
    }
    for (const struct page_header *header = page_headers; header->name != NULL; header++) {
        http_response_header(request, header->name, header->value);
    }
    http_respond(request, status, PAGE_TYPE, http_body_owned(slice_of(body, len), os_free, body));
}

void web_redirect(struct http_request *request, struct slice location)
{
    http_response_header(request, "Location", location);
    http_respond(request, 303, (struct slice){ NULL, 0 }, HTTP_NO_BODY);
}
