/*
 * web_internal.h: what the handlers share.
 */
#ifndef EVENLODE_WEB_WEB_INTERNAL_H
#define EVENLODE_WEB_WEB_INTERNAL_H

#include "base/strbuf.h"
#include "web/fhir_api.h"
#include "web/pages.h"
#include "web/web.h"
#include "web/web_subject.h"

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

web_handler web_get_home, web_get_organisations, web_get_choices, web_get_questions,
    web_get_about_data; /* public */
web_handler web_get_asset, web_get_health, web_get_metrics;
web_handler web_get_sign_in, web_post_sign_in, web_post_sign_out;
web_handler web_get_patients, web_post_patients, web_get_record;

void web_count(struct web *web, unsigned status);

#endif
