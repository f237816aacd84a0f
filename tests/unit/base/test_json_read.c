/*
 * The grammar of RFC 8259 case by case, and what json.h adds to it: each line is a text and what
 * the reader must say of it.
 */
#include "base/json.h"

#include "base/limits.h"
#include "testing.h"

struct accept_case {
    struct slice text;
    const char *shape; /* as describe() writes the tape */
};

struct refuse_case {
    struct slice text;
    const char *message;
    const char *where;
};

#define A(text, shape)                                                                             \
    {                                                                                              \
        SLICE_INIT(text), shape                                                                    \
    }
#define R(text, message, where)                                                                    \
    {                                                                                              \
        SLICE_INIT(text), message, where                                                           \
    }

/* n f t 1 for numbers, s for strings, k for keys, brackets */
static void describe(const struct json *json, json_ix ix, struct strbuf *out)
{
    static const char letters[] = "nft1s";
    if (json_type(json, ix) < JSON_ARRAY) {
        strbuf_add_byte(out, letters[json_type(json, ix)]);
        return;
    }
    bool is_array = json_type(json, ix) == JSON_ARRAY;
    strbuf_add_byte(out, is_array ? '[' : '{');
    json_each_element(json, ix, item)
    {
        describe(json, item, out);
    }
    json_each_member(json, ix, key, value)
    {
        assert_int_equal(json_type(json, key), JSON_STRING);
        strbuf_add_byte(out, 'k');
        describe(json, value, out);
    }
    strbuf_add_byte(out, is_array ? ']' : '}');
}

