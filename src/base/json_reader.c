/*
 * json_reader.c: from text to tape in one pass (RFC 8259).
 *
 * The reader is a loop over the open containers, not a recursion: `levels` holds what it must know
 * of each, at most LIMIT_JSON_DEPTH of them. One step reads one member or element; a step that
 * opens a container makes that container the top, a step that meets the closing bracket takes it
 * off. Every token becomes a node of 16 bytes on the tape; nothing is copied out of the text.
 *
 * What makes it fast: strings and white space are skipped 16 bytes at a time (json_scan.h), UTF-8
 * is checked only where a byte is not ASCII, keys are compared only when their fingerprints meet
 * (json_keys.c), and the tape is allocated nearly right. An index of structural characters made
 * in a first pass (simdjson's way) was considered: it wins on a wide vector unit, but needs memory
 * for the index, padding behind the text and a version for each processor.
 *
 * The tape starts at a guess of one node for eight bytes, for at most the first 64 KiB; when it is
 * full, the density met so far says how large the whole will be. What is left over of a small tape
 * goes back to the arena.
 *
 * Functions that read take the place where they start and return the place behind what they read,
 * or NULL after noting a fault. Bytes are compared with the grammar only; the meaning of numbers
 * and escapes is left to whoever asks for it.
 */
#include "base/json.h"

#include "base/json_keys.h"
#include "base/json_scan.h"
#include "base/json_string.h"
#include "base/limits.h"
#include "base/utf8.h"

#define TAPE_FIRST_BYTES  KIB(64)
#define TAPE_SPARE_NODES  ((size_t)16)
#define BYTES_FOR_A_GUESS 8

struct level {
    json_ix container;
    bool is_object;
    bool has_items;
    struct json_keys keys;
};

struct reader {
    const uint8_t *start;
    const uint8_t *end;
    struct json_node *nodes; /* the same as json.nodes, to write */
    struct json json;
    size_t capacity;
    struct level *top; /* innermost open container; levels[0] when none is */
    struct json_key_set key_set;
    struct arena *arena;
    struct fault *fault;
    struct level levels[LIMIT_JSON_DEPTH + 1];
};

/* -- faults ---------------------------------------------------------------------------------- */

static const uint8_t *refuse_as(struct reader *r, enum fault_code code, const uint8_t *at,
                                const char *message)
{
    size_t line;
    size_t column;
    char where[64];
    json_position(r->json.text, (size_t)(at - r->start), &line, &column);
    snprintf(where, sizeof where, "line %zu, column %zu", line, column);
    fault_at(r->fault, r->arena, code, slice_from_string(where), "%s", message);
    return NULL;
}

static const uint8_t *refuse(struct reader *r, const uint8_t *at, const char *message)
{
    return refuse_as(r, FAULT_MALFORMED, at,
                     at == r->end ? "the JSON text ends too early" : message);
}

static const uint8_t *refuse_memory(struct reader *r)
{
    fault_no_memory(r->fault, r->arena);
    return NULL;
}

/* -- the tape -------------------------------------------------------------------------------- */

static size_t first_capacity(size_t length)
{
    size_t counted = length < TAPE_FIRST_BYTES ? length : TAPE_FIRST_BYTES;
    return counted / BYTES_FOR_A_GUESS + TAPE_SPARE_NODES;
}

/* the tape for the whole text, if it goes on as it did up to `at` */
static size_t next_capacity(const struct reader *r, const uint8_t *at)
{
    size_t done = (size_t)(at - r->start) + 1;
    size_t length = (size_t)(r->end - r->start);
    size_t foreseen = (size_t)((double)r->capacity * ((double)length / (double)done) * 1.05);
    size_t least = r->capacity + r->capacity / 2;
    /* each node but the root has a comma, colon or bracket of its own before it */
    size_t most = r->json.count + (size_t)(r->end - at) + TAPE_SPARE_NODES;
    size_t wanted = foreseen > least ? foreseen : least;
    return wanted < most ? wanted : most;
}

