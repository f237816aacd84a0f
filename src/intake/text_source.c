/*
 * text_source.c: one way to take lines from a map and from a stream.
 *
 * What a compressed file is can only be told from its beginning: as much is read as shows whether a
 * first line is followed by another.
 */
#include "intake/text_source.h"

#include "base/file_text.h"

/* -- opening ----------------------------------------------------------------------------------- */

static bool shows_its_kind(struct slice text)
{
    size_t end = slice_find(text, '\n');
    return end < text.len && slice_trim(slice_from(text, end)).len > 0 &&
           slice_trim(slice_sub(text, 0, end)).len > 0;
}

static bool look_inside(struct text_source *source, struct arena *arena, struct fault *fault)
{
    struct slice text = { NULL, 0 };
    while (!source->at_end && !shows_its_kind(text)) {
        if (!zstd_reader_more(source->packed, &text, &source->at_end, arena, fault)) {
            return false;
        }
    }
    source->kind = content_kind_of(text);
    return true;
}

bool text_source_open(struct text_source *ret_source, const char *path, struct arena *arena,
                      struct fault *fault)
{
    struct slice text;
    *ret_source = (struct text_source){ 0 };
    if (!zstd_reader_open(path, arena, &ret_source->packed, fault)) {
        return false;
    }
    if (ret_source->packed != NULL) {
        bool ok = look_inside(ret_source, arena, fault);
        if (!ok) {
            text_source_close(ret_source);
        }
        return ok;
    }
    if (!file_text_map(path, arena, &text, fault)) {
        return false;
    }
    text_source_of(ret_source, text);
    ret_source->mapped = true;
    return true;
}

void text_source_of(struct text_source *ret_source, struct slice text)
{
    *ret_source = (struct text_source){ .kind = content_kind_of(text), .text = text };
}

void text_source_close(struct text_source *source)
{
    zstd_reader_free(source->packed);
    if (source->mapped) {
        file_text_unmap(source->text);
    }
    *source = (struct text_source){ 0 };
}

/* -- texts ------------------------------------------------------------------------------------- */

/* at least one line more, or all that is left */
static bool more_of_line(struct text_source *source, struct slice *ret_rest, struct arena *arena,
                         struct fault *fault)
{
    *ret_rest = slice_from(source->text, source->at);
    if (source->packed == NULL) {
        return true;
    }
    *ret_rest = zstd_reader_text(source->packed);
    while (!source->at_end && slice_find(*ret_rest, '\n') == ret_rest->len) {
        if (!zstd_reader_more(source->packed, ret_rest, &source->at_end, arena, fault)) {
            return false;
        }
    }
    return true;
}

static void take(struct text_source *source, size_t len)
{
    if (source->packed != NULL) {
        zstd_reader_take(source->packed, len);
    } else {
        source->at += len;
    }
}

static bool next_line(struct text_source *source, struct slice *ret_text, bool *ret_found,
                      struct arena *arena, struct fault *fault)
{
    struct slice rest;
    for (;;) {
        if (!more_of_line(source, &rest, arena, fault)) {
            return false;
        }
        if (rest.len == 0) {
            *ret_found = false;
            return true;
        }
        size_t end = slice_find(rest, '\n');
        struct slice line = slice_trim(slice_sub(rest, 0, end));
        take(source, end < rest.len ? end + 1 : end);
        source->line++;
        if (line.len > 0) {
            *ret_text = line;
            *ret_found = true;
            return true;
        }
    }
}

static bool whole(struct text_source *source, struct slice *ret_text, bool *ret_found,
                  struct arena *arena, struct fault *fault)
{
    struct slice text = source->text;
    *ret_found = !source->done;
    if (source->done) {
        return true;
    }
    if (source->packed != NULL) {
        text = zstd_reader_text(source->packed);
    }
    while (source->packed != NULL && !source->at_end) {
        if (!zstd_reader_more(source->packed, &text, &source->at_end, arena, fault)) {
            return false;
        }
    }
    source->done = true;
    *ret_text = text;
    return true;
}

bool text_source_next(struct text_source *source, struct slice *ret_text, bool *ret_found,
                      struct arena *arena, struct fault *fault)
{
    switch (source->kind) {
    case CONTENT_JSON:
        return whole(source, ret_text, ret_found, arena, fault);
    case CONTENT_NDJSON:
        return next_line(source, ret_text, ret_found, arena, fault);
    default:
        *ret_found = false;
        return true;
    }
}
