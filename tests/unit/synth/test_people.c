/*
 * The people of the county against the tables that they come from: 200,000 of them.
 *
 * Ages and sexes within 1.5 % of a five-year band of the ONS table, or four standard errors;
 * households, homes and areas within 15 % of what is published; names within the shares of the
 * rates.
 */
#include "support/check.h"

#include "base/limits.h"
#include "synth/household.h"
#include "synth/names.h"
#include "synth/synth.h"

#define PEOPLE 200000
#define BANDS  19
#define NAMES  (1u << 20)

static struct synth_world world;
static struct synth_household household;

static struct {
    uint64_t people, living, households, dead;
    uint64_t of_band[2][BANDS];
    uint64_t size[12];
    uint64_t alone[BANDS], coupled[BANDS], all[BANDS], with_parent[BANDS];
    uint64_t tenth[11];
    uint64_t care, hall, no_abode, twins, carers, interpreters, placeholders, abroad;
    uint64_t marital[5], adults;
    uint64_t middle[3], used, joined, changed, moved, language, not_white;
    uint64_t other_practice, short_form;
    uint64_t care_age[BANDS];
    uint64_t practice[SYNTH_MAX_ORGANISATIONS];
    uint64_t young, young_alone;              /* 16 to 24 */
    uint64_t born[12], left[12], to_hall[12]; /* by month: births, moves, those into halls */
    uint64_t faults;
} tally;

/* how many bear a name: open addressing by a hash of the text */
struct bearer {
    uint64_t hash;
    uint32_t count;
};
static struct bearer *surnames, *forenames;

static uint64_t hash_of(struct slice text)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.ptr[i]) * 1099511628211u;
    }
    return hash | 1;
}

static void bear(struct bearer *bearers, struct slice name)
{
    uint64_t hash = hash_of(name);
    size_t at = (hash >> 20) % NAMES;
    while (bearers[at].hash != 0 && bearers[at].hash != hash) {
        at = (at + 1) % NAMES;
    }
    bearers[at].hash = hash;
    bearers[at].count++;
}

static int by_count(const void *a, const void *b)
{
    uint32_t one = ((const struct bearer *)a)->count;
    uint32_t other = ((const struct bearer *)b)->count;
    return one > other ? -1 : one < other;
}

static void fault(const struct synth_person *person, const char *what)
{
    print_error("household %llu: %s\n", (unsigned long long)person->household, what);
    tally.faults++;
}

/* -- what may not be --------------------------------------------------------------------------- */

static void check_child(const struct synth_person *child)
{
    const struct synth_person *mother = &household.people[child->mother];
    int32_t at_birth = synth_age_at(mother->birth, child->birth);
    if (mother->sex != 'F' || at_birth < 14 || at_birth > 55) {
        fault(child, "a mother who could not be");
    }
    if (child->father >= 0) {
        const struct synth_person *father = &household.people[child->father];
        if (father->sex != 'M' || synth_age_at(father->birth, child->birth) < 14) {
            fault(child, "a father who could not be");
        }
    }
    for (uint32_t i = 0; i < household.count; i++) {
        const struct synth_person *other = &household.people[i];
        int32_t apart = other->birth - child->birth;
        bool twins = other == child + child->twin || other == child;
        if (other->mother == child->mother && !twins && apart > -280 && apart < 280) {
            fault(child, "brothers or sisters born too soon after one another");
        }
        struct slice its = other->used.len > 0 ? other->used : other->given;
        struct slice ours = child->used.len > 0 ? child->used : child->given;
        if (other->mother == child->mother && other != child && slice_equal(its, ours)) {
            fault(child, "brothers or sisters of one name");
        }
    }
}

