/*
 * How people use care, against rate.csv and the published shares: rates by age, weekdays, the
 * pandemic, missed appointments, readmissions, mishaps; and how much of it is written down.
 *
 * What a person should have had is the sum over their days of the rate at their age then; people
 * are grouped by their age at the end. Four years of window keep the pandemic out.
 */
#include "support/check.h"

#include "each_life.h"

#include "base/instant.h"
#include "base/limits.h"
#include "synth/fhir_writer.h"
#include "synth/mishaps.h"
#include "synth/synth.h"
#include "synth/use.h"

#define SEED    20263
#define PEOPLE  20000
#define WRITTEN 5000 /* lives of five years written as FHIR */

enum band { UNDER_5, UNDER_15, UNDER_45, UNDER_65, UNDER_75, UNDER_85, OLDEST, BANDS };

struct mishap_count {
    uint64_t of, with;
};

static struct {
    uint64_t people;
    uint64_t found[SYNTH_CONTACT_COUNT][BANDS];
    int64_t expected[SYNTH_CONTACT_COUNT][BANDS]; /* of 365,250 */
    uint64_t happened[SYNTH_CONTACT_COUNT];
    uint64_t written[SYNTH_CONTACT_COUNT];
    uint64_t visits_on[SYNTH_IN_AMBULANCE + 1][7]; /* encounters by setting and weekday */
    uint64_t stays, stays_back, attended, attended_back;
    uint64_t ambulance, brought, died_there;
    uint64_t faults;
    uint32_t contacts_of[PEOPLE]; /* practice, each person */
    struct mishap_count uncoded_practice, uncoded_emergency, uncoded_ward, preliminary, late,
        cancelled;
} care;

static enum band band_of(int32_t age)
{
    return age < 5    ? UNDER_5
           : age < 15 ? UNDER_15
           : age < 45 ? UNDER_45
           : age < 65 ? UNDER_65
           : age < 75 ? UNDER_75
           : age < 85 ? UNDER_85
                      : OLDEST;
}

static void fault(const struct synth_life *life, const char *what)
{
    print_error("person %llu: %s\n", (unsigned long long)life->person->number, what);
    care.faults++;
}

/* -- what was expected, what came -------------------------------------------------------------- */

static void count_contacts(const struct synth_life *life)
{
    enum band band = band_of(life->age);
    for (size_t kind = 0; kind < SYNTH_CONTACT_COUNT; kind++) {
        const struct synth_tally *tally = &life->tally[kind];
        care.found[kind][band] += tally->happened;
        care.happened[kind] += tally->happened;
        care.written[kind] += tally->written;
        if (tally->written > tally->happened) {
            fault(life, "more written down than happened");
        }
        for (int32_t day = life->window; day <= life->until; day += 30) {
            int32_t rate = use_rate(life->world, (enum synth_contact_key)kind, life->person->sex,
                                    life_age_at(life, day));
            int32_t days = life->until - day + 1 < 30 ? life->until - day + 1 : 30;
            care.expected[kind][band] += rate < 0 ? 0 : (int64_t)rate * days;
        }
    }
    care.contacts_of[care.people] = life->tally[SYNTH_CONTACT_PRACTICE].happened;
}

/* the next encounter of that setting after `index` starts within so many days of its end */
static bool comes_back(const struct synth_life *life, size_t index, int32_t days)
{
    const struct synth_item *item = &life->items.at[index];
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *other = &life->items.at[i];
        bool same = i != index && other->kind == SYNTH_ENCOUNTER &&
                    other->setting == item->setting && other->organisation == item->organisation &&
                    other->visit != NULL && !other->visit->planned &&
                    other->visit->specialty.len > 0 &&
                    !slice_starts_with(other->visit->admission_method, SLICE("3")) &&
                    !slice_starts_with(other->visit->admission_method, SLICE("8"));
        if (same && other->start > item->end &&
            other->start <= item->end + days * SYNTH_DAY_MINUTES) {
            return true;
        }
    }
    return false;
}

