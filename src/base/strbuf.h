/*
 * strbuf.h: text to write, bounded, with a sticky error.
 *
 * A strbuf grows up to its ceiling. When it would pass it, or memory ends, it sets `failed` and
 * drops this and every later addition: add without looking, then look once (SQLite's string
 * object). A failed strbuf never holds a prefix that could be taken for the whole: strbuf_slice()
 * of it is empty.
 *
 * Owns its memory from os_malloc; strbuf_release() gives it back. One thread at a time.
 */
#ifndef EVENLODE_BASE_STRBUF_H
#define EVENLODE_BASE_STRBUF_H

#include <stdarg.h>

#include "base/prelude.h"
#include "base/slice.h"

struct strbuf {
    char *ptr; /* NULL until the first byte */
    size_t len;
    size_t capacity;
    size_t ceiling;
    bool failed;
};

void strbuf_init(struct strbuf *buf, size_t ceiling);
/* empties it, keeps the memory, forgets the failure */
void strbuf_clear(struct strbuf *buf);
void strbuf_release(struct strbuf *buf);

void strbuf_add(struct strbuf *buf, struct slice s);
void strbuf_add_string(struct strbuf *buf, const char *string);
void strbuf_addf(struct strbuf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void strbuf_vaddf(struct strbuf *buf, const char *format, va_list arguments) PRINTF_LIKE(2, 0);
/* decimal digits, without printf's cost */
void strbuf_add_u64(struct strbuf *buf, uint64_t number);
/* room for `len` bytes more to write into directly, then strbuf_added(); NULL on failure */
MUST_CHECK char *strbuf_room(struct strbuf *buf, size_t len);
void strbuf_added(struct strbuf *buf, size_t len);

/* here, because writers of JSON call it for every comma and quote */
static inline void strbuf_add_byte(struct strbuf *buf, char byte)
{
    char *room =
        !buf->failed && buf->capacity - buf->len > 1 ? buf->ptr + buf->len : strbuf_room(buf, 1);
    if (room != NULL) {
        *room = byte;
        buf->len++;
    }
}

/* what it holds; empty when it failed. Valid until the next addition. */
struct slice strbuf_slice(const struct strbuf *buf);
/* hands the memory (os_free) to the caller and empties the buffer; NULL when failed or empty */
MUST_CHECK char *strbuf_take(struct strbuf *buf, size_t *ret_len);

#endif