static void check_dates(const struct synth_person *person)
{
    int32_t end = synth_person_until(person, world.today);
    if (person->birth > end || (person->death != SYNTH_NO_DAY && person->death >= world.today)) {
        fault(person, "dead before birth, or in the future");
    }
    if (person->death != SYNTH_NO_DAY && person->death < world.today - world.years * 366) {
        fault(person, "dead before the window");
    }
    if (person->married != SYNTH_NO_DAY &&
        (person->married > end || synth_age_at(person->birth, person->married) < 16)) {
        fault(person, "married as a child, or not yet");
    }
    int32_t before = end + 1;
    for (uint32_t i = 0; i < person->past_count; i++) {
        if (person->past[i].until >= before || person->past[i].until < person->birth) {
            fault(person, "a move out of order");
        }
        before = person->past[i].until;
    }
    for (uint32_t i = 0; i < person->former_count; i++) {
        if (person->former[i].until > end || person->former[i].until < person->birth) {
            fault(person, "a change of name before birth, or not yet");
        }
    }
}

static void check_text(const struct synth_person *person)
{
    if (person->given.len == 0 || person->family.len == 0 || person->prefix.len == 0 ||
        person->phone[0] == '\0' || person->given.len > 40 || person->family.len > 50) {
        fault(person, "a name that is none");
    }
    if (person->practice < SYNTH_FIRST_PRACTICE || person->practice >= world.organisation_count ||
        person->tenth < 1 || person->tenth > 10) {
        fault(person, "no practice, or no tenth");
    }
}

/* -- counting ---------------------------------------------------------------------------------- */

static size_t band_of(int32_t age)
{
    return age >= 90 ? BANDS - 1 : (size_t)age / 5;
}

static void count_months(const struct synth_person *person)
{
    tally.born[synth_month_of(person->birth) - 1]++;
    for (uint32_t i = 0; i < person->past_count; i++) {
        int32_t month = synth_month_of(person->past[i].until) - 1;
        tally.left[month]++;
        tally.to_hall[month] += person->home == SYNTH_HOME_HALL;
    }
}

static void count_living(const struct synth_person *person, int32_t age)
{
    size_t band = band_of(age);
    tally.living++;
    tally.of_band[person->sex == 'F'][band]++;
    tally.all[band]++;
    tally.alone[band] += person->alone;
    tally.coupled[band] +=
        person->partner >= 0 && household.people[person->partner].death == SYNTH_NO_DAY;
    tally.with_parent[band] += person->mother >= 0;
    tally.care += person->care_home;
    tally.care_age[band] += person->care_home;
    tally.hall += person->home == SYNTH_HOME_HALL;
    tally.no_abode += person->no_abode;
    tally.twins += person->twin != 0 && age < 18;
    tally.carers += person->carer;
    tally.interpreters += person->interpreter;
    tally.abroad += person->born_abroad;
    tally.language += person->language != NULL;
    tally.placeholders += person->placeholder_birth;
    tally.tenth[person->tenth]++;
    tally.practice[person->practice]++;
    tally.moved += person->past_count > 0;
    tally.other_practice += person->old_practice != person->practice;
    tally.short_form += synth_short_form(person->given).len > 0 || person->used.len > 0;
    tally.changed += person->former_count > 0;
    tally.not_white += person->ethnicity->code.ptr[0] > 'C';
    if (age >= 16 && age <= 24) {
        tally.young++;
        tally.young_alone += person->alone;
    }
    if (age >= 16) {
        tally.adults++;
        tally.marital[person->marital]++;
    }
}

static void count_names(const struct synth_person *person)
{
    bear(surnames, person->family);
    bear(forenames, person->given);
    size_t spaces = 0;
    for (size_t i = 0; i < person->middle.len; i++) {
        spaces += person->middle.ptr[i] == ' ';
    }
    tally.middle[person->middle.len == 0 ? 0 : spaces == 0 ? 1 : 2]++;
    tally.used += person->used.len > 0;
    tally.joined += slice_find(person->family, '-') < person->family.len;
}

static void take_in(void)
{
    size_t living = 0;
    bool private = true;
    tally.households++;
    for (uint32_t i = 0; i < household.count; i++) {
        const struct synth_person *person = &household.people[i];
        check_dates(person);
        check_text(person);
        if (person->mother >= 0) {
            check_child(person);
        }
        count_names(person);
        tally.people++;
        tally.dead += person->death != SYNTH_NO_DAY;
        if (person->death == SYNTH_NO_DAY) {
            count_months(person);
            count_living(person, synth_age_at(person->birth, world.today));
            living++;
        }
        private = private && !person->care_home && person->home != SYNTH_HOME_HALL;
    }
    tally.size[private ? living : 0]++;
}