static void count_hospital(const struct synth_life *life, size_t index)
{
    const struct synth_item *item = &life->items.at[index];
    bool room = synth_day_of(item->start) + 31 <= life->until;
    if (item->setting == SYNTH_ON_WARD && item->visit != NULL &&
        slice_starts_with(item->visit->admission_method, SLICE("2"))) {
        care.died_there += item->death;
        if (room && !item->death && item->end != SYNTH_NEVER) {
            care.stays++;
            care.stays_back += comes_back(life, index, 30);
        }
    }
    if (item->setting == SYNTH_IN_EMERGENCY) {
        care.attended++;
        care.attended_back += comes_back(life, index, 7);
        care.brought += item->visit->arrival == 1;
    }
}

static void count_mishap(struct mishap_count *count, const struct synth_item *item,
                         enum synth_mishap mishap)
{
    count->of++;
    count->with += mishap_is(item, mishap);
}

static void count_mishaps(const struct synth_life *life, const struct synth_item *item)
{
    bool practice = item->organisation == life->person->practice;
    enum synth_setting setting = item->encounter != SYNTH_NO_ITEM
                                     ? (enum synth_setting)life->items.at[item->encounter].setting
                                     : SYNTH_AT_SURGERY;
    bool hospital = item->organisation == SYNTH_ORGANISATION_HOSPITAL;
    if (item->kind == SYNTH_CONDITION && !item->problem) {
        if (practice) {
            count_mishap(&care.uncoded_practice, item, SYNTH_MISHAP_UNCODED);
        } else if (hospital && setting == SYNTH_IN_EMERGENCY) {
            count_mishap(&care.uncoded_emergency, item, SYNTH_MISHAP_UNCODED);
        } else if (hospital && setting == SYNTH_ON_WARD) {
            count_mishap(&care.uncoded_ward, item, SYNTH_MISHAP_UNCODED);
        }
    }
    bool recent = synth_day_of(item->recorded) >= life->window;
    if (item->kind == SYNTH_OBSERVATION && recent) {
        bool laboratory =
            item->test != NULL && slice_equal(item->test->category, SLICE("laboratory"));
        count_mishap(&care.late, item, SYNTH_MISHAP_LATE);
        count_mishap(&care.cancelled, item, SYNTH_MISHAP_CANCELLED);
        if (laboratory) {
            count_mishap(&care.preliminary, item, SYNTH_MISHAP_PRELIMINARY);
        }
    }
}

static bool is_childs_birth(const struct synth_life *life, int32_t day)
{
    const struct synth_household *household = life->household;
    for (uint32_t i = 0; i < household->count; i++) {
        const struct synth_person *child = &household->people[i];
        if (child->mother >= 0 && &household->people[child->mother] == life->person &&
            child->birth == day) {
            return true;
        }
    }
    return false;
}

static void check_item(const struct synth_life *life, const struct synth_item *item)
{
    int32_t day = synth_day_of(item->start);
    bool booked = item->kind == SYNTH_APPOINTMENT && item->status == SYNTH_ACTIVE;
    const struct synth_visit *visit = item->visit;
    if (day < life->person->birth || (day > life->until && !booked)) {
        fault(life, "outside of the life");
        print_error("  kind %d of organisation %d, %lld minutes after its end\n", (int)item->kind,
                    (int)item->organisation,
                    (long long)(item->start - synth_when_of(life->until + 1, 0)));
    }
    if (item->end != SYNTH_NEVER && item->kind == SYNTH_ENCOUNTER &&
        (item->end < item->start || synth_day_of(item->end) > life->until)) {
        fault(life, "an encounter that ends before it begins, or after the life");
    }
    if (item->code == &synth_code_table[SYNTH_CODE_LIVE_BIRTH] && !is_childs_birth(life, day)) {
        fault(life, "a birth without a child");
    }
    if (visit != NULL && slice_equal(visit->admission_method, SLICE("82")) &&
        (life->person->mother < 0 || day != life->person->birth)) {
        fault(life, "a newborn without a mother");
    }
    if (visit != NULL && visit->requested != SYNTH_NEVER &&
        (visit->requested > item->start || synth_day_of(visit->requested) < life->person->birth)) {
        fault(life, "asked for after it was had, or before birth");
    }
    if (visit != NULL && visit->admission_method.len > 0 &&
        (visit->admission_source.len == 0 || visit->discharge_method.len == 0 ||
         visit->discharge_destination.len == 0 || visit->ward.len == 0)) {
        fault(life, "a stay that lacks what commissioning asks");
    }
}

