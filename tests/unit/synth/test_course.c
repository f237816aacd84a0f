/*
 * How lives go on: what treatment does to values, in which order things happen, and what one event
 * rules out. 25,000 people, without writing anything.
 */
#include "support/check.h"

#include "each_life.h"
#include "synth/synth.h"

#define PEOPLE 25000

struct pair {
    int64_t before, after; /* sums, thousandths */
    int64_t count;
};

static struct {
    struct pair pressure, cholesterol, thyroid, blood, sugar, filtration;
    int64_t second_without_first, stages, stage_before_disease, label_without_stop, labels;
    int64_t screened, screened_wrongly, covid, replaced, quit, smoker_after_quitting, scores;
    int64_t before_diabetes, tens, pressures, steps, gestational, gestational_men;
} seen;

/* the last value before `day` and the first from `day` + `wait` on, both from the practice */
static void compare(const struct synth_life *life, enum synth_test_key test, int32_t day,
                    int32_t wait, struct pair *ret_pair)
{
    const struct synth_item *before = NULL;
    const struct synth_item *after = NULL;
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        int32_t at = synth_day_of(item->start);
        if (item->kind != SYNTH_OBSERVATION || item->test != &synth_test_table[test] ||
            item->organisation < SYNTH_FIRST_PRACTICE) {
            continue;
        }
        if (at <= day && at > day - 200 && (before == NULL || item->start > before->start)) {
            before = item;
        }
        if (at >= day + wait && at < day + wait + 260 &&
            (after == NULL || item->start < after->start)) {
            after = item;
        }
    }
    if (before != NULL && after != NULL) {
        ret_pair->before += before->value;
        ret_pair->after += after->value;
        ret_pair->count++;
    }
}

static bool is_first_of(const struct synth_life *life, uint32_t taking)
{
    for (uint32_t i = 0; i < life->taking_count; i++) {
        if (i != taking && life->taking[i].from < life->taking[taking].from + 300 &&
            slice_equal(life->taking[i].medicine->class, life->taking[taking].medicine->class)) {
            return false;
        }
    }
    return true;
}

static void take_in_medicines(const struct synth_life *life)
{
    for (uint32_t i = 0; i < life->taking_count; i++) {
        const struct synth_taking *taking = &life->taking[i];
        struct slice class = taking->medicine->class;
        bool kept = taking->to == SYNTH_NO_DAY || taking->to > taking->from + 300;
        seen.replaced += taking->stopped != NULL && taking->stopped->instead != NULL;
        seen.steps += taking->to != SYNTH_NO_DAY && taking->stopped == NULL;
        if (!kept || !is_first_of(life, i)) {
            continue;
        }
        if (slice_equal(class, SLICE("calcium"))) {
            compare(life, SYNTH_TEST_SYSTOLIC, taking->from, 42, &seen.pressure);
        } else if (slice_equal(class, SLICE("statin"))) {
            compare(life, SYNTH_TEST_CHOLESTEROL, taking->from, 42, &seen.cholesterol);
        } else if (slice_equal(class, SLICE("thyroxine"))) {
            compare(life, SYNTH_TEST_TSH, taking->from, 45, &seen.thyroid);
        } else if (slice_equal(class, SLICE("iron"))) {
            compare(life, SYNTH_TEST_HAEMOGLOBIN, taking->from, 28, &seen.blood);
        } else if (slice_equal(class, SLICE("sglt2")) &&
                   life_has(life, SYNTH_DISEASE_DIABETES2)) { /* also taken for the heart */
            compare(life, SYNTH_TEST_HBA1C, taking->from, 110, &seen.sugar);
        }
    }
}

static void take_in_labels(const struct synth_life *life)
{
    for (size_t i = 0; i < SYNTH_ALLERGY_COUNT; i++) {
        bool stopped = false;
        if (life->effect_day[i] == SYNTH_NO_DAY) {
            continue;
        }
        for (uint32_t t = 0; t < life->taking_count; t++) {
            stopped = stopped || (life->taking[t].stopped != NULL &&
                                  life->taking[t].to == life->effect_day[i]);
        }
        seen.labels++;
        seen.label_without_stop += !stopped || !life->allergic[i];
    }
}