static int make_people(void **state)
{
    static struct arena arena;
    struct fault failure = FAULT_INIT;
    arena_init(&arena, MIB(16));
    surnames = calloc(NAMES, sizeof(*surnames));
    forenames = calloc(NAMES, sizeof(*forenames));
    if (surnames == NULL || forenames == NULL ||
        !synth_world_make(&world, 4711, PEOPLE, SYNTH_DEFAULT_YEARS, SYNTH_DEFAULT_TODAY, &arena,
                          &failure)) {
        return -1;
    }
    for (uint64_t number = 0; tally.people < PEOPLE; number++) {
        synth_household_make(&world, number, tally.people, &household);
        take_in();
    }
    qsort(surnames, NAMES, sizeof(*surnames), by_count);
    qsort(forenames, NAMES, sizeof(*forenames), by_count);
    *state = &arena;
    return 0;
}

static int release(void **state)
{
    free(surnames);
    free(forenames);
    arena_release(*state);
    return 0;
}

/* per 1000 of `whole` */
static int64_t share(uint64_t part, uint64_t whole)
{
    return (int64_t)(part * 1000 / (whole > 0 ? whole : 1));
}

/* is part / whole within `slack` of per_1000, both per 1000? */
static void expect(const char *what, uint64_t part, uint64_t whole, int64_t per_1000, int64_t slack)
{
    int64_t found = share(part, whole);
    if (found < per_1000 - slack || found > per_1000 + slack) {
        fail_msg("%s: %lld per 1000, not %lld", what, (long long)found, (long long)per_1000);
    }
}

static void test_nothing_impossible(void **state)
{
    (void)state;
    assert_int_equal(tally.faults, 0);
    assert_true(tally.people >= PEOPLE);
}

static int64_t root(int64_t of)
{
    int64_t r = 0;
    while ((r + 1) * (r + 1) <= of) {
        r++;
    }
    return r;
}

static void test_ages_and_sexes(void **state)
{
    (void)state;
    uint64_t table[2][BANDS] = { { 0 } };
    uint64_t all = 0;
    for (size_t i = 0; i < SYNTH_POPULATION_COUNT; i++) {
        const struct synth_population *row = &synth_population_table[i];
        table[0][band_of(row->age)] += (uint64_t)row->males;
        table[1][band_of(row->age)] += (uint64_t)row->females;
        all += (uint64_t)row->males + (uint64_t)row->females;
    }
    for (int sex = 0; sex < 2; sex++) {
        for (size_t band = 0; band < BANDS; band++) {
            int64_t expected = (int64_t)(table[sex][band] * tally.living / all);
            int64_t allowed = 4 * root(expected) + expected * 15 / 1000;
            int64_t off = (int64_t)tally.of_band[sex][band] - expected;
            if (off < -allowed || off > allowed) {
                fail_msg("%s from %zu: %lld more than %lld", sex == 0 ? "men" : "women", band * 5,
                         (long long)off, (long long)expected);
            }
        }
    }
}

/* within 15 % of a published share, per 100,000, or of two standard errors where few are asked */
static void expect_published(const char *what, uint64_t part, uint64_t whole, int64_t published)
{
    int64_t expected = (int64_t)whole * published / 100000;
    int64_t off = (int64_t)part - expected;
    int64_t allowed = expected * 15 / 100;
    allowed = allowed < 2 * root(expected) ? 2 * root(expected) : allowed;
    if (off < -allowed || off > allowed) {
        fail_msg("%s: %llu of %llu, not %lld", what, (unsigned long long)part,
                 (unsigned long long)whole, (long long)expected);
    }
}

static void test_households_by_size(void **state)
{
    (void)state;
    static const int64_t published[] = { 30100, 34000, 16000, 12900, 4500, 2500 };
    uint64_t all = 0;
    uint64_t six = 0;
    for (size_t i = 1; i < ARRAY_LENGTH(tally.size); i++) {
        all += tally.size[i];
        six += i >= 6 ? tally.size[i] : 0;
    }
    for (size_t i = 1; i < 6; i++) {
        expect_published("households of a size", tally.size[i], all, published[i - 1]);
    }
    expect_published("households of six and more", six, all, published[5]);
}

