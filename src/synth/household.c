/*
 * household.c: who lives with whom.
 *
 * Adults come from the population table (world.c), children from their mother: for each age of
 * childhood, did she bear a child at the age that she then had? Children so have the ages that
 * births had, and mothers the ages that mothers have. Twins are 14 in 1,000 births.
 *
 * Considered and left: fitting whole households to a table of household types. It needs a solver,
 * gives the same pyramid, and hides where a wrong age comes from.
 */
#include "synth/household.h"

#define SURVEYED                   4000 /* people, for the mean deprivation */
#define PARTNER_WOMAN_CHANGES_NAME 78   /* per cent of couples */
#define DEAD_PER_YEAR              87   /* per 10,000 people a year */

static uint32_t draw_cumulative(const uint32_t *sums, uint32_t count, struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, sums[count - 1]);
    uint32_t i = 0;
    while (sums[i] <= drawn) {
        i++;
    }
    return i;
}

static int32_t birth_for_age(int32_t age, int32_t at, struct synth_random *random)
{
    int32_t day = at - age * 1461 / 4 - (int32_t)synth_random_below(random, 365);
    while (synth_age_at(day, at) > age) {
        day++;
    }
    while (synth_age_at(day, at) < age) {
        day--;
    }
    return day;
}

int32_t synth_person_until(const struct synth_person *person, int32_t day)
{
    return person->death < day ? person->death : day;
}

int32_t synth_person_age(const struct synth_person *person, int32_t day)
{
    return synth_age_at(person->birth, synth_person_until(person, day));
}

static const struct synth_ethnicity *draw_ethnicity(const struct synth_world *world, int32_t age,
                                                    struct synth_random *random)
{
    int band = age < 25 ? 0 : age < 65 ? 1 : 2;
    uint32_t drawn = synth_random_below(random, world->ethnicity[band]);
    const struct synth_ethnicity *row = synth_ethnicity_table;
    for (;; row++) {
        uint32_t weight = (uint32_t)(band == 0 ? row->young : band == 1 ? row->adult : row->old);
        if (drawn < weight) {
            return row;
        }
        drawn -= weight;
    }
}

static const struct synth_place *draw_place(const struct synth_world *world,
                                            struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, world->places);
    const struct synth_place *place = synth_place_table;
    while (drawn >= (uint32_t)place->share) {
        drawn -= (uint32_t)place->share;
        place++;
    }
    return place;
}

static void draw_address(const struct synth_world *world, struct synth_random *random,
                         struct synth_address *ret_address)
{
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ";
    uint32_t end = synth_random_below(random, world->road_ends);
    const struct synth_road_end *road = synth_road_end_table;
    while (end >= (uint32_t)road->weight) {
        end -= (uint32_t)road->weight;
        road++;
    }
    const struct synth_place *place = draw_place(world, random);
    *ret_address = (struct synth_address){
        .stem = synth_road_stem_table[synth_random_below(random, SYNTH_ROAD_STEM_COUNT)].name,
        .end = road->name,
        .place = place,
    };
    uint32_t longest = 1 + synth_random_below(random, 120);
    ret_address->house = (uint16_t)(1 + synth_random_below(random, longest));
    uint32_t area = synth_random_below(random, 3600);
    snprintf(ret_address->postcode, sizeof(ret_address->postcode), "OX%d %u%c%c",
             (int)place->district, area % 9 + 1, letters[area / 9 % 20], letters[area / 180 % 20]);
}

static void name_person(const struct synth_world *world, struct synth_person *person,
                        struct slice family, struct synth_random *random)
{
    const struct synth_heritage *heritage = person->ethnicity->heritage;
    int32_t year = synth_year_of(person->birth);
    person->given = synth_world_forename(world, heritage, person->sex, year, random);
    if (synth_random_chance(random, 72, 100)) {
        person->middle = synth_world_forename(world, heritage, person->sex, year - 20, random);
    }
    if (slice_equal(person->middle, person->given)) {
        person->middle = (struct slice){ NULL, 0 };
    }
    person->family = family;
}

