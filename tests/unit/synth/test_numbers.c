/* All numbers of the 999 range, each once, whoever the county has. */
#include "support/check.h"

#include "nhs/nhs_number.h"
#include "synth/numbers.h"

static struct synth_numbers numbers;

struct seen {
    uint8_t *bits;
    uint32_t count;
};

static void see(struct seen *seen, const char *text)
{
    uint64_t value;
    struct slice number = slice_from_string(text);
    assert_true(nhs_number_valid(number) && nhs_number_is_test(number));
    assert_true(slice_to_u64(slice_from(number, 3), &value));
    assert_false(seen->bits[value / 8] >> (value % 8) & 1);
    seen->bits[value / 8] |= (uint8_t)(1 << (value % 8));
    seen->count++;
}

static struct seen start_seeing(void)
{
    struct seen seen = { calloc(10000000 / 8, 1), 0 };
    assert_non_null(seen.bits);
    return seen;
}

/* as many as there are, counted without this module */
static void test_count(void **state)
{
    (void)state;
    uint32_t valid = 0;
    for (uint32_t i = 0; i < 1000000; i++) {
        char nine[10];
        snprintf(nine, sizeof(nine), "999%06u", i);
        valid += i != 999999 && nhs_number_check_digit(slice_of(nine, 9)) >= 0;
    }
    assert_int_equal(valid, SYNTH_NHS_NUMBERS);
}

static void test_all_numbers_are_used(void **state)
{
    (void)state;
    struct seen seen = start_seeing();
    char text[SYNTH_NHS_NUMBER_SIZE];
    synth_numbers_init(&numbers, 3, SYNTH_NHS_NUMBERS);
    for (uint64_t person = 0; person < SYNTH_NHS_NUMBERS; person++) {
        assert_true(synth_numbers_of(&numbers, person, text));
        see(&seen, text);
    }
    assert_int_equal(seen.count, SYNTH_NHS_NUMBERS);
    assert_false(synth_numbers_of(&numbers, SYNTH_NHS_NUMBERS, text));
    assert_false(synth_numbers_spare(&numbers, 7, text));
    assert_string_equal(text, "");
    free(seen.bits);
}

/* a million people: all numbers are given, and who has none is spread over the county */
static void test_people_beyond(void **state)
{
    (void)state;
    struct seen seen = start_seeing();
    uint32_t without[10] = { 0 };
    char text[SYNTH_NHS_NUMBER_SIZE];
    synth_numbers_init(&numbers, 4, 1000000);
    for (uint64_t person = 0; person < 1000000; person++) {
        if (synth_numbers_of(&numbers, person, text)) {
            see(&seen, text);
        } else {
            assert_string_equal(text, "");
            without[person / 100000]++;
        }
    }
    assert_int_equal(seen.count, SYNTH_NHS_NUMBERS);
    for (size_t i = 0; i < ARRAY_LENGTH(without); i++) {
        assert_in_range(without[i], 8700, 9500);
    }
    free(seen.bits);
}

static void test_spare_numbers(void **state)
{
    (void)state;
    struct seen seen = start_seeing();
    char text[SYNTH_NHS_NUMBER_SIZE];
    char again[SYNTH_NHS_NUMBER_SIZE];
    synth_numbers_init(&numbers, 5, 20000);
    for (uint64_t person = 0; person < 20000; person++) {
        assert_true(synth_numbers_of(&numbers, person, text));
        see(&seen, text);
    }
    for (uint64_t person = 0; person < 20; person++) {
        assert_true(synth_numbers_spare(&numbers, person, text));
        assert_true(synth_numbers_spare(&numbers, person, again));
        assert_string_equal(text, again);
        see(&seen, text); /* nobody's, and these few differ from one another */
    }
    free(seen.bits);
}

static void test_the_key_matters(void **state)
{
    (void)state;
    struct synth_numbers *other = calloc(1, sizeof(*other));
    char one[SYNTH_NHS_NUMBER_SIZE];
    char two[SYNTH_NHS_NUMBER_SIZE];
    uint32_t same = 0;
    assert_non_null(other);
    synth_numbers_init(&numbers, 6, 1000);
    synth_numbers_init(other, 7, 1000);
    for (uint64_t person = 0; person < 1000; person++) {
        assert_true(synth_numbers_of(&numbers, person, one));
        assert_true(synth_numbers_of(other, person, two));
        same += strcmp(one, two) == 0;
    }
    assert_true(same < 5);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count),           cmocka_unit_test(test_all_numbers_are_used),
        cmocka_unit_test(test_people_beyond),   cmocka_unit_test(test_spare_numbers),
        cmocka_unit_test(test_the_key_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
