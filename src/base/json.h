/*
 * json.h: read and write JSON without losing a digit.
 *
 * The reader makes one pass over the text and leaves a tape of nodes in the caller's arena; it
 * copies nothing. Strings and numbers stay slices of the input: numbers keep their text (1.50 is
 * not 1.5; FHIR R4 json.html#primitive), strings are unescaped when asked for. It is strict:
 * RFC 8259, and refuses duplicate keys in an object, depth over LIMIT_JSON_DEPTH, lone surrogates
 * (also escaped), U+0000 (also escaped), invalid UTF-8, a byte order mark, and anything but white
 * space after the value.
 *
 * The tape is in document order. A container's children follow it; in an object they alternate
 * key, value. `next` of a node is the index behind its last descendant, so siblings are reached in
 * one step and a subtree is skipped in one step.
 *
 * A document is immutable after parsing; any number of threads may read it. It lives as long as
 * both the text and the arena.
 */
#ifndef EVENLODE_BASE_JSON_H
#define EVENLODE_BASE_JSON_H

#include <endian.h>

#include "base/fault.h"
#include "base/strbuf.h"

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING, /* object keys too */
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_node {
    uint32_t offset; /* first byte in the text; of a string: behind the opening quote */
    uint32_t length; /* bytes of the value's text; of a string: without quotes */
    uint32_t next;   /* index of the node behind this one and all its descendants */
    uint8_t type;    /* enum json_type */
    uint8_t escaped; /* a string with at least one backslash */
    uint16_t print;  /* of a key: json_print() of its text; of anything else 0 */
};

/*
 * The fingerprint of a key's text, from its length and first eight bytes: two keys of one object
 * seldom share it, so that looking for a member compares numbers and not texts. It says only what
 * is not equal: a sender can choose texts that share it. Of a literal it is a constant.
 */
static inline uint16_t json_print_of(uint64_t first, size_t len)
{
    return (uint16_t)(((le64toh(first) ^ (uint64_t)len << 56) * 0x9e3779b97f4a7c15u) >> 48);
}

static inline __attribute__((always_inline)) uint16_t json_print(const char *text, size_t len)
{
    uint64_t first = 0;
    if (len > 0) {
        memcpy(&first, text, len < sizeof first ? len : sizeof first);
    }
    return json_print_of(first, len);
}

typedef uint32_t json_ix;
#define JSON_NONE UINT32_MAX

struct json {
    struct slice text;
    const struct json_node *nodes; /* nodes[0] is the root */
    uint32_t count;
};

/*
 * Parses the whole of `text` (at most LIMIT_JSON_TEXT). On failure FAULT_MALFORMED (TOO_LARGE past
 * a limit of text, depth or arena; NO_MEMORY) with where = "line L, column C" counted in bytes
 * from 1. O(length); duplicate keys are found in expected O(keys) of an object.
 */
MUST_CHECK bool json_parse(struct arena *arena, struct slice text, struct json *ret_json,
                           struct fault *fault);

/* -- reading ------------------------------------------------------------------------------- */

static inline enum json_type json_type(const struct json *json, json_ix ix)
{
    return (enum json_type)json->nodes[ix].type;
}

static inline bool json_is(const struct json *json, json_ix ix, enum json_type type)
{
    return ix != JSON_NONE && json->nodes[ix].type == type;
}

/* first child (the first key of an object), or JSON_NONE */
static inline json_ix json_first(const struct json *json, json_ix container)
{
    return json->nodes[container].next == container + 1 ? JSON_NONE : container + 1;
}

/* the sibling behind `child` of `container`, or JSON_NONE; of a key: its value */
static inline json_ix json_next(const struct json *json, json_ix container, json_ix child)
{
    json_ix next = json->nodes[child].next;
    return next == json->nodes[container].next ? JSON_NONE : next;
}

/*
 *   json_each_member(json, object, key, value) { ... }     json_each_element(json, array, item) {
 * ... } Both do nothing for JSON_NONE and for a node of another type.
 */
#define json_each_member(json, object, key, value)                                                 \
    for (json_ix key = json_is((json), (object), JSON_OBJECT) ? json_first((json), (object))       \
                                                              : JSON_NONE,                         \
                 value = key == JSON_NONE ? JSON_NONE : key + 1;                                   \
         key != JSON_NONE;                                                                         \
         key = json_next((json), (object), value), value = key == JSON_NONE ? JSON_NONE : key + 1)

#define json_each_element(json, array, item)                                                       \
    for (json_ix item = json_is((json), (array), JSON_ARRAY) ? json_first((json), (array))         \
                                                             : JSON_NONE;                          \
         item != JSON_NONE; item = json_next((json), (array), item))