static void prefix_person(const struct synth_world *world, struct synth_person *person,
                          struct synth_random *random)
{
    int32_t age = synth_person_age(person, world->today);
    bool married = person->partner >= 0 || age > 70;
    if (age < 18) {
        person->prefix = person->sex == 'M' ? SLICE("Master") : SLICE("Miss");
    } else if (synth_random_chance(random, 2, 100)) {
        person->prefix = SLICE("Dr");
    } else if (person->sex == 'M') {
        person->prefix = SLICE("Mr");
    } else {
        person->prefix = married                             ? SLICE("Mrs")
                         : synth_random_chance(random, 1, 2) ? SLICE("Ms")
                                                             : SLICE("Miss");
    }
}

static struct synth_person *add_person(struct synth_household *household, char sex, int32_t birth,
                                       const struct synth_ethnicity *ethnicity)
{
    assert(household->count < SYNTH_HOUSEHOLD_MAX);
    struct synth_person *person = &household->people[household->count++];
    *person = (struct synth_person){ .sex = sex,
                                     .birth = birth,
                                     .death = SYNTH_NO_DAY,
                                     .ethnicity = ethnicity,
                                     .partner = -1,
                                     .mother = -1,
                                     .father = -1 };
    return person;
}

/* the share of women among those who live without a partner, so that the table's share comes out */
static char sex_alone(const struct synth_world *world, int32_t age, struct synth_random *random)
{
    int32_t share = world->partnered[age];
    int32_t women = (world->women[age] * (1000 + share) / 1000 - share) * 1000 / (1001 - share);
    return synth_random_chance(random, women, 1000) ? 'F' : 'M';
}

static void add_partner(const struct synth_world *world, struct synth_household *household,
                        int32_t age, struct synth_random *random)
{
    struct synth_person *head = &household->people[0];
    char sex = head->sex == 'M' ? 'F' : 'M';
    if (synth_random_chance(random, 2, 100)) {
        sex = head->sex;
    }
    int32_t gap = synth_random_normal(random) * 35 / 10000;
    int32_t other = age + gap + (sex == 'F' ? -1 : 1);
    other = other < 18 ? 18 : other > 100 ? 100 : other;
    const struct synth_ethnicity *ethnicity = synth_random_chance(random, 86, 100)
                                                  ? head->ethnicity
                                                  : draw_ethnicity(world, other, random);
    struct synth_person *partner =
        add_person(household, sex, birth_for_age(other, world->today, random), ethnicity);
    partner->partner = 0;
    head->partner = 1;
    name_person(world, partner, synth_world_surname(world, ethnicity->heritage, random), random);
    if (!synth_random_chance(random, PARTNER_WOMAN_CHANGES_NAME, 100) || sex == head->sex) {
        return;
    }
    struct synth_person *wife = sex == 'F' ? partner : head;
    struct synth_person *husband = sex == 'F' ? head : partner;
    wife->born_family = wife->family;
    wife->family = husband->family;
}

static int32_t fertility(int32_t age)
{
    int32_t rate = 0;
    for (size_t i = 0; i < SYNTH_FERTILITY_COUNT && synth_fertility_table[i].age <= age; i++) {
        rate = synth_fertility_table[i].per_mille;
    }
    return rate;
}

static void add_child(const struct synth_world *world, struct synth_household *household,
                      int8_t mother_ix, int32_t birth, struct synth_random *random)
{
    const struct synth_person *mother = &household->people[mother_ix];
    struct synth_person *child = add_person(
        household, synth_random_chance(random, 512, 1000) ? 'M' : 'F', birth, mother->ethnicity);
    child->mother = mother_ix;
    child->father = mother->partner;
    child->mother_family = mother->family;
    struct slice family = mother->partner >= 0 && synth_random_chance(random, 85, 100)
                              ? household->people[mother->partner].family
                              : mother->family;
    name_person(world, child, family, random);
    for (uint32_t i = 0; i + 1 < household->count; i++) {
        if (household->people[i].mother == mother_ix &&
            slice_equal(household->people[i].given, child->given)) {
            child->given = child->middle.len > 0 ? child->middle : SLICE("Sam");
            child->middle = (struct slice){ NULL, 0 };
        }
    }
}