static bool grow_tape(struct reader *r, const uint8_t *at)
{
    size_t size = sizeof *r->nodes;
    size_t capacity = r->nodes == NULL ? first_capacity(r->json.text.len) : next_capacity(r, at);
    struct json_node *nodes = arena_grow(r->arena, r->nodes, r->capacity * size, capacity * size);
    if (nodes == NULL) {
        return refuse_memory(r) != NULL;
    }
    r->nodes = nodes;
    r->json.nodes = nodes;
    r->capacity = capacity;
    return true;
}

/* a node that begins at `at`; NULL without memory. Its length is set when its end is known. */
static inline struct json_node *add_node(struct reader *r, const uint8_t *at, enum json_type type)
{
    if (__builtin_expect(r->json.count == r->capacity, 0) && !grow_tape(r, at)) {
        return NULL;
    }
    struct json_node *node = &r->nodes[r->json.count++];
    *node = (struct json_node){
        .offset = (uint32_t)(at - r->start),
        .next = r->json.count,
        .type = (uint8_t)type,
    };
    return node;
}

/* -- strings --------------------------------------------------------------------------------- */

static const uint8_t *read_hex4(struct reader *r, const uint8_t *at, int32_t *ret_unit)
{
    if (r->end - at < 4 || (*ret_unit = json_hex4((const char *)at)) < 0) {
        return refuse(r, at, "\\u is not followed by four hexadecimal digits");
    }
    return at + 4;
}

/* behind the "\u" of a UTF-16 code unit; surrogates come as a pair or not at all */
static const uint8_t *read_unicode_escape(struct reader *r, const uint8_t *at)
{
    int32_t unit = 0;
    const uint8_t *next = read_hex4(r, at, &unit);
    if (next == NULL || unit == 0) {
        return next == NULL ? NULL : refuse(r, at, "a string holds the character U+0000");
    }
    if (unit < 0xd800 || unit > 0xdfff) {
        return next;
    }
    int32_t low = 0;
    if (unit <= 0xdbff && r->end - next >= 2 && next[0] == '\\' && next[1] == 'u') {
        next = read_hex4(r, next + 2, &low);
    }
    if (next != NULL && (low < 0xdc00 || low > 0xdfff)) {
        return refuse(r, at, "a string holds half of a surrogate pair");
    }
    return next;
}

/* at the backslash */
static const uint8_t *read_escape(struct reader *r, const uint8_t *at)
{
    if (r->end - at < 2) {
        return refuse(r, r->end, "");
    }
    switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return at + 2;
    case 'u':
        return read_unicode_escape(r, at + 2);
    default:
        return refuse(r, at, "a backslash is followed by a character that makes no escape");
    }
}

/* at a byte that is neither plain nor the closing quote */
static const uint8_t *read_special(struct reader *r, const uint8_t *at, struct json_node *node)
{
    if (at == r->end) {
        return refuse(r, at, "");
    }
    if (*at == '\\') {
        node->escaped = 1;
        return read_escape(r, at);
    }
    if (*at < 0x20) {
        return refuse(r, at,
                      *at == 0 ? "a string holds the character U+0000"
                               : "a string holds a control character");
    }
    uint32_t code_point;
    size_t bytes =
        utf8_first((struct slice){ (const char *)at, (size_t)(r->end - at) }, &code_point);
    return bytes > 0 ? at + bytes : refuse(r, at, "the text is not valid UTF-8");
}

/* at the opening quote */
static inline const uint8_t *read_string(struct reader *r, const uint8_t *at)
{
    struct json_node *node = add_node(r, at + 1, JSON_STRING);
    if (node == NULL) {
        return NULL;
    }
    const uint8_t *end = json_scan_plain(at + 1, r->end);
    while (__builtin_expect(end == r->end || *end != '"', 0)) {
        end = read_special(r, end, node);
        if (end == NULL) {
            return NULL;
        }
        end = json_scan_plain(end, r->end);
    }
    node->length = (uint32_t)(end - at - 1);
    return end + 1;
}

/* -- numbers and literals -------------------------------------------------------------------- */

