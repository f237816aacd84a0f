/*
 * Care at the practice: what is given to whom for an acute illness, how often, and in which season;
 * what it sends to clinics; what it reviews; and what a midwife takes down at booking. 30,000
 * people, without writing anything.
 */
#include "support/check.h"

#include "each_life.h"
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
    int64_t referrals, waiting, letters, urgent, seen_as_asked;
    int64_t years_of[SYNTH_DISEASE_COUNT], reviews_of[SYNTH_DISEASE_COUNT]; /* by problem */
    int64_t checks, medicine_reviews, medicine_years;
    int64_t bookings, due, groups, weights, smoking;
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

/* a clinic's first visit that says it was asked for at that minute */
static bool seen_by_clinic(const struct synth_life *life, const struct synth_item *referral)
{
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->kind == SYNTH_ENCOUNTER && item->visit != NULL && item->visit->first &&
            item->organisation == SYNTH_ORGANISATION_HOSPITAL &&
            item->visit->requested == referral->start && slice_equal(item->text, referral->text)) {
            return item->start > referral->start;
        }
    }
    return false;
}

static void take_in_referral(const struct synth_life *life, const struct synth_item *item)
{
    if (item->organisation != life->person->practice || item->note.len == 0 || item->code == NULL) {
        fault(life, "a referral that says too little");
    }
    seen.referrals++;
    seen.urgent += item->visit->urgent_cancer;
    seen.waiting += item->status == SYNTH_ACTIVE;
    seen.seen_as_asked += item->status == SYNTH_ENDED && seen_by_clinic(life, item);
}

static void take_in_letter(const struct synth_life *life, const struct synth_item *item)
{
    bool whole = item->reason != SYNTH_NO_ITEM &&
                 life->items.at[item->reason].kind == SYNTH_REFERRAL &&
                 slice_find_slice(item->note, life->items.at[item->reason].note) < item->note.len &&
                 slice_find_slice(item->note, life->items.at[item->reason].text) < item->note.len;
    if (!whole) {
        fault(life, "a letter that does not say what its referral says");
    }
    seen.letters++;
}

static void take_in_review(const struct synth_life *life, const struct synth_item *item)
{
    bool medicines = item->code == &synth_code_table[SYNTH_CODE_MEDICATION_REVIEW] ||
                     item->code == &synth_code_table[SYNTH_CODE_STRUCTURED_REVIEW];
    seen.medicine_reviews += medicines;
    seen.checks += slice_starts_with(item->text, SLICE("Physical health check"));
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        bool of =
            synth_disease_table[i].review != NULL && item->code == synth_disease_table[i].review;
        seen.reviews_of[i] += of;
        medicines = medicines || of;
    }
    if (medicines && (item->text.len == 0 || item->encounter == SYNTH_NO_ITEM)) {
        fault(life, "a review without a finding or a visit");
    }
}

static void take_in_booking(const struct synth_life *life, uint32_t visit)
{
    seen.bookings++;
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->kind == SYNTH_OBSERVATION && item->encounter == visit) {
            seen.due += item->code == &synth_code_table[SYNTH_CODE_ESTIMATED_DELIVERY] &&
                        item->text.len > 0;
            seen.groups += item->code == &synth_code_table[SYNTH_CODE_BLOOD_GROUP];
            seen.weights += item->test == &synth_test_table[SYNTH_TEST_WEIGHT];
            seen.smoking += item->code == &synth_code_table[SYNTH_CODE_TOBACCO_STATUS];
        }
    }
}

static void take_in_item(const struct synth_life *life, uint32_t index)
{
    const struct synth_item *item = &life->items.at[index];
    if (item->kind == SYNTH_MEDICATION && item->status == SYNTH_COURSE) {
        take_in_course(life, item);
    } else if (item->kind == SYNTH_REFERRAL) {
        take_in_referral(life, item);
    } else if (item->kind == SYNTH_DOCUMENT &&
               item->code == &synth_code_table[SYNTH_CODE_REFERRAL_NOTE]) {
        take_in_letter(life, item);
    } else if (item->kind == SYNTH_PROCEDURE && item->organisation == life->person->practice) {
        take_in_review(life, item);
    } else if (item->kind == SYNTH_ENCOUNTER && slice_equal(item->text, SLICE("Booking visit"))) {
        take_in_booking(life, index);
    }
}