static void take_in_item(const struct synth_life *life, const struct synth_item *item, int *doses)
{
    int32_t day = synth_day_of(item->start);
    if (item->kind == SYNTH_IMMUNISATION) {
        doses[0] += slice_equal(item->text, SLICE("COVID-19 mRNA vaccine (first)"));
        doses[1] += slice_equal(item->text, SLICE("COVID-19 mRNA vaccine (second)"));
    }
    if (item->kind == SYNTH_PROCEDURE) {
        int32_t age = life_age_at(life, day);
        bool breast = slice_starts_with(item->text, SLICE("Breast screening"));
        bool aorta = slice_starts_with(item->text, SLICE("Abdominal aortic"));
        bool wrong = (breast && (life->person->sex != 'F' || age < 50 || age > 71)) ||
                     (aorta && (life->person->sex != 'M' || age < 65 || age > 66));
        seen.screened += breast || aorta;
        seen.screened_wrongly += wrong;
        seen.scores += slice_starts_with(item->text, SLICE("Patient Health Questionnaire"));
    }
    bool stage = item->code == &synth_code_table[SYNTH_CODE_CKD_STAGE_3B] ||
                 item->code == &synth_code_table[SYNTH_CODE_CKD_STAGE_4];
    seen.stages += stage;
    seen.stage_before_disease += stage && day < life->onset[SYNTH_DISEASE_CKD];
    seen.covid += item->code == &synth_code_table[SYNTH_CODE_COVID19];
    bool sugar = item->code == &synth_code_table[SYNTH_CODE_GESTATIONAL_DIABETES];
    seen.gestational += sugar;
    seen.gestational_men += sugar && life->person->sex != 'F';
    if (item->code == &synth_code_table[SYNTH_CODE_BLOOD_PRESSURE]) {
        seen.pressures++;
        seen.tens += item->value % 10000 == 0;
    }
    if (item->code == &synth_code_table[SYNTH_CODE_TOBACCO_STATUS]) {
        seen.smoker_after_quitting += item->other == &synth_code_table[SYNTH_CODE_SMOKER] &&
                                      life->quit_smoking != SYNTH_NO_DAY &&
                                      day >= life->quit_smoking;
    }
}

static void take_in(const struct synth_life *life)
{
    int doses[2] = { 0, 0 };
    for (size_t i = 0; i < life->items.count; i++) {
        take_in_item(life, &life->items.at[i], doses);
    }
    seen.second_without_first += doses[1] > doses[0];
    seen.quit += life->quit_smoking != SYNTH_NO_DAY;
    seen.before_diabetes +=
        life_has(life, SYNTH_DISEASE_DIABETES2) &&
        life->past_from[SYNTH_DISEASE_PREDIABETES] != SYNTH_NO_DAY &&
        life->past_to[SYNTH_DISEASE_PREDIABETES] == life->onset[SYNTH_DISEASE_DIABETES2];
    take_in_medicines(life);
    take_in_labels(life);
    if (life_has(life, SYNTH_DISEASE_CKD) &&
        life->onset[SYNTH_DISEASE_CKD] < life->until - 4 * 365) {
        seen.filtration.before += life_filtration(life, life->until - 3 * 365);
        seen.filtration.after += life_filtration(life, life->until);
        seen.filtration.count++;
    }
}

static int make_people(void **state)
{
    (void)state;
    each_life(20262, PEOPLE, SYNTH_DEFAULT_YEARS, take_in);
    return 0;
}

/* how much less after than before, thousandths of the unit */
static int64_t fall_of(const struct pair *pair)
{
    assert_true(pair->count >= 20);
    return (pair->before - pair->after) / pair->count;
}

static void test_treatment_shows(void **state)
{
    (void)state;
    assert_in_range(fall_of(&seen.pressure), 4500, 13500);         /* -8.5 mmHg */
    assert_in_range(fall_of(&seen.cholesterol), 900, 2200);        /* about -30 % of 5.3 */
    assert_in_range(fall_of(&seen.thyroid), 5000, 13000);          /* from 12 into the range */
    assert_in_range(-fall_of(&seen.blood), 12000, 30000);          /* +20 g/l */
    assert_in_range(fall_of(&seen.sugar), 3500, 11000);            /* -8 mmol/mol */
    assert_in_range(fall_of(&seen.filtration), 3 * 600, 3 * 3500); /* 1.5 to 3 a year */
}

static void test_order(void **state)
{
    (void)state;
    assert_int_equal(seen.second_without_first, 0);
    assert_true(seen.stages > 30);
    assert_int_equal(seen.stage_before_disease, 0);
    assert_true(seen.before_diabetes > 400);
    assert_true(seen.quit > 3000);
    assert_int_equal(seen.smoker_after_quitting, 0);
}

static void test_side_effects(void **state)
{
    (void)state;
    assert_true(seen.labels > 200);
    assert_int_equal(seen.label_without_stop, 0);
    assert_true(seen.replaced > 300);
    assert_true(seen.steps > 300);
}

static void test_prevention(void **state)
{
    (void)state;
    assert_true(seen.screened > 1500);
    assert_int_equal(seen.screened_wrongly, 0);
    assert_true(seen.covid > 1000);
    assert_true(seen.scores > 300);
    assert_true(seen.gestational > 5);
    assert_int_equal(seen.gestational_men, 0);
}

/* people round to the nearest ten */
static void test_end_digit(void **state)
{
    (void)state;
    assert_in_range(seen.tens * 100 / seen.pressures, 26, 38);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_treatment_shows), cmocka_unit_test(test_order),
        cmocka_unit_test(test_side_effects),    cmocka_unit_test(test_prevention),
        cmocka_unit_test(test_end_digit),
    };
    return cmocka_run_group_tests(tests, make_people, NULL);
}
