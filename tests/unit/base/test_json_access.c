/*
 * Asking a tape: members, paths, strings with and without escapes, raw text, minified text.
 */
#include "base/json.h"

#include "base/limits.h"
#include "testing.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, MIB(16));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct json parse(struct slice text)
{
    struct json json;
    struct fault fault = FAULT_INIT;
    if (!json_parse(&arena, text, &json, &fault)) {
        fail_msg("%.*s", SLICE_PRINT(fault.message));
    }
    return json;
}

static void test_members(void **state)
{
    (void)state;
    struct json json =
        parse(SLICE("{\"a\":1, \"b\" : [ {\"x\":\"y\"}, 2 ],\"\\u0063\":null,\"\":-0}"));
    assert_int_equal(json_size(&json, 0), 4);
    assert_slice(json_number(&json, json_member(&json, 0, SLICE("a"))), "1");
    assert_slice(json_raw(&json, json_member(&json, 0, SLICE("b"))), "[ {\"x\":\"y\"}, 2 ]");
    assert_int_equal(json_type(&json, json_member(&json, 0, SLICE("c"))), JSON_NULL);
    assert_slice(json_number(&json, json_member(&json, 0, SLICE(""))), "-0");
    assert_int_equal(json_member(&json, 0, SLICE("x")), JSON_NONE);
    assert_int_equal(json_member(&json, 0, SLICE("\\u0063")), JSON_NONE);
    assert_int_equal(json_member(&json, JSON_NONE, SLICE("a")), JSON_NONE);
    assert_int_equal(json_member(&json, json_member(&json, 0, SLICE("b")), SLICE("x")), JSON_NONE);
    assert_int_equal(json_size(&json, json_member(&json, 0, SLICE("b"))), 2);
    assert_int_equal(json_size(&json, json_member(&json, 0, SLICE("a"))), 0);
    json_ix b = json_member(&json, 0, SLICE("b"));
    assert_slice(json_member_string(&json, json_first(&json, b), SLICE("x"), &arena), "y");
    assert_int_equal(json_member_string(&json, 0, SLICE("a"), &arena).len, 0);
}

static void test_path(void **state)
{
    (void)state;
    struct json json = parse(SLICE("{\"code\":{\"coding\":[{\"code\":\"c1\"},{\"code\":\"c2\"}],"
                                   "\"text\":\"t\"},\"empty\":[]}"));
    assert_slice(json_string(&json, json_path(&json, 0, "code", "coding", "code", NULL), &arena),
                 "c1");
    assert_slice(json_string(&json, json_path(&json, 0, "code", "text", NULL), &arena), "t");
    assert_int_equal(json_path(&json, 0, NULL), 0);
    assert_int_equal(json_path(&json, 0, "code", "none", "text", NULL), JSON_NONE);
    assert_int_equal(json_path(&json, 0, "empty", NULL), JSON_NONE);
    assert_int_equal(json_path(&json, 0, "code", "text", "x", NULL), JSON_NONE);
    assert_int_equal(json_path(&json, JSON_NONE, "code", NULL), JSON_NONE);
}

