/*
 * json_writer.c: begin, append, end, into a strbuf.
 *
 * The writer knows for each open level whether it is an object and whether something stands in it
 * already: two bits, so a writer is a few words on the stack. It decides on commas and colons and
 * asserts that keys and values come in the order of a document: a wrong order is a bug of the
 * caller, not of its data. Running out of memory, past the ceiling, past the depth, or into text
 * that no reader would accept is data: the strbuf fails, and the caller looks once at the end.
 */
#include "base/json.h"

#include "base/json_scan.h"
#include "base/limits.h"
#include "base/utf8.h"

_Static_assert(LIMIT_JSON_DEPTH <= 64, "a level is a bit of 64");

void json_writer_init(struct json_writer *writer, struct strbuf *out)
{
    *writer = (struct json_writer){ .out = out };
}

/* the bit of the innermost container; 0 outside of all and past the depth */
static inline uint64_t top_bit(const struct json_writer *writer)
{
    return writer->depth >= 1 && writer->depth <= LIMIT_JSON_DEPTH
               ? (uint64_t)1 << (writer->depth - 1)
               : 0;
}

/* what stands before a value or, in an object, before a key */
static void separate(struct json_writer *writer)
{
    uint64_t bit = top_bit(writer);
    if ((writer->has_items & bit) != 0) {
        strbuf_add_byte(writer->out, ',');
    }
    writer->has_items |= bit;
}

static void before_value(struct json_writer *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    assert((writer->in_object & top_bit(writer)) == 0 && "a value in an object needs a key");
    separate(writer);
}

static void begin(struct json_writer *writer, bool is_object)
{
    before_value(writer);
    strbuf_add_byte(writer->out, is_object ? '{' : '[');
    writer->depth++;
    uint64_t bit = top_bit(writer);
    if (bit == 0) {
        writer->out->failed = true;
        return;
    }
    writer->has_items &= ~bit;
    writer->in_object = is_object ? writer->in_object | bit : writer->in_object & ~bit;
}

static void end(struct json_writer *writer, bool is_object)
{
    assert(writer->depth > 0 && !writer->after_key);
    uint64_t bit = top_bit(writer);
    assert(bit == 0 || ((writer->in_object & bit) != 0) == is_object);
    strbuf_add_byte(writer->out, is_object ? '}' : ']');
    writer->depth--;
}

void json_begin_object(struct json_writer *writer)
{
    begin(writer, true);
}

void json_end_object(struct json_writer *writer)
{
    end(writer, true);
}

void json_begin_array(struct json_writer *writer)
{
    begin(writer, false);
}

void json_end_array(struct json_writer *writer)
{
    end(writer, false);
}

/* -- strings --------------------------------------------------------------------------------- */

/* a byte that cannot stand for itself: quote, backslash, control */
static void add_escape(struct strbuf *out, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
    };
    char letter = byte < 0x20 ? letters[byte] : (char)byte;
    if (letter != 0) {
        char two[] = { '\\', letter };
        strbuf_add(out, slice_of(two, sizeof two));
        return;
    }
    char six[] = { '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] };
    strbuf_add(out, slice_of(six, sizeof six));
}

/* bytes of the valid UTF-8 character at `at`, 0 when there is none */
static size_t character(const uint8_t *at, const uint8_t *end)
{
    uint32_t code_point;
    return utf8_first((struct slice){ (const char *)at, (size_t)(end - at) }, &code_point);
}

/* the longest run that needs no escape; NULL when the text is not valid */
static const uint8_t *clean_run(const uint8_t *at, const uint8_t *end)
{
    at = json_scan_plain(at, end);
    while (at < end && *at >= 0x80) {
        size_t bytes = character(at, end);
        if (bytes == 0) {
            return NULL;
        }
        at = json_scan_plain(at + bytes, end);
    }
    return at;
}

/* text that needs no escape, which nearly all of it is */
static void add_plain(struct strbuf *out, struct slice value)
{
    char *room = strbuf_room(out, value.len + 2);
    if (room != NULL) {
        room[0] = '"';
        if (value.len > 0) {
            memcpy(room + 1, value.ptr, value.len);
        }
        room[value.len + 1] = '"';
        strbuf_added(out, value.len + 2);
    }
}

static void add_quoted(struct strbuf *out, struct slice value)
{
    const uint8_t *at = (const uint8_t *)value.ptr;
    const uint8_t *end = at + value.len;
    if (value.len == 0 || json_scan_plain(at, end) == end) {
        add_plain(out, value);
        return;
    }
    strbuf_add_byte(out, '"');
    while (at < end) {
        const uint8_t *stop = clean_run(at, end);
        if (stop == NULL || (stop < end && *stop == 0)) {
            out->failed = true;
            return;
        }
        strbuf_add(out, slice_of((const char *)at, (size_t)(stop - at)));
        if (stop < end) {
            add_escape(out, *stop++);
        }
        at = stop;
    }
    strbuf_add_byte(out, '"');
}

void json_key(struct json_writer *writer, struct slice key)
{
    assert(!writer->after_key);
    assert(top_bit(writer) == 0 ? writer->out->failed : (writer->in_object & top_bit(writer)) != 0);
    separate(writer);
    add_quoted(writer->out, key);
    strbuf_add_byte(writer->out, ':');
    writer->after_key = true;
}

void json_write_string(struct json_writer *writer, struct slice value)
{
    before_value(writer);
    add_quoted(writer->out, value);
}

/* -- other values ---------------------------------------------------------------------------- */

void json_write_raw(struct json_writer *writer, struct slice value)
{
    before_value(writer);
    strbuf_add(writer->out, value);
}

void json_write_u64(struct json_writer *writer, uint64_t value)
{
    before_value(writer);
    strbuf_add_u64(writer->out, value);
}

void json_write_i64(struct json_writer *writer, int64_t value)
{
    before_value(writer);
    if (value < 0) {
        strbuf_add_byte(writer->out, '-');
    }
    strbuf_add_u64(writer->out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void json_write_bool(struct json_writer *writer, bool value)
{
    json_write_raw(writer, value ? SLICE("true") : SLICE("false"));
}

void json_write_null(struct json_writer *writer)
{
    json_write_raw(writer, SLICE("null"));
}

/* -- members --------------------------------------------------------------------------------- */

static void member(struct json_writer *writer, const char *key)
{
    json_key(writer, slice_from_string(key));
}

void json_member_write(struct json_writer *writer, const char *key, struct slice value)
{
    member(writer, key);
    json_write_string(writer, value);
}

void json_member_write_u64(struct json_writer *writer, const char *key, uint64_t value)
{
    member(writer, key);
    json_write_u64(writer, value);
}

void json_member_write_bool(struct json_writer *writer, const char *key, bool value)
{
    member(writer, key);
    json_write_bool(writer, value);
}

void json_member_write_raw(struct json_writer *writer, const char *key, struct slice value)
{
    member(writer, key);
    json_write_raw(writer, value);
}

void json_member_begin_object(struct json_writer *writer, const char *key)
{
    member(writer, key);
    json_begin_object(writer);
}

void json_member_begin_array(struct json_writer *writer, const char *key)
{
    member(writer, key);
    json_begin_array(writer);
}
