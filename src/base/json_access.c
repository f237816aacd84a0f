/*
 * json_access.c: questions to a tape.
 *
 * Looking a member up walks the keys of one object, each value skipped in one step, and compares
 * their fingerprints: a text is compared only where it is very likely the one. FHIR objects
 * have few members and a reader asks for several of them, so that an index of keys would cost more
 * than it saves; who needs all members of an object walks them once with json_each_member.
 *
 * An array is compared with an object nowhere here: json_path() steps through a repeating element
 * to its first occurrence, because that is what a reader of FHIR mostly wants.
 */
#include "base/json.h"

#include <stdarg.h>

#include "base/json_string.h"
#include "base/limits.h"

static inline struct slice node_text(const struct json *json, const struct json_node *node)
{
    return (struct slice){ json->text.ptr + node->offset, node->length };
}

json_ix json_member_printed(const struct json *json, json_ix object, struct slice key,
                            uint16_t print)
{
    json_each_member(json, object, name, value)
    {
        if (json_key_is(json, name, key, print)) {
            return value;
        }
    }
    return JSON_NONE;
}

static json_ix through_array(const struct json *json, json_ix ix)
{
    while (json_is(json, ix, JSON_ARRAY)) {
        ix = json_first(json, ix);
    }
    return ix;
}

json_ix json_path(const struct json *json, json_ix ix, ...)
{
    va_list keys;
    va_start(keys, ix);
    const char *key;
    while (ix != JSON_NONE && (key = va_arg(keys, const char *)) != NULL) {
        ix = json_member(json, through_array(json, ix), slice_from_string(key));
    }
    va_end(keys);
    return through_array(json, ix);
}

uint32_t json_size(const struct json *json, json_ix container)
{
    uint32_t size = 0;
    json_each_member(json, container, key, value)
    {
        size++;
    }
    json_each_element(json, container, item)
    {
        size++;
    }
    return size;
}

struct slice json_raw(const struct json *json, json_ix ix)
{
    const struct json_node *node = &json->nodes[ix];
    struct slice text = node_text(json, node);
    if (node->type == JSON_STRING) {
        text.ptr--;
        text.len += 2;
    }
    return text;
}

bool json_string_equal(const struct json *json, json_ix ix, struct slice s)
{
    if (!json_is(json, ix, JSON_STRING)) {
        return false;
    }
    const struct json_node *node = &json->nodes[ix];
    struct slice text = node_text(json, node);
    if (!node->escaped) {
        return slice_equal(text, s);
    }
    return json_text_equals_plain(text, s);
}

/* `text` holds at least one escape and is longer than what it stands for */
static struct slice unescape(struct slice text, struct arena *arena)
{
    char *copy = arena_alloc(arena, text.len);
    if (copy == NULL) {
        return (struct slice){ NULL, 0 };
    }
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    char *to = copy;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t run = (size_t)((escape != NULL ? escape : end) - at);
        memcpy(to, at, run);
        to += run;
        at += run;
        if (escape != NULL) {
            char bytes[4];
            size_t count = json_unescape(&at, bytes);
            memcpy(to, bytes, count);
            to += count;
        }
    }
    return (struct slice){ copy, (size_t)(to - copy) };
}

struct slice json_string_unescaped(const struct json *json, json_ix ix, struct arena *arena)
{
    return unescape(node_text(json, &json->nodes[ix]), arena);
}

struct slice json_member_string(const struct json *json, json_ix object, struct slice key,
                                struct arena *arena)
{
    return json_string(json, json_member(json, object, key), arena);
}

struct slice json_number(const struct json *json, json_ix ix)
{
    if (!json_is(json, ix, JSON_NUMBER)) {
        return (struct slice){ NULL, 0 };
    }
    return node_text(json, &json->nodes[ix]);
}

/* -- minify ---------------------------------------------------------------------------------- */

static inline bool is_container(const struct json_node *node)
{
    return node->type >= JSON_ARRAY;
}

/*
 * Each node but the first of all and the first of a container has one comma or colon before it.
 */
static size_t minified_size(const struct json *json, json_ix first, json_ix end)
{
    size_t size = end - first - 1;
    for (json_ix ix = first; ix < end; ix++) {
        const struct json_node *node = &json->nodes[ix];
        if (is_container(node)) {
            size += node->next > ix + 1 ? 1 : 2; /* brackets, less the separator of a first child */
        } else {
            size += node->length + (node->type == JSON_STRING ? 2u : 0u);
        }
    }
    return size;
}

struct open {
    json_ix end;
    bool is_object;
    bool key_next; /* in an object: the next child is a key */
    bool has_items;
};

static char *write_separator(struct open *top, char *to)
{
    if (top->is_object && !top->key_next) {
        *to++ = ':';
    } else if (top->has_items) {
        *to++ = ',';
    }
    top->has_items = true;
    top->key_next = !top->key_next;
    return to;
}

static char *write_minified(const struct json *json, json_ix first, char *to)
{
    struct open levels[LIMIT_JSON_DEPTH + 1] = { { .end = json->nodes[first].next } };
    struct open *top = levels;
    for (json_ix ix = first; ix < levels[0].end; ix++) {
        const struct json_node *node = &json->nodes[ix];
        to = write_separator(top, to);
        if (is_container(node)) {
            bool is_object = node->type == JSON_OBJECT;
            *to++ = is_object ? '{' : '[';
            *++top = (struct open){ node->next, is_object, true, false };
        } else {
            struct slice raw = json_raw(json, ix);
            memcpy(to, raw.ptr, raw.len);
            to += raw.len;
        }
        for (; top > levels && top->end == ix + 1; top--) {
            *to++ = top->is_object ? '}' : ']';
        }
    }
    return to;
}

void json_minify(const struct json *json, json_ix ix, struct strbuf *out)
{
    size_t size = minified_size(json, ix, json->nodes[ix].next);
    struct slice raw = json_raw(json, ix);
    if (raw.len == size) { /* it has no white space already */
        strbuf_add(out, raw);
        return;
    }
    char *room = strbuf_room(out, size);
    if (room != NULL) {
        char *end = write_minified(json, ix, room);
        assert((size_t)(end - room) == size);
        strbuf_added(out, size);
    }
}

void json_position(struct slice text, size_t offset, size_t *ret_line, size_t *ret_column)
{
    size_t line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    *ret_line = line;
    *ret_column = offset - line_start + 1;
}