static void test_strings(void **state)
{
    (void)state;
    struct json json = parse(SLICE("[\"plain\",\"\",\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\","
                                   "\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\",1,\"\\u007f\\u0080"
                                   "\\u07ff\\u0800\\uffff\\udbff\\udfff\"]"));
    static const struct slice expected[] = {
        SLICE_INIT("plain"),
        SLICE_INIT(""),
        SLICE_INIT("a\"\\/\b\f\n\r\tz"),
        SLICE_INIT("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
        { NULL, 0 },
        SLICE_INIT("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf"),
    };
    size_t at = 0;
    json_each_element(&json, 0, item)
    {
        struct slice got = json_string(&json, item, &arena);
        assert_true(slice_equal(got, expected[at]));
        assert_int_equal(got.ptr == NULL, expected[at].ptr == NULL);
        assert_int_equal(json_string_equal(&json, item, expected[at]), expected[at].ptr != NULL);
        assert_false(json_string_equal(&json, item, SLICE("plain ")));
        at++;
    }
    assert_int_equal(at, ARRAY_LENGTH(expected));
    assert_null(json_string(&json, JSON_NONE, &arena).ptr);
    assert_false(json_string_equal(&json, JSON_NONE, SLICE("")));
    json = parse(SLICE("[\"\\n\"]"));
    assert_false(json_string_equal(&json, 1, SLICE("\\n")));
    assert_false(json_string_equal(&json, 1, SLICE("")));
    assert_false(json_string_equal(&json, 1, SLICE("\nx")));
    assert_true(json_string_equal(&json, 1, SLICE("\n")));
}

static void test_string_without_memory(void **state)
{
    (void)state;
    struct json json = parse(SLICE("[\"\\n\",\"x\"]"));
    struct arena none;
    arena_init(&none, 0);
    assert_null(json_string(&json, 1, &none).ptr);
    assert_true(none.exhausted);
    assert_slice(json_string(&json, 2, &none), "x");
}

static void test_walks_do_nothing_on_other_types(void **state)
{
    (void)state;
    struct json json = parse(SLICE("[{},[],1]"));
    int seen = 0;
    json_each_element(&json, 0, item)
    {
        json_each_member(&json, item, key, value)
        {
            seen += 100;
        }
        json_each_element(&json, item, inner)
        {
            seen += 100;
        }
        seen++;
    }
    json_each_member(&json, 0, key, value)
    {
        seen += 100;
    }
    json_each_element(&json, JSON_NONE, item)
    {
        seen += 100;
    }
    assert_int_equal(seen, 3);
}

static void test_minify(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        const char *minified;
    } cases[] = {
        { SLICE_INIT(" 1.50 "), "1.50" },
        { SLICE_INIT("[ ]"), "[]" },
        { SLICE_INIT("{ }"), "{}" },
        { SLICE_INIT("[ 1 , [ ] , { } , [ 2 , 3 ] ]"), "[1,[],{},[2,3]]" },
        { SLICE_INIT("{ \"a b\" : \" \\u0041 \" ,\n\"c\":{ \"d\" :[ -0.00e+1 ]} }"),
          "{\"a b\":\" \\u0041 \",\"c\":{\"d\":[-0.00e+1]}}" },
        { SLICE_INIT("\" \""), "\" \"" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct json json = parse(cases[i].text);
        struct strbuf out;
        strbuf_init(&out, strlen(cases[i].minified)); /* not a byte more is needed */
        json_minify(&json, 0, &out);
        assert_slice(strbuf_slice(&out), cases[i].minified);
        strbuf_clear(&out);
        out.ceiling--;
        json_minify(&json, 0, &out);
        assert_true(out.failed);
        strbuf_release(&out);
    }
}

static void test_minify_of_a_part(void **state)
{
    (void)state;
    struct json json = parse(SLICE("{\"a\" : [ 1 , { \"b\" : 2 } ] , \"c\" : 3}"));
    struct strbuf out;
    strbuf_init(&out, KIB(1));
    json_minify(&json, json_member(&json, 0, SLICE("a")), &out);
    json_minify(&json, 1, &out); /* a key is a string */
    json_minify(&json, json_member(&json, 0, SLICE("c")), &out);
    assert_slice(strbuf_slice(&out), "[1,{\"b\":2}]\"a\"3");
    strbuf_release(&out);
}

static void test_position(void **state)
{
    (void)state;
    size_t line;
    size_t column;
    json_position(SLICE("a\nbc\r\n\nd"), 0, &line, &column);
    assert_int_equal(line * 100 + column, 101);
    json_position(SLICE("a\nbc\r\n\nd"), 3, &line, &column);
    assert_int_equal(line * 100 + column, 202);
    json_position(SLICE("a\nbc\r\n\nd"), 7, &line, &column);
    assert_int_equal(line * 100 + column, 401);
}

/* minified text parses to the same tape */
static void test_minify_keeps_the_tape(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, MIB(1));
    strbuf_add_string(&text, "[");
    for (int i = 0; i < 300; i++) {
        strbuf_addf(&text, "%s\n  { \"id\" : %d , \"v\" : [ %d.%02d , \"\\n\\u00%02x\" ] }",
                    i > 0 ? "," : "", i, i, i % 100, 1 + i % 255);
    }
    strbuf_add_string(&text, " ]");
    struct json json = parse(strbuf_slice(&text));
    struct strbuf out;
    strbuf_init(&out, MIB(1));
    json_minify(&json, 0, &out);
    struct json again = parse(strbuf_slice(&out));
    assert_int_equal(again.count, json.count);
    for (json_ix ix = 0; ix < json.count; ix++) {
        assert_int_equal(again.nodes[ix].type, json.nodes[ix].type);
        assert_int_equal(again.nodes[ix].next, json.nodes[ix].next);
        if (json_type(&json, ix) < JSON_ARRAY) {
            assert_true(slice_equal(json_raw(&again, ix), json_raw(&json, ix)));
        }
    }
    strbuf_release(&out);
    strbuf_release(&text);
}

/* a key is found whatever its length, and however little text stands behind it */
static void test_members_of_every_length(void **state)
{
    (void)state;
    const struct slice letters = SLICE("abcdefghijklmnopqrstuvwxyz0123456789");
    for (size_t len = 0; len <= letters.len; len++) {
        struct slice key = slice_sub(letters, 0, len);
        struct slice text = arena_printf(&arena, "{\"%.*s\":1}", SLICE_PRINT(key));
        struct json json = parse(text);
        assert_int_equal(json.nodes[1].print, json_print(key.ptr, key.len));
        assert_int_equal(json_member(&json, 0, key), 2);
        assert_int_equal(json_member(&json, 0, slice_sub(letters, 1, len)),
                         len == 0 ? 2 : JSON_NONE);
        assert_int_equal(json_member(&json, 0, slice_sub(letters, 0, len + 1)),
                         len == letters.len ? 2 : JSON_NONE);
    }
    /* same length and first eight bytes: the same fingerprint, and yet another key */
    struct json twins = parse(SLICE("{\"12345678a\":1,\"12345678b\":2,\"1234567\\u0038c\":3}"));
    assert_int_equal(twins.nodes[1].print, twins.nodes[3].print);
    assert_slice(json_number(&twins, json_member(&twins, 0, SLICE("12345678b"))), "2");
    assert_slice(json_number(&twins, json_member(&twins, 0, SLICE("12345678c"))), "3");
    assert_int_equal(json_member(&twins, 0, SLICE("12345678d")), JSON_NONE);
    assert_true(JSON_KEY_IS(&twins, 1, "12345678a"));
    assert_false(JSON_KEY_IS(&twins, 1, "12345678b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_members, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_members_of_every_length, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_string_without_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_walks_do_nothing_on_other_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_minify, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_minify_of_a_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_position, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_minify_keeps_the_tape, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
