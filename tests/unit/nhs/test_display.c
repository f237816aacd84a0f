/* Dates by their precision, and ages at every step of the Common User Interface. */
#include "support/check.h"

#include "nhs/display.h"

static struct instant instant_of(const char *text)
{
    struct instant instant;
    assert_true(instant_parse_lenient(slice_from_string(text), &instant));
    return instant;
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *recorded;
        const char *date;
        const char *date_time;
        const char *long_form;
    } cases[] = {
        { "1944-03-12", "12-Mar-1944", "12-Mar-1944", "12 March 1944" },
        { "1999-01-01", "01-Jan-1999", "01-Jan-1999", "1 January 1999" },
        { "1944-09", "Sep-1944", "Sep-1944", "September 1944" },
        { "0987", "0987", "0987", "0987" },
        { "2026-11-23T09:05:59+00:00", "23-Nov-2026", "23-Nov-2026 09:05", "23 November 2026" },
        { "2026-07-01T23:30:00.123+01:00", "01-Jul-2026", "01-Jul-2026 23:30", "1 July 2026" },
        { "2026-12-31T00:00", "31-Dec-2026", "31-Dec-2026 00:00", "31 December 2026" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char text[DISPLAY_SIZE];
        struct instant instant = instant_of(cases[i].recorded);
        display_date(&instant, text);
        assert_string_equal(text, cases[i].date);
        display_date_time(&instant, text);
        assert_string_equal(text, cases[i].date_time);
        display_date_long(&instant, text);
        assert_string_equal(text, cases[i].long_form);
    }
}

static void test_ages(void **state)
{
    (void)state;
    static const struct {
        const char *birth;
        const char *at;
        const char *age;
    } cases[] = {
        { "2026-11-22T21:00:00Z", "2026-11-23T09:30:00Z", "12hrs" },
        { "2026-11-22", "2026-11-23T09:30:00Z", "1d" },
        { "2026-11-23", "2026-11-23", "0d" },
        { "2026-10-27", "2026-11-23", "27d" },
        { "2026-10-26", "2026-11-23", "4w" },
        { "2025-11-24", "2026-11-23", "52w" },
        { "2025-11-23", "2026-11-23", "12m" },
        { "2024-11-24", "2026-11-23", "23m" },
        { "2024-11-23", "2026-11-23", "2y 0m" },
        { "2008-11-24", "2026-11-23", "17y 11m" },
        { "2008-11-23", "2026-11-23", "18y" },
        { "1944-11-23", "2026-11-23", "82y" },
        { "1944-11-24", "2026-11-23", "81y" },
        { "2004-02-29", "2026-02-28", "21y" },
        { "2004-02-29", "2026-03-01", "22y" },
        { "2026-11-24", "2026-11-23", "" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char text[DISPLAY_SIZE];
        struct instant birth = instant_of(cases[i].birth);
        struct instant at = instant_of(cases[i].at);
        display_age(&birth, &at, text);
        assert_string_equal(text, cases[i].age);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_dates), cmocka_unit_test(test_ages) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
