/*
 * household.c: who lives with whom.
 *
 * The kind of household, and age and sex of whom to start with, are drawn from the pyramid; the
 * others follow from that one: a partner of a likely age, then for each year of the last 34 the
 * question whether the woman bore a child then who still lives here. Children so have the ages that
 * births had, and mothers the ages that mothers have.
 *
 * Composition has a random sequence of its own, so that the size of a household can be told
 * without naming anybody; names and addresses are in biography.c.
 */
#include "synth/household.h"

#include "synth/biography.h"
#include "synth/season.h"

#define SAME_SEX_PER_1000  20  /* couples */
#define TWINS_PER_1000     14  /* births that are two */
#define BETWEEN_BIRTHS     300 /* days, at least */
#define YOUNGEST_FATHER    16
#define STEPFATHER_PER_100 6
#define CHILD_AND_PARENT   31 /* years between a child who died and the parents, about */

static int32_t birth_for_age(int32_t age, int32_t at, struct synth_random *random)
{
    int32_t day = synth_season_day(SYNTH_SEASON_BIRTH, at - age * 1461 / 4 - 364, 365, random);
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

struct composing {
    const struct synth_world *world;
    struct synth_household *household;
    struct synth_random random;
};

static struct synth_person *add_person(struct composing *composing, char sex, int32_t birth)
{
    struct synth_household *household = composing->household;
    assert(household->count < SYNTH_HOUSEHOLD_MAX);
    struct synth_person *person = &household->people[household->count++];
    memset(person, 0, sizeof(*person));
    person->sex = sex;
    person->birth = birth;
    person->death = SYNTH_NO_DAY;
    person->married = SYNTH_NO_DAY;
    person->partner = person->mother = person->father = -1;
    return person;
}

static struct synth_person *add_of_age(struct composing *composing, char sex, int32_t age)
{
    int32_t birth = birth_for_age(age, composing->world->today, &composing->random);
    return add_person(composing, sex, birth);
}

static void pair(struct synth_household *household)
{
    household->people[0].partner = 1;
    household->people[1].partner = 0;
}

static void add_partner(struct composing *composing, char sex, int32_t age)
{
    int32_t other = synth_pyramid_partner(&composing->world->pyramid, sex, age, &composing->random);
    char its = sex == 'M' ? 'F' : 'M';
    uint32_t drawn = synth_random_below(&composing->random, 1000);
    if (drawn < SAME_SEX_PER_1000 / 2) {
        its = 'M';
    } else if (drawn < SAME_SEX_PER_1000) {
        its = 'F';
    }
    struct synth_person *first = &composing->household->people[0];
    first->sex = drawn < SAME_SEX_PER_1000 ? its : sex;
    add_of_age(composing, its, other);
    pair(composing->household);
}

/* -- children ---------------------------------------------------------------------------------- */

static void add_child(struct composing *composing, int8_t mother_ix, int32_t birth, char sex)
{
    const struct synth_person *people = composing->household->people;
    int8_t partner = people[mother_ix].partner;
    bool step = synth_random_chance(&composing->random, STEPFATHER_PER_100, 100);
    struct synth_person *child = add_person(composing, sex, birth);
    child->mother = mother_ix;
    bool father = partner >= 0 && people[partner].sex == 'M' && !step &&
                  synth_age_at(people[partner].birth, birth) >= YOUNGEST_FATHER;
    child->father = father ? partner : -1;
}

static char draw_child_sex(struct composing *composing, int32_t age)
{
    int32_t boys = composing->world->pyramid.boys[age];
    return synth_random_chance(&composing->random, boys, 1000) ? 'M' : 'F';
}

/* one or two; two twins in three are of the same sex */
static void add_birth(struct composing *composing, int8_t mother_ix, int32_t age, int32_t birth)
{
    struct synth_household *household = composing->household;
    char sex = draw_child_sex(composing, age);
    bool twins = synth_random_chance(&composing->random, TWINS_PER_1000, 1000);
    bool same = synth_random_chance(&composing->random, 2, 3);
    add_child(composing, mother_ix, birth, sex);
    if (twins && household->count < SYNTH_HOUSEHOLD_MAX) {
        add_child(composing, mother_ix, birth, same ? sex : sex == 'M' ? 'F' : 'M');
        household->people[household->count - 2].twin = 1;
        household->people[household->count - 1].twin = -1;
    }
}

static void add_children(struct composing *composing, int8_t mother_ix)
{
    const struct synth_world *world = composing->world;
    const struct synth_person *woman = &composing->household->people[mother_ix];
    struct synth_mother mother = { .age = synth_age_at(woman->birth, world->today),
                                   .lone = woman->partner < 0 };
    int32_t last_birth = INT32_MIN / 2;
    for (int32_t age = SYNTH_CHILD_AGES - 1; age >= 0; age--) {
        int32_t chance = synth_pyramid_child(&world->pyramid, &mother, age);
        mother.year_after = false;
        if (chance == 0 || !synth_random_chance(&composing->random, chance, 1000000)) {
            continue;
        }
        int32_t birth = birth_for_age(age, world->today, &composing->random);
        birth = birth < last_birth + BETWEEN_BIRTHS ? last_birth + BETWEEN_BIRTHS : birth;
        if (birth > world->today || composing->household->count == SYNTH_HOUSEHOLD_MAX) {
            break;
        }
        add_birth(composing, mother_ix, age, birth);
        mother.births++;
        mother.year_after = true;
        last_birth = birth;
    }
}

static void add_children_of_woman(struct composing *composing)
{
    uint32_t adults = composing->household->count;
    for (uint32_t i = 0; i < adults; i++) {
        if (composing->household->people[i].sex == 'F') {
            add_children(composing, (int8_t)i);
            return;
        }
    }
}

/* -- kinds ------------------------------------------------------------------------------------- */

static void make_shared(struct composing *composing, int32_t age)
{
    struct synth_random *random = &composing->random;
    int32_t drawn = (int32_t)synth_random_below(random, 100);
    int32_t people = synth_sharing_table[0].people;
    for (size_t i = 0; i < SYNTH_SHARING_COUNT && drawn >= 0; i++) {
        people = synth_sharing_table[i].people;
        drawn -= age < 30 ? synth_sharing_table[i].young : synth_sharing_table[i].old;
    }
    for (int32_t i = 0; i < people; i++) {
        int32_t its = i == 0 ? age : age + synth_random_between(random, -2, 2);
        its = its < 18 ? 18 : its >= SYNTH_AGES ? SYNTH_AGES - 1 : its;
        int32_t women = composing->world->pyramid.women_sharing[its];
        char sex = synth_random_chance(random, women, 1000) ? 'F' : 'M';
        add_of_age(composing, sex, its);
    }
}

/* by season and pandemic: a day is kept as often as its time is deadly, of three days drawn */
static int32_t draw_death_day(struct composing *composing)
{
    const struct synth_world *world = composing->world;
    int32_t day = world->today - 1;
    for (int tries = 0; tries < 8; tries++) {
        day = world->today - 1 -
              (int32_t)synth_random_below(&composing->random, (uint32_t)world->years * 365);
        int32_t year = synth_year_of(day);
        int32_t month = synth_month_of(day);
        int64_t weight = 1000;
        for (size_t i = 0; i < SYNTH_DEATH_TIME_COUNT; i++) {
            const struct synth_death_time *row = &synth_death_time_table[i];
            if (row->month == month && (row->year == 0 || row->year == year)) {
                weight = weight * row->per_mille / 1000;
            }
        }
        if (synth_random_chance(&composing->random, (int32_t)weight, 2000)) {
            break;
        }
    }
    return day;
}

static struct synth_person *add_dead(struct composing *composing, char sex, int32_t age)
{
    int32_t death = draw_death_day(composing);
    struct synth_person *person =
        add_person(composing, sex, birth_for_age(age, death, &composing->random));
    person->death = death;
    return person;
}

/* a child who died had parents, who live here, and brothers and sisters */
static void make_bereaved_parents(struct composing *composing, char sex, int32_t age)
{
    int32_t parent = age + CHILD_AND_PARENT + composing->world->years / 2;
    add_of_age(composing, 'M', parent + 2);
    add_of_age(composing, 'F', parent);
    pair(composing->household);
    int32_t death = draw_death_day(composing);
    int32_t birth = birth_for_age(age, death, &composing->random);
    add_child(composing, 1, birth, sex);
    composing->household->people[2].death = death;
}

static void compose(struct composing *composing, uint64_t household)
{
    const struct synth_world *world = composing->world;
    char sex;
    int32_t age;
    composing->household->count = 0;
    synth_random_start(&composing->random, world->seed, SYNTH_STREAM_HOUSEHOLD, household);
    enum synth_home home = synth_pyramid_draw(&world->pyramid, &composing->random, &sex, &age);
    switch (home) {
    case SYNTH_HOME_COUPLE:
        add_of_age(composing, 'M', age);
        add_partner(composing, 'M', age);
        add_children_of_woman(composing);
        break;
    case SYNTH_HOME_SHARED:
        make_shared(composing, age);
        break;
    case SYNTH_HOME_DEAD:
        if (age < 18) {
            make_bereaved_parents(composing, sex, age);
        } else {
            add_dead(composing, sex, age);
        }
        break;
    case SYNTH_HOME_BEREAVED:
        add_dead(composing, sex, age);
        add_of_age(composing, sex == 'M' ? 'F' : 'M',
                   synth_pyramid_partner(&world->pyramid, sex, age, &composing->random));
        pair(composing->household);
        break;
    default:
        add_of_age(composing, sex, age);
        if (home == SYNTH_HOME_ALONE && sex == 'F') {
            add_children(composing, 0);
        }
    }
    for (uint32_t i = 0; i < composing->household->count; i++) {
        composing->household->people[i].home = home;
    }
}

uint32_t synth_household_size(const struct synth_world *world, uint64_t household)
{
    struct synth_household scratch;
    struct composing composing = { .world = world, .household = &scratch };
    scratch.count = 0;
    compose(&composing, household);
    return scratch.count;
}

void synth_household_make(const struct synth_world *world, uint64_t household,
                          uint64_t first_number, struct synth_household *ret_household)
{
    struct composing composing = { .world = world, .household = ret_household };
    compose(&composing, household);
    for (uint32_t i = 0; i < ret_household->count; i++) {
        struct synth_person *person = &ret_household->people[i];
        person->number = first_number + i;
        person->household = household;
        if (synth_numbers_of(&world->numbers, person->number, person->nhs_number)) {
            synth_renumber(world, person);
        }
        person->choices = synth_choices_of(world, person->number, person->sex,
                                           synth_person_age(person, world->today));
    }
    synth_biographies(world, household, ret_household);
}
