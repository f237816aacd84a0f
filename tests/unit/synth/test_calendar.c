/* Weekdays, bank holidays of England, the pandemic, and drawing a day. */
#include "support/check.h"

#include "base/instant.h"
#include "base/limits.h"
#include "synth/synth.h"
#include "synth/use.h"

static struct arena arena;
static struct synth_world world;

static int setup(void **state)
{
    (void)state;
    struct fault failure = FAULT_INIT;
    arena_init(&arena, MIB(8));
    return synth_world_make(&world, 7, 100, 7, SYNTH_DEFAULT_TODAY, &arena, &failure) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static int32_t day_of(int64_t year, unsigned month, unsigned day)
{
    return (int32_t)instant_days_from_civil(year, month, day);
}

static int holidays_of(int64_t year)
{
    int count = 0;
    for (int32_t day = day_of(year, 1, 1); day < day_of(year + 1, 1, 1); day++) {
        count += calendar_is_bank_holiday(day);
    }
    return count;
}

static void test_bank_holidays(void **state)
{
    (void)state;
    assert_true(calendar_is_bank_holiday(day_of(2024, 3, 29))); /* Good Friday */
    assert_true(calendar_is_bank_holiday(day_of(2025, 4, 21))); /* Easter Monday */
    assert_true(calendar_is_bank_holiday(day_of(2020, 5, 8)));  /* moved from the 4th */
    assert_false(calendar_is_bank_holiday(day_of(2020, 5, 4)));
    assert_true(calendar_is_bank_holiday(day_of(2022, 6, 3)));
    assert_false(calendar_is_bank_holiday(day_of(2022, 5, 30)));
    assert_true(calendar_is_bank_holiday(day_of(2021, 12, 27))); /* for Saturday 25th */
    assert_true(calendar_is_bank_holiday(day_of(2021, 12, 28))); /* for Sunday 26th */
    assert_true(calendar_is_bank_holiday(day_of(2022, 12, 26)));
    assert_true(calendar_is_bank_holiday(day_of(2022, 12, 27))); /* for Sunday 25th */
    assert_true(calendar_is_bank_holiday(day_of(2023, 1, 2)));   /* for Sunday 1st */
    assert_false(calendar_is_bank_holiday(day_of(2023, 1, 3)));
    assert_true(calendar_is_bank_holiday(day_of(2026, 8, 31)));
    for (int64_t year = 2013; year <= 2030; year++) {
        assert_int_equal(holidays_of(year), year == 2022 ? 10 : year == 2023 ? 9 : 8);
    }
}

static void test_pandemic(void **state)
{
    (void)state;
    assert_int_equal(calendar_pandemic(SYNTH_PANDEMIC_KIND_ELECTIVE, day_of(2019, 6, 1)), 100);
    assert_int_equal(calendar_pandemic(SYNTH_PANDEMIC_KIND_ELECTIVE, day_of(2020, 4, 15)), 20);
    int32_t june = calendar_pandemic(SYNTH_PANDEMIC_KIND_ELECTIVE, day_of(2020, 6, 15));
    assert_in_range(june, 27, 53); /* between May and July */
    assert_int_equal(calendar_pandemic(SYNTH_PANDEMIC_KIND_CALL_111, day_of(2020, 3, 15)), 210);
    assert_int_equal(calendar_pandemic(SYNTH_PANDEMIC_KIND_CALL_111, day_of(2025, 1, 1)), 100);
}

static void test_days_follow_the_week(void **state)
{
    (void)state;
    struct synth_random random;
    int by_weekday[7] = { 0 };
    int holidays = 0;
    synth_random_start(&random, 1, SYNTH_STREAM_USE, 3);
    for (int i = 0; i < 20000; i++) {
        int32_t day = calendar_day(world.calendar, SYNTH_CALENDAR_PRACTICE, day_of(2023, 1, 1),
                                   day_of(2025, 12, 31), &random);
        assert_in_range(day, day_of(2023, 1, 1), day_of(2025, 12, 31));
        by_weekday[synth_weekday(day)]++;
        holidays += calendar_is_bank_holiday(day);
    }
    assert_int_equal(by_weekday[0], 0); /* no surgery on Sundays */
    assert_true(by_weekday[1] > by_weekday[5] * 5 / 4);
    assert_true(holidays < 40); /* 25 holidays: 650 if they were ordinary days */
    assert_int_equal(calendar_day(world.calendar, SYNTH_CALENDAR_FLAT, 20000, 20000, &random),
                     20000);
    int32_t sunday = day_of(2026, 11, 15);
    assert_int_equal(calendar_day(world.calendar, SYNTH_CALENDAR_PRACTICE, sunday, sunday, &random),
                     sunday);
}

static void test_worth(void **state)
{
    (void)state;
    int64_t year = calendar_worth(world.calendar, SYNTH_CALENDAR_EMERGENCY, day_of(2024, 1, 1),
                                  day_of(2024, 12, 31));
    assert_in_range(year, 360000, 372000);
    int64_t april = calendar_worth(world.calendar, SYNTH_CALENDAR_ELECTIVE, day_of(2020, 4, 1),
                                   day_of(2020, 4, 30));
    assert_in_range(april, 3000, 9500); /* a fifth of 30 days, Easter left out */
    assert_int_equal(calendar_worth(world.calendar, SYNTH_CALENDAR_FLAT, 20001, 20000), 0);
}

static void test_hours(void **state)
{
    (void)state;
    struct synth_random random;
    synth_random_start(&random, 1, SYNTH_STREAM_USE, 4);
    for (int i = 0; i < 2000; i++) {
        synth_when when = calendar_when(SYNTH_CALENDAR_PRACTICE, 20000, &random);
        assert_in_range(when - synth_when_of(20000, 0), 8 * 60, 18 * 60 - 1);
    }
}

static void test_spread(void **state)
{
    (void)state;
    struct synth_random random;
    uint64_t events = 0;
    uint64_t below = 0;
    synth_random_start(&random, 1, SYNTH_STREAM_USE, 5);
    for (int i = 0; i < 20000; i++) {
        events += use_poisson(&random, 9500);
        below += use_log_normal(&random, false) < 1000;
    }
    assert_in_range(events, 188000, 192000);
    assert_in_range(below, 9600, 10400); /* the median */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bank_holidays),
        cmocka_unit_test(test_pandemic),
        cmocka_unit_test(test_days_follow_the_week),
        cmocka_unit_test(test_worth),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_spread),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
