/* Slices at their edges: empty, without pointer, with separators at both ends. */
#include "support/check.h"

#include "base/slice.h"

static const struct slice none = { NULL, 0 };

static void test_equality_and_order(void **state)
{
    (void)state;
    assert_true(slice_equal(none, SLICE("")));
    assert_true(slice_equal(SLICE("abc"), SLICE("abc")));
    assert_false(slice_equal(SLICE("abc"), SLICE("abd")));
    assert_false(slice_equal(SLICE("abc"), SLICE("ab")));
    assert_true(slice_equal_ascii_case(SLICE("Content-TYPE"), SLICE("content-type")));
    assert_false(slice_equal_ascii_case(SLICE("\xc3\x89"), SLICE("\xc3\xa9"))); /* not ASCII */
    assert_false(slice_equal_ascii_case(SLICE("@"), SLICE("`")));
    assert_false(slice_equal_ascii_case(SLICE("[z"), SLICE("{z")));
    assert_true(slice_equal_constant_time(SLICE("secret"), SLICE("secret")));
    assert_false(slice_equal_constant_time(SLICE("secret"), SLICE("secreT")));
    assert_false(slice_equal_constant_time(SLICE("secret"), SLICE("secre")));
    assert_true(slice_compare(SLICE("a"), SLICE("b")) < 0);
    assert_true(slice_compare(SLICE("ab"), SLICE("a")) > 0);
    assert_int_equal(slice_compare(none, SLICE("")), 0);
    assert_true(slice_compare(none, SLICE("a")) < 0);
    assert_true(slice_compare(SLICE("\xff"), SLICE("a")) > 0); /* bytes are unsigned */
}

static void test_parts(void **state)
{
    (void)state;
    struct slice s = SLICE("patient");
    assert_slice(slice_sub(s, 0, 3), "pat");
    assert_slice(slice_sub(s, 3, 100), "ient");
    assert_slice(slice_sub(s, 7, 1), "");
    assert_slice(slice_sub(s, SIZE_MAX, SIZE_MAX), "");
    assert_slice(slice_from(s, 5), "nt");
    assert_true(slice_starts_with(s, SLICE("pat")));
    assert_true(slice_starts_with(s, none));
    assert_false(slice_starts_with(SLICE("pa"), SLICE("pat")));
    assert_true(slice_ends_with(s, SLICE("ent")));
    assert_true(slice_ends_with(s, none));
    assert_false(slice_ends_with(SLICE("nt"), SLICE("ent")));
    assert_slice(slice_trim(SLICE(" \t\r\n a b \n")), "a b");
    assert_slice(slice_trim(SLICE(" \t ")), "");
    assert_slice(slice_trim(none), "");
    assert_slice(slice_from_string(NULL), "");
}

static void test_find(void **state)
{
    (void)state;
    assert_int_equal(slice_find(SLICE("a|b|c"), '|'), 1);
    assert_int_equal(slice_find(SLICE("abc"), '|'), 3);
    assert_int_equal(slice_find(none, '|'), 0);
    assert_int_equal(slice_find_slice(SLICE("xxabcab"), SLICE("ab")), 2);
    assert_int_equal(slice_find_slice(SLICE("xx"), SLICE("xxx")), 2);
    assert_int_equal(slice_find_slice(SLICE("xx"), none), 0);
    assert_int_equal(slice_find_slice(none, SLICE("x")), 0);
}

static size_t split_all(struct slice text, struct slice parts[8])
{
    size_t count = 0;
    struct slice rest = text;
    while (count < 8 && slice_split(&rest, '|', &parts[count])) {
        count++;
    }
    assert_null(rest.ptr);
    return count;
}

static void test_split(void **state)
{
    (void)state;
    struct slice parts[8];
    assert_int_equal(split_all(SLICE("a||c"), parts), 3);
    assert_slice(parts[0], "a");
    assert_slice(parts[1], "");
    assert_slice(parts[2], "c");
    assert_int_equal(split_all(SLICE("a|"), parts), 2);
    assert_slice(parts[1], "");
    assert_int_equal(split_all(SLICE("|"), parts), 2);
    assert_int_equal(split_all(SLICE(""), parts), 1);
    assert_int_equal(split_all(none, parts), 0);
}

static void test_numbers(void **state)
{
    (void)state;
    uint64_t value = 99;
    assert_true(slice_to_u64(SLICE("0"), &value));
    assert_int_equal(value, 0);
    assert_true(slice_to_u64(SLICE("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_true(slice_to_u64(SLICE("007"), &value));
    assert_int_equal(value, 7);
    static const char *const refused[] = {
        "", "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616", "99999999999999999999"
    };
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        assert_false(slice_to_u64(slice_from_string(refused[i]), &value));
    }
    assert_int_equal(value, 7); /* written only on success */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equality_and_order),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
