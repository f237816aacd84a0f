/*
 * What organisations hold of people, against the rates of source.csv, at 100,000 people. Bounds are
 * four standard errors of the sample, and more of the rate for what depends on the person (who
 * has a short form, who moved or changed name lately).
 */
#include "support/check.h"

#include "base/limits.h"
#include "nhs/nhs_number.h"
#include "synth/census.h"
#include "synth/names.h"
#include "synth/synth.h"

#define PEOPLE 100000

static struct synth_world world;
static struct synth_household household;
static struct synth_census census;

struct tally {
    uint64_t patients;
    uint64_t altered[SYNTH_ALTERATION_COUNT];
};
static struct tally taken[SYNTH_SOURCE_COUNT]; /* first copies, by the row of their rates */
static struct tally copies;                    /* duplicates and temporary numbers */
static struct tally left;                      /* on the list of a practice that they left */
static struct tally shared[SYNTH_ORGANISATION_COUNT];
static uint64_t people, dead, altered_without_reason;
static uint64_t objections, opt_outs, type1, restricted, dissent;

static void count(struct tally *tally, const struct synth_patient *patient)
{
    tally->patients++;
    for (size_t i = 0; i < SYNTH_ALTERATION_COUNT; i++) {
        tally->altered[i] += patient->alterations >> i & 1;
    }
}

static bool has(const struct synth_patient *patient, enum synth_alteration alteration)
{
    return (patient->alterations >> alteration & 1) != 0;
}

static struct {
    uint64_t adopted, twice, unmerged;
} numbers;

/* each field is what the person is, or the alteration that says otherwise is set */
static void check(const struct synth_person *person, const struct synth_patient *patient)
{
    bool name_touched =
        has(patient, SYNTH_ALTERED_NAMES_SWAPPED) || has(patient, SYNTH_ALTERED_NAME_BABY);
    bool given = slice_equal(slice_from_string(patient->given), person->given);
    bool family = slice_equal(slice_from_string(patient->family), person->family);
    bool number = strcmp(patient->nhs_number, person->nhs_number) == 0;
    bool birth = patient->birth == person->birth;
    bool wrong = false;
    wrong |= !given && !name_touched && !has(patient, SYNTH_ALTERED_GIVEN_MISSPELT) &&
             !has(patient, SYNTH_ALTERED_GIVEN_SHORT);
    wrong |= !family && !name_touched && !has(patient, SYNTH_ALTERED_FAMILY_MISSPELT) &&
             !has(patient, SYNTH_ALTERED_FAMILY_OLD);
    wrong |= number != (!has(patient, SYNTH_ALTERED_NUMBER_MISSING) &&
                        !has(patient, SYNTH_ALTERED_NUMBER_OF_ANOTHER) &&
                        !has(patient, SYNTH_ALTERED_NUMBER_SECOND) &&
                        !has(patient, SYNTH_ALTERED_NUMBER_FORMER));
    wrong |= !birth && !has(patient, SYNTH_ALTERED_BIRTH_MISSING) &&
             !has(patient, SYNTH_ALTERED_BIRTH_ESTIMATED) &&
             !has(patient, SYNTH_ALTERED_BIRTH_SWAPPED) &&
             !has(patient, SYNTH_ALTERED_BIRTH_OTHER) &&
             !has(patient, SYNTH_ALTERED_BIRTH_PLACEHOLDER);
    wrong |= (patient->sex != person->sex) !=
             (has(patient, SYNTH_ALTERED_SEX_WRONG) || has(patient, SYNTH_ALTERED_SEX_UNKNOWN));
    wrong |= (patient->postcode[0] == '\0') != has(patient, SYNTH_ALTERED_POSTCODE_MISSING);
    wrong |= (patient->ethnicity == NULL) != has(patient, SYNTH_ALTERED_ETHNICITY_MISSING);
    wrong |= (patient->death != person->death) != has(patient, SYNTH_ALTERED_DEATH_UNKNOWN);
    wrong |= patient->birth != SYNTH_NO_DAY && patient->birth > world.today;
    wrong |= (patient->organisation >= SYNTH_FIRST_PRACTICE &&
              patient->organisation != person->practice) != has(patient, SYNTH_ALTERED_LEFT);
    wrong |= has(patient, SYNTH_ALTERED_LEFT) && (patient->organisation != person->old_practice ||
                                                  patient->practice != patient->organisation ||
                                                  !has(patient, SYNTH_ALTERED_ADDRESS_OLD));
    altered_without_reason += wrong;
}

/* how long ago a name changed: up to 90 days, a year, three years, more */
static struct {
    uint64_t people, practice_old, hospital_old, differ;
} renamed[4];