static void take_in(const struct synth_life *life)
{
    assert_false(life->failed);
    assert_true(care.people < PEOPLE);
    count_contacts(life);
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        check_item(life, item);
        count_mishaps(life, item);
        if (item->kind == SYNTH_ENCOUNTER) {
            care.visits_on[item->setting][synth_weekday(synth_day_of(item->start))]++;
            count_hospital(life, i);
        }
    }
    care.people++;
}

static int make_people(void **state)
{
    (void)state;
    each_life(SEED, PEOPLE, 4, take_in);
    return 0;
}

/* -- the tests --------------------------------------------------------------------------------- */

static void test_contacts_make_sense(void **state)
{
    (void)state;
    assert_int_equal(care.faults, 0);
}

static int64_t root(int64_t of)
{
    int64_t r = 0;
    while ((r + 1) * (r + 1) <= of) {
        r++;
    }
    return r;
}

/* people differ in how much they use, so counts spread about twice as far as Poisson's */
static bool is_near(const char *what, uint64_t found, int64_t expected, int64_t per_cent)
{
    int64_t allowed = expected * per_cent / 100;
    int64_t chance = 6 * root(expected);
    allowed = allowed > chance ? allowed : chance;
    if ((int64_t)found < expected - allowed || (int64_t)found > expected + allowed) {
        print_error("%s: %llu, expected %lld +- %lld\n", what, (unsigned long long)found,
                    (long long)expected, (long long)allowed);
        return false;
    }
    return true;
}

static void test_rates_by_age(void **state)
{
    (void)state;
    static const enum synth_contact_key kinds[] = {
        SYNTH_CONTACT_PRACTICE,
        SYNTH_CONTACT_EMERGENCY,
        SYNTH_CONTACT_EMERGENCY_ADMISSION,
        SYNTH_CONTACT_ELECTIVE_ADMISSION,
        SYNTH_CONTACT_DAY_CASE,
        SYNTH_CONTACT_OUTPATIENT_FIRST,
        SYNTH_CONTACT_OUTPATIENT_FOLLOW_UP,
        SYNTH_CONTACT_CALL_111,
        SYNTH_CONTACT_AMBULANCE,
    };
    int missed = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        int64_t expected = 0;
        for (int band = 0; band < BANDS; band++) {
            char what[64];
            snprintf(what, sizeof(what), "%.*s, band %d",
                     SLICE_PRINT(synth_contact_table[kinds[i]].key), band);
            /* a small child's clinics cannot have begun before it was born: fewer follow-ups */
            bool small = kinds[i] == SYNTH_CONTACT_OUTPATIENT_FOLLOW_UP && band == 0;
            missed += !is_near(what, care.found[kinds[i]][band],
                               care.expected[kinds[i]][band] / 365250, small ? 25 : 15);
            expected += care.expected[kinds[i]][band] / 365250;
        }
        char what[64];
        snprintf(what, sizeof(what), "%.*s, all", SLICE_PRINT(synth_contact_table[kinds[i]].key));
        missed += !is_near(what, care.happened[kinds[i]], expected, 10);
    }
    assert_int_equal(missed, 0);
}

/* per mille of `whole` */
static uint64_t share(uint64_t part, uint64_t whole)
{
    return part * 1000 / (whole > 0 ? whole : 1);
}

static uint64_t week_of(enum synth_setting setting)
{
    uint64_t sum = 0;
    for (int i = 0; i < 7; i++) {
        sum += care.visits_on[setting][i];
    }
    return sum;
}

