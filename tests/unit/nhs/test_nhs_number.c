/* Modulus 11 by example and by exhaustion, and what people type. */
#include "support/check.h"

#include "nhs/nhs_number.h"

static void test_examples(void **state)
{
    (void)state;
    static const char *const valid[] = { "9990000018", "9990000026", "9000000009", "9434765919",
                                         "9912003888" };
    static const char *const invalid[] = {
        "9111111124",
        "9222222228", /* in a public list as valid; they are not */
        "9434765918",
        "0000000000",
        "1111111111",
        "943476591",
        "94347659190",
        "943476591X",
        "",
        " 943476591",
        "943 476 59",
        "\xd9\xa9\xd9\xa4\xd9\xa3\xd9\xa4\xd9\xa7",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(valid); i++) {
        assert_true(nhs_number_valid(slice_from_string(valid[i])));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(invalid); i++) {
        assert_false(nhs_number_valid(slice_from_string(invalid[i])));
    }
    assert_false(nhs_number_valid((struct slice){ NULL, 0 }));
}

/* any one digit changed, and any two neighbours exchanged, is noticed */
static void test_slips_are_noticed(void **state)
{
    (void)state;
    char nine[10];
    unsigned without = 0;
    for (unsigned n = 0; n < 20000; n++) {
        snprintf(nine, sizeof nine, "%09u", (n * 48611u + 100000007u) % 1000000000u);
        int check = nhs_number_check_digit(slice_of(nine, 9));
        if (check < 0) {
            without++;
            for (int digit = 0; digit <= 9; digit++) {
                char number[11];
                snprintf(number, sizeof number, "%s%d", nine, digit);
                assert_false(nhs_number_valid(slice_of(number, 10)));
            }
            continue;
        }
        char number[11];
        snprintf(number, sizeof number, "%s%c", nine, (char)('0' + check));
        assert_true(nhs_number_valid(slice_of(number, 10)));
        for (int i = 0; i < 10; i++) {
            char kept = number[i];
            number[i] = (char)('0' + (kept - '0' + 1 + (int)(n % 9)) % 10);
            assert_false(nhs_number_valid(slice_of(number, 10)));
            number[i] = kept;
            if (i < 9 && number[i] != number[i + 1]) {
                number[i] = number[i + 1];
                number[i + 1] = kept;
                assert_false(nhs_number_valid(slice_of(number, 10)));
                number[i + 1] = number[i];
                number[i] = kept;
            }
        }
    }
    assert_in_range(without, 20000 / 11 - 200, 20000 / 11 + 200); /* one in eleven has none */
}

static void test_as_typed(void **state)
{
    (void)state;
    char digits[NHS_NUMBER_DIGITS + 1] = "unwritten!";
    static const char *const typed[] = { "9434765919", "943 476 5919", " 943-476-5919\r\n",
                                         "9 4 3 4 7 6 5 9 1 9" };
    static const char *const refused[] = {
        "943 476 591", "943 476 59190", "943.476.5919", "NHS9434765919", "", "   "
    };
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        assert_false(nhs_number_parse(slice_from_string(refused[i]), digits));
        assert_string_equal(digits, "unwritten!");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(typed); i++) {
        assert_true(nhs_number_parse(slice_from_string(typed[i]), digits));
        assert_string_equal(digits, "9434765919");
    }
}

static void test_shown(void **state)
{
    (void)state;
    char text[NHS_NUMBER_SHOWN + 1];
    nhs_number_show(SLICE("9434765919"), text);
    assert_string_equal(text, "943 476 5919");
}

static void test_test_range(void **state)
{
    (void)state;
    assert_true(nhs_number_is_test(SLICE("9990000018")));
    assert_false(nhs_number_is_test(SLICE("9434765919")));
    assert_false(nhs_number_is_test(SLICE("999")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),   cmocka_unit_test(test_slips_are_noticed),
        cmocka_unit_test(test_as_typed),   cmocka_unit_test(test_shown),
        cmocka_unit_test(test_test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