/* does the string, unescaped, equal `s`? No allocation. */
bool json_string_equal(const struct json *json, json_ix ix, struct slice s);

/* is the key at `key` of that name? `print` is json_print() of the name */
static inline bool json_key_is(const struct json *json, json_ix key, struct slice name,
                               uint16_t print)
{
    const struct json_node *node = &json->nodes[key];
    if (__builtin_expect(node->escaped, 0)) {
        return json_string_equal(json, key, name);
    }
    return node->print == print && node->length == name.len &&
           memcmp(json->text.ptr + node->offset, name.ptr, name.len) == 0;
}

/* the same for a literal, whose fingerprint is a constant */
#define JSON_KEY_IS(json, key, name)                                                               \
    json_key_is((json), (key), SLICE(name), json_print((name), sizeof(name) - 1))

/* json_member() for whoever knows the fingerprint of the key */
json_ix json_member_printed(const struct json *json, json_ix object, struct slice key,
                            uint16_t print);

/* the value of that key, or JSON_NONE; JSON_NONE too when `object` is no object or JSON_NONE */
static inline __attribute__((always_inline)) json_ix json_member(const struct json *json,
                                                                 json_ix object, struct slice key)
{
    return json_member_printed(json, object, key, json_print(key.ptr, key.len));
}
/* json_member along several keys: json_path(json, ix, "code", "text", NULL); arrays: first element
 */
json_ix json_path(const struct json *json, json_ix ix, ...) __attribute__((sentinel));
/* number of elements, or of members */
uint32_t json_size(const struct json *json, json_ix container);

/* the bytes as they stand in the text; of a string with its quotes */
struct slice json_raw(const struct json *json, json_ix ix);
/* json_string() of a string that holds escapes */
struct slice json_string_unescaped(const struct json *json, json_ix ix, struct arena *arena);

/*
 * The string unescaped: a slice of the text, or of `arena` when it holds escapes. {NULL, 0} when ix
 * is JSON_NONE or no string, and when memory ended (arena->exhausted tells); an empty string has a
 * pointer.
 */
static inline struct slice json_string(const struct json *json, json_ix ix, struct arena *arena)
{
    if (!json_is(json, ix, JSON_STRING)) {
        return (struct slice){ NULL, 0 };
    }
    const struct json_node *node = &json->nodes[ix];
    return node->escaped ? json_string_unescaped(json, ix, arena)
                         : slice_of(json->text.ptr + node->offset, node->length);
}

/* json_string of a member; the empty slice when absent */
struct slice json_member_string(const struct json *json, json_ix object, struct slice key,
                                struct arena *arena);
/* the digits of a number as they stand; empty when it is none */
struct slice json_number(const struct json *json, json_ix ix);

/* Appends the node's text without insignificant white space, everything else byte for byte. */
void json_minify(const struct json *json, json_ix ix, struct strbuf *out);

/* Line and column of a byte offset, counted from 1: for messages. O(offset). */
void json_position(struct slice text, size_t offset, size_t *ret_line, size_t *ret_column);

/* -- writing ------------------------------------------------------------------------------- */

/*
 * A begin/append/end writer into a strbuf, in the way of git's json-writer: it places commas and
 * colons; the caller's order of calls must be that of a document (asserted). No object model.
 */
struct json_writer {
    struct strbuf *out;
    uint64_t in_object; /* a bit a level */
    uint64_t has_items;
    uint32_t depth; /* containers open; past LIMIT_JSON_DEPTH the strbuf fails */
    bool after_key;
};

void json_writer_init(struct json_writer *writer, struct strbuf *out);
void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);
void json_key(struct json_writer *writer, struct slice key);
/* escapes; what the reader would refuse (invalid UTF-8, U+0000) makes the strbuf fail; keys too */
void json_write_string(struct json_writer *writer, struct slice value);
void json_write_u64(struct json_writer *writer, uint64_t value);
void json_write_i64(struct json_writer *writer, int64_t value);
void json_write_bool(struct json_writer *writer, bool value);
void json_write_null(struct json_writer *writer);
/* already JSON: a number's text, a stored body */
void json_write_raw(struct json_writer *writer, struct slice value);
/* key and value in one call */
void json_member_write(struct json_writer *writer, const char *key, struct slice value);
void json_member_write_u64(struct json_writer *writer, const char *key, uint64_t value);
void json_member_write_bool(struct json_writer *writer, const char *key, bool value);
void json_member_write_raw(struct json_writer *writer, const char *key, struct slice value);
void json_member_begin_object(struct json_writer *writer, const char *key);
void json_member_begin_array(struct json_writer *writer, const char *key);

#endif
