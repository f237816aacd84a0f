/*
 * instant: the calendar against timegm over every day of ten thousand years, the grammar case by
 * case, intervals by hand, and round trips.
 */
#include "base/instant.h"

#include "base/limits.h"
#include "testing.h"

#define US INT64_C(1000000)

static const int64_t first_day = -719162; /* 0001-01-01 */
static const int64_t last_day = 2932896;  /* 9999-12-31 */

static void test_days_against_timegm(void **state)
{
    (void)state;
    for (int64_t day = first_day; day <= last_day; day++) {
        time_t seconds = (time_t)(day * 86400);
        struct tm tm;
        int64_t year;
        unsigned month;
        unsigned in_month;
        instant_civil_from_days(day, &year, &month, &in_month);
        if (gmtime_r(&seconds, &tm) == NULL || tm.tm_year + 1900 != year ||
            tm.tm_mon + 1 != (int)month || tm.tm_mday != (int)in_month ||
            instant_days_from_civil(year, month, in_month) != day) {
            fail_msg("day %lld", (long long)day);
        }
    }
    struct tm last = { .tm_year = 9999 - 1900, .tm_mon = 11, .tm_mday = 31 };
    assert_int_equal(instant_days_from_civil(9999, 12, 31), timegm(&last) / 86400);
    assert_int_equal(instant_days_from_civil(1, 1, 1), first_day);
}

static void test_days_far_from_now(void **state)
{
    (void)state;
    struct dice dice = dice_new();
    for (int i = 0; i < 100000; i++) {
        int64_t day = (int64_t)(dice_u64(&dice) >> 24) - (INT64_C(1) << 39);
        int64_t year;
        int64_t next_year;
        unsigned month;
        unsigned next_month;
        unsigned in_month;
        unsigned next_day;
        instant_civil_from_days(day, &year, &month, &in_month);
        assert_true(instant_days_from_civil(year, month, in_month) == day);
        instant_civil_from_days(day + 1, &next_year, &next_month, &next_day);
        bool last = in_month == instant_days_in_month(year, month);
        assert_int_equal(next_day, last ? 1 : in_month + 1);
        assert_true(next_year == year + (last && month == 12));
    }
}

static void test_microseconds_against_timegm(void **state)
{
    (void)state;
    struct dice dice = dice_new();
    for (int i = 0; i < 200000; i++) {
        int64_t seconds = (first_day + (int64_t)dice_below(&dice, 3652059)) * 86400 +
                          (int64_t)dice_below(&dice, 86400);
        int64_t fraction = (int64_t)dice_below(&dice, 1000000);
        struct instant instant = instant_from_microseconds(seconds * US + fraction);
        time_t time = (time_t)seconds;
        struct tm tm;
        char expected[64];
        char text[INSTANT_TEXT_SIZE];
        assert_non_null(gmtime_r(&time, &tm));
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                 (int)(fraction / 1000));
        instant_format_utc(seconds * US + fraction, text);
        assert_string_equal(text, expected);
        assert_true(instant_microseconds(&instant) == seconds * US + fraction);
        assert_true(instant_parse_instant(slice_from_string(text), &instant));
        assert_true(instant_microseconds(&instant) == seconds * US + fraction / 1000 * 1000);
    }
}

/* -- grammar ---------------------------------------------------------------------------------- */

#define DATE      1
#define DATETIME  2
#define INSTANT   4
#define LENIENT   8
#define ALL_DATES (DATE | DATETIME | LENIENT)
#define ALL_TIMES (DATETIME | INSTANT | LENIENT)