static void take_in_change(const struct synth_person *person)
{
    struct synth_patient practice, hospital;
    if (person->former_count == 0) {
        return;
    }
    int32_t days = synth_person_until(person, world.today) - person->former[0].until;
    size_t since = days <= 90 ? 0 : days <= 365 ? 1 : days <= 1095 ? 2 : 3;
    synth_patient_make(&world, person, person->practice, 0, &practice);
    synth_patient_make(&world, person, SYNTH_ORGANISATION_HOSPITAL, 0, &hospital);
    bool one = has(&practice, SYNTH_ALTERED_FAMILY_OLD);
    bool other = has(&hospital, SYNTH_ALTERED_FAMILY_OLD);
    renamed[since].people++;
    renamed[since].practice_old += one;
    renamed[since].hospital_old += other;
    renamed[since].differ += one != other;
    assert_true(
        !one ||
        strncmp(practice.family, person->former[0].family.ptr, person->former[0].family.len) == 0 ||
        has(&practice, SYNTH_ALTERED_NAMES_SWAPPED));
}

static void take_in_number(const struct synth_person *person)
{
    struct synth_patient practice;
    if (person->renumbered == NULL) {
        return;
    }
    bool adopted = person->renumbered == &synth_renumbering_table[SYNTH_RENUMBERING_ADOPTION];
    synth_patient_make(&world, person, person->practice, 0, &practice);
    assert_string_not_equal(person->other_number, person->nhs_number);
    assert_true(nhs_number_valid(slice_from_string(person->other_number)));
    if (adopted) {
        numbers.adopted++;
        assert_true(person->former_count > 0 && person->former[0].until >= person->other_until);
        assert_false(has(&practice, SYNTH_ALTERED_NUMBER_FORMER));
    } else {
        numbers.twice++;
        numbers.unmerged += person->other_until == SYNTH_NO_DAY;
    }
}

static void take_in_person(const struct synth_person *person)
{
    struct synth_patient patient;
    people++;
    dead += person->death != SYNTH_NO_DAY;
    objections += person->choices.sharing_objection;
    opt_outs += person->choices.national_opt_out;
    type1 += person->choices.type1_opt_out;
    restricted += person->choices.restricted;
    dissent += person->choices.summary == SYNTH_SUMMARY_DISSENT;
    take_in_change(person);
    take_in_number(person);
    for (uint32_t i = 0; i < SYNTH_ORGANISATION_COUNT; i++) {
        synth_patient_make(&world, person, (synth_org)i, 0, &patient);
        check(person, &patient);
        count(&shared[i], &patient);
    }
}

static void take_in_census(void)
{
    for (uint32_t i = 0; i < census.count; i++) {
        const struct synth_patient *patient = &census.at[i].patient;
        const struct synth_source *errors = world.organisations[patient->organisation].errors;
        check(&household.people[census.at[i].person], patient);
        count(has(patient, SYNTH_ALTERED_LEFT) ? &left
              : patient->copy == 0             ? &taken[errors - synth_source_table]
                                               : &copies,
              patient);
    }
}

static int make_people(void **state)
{
    (void)state;
    static struct arena arena;
    struct fault failure = FAULT_INIT;
    arena_init(&arena, MIB(16));
    if (!synth_world_make(&world, 77, PEOPLE, SYNTH_DEFAULT_YEARS, SYNTH_DEFAULT_TODAY, &arena,
                          &failure)) {
        return -1;
    }
    for (uint64_t number = 0, i = 0; number < PEOPLE; i++) {
        synth_household_make(&world, i, number, &household);
        synth_census_make(&world, &household, &census);
        take_in_census();
        for (uint32_t p = 0; p < household.count; p++) {
            take_in_person(&household.people[p]);
        }
        number += household.count;
    }
    *state = &arena;
    return 0;
}

static int release(void **state)
{
    arena_release(*state);
    return 0;
}

static int64_t root(int64_t of)
{
    int64_t r = 0;
    while ((r + 1) * (r + 1) <= of) {
        r++;
    }
    return r;
}

/* is part / whole near `per_10000`, within `slack` per cent of it and four standard errors? */
static bool near(uint64_t part, uint64_t whole, int64_t per_10000, int64_t slack)
{
    int64_t expected = (int64_t)whole * per_10000 / 10000;
    int64_t allowed = 4 * root(expected + 1) + expected * slack / 100 + 1;
    int64_t off = (int64_t)part - expected;
    return off >= -allowed && off <= allowed;
}

static void expect(const struct tally *tally, enum synth_alteration alteration, int64_t per_10000,
                   int64_t slack, const char *source, const char *what)
{
    if (!near(tally->altered[alteration], tally->patients, per_10000, slack)) {
        fail_msg("%s: %s %llu of %llu, not %lld per 10,000", source, what,
                 (unsigned long long)tally->altered[alteration],
                 (unsigned long long)tally->patients, (long long)per_10000);
    }
}

