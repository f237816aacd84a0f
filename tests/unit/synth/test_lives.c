/*
 * Lives against the tables that steer them and against what is published: 60,000 people, without
 * writing anything. A change that breaks a prevalence, its slope by age, or what comes together
 * fails here.
 *
 * Tolerances: each register within 15 % of the published figure; in a band of age within four
 * standard errors of its row where 30 cases are expected; odds ratios within a factor of 1.5, of
 * rare pairs 2; ages within 0.8 percentage points of the population table.
 */
#include "support/check.h"

#include "each_life.h"
#include "synth/report.h"
#include "synth/synth.h"

#define PEOPLE 60000

struct tally {
    uint64_t people, living, women, diabetics, with_metformin, with_hba1c, minors, pensioners;
    uint64_t before, after; /* HbA1c at diagnosis and half a year after, sums of thousandths */
    uint64_t pairs;
    uint64_t faults;
};

static struct tally tally;
static struct synth_survey survey;

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
    bool liquid = slice_equal(item->text2, SLICE("ml"));
    bool inhaled = slice_equal(item->text2, SLICE("inhaler"));
    if (item->kind == SYNTH_MEDICATION && life_age_at(life, day) < 12 && !liquid && !inhaled) {
        fault(life, "an adult's medicine for a child");
    }
    if (item->kind == SYNTH_MEDICATION && life_age_at(life, day) < 5 && !liquid) {
        fault(life, "an inhaler for an infant");
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
}

static void take_in_and_survey(const struct synth_life *life)
{
    if (life->person == &life->household->people[0]) {
        synth_survey_household(&survey, life->household);
    }
    take_in(life);
    synth_survey_life(&survey, life);
}

static int make_people(void **state)
{
    (void)state;
    each_life(4711, PEOPLE, SYNTH_DEFAULT_YEARS, take_in_and_survey);
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

static size_t published_row(enum synth_measure_key measure, struct slice which, int32_t from_age)
{
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT; i++) {
        const struct synth_published *row = &synth_published_table[i];
        if (row->measure == &synth_measure_table[measure] && slice_equal(row->which, which) &&
            row->from_age == from_age) {
            return i;
        }
    }
    fail_msg("no published row");
    return 0;
}

/* each register against its published total; the list has at least the twenty of the issue */
static void test_prevalences(void **state)
{
    (void)state;
    int missed = 0;
    assert_true(SYNTH_REGISTER_COUNT >= 20);
    for (size_t i = 0; i < SYNTH_REGISTER_COUNT; i++) {
        const struct synth_register *row = &synth_register_table[i];
        size_t published = published_row(SYNTH_MEASURE_REGISTER, row->key, row->from_age);
        if (synth_survey_verdict(&survey, published) != SYNTH_WITHIN) {
            print_error("%.*s: %lld, published %d\n", SLICE_PRINT(row->key),
                        (long long)synth_survey_found(&survey, published), (int)row->published);
            missed++;
        }
        assert_int_equal(row->published, synth_published_table[published].value);
    }
    assert_int_equal(missed, 0);
}

static void test_age_gradient(void **state)
{
    (void)state;
    int missed = 0;
    int compared = 0;
    for (size_t reg = 0; reg < SYNTH_REGISTER_COUNT; reg++) {
        for (size_t band = 0; band < SYNTH_BANDS; band++) {
            int64_t expected = synth_survey_expected(&survey, reg, band) / 1000;
            int64_t found = synth_survey_cases(&survey, reg, band);
            int64_t off = found > expected ? found - expected : expected - found;
            if (expected < 30) {
                continue;
            }
            compared++;
            if (off > 4 * root(expected)) {
                print_error("%.*s, band %zu: %lld cases, expected %lld\n",
                            SLICE_PRINT(synth_register_table[reg].key), band, (long long)found,
                            (long long)expected);
                missed++;
            }
        }
    }
    assert_true(compared > 100);
    assert_int_equal(missed, 0);
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
    assert_true(tally.diabetics > 2000);
    assert_int_equal(tally.with_hba1c, tally.diabetics);
    assert_true(share(tally.with_metformin, tally.diabetics) > 65000);
    assert_true(tally.pairs > 50);
    /* metformin: about -11 mmol/mol within half a year */
    assert_true(tally.before / tally.pairs > tally.after / tally.pairs + 6000);
}