static void test_weekdays(void **state)
{
    (void)state;
    const uint64_t *emergency = care.visits_on[SYNTH_IN_EMERGENCY];
    const uint64_t *surgery = care.visits_on[SYNTH_AT_SURGERY];
    const uint64_t *clinic = care.visits_on[SYNTH_IN_CLINIC];
    assert_in_range(share(emergency[1], week_of(SYNTH_IN_EMERGENCY)), 150, 170); /* Monday 16% */
    assert_in_range(share(emergency[5], week_of(SYNTH_IN_EMERGENCY)), 127, 147);
    assert_in_range(share(surgery[1], week_of(SYNTH_AT_SURGERY)), 205, 250);
    assert_true(share(clinic[0] + clinic[6], week_of(SYNTH_IN_CLINIC)) < 40);
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void test_use_is_uneven(void **state)
{
    (void)state;
    uint64_t all = 0;
    uint64_t top = 0;
    qsort(care.contacts_of, PEOPLE, sizeof(care.contacts_of[0]), by_number);
    for (size_t i = 0; i < PEOPLE; i++) {
        all += care.contacts_of[i];
        top += i >= PEOPLE * 9 / 10 ? care.contacts_of[i] : 0;
    }
    assert_in_range(share(top, all), 340, 460); /* a tenth of people has 38 to 40% of contacts */
}

static void test_missed_and_cancelled(void **state)
{
    (void)state;
    uint64_t missed = care.happened[SYNTH_CONTACT_OUTPATIENT_MISSED];
    uint64_t booked = care.happened[SYNTH_CONTACT_OUTPATIENT_FIRST] +
                      care.happened[SYNTH_CONTACT_OUTPATIENT_FOLLOW_UP] + missed +
                      care.happened[SYNTH_CONTACT_OUTPATIENT_CANCELLED];
    uint64_t practice = care.happened[SYNTH_CONTACT_PRACTICE_MISSED];
    assert_in_range(share(missed, booked), 62, 84); /* 7.3 to 7.6% */
    assert_in_range(share(care.happened[SYNTH_CONTACT_OUTPATIENT_CANCELLED], booked), 104, 140);
    assert_in_range(share(practice, practice + care.happened[SYNTH_CONTACT_PRACTICE]), 35, 50);
    uint64_t first = care.happened[SYNTH_CONTACT_OUTPATIENT_FIRST];
    uint64_t ratio = share(care.happened[SYNTH_CONTACT_OUTPATIENT_FOLLOW_UP], first);
    assert_in_range(ratio, 2000, 2600); /* 1 to 2.3 */
}

static void test_returns(void **state)
{
    (void)state;
    assert_in_range(share(care.stays_back, care.stays), 123, 167);      /* 14.5% in 30 days */
    assert_in_range(share(care.attended_back, care.attended), 70, 104); /* 8.7% in 7 days */
    assert_in_range(share(care.brought, care.attended), 200, 290);      /* 24% by ambulance */
    assert_in_range(share(care.died_there, care.happened[SYNTH_CONTACT_EMERGENCY_ADMISSION]), 22,
                    46); /* 3.3% */
}

static void test_mishaps(void **state)
{
    (void)state;
    assert_in_range(share(care.uncoded_practice.with, care.uncoded_practice.of), 72, 88);
    assert_in_range(share(care.uncoded_emergency.with, care.uncoded_emergency.of), 105, 135);
    assert_in_range(share(care.uncoded_ward.with, care.uncoded_ward.of), 0, 12);
    assert_in_range(share(care.preliminary.with, care.preliminary.of), 112, 128);
    assert_in_range(share(care.late.with, care.late.of), 31, 39);
    assert_in_range(share(care.cancelled.with, care.cancelled.of), 5, 11);
}

static void test_written_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < SYNTH_CONTACT_COUNT; i++) {
        const struct synth_contact *row = &synth_contact_table[i];
        uint64_t of = care.happened[i];
        bool counted = i == SYNTH_CONTACT_PRACTICE || i == SYNTH_CONTACT_AMBULANCE;
        if (of < 2000 || counted) { /* some of these are written down by another rule */
            continue;
        }
        uint64_t found = share(care.written[i], of);
        assert_in_range(found + 25, (uint64_t)row->written_pct * 10,
                        (uint64_t)row->written_pct * 10 + 50);
    }
    assert_in_range(
        share(care.written[SYNTH_CONTACT_PRACTICE], care.happened[SYNTH_CONTACT_PRACTICE]), 600,
        900);
}

/* -- the pandemic ------------------------------------------------------------------------------ */

static struct {
    uint64_t emergency[2], clinic[2]; /* encounters of April 2023, and of April 2020 */
} spring;

/* births go on */
static bool is_consultant_clinic(const struct synth_item *item)
{
    return item->setting == SYNTH_IN_CLINIC && item->organisation == SYNTH_ORGANISATION_HOSPITAL &&
           item->visit != NULL && !slice_starts_with(item->visit->specialty, SLICE("5"));
}

static void count_spring(const struct synth_life *life)
{
    int32_t dip = (int32_t)instant_days_from_civil(2020, 4, 1);
    int32_t later = (int32_t)instant_days_from_civil(2023, 4, 1);
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        int32_t day = synth_day_of(item->start);
        bool during = day >= dip && day < dip + 30;
        bool after = day >= later && day < later + 30;
        if (item->kind == SYNTH_ENCOUNTER && (during || after)) {
            spring.emergency[during] += item->setting == SYNTH_IN_EMERGENCY;
            spring.clinic[during] += is_consultant_clinic(item);
        }
    }
}

