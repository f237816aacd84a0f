/*
 * page_frame.h: what the makers of pages share; private to src/web.
 */
#ifndef EVENLODE_WEB_PAGE_FRAME_H
#define EVENLODE_WEB_PAGE_FRAME_H

#include "web/templates.h"
#include "web/pages.h"

/* the view of the top of a page; false without memory */
MUST_CHECK bool page_frame_view(const struct page_frame *frame, struct slice title,
                                struct arena *arena, struct view_frame_top *ret_view);
/* a FHIR administrative gender for people: "Male", ..., "Not Known" */
struct slice page_gender(struct slice gender);
/*
 * The end of every page function: true when all is there. Otherwise `out` is failed (so empty) and
 * the fault is set. `complete`: no allocation of the page failed.
 */
MUST_CHECK bool page_done(struct strbuf *out, struct arena *arena, bool complete,
                          struct fault *fault);

#endif
