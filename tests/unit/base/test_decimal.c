/*
 * decimal: the grammar, exact comparison against integers of 128 bits scaled to one power of ten,
 * keys that keep the order, and the ranges of the specification's table.
 */
#include "base/decimal.h"

#include <math.h>

#include "base/limits.h"
#include "testing.h"

static struct decimal parse(const char *text)
{
    struct decimal decimal;
    if (!decimal_parse(slice_from_string(text), &decimal)) {
        fail_msg("%s", text);
    }
    return decimal;
}

static int sign(int64_t number)
{
    return (number > 0) - (number < 0);
}

static void test_grammar(void **state)
{
    (void)state;
    static const char *const good[] = { "0",       "-0",       "1",          "-1",
                                        "10",      "0.0",      "1.50",       "0e0",
                                        "1e2",     "1E+2",     "1e-2",       "-0.00e-7",
                                        "1e10000", "1e-10000", "1e00010000", "123.456e+03" };
    static const char *const bad[] = {
        "",      "-",   "+1",   "01",  "-01",     "1.",       ".5",
        "1e",    "1e+", "1.e1", "0x1", " 1",      "1 ",       "1,5",
        "1e1.5", "NaN", "inf",  "--1", "1e10001", "1e-10001", "1e99999999999999999999",
        "1_0"
    };
    struct decimal decimal;
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        decimal = parse(good[i]);
        assert_ptr_equal(decimal.text.ptr, good[i]);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        if (decimal_parse(slice_from_string(bad[i]), &decimal)) {
            fail_msg("%s", bad[i]);
        }
    }
    char digits[130];
    memset(digits, '7', sizeof digits);
    assert_true(decimal_parse(slice_of(digits, 128), &decimal));
    assert_false(decimal_parse(slice_of(digits, 129), &decimal));
}

static void test_facts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool negative;
        int32_t exponent;
        int32_t precision;
    } cases[] = {
        { "5.40", false, 1, -2 },
        { "1e2", false, 3, 2 },
        { "100", false, 3, 0 },
        { "-0.005", true, -2, -3 },
        { "0.00", false, DECIMAL_ZERO, -2 },
        { "-0", false, DECIMAL_ZERO, 0 },
        { "12.5e-3", false, -1, -4 },
        { "0e5", false, DECIMAL_ZERO, 5 },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct decimal decimal = parse(cases[i].text);
        assert_int_equal(decimal.negative, cases[i].negative);
        assert_int_equal(decimal.exponent, cases[i].exponent);
        assert_int_equal(decimal.precision, cases[i].precision);
    }
}

/* -- order ------------------------------------------------------------------------------------- */

#define LEAST_POWER 12

/* a random decimal as text, and exactly as an integer times 10^-LEAST_POWER */
static __int128 random_decimal(struct dice *dice, char *text, size_t size)
{
    static const int64_t bounds[] = { 3, 12, 1000, 100000, 1000000000000 };
    int64_t digits = (int64_t)dice_below(dice, (size_t)bounds[dice_below(dice, 5)]);
    int places = (int)dice_below(dice, 7);
    int power = (int)dice_below(dice, 11) - 5;
    bool negative = dice_below(dice, 2) == 0;
    int64_t scale = 1;
    for (int i = 0; i < places; i++) {
        scale *= 10;
    }
    char fraction[32] = "";
    if (places > 0) {
        snprintf(fraction, sizeof fraction, ".%0*lld", places, (long long)(digits % scale));
    }
    char exponent[16] = "";
    if (power != 0 || dice_below(dice, 4) == 0) {
        snprintf(exponent, sizeof exponent, "%c%s%d", dice_below(dice, 2) == 0 ? 'e' : 'E',
                 power > 0 && dice_below(dice, 2) == 0 ? "+" : "", power);
    }
    snprintf(text, size, "%s%lld%s%s", negative ? "-" : "", (long long)(digits / scale), fraction,
             exponent);
    __int128 exact = negative ? -(__int128)digits : digits;
    for (int i = power - places; i > -LEAST_POWER; i--) {
        exact *= 10;
    }
    return exact;
}

static void test_order_is_exact(void **state)
{
    (void)state;
    struct dice dice = dice_new();
    size_t equal = 0;
    for (int i = 0; i < 300000; i++) {
        char x[64];
        char y[64];
        __int128 exact_x = random_decimal(&dice, x, sizeof x);
        __int128 exact_y = random_decimal(&dice, y, sizeof y);
        struct decimal a = parse(x);
        struct decimal b = parse(y);
        int expected = (exact_x > exact_y) - (exact_x < exact_y);
        if (sign(decimal_compare(&a, &b)) != expected ||
            sign(decimal_compare(&b, &a)) != -expected) {
            fail_msg("%s and %s", x, y);
        }
        int64_t key_a = decimal_key(&a);
        int64_t key_b = decimal_key(&b);
        /* at most 12 digits here: different values have different keys */
        if ((key_a > key_b) - (key_a < key_b) != expected) {
            fail_msg("keys of %s and %s", x, y);
        }
        equal += expected == 0;
    }
    assert_true(equal > 1000);
}

