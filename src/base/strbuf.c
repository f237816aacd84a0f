/*
 * strbuf.c: grows by half, up to the ceiling; a byte is kept free behind the text for the NUL that
 * vsnprintf writes.
 */
#include "base/strbuf.h"

#include "base/os.h"

void strbuf_init(struct strbuf *buf, size_t ceiling)
{
    *buf = (struct strbuf){ .ceiling = ceiling };
}

void strbuf_clear(struct strbuf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

void strbuf_release(struct strbuf *buf)
{
    os_free(buf->ptr);
    *buf = (struct strbuf){ .ceiling = buf->ceiling };
}

static bool grow(struct strbuf *buf, size_t needed)
{
    size_t capacity = buf->capacity + buf->capacity / 2;
    if (capacity < 256) {
        capacity = 256;
    }
    if (capacity < needed) {
        capacity = needed;
    }
    if (capacity > buf->ceiling + 1) {
        capacity = buf->ceiling + 1;
    }
    char *ptr = os_realloc(buf->ptr, capacity);
    if (ptr == NULL) {
        return false;
    }
    buf->ptr = ptr;
    buf->capacity = capacity;
    return true;
}

char *strbuf_room(struct strbuf *buf, size_t len)
{
    size_t needed;
    if (buf->failed) {
        return NULL;
    }
    if (len > buf->ceiling - buf->len || !size_add(buf->len, len + 1, &needed) ||
        (needed > buf->capacity && !grow(buf, needed))) {
        buf->failed = true;
        return NULL;
    }
    return buf->ptr + buf->len;
}

void strbuf_added(struct strbuf *buf, size_t len)
{
    assert(!buf->failed && len < buf->capacity - buf->len);
    buf->len += len;
}

void strbuf_add(struct strbuf *buf, struct slice s)
{
    if (s.len == 0) {
        return;
    }
    char *room = strbuf_room(buf, s.len);
    if (room != NULL) {
        memcpy(room, s.ptr, s.len);
        buf->len += s.len;
    }
}

void strbuf_add_string(struct strbuf *buf, const char *string)
{
    strbuf_add(buf, slice_from_string(string));
}

void strbuf_vaddf(struct strbuf *buf, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int needed = vsnprintf(NULL, 0, format, arguments);
    char *room = needed < 0 ? NULL : strbuf_room(buf, (size_t)needed);
    if (room != NULL) {
        vsnprintf(room, (size_t)needed + 1, format, again);
        buf->len += (size_t)needed;
    } else {
        buf->failed = true;
    }
    va_end(again);
}

void strbuf_addf(struct strbuf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    strbuf_vaddf(buf, format, arguments);
    va_end(arguments);
}

void strbuf_add_u64(struct strbuf *buf, uint64_t number)
{
    char digits[20];
    size_t start = sizeof digits;
    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    strbuf_add(buf, slice_of(digits + start, sizeof digits - start));
}

struct slice strbuf_slice(const struct strbuf *buf)
{
    if (buf->failed) {
        return (struct slice){ NULL, 0 };
    }
    return (struct slice){ buf->ptr, buf->len };
}

char *strbuf_take(struct strbuf *buf, size_t *ret_len)
{
    if (buf->failed || buf->ptr == NULL) {
        return NULL;
    }
    char *ptr = buf->ptr;
    *ret_len = buf->len;
    *buf = (struct strbuf){ .ceiling = buf->ceiling };
    return ptr;
}