static void test_diseases_come_together(void **state)
{
    (void)state;
    int missed = 0;
    int compared = 0;
    for (size_t i = 0; i < SYNTH_PAIR_COUNT; i++) {
        const struct synth_pair *row = &synth_pair_table[i];
        int64_t both = 0;
        for (size_t band = 0; band < SYNTH_BANDS; band++) {
            both += survey.pair[i][band][0][2] + survey.pair[i][band][1][2];
        }
        int64_t odds = synth_survey_odds(&survey, i);
        if (row->published == 0 || both < 8 || odds < 0) {
            continue;
        }
        compared++;
        int64_t most = both >= 60 ? 150 : 200; /* per cent */
        if (odds * 100 > row->odds * most || odds * most < row->odds * INT64_C(100)) {
            print_error("%.*s with %.*s: %lld, published %d\n", SLICE_PRINT(row->first->key),
                        SLICE_PRINT(row->second->key), (long long)odds, (int)row->odds);
            missed++;
        }
    }
    assert_true(compared > 20);
    assert_int_equal(missed, 0);
}

/* what the report says of where people live: no row further off than 15 %, or chance */
static void test_homes(void **state)
{
    (void)state;
    static const enum synth_measure_key measures[] = {
        SYNTH_MEASURE_HOUSEHOLD, SYNTH_MEASURE_ALONE,   SYNTH_MEASURE_CARE_HOME,
        SYNTH_MEASURE_TENTH,     SYNTH_MEASURE_BORN_IN, SYNTH_MEASURE_MOVED_IN,
        SYNTH_MEASURE_LISTED,
    };
    int missed = 0;
    int compared = 0;
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT * ARRAY_LENGTH(measures); i++) {
        size_t row = i / ARRAY_LENGTH(measures);
        const struct synth_published *published = &synth_published_table[row];
        if (published->measure != &synth_measure_table[measures[i % ARRAY_LENGTH(measures)]]) {
            continue;
        }
        compared++;
        /* the first tenth is one area of 600, and those of no fixed abode */
        bool first_tenth = slice_equal(published->which, SLICE("1")) &&
                           published->measure == &synth_measure_table[SYNTH_MEASURE_TENTH];
        if (!first_tenth && synth_survey_verdict(&survey, row) == SYNTH_OUTSIDE) {
            print_error("%.*s from %d: %lld, published %d\n", SLICE_PRINT(published->label),
                        (int)published->from_age, (long long)synth_survey_found(&survey, row),
                        (int)published->value);
            missed++;
        }
    }
    assert_int_equal(compared, 35);
    assert_int_equal(missed, 0);
}

/* within a fifth, or chance */
static void test_burden_of_age(void **state)
{
    (void)state;
    static const enum synth_measure_key measures[] = { SYNTH_MEASURE_FRAILTY,
                                                       SYNTH_MEASURE_CONDITIONS };
    int missed = 0;
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT; i++) {
        const struct synth_published *row = &synth_published_table[i];
        int64_t found = synth_survey_found(&survey, i);
        bool asked = row->measure == &synth_measure_table[measures[0]] ||
                     row->measure == &synth_measure_table[measures[1]];
        if (!asked || row->from_age < 45 || synth_survey_verdict(&survey, i) != SYNTH_OUTSIDE) {
            continue;
        }
        /* of a thousand people a few more or less are chance beyond two standard errors */
        bool few = found < row->value + 350 && found > row->value - 350;
        bool far =
            found * 100 > row->value * INT64_C(122) || found * 122 < row->value * INT64_C(100);
        if (far && !few) {
            print_error("%.*s from %d: %lld, published %d\n", SLICE_PRINT(row->label),
                        (int)row->from_age, (long long)found, (int)row->value);
            missed++;
        }
    }
    assert_int_equal(missed, 0);
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
        cmocka_unit_test(test_homes),
        cmocka_unit_test(test_burden_of_age),
    };
    return cmocka_run_group_tests(tests, make_people, NULL);
}