static inline bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* at least one digit */
static const uint8_t *read_digits(struct reader *r, const uint8_t *at)
{
    if (at == r->end || !is_digit(*at)) {
        return refuse(r, at, "a number lacks a digit here");
    }
    while (at < r->end && is_digit(*at)) {
        at++;
    }
    return at;
}

/* RFC 8259, 6: a minus, digits without a leading zero, a fraction, an exponent */
static const uint8_t *read_number(struct reader *r, const uint8_t *start)
{
    struct json_node *node = add_node(r, start, JSON_NUMBER);
    if (node == NULL) {
        return NULL;
    }
    const uint8_t *digits = start + (*start == '-');
    const uint8_t *at = read_digits(r, digits);
    if (at != NULL && *digits == '0' && at - digits > 1) {
        return refuse(r, digits, "a number begins with a zero");
    }
    if (at != NULL && at < r->end && *at == '.') {
        at = read_digits(r, at + 1);
    }
    if (at != NULL && at < r->end && (*at | 0x20) == 'e') {
        at++;
        at += at < r->end && (*at == '+' || *at == '-');
        at = read_digits(r, at);
    }
    if (at != NULL) {
        node->length = (uint32_t)(at - start);
    }
    return at;
}

static const uint8_t *read_literal(struct reader *r, const uint8_t *at, enum json_type type)
{
    static const struct slice words[] = {
        [JSON_NULL] = SLICE_INIT("null"),
        [JSON_FALSE] = SLICE_INIT("false"),
        [JSON_TRUE] = SLICE_INIT("true"),
    };
    struct slice word = words[type];
    if ((size_t)(r->end - at) < word.len || memcmp(at, word.ptr, word.len) != 0) {
        return refuse(r, at, "a word that is neither true, false nor null");
    }
    struct json_node *node = add_node(r, at, type);
    if (node == NULL) {
        return NULL;
    }
    node->length = (uint32_t)word.len;
    return at + word.len;
}

/* -- containers ------------------------------------------------------------------------------ */

static const uint8_t *open_container(struct reader *r, const uint8_t *at, enum json_type type)
{
    if (r->top == &r->levels[LIMIT_JSON_DEPTH]) {
        return refuse_as(r, FAULT_TOO_LARGE, at, "arrays and objects are nested too deeply");
    }
    if (add_node(r, at, type) == NULL) {
        return NULL;
    }
    *++r->top = (struct level){
        .container = r->json.count - 1,
        .is_object = type == JSON_OBJECT,
    };
    return at + 1;
}

static const uint8_t *refuse_repeated_key(struct reader *r, json_ix key)
{
    return refuse(r, r->start + r->nodes[key].offset - 1, "a key stands twice in one object");
}

/* an object with many keys, which were not compared while it was read */
static bool check_many_keys(struct reader *r)
{
    json_ix repeated;
    if (!json_keys_repeated(&r->json, r->top->container, r->top->keys.count, &r->key_set, r->arena,
                            &repeated)) {
        return refuse_memory(r) != NULL;
    }
    return repeated == JSON_NONE || refuse_repeated_key(r, repeated) != NULL;
}

/* at the closing bracket of the top container */
static const uint8_t *close_container(struct reader *r, const uint8_t *at)
{
    if (r->top->keys.count > JSON_KEYS_FEW && !check_many_keys(r)) {
        return NULL;
    }
    struct json_node *node = &r->nodes[r->top->container];
    node->length = (uint32_t)(at + 1 - r->start) - node->offset;
    node->next = r->json.count;
    r->top--;
    return at + 1;
}

/* -- values ---------------------------------------------------------------------------------- */

static inline const uint8_t *read_value(struct reader *r, const uint8_t *at)
{
    if (at == r->end) {
        return refuse(r, at, "");
    }
    switch (*at) {
    case '"':
        return read_string(r, at);
    case '{':
        return open_container(r, at, JSON_OBJECT);
    case '[':
        return open_container(r, at, JSON_ARRAY);
    case 't':
        return read_literal(r, at, JSON_TRUE);
    case 'f':
        return read_literal(r, at, JSON_FALSE);
    case 'n':
        return read_literal(r, at, JSON_NULL);
    default:
        return *at == '-' || is_digit(*at) ? read_number(r, at)
                                           : refuse(r, at, "a value should stand here");
    }
}

