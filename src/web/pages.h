/*
 * pages.h: the pages around the record, from what they show to HTML.
 *
 * Pure functions over views: no store, no session, no request. Each appends a whole page to `out`
 * and answers false with a fault (and an empty `out`) without memory or past the ceiling.
 * Patient data goes into pages only, never into an address or a fault (src/web/README.md).
 */
#ifndef EVENLODE_WEB_PAGES_H
#define EVENLODE_WEB_PAGES_H

#include "base/fault.h"
#include "base/os.h"
#include "governance/governance.h"
#include "identity/person_index.h"
#include "organisation/register.h"

struct strbuf;

/* what every page has */
struct page_frame {
    bool synthetic;  /* a demo directory: the banner says so on every page (H40) */
    bool about_data; /* there is a page about the county at /about-the-data */
    bool signed_in;  /* the following are given */
    struct slice user_name;
    struct slice role;         /* in words */
    struct slice organisation; /* its name */
    struct slice form_token;   /* session_form_token(); empty before sign-in */
};

/* header fields of every page: name and value, NULL behind the last */
struct page_header {
    const char *name;
    struct slice value;
};
extern const struct page_header page_headers[];
#define PAGE_TYPE SLICE("text/html; charset=utf-8")

MUST_CHECK bool page_home(const struct page_frame *frame, const struct register_snapshot *snapshot,
                          struct arena *arena, struct strbuf *out, struct fault *fault);
MUST_CHECK bool page_organisations(const struct page_frame *frame,
                                   const struct register_snapshot *snapshot, struct arena *arena,
                                   struct strbuf *out, struct fault *fault);
MUST_CHECK bool page_choices(const struct page_frame *frame, struct arena *arena,
                             struct strbuf *out, struct fault *fault);
MUST_CHECK bool page_questions(const struct page_frame *frame, struct arena *arena,
                               struct strbuf *out, struct fault *fault);

/*
 * Staff sign-in. `users` are those of a demo (session_demo_users), none elsewhere; names of their
 * organisations come from `snapshot`. `problem`: why the last attempt failed; `next`: where to go
 * afterwards, an address of this site.
 */
MUST_CHECK bool page_sign_in(const struct page_frame *frame, const struct subject *users,
                             size_t users_count, const struct register_snapshot *snapshot,
                             struct slice problem, struct slice next, struct arena *arena,
                             struct strbuf *out, struct fault *fault);

/* what was typed into "find a patient": fields of the POST form at /patients, as they came */
struct page_find_form {
    bool by_number; /* field "by" is "number" */
    struct slice nhs_number, family, given, day, month, year;
};

MUST_CHECK bool page_find(const struct page_frame *frame, const struct page_find_form *form,
                          struct slice problem, struct arena *arena, struct strbuf *out,
                          struct fault *fault);
/*
 * day, month and year as a date; false with a sentence for the user in *ret_problem. Months may be
 * numbers or names ("3", "03", "Mar", "march").
 */
MUST_CHECK bool page_find_birth(const struct page_find_form *form, struct instant *ret_birth,
                                struct slice *ret_problem);

/*
 * What was found, at most 50, and a warning on people who are easily confused (H19). `now` gives
 * the ages; `more`: there are others.
 */
#define PAGE_FOUND_MAX 50
MUST_CHECK bool page_found(const struct page_frame *frame, const struct person_entry *people,
                           size_t count, bool more, const struct register_snapshot *snapshot,
                           walltime now, struct arena *arena, struct strbuf *out,
                           struct fault *fault);

/* An error for people. `problem` carries no patient data (base/fault.h); `request_id` to quote. */
MUST_CHECK bool page_fault(const struct page_frame *frame, const struct fault *problem,
                           struct slice request_id, struct arena *arena, struct strbuf *out,
                           struct fault *fault);

#endif