static void test_living_arrangements(void **state)
{
    (void)state;
    uint64_t alone[6] = { 0 }, all[6] = { 0 };
    static const size_t group[BANDS] = { 9, 9, 9, 9, 9, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4 };
    static const int64_t published[] = { 10000, 15000, 26000, 37000, 53000 };
    for (size_t band = 0; band < BANDS; band++) {
        if (group[band] < ARRAY_LENGTH(published)) {
            alone[group[band]] += tally.alone[band];
            all[group[band]] += tally.all[band];
        }
    }
    for (size_t i = 0; i < ARRAY_LENGTH(published); i++) {
        expect_published("living alone", alone[i], all[i], published[i]);
    }
    expect_published("living alone, 16 to 24", tally.young_alone, tally.young, 3000);
    expect("grown children with a parent, 20 to 24", tally.with_parent[4], tally.all[4], 480, 40);
    expect("grown children with a parent, 25 to 29", tally.with_parent[5], tally.all[5], 275, 40);
    assert_in_range(tally.no_abode * 100000 / tally.living, 30, 100);
    assert_in_range(tally.hall * 1000 / tally.living, 2, 12);
}

static void test_care_homes(void **state)
{
    (void)state;
    const uint64_t *in = tally.care_age;
    const uint64_t *all = tally.all;
    expect_published("care home, 65 to 74", in[13] + in[14], all[13] + all[14], 600);
    expect_published("care home, 75 to 84", in[15] + in[16], all[15] + all[16], 2100);
    expect_published("care home, 85 to 89", in[17], all[17], 7500);
    expect_published("care home, 90 and over", in[18], all[18], 18000);
}

/* months are of unequal length: `count` of a month in `all` as 1000ths of an average month */
static int64_t season_of(const uint64_t count[12], size_t month)
{
    static const uint64_t days_x100[] = { 3100, 2825, 3100, 3000, 3100, 3000,
                                          3100, 3100, 3000, 3100, 3000, 3100 };
    uint64_t all = 0;
    for (size_t i = 0; i < 12; i++) {
        all += count[i];
    }
    return (int64_t)(count[month] * 36525 * 1000 / days_x100[month] / all);
}

static void test_seasons(void **state)
{
    (void)state;
    const int32_t *births = synth_season_table[SYNTH_SEASON_BIRTH].month;
    for (size_t month = 0; month < 12; month++) {
        int64_t off = season_of(tally.born, month) - births[month];
        assert_true(off > -35 && off < 35);
    }
    /* of all moves, those of students with them (section 1 of the rates) */
    static const struct {
        size_t month;
        int64_t published;
    } moves[] = { { 8, 1900 }, { 6, 1250 }, { 7, 1250 }, { 11, 700 } };
    for (size_t i = 0; i < ARRAY_LENGTH(moves); i++) {
        int64_t off = season_of(tally.left, moves[i].month) - moves[i].published;
        assert_true(off * 100 > moves[i].published * -12 && off * 100 < moves[i].published * 12);
    }
    uint64_t students = 0;
    for (size_t month = 0; month < 12; month++) {
        students += tally.to_hall[month];
    }
    assert_true(students > 500);
    assert_true((tally.to_hall[8] + tally.to_hall[9]) * 100 > students * 45);
}

static void test_marriages(void **state)
{
    (void)state;
    static const int64_t per_1000[] = { 380, 450, 20, 90, 60 };
    for (size_t i = 0; i < ARRAY_LENGTH(per_1000); i++) {
        expect("marital status", tally.marital[i], tally.adults, per_1000[i], 20);
    }
}

static void test_deprivation(void **state)
{
    (void)state;
    for (size_t i = 0; i < SYNTH_DEPRIVATION_COUNT; i++) {
        int64_t wanted = synth_deprivation_table[i].share * INT64_C(10);
        uint64_t found = tally.tenth[i + 1];
        if (i == 0) { /* less than two areas of six hundred, and those of no fixed abode */
            expect("the first tenth", found, tally.living, wanted / 100, 2);
        } else {
            expect_published("tenth", found, tally.living, wanted);
        }
    }
}

