/* Chance that is the same everywhere, and dates as England writes them. */
#include "support/check.h"

#include "base/instant.h"
#include "synth/random.h"
#include "synth/when.h"

static void test_fixed_values(void **state)
{
    (void)state;
    struct synth_random random;
    synth_random_start(&random, 1, SYNTH_STREAM_DISEASE, 7);
    uint64_t first = synth_random_next(&random);
    uint64_t second = synth_random_next(&random);
    assert_true(first != second);
    synth_random_start(&random, 1, SYNTH_STREAM_DISEASE, 7);
    assert_true(synth_random_next(&random) == first);
    synth_random_start(&random, 1, SYNTH_STREAM_NAME, 7);
    assert_true(synth_random_next(&random) != first);
    synth_random_start(&random, 2, SYNTH_STREAM_DISEASE, 7);
    assert_true(synth_random_next(&random) != first);
    /* SplitMix64 from state 0: the published first output */
    random.state = 0;
    assert_true(synth_random_next(&random) == UINT64_C(0xe220a8397b1dcdaf));
}

static void test_shapes(void **state)
{
    (void)state;
    struct synth_random random;
    int64_t sum = 0;
    int64_t squares = 0;
    uint64_t count = 0;
    uint32_t hits = 0;
    synth_random_start(&random, 5, SYNTH_STREAM_BODY, 0);
    for (int i = 0; i < 100000; i++) {
        int32_t z = synth_random_normal(&random);
        sum += z;
        squares += (int64_t)z * z;
        count += synth_random_count(&random, 1700);
        hits += synth_random_chance(&random, 3, 10);
        int32_t day = synth_random_between(&random, -3, 3);
        assert_true(day >= -3 && day <= 3);
    }
    assert_in_range(sum / 100000 + 20, 0, 40);          /* mean 0 */
    assert_in_range(squares / 100000, 970000, 1030000); /* variance 1 */
    assert_in_range(count, 168000, 172000);             /* mean 1.7 */
    assert_in_range(hits, 29400, 30600);
    assert_false(synth_random_chance(&random, 0, 5));
    assert_int_equal(synth_random_count(&random, 0), 0);
    assert_int_equal(synth_random_count(&random, -5), 0);
}

static void assert_when(int64_t year, unsigned month, unsigned day, int32_t minute,
                        const char *expected)
{
    char text[SYNTH_WHEN_SIZE];
    synth_when_text(synth_when_of((int32_t)instant_days_from_civil(year, month, day), minute),
                    text);
    assert_string_equal(text, expected);
}

static void test_summer_time(void **state)
{
    (void)state;
    assert_when(2026, 1, 2, 61, "2026-01-02T01:01:00+00:00");
    assert_when(2026, 7, 31, 1439, "2026-07-31T23:59:00+01:00");
    assert_when(2026, 3, 28, 720, "2026-03-28T12:00:00+00:00");
    assert_when(2026, 3, 29, 720, "2026-03-29T12:00:00+01:00"); /* last Sunday of March */
    assert_when(2026, 10, 24, 720, "2026-10-24T12:00:00+01:00");
    assert_when(2026, 10, 25, 720, "2026-10-25T12:00:00+00:00");
    assert_when(1938, 3, 20, 0, "1938-03-20T00:00:00+00:00");
}

static void test_days(void **state)
{
    (void)state;
    char text[SYNTH_WHEN_SIZE];
    int32_t friday = (int32_t)instant_days_from_civil(2026, 11, 20);
    assert_int_equal(synth_weekday(friday), 5);
    assert_int_equal(synth_working_day(friday), friday);
    assert_int_equal(synth_working_day(friday + 1), friday + 3);
    assert_int_equal(synth_working_day(friday + 2), friday + 3);
    assert_int_equal(synth_weekday(-1), 3); /* 1969-12-31, a Wednesday */
    synth_day_text(friday, text);
    assert_string_equal(text, "2026-11-20");
    synth_day_words(friday, text);
    assert_string_equal(text, "20-Nov-2026");
    int32_t birth = (int32_t)instant_days_from_civil(1936, 11, 21);
    assert_int_equal(synth_age_at(birth, friday), 89);
    assert_int_equal(synth_age_at(birth, friday + 1), 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_values),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_summer_time),
        cmocka_unit_test(test_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
