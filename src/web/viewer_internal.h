/*
 * viewer_internal.h: what the sources of the viewer share; private to src/web/viewer*.c.
 *
 * A page is made in two steps: the record's model is laid out as views in the request's arena, then
 * one template writes them. Helpers answer with empty texts or lists when the arena is at its end
 * and note it in `viewer.failed`, so that nobody looks after each: page_done() looks once.
 */
#ifndef EVENLODE_WEB_VIEWER_INTERNAL_H
#define EVENLODE_WEB_VIEWER_INTERNAL_H

#include "web/templates.h"
#include "web/page_frame.h"
#include "web/viewer.h"

struct viewer {
    const struct record *record;
    const struct viewer_session *session;
    struct arena *arena;
    struct slice base;         /* "/record/{person}" */
    struct slice query;        /* "?chosen=1&source=..." or empty when all sources are asked */
    struct slice *short_names; /* of the sources, without the legal form */
    struct slice name;         /* "HALLAM, Margaret (Mrs)" */
    bool failed;
};

/* false without memory */
MUST_CHECK bool viewer_begin(struct viewer *viewer, const struct record *record,
                             const struct viewer_session *session, struct arena *arena);

/* ---- viewer_text.c ---- */

/* array of zeroed views; NULL, and failed, without memory. Count 0 gives some address. */
#define viewer_rows(viewer, count, type) ((type *)viewer_zeroed((viewer), (count), sizeof(type)))
void *viewer_zeroed(struct viewer *viewer, size_t count, size_t size);
struct slice viewer_printf(struct viewer *viewer, const char *format, ...) PRINTF_LIKE(2, 3);
/* parts one behind the other */
struct slice viewer_join(struct viewer *viewer, const struct slice *parts, size_t count);
#define VIEWER_JOIN(viewer, ...)                                                                   \
    viewer_join((viewer), (const struct slice[]){ __VA_ARGS__ },                                   \
                sizeof((const struct slice[]){ __VA_ARGS__ }) / sizeof(struct slice))
struct slice viewer_number(struct viewer *viewer, uint64_t number);
/* "03-Nov-2026" */
struct slice viewer_date(struct viewer *viewer, const struct instant *instant);
/* "03-Nov-2026 09:05" */
struct slice viewer_date_time(struct viewer *viewer, const struct instant *instant);
/* the same of a moment, in the civil time of the United Kingdom */
struct slice viewer_moment(struct viewer *viewer, walltime moment);
/* "≥ 5.2 mmol/L": digits as recorded; the text when there is no quantity */
struct slice viewer_value(struct viewer *viewer, const struct record_item *item);
/* the laboratory's range of this very result: its words, or "20–48", "≥ 60" */
struct slice viewer_range(struct viewer *viewer, const struct record_item *item);
/* "high", ...; empty for none and normal. *ret_danger: out of range */
struct slice viewer_flag(enum item_flag flag, bool *ret_danger);
/* the status when it says more than that all is as usual */
struct slice viewer_status(const struct record_item *item);
struct slice viewer_section_title(enum record_section section);
struct slice viewer_section_address(enum record_section section);
struct slice viewer_state_words(enum source_state state);
/* unavailable or timed out: something may be missing */
bool viewer_state_is_missing(enum source_state state);

/* ---- viewer_frame.c ---- */

struct viewer_page {
    bool summary;
    bool timeline;
    enum record_section section; /* SECTION_COUNT: none */
    struct slice title;
};

const struct view_record_top *viewer_top(struct viewer *viewer, const struct viewer_page *page);
const struct view_record_end *viewer_bottom(struct viewer *viewer);
/* address of a section's page, or of the summary for SECTION_COUNT, with the sources chosen */
struct slice viewer_section_url(struct viewer *viewer, enum record_section section);
struct slice viewer_timeline_url(struct viewer *viewer);
/* what all asked sources say of the section: how many did not answer, withhold, or deny */
struct viewer_section_state {
    size_t asked;
    size_t answered; /* shown or nothing recorded */
    size_t missing;  /* unavailable or timed out */
    size_t denied;
    size_t withheld;
    size_t unsupported;
};
struct viewer_section_state viewer_section_state(const struct viewer *viewer,
                                                 enum record_section section);
/* the role sees nothing of it at all */
bool viewer_section_hidden(const struct viewer *viewer, enum record_section section);
/* what to say where there is nothing to list: never "none" when somebody did not answer (H4) */
struct slice viewer_empty(struct viewer *viewer, enum record_section section);

/* ---- viewer_lines.c ---- */

struct viewer_block {
    enum record_section section;
    bool past;
    bool summary; /* a card: at most `most` rows, with a link to all */
    size_t most;  /* 0: all */
    const char *id;
    struct slice title;
    const char *width;
    bool risk;
    bool states; /* says at its end what each source answered */
    /* only these lines of the section (results that are in no trend); NULL: all */
    const struct record_line *lines;
    size_t lines_count;
};

void viewer_block(struct viewer *viewer, const struct viewer_block *block,
                  struct view_block *ret_view);
size_t viewer_states(struct viewer *viewer, enum record_section section, bool all,
                     struct view_block_states **ret_states);

/* ---- viewer_trends.c ---- */

/* `most` 0: all; `full`: with every value */
void viewer_trends(struct viewer *viewer, enum record_section section, size_t most, bool full,
                   const char *width, struct view_trends *ret_view);

/* ---- viewer_lanes.c ---- */

void viewer_lanes(struct viewer *viewer, struct view_record_summary *view);

#endif