static const struct {
    const char *text;
    unsigned accepted_by;
} grammar[] = {
    { "2026", ALL_DATES },
    { "0001", ALL_DATES },
    { "9999", ALL_DATES },
    { "2026-11", ALL_DATES },
    { "2026-11-23", ALL_DATES },
    { "2024-02-29", ALL_DATES },
    { "2000-02-29", ALL_DATES },
    { "2026-11-23T12:31:05Z", ALL_TIMES },
    { "2026-11-23T12:31:05+00:00", ALL_TIMES },
    { "2026-11-23T12:31:05-00:00", ALL_TIMES },
    { "2026-11-23T12:31:05.1+14:00", ALL_TIMES },
    { "2026-11-23T23:59:60Z", ALL_TIMES },
    { "2026-11-23T12:31:05.123456789-13:59", ALL_TIMES },
    { "2026-11-23T12:31", LENIENT },
    { "2026-11-23T12:31Z", LENIENT },
    { "2026-11-23T12:31:05", LENIENT },
    { "2026-11-23T12:31:05.5", LENIENT },
    { "", 0 },
    { "0000", 0 },
    { "26", 0 },
    { "02026", 0 },
    { "-2026", 0 },
    { "+2026", 0 },
    { "2026-", 0 },
    { "2026-1", 0 },
    { "2026-00", 0 },
    { "2026-13", 0 },
    { "2026-11-", 0 },
    { "2026-11-0", 0 },
    { "2026-11-00", 0 },
    { "2026-11-31", 0 },
    { "2026-02-29", 0 },
    { "1900-02-29", 0 },
    { "2026/11/23", 0 },
    { "20261123", 0 },
    { "2026-11-23 ", 0 },
    { " 2026-11-23", 0 },
    { "2026-11-23T", 0 },
    { "2026-11-23t12:31:05z", 0 },
    { "2026-11-23 12:31:05Z", 0 },
    { "2026-11-23Z", 0 },
    { "2026-11T12:31:05Z", 0 },
    { "2026-11-23T12", 0 },
    { "2026-11-23T12Z", 0 },
    { "2026-11-23T24:00:00Z", 0 },
    { "2026-11-23T12:60:00Z", 0 },
    { "2026-11-23T12:31:61Z", 0 },
    { "2026-11-23T12:31:5Z", 0 },
    { "2026-11-23T12:31:05.Z", 0 },
    { "2026-11-23T12:31:05,5Z", 0 },
    { "2026-11-23T12:31:05+14:01", 0 },
    { "2026-11-23T12:31:05+15:00", 0 },
    { "2026-11-23T12:31:05+1:00", 0 },
    { "2026-11-23T12:31:05+01", 0 },
    { "2026-11-23T12:31:05+0100", 0 },
    { "2026-11-23T12:31:05+01:60", 0 },
    { "2026-11-23T12:31:05ZZ", 0 },
    { "2026-11-23T12:31:05Z ", 0 },
};

static void test_grammar(void **state)
{
    (void)state;
    static bool (*const parsers[])(struct slice, struct instant *) = {
        instant_parse_date, instant_parse, instant_parse_instant, instant_parse_lenient
    };
    for (size_t i = 0; i < ARRAY_LENGTH(grammar); i++) {
        for (size_t p = 0; p < ARRAY_LENGTH(parsers); p++) {
            struct instant instant = { .year = -5 };
            bool accepted = parsers[p](slice_from_string(grammar[i].text), &instant);
            if (accepted != ((grammar[i].accepted_by >> p & 1) != 0)) {
                fail_msg("\"%s\" with parser %zu", grammar[i].text, p);
            }
            assert_int_equal(instant.year == -5, !accepted); /* written only on success */
        }
    }
}

static void test_time(void **state)
{
    (void)state;
    assert_true(instant_is_time(SLICE("00:00:00")));
    assert_true(instant_is_time(SLICE("23:59:59.999")));
    assert_true(instant_is_time(SLICE("12:00:60")));
    assert_false(instant_is_time(SLICE("12:00")));
    assert_false(instant_is_time(SLICE("24:00:00")));
    assert_false(instant_is_time(SLICE("12:00:00Z")));
    assert_false(instant_is_time(SLICE("12:00:00.")));
    assert_false(instant_is_time(SLICE("1:00:00")));
    assert_false(instant_is_time(SLICE("")));
}

/* -- intervals --------------------------------------------------------------------------------- */

static int64_t at(int64_t year, unsigned month, unsigned day, int64_t seconds)
{
    return (instant_days_from_civil(year, month, day) * 86400 + seconds) * US;
}

static void check_range(const char *text, int64_t low, int64_t high)
{
    struct instant instant;
    assert_true(instant_parse_lenient(slice_from_string(text), &instant));
    struct instant_range range = instant_range(&instant);
    if (range.low != low || range.high != high) {
        fail_msg("%s", text);
    }
    assert_true(instant_microseconds(&instant) == low);
}