static const struct accept_case accepted[] = {
    /* values alone: RFC 8259 allows any value as the text */
    A("null", "n"),
    A("true", "t"),
    A("false", "f"),
    A("\"\"", "s"),
    A("[]", "[]"),
    A("{}", "{}"),
    A("0", "1"),
    A(" \t\r\n 1 \t\r\n ", "1"),
    A("\n\"a\"\n", "s"),
    /* numbers, section 6 */
    A("-0", "1"),
    A("-1", "1"),
    A("10", "1"),
    A("1234567890123456789012345678901234567890", "1"),
    A("0.0", "1"),
    A("-0.0", "1"),
    A("1.50", "1"),
    A("0e0", "1"),
    A("1e5", "1"),
    A("1E5", "1"),
    A("1e+5", "1"),
    A("1E-05", "1"),
    A("1.25e-400", "1"),
    A("9e99999", "1"),
    A("[1,2]", "[11]"),
    /* strings, section 7 */
    A("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "s"),
    A("\"\\u0041\\u00e9\\u20AC\"", "s"),
    A("\"\\uD83D\\uDE00\"", "s"),
    A("\"\\uFFFF\\ufffe\"", "s"),
    A("\"\x7f\"", "s"),
    A("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "s"),
    A("\"\xf4\x8f\xbf\xbf\"", "s"),
    A("\"\xed\x9f\xbf\xee\x80\x80\"", "s"),
    A("\"\\u0001\"", "s"),
    A("\"\xe2\x80\xa8\"", "s"),
    A("\"\\\\u0000\"", "s"),
    A("\"0123456789abcdef\"", "s"),
    A("\"0123456789abcde\\n\"", "s"),
    /* arrays and objects, sections 4 and 5 */
    A("[[],{}]", "[[]{}]"),
    A("[ 1 , \"a\" , null ]", "[1sn]"),
    A("[\n]", "[]"),
    A("{ }", "{}"),
    A("{\"a\":1}", "{k1}"),
    A("{ \"a\" : [ true ] , \"b\" : { } }", "{k[t]k{}}"),
    A("{\"\":0}", "{k1}"),
    A("{\"a\":{\"a\":{\"a\":1}}}", "{k{k{k1}}}"),
    A("[{\"a\":1},{\"a\":1}]", "[{k1}{k1}]"),
    A("{\"a\":1,\"A\":2,\"a \":3}", "{k1k1k1}"),
    A("{\"a\\\\u0062\":1,\"ab\":2}", "{k1k1}"),
};

#define EARLY  "the JSON text ends too early"
#define VALUE  "a value should stand here"
#define COMMA  "a comma or the closing bracket should stand here"
#define DIGIT  "a number lacks a digit here"
#define WORD   "a word that is neither true, false nor null"
#define ESCAPE "a backslash is followed by a character that makes no escape"
#define HEX    "\\u is not followed by four hexadecimal digits"
#define HALF   "a string holds half of a surrogate pair"
#define NUL    "a string holds the character U+0000"
#define UTF8   "the text is not valid UTF-8"
#define TWICE  "a key stands twice in one object"
#define KEY    "a key in quotes should stand here"
#define BEHIND "something stands behind the JSON value"

static const struct refuse_case refused[] = {
    /* no value, or not one of JSON's */
    R("", EARLY, "line 1, column 1"),
    R(" ", EARLY, "line 1, column 2"),
    R("\n\n ", EARLY, "line 3, column 2"),
    R("\xef\xbb\xbf{}", VALUE, "line 1, column 1"),
    R("nul", WORD, "line 1, column 1"),
    R("True", VALUE, "line 1, column 1"),
    R("nan", WORD, "line 1, column 1"),
    R("NaN", VALUE, "line 1, column 1"),
    R("Infinity", VALUE, "line 1, column 1"),
    R("-Infinity", DIGIT, "line 1, column 2"),
    R("'a'", VALUE, "line 1, column 1"),
    R("\0", VALUE, "line 1, column 1"),
    R("/**/1", VALUE, "line 1, column 1"),
    R("\x0b"
      "1",
      VALUE, "line 1, column 1"),
    R("\xc2\xa0"
      "1",
      VALUE, "line 1, column 1"),
    R("truefalse", BEHIND, "line 1, column 5"),
    R("1 2", BEHIND, "line 1, column 3"),
    R("{}\n}", BEHIND, "line 2, column 1"),
    R("[]\0", BEHIND, "line 1, column 3"),
    R("1//", BEHIND, "line 1, column 2"),
    /* numbers */
    R("-", EARLY, "line 1, column 2"),
    R("+1", VALUE, "line 1, column 1"),
    R("01", "a number begins with a zero", "line 1, column 1"),
    R("-00", "a number begins with a zero", "line 1, column 2"),
    R("1.", EARLY, "line 1, column 3"),
    R("[1.]", DIGIT, "line 1, column 4"),
    R(".5", VALUE, "line 1, column 1"),
    R("-.5", DIGIT, "line 1, column 2"),
    R("1e", EARLY, "line 1, column 3"),
    R("[1e+]", DIGIT, "line 1, column 5"),
    R("1.e1", DIGIT, "line 1, column 3"),
    R("0x1", BEHIND, "line 1, column 2"),
    R("1_000", BEHIND, "line 1, column 2"),
    R("1e1.5", BEHIND, "line 1, column 4"),
    R("--1", DIGIT, "line 1, column 2"),
    R("1\xe2\x80\x8b", BEHIND, "line 1, column 2"),
    /* strings */
    R("\"", EARLY, "line 1, column 2"),
    R("\"abc", EARLY, "line 1, column 5"),
    R("\"\\", EARLY, "line 1, column 3"),
    R("\"\\\"", EARLY, "line 1, column 4"),
    R("\"\\x41\"", ESCAPE, "line 1, column 2"),
    R("\"\\U0041\"", ESCAPE, "line 1, column 2"),
    R("\"\\'\"", ESCAPE, "line 1, column 2"),
    R("\"\\\n\"", ESCAPE, "line 1, column 2"),
    R("\"\\\xc3\xa9\"", ESCAPE, "line 1, column 2"),
    R("\"\\u00\"", HEX, "line 1, column 4"),
    R("\"\\u00g0\"", HEX, "line 1, column 4"),
    R("\"\\u 041\"", HEX, "line 1, column 4"),
    R("\"\n\"", "a string holds a control character", "line 1, column 2"),
    R("\"a\tb\"", "a string holds a control character", "line 1, column 3"),
    R("\"\x1f\"", "a string holds a control character", "line 1, column 2"),
    R("\"0123456789abcdefg\x01\"", "a string holds a control character", "line 1, column 19"),
    R("\"\0\"", NUL, "line 1, column 2"),
    R("\"\\u0000\"", NUL, "line 1, column 4"),
    R("\"\\ud800\"", HALF, "line 1, column 4"),
    R("\"\\udc00\"", HALF, "line 1, column 4"),
    R("\"\\ud800\\ud800\"", HALF, "line 1, column 4"),
    R("\"\\ud800\\u0041\"", HALF, "line 1, column 4"),
    R("\"\\ud800\\n\"", HALF, "line 1, column 4"),
    R("\"\\uD83Dx\"", HALF, "line 1, column 4"),
    R("\"\\udc00\\ud800\"", HALF, "line 1, column 4"),
    R("\"\\ud800\\u\"", HEX, "line 1, column 10"),
    /* UTF-8: overlong forms, surrogates, beyond U+10FFFF, broken off, stray */
    R("\"\xc0\x80\"", UTF8, "line 1, column 2"),
    R("\"\xc1\xbf\"", UTF8, "line 1, column 2"),
    R("\"\xe0\x9f\xbf\"", UTF8, "line 1, column 2"),
    R("\"\xf0\x8f\xbf\xbf\"", UTF8, "line 1, column 2"),
    R("\"\xed\xa0\x80\"", UTF8, "line 1, column 2"),
    R("\"\xed\xbf\xbf\"", UTF8, "line 1, column 2"),
    R("\"\xf4\x90\x80\x80\"", UTF8, "line 1, column 2"),
    R("\"\xf5\x80\x80\x80\"", UTF8, "line 1, column 2"),
    R("\"\xff\"", UTF8, "line 1, column 2"),
    R("\"\x80\"", UTF8, "line 1, column 2"),
    R("\"\xc3\"", UTF8, "line 1, column 2"),
    R("\"\xe2\x82\"", UTF8, "line 1, column 2"),
    R("\"\xc3", UTF8, "line 1, column 2"),
    R("\"caf\xe9\"", UTF8, "line 1, column 5"),
    R("\"\xf0\x9f\x98\"", UTF8, "line 1, column 2"),
    /* arrays */
    R("[", EARLY, "line 1, column 2"),
    R("[1", EARLY, "line 1, column 3"),
    R("[1,", EARLY, "line 1, column 4"),
    R("[,]", VALUE, "line 1, column 2"),
    R("[1,]", VALUE, "line 1, column 4"),
    R("[1,,2]", VALUE, "line 1, column 4"),
    R("[1 2]", COMMA, "line 1, column 4"),
    R("[1;2]", COMMA, "line 1, column 3"),
    R("[1}", COMMA, "line 1, column 3"),
    R("]", VALUE, "line 1, column 1"),
    R("[1:2]", COMMA, "line 1, column 3"),
    R("[\"a\": 1]", COMMA, "line 1, column 5"),
    R("[[1]", EARLY, "line 1, column 5"),
    /* objects */
    R("{", EARLY, "line 1, column 2"),
    R("{\"a\"", EARLY, "line 1, column 5"),
    R("{\"a\":", EARLY, "line 1, column 6"),
    R("{\"a\":1", EARLY, "line 1, column 7"),
    R("{a:1}", KEY, "line 1, column 2"),
    R("{1:1}", KEY, "line 1, column 2"),
    R("{null:1}", KEY, "line 1, column 2"),
    R("{'a':1}", KEY, "line 1, column 2"),
    R("{\"a\" 1}", "a colon should stand here", "line 1, column 6"),
    R("{\"a\"}", "a colon should stand here", "line 1, column 5"),
    R("{\"a\"::1}", VALUE, "line 1, column 6"),
    R("{\"a\":}", VALUE, "line 1, column 6"),
    R("{\"a\":1,}", KEY, "line 1, column 8"),
    R("{,}", KEY, "line 1, column 2"),
    R("{\"a\":1]", COMMA, "line 1, column 7"),
    R("{\"a\":1 \"b\":2}", COMMA, "line 1, column 8"),
    R("{\n  \"a\": 1,\n  \"b\": tru\n}", WORD, "line 3, column 8"),
    /* keys that stand twice, however they are written */
    R("{\"a\":1,\"a\":1}", TWICE, "line 1, column 8"),
    R("{\"a\":1,\"\\u0061\":1}", TWICE, "line 1, column 8"),
    R("{\"\\u0061\":1,\"a\":1}", TWICE, "line 1, column 13"),
    R("{\"\\u0061\":1,\"b\":2,\"\\u0061\":1}", TWICE, "line 1, column 19"),
    R("{\"\\/\":1,\"/\":1}", TWICE, "line 1, column 9"),
    R("{\"\":1,\"\":1}", TWICE, "line 1, column 7"),
    R("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}", TWICE, "line 1, column 11"),
    R("{\"x\":{\"a\":1,\n\"b\":[{}],\"a\":2}}", TWICE, "line 2, column 10"),
    R("{\"a\":{\"b\":1},\"c\":[1,2],\"a\":0}", TWICE, "line 1, column 24"),
};

static void test_accepts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(accepted); i++) {
        struct arena arena;
        struct json json;
        struct fault fault = FAULT_INIT;
        struct strbuf shape;
        arena_init(&arena, MIB(1));
        strbuf_init(&shape, KIB(1));
        if (!json_parse(&arena, accepted[i].text, &json, &fault)) {
            fail_msg("%s: %.*s", accepted[i].text.ptr, SLICE_PRINT(fault.message));
        }
        describe(&json, 0, &shape);
        assert_true(slice_equal(strbuf_slice(&shape), slice_from_string(accepted[i].shape)));
        assert_int_equal(json.nodes[0].next, json.count);
        strbuf_release(&shape);
        arena_release(&arena);
    }
}

