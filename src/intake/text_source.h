/*
 * text_source.h: a file as the texts it holds: a document, or a line at a time.
 *
 * Plain files are mapped, compressed ones (base/zstd_reader.h) read from the front in bounded
 * memory; both are told by content, never by name. Of JSON the one text is the whole document, of
 * NDJSON each line that is not blank; what is neither has no texts, only a kind.
 *
 * One thread at a time.
 */
#ifndef EVENLODE_INTAKE_TEXT_SOURCE_H
#define EVENLODE_INTAKE_TEXT_SOURCE_H

#include "base/fault.h"
#include "base/zstd_reader.h"
#include "intake/content.h"

struct text_source {
    enum content_kind kind;
    size_t line;                /* number of the last one given; 0: the whole */
    struct slice text;          /* plain: all of it */
    size_t at;                  /* of what comes next in `text` */
    bool mapped;                /* `text` is a map of ours */
    struct zstd_reader *packed; /* compressed; else NULL */
    bool at_end;                /* of the compressed file */
    bool done;                  /* a document has been given */
};

/* the fault does not name the file */
MUST_CHECK bool text_source_open(struct text_source *ret_source, const char *path,
                                 struct arena *arena, struct fault *fault);
/* of a text that the caller keeps */
void text_source_of(struct text_source *ret_source, struct slice text);
void text_source_close(struct text_source *source);

/*
 * The next text; *ret_found false at the end. Of a plain file it stays until the source is closed,
 * of a compressed one until the next call. On false the fault is where the compressed file is
 * damaged, and nothing more can be had.
 */
MUST_CHECK bool text_source_next(struct text_source *source, struct slice *ret_text,
                                 bool *ret_found, struct arena *arena, struct fault *fault);
/* is text only lent until the next call? */
static inline bool text_source_lends(const struct text_source *source)
{
    return source->packed != NULL;
}

#endif