static void test_ranges(void **state)
{
    (void)state;
    check_range("1970", 0, at(1971, 1, 1, 0));
    check_range("2024", at(2024, 1, 1, 0), at(2025, 1, 1, 0));
    check_range("9999", at(9999, 1, 1, 0), at(10000, 1, 1, 0));
    check_range("2026-11", at(2026, 11, 1, 0), at(2026, 12, 1, 0));
    check_range("2026-12", at(2026, 12, 1, 0), at(2027, 1, 1, 0));
    check_range("2024-02", at(2024, 2, 1, 0), at(2024, 3, 1, 0));
    check_range("2026-11-23", at(2026, 11, 23, 0), at(2026, 11, 24, 0));
    check_range("2026-11-23T12:31", at(2026, 11, 23, 45060), at(2026, 11, 23, 45120));
    check_range("2026-11-23T12:31:00Z", at(2026, 11, 23, 45060), at(2026, 11, 23, 45061));
    check_range("2026-11-23T00:30:00+01:00", at(2026, 11, 22, 84600), at(2026, 11, 22, 84601));
    check_range("2026-11-23T23:30:00-01:30", at(2026, 11, 24, 3600), at(2026, 11, 24, 3601));
    int64_t noon = at(2026, 11, 23, 43200);
    check_range("2026-11-23T12:00:00.5Z", noon + 500000, noon + 600000);
    check_range("2026-11-23T12:00:00.500Z", noon + 500000, noon + 501000);
    check_range("2026-11-23T12:00:00.0000019Z", noon + 1, noon + 2);
    check_range("2016-12-31T23:59:60Z", at(2017, 1, 1, 0) - 1, at(2017, 1, 1, 0));
    check_range("2016-12-31T23:59:60.7Z", at(2017, 1, 1, 0) - 1, at(2017, 1, 1, 0));
}

static void test_ends_of_time(void **state)
{
    (void)state;
    char text[INSTANT_TEXT_SIZE];
    instant_format_utc(INSTANT_MIN, text);
    assert_string_equal(text, "0001-01-01T00:00:00.000Z");
    instant_format_utc(INSTANT_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    instant_format_utc(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

/* -- writing ----------------------------------------------------------------------------------- */

static void test_format(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *written; /* NULL: the same */
    } cases[] = {
        { "2026", NULL },
        { "0007-02", NULL },
        { "2026-11-23", NULL },
        { "2026-11-23T12:31:05Z", NULL },
        { "2026-11-23T12:31:05.0Z", NULL },
        { "2026-11-23T12:31:05.120-09:30", NULL },
        { "2026-11-23T12:31:05.123456+14:00", NULL },
        { "2026-11-23T12:31:05.1234567Z", "2026-11-23T12:31:05.123456Z" },
        { "2026-11-23T12:31:05+00:00", "2026-11-23T12:31:05Z" },
        { "2026-11-23T12:31", "2026-11-23T12:31:00Z" },
        { "2026-11-23T12:31+01:00", "2026-11-23T12:31:00+01:00" },
        { "2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z" },
    };
    struct arena arena;
    arena_init(&arena, KIB(64));
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct instant instant;
        const char *expected = cases[i].written != NULL ? cases[i].written : cases[i].text;
        assert_true(instant_parse_lenient(slice_from_string(cases[i].text), &instant));
        struct slice written = instant_format(&instant, &arena);
        assert_string_equal(written.ptr, expected);
        struct instant again;
        assert_true(instant_parse(written, &again));
        assert_true(instant_microseconds(&again) == instant_microseconds(&instant));
    }
    struct instant instant = instant_from_microseconds(1);
    struct arena none;
    arena_init(&none, 0);
    assert_null(instant_format(&instant, &none).ptr);
    arena_release(&arena);
}

static void test_age(void **state)
{
    (void)state;
    static const struct {
        const char *birth;
        const char *at;
        int age;
    } cases[] = {
        { "2000-06-15", "2026-06-14", 25 }, { "2000-06-15", "2026-06-15", 26 },
        { "2000-06-15", "2000-06-15", 0 },  { "2000-06-15", "2000-06-14", -1 },
        { "2000-06-15", "1990-01-01", -1 }, { "2004-02-29", "2026-02-28", 21 },
        { "2004-02-29", "2026-03-01", 22 }, { "2004-02-29", "2024-02-29", 20 },
        { "1926", "2026-01-01", 100 },      { "2000-12-31", "2001-01-01", 0 },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct instant birth;
        struct instant now;
        assert_true(instant_parse_date(slice_from_string(cases[i].birth), &birth));
        assert_true(instant_parse_date(slice_from_string(cases[i].at), &now));
        assert_int_equal(instant_age(&birth, &now), cases[i].age);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_against_timegm),
        cmocka_unit_test(test_days_far_from_now),
        cmocka_unit_test(test_microseconds_against_timegm),
        cmocka_unit_test(test_grammar),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_ends_of_time),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_age),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
