/*
 * Lives against the tables that steer them: 20,000 people, without writing anything.
 *
 * Tolerances: a prevalence within 15 % of the published figure or three standard errors of the
 * sample, whichever is more; ages within 0.8 percentage points of the population table.
 */
#include "support/check.h"

#include "base/limits.h"
#include "synth/life.h"
#include "synth/synth.h"

#define PEOPLE 20000

struct tally {
    uint64_t people, living, women, diabetics, with_metformin, with_hba1c, minors, pensioners;
    uint64_t of_age[SYNTH_REGISTER_COUNT];
    uint64_t have[SYNTH_REGISTER_COUNT];
    uint64_t young_have[SYNTH_REGISTER_COUNT], old_have[SYNTH_REGISTER_COUNT];
    uint64_t young[SYNTH_REGISTER_COUNT], old[SYNTH_REGISTER_COUNT];
    uint64_t before, after; /* HbA1c at diagnosis and half a year after, sums of thousandths */
    uint64_t pairs;
    uint64_t two, htn_ckd, htn, ckd; /* co-occurrence among people of 60 to 79 */
    uint64_t faults;
};

static struct tally tally;

static bool on_register(const struct synth_life *life, const struct synth_register *row)
{
    bool has = false;
    for (size_t i = 0; i < ARRAY_LENGTH(row->any); i++) {
        has = has || (row->any[i] != NULL &&
                      life_has(life, (enum synth_disease_key)(row->any[i] - synth_disease_table)));
    }
    return has;
}

static void count_registers(const struct synth_life *life)
{
    for (size_t i = 0; i < SYNTH_REGISTER_COUNT; i++) {
        const struct synth_register *row = &synth_register_table[i];
        bool has = on_register(life, row);
        tally.of_age[i] += life->age >= row->from_age;
        tally.have[i] += has && life->age >= row->from_age;
        bool young = life->age >= 30 && life->age < 50;
        bool old = life->age >= 65;
        tally.young[i] += young;
        tally.young_have[i] += young && has;
        tally.old[i] += old;
        tally.old_have[i] += old && has;
    }
}

static void fault(const struct synth_life *life, const char *what)
{
    print_error("person %llu: %s\n", (unsigned long long)life->person->number, what);
    tally.faults++;
}

static void check_item(const struct synth_life *life, const struct synth_item *item)
{
    int32_t day = synth_day_of(item->start);
    bool planned = item->kind == SYNTH_APPOINTMENT && item->status == SYNTH_ACTIVE;
    if (day < life->person->birth) {
        fault(life, "something before birth");
    }
    if (day > life->until && !planned) {
        fault(life, "something after death, or in the future");
    }
    if (item->end != SYNTH_NEVER && item->end < item->start) {
        fault(life, "an end before its beginning");
    }
    if (item->kind == SYNTH_MEDICATION && life_age_at(life, day) < 16 &&
        !slice_equal(item->text2, SLICE("inhaler")) && !slice_equal(item->text2, SLICE("tablet"))) {
        fault(life, "an adult's medicine for a child");
    }
    if (item->kind == SYNTH_MEDICATION && life_age_at(life, day) < 5) {
        fault(life, "a coded medicine for an infant");
    }
    bool births = item->code == &synth_code_table[SYNTH_CODE_PREGNANCY] ||
                  item->code == &synth_code_table[SYNTH_CODE_LIVE_BIRTH];
    if (births && (life->person->sex != 'F' || life_age_at(life, day) < 14)) {
        fault(life, "a pregnancy in a man or a child");
    }
    if (item->encounter != SYNTH_NO_ITEM &&
        life->items.at[item->encounter].organisation != item->organisation) {
        fault(life, "a reference into another organisation");
    }
    if (item->reason != SYNTH_NO_ITEM &&
        life->items.at[item->reason].organisation != item->organisation) {
        fault(life, "a reason of another organisation");
    }
}

static void check_diabetes(const struct synth_life *life)
{
    bool metformin = false;
    int32_t first = -1;
    int32_t later = -1;
    int32_t onset = life->onset[SYNTH_DISEASE_DIABETES2];
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        struct slice name = item->code != NULL ? item->code->display : item->text;
        metformin = metformin || slice_starts_with(name, SLICE("Metformin"));
        if (item->test != &synth_test_table[SYNTH_TEST_HBA1C]) {
            continue;
        }
        int32_t since = synth_day_of(item->start) - onset;
        first = since >= 0 && since < 4 && first < 0 ? item->value : first;
        later = since >= 180 && later < 0 ? item->value : later;
    }
    tally.diabetics++;
    tally.with_metformin += metformin;
    tally.with_hba1c += first >= 0;
    if (metformin && first >= 0 && later >= 0 && onset >= life->window) {
        tally.before += (uint64_t)first;
        tally.after += (uint64_t)later;
        tally.pairs++;
    }
}