/* json_print() of the key, without a branch on its length: what stands behind it is cut off */
static inline void note_print(const struct reader *r, struct json_node *key)
{
    const char *text = (const char *)r->start + key->offset;
    uint64_t first;
    if (__builtin_expect(r->json.text.len - key->offset < sizeof first, 0)) {
        key->print = json_print(text, key->length);
        return;
    }
    memcpy(&first, text, sizeof first);
    uint64_t kept = key->length < 8 ? ((uint64_t)1 << 8 * key->length) - 1 : UINT64_MAX;
    key->print = json_print_of(first & htole64(kept), key->length);
}

/* at a key: reads it, the colon and what stands before the value */
static inline const uint8_t *read_key(struct reader *r, const uint8_t *at)
{
    if (at == r->end || *at != '"') {
        return refuse(r, at, "a key in quotes should stand here");
    }
    json_ix key = r->json.count;
    at = read_string(r, at);
    if (at == NULL) {
        return NULL;
    }
    note_print(r, &r->nodes[key]);
    if (!json_keys_add(&r->json, &r->top->keys, r->top->container, key)) {
        return refuse_repeated_key(r, key);
    }
    at = json_scan_space(at, r->end);
    if (at == r->end || *at != ':') {
        return refuse(r, at, "a colon should stand here");
    }
    return json_scan_space(at + 1, r->end);
}

/* one element or member of the top container, or its end */
static inline const uint8_t *read_item(struct reader *r, const uint8_t *at)
{
    struct level *top = r->top;
    const uint8_t closing = top->is_object ? '}' : ']';
    at = json_scan_space(at, r->end);
    if (at < r->end && *at == closing) {
        return close_container(r, at);
    }
    if (top->has_items) {
        if (at == r->end || *at != ',') {
            return refuse(r, at, "a comma or the closing bracket should stand here");
        }
        at = json_scan_space(at + 1, r->end);
    }
    top->has_items = true;
    if (top->is_object) {
        at = read_key(r, at);
    }
    return at != NULL ? read_value(r, at) : NULL;
}

static bool read_text(struct reader *r)
{
    const uint8_t *at = read_value(r, json_scan_space(r->start, r->end));
    while (at != NULL && r->top > r->levels) {
        at = read_item(r, at);
    }
    if (at != NULL) {
        at = json_scan_space(at, r->end);
        if (at != r->end) {
            at = refuse(r, at, "something stands behind the JSON value");
        }
    }
    return at != NULL;
}

/* gives what is left of a small tape back; a large one has a block of its own */
static void trim_tape(struct reader *r)
{
    size_t size = sizeof *r->nodes;
    if (r->capacity * size <= TAPE_FIRST_BYTES) {
        void *same = arena_grow(r->arena, r->nodes, r->capacity * size, r->json.count * size);
        r->json.nodes = same != NULL ? same : r->nodes;
    }
}

bool json_parse(struct arena *arena, struct slice text, struct json *ret_json, struct fault *fault)
{
    /* every member is set below and a level when it is opened: clearing the levels would cost
     * a small text a good part of its parsing */
    struct reader r __attribute__((uninitialized));
    r.start = (const uint8_t *)(text.len > 0 ? text.ptr : "");
    r.end = r.start + text.len;
    r.nodes = NULL;
    r.json = (struct json){ .text = { (const char *)r.start, text.len } };
    r.capacity = 0;
    r.top = r.levels;
    r.key_set = (struct json_key_set){ 0 };
    r.arena = arena;
    r.fault = fault;
    if (text.len > LIMIT_JSON_TEXT) {
        return refuse_as(&r, FAULT_TOO_LARGE, r.start, "the JSON text is too long") != NULL;
    }
    if (!read_text(&r)) {
        return false;
    }
    trim_tape(&r);
    *ret_json = r.json;
    return true;
}
