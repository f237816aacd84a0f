/* test_http_text.c: targets, parameters, cookies and tokens, case by case */
#include <setjmp.h>
#include <stdarg.h>

#include "net/http_text.h"

#include <cmocka.h>

#define SAME(slice, text) assert_true(slice_equal((slice), slice_from_string(text)))

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, MIB(1));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void test_split_target(void **state)
{
    (void)state;
    struct slice path, query;
    assert_true(http_split_target(SLICE("/a/b?c=d?e"), &path, &query));
    SAME(path, "/a/b");
    SAME(query, "c=d?e");
    assert_true(http_split_target(SLICE("HTTPS://host:1/x"), &path, &query));
    SAME(path, "/x");
    assert_int_equal(query.len, 0);
    static const char *const refused[] = { "",      "a",     "*",          "http://",  "http://h",
                                           "//h#f", "/a b",  "http:///x",  "/a\\b",    "/\x7f",
                                           "/\x80", "/a\tb", "http://h?x", "ftp://h/x" };
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        assert_false(http_split_target(slice_from_string(refused[i]), &path, &query));
    }
}

static void test_path(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        const char *path; /* NULL: refused */
    } cases[] = {
        { "/", "/" },
        { "/Patient/a-1", "/Patient/a-1" },
        { "/a%20b+c", "/a b+c" },
        { "/%C3%A9", "/\xC3\xA9" },
        { "/%41%7a", "/Az" },
        { "/$everything", "/$everything" },
        { "/..a/b..", "/..a/b.." },
        { "/a%", NULL },
        { "/a%4", NULL },
        { "/a%4g", NULL },
        { "/%00", NULL },
        { "/%0a", NULL },
        { "/%7F", NULL },
        { "/%2f", NULL },
        { "/%5C", NULL },
        { "/%ff", NULL },
        { "/%C0%AF", NULL },
        { "/%ED%A0%80", NULL },
        { "/..", NULL },
        { "/a/../b", NULL },
        { "/a/.", NULL },
        { "/%2e%2e/a", NULL },
        { "/.%2E", NULL },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct slice path = { NULL, 0 };
        struct fault fault = FAULT_INIT;
        bool decoded = http_decode_path(slice_from_string(cases[i].raw), &arena, &path, &fault);
        assert_int_equal(decoded, cases[i].path != NULL);
        if (decoded) {
            SAME(path, cases[i].path);
        } else {
            assert_int_equal(fault.code, FAULT_MALFORMED);
            assert_true(fault.detail.len > 0);
        }
    }
}

static void test_parameters(void **state)
{
    (void)state;
    const struct http_parameter *parameters;
    size_t count;
    struct fault fault = FAULT_INIT;
    assert_true(http_decode_parameters(SLICE("name=a%26b&flag&x=1=2&=y&&c+d=%2B"), &arena,
                                       &parameters, &count, &fault));
    static const char *const expected[][2] = {
        { "name", "a&b" }, { "flag", "" }, { "x", "1=2" }, { "", "y" }, { "c d", "+" }
    };
    assert_int_equal(count, ARRAY_LENGTH(expected));
    for (size_t i = 0; i < count; i++) {
        SAME(parameters[i].name, expected[i][0]);
        SAME(parameters[i].value, expected[i][1]);
    }
    assert_true(http_decode_parameters(SLICE(""), &arena, &parameters, &count, &fault));
    assert_int_equal(count, 0);
    assert_false(http_decode_parameters(SLICE("a=%0"), &arena, &parameters, &count, &fault));
    assert_false(http_decode_parameters(SLICE("a=%00"), &arena, &parameters, &count, &fault));
    assert_false(http_decode_parameters(SLICE("%FF=a"), &arena, &parameters, &count, &fault));
}

static void test_parameter_limit(void **state)
{
    (void)state;
    char text[2 * (LIMIT_HTTP_PARAMETERS + 1)];
    const struct http_parameter *parameters;
    size_t count;
    struct fault fault = FAULT_INIT;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = i % 2 == 0 ? 'a' : '&';
    }
    struct slice raw = { text, 2 * LIMIT_HTTP_PARAMETERS - 1 };
    assert_true(http_decode_parameters(raw, &arena, &parameters, &count, &fault));
    assert_int_equal(count, LIMIT_HTTP_PARAMETERS);
    raw.len += 2;
    assert_false(http_decode_parameters(raw, &arena, &parameters, &count, &fault));
    assert_int_equal(fault.code, FAULT_TOO_LARGE);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    struct arena none;
    arena_init(&none, 0);
    struct slice path;
    const struct http_parameter *parameters;
    size_t count;
    struct fault fault = FAULT_INIT;
    assert_false(http_decode_path(SLICE("/a"), &none, &path, &fault));
    assert_int_equal(fault.code, FAULT_NO_MEMORY);
    fault = (struct fault)FAULT_INIT;
    assert_false(http_decode_parameters(SLICE("a=b"), &none, &parameters, &count, &fault));
    assert_int_equal(fault.code, FAULT_NO_MEMORY);
}

static void test_cookies(void **state)
{
    (void)state;
    struct slice field = SLICE("ab=1; a=2;b=\"3\" ;c=; a=4");
    struct slice value;
    assert_true(http_find_cookie(field, SLICE("a"), &value));
    SAME(value, "2");
    assert_true(http_find_cookie(field, SLICE("b"), &value));
    SAME(value, "3");
    assert_true(http_find_cookie(field, SLICE("c"), &value));
    assert_int_equal(value.len, 0);
    assert_false(http_find_cookie(field, SLICE("A"), &value));
    assert_false(http_find_cookie(SLICE("a"), SLICE("a"), &value));
}

static void test_words(void **state)
{
    (void)state;
    assert_true(http_is_token(SLICE("X-a.b_1!")));
    assert_false(http_is_token(SLICE("")));
    assert_false(http_is_token(SLICE("a b")));
    assert_false(http_is_token(SLICE("a:")));
    assert_false(http_is_token((struct slice){ "a\0b", 3 }));
    assert_true(http_is_field_value(SLICE("a\tb \xC3\xA9")));
    assert_false(http_is_field_value(SLICE("a\rb")));
    assert_false(http_is_field_value((struct slice){ "\0", 1 }));
    assert_true(http_is_length(SLICE("0")));
    assert_false(http_is_length(SLICE("")));
    assert_false(http_is_length(SLICE("-1")));
    assert_false(http_is_length(SLICE("99999999999999999999")));
    assert_true(http_is_request_id(SLICE("abcDEF-_.9")));
    assert_false(http_is_request_id(SLICE("short")));
    assert_false(http_is_request_id(SLICE("with space")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_split_target, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parameters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parameter_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cookies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