static void must_refuse(struct slice text, enum fault_code code, const char *message,
                        const char *where)
{
    struct arena arena;
    struct json json = { .count = 77 };
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(64));
    /* at the very end of an allocation, so that the sanitizer sees a byte read too many */
    char *copy = malloc(text.len + 1);
    memcpy(copy + 1, text.ptr, text.len);
    bool accepted_it = json_parse(&arena, slice_of(copy + 1, text.len), &json, &fault);
    if (accepted_it || fault.code != code ||
        !slice_equal(fault.message, slice_from_string(message)) ||
        !slice_equal(fault.where, slice_from_string(where))) {
        fail_msg("%.*s: \"%.*s\" at %.*s; expected \"%s\" at %s", SLICE_PRINT(text),
                 SLICE_PRINT(fault.message), SLICE_PRINT(fault.where), message, where);
    }
    assert_int_equal(json.count, 77);
    free(copy);
    arena_release(&arena);
}

static void test_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        must_refuse(refused[i].text, FAULT_MALFORMED, refused[i].message, refused[i].where);
    }
}

/* every text that is accepted is refused when its last byte is missing, unless a value or white
 * space may end there */
static void test_prefixes_of_containers_are_refused(void **state)
{
    (void)state;
    struct slice text = SLICE("{\"a\":[1.5e+3,true,null,{\"\\ud83d\\ude00\\n\":\"\xe2\x82\xac\"}],"
                              "\"b\": false}");
    for (size_t length = 0; length < text.len; length++) {
        struct arena arena;
        struct json json;
        struct fault fault = FAULT_INIT;
        arena_init(&arena, MIB(1));
        char *copy = malloc(length + 1);
        memcpy(copy + 1, text.ptr, length);
        assert_false(json_parse(&arena, slice_of(copy + 1, length), &json, &fault));
        assert_int_equal(fault.code, FAULT_MALFORMED);
        free(copy);
        arena_release(&arena);
    }
}

