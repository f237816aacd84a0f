/*
 * utf8.c: UTF-8 by the table of well-formed byte sequences (Unicode 15, table 3-7), the rest by
 * utf8proc.
 *
 * The decoder is ours because the JSON reader calls it in its inner loop and because it must say
 * "invalid" for exactly what the standard calls ill-formed. Normalising and folding need the
 * Unicode tables and are utf8proc's. Its convenient calls allocate with malloc, past our ceilings;
 * utf8proc_decompose() and utf8proc_reencode() work in a buffer of ours, so these are used.
 *
 * Most text is ASCII, for which both forms are found without any table.
 */
#include "base/utf8.h"

#include <utf8proc.h>

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* one row of table 3-7: the lead byte says the length and the range of the second byte */
struct lead {
    uint8_t length;
    uint8_t second_low;
    uint8_t second_high;
};

static struct lead lead_of(uint8_t byte)
{
    if (byte < 0xc2 || byte > 0xf4) {
        return (struct lead){ byte < 0x80 ? 1 : 0, 0, 0 };
    }
    if (byte < 0xe0) {
        return (struct lead){ 2, 0x80, 0xbf };
    }
    if (byte < 0xf0) {
        return (struct lead){ 3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf };
    }
    return (struct lead){ 4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf };
}

size_t utf8_first(struct slice text, uint32_t *ret_code_point)
{
    if (text.len == 0) {
        return 0;
    }
    const uint8_t *at = (const uint8_t *)text.ptr;
    struct lead lead = lead_of(at[0]);
    if (lead.length == 0 || lead.length > text.len) {
        return 0;
    }
    if (lead.length == 1) {
        *ret_code_point = at[0];
        return 1;
    }
    if (at[1] < lead.second_low || at[1] > lead.second_high) {
        return 0;
    }
    uint32_t code_point = at[0] & (0x7fu >> lead.length);
    for (size_t i = 1; i < lead.length; i++) {
        if (!is_continuation(at[i])) {
            return 0;
        }
        code_point = code_point << 6 | (at[i] & 0x3fu);
    }
    *ret_code_point = code_point;
    return lead.length;
}

/* bytes at the start that are ASCII, eight at a time */
static size_t ascii_run(struct slice text)
{
    size_t i = 0;
    for (uint64_t word; text.len - i >= sizeof word; i += sizeof word) {
        memcpy(&word, text.ptr + i, sizeof word);
        if ((word & 0x8080808080808080u) != 0) {
            break;
        }
    }
    while (i < text.len && (uint8_t)text.ptr[i] < 0x80) {
        i++;
    }
    return i;
}

bool utf8_valid(struct slice text)
{
    for (;;) {
        text = slice_from(text, ascii_run(text));
        if (text.len == 0) {
            return true;
        }
        uint32_t code_point;
        size_t bytes = utf8_first(text, &code_point);
        if (bytes == 0) {
            return false;
        }
        text = slice_from(text, bytes);
    }
}

size_t utf8_encode(uint32_t code_point, char ret_bytes[4])
{
    if (code_point < 0x80) {
        ret_bytes[0] = (char)code_point;
        return 1;
    }
    static const uint8_t marks[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        ret_bytes[i] = (char)(0x80 | (code_point & 0x3f));
        code_point >>= 6;
    }
    ret_bytes[0] = (char)(marks[length] | code_point);
    return length;
}

/* -- utf8proc in an arena --------------------------------------------------------------------- */

struct points {
    utf8proc_int32_t *at;
    utf8proc_ssize_t count;
};

/* the code points of `text` after `options`, with room for one more; at == NULL on failure */
static struct points decompose(struct slice text, utf8proc_option_t options, struct arena *arena)
{
    struct points none = { NULL, 0 };
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text.ptr;
    utf8proc_ssize_t length = (utf8proc_ssize_t)text.len;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, length, NULL, 0, options);
    size_t size;
    if (count < 0 || !size_mul((size_t)count + 1, sizeof(utf8proc_int32_t), &size)) {
        return none;
    }
    utf8proc_int32_t *points = arena_alloc(arena, size);
    if (points == NULL || utf8proc_decompose(bytes, length, points, count, options) != count) {
        return none;
    }
    return (struct points){ points, count };
}

/* UTF-8 in place of the code points */
static struct slice encode(struct points points, utf8proc_option_t options)
{
    utf8proc_ssize_t length =
        points.at == NULL ? -1 : utf8proc_reencode(points.at, points.count, options);
    if (length < 0) {
        return (struct slice){ NULL, 0 };
    }
    return (struct slice){ (const char *)points.at, (size_t)length };
}

struct slice utf8_nfc(struct slice text, struct arena *arena)
{
    if (ascii_run(text) == text.len) {
        return text.ptr != NULL ? text : SLICE("");
    }
    if (!utf8_valid(text)) {
        return (struct slice){ NULL, 0 };
    }
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    return encode(decompose(text, options, arena), options);
}

/* -- the search key ---------------------------------------------------------------------------- */

static bool is_ascii_space(uint32_t code_point)
{
    return code_point == ' ' || (code_point >= '\t' && code_point <= '\r');
}

static bool is_space(utf8proc_int32_t code_point)
{
    if (code_point < 0x80) {
        return is_ascii_space((uint32_t)code_point);
    }
    utf8proc_category_t category = utf8proc_category(code_point);
    return code_point == 0x85 || category == UTF8PROC_CATEGORY_ZS ||
           category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

/* runs of white space become one space, those at both ends none */
static struct points collapse_spaces(struct points points)
{
    utf8proc_ssize_t kept = 0;
    bool pending = false;
    for (utf8proc_ssize_t i = 0; i < points.count; i++) {
        if (is_space(points.at[i])) {
            pending = kept > 0;
            continue;
        }
        if (pending) {
            points.at[kept++] = ' ';
            pending = false;
        }
        points.at[kept++] = points.at[i];
    }
    points.count = kept;
    return points;
}

static struct slice ascii_search_key(struct slice text, struct arena *arena)
{
    char *key = arena_alloc(arena, text.len + 1);
    if (key == NULL) {
        return (struct slice){ NULL, 0 };
    }
    size_t kept = 0;
    bool pending = false;
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (is_ascii_space((uint8_t)byte)) {
            pending = kept > 0;
            continue;
        }
        if (pending) {
            key[kept++] = ' ';
            pending = false;
        }
        key[kept++] = byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
    }
    return (struct slice){ key, kept };
}

struct slice utf8_search_key(struct slice text, struct arena *arena)
{
    if (ascii_run(text) == text.len) {
        return ascii_search_key(text, arena);
    }
    if (!utf8_valid(text)) {
        return (struct slice){ NULL, 0 };
    }
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                      UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK;
    struct points points = decompose(text, options, arena);
    return encode(points.at == NULL ? points : collapse_spaces(points), options);
}