static void add_children(const struct synth_world *world, struct synth_household *household,
                         int8_t mother_ix, struct synth_random *random)
{
    const struct synth_person *mother = &household->people[mother_ix];
    int32_t factor = mother->partner >= 0 ? 128 : 62; /* per cent of the table */
    int32_t last = -2;
    for (int32_t age = 17; age >= 0; age--) {
        int32_t at_birth = synth_age_at(mother->birth, world->today) - age;
        int32_t chance = fertility(at_birth) * factor / 100;
        if (!synth_random_chance(random, last - age == 1 ? chance / 6 : chance, 1000)) {
            continue;
        }
        last = age;
        int32_t birth = birth_for_age(age, world->today, random);
        int children = synth_random_chance(random, 14, 1000) ? 2 : 1;
        for (int i = 0; i < children && household->count < SYNTH_HOUSEHOLD_MAX; i++) {
            add_child(world, household, mother_ix, birth, random);
            if (i == 1) {
                household->people[household->count - 1].twin = -1;
                household->people[household->count - 2].twin = 1;
            }
        }
    }
}

static bool makes_care_home(int32_t age, struct synth_random *random)
{
    int32_t share = age >= 90 ? 210 : age >= 85 ? 95 : age >= 75 ? 26 : age >= 65 ? 7 : 0;
    return synth_random_chance(random, share, 1000);
}

static void make_dead(const struct synth_world *world, struct synth_household *household,
                      struct synth_random *random)
{
    int32_t age = (int32_t)draw_cumulative(world->death, SYNTH_AGES, random);
    int32_t death =
        world->today - 1 - (int32_t)synth_random_below(random, (uint32_t)world->years * 365);
    const struct synth_ethnicity *ethnicity = draw_ethnicity(world, age, random);
    char sex = synth_random_chance(random, 50, 100) ? 'F' : 'M';
    int32_t birth = birth_for_age(age, death, random);
    struct synth_person *person = add_person(household, sex, birth, ethnicity);
    person->death = death;
    person->alone = true;
    name_person(world, person, synth_world_surname(world, ethnicity->heritage, random), random);
}

static void make_living(const struct synth_world *world, struct synth_household *household,
                        struct synth_random *random)
{
    int32_t age = (int32_t)draw_cumulative(world->head, SYNTH_AGES, random);
    bool partner = synth_random_chance(random, world->partnered[age], 1000);
    bool care_home = !partner && makes_care_home(age, random);
    char sex =
        partner ? (synth_random_chance(random, 1, 2) ? 'M' : 'F') : sex_alone(world, age, random);
    const struct synth_ethnicity *ethnicity = draw_ethnicity(world, age, random);
    struct synth_person *head =
        add_person(household, sex, birth_for_age(age, world->today, random), ethnicity);
    name_person(world, head, synth_world_surname(world, ethnicity->heritage, random), random);
    head->care_home = care_home;
    if (partner) {
        add_partner(world, household, age, random);
    }
    for (int i = 0; i < (partner ? 2 : 1); i++) {
        if (household->people[i].sex == 'F') {
            add_children(world, household, (int8_t)i, random);
            break;
        }
    }
    head->alone = household->count == 1 && !care_home;
}

static void add_next_of_kin(const struct synth_world *world, struct synth_person *person,
                            struct synth_random *random)
{
    static const struct {
        struct slice role;
        char sex;
        int32_t gap;
    } kin[] = {
        { SLICE_INIT("daughter"), 'F', 28 }, { SLICE_INIT("son"), 'M', 28 },
        { SLICE_INIT("sister"), 'F', 2 },    { SLICE_INIT("brother"), 'M', -2 },
        { SLICE_INIT("mother"), 'F', -29 },  { SLICE_INIT("father"), 'M', -31 },
    };
    int32_t age = synth_person_age(person, world->today);
    uint32_t pick = age >= 50 ? synth_random_below(random, 3) : 2 + synth_random_below(random, 4);
    person->next_of_kin_role = kin[pick].role;
    person->next_of_kin_given =
        synth_world_forename(world, person->ethnicity->heritage, kin[pick].sex,
                             synth_year_of(person->birth) + kin[pick].gap, random);
    person->next_of_kin_family = person->family;
}