/* -- limits --------------------------------------------------------------------------------- */

static struct slice nested(char *buffer, size_t depth, char opening, char closing)
{
    memset(buffer, opening, depth);
    memset(buffer + depth, closing, depth);
    return slice_of(buffer, depth * 2);
}

static void test_depth(void **state)
{
    (void)state;
    char buffer[2 * LIMIT_JSON_DEPTH + 2];
    struct arena arena;
    struct json json;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(1));
    assert_true(json_parse(&arena, nested(buffer, LIMIT_JSON_DEPTH, '[', ']'), &json, &fault));
    assert_int_equal(json.count, LIMIT_JSON_DEPTH);
    must_refuse(nested(buffer, LIMIT_JSON_DEPTH + 1, '[', ']'), FAULT_TOO_LARGE,
                "arrays and objects are nested too deeply", "line 1, column 65");
    arena_release(&arena);
}

static void test_a_million_brackets_need_no_stack(void **state)
{
    (void)state;
    size_t depth = 1000000;
    char *buffer = malloc(2 * depth);
    must_refuse(nested(buffer, depth, '[', ']'), FAULT_TOO_LARGE,
                "arrays and objects are nested too deeply", "line 1, column 65");
    free(buffer);
}

static void test_text_too_long(void **state)
{
    (void)state;
    struct arena arena;
    struct json json;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(1));
    /* the length alone decides: no byte of it is read */
    assert_false(json_parse(&arena, slice_of("[]", LIMIT_JSON_TEXT + 1), &json, &fault));
    assert_int_equal(fault.code, FAULT_TOO_LARGE);
    arena_release(&arena);
}

