/*
 * web_internal.h: what the handlers share.
 */
#ifndef EVENLODE_WEB_WEB_INTERNAL_H
#define EVENLODE_WEB_WEB_INTERNAL_H

#include "base/strbuf.h"
#include "web/pages.h"
#include "web/web.h"

/* -- who asks (web_subject.c) -- */

#define SESSION_COOKIE "evenlode"

/* from the session's cookie: for pages */
MUST_CHECK bool web_session_subject(struct web *web, struct http_request *request,
                                    struct subject *ret_subject, struct slice *ret_cookie,
                                    struct fault *fault);
/* from Authorization: Bearer; failing that, from the session's cookie: for the API */
MUST_CHECK bool web_bearer_subject(struct web *web, struct http_request *request,
                                   struct subject *ret_subject, struct fault *fault);
/* A form's post: same origin, and its token is that of the session. */
MUST_CHECK bool web_form_is_ours(struct web *web, struct http_request *request, struct slice cookie,
                                 struct slice token, struct fault *fault);
/* Origin, when given, is this host; for posts before there is a session */
bool web_same_origin(struct http_request *request);

/* -- answering pages (web_page.c) -- */

/* fills the frame for this user; `cookie` empty: nobody is signed in */
void web_frame(struct web *web, struct http_request *request, const struct subject *subject,
               struct slice cookie, struct page_frame *ret_frame);
/* takes the buffer's memory over; `ok` false: the fault's page instead */
void web_respond_page(struct http_request *request, unsigned status, struct strbuf *page, bool ok,
                      const struct fault *fault);
/* 303 See Other */
void web_redirect(struct http_request *request, struct slice location);

/* -- handlers -- */

typedef void web_handler(struct web *web, struct http_request *request);

web_handler web_get_home, web_get_organisations, web_get_choices, web_get_questions; /* public */
web_handler web_get_asset, web_get_health, web_get_metrics;
web_handler web_get_sign_in, web_post_sign_in, web_post_sign_out;
web_handler web_get_patients, web_post_patients, web_get_record;
/* /orgs/{ODS}/fhir/R4/...: fhir_api.c */
web_handler fhir_api_handle;

void web_count(struct web *web, unsigned status);

#endif