static void take_in(const struct synth_life *life)
{
    assert_false(life->failed);
    tally.people++;
    for (size_t i = 0; i < life->items.count; i++) {
        check_item(life, &life->items.at[i]);
    }
    if (life_has(life, SYNTH_DISEASE_DIABETES2)) {
        check_diabetes(life);
    }
    if (life->person->death != SYNTH_NO_DAY) {
        return;
    }
    tally.living++;
    tally.women += life->person->sex == 'F';
    tally.minors += life->age < 18;
    tally.pensioners += life->age >= 65;
    count_registers(life);
    if (life->age >= 60 && life->age < 80) {
        bool htn = life_has(life, SYNTH_DISEASE_HYPERTENSION);
        bool ckd = life_has(life, SYNTH_DISEASE_CKD);
        tally.two++;
        tally.htn += htn;
        tally.ckd += ckd;
        tally.htn_ckd += htn && ckd;
    }
}

static int make_people(void **state)
{
    (void)state;
    static struct synth_world world;
    static struct synth_household household;
    struct arena arena;
    struct arena lasting;
    struct fault failure = FAULT_INIT;
    arena_init(&arena, LIMIT_SYNTH_HOUSEHOLD);
    arena_init(&lasting, MIB(4));
    if (!synth_world_make(&world, 20261, PEOPLE, SYNTH_DEFAULT_YEARS, SYNTH_DEFAULT_TODAY, &lasting,
                          &failure)) {
        return -1;
    }
    for (uint64_t number = 0; tally.people < PEOPLE; number++) {
        synth_household_make(&world, number, tally.people, &household);
        for (uint32_t i = 0; i < household.count; i++) {
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

static void test_lives_make_sense(void **state)
{
    (void)state;
    assert_int_equal(tally.faults, 0);
}

/* per 100,000 of `whole` */
static int64_t share(uint64_t part, uint64_t whole)
{
    return (int64_t)(part * 100000 / (whole > 0 ? whole : 1));
}

static int64_t root(int64_t of)
{
    int64_t r = 0;
    while ((r + 1) * (r + 1) <= of) {
        r++;
    }
    return r;
}

static void test_prevalences(void **state)
{
    (void)state;
    int missed = 0;
    for (size_t i = 0; i < SYNTH_REGISTER_COUNT; i++) {
        const struct synth_register *row = &synth_register_table[i];
        int64_t found = share(tally.have[i], tally.of_age[i]);
        int64_t published = row->published;
        int64_t chance = 3 * root(published * (100000 - published) / (int64_t)tally.of_age[i]);
        int64_t allowed = published * 15 / 100 > chance ? published * 15 / 100 : chance;
        if (found < published - allowed || found > published + allowed) {
            print_error("%.*s: %lld per 100,000, published %lld\n", SLICE_PRINT(row->key),
                        (long long)found, (long long)published);
            missed++;
        }
    }
    assert_int_equal(missed, 0);
}

static void test_age_gradient(void **state)
{
    (void)state;
    static const enum synth_register_key rising[] = {
        SYNTH_REGISTER_HYPERTENSION, SYNTH_REGISTER_CHD,      SYNTH_REGISTER_AF,
        SYNTH_REGISTER_STROKE,       SYNTH_REGISTER_CKD,      SYNTH_REGISTER_DEMENTIA,
        SYNTH_REGISTER_COPD,         SYNTH_REGISTER_DIABETES, SYNTH_REGISTER_HEART_FAILURE
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rising); i++) {
        size_t r = rising[i];
        assert_true(share(tally.old_have[r], tally.old[r]) >
                    3 * share(tally.young_have[r], tally.young[r]));
    }
}

static void test_population(void **state)
{
    (void)state;
    uint64_t all = 0, women = 0, minors = 0, old = 0;
    for (size_t i = 0; i < SYNTH_POPULATION_COUNT; i++) {
        const struct synth_population *row = &synth_population_table[i];
        uint64_t both = (uint64_t)row->males + (uint64_t)row->females;
        all += both;
        women += (uint64_t)row->females;
        minors += row->age < 18 ? both : 0;
        old += row->age >= 65 ? both : 0;
    }
    assert_in_range(share(tally.women, tally.living) - share(women, all) + 900, 0, 1800);
    assert_in_range(share(tally.minors, tally.living) - share(minors, all) + 1100, 0, 2200);
    assert_in_range(share(tally.pensioners, tally.living) - share(old, all) + 800, 0, 1600);
}

static void test_diabetics_are_tested_and_treated(void **state)
{
    (void)state;
    assert_true(tally.diabetics > 500);
    assert_int_equal(tally.with_hba1c, tally.diabetics);
    assert_true(share(tally.with_metformin, tally.diabetics) > 80000);
    assert_true(tally.pairs > 50);
    /* metformin: about -11 mmol/mol within half a year */
    assert_true(tally.before / tally.pairs > tally.after / tally.pairs + 6000);
}

static void test_diseases_come_together(void **state)
{
    (void)state;
    uint64_t expected = tally.htn * tally.ckd / tally.two;
    assert_true(tally.htn_ckd > expected * 125 / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lives_make_sense),
        cmocka_unit_test(test_prevalences),
        cmocka_unit_test(test_age_gradient),
        cmocka_unit_test(test_population),
        cmocka_unit_test(test_diabetics_are_tested_and_treated),
        cmocka_unit_test(test_diseases_come_together),
    };
    return cmocka_run_group_tests(tests, make_people, NULL);
}