/* -- many keys -------------------------------------------------------------------------------- */

/* {"<prefix>0":0, ...}; `repeat` again at the end unless it is `count`, its key escaped if asked */
static void many_keys(struct strbuf *out, size_t count, size_t repeat, bool escaped)
{
    strbuf_clear(out);
    strbuf_add_byte(out, '{');
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(out, "%s\"key%zu\":%zu", i > 0 ? "," : "", i, i);
    }
    if (repeat < count) {
        strbuf_addf(out, ",\"%s%zu\":[]", escaped ? "\\u006bey" : "key", repeat);
    }
    strbuf_add_byte(out, '}');
}

static void test_duplicates_among_many_keys(void **state)
{
    (void)state;
    static const size_t counts[] = { 1, 2, 7, 15, 16, 17, 18, 31, 32, 33, 100, 5000 };
    struct strbuf text;
    strbuf_init(&text, MIB(1));
    for (size_t i = 0; i < ARRAY_LENGTH(counts) * 2; i++) {
        size_t count = counts[i / 2];
        bool escaped = i % 2 == 1;
        struct arena arena;
        struct json json;
        struct fault fault = FAULT_INIT;
        arena_init(&arena, MIB(16));
        many_keys(&text, count, count, false);
        assert_true(json_parse(&arena, strbuf_slice(&text), &json, &fault));
        assert_int_equal(json_size(&json, 0), count);
        for (size_t repeat = 0; repeat < count; repeat += count / 7 + 1) {
            many_keys(&text, count, repeat, escaped);
            assert_false(json_parse(&arena, strbuf_slice(&text), &json, &fault));
            assert_true(slice_equal(fault.message, slice_from_string(TWICE)));
        }
        arena_release(&arena);
    }
    strbuf_release(&text);
}