static void test_what_differs_is_told(void **state)
{
    (void)state;
    assert_int_equal(altered_without_reason, 0);
}

static void test_three_patients_a_person(void **state)
{
    (void)state;
    uint64_t patients = copies.patients;
    for (size_t i = 0; i < SYNTH_SOURCE_COUNT; i++) {
        patients += taken[i].patients;
    }
    assert_in_range(patients * 100 / people, 270, 330);
    assert_true(left.altered[SYNTH_ALTERED_LEFT] == left.patients);
    assert_int_equal(taken[SYNTH_SOURCE_PRACTICE].patients, people);
}

static void test_error_rates(void **state)
{
    (void)state;
    static const char *const names[] = { "practice",  "hospital", "emergency", "community",
                                         "ambulance", "urgent",   "council" };
    for (size_t i = 0; i < SYNTH_SOURCE_COUNT; i++) {
        const struct synth_source *row = &synth_source_table[i];
        const struct tally *tally = i == SYNTH_SOURCE_EMERGENCY ? &copies : &taken[i];
        const char *name = names[i];
        assert_true(tally->patients > 2500);
        expect(tally, SYNTH_ALTERED_NUMBER_MISSING, 10000 - row->present, 0, name, "number");
        expect(tally, SYNTH_ALTERED_GIVEN_MISSPELT, row->given_misspelt, 40, name, "given");
        expect(tally, SYNTH_ALTERED_FAMILY_MISSPELT, row->family_misspelt, 40, name, "family");
        expect(tally, SYNTH_ALTERED_FAMILY_OLD, row->family_old, 40, name, "old family");
        /* and of 1 % of people, whose names are Chinese, 8 % */
        expect(tally, SYNTH_ALTERED_NAMES_SWAPPED, row->swapped + 7, 10, name, "swapped");
        expect(tally, SYNTH_ALTERED_GIVEN_SHORT, row->given_short, 50, name, "short");
        expect(tally, SYNTH_ALTERED_BIRTH_MISSING, row->birth_missing, 0, name, "birth");
        expect(tally, SYNTH_ALTERED_BIRTH_ESTIMATED, row->birth_estimated, 0, name, "estimated");
        expect(tally, SYNTH_ALTERED_BIRTH_OTHER, row->birth_other, 5, name, "other birth");
        expect(tally, SYNTH_ALTERED_POSTCODE_MISSING, row->postcode_missing, 0, name, "postcode");
        expect(tally, SYNTH_ALTERED_POSTCODE_WRONG, row->postcode_wrong, 0, name, "postcode");
        expect(tally, SYNTH_ALTERED_ADDRESS_OLD, row->address_old, 25, name, "old address");
        expect(tally, SYNTH_ALTERED_PRACTICE_OLD, row->practice_old, 30, name, "old practice");
        expect(tally, SYNTH_ALTERED_PHONE_OLD, row->phone_old, 0, name, "phone");
        expect(tally, SYNTH_ALTERED_ETHNICITY_MISSING, row->ethnicity_missing, 0, name,
               "ethnicity");
        uint64_t sexes =
            tally->altered[SYNTH_ALTERED_SEX_WRONG] + tally->altered[SYNTH_ALTERED_SEX_UNKNOWN];
        assert_true(near(sexes, tally->patients, row->sex_wrong, 0));
    }
}

static void test_duplicates(void **state)
{
    (void)state;
    uint64_t hospital = taken[SYNTH_SOURCE_HOSPITAL].patients;
    const struct synth_source *row = &synth_source_table[SYNTH_SOURCE_HOSPITAL];
    assert_true(near(copies.altered[SYNTH_ALTERED_DUPLICATE], hospital, row->duplicate, 0));
    assert_true(near(copies.altered[SYNTH_ALTERED_TEMPORARY], hospital, row->temporary, 0));
    assert_int_equal(copies.altered[SYNTH_ALTERED_DUPLICATE] +
                         copies.altered[SYNTH_ALTERED_TEMPORARY],
                     copies.patients);
}

/* tracing finds most of the ambulance's patients, and none whose date of birth is not right */
static void test_tracing(void **state)
{
    (void)state;
    const struct tally *ambulance = &shared[SYNTH_ORGANISATION_AMBULANCE];
    uint64_t held = ambulance->patients - ambulance->altered[SYNTH_ALTERED_NUMBER_MISSING];
    assert_in_range(held * 100 / ambulance->patients, 72, 80);
    assert_int_equal(taken[SYNTH_SOURCE_AMBULANCE].altered[SYNTH_ALTERED_NUMBER_TRACED], 0);
    assert_true(ambulance->altered[SYNTH_ALTERED_NUMBER_TRACED] > 50000);
}