static int32_t tenth_of(const struct synth_place *place, struct synth_random *random)
{
    int32_t rank = place->affluence + synth_random_normal(random) * 18 / 1000;
    int32_t tenth = rank / 10 + 1;
    return tenth < 1 ? 1 : tenth > 10 ? 10 : tenth;
}

static void settle(const struct synth_world *world, struct synth_household *household,
                   struct synth_random *random)
{
    struct synth_address address;
    struct synth_past_address past = { .until = SYNTH_NO_DAY };
    draw_address(world, random, &address);
    bool moved = synth_random_chance(random, 30, 100);
    if (moved) {
        draw_address(world, random, &past.address);
        past.until = world->today - synth_random_between(random, 30, 1500);
    }
    if (household->people[0].care_home) {
        static const struct slice homes[] = { SLICE_INIT("Willow Court Care Home"),
                                              SLICE_INIT("Otmoor Lodge Care Home"),
                                              SLICE_INIT("The Cedars Nursing Home"),
                                              SLICE_INIT("Weir View Care Home") };
        address.stem = homes[synth_random_below(random, ARRAY_LENGTH(homes))];
        address.end = (struct slice){ NULL, 0 };
    }
    int32_t tenth = tenth_of(address.place, random);
    uint32_t practices = world->organisation_count - SYNTH_FIRST_PRACTICE;
    synth_org practice =
        (synth_org)(SYNTH_FIRST_PRACTICE +
                    (synth_random_chance(random, 80, 100)
                         ? (uint32_t)(address.place - synth_place_table) % practices
                         : synth_random_below(random, practices)));
    for (uint32_t i = 0; i < household->count; i++) {
        struct synth_person *person = &household->people[i];
        person->address = address;
        person->past_count = moved && person->birth < past.until;
        person->past[0] = past;
        person->tenth = tenth;
        person->practice = practice;
        person->old_practice = practice;
        const struct synth_heritage *heritage = person->ethnicity->heritage;
        person->language = slice_equal(heritage->language_code, SLICE("en")) ? NULL : heritage;
        prefix_person(world, person, random);
        snprintf(person->phone, sizeof(person->phone), "07700900%03u",
                 synth_random_below(random, 1000));
        snprintf(person->old_phone, sizeof(person->old_phone), "07700900%03u",
                 synth_random_below(random, 1000));
        if (household->count == 1) {
            add_next_of_kin(world, person, random);
        }
    }
}

void synth_household_make(const struct synth_world *world, uint64_t household,
                          uint64_t first_number, struct synth_household *ret_household)
{
    struct synth_random random;
    synth_random_start(&random, world->seed, SYNTH_STREAM_HOUSEHOLD, household);
    ret_household->count = 0;
    /* a household has 1.9 people, so the dead are that much rarer among people */
    if (synth_random_chance(&random, DEAD_PER_YEAR * world->years * 19 / 10, 10000)) {
        make_dead(world, ret_household, &random);
    } else {
        make_living(world, ret_household, &random);
    }
    settle(world, ret_household, &random);
    for (uint32_t i = 0; i < ret_household->count; i++) {
        struct synth_person *person = &ret_household->people[i];
        person->number = first_number + i;
        person->household = household;
        synth_numbers_of(&world->numbers, person->number, person->nhs_number);
        person->choices = synth_choices_of(world, person->number, person->sex,
                                           synth_person_age(person, world->today));
    }
}

int32_t synth_household_mean_tenth(const struct synth_world *world)
{
    struct synth_household household;
    int64_t sum = 0;
    int64_t people = 0;
    for (uint64_t number = 0; people < SURVEYED; number++) {
        synth_household_make(world, number, 0, &household);
        sum += (int64_t)household.people[0].tenth * household.count;
        people += household.count;
    }
    return (int32_t)(sum * 1000 / people);
}
