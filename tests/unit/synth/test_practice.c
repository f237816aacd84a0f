/*
 * Care at the practice: what is given to whom for an acute illness, how often, and in which season.
 * 30,000 people, without writing anything.
 */
#include "support/check.h"

#include "base/limits.h"
#include "synth/practice.h"
#include "synth/report.h"
#include "synth/synth.h"

#define PEOPLE 30000

static struct synth_survey survey;

static struct {
    int64_t liquids, solids;    /* courses of people under 12 */
    int64_t month[12], courses; /* antibiotics of the airways: by month */
    int64_t coded, uncoded;     /* courses with and without a coded reason */
    int64_t penicillin_despite_label, labelled;
    int64_t faults;
} seen;

static void fault(const struct synth_life *life, const char *what)
{
    print_error("person %llu: %s\n", (unsigned long long)life->person->number, what);
    seen.faults++;
}

static bool is_penicillin(struct slice product)
{
    return slice_starts_with(product, SLICE("Amoxicillin")) ||
           slice_starts_with(product, SLICE("Co-amoxiclav")) ||
           slice_starts_with(product, SLICE("Flucloxacillin")) ||
           slice_starts_with(product, SLICE("Phenoxymethylpenicillin"));
}

static void take_in_course(const struct synth_life *life, const struct synth_item *item)
{
    int32_t day = synth_day_of(item->start);
    bool liquid = slice_equal(item->text2, SLICE("ml"));
    if (life_age_at(life, day) < 12) {
        seen.liquids += liquid;
        seen.solids += !liquid;
    } else if (liquid) {
        fault(life, "a child's liquid for a grown person");
    }
    if (item->encounter == SYNTH_NO_ITEM ||
        life->items.at[item->encounter].kind != SYNTH_ENCOUNTER) {
        fault(life, "a course that nobody prescribed");
    }
    seen.coded += item->reason != SYNTH_NO_ITEM;
    seen.uncoded += item->reason == SYNTH_NO_ITEM;
    seen.labelled += life->caution[1];
    seen.penicillin_despite_label += life->caution[1] && is_penicillin(item->code->display);
    if (slice_starts_with(item->code->display, SLICE("Amoxicillin"))) {
        seen.month[synth_month_of(day) - 1]++;
        seen.courses++;
    }
}

static void take_in(const struct synth_life *life)
{
    assert_false(life->failed);
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->kind == SYNTH_MEDICATION && item->status == SYNTH_COURSE) {
            take_in_course(life, item);
        }
    }
    synth_survey_life(&survey, life);
}

static int make_people(void **state)
{
    (void)state;
    static struct synth_world world;
    static struct synth_household household;
    struct arena arena, lasting;
    struct fault failure = FAULT_INIT;
    arena_init(&arena, LIMIT_SYNTH_HOUSEHOLD);
    arena_init(&lasting, MIB(8));
    if (!synth_world_make(&world, 20264, PEOPLE, SYNTH_DEFAULT_YEARS, SYNTH_DEFAULT_TODAY, &lasting,
                          &failure)) {
        return -1;
    }
    uint64_t people = 0;
    for (uint64_t number = 0; people < PEOPLE; number++) {
        synth_household_make(&world, number, people, &household);
        for (uint32_t i = 0; i < household.count; i++, people++) {
            struct synth_life *life = arena_new(&arena, struct synth_life);
            assert_non_null(life);
            synth_life_make(&world, &household, i, &arena, life);
            take_in(life);
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
    arena_release(&lasting);
    return 0;
}

/* rows of a measure that are not within 15 % of what is published; printed */
static int rows_outside(enum synth_measure_key measure)
{
    int outside = 0;
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT; i++) {
        const struct synth_published *row = &synth_published_table[i];
        if (row->measure == &synth_measure_table[measure] &&
            synth_survey_verdict(&survey, i) == SYNTH_OUTSIDE) {
            print_error("%.*s from %d: %lld, published %d\n", SLICE_PRINT(row->label),
                        (int)row->from_age, (long long)synth_survey_found(&survey, i),
                        (int)row->value);
            outside++;
        }
    }
    return outside;
}

static void test_antibiotics_as_often_as_published(void **state)
{
    (void)state;
    assert_int_equal(rows_outside(SYNTH_MEASURE_ANTIBIOTICS), 0);
    assert_int_equal(rows_outside(SYNTH_MEASURE_TREATED), 0);
}

static void test_children_get_what_they_can_swallow(void **state)
{
    (void)state;
    assert_int_equal(seen.faults, 0);
    assert_true(seen.liquids > 5000);
    assert_int_equal(seen.solids, 0);
}

static void test_labels_are_heeded(void **state)
{
    (void)state;
    assert_true(seen.labelled > 1000);
    assert_int_equal(seen.penicillin_despite_label, 0);
}

/* in winter about 1.4 times the mean month, in summer 0.7; two of three courses have a code */
static void test_seasons_and_codes(void **state)
{
    (void)state;
    int64_t winter = seen.month[0] + seen.month[1] + seen.month[11];
    int64_t summer = seen.month[5] + seen.month[6] + seen.month[7];
    assert_true(seen.courses > 5000);
    assert_in_range(winter * 400 / seen.courses, 110, 150);
    assert_in_range(summer * 400 / seen.courses, 60, 90);
    assert_in_range(seen.coded * 100 / (seen.coded + seen.uncoded), 58, 78);
}

/* no chain of remedies leads in a circle, and each `younger` is for younger people */
static void test_remedies_lead_somewhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < SYNTH_REMEDY_COUNT; i++) {
        const struct synth_remedy *row = &synth_remedy_table[i];
        assert_true((row->caution == 0) == (row->instead == NULL));
        size_t steps = 0;
        for (const struct synth_remedy *one = row; one != NULL; steps++) {
            assert_true(one->younger == NULL || one->younger->from_age < one->from_age);
            assert_true(steps < SYNTH_REMEDY_COUNT);
            one = one->instead != NULL ? one->instead : one->younger;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_antibiotics_as_often_as_published),
        cmocka_unit_test(test_children_get_what_they_can_swallow),
        cmocka_unit_test(test_labels_are_heeded),
        cmocka_unit_test(test_seasons_and_codes),
        cmocka_unit_test(test_remedies_lead_somewhere),
    };
    return cmocka_run_group_tests(tests, make_people, NULL);
}