static void test_wrong_numbers(void **state)
{
    (void)state;
    uint64_t another = 0, second = 0, former = 0, patients = 0;
    for (size_t i = 0; i < SYNTH_ORGANISATION_COUNT; i++) {
        another += shared[i].altered[SYNTH_ALTERED_NUMBER_OF_ANOTHER];
        second += shared[i].altered[SYNTH_ALTERED_NUMBER_SECOND];
        former += shared[i].altered[SYNTH_ALTERED_NUMBER_FORMER];
        patients += shared[i].patients;
    }
    assert_in_range(another * 100000 / patients, 15, 70); /* .02 %, and twins */
    /* two numbers .05 % of people, most of them merged; a new one at adoption .02 % of children a
     * year; who was told of neither is few */
    assert_in_range(numbers.twice * 100000 / people, 30, 70);
    assert_true(numbers.unmerged > 0 && numbers.unmerged < numbers.twice);
    assert_in_range(numbers.adopted * 100000 / people, 20, 70);
    assert_in_range(second * 1000000 / patients, 20, 250);
    assert_in_range(former * 1000000 / patients, 5, 150);
}

/* 20 to 25 % of practices are told of a new name after more than a year; the hospital by itself */
static void test_changes_are_told_late(void **state)
{
    (void)state;
    static const struct {
        uint64_t least, most; /* per cent of practices */
    } old[] = { { 40, 80 }, { 22, 50 }, { 10, 22 }, { 3, 10 } };
    for (size_t i = 0; i < ARRAY_LENGTH(renamed); i++) {
        assert_true(renamed[i].people > 40);
        assert_in_range(renamed[i].practice_old * 100 / renamed[i].people, old[i].least,
                        old[i].most);
        assert_true(renamed[i].hospital_old > renamed[i].practice_old);
    }
    /* within a year the two differ in one case of four at least */
    assert_true((renamed[0].differ + renamed[1].differ) * 4 >
                renamed[0].people + renamed[1].people);
}

/* registered lists are about 1.06 times the residents */
static void test_lists_are_longer_than_residents(void **state)
{
    (void)state;
    uint64_t living = people - dead;
    uint64_t unknown = taken[SYNTH_SOURCE_PRACTICE].altered[SYNTH_ALTERED_DEATH_UNKNOWN];
    assert_in_range((living + unknown + left.patients) * 1000 / living, 1045, 1075);
    assert_true(left.altered[SYNTH_ALTERED_ADDRESS_OLD] == left.patients);
}

static void test_choices(void **state)
{
    (void)state;
    assert_true(near(objections, people, 35, 0));
    assert_in_range(opt_outs * 1000 / people, 48, 60);
    assert_true(near(type1, people, 300, 0));
    assert_true(near(restricted, people, 6, 0));
    assert_true(near(dissent, people, 140, 0));
}

static void test_short_forms(void **state)
{
    (void)state;
    for (size_t i = 1; i < SYNTH_SHORT_FORM_COUNT; i++) {
        assert_true(
            slice_compare(synth_short_form_table[i - 1].name, synth_short_form_table[i].name) < 0);
    }
    assert_slice(synth_short_form(SLICE("William")), "Bill");
    assert_slice(synth_short_form(SLICE("Yetunde")), "Yemi");
    assert_int_equal(synth_short_form(SLICE("Xavier")).len, 0);
}

/* the same whoever asks, in whatever order, and however many sources there are before it */
static void test_determinism(void **state)
{
    (void)state;
    struct synth_household *other = calloc(1, sizeof(*other));
    struct synth_census *again = calloc(1, sizeof(*again));
    assert_non_null(other);
    assert_non_null(again);
    synth_household_make(&world, 9, 20, &household);
    synth_census_make(&world, &household, &census);
    synth_household_make(&world, 3, 7, other);
    synth_household_make(&world, 9, 20, other);
    synth_census_make(&world, other, again);
    assert_int_equal(again->count, census.count);
    for (uint32_t i = 0; i < census.count; i++) {
        const struct synth_patient *a = &census.at[i].patient;
        const struct synth_patient *b = &again->at[i].patient;
        assert_string_equal(a->given, b->given);
        assert_string_equal(a->family, b->family);
        assert_string_equal(a->local_id, b->local_id);
        assert_string_equal(a->postcode, b->postcode);
        assert_string_equal(a->nhs_number, b->nhs_number);
        assert_int_equal(a->alterations, b->alterations);
        assert_int_equal(a->birth, b->birth);
    }
    free(other);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_differs_is_told),
        cmocka_unit_test(test_three_patients_a_person),
        cmocka_unit_test(test_error_rates),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_tracing),
        cmocka_unit_test(test_wrong_numbers),
        cmocka_unit_test(test_changes_are_told_late),
        cmocka_unit_test(test_lists_are_longer_than_residents),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_short_forms),
        cmocka_unit_test(test_determinism),
    };
    return cmocka_run_group_tests(tests, make_people, release);
}
