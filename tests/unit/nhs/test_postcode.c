/* The six forms of BS 7666, however they are typed. */
#include "support/check.h"

#include "nhs/postcode.h"

static void test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        const char *normal;
    } cases[] = {
        { "M1 1AE", "M1 1AE" },      { "b338th", "B33 8TH" },    { "cr2 6xh", "CR2 6XH" },
        { "DN551PT", "DN55 1PT" },   { "w1a0ax", "W1A 0AX" },    { "ec1a1bb", "EC1A 1BB" },
        { " OX1  2JD ", "OX1 2JD" }, { "zz99 3cz", "ZZ99 3CZ" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char postcode[POSTCODE_SIZE];
        assert_true(postcode_parse(slice_from_string(cases[i].typed), postcode));
        assert_string_equal(postcode, cases[i].normal);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const refused[] = { "",         "OX1",       "OX1 2J",   "OX1 JD2",
                                           "1OX 2JD",  "OX123 4JD", "OXX1 2JD", "OX1-2JD",
                                           "OX12JDXX", "0X1 2JD" };
    char postcode[POSTCODE_SIZE] = "kept";
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        assert_false(postcode_parse(slice_from_string(refused[i]), postcode));
        assert_string_equal(postcode, "kept");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_forms),
                                        cmocka_unit_test(test_refused) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