/* whole years of the window with the disease, and with any regular medicine */
static void take_in_years(const struct synth_life *life)
{
    for (int32_t day = life->window + 183; day <= life->until; day += 366) {
        bool takes = false;
        for (uint32_t i = 0; i < life->taking_count; i++) {
            takes = takes || (life->taking[i].from <= day && day < life->taking[i].to);
        }
        seen.medicine_years += takes;
        for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
            seen.years_of[i] +=
                life_had(life, (enum synth_disease_key)i, day) && !life->resolved[i];
        }
    }
}

static void take_in(const struct synth_life *life)
{
    for (uint32_t i = 0; i < life->items.count; i++) {
        take_in_item(life, i);
    }
    take_in_years(life);
    synth_survey_life(&survey, life);
}

static int make_people(void **state)
{
    (void)state;
    each_life(20264, PEOPLE, SYNTH_DEFAULT_YEARS, take_in);
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

/* Some take very many medicines. Ten or more: of the old a fifth fewer than published at most,
 * since the tables lack what has no code (laxatives, vitamin D, emollients). */
static void test_some_take_very_many(void **state)
{
    (void)state;
    int rows = 0;
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT; i++) {
        const struct synth_published *row = &synth_published_table[i];
        if (row->measure == &synth_measure_table[SYNTH_MEASURE_MEDICINES] && row->from_age >= 65 &&
            slice_equal(row->which, SLICE("10"))) {
            int64_t percent = synth_survey_found(&survey, i) * 100 / row->value;
            assert_in_range(percent, 70, 130);
            rows++;
        }
    }
    assert_int_equal(rows, 3);
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

/* 235 per 1,000 person-years, 50 of them urgent; each with its letter; the clinic's first visit
 * says when it was asked for, unless it is written by nobody or has yet to come */
static void test_referrals_come_before_clinics(void **state)
{
    (void)state;
    assert_int_equal(seen.faults, 0);
    assert_int_equal(seen.letters, seen.referrals);
    assert_in_range(seen.referrals * 1000 / (PEOPLE * INT64_C(5)), 200, 265);
    assert_in_range(seen.urgent * 100 / seen.referrals, 8, 25);
    assert_in_range(seen.waiting * 100 / seen.referrals, 2, 15);
    assert_in_range(seen.seen_as_asked * 100 / (seen.referrals - seen.waiting), 90, 100);
}

/* about as many of those with a disease as the Quality and Outcomes Framework finds reviewed */
static void test_reviews_as_often_as_found(void **state)
{
    (void)state;
    static const enum synth_disease_key asked[] = { SYNTH_DISEASE_DEMENTIA, SYNTH_DISEASE_ASTHMA,
                                                    SYNTH_DISEASE_COPD,
                                                    SYNTH_DISEASE_HYPERTENSION };
    for (size_t i = 0; i < ARRAY_LENGTH(asked); i++) {
        int64_t percent = seen.reviews_of[asked[i]] * 100 / seen.years_of[asked[i]];
        int64_t wanted = synth_disease_table[asked[i]].review_pct;
        assert_true(percent > wanted - 15 && percent < wanted + 10);
    }
    int64_t minds =
        seen.years_of[SYNTH_DISEASE_SCHIZOPHRENIA] + seen.years_of[SYNTH_DISEASE_BIPOLAR];
    assert_in_range(seen.checks * 100 / minds, 50, 80);
    assert_in_range(seen.medicine_reviews * 100 / seen.medicine_years, 60, 90);
}

static void test_booking_is_measured(void **state)
{
    (void)state;
    assert_true(seen.bookings > 500);
    assert_int_equal(seen.due, seen.bookings);
    assert_int_equal(seen.groups, seen.bookings);
    assert_int_equal(seen.smoking, seen.bookings);
    assert_true(seen.weights * 100 >= seen.bookings * 90); /* not of girls under 18 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_antibiotics_as_often_as_published),
        cmocka_unit_test(test_some_take_very_many),
        cmocka_unit_test(test_children_get_what_they_can_swallow),
        cmocka_unit_test(test_labels_are_heeded),
        cmocka_unit_test(test_seasons_and_codes),
        cmocka_unit_test(test_remedies_lead_somewhere),
        cmocka_unit_test(test_referrals_come_before_clinics),
        cmocka_unit_test(test_reviews_as_often_as_found),
        cmocka_unit_test(test_booking_is_measured),
    };
    return cmocka_run_group_tests(tests, make_people, NULL);
}