static void test_what_people_are(void **state)
{
    (void)state;
    expect("carers", tally.carers, tally.living, 80, 8);
    expect("interpreters", tally.interpreters, tally.living, 8, 3);
    expect("placeholder births", tally.placeholders, tally.living, 5, 3);
    expect("another main language", tally.language, tally.living, 80, 25);
    expect("born abroad", tally.abroad, tally.living, 165, 35);
    expect("not white", tally.not_white, tally.living, 131, 25);
    expect("twins among children", tally.twins, tally.living, 5, 2);
    expect("dead within five years", tally.dead, tally.people, 41, 5);
}

static void test_practices(void **state)
{
    (void)state;
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    for (uint32_t i = SYNTH_FIRST_PRACTICE; i < world.organisation_count; i++) {
        least = tally.practice[i] < least ? tally.practice[i] : least;
        most = tally.practice[i] > most ? tally.practice[i] : most;
    }
    assert_int_equal(world.organisation_count, SYNTH_FIRST_PRACTICE + 17);
    assert_true(least > 2500 && most > 2 * least);
}

/* who can be held otherwise: the shares of some of them patient.c divides by */
static void test_who_can_be_out_of_date(void **state)
{
    (void)state;
    expect("moved within memory", tally.moved, tally.living, 580, 20);
    expect("changed surname", tally.changed, tally.living, 190, 15);
    /* fewer where there are few practices to move between */
    expect("another practice before", tally.other_practice, tally.living, 300, 30);
    expect("has a short form", tally.short_form, tally.living, 350, 25);
}

static int64_t cumulated(const struct bearer *bearers, size_t ranks)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ranks; i++) {
        sum += bearers[i].count;
    }
    return share(sum, tally.people);
}

static size_t distinct(const struct bearer *bearers)
{
    size_t count = 0;
    while (count < NAMES && bearers[count].count > 0) {
        count++;
    }
    return count;
}

static void test_surnames(void **state)
{
    (void)state;
    /* of all, of whom three in four bear British names */
    assert_in_range(cumulated(surnames, 10), 42, 68);
    assert_in_range(cumulated(surnames, 100), 190, 230);
    assert_in_range(cumulated(surnames, 500), 370, 430);
    assert_in_range(cumulated(surnames, 5000), 680, 750);
    assert_in_range(distinct(surnames), 24000, 36000); /* a million: 75,000 to 90,000 */
    expect("joined", tally.joined, tally.people, 30, 10);
}

static void test_forenames(void **state)
{
    (void)state;
    assert_in_range(cumulated(forenames, 1), 12, 30);
    assert_in_range(cumulated(forenames, 100), 400, 480);
    assert_in_range(distinct(forenames), 13000, 21000); /* a million: 35,000 to 45,000 */
    expect("no middle name", tally.middle[0], tally.people, 170, 10);
    expect("one middle name", tally.middle[1], tally.people, 680, 15);
    expect("more middle names", tally.middle[2], tally.people, 150, 10);
    expect("used name", tally.used, tally.people, 70, 15);
}

/* -- places ------------------------------------------------------------------------------------ */