/* a wide object among small ones inside it, so that the hash set is used again and again */
static void test_wide_objects_inside_wide_objects(void **state)
{
    (void)state;
    struct strbuf text;
    struct strbuf inner;
    strbuf_init(&text, MIB(8));
    strbuf_init(&inner, MIB(1));
    many_keys(&inner, 40, 40, false);
    strbuf_add_byte(&text, '{');
    for (int i = 0; i < 300; i++) {
        strbuf_addf(&text, "%s\"%d\":%.*s", i > 0 ? "," : "", i, SLICE_PRINT(strbuf_slice(&inner)));
    }
    strbuf_add_byte(&text, '}');
    struct arena arena;
    struct json json;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(16));
    assert_true(json_parse(&arena, strbuf_slice(&text), &json, &fault));
    assert_int_equal(json.count, 1 + 300 * (2 + 80));
    many_keys(&inner, 40, 39, true);
    strbuf_clear(&text);
    strbuf_add_string(&text, "{\"x\":");
    strbuf_add(&text, strbuf_slice(&inner));
    strbuf_add_byte(&text, '}');
    assert_false(json_parse(&arena, strbuf_slice(&text), &json, &fault));
    arena_release(&arena);
    strbuf_release(&text);
    strbuf_release(&inner);
}

/*
 * Keys that share length and first eight bytes have one fingerprint: the check must stay linear.
 * 200,000 of them compared in pairs would take hours.
 */
static void test_colliding_fingerprints_stay_cheap(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, MIB(16));
    strbuf_add_byte(&text, '{');
    for (int i = 0; i < 200000; i++) {
        strbuf_addf(&text, "%s\"constant%06d\":0", i > 0 ? "," : "", i);
    }
    strbuf_add_byte(&text, '}');
    struct arena arena;
    struct json json;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(64));
    monotime start = os_monotonic();
    assert_true(json_parse(&arena, strbuf_slice(&text), &json, &fault));
    assert_true(monotime_since(os_monotonic(), start) < 5000000);
    arena_release(&arena);
    strbuf_release(&text);
}

/* -- memory ----------------------------------------------------------------------------------- */

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, MIB(4));
    strbuf_add_byte(&text, '[');
    for (int i = 0; i < 20000; i++) { /* denser than the first guess: the tape must grow */
        strbuf_add_string(&text, "1,");
    }
    struct strbuf keys;
    strbuf_init(&keys, MIB(1));
    many_keys(&keys, 3000, 3000, false);
    strbuf_add(&text, strbuf_slice(&keys));
    strbuf_add_string(&text, ",{\"\\u0061\":1,\"b\":2}]");
    struct slice whole = strbuf_slice(&text);
    bool failed = true;
    for (size_t call = 1; failed; call++) {
        struct arena arena;
        struct json json = { .count = 77 };
        struct fault fault = FAULT_INIT;
        arena_init(&arena, MIB(64));
        heap_fail_at(call);
        bool parsed = json_parse(&arena, whole, &json, &fault);
        failed = heap_restore();
        assert_int_equal(parsed, !failed);
        if (failed) {
            assert_int_equal(fault.code, FAULT_NO_MEMORY);
            assert_int_equal(json.count, 77);
        } else {
            assert_true(call > 3);
        }
        arena_release(&arena);
    }
    strbuf_release(&keys);
    strbuf_release(&text);
}

static void test_arena_ceiling_is_a_fault(void **state)
{
    (void)state;
    char text[4000];
    memset(text, '1', sizeof text);
    for (size_t i = 1; i < sizeof text; i += 2) {
        text[i] = ',';
    }
    text[0] = '[';
    text[1] = '1';
    text[sizeof text - 1] = ']';
    for (size_t ceiling = 0; ceiling < KIB(96); ceiling += 1000) {
        struct arena arena;
        struct json json;
        struct fault fault = FAULT_INIT;
        arena_init(&arena, ceiling);
        if (!json_parse(&arena, slice_of(text, sizeof text), &json, &fault)) {
            assert_true(fault.code == FAULT_TOO_LARGE || fault.code == FAULT_NO_MEMORY);
        } else {
            assert_int_equal(json.count, 2000);
        }
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_prefixes_of_containers_are_refused),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_a_million_brackets_need_no_stack),
        cmocka_unit_test(test_text_too_long),
        cmocka_unit_test(test_duplicates_among_many_keys),
        cmocka_unit_test(test_wide_objects_inside_wide_objects),
        cmocka_unit_test(test_colliding_fingerprints_stay_cheap),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_arena_ceiling_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