static void test_pandemic(void **state)
{
    (void)state;
    each_life(SEED, 8000, 7, count_spring);
    assert_true(spring.emergency[0] > 100 && spring.clinic[0] > 100);
    assert_in_range(share(spring.emergency[1], spring.emergency[0]), 330, 600); /* 0.43 */
    assert_in_range(share(spring.clinic[1], spring.clinic[0]), 250, 700);       /* 0.55, fewer in
                                                                                 * person */
}

/* -- the shape of the year --------------------------------------------------------------------- */

#define FIRST_YEAR 2023 /* three whole years behind the pandemic */
#define LAST_YEAR  2025

static uint64_t emergencies_in[12], calls_in[12];

static void count_months(const struct synth_life *life)
{
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        int32_t day = synth_day_of(item->start);
        int32_t year = synth_year_of(day);
        if (item->kind == SYNTH_ENCOUNTER && year >= FIRST_YEAR && year <= LAST_YEAR) {
            size_t month = (size_t)synth_month_of(day) - 1;
            emergencies_in[month] += item->setting == SYNTH_IN_EMERGENCY;
            calls_in[month] += item->organisation == SYNTH_ORGANISATION_URGENT &&
                               item->setting == SYNTH_BY_TELEPHONE;
        }
    }
}

/* of each month about its part of all, by the weight of its days */
static void check_months(const uint64_t found[12], const int32_t weight[12])
{
    static const int32_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    uint64_t all = 0;
    uint64_t weights = 0;
    for (size_t m = 0; m < 12; m++) {
        all += found[m];
        weights += (uint64_t)(weight[m] * days[m]);
    }
    assert_true(all > 5000);
    for (size_t m = 0; m < 12; m++) {
        uint64_t expected = all * (uint64_t)(weight[m] * days[m]) / weights;
        if (found[m] * 100 < expected * 87 || found[m] * 100 > expected * 113) {
            fail_msg("month %zu: %llu, not about %llu", m + 1, (unsigned long long)found[m],
                     (unsigned long long)expected);
        }
    }
}

static void test_months(void **state)
{
    (void)state;
    each_life(SEED, 12000, SYNTH_DEFAULT_YEARS, count_months);
    check_months(emergencies_in, synth_calendar_table[SYNTH_CALENDAR_EMERGENCY].month);
    check_months(calls_in, synth_calendar_table[SYNTH_CALENDAR_CALL_111].month);
}

/* -- how much is written ----------------------------------------------------------------------- */

static uint64_t resources;

static void write_life(const struct synth_life *life)
{
    struct strbuf out;
    strbuf_init(&out, MIB(16));
    for (uint32_t org = 0; org < life->world->organisation_count; org++) {
        uint32_t copies = life_known_to(life, (synth_org)org)
                              ? synth_patient_count(life->world, life->person, (synth_org)org)
                              : 0;
        for (uint32_t copy = 0; copy < copies; copy++) {
            struct synth_patient patient;
            uint32_t count;
            synth_patient_make(life->world, life->person, (synth_org)org, (uint8_t)copy, &patient);
            strbuf_clear(&out);
            synth_fhir_write(life, &patient, &out, &count);
            assert_false(out.failed);
            resources += count;
        }
    }
    strbuf_release(&out);
}

static void test_density(void **state)
{
    (void)state;
    each_life(SEED, WRITTEN, SYNTH_DEFAULT_YEARS, write_life);
    print_message("resources a person: %llu\n", (unsigned long long)(resources / WRITTEN));
    assert_in_range(resources / WRITTEN, 130, 155);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contacts_make_sense),
        cmocka_unit_test(test_rates_by_age),
        cmocka_unit_test(test_weekdays),
        cmocka_unit_test(test_use_is_uneven),
        cmocka_unit_test(test_missed_and_cancelled),
        cmocka_unit_test(test_returns),
        cmocka_unit_test(test_mishaps),
        cmocka_unit_test(test_written_as_the_table_says),
        cmocka_unit_test(test_pandemic),
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_density),
    };
    return cmocka_run_group_tests(tests, make_people, NULL);
}
