/*
 * web_subject.h: who asks, for pages and for the API.
 */
#ifndef EVENLODE_WEB_WEB_SUBJECT_H
#define EVENLODE_WEB_WEB_SUBJECT_H

#include "web/web.h"

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

#endif