static void test_a_postcode_lies_in_one_area(void **state)
{
    (void)state;
    struct synth_address address;
    char last[SYNTH_POSTCODE_SIZE] = "";
    uint32_t postcodes = 0;
    for (uint32_t slot = 0; slot < world.places.slots; slot++) {
        synth_places_address(&world.places, slot, &address);
        assert_ptr_equal(address.area, synth_places_area(&world.places, slot));
        assert_ptr_equal(address.place, address.area->place);
        assert_true(address.house >= 1 && address.house <= 45);
        bool same = strcmp(last, address.postcode) == 0;
        assert_true(slot % SYNTH_SLOTS_PER_POSTCODE == 0 ? !same : same);
        postcodes += !same;
        memcpy(last, address.postcode, sizeof(last));
        int district = (address.postcode[2] - '0') * 10 + address.postcode[3] - '0';
        assert_true(district >= 50 && district <= 89);
    }
    assert_int_equal(postcodes, world.places.slots / SYNTH_SLOTS_PER_POSTCODE);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* and no two postcodes are the same, in the largest county */
static void test_postcodes_differ(void **state)
{
    (void)state;
    struct arena arena;
    static struct synth_places places;
    struct synth_address address;
    arena_init(&arena, MIB(4));
    assert_true(synth_places_make(&places, 3, SYNTH_MAX_PEOPLE, SYNTH_PRACTICE_COUNT, &arena));
    assert_in_range(places.area_count, 560, 620);
    size_t count = places.slots / SYNTH_SLOTS_PER_POSTCODE;
    char(*all)[SYNTH_POSTCODE_SIZE] = calloc(count, sizeof(*all));
    assert_non_null(all);
    for (size_t i = 0; i < count; i++) {
        synth_places_address(&places, (uint32_t)i * SYNTH_SLOTS_PER_POSTCODE, &address);
        memcpy(all[i], address.postcode, sizeof(all[i]));
    }
    qsort(all, count, sizeof(*all), by_text);
    for (size_t i = 1; i < count; i++) {
        assert_string_not_equal(all[i - 1], all[i]);
    }
    free(all);
    arena_release(&arena);
}

static void test_households_live_apart(void **state)
{
    (void)state;
    assert_true(tally.households < world.places.slots);
    uint8_t *taken = calloc(world.places.slots, 1);
    assert_non_null(taken);
    for (uint64_t h = 0; h < tally.households; h++) {
        uint32_t slot = synth_places_slot(&world.places, h);
        assert_false(taken[slot]);
        taken[slot] = 1;
    }
    free(taken);
}

/* -- order ------------------------------------------------------------------------------------- */

static void test_any_order(void **state)
{
    (void)state;
    struct synth_household *again = calloc(1, sizeof(*again));
    assert_non_null(again);
    for (uint64_t number = 500; number > 0; number--) {
        synth_household_make(&world, number, 3 * number, &household);
        synth_household_make(&world, number - 1, 17, again);
        synth_household_make(&world, number, 3 * number, again);
        assert_int_equal(household.count, again->count);
        assert_int_equal(household.count, synth_household_size(&world, number));
        for (uint32_t i = 0; i < household.count; i++) {
            const struct synth_person *a = &household.people[i];
            const struct synth_person *b = &again->people[i];
            assert_int_equal(a->birth, b->birth);
            assert_true(slice_equal(a->family, b->family) && slice_equal(a->given, b->given));
            assert_string_equal(a->address.postcode, b->address.postcode);
            assert_string_equal(a->nhs_number, b->nhs_number);
            assert_string_equal(a->phone, b->phone);
            assert_int_equal(a->practice, b->practice);
        }
    }
    free(again);
}

/* who somebody is does not depend on who is made before; only the number does */
static void test_the_number_is_given(void **state)
{
    (void)state;
    struct synth_household *again = calloc(1, sizeof(*again));
    assert_non_null(again);
    synth_household_make(&world, 77, 100, &household);
    synth_household_make(&world, 77, 200, again);
    assert_int_equal(household.people[0].number, 100);
    assert_int_equal(again->people[0].number, 200);
    assert_true(slice_equal(household.people[0].family, again->people[0].family));
    assert_string_not_equal(household.people[0].nhs_number, again->people[0].nhs_number);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_impossible),
        cmocka_unit_test(test_ages_and_sexes),
        cmocka_unit_test(test_households_by_size),
        cmocka_unit_test(test_living_arrangements),
        cmocka_unit_test(test_care_homes),
        cmocka_unit_test(test_seasons),
        cmocka_unit_test(test_marriages),
        cmocka_unit_test(test_deprivation),
        cmocka_unit_test(test_what_people_are),
        cmocka_unit_test(test_practices),
        cmocka_unit_test(test_who_can_be_out_of_date),
        cmocka_unit_test(test_surnames),
        cmocka_unit_test(test_forenames),
        cmocka_unit_test(test_a_postcode_lies_in_one_area),
        cmocka_unit_test(test_postcodes_differ),
        cmocka_unit_test(test_households_live_apart),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_the_number_is_given),
    };
    return cmocka_run_group_tests(tests, make_people, release);
}
