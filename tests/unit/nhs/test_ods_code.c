/* The form of a code; it also names files, so nothing else passes. */
#include "support/check.h"

#include "nhs/ods_code.h"

static void test_form(void **state)
{
    (void)state;
    static const char *const valid[] = {
        "RTH", "RNU", "K84027", "10Q", "QU9", "RTH08", "A1B2C3D4E5"
    };
    static const char *const invalid[] = { "",       "RT",         "rth",         "RTH ",  "RT/H",
                                           "../RTH", "RT\xc3\x9c", "A1B2C3D4E5F", "K84-27" };
    for (size_t i = 0; i < ARRAY_LENGTH(valid); i++) {
        assert_true(ods_code_valid(slice_from_string(valid[i])));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(invalid); i++) {
        assert_false(ods_code_valid(slice_from_string(invalid[i])));
    }
    assert_false(ods_code_valid(SLICE("RT\0H")));
    assert_false(ods_code_valid((struct slice){ NULL, 0 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_form) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