static void test_order_by_hand(void **state)
{
    (void)state;
    static const char *const rising[] = {
        "-1e10000",
        "-1e309",
        "-2",
        "-1.0000000000000000000000000000001",
        "-1",
        "-0.1",
        "-1e-10000",
        "0",
        "1e-10000",
        "1e-400",
        "0.1",
        "0.10000000000000000000000000000000000001",
        "1",
        "1.00000000000000000000000000000000001",
        "9007199254740992",
        "9007199254740993",
        "1e309",
        "1.1e309",
        "1e10000",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rising); i++) {
        for (size_t j = 0; j < ARRAY_LENGTH(rising); j++) {
            struct decimal a = parse(rising[i]);
            struct decimal b = parse(rising[j]);
            assert_int_equal(sign(decimal_compare(&a, &b)), sign((int64_t)i - (int64_t)j));
            if (i < j) {
                assert_true(decimal_key(&a) <= decimal_key(&b));
            }
        }
    }
    static const char *const same[] = {
        "150", "150.0", "1.5e2", "0.15E+3", "15000e-2", "150.000000"
    };
    for (size_t i = 1; i < ARRAY_LENGTH(same); i++) {
        struct decimal a = parse(same[0]);
        struct decimal b = parse(same[i]);
        assert_int_equal(decimal_compare(&a, &b), 0);
        assert_true(decimal_key(&a) == decimal_key(&b));
    }
    struct decimal zero = parse("0.00");
    struct decimal minus = parse("-0e7");
    assert_int_equal(decimal_compare(&zero, &minus), 0);
    assert_true(decimal_key(&zero) == decimal_key(&minus));
}

/* -- ranges ------------------------------------------------------------------------------------ */

static void check_range(const char *text, const char *low, const char *high)
{
    struct decimal value = parse(text);
    struct decimal low_end = parse(low);
    struct decimal high_end = parse(high);
    int64_t low_key;
    int64_t high_key;
    decimal_range(&value, &low_key, &high_key);
    if (low_key != decimal_key(&low_end) || high_key != decimal_key(&high_end)) {
        fail_msg("%s is not [%s, %s)", text, low, high);
    }
}

static void test_ranges(void **state)
{
    (void)state;
    check_range("5.4", "5.35", "5.45");
    check_range("2.0", "1.95", "2.05");
    check_range("100", "99.5", "100.5");
    check_range("100.00", "99.995", "100.005");
    check_range("1e2", "95", "105");
    check_range("1.00e2", "99.5", "100.5");
    check_range("12e3", "11950", "12050"); /* as 1e2: a tenth of what the last digit would mean */
    check_range("-5.4", "-5.45", "-5.35");
    check_range("0", "-0.5", "0.5");
    check_range("-0", "-0.5", "0.5");
    check_range("0.00", "-0.005", "0.005");
    check_range("1", "0.5", "1.5");
    check_range("-1", "-1.5", "-0.5");
    check_range("1000", "999.5", "1000.5");
    check_range("0.001", "0.0005", "0.0015");
    check_range("1e-3", "0.0005", "0.0015");
}

static void test_range_holds_its_value(void **state)
{
    (void)state;
    struct dice dice = dice_new();
    for (int i = 0; i < 100000; i++) {
        char text[64];
        random_decimal(&dice, text, sizeof text);
        struct decimal value = parse(text);
        int64_t low;
        int64_t high;
        decimal_range(&value, &low, &high);
        int64_t key = decimal_key(&value);
        assert_true(low <= key && key < high);
    }
    char longest[128];
    memset(longest, '9', sizeof longest);
    struct decimal value;
    int64_t low;
    int64_t high;
    assert_true(decimal_parse(slice_of(longest, sizeof longest), &value));
    decimal_range(&value, &low, &high);
    assert_true(low <= high);
    memcpy(longest + 122, "e10000", 6);
    assert_true(decimal_parse(slice_of(longest, sizeof longest), &value));
    decimal_range(&value, &low, &high);
    assert_true(low <= high);
}

static void test_double(void **state)
{
    (void)state;
    struct decimal decimal = parse("-12.50");
    assert_true(fabs(decimal_to_double(&decimal) + 12.5) < 1e-12);
    decimal = parse("0.1");
    double tenth = decimal_to_double(&decimal);
    double expected = strtod("0.1", NULL);
    assert_memory_equal(&tenth, &expected, sizeof tenth);
    decimal = parse("-1e999");
    assert_true(isinf(decimal_to_double(&decimal)) && decimal_to_double(&decimal) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar),        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_order_is_exact), cmocka_unit_test(test_order_by_hand),
        cmocka_unit_test(test_ranges),         cmocka_unit_test(test_range_holds_its_value),
        cmocka_unit_test(test_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
