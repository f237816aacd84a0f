/*
 * biography.c: who the people of a household are, and what changed.
 *
 * Two random sequences a household: one for what they are and when it changed, one for names, so
 * that another list of names leaves the lives as they are.
 *
 * Order: ethnicity (children follow their parents), marriages, names (a name taken at marriage
 * needs the day), homes, and then what concerns each person alone.
 *
 * Days of change are days before today or death, and after birth; what would have happened before
 * birth did not. A change of surname leaves the earlier one in `former`, which is what sources that
 * were not told still hold.
 */
#include "synth/biography.h"

#include "synth/names.h"
#include "synth/season.h"

#define SAME_ETHNICITY_PER_100 86
#define TAKES_NAME_OLD         87 /* per cent of wives, who were married before 1990, and since */
#define TAKES_NAME_NEW         70
#define TAKES_NAME_OTHERS      40 /* where it is not the custom */
#define JOINS_NAMES            3
#define BACK_AFTER_DIVORCE     35
#define DEED_POLL_PER_10000    110 /* who changed it within what sources remember */
#define OTHER_NAME_PER_100     35  /* children of some heritages who do not share a parent's name */
#define FIRST_ELEMENT_PER_100  45  /* men called Mohammed or Abdul and a second name */
#define MIDDLE_NONE            17  /* per cent; then one 68, two 14, three 1 */
#define MIDDLE_ONE             85
#define SHORT_PER_100          14 /* of those who have a short form: 5 % of all */
#define BY_MIDDLE_PER_100      2
#define NO_ABODE_PER_10000     90 /* of those alone under 65: .06 % of all */
#define NOWHERE_TENTH          1
#define YEARS_OF_MOVES         12
#define STUDENT_FROM           18 /* who moves at these ages mostly moves when a term begins */
#define STUDENT_TO             24
#define MOVED_IN_PLACE         56 /* per cent of moves; then 20 within the county, then outside */
#define MOVED_IN_COUNTY        76
#define INTERPRETER_PER_100    16 /* of those with another main language who were born abroad */
#define PLACEHOLDER_PER_1000   60 /* of those born abroad, where births were not registered */
#define PLACEHOLDER_EUROPE     8
#define YEAR(years)            ((years)*1461 / 4)

struct telling {
    const struct synth_world *world;
    struct synth_household *household;
    uint64_t number;
    struct synth_random life;
    struct synth_random names;
};

static bool is(const struct synth_person *person, enum synth_heritage_key heritage)
{
    return person->ethnicity->heritage == &synth_heritage_table[heritage];
}

static int32_t age_of(const struct telling *telling, const struct synth_person *person)
{
    return synth_person_age(person, telling->world->today);
}

/* today, or the day of death */
static int32_t end_of(const struct telling *telling, const struct synth_person *person)
{
    return synth_person_until(person, telling->world->today);
}

/* -- ethnicity --------------------------------------------------------------------------------- */

static const struct synth_ethnicity *draw_ethnicity(struct telling *telling, int32_t age)
{
    int band = age < 25 ? 0 : age < 65 ? 1 : 2;
    uint32_t drawn = synth_random_below(&telling->life, telling->world->ethnicity[band]);
    const struct synth_ethnicity *row = synth_ethnicity_table;
    for (;; row++) {
        uint32_t weight = (uint32_t)(band == 0 ? row->young : band == 1 ? row->adult : row->old);
        if (drawn < weight) {
            return row;
        }
        drawn -= weight;
    }
}

static const struct synth_ethnicity *ethnicity_coded(char code)
{
    const struct synth_ethnicity *row = synth_ethnicity_table;
    while (row->code.ptr[0] != code) {
        row++;
    }
    return row;
}

static bool is_white(const struct synth_ethnicity *ethnicity)
{
    return ethnicity->code.ptr[0] <= 'C';
}

/* parents of two groups of which one is white: one of the four mixed ones */
static const struct synth_ethnicity *mixed(const struct synth_ethnicity *a,
                                           const struct synth_ethnicity *b)
{
    char code = is_white(a) ? b->code.ptr[0] : a->code.ptr[0];
    switch (code) {
    case 'M':
    case 'P':
        return ethnicity_coded('D');
    case 'N':
        return ethnicity_coded('E');
    case 'H':
    case 'J':
    case 'K':
    case 'L':
        return ethnicity_coded('F');
    default:
        return ethnicity_coded('G');
    }
}

static const struct synth_ethnicity *of_parents(const struct synth_household *household,
                                                const struct synth_person *child)
{
    const struct synth_ethnicity *mother = household->people[child->mother].ethnicity;
    if (child->father < 0) {
        return mother;
    }
    const struct synth_ethnicity *father = household->people[child->father].ethnicity;
    return is_white(mother) == is_white(father) ? mother : mixed(mother, father);
}

static void give_ethnicities(struct telling *telling)
{
    struct synth_household *household = telling->household;
    for (uint32_t i = 0; i < household->count; i++) {
        struct synth_person *person = &household->people[i];
        bool like_first = i == 1 && person->partner == 0 &&
                          synth_random_chance(&telling->life, SAME_ETHNICITY_PER_100, 100);
        if (person->mother >= 0) {
            person->ethnicity = of_parents(household, person);
        } else {
            person->ethnicity = like_first ? household->people[0].ethnicity
                                           : draw_ethnicity(telling, age_of(telling, person));
        }
    }
}

/* -- marriages --------------------------------------------------------------------------------- */

static const struct synth_marital_share *marital_at(int32_t age)
{
    const struct synth_marital_share *row = synth_marital_share_table;
    while (row + 1 < synth_marital_share_table + SYNTH_MARITAL_SHARE_COUNT && row[1].age <= age) {
        row++;
    }
    return row;
}

/* at about 33, later than both were 18, and before the first of the two died */
static int32_t draw_wedding(struct telling *telling, const struct synth_person *a,
                            const struct synth_person *b)
{
    int32_t younger = a->birth > b->birth ? a->birth : b->birth;
    int32_t end = end_of(telling, a) < end_of(telling, b) ? end_of(telling, a) : end_of(telling, b);
    int32_t first = younger + YEAR(18) + 10;
    int32_t years = 28 + synth_random_normal(&telling->life) * 6 / 1000;
    int32_t day = a->birth + YEAR(years) + (int32_t)synth_random_below(&telling->life, 365);
    if (day < first || day >= end) {
        int32_t span = end - first > 1 ? end - first : 1;
        day = first + (int32_t)synth_random_below(&telling->life, (uint32_t)span);
    }
    return day;
}

static void marry(struct telling *telling)
{
    struct synth_person *a = &telling->household->people[0];
    struct synth_person *b = &telling->household->people[1];
    if (a->partner < 0) {
        return;
    }
    int32_t married = marital_at(age_of(telling, a))->married;
    bool adults = synth_age_at(a->birth, end_of(telling, b)) >= 19 &&
                  synth_age_at(b->birth, end_of(telling, a)) >= 19;
    if (!synth_random_chance(&telling->life, married, 1000) || !adults) {
        return;
    }
    a->married = b->married = draw_wedding(telling, a, b);
    a->marital =
        a->death == SYNTH_NO_DAY && b->death != SYNTH_NO_DAY ? SYNTH_WIDOWED : SYNTH_MARRIED;
    b->marital =
        b->death == SYNTH_NO_DAY && a->death != SYNTH_NO_DAY ? SYNTH_WIDOWED : SYNTH_MARRIED;
}

/* of those without a partner here */
static void leave_alone(struct telling *telling, struct synth_person *person)
{
    const struct synth_marital_share *row = marital_at(age_of(telling, person));
    int32_t drawn = (int32_t)synth_random_below(&telling->life, 1000);
    if (person->partner >= 0 || age_of(telling, person) < 20 || person->mother >= 0) {
        return;
    }
    person->marital = drawn < row->divorced                                   ? SYNTH_DIVORCED
                      : drawn < row->divorced + row->separated                ? SYNTH_SEPARATED
                      : drawn < row->divorced + row->separated + row->widowed ? SYNTH_WIDOWED
                                                                              : SYNTH_SINGLE;
    if (person->marital != SYNTH_SINGLE) {
        int32_t years = age_of(telling, person) - 19;
        person->married = end_of(telling, person) -
                          (int32_t)synth_random_below(&telling->life, (uint32_t)YEAR(years));
    }
}

/* -- names ------------------------------------------------------------------------------------- */

static struct slice draw_surname(struct telling *telling, const struct synth_heritage *heritage,
                                 char sex)
{
    return synth_names_surname(&telling->world->names, heritage, sex, &telling->names,
                               &telling->household->names);
}

static struct slice draw_forename(struct telling *telling, const struct synth_person *person,
                                  int32_t year)
{
    return synth_names_forename(&telling->world->names, person->ethnicity->heritage, person->sex,
                                year, &telling->names, &telling->household->names);
}

/* the name that a person was born with; in 1 to 6 % two joined, the more the younger */
static struct slice draw_born_name(struct telling *telling, const struct synth_person *person)
{
    int32_t age = age_of(telling, person);
    int32_t joined = age >= 65 ? 11 : age >= 40 ? 25 : age >= 18 ? 40 : 60;
    struct slice family = draw_surname(telling, person->ethnicity->heritage, person->sex);
    if (is(person, SYNTH_HERITAGE_BRITISH) && synth_random_chance(&telling->names, joined, 1000)) {
        struct slice second = draw_surname(telling, person->ethnicity->heritage, person->sex);
        family = synth_names_joined(family, second, &telling->names, &telling->household->names);
    }
    return family;
}

static bool has_two_elements(const struct synth_person *person)
{
    return person->sex == 'M' &&
           (is(person, SYNTH_HERITAGE_PAKISTANI) || is(person, SYNTH_HERITAGE_BANGLADESHI));
}

static struct slice draw_middle(struct telling *telling, const struct synth_person *person)
{
    int32_t year = synth_year_of(person->birth) - 20;
    uint32_t drawn = synth_random_below(&telling->names, 100);
    if (drawn < MIDDLE_NONE) {
        return (struct slice){ NULL, 0 };
    }
    struct slice first = draw_forename(telling, person, year);
    if (drawn < MIDDLE_ONE) {
        return first;
    }
    struct slice second = draw_forename(telling, person, year);
    return synth_names_listed(first, second, &telling->household->names);
}

static void name_first(struct telling *telling, struct synth_person *person)
{
    person->given = draw_forename(telling, person, synth_year_of(person->birth));
    person->middle = draw_middle(telling, person);
    uint32_t drawn = synth_random_below(&telling->names, 100);
    if (has_two_elements(person) && drawn < FIRST_ELEMENT_PER_100) {
        person->middle = person->given;
        person->given = synth_names_element(&telling->names);
        person->used = person->middle;
        return;
    }
    if (drawn < BY_MIDDLE_PER_100) {
        person->used = person->middle;
    } else if (drawn < BY_MIDDLE_PER_100 + SHORT_PER_100) {
        person->used = synth_short_form(person->given);
    }
}

static struct slice called(const struct synth_person *person)
{
    return person->used.len > 0 ? person->used : person->given;
}

/* brothers and sisters are not called the same (sons may share the first of two elements) */
static void name_apart(struct telling *telling, struct synth_person *child)
{
    const struct synth_person *other = telling->household->people;
    for (int tries = 0; other < child && tries < 20;) {
        if (other->mother != child->mother || !slice_equal(called(other), called(child))) {
            other++;
            continue;
        }
        child->given = draw_forename(telling, child, synth_year_of(child->birth));
        child->used = (struct slice){ NULL, 0 };
        other = telling->household->people;
        tries++;
    }
}

static void former(struct synth_person *person, struct slice family, int32_t until,
                   enum synth_name_change why)
{
    if (person->former_count == SYNTH_FORMER_NAMES) {
        return;
    }
    memmove(&person->former[1], &person->former[0], sizeof(person->former[0]));
    person->former[0] = (struct synth_former_name){ family, until, why };
    person->former_count++;
}

static int32_t takes_name(const struct synth_person *wife)
{
    const struct synth_heritage *heritage = wife->ethnicity->heritage;
    return heritage->own_language > 0        ? TAKES_NAME_OTHERS
           : wife->married < 7305 /* 1990 */ ? TAKES_NAME_OLD
                                             : TAKES_NAME_NEW;
}

static void name_wife(struct telling *telling, struct synth_person *wife, struct slice husbands)
{
    int32_t drawn = (int32_t)synth_random_below(&telling->names, 100);
    int32_t takes = takes_name(wife);
    struct slice born = wife->family;
    if (drawn < takes) {
        wife->family = synth_names_for_sex(wife->ethnicity->heritage, husbands, 'F',
                                           &telling->household->names);
    } else if (drawn < takes + JOINS_NAMES) {
        wife->family =
            synth_names_joined(born, husbands, &telling->names, &telling->household->names);
    }
    if (!slice_equal(born, wife->family)) {
        wife->born_family = born;
        former(wife, born, wife->married, SYNTH_NAME_MARRIAGE);
    }
}

/* a woman who was married and is not with the husband here */
static void name_once_married(struct telling *telling, struct synth_person *person)
{
    struct slice born = person->family;
    if (person->sex != 'F' || person->married == SYNTH_NO_DAY || person->partner >= 0) {
        return;
    }
    name_wife(telling, person, draw_surname(telling, person->ethnicity->heritage, 'F'));
    bool back = synth_random_chance(&telling->names, BACK_AFTER_DIVORCE, 100);
    if (person->marital == SYNTH_DIVORCED && back && person->born_family.len > 0) {
        int32_t end = end_of(telling, person);
        int32_t day = person->married + (end - person->married) / 2;
        former(person, person->family, day, SYNTH_NAME_DIVORCE);
        person->family = born;
        person->born_family = (struct slice){ NULL, 0 };
    }
}

static void name_couple(struct telling *telling)
{
    struct synth_person *a = &telling->household->people[0];
    struct synth_person *b = &telling->household->people[1];
    if (a->partner < 0 || a->married == SYNTH_NO_DAY || a->sex == b->sex) {
        return;
    }
    name_wife(telling, a->sex == 'F' ? a : b, a->sex == 'F' ? b->family : a->family);
}

/* what the children of this mother are called: all the same, mostly the father's name */
static struct slice draw_childrens_name(struct telling *telling, const struct synth_person *child)
{
    const struct synth_person *people = telling->household->people;
    const struct synth_person *mother = &people[child->mother];
    uint32_t drawn = synth_random_below(&telling->names, 100);
    if (child->father < 0) {
        return drawn < 70 ? mother->family
                          : draw_surname(telling, mother->ethnicity->heritage, 'M');
    }
    struct slice fathers = people[child->father].family;
    if (drawn < 80 || slice_equal(fathers, mother->family)) {
        return fathers;
    }
    return drawn < 90 ? mother->family
                      : synth_names_joined(mother->family, fathers, &telling->names,
                                           &telling->household->names);
}

static void name_child(struct telling *telling, struct synth_person *child, struct slice *family)
{
    const struct synth_person *mother = &telling->household->people[child->mother];
    if (family->len == 0) {
        *family = draw_childrens_name(telling, child);
    }
    child->mother_family = mother->family;
    bool own = (is(child, SYNTH_HERITAGE_PAKISTANI) || is(child, SYNTH_HERITAGE_BANGLADESHI)) &&
               synth_random_chance(&telling->names, OTHER_NAME_PER_100, 100);
    child->family = own ? draw_surname(telling, child->ethnicity->heritage, child->sex)
                        : synth_names_for_sex(child->ethnicity->heritage, *family, child->sex,
                                              &telling->household->names);
    name_apart(telling, child);
}

static void change_by_deed(struct telling *telling, struct synth_person *person)
{
    bool changes = synth_random_chance(&telling->names, DEED_POLL_PER_10000, 10000);
    if (!changes || age_of(telling, person) < 18) {
        return;
    }
    struct slice family = draw_surname(telling, person->ethnicity->heritage, person->sex);
    int32_t end = end_of(telling, person);
    int32_t day = end - (int32_t)synth_random_below(&telling->names, (uint32_t)YEAR(10));
    int32_t adult = person->birth + YEAR(18) + 1;
    day = day < adult ? adult : day;
    former(person, person->family, day < end ? day : end, SYNTH_NAME_DEED_POLL);
    person->family = family;
}

/* a name of before, under the number of before */
static void change_by_adoption(struct telling *telling, struct synth_person *person)
{
    if (person->renumbered == &synth_renumbering_table[SYNTH_RENUMBERING_ADOPTION]) {
        struct slice family = draw_surname(telling, person->ethnicity->heritage, person->sex);
        former(person, family, person->other_until, SYNTH_NAME_ADOPTION);
    }
}

static void give_names(struct telling *telling)
{
    struct synth_household *household = telling->household;
    struct slice childrens = { NULL, 0 };
    for (uint32_t i = 0; i < household->count; i++) {
        struct synth_person *person = &household->people[i];
        name_first(telling, person);
        if (person->mother < 0) {
            person->family = draw_born_name(telling, person);
        }
    }
    name_couple(telling);
    for (uint32_t i = 0; i < household->count; i++) {
        struct synth_person *person = &household->people[i];
        if (person->mother >= 0) {
            name_child(telling, person, &childrens);
        } else {
            name_once_married(telling, person);
        }
    }
    for (uint32_t i = 0; i < household->count; i++) {
        change_by_adoption(telling, &household->people[i]);
        change_by_deed(telling, &household->people[i]);
    }
}

static void give_title(struct telling *telling, struct synth_person *person)
{
    uint32_t drawn = synth_random_below(&telling->life, 100);
    bool married = person->married != SYNTH_NO_DAY;
    if (age_of(telling, person) < 18) {
        person->prefix = person->sex == 'M' ? SLICE("Master") : SLICE("Miss");
    } else if (drawn < 2) {
        person->prefix = SLICE("Dr");
    } else if (drawn == 2 && person->address.place == synth_place_table) {
        person->prefix = SLICE("Prof");
    } else if (person->sex == 'M') {
        person->prefix = SLICE("Mr");
    } else {
        person->prefix = married && drawn < 85 ? SLICE("Mrs")
                         : drawn < 40          ? SLICE("Ms")
                                               : SLICE("Miss");
    }
}

/* -- homes ------------------------------------------------------------------------------------- */

static int32_t move_rate(int32_t age)
{
    const struct synth_move *row = synth_move_table;
    while (row + 1 < synth_move_table + SYNTH_MOVE_COUNT && row[1].age <= age) {
        row++;
    }
    return row->per_mille;
}

/* where somebody lived before; the slot when it was in the county, else the one given */
static uint32_t draw_earlier(struct telling *telling, uint32_t slot,
                             struct synth_address *ret_address)
{
    const struct synth_places *places = &telling->world->places;
    uint32_t drawn = synth_random_below(&telling->life, 100);
    if (drawn >= MOVED_IN_COUNTY) {
        synth_places_outside(places, &telling->life, ret_address);
        return slot;
    }
    slot = drawn < MOVED_IN_PLACE ? synth_places_near(places, slot, &telling->life)
                                  : synth_places_any(places, &telling->life);
    synth_places_address(places, slot, ret_address);
    return slot;
}

/* the moves of the last years, the latest first, by the age then of the one who lived longest */
static uint32_t draw_moves(struct telling *telling, uint32_t slot,
                           struct synth_past_address past[SYNTH_PAST_ADDRESSES],
                           uint32_t *ret_earlier)
{
    const struct synth_person *first = &telling->household->people[0];
    int32_t end = end_of(telling, first);
    uint32_t count = 0;
    *ret_earlier = slot;
    for (int32_t year = 0; year < YEARS_OF_MOVES && count < SYNTH_PAST_ADDRESSES; year++) {
        int32_t age = synth_age_at(first->birth, end) - year;
        if (age < 0 || !synth_random_chance(&telling->life, move_rate(age), 1000)) {
            continue;
        }
        uint32_t before = draw_earlier(telling, slot, &past[count].address);
        *ret_earlier = count == 0 ? before : *ret_earlier;
        past[count].until = synth_season_day(
            age >= STUDENT_FROM && age <= STUDENT_TO ? SYNTH_SEASON_STUDY : SYNTH_SEASON_MOVE,
            end - YEAR(year) - 360, 360, &telling->life);
        count++;
    }
    return count;
}

/* into a home or hall: from the own home not long ago, students from wherever they grew up */
static uint32_t draw_moving_in(struct telling *telling, uint32_t slot,
                               struct synth_past_address *past)
{
    const struct synth_person *person = &telling->household->people[0];
    int32_t end = end_of(telling, person);
    if (person->home == SYNTH_HOME_CARE) {
        synth_places_address(&telling->world->places, slot, &past->address);
        past->until = end - synth_random_between(&telling->life, 20, 900);
        return slot;
    }
    past->until = synth_season_day(SYNTH_SEASON_STUDY, end - 400, 381, &telling->life);
    return draw_earlier(telling, slot, &past->address);
}

struct home {
    struct synth_address address;
    struct synth_past_address past[SYNTH_PAST_ADDRESSES];
    uint32_t past_count;
    int32_t tenth;
    synth_org practice, old_practice;
    bool none; /* of no fixed abode */
};

static synth_org practice_of(struct telling *telling, uint32_t slot)
{
    return (synth_org)(SYNTH_FIRST_PRACTICE +
                       synth_places_practice(&telling->world->places, slot, &telling->life));
}

static void find_home(struct telling *telling, struct home *home)
{
    const struct synth_places *places = &telling->world->places;
    const struct synth_person *first = &telling->household->people[0];
    uint32_t slot = synth_places_slot(places, telling->number);
    uint32_t lives = slot;
    uint32_t earlier = slot;
    home->none = first->home == SYNTH_HOME_ALONE && telling->household->count == 1 &&
                 age_of(telling, first) < 65 &&
                 synth_random_chance(&telling->life, NO_ABODE_PER_10000, 10000);
    if (first->home == SYNTH_HOME_CARE) {
        synth_places_care_home(places, &telling->life, &home->address, &lives);
    } else if (first->home == SYNTH_HOME_HALL) {
        synth_places_hall(places, &telling->life, &home->address, &lives);
    } else if (home->none) {
        synth_places_none(places, slot, &home->address);
    } else {
        synth_places_address(places, slot, &home->address);
    }
    if (lives != slot) {
        earlier = draw_moving_in(telling, slot, &home->past[0]);
        home->past_count = 1;
    } else {
        home->past_count = draw_moves(telling, slot, home->past, &earlier);
    }
    home->tenth = home->none ? NOWHERE_TENTH : synth_places_area(places, lives)->tenth;
    home->practice = practice_of(telling, lives);
    home->old_practice =
        home->past_count > 0 && earlier != lives ? practice_of(telling, earlier) : home->practice;
}

static void draw_phone(struct telling *telling, int32_t age, char ret_phone[12])
{
    bool landline = synth_random_chance(&telling->life, age >= 75 ? 60 : age >= 60 ? 25 : 6, 100);
    snprintf(ret_phone, 12, "%s%03u", landline ? "01632960" : "07700900",
             synth_random_below(&telling->life, 1000));
}

static void settle(struct telling *telling, struct synth_person *person, const struct home *home)
{
    person->address = home->address;
    for (uint32_t i = 0; i < home->past_count; i++) {
        bool lived =
            home->past[i].until > person->birth && home->past[i].until < end_of(telling, person);
        if (lived) {
            person->past[person->past_count++] = home->past[i];
        }
    }
    person->tenth = home->tenth;
    person->practice = home->practice;
    person->old_practice = person->past_count > 0 ? home->old_practice : home->practice;
    person->no_abode = home->none;
    person->care_home = person->home == SYNTH_HOME_CARE;
    draw_phone(telling, age_of(telling, person), person->phone);
    draw_phone(telling, age_of(telling, person), person->old_phone);
}

/* -- each alone -------------------------------------------------------------------------------- */

static int32_t carer_rate(const struct synth_person *person, int32_t age)
{
    const struct synth_carer *row = synth_carer_table;
    while (row + 1 < synth_carer_table + SYNTH_CARER_COUNT && row[1].age <= age) {
        row++;
    }
    return person->sex == 'F' ? row->female : row->male;
}

static void tell_origin(struct telling *telling, struct synth_person *person)
{
    const struct synth_heritage *heritage = person->ethnicity->heritage;
    int32_t age = age_of(telling, person);
    int32_t abroad = age < 18 ? heritage->born_abroad / 5 : heritage->born_abroad;
    person->born_abroad = synth_random_chance(&telling->life, abroad, 1000);
    int32_t other = person->born_abroad ? heritage->own_language : heritage->own_language / 5;
    bool speaks = synth_random_chance(&telling->life, other, 1000);
    bool helped = synth_random_chance(&telling->life, INTERPRETER_PER_100, 100);
    int32_t rate = is_white(person->ethnicity) ? PLACEHOLDER_EUROPE : PLACEHOLDER_PER_1000;
    bool unknown = synth_random_chance(&telling->life, rate, 1000);
    person->language = speaks ? heritage : NULL;
    person->interpreter = speaks && helped && person->born_abroad && age >= 18;
    person->placeholder_birth = unknown && person->born_abroad;
}

static void tell_care(struct telling *telling, struct synth_person *person)
{
    int32_t rate = carer_rate(person, age_of(telling, person));
    bool carer = synth_random_chance(&telling->life, rate, 1000);
    person->carer = carer && person->death == SYNTH_NO_DAY && !person->care_home;
}

static void add_next_of_kin(struct telling *telling, struct synth_person *person)
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
    uint32_t pick = age_of(telling, person) >= 50 ? synth_random_below(&telling->names, 3)
                                                  : 2 + synth_random_below(&telling->names, 4);
    const struct synth_heritage *heritage = person->ethnicity->heritage;
    int32_t year = synth_year_of(person->birth) + kin[pick].gap;
    person->next_of_kin_role = kin[pick].role;
    person->next_of_kin_given =
        synth_names_forename(&telling->world->names, heritage, kin[pick].sex, year, &telling->names,
                             &telling->household->names);
    person->next_of_kin_family =
        synth_names_for_sex(heritage, person->family, kin[pick].sex, &telling->household->names);
}

static uint32_t living(const struct synth_household *household)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < household->count; i++) {
        count += household->people[i].death == SYNTH_NO_DAY;
    }
    return count;
}

static void tell_each(struct telling *telling, const struct home *home)
{
    struct synth_household *household = telling->household;
    for (uint32_t i = 0; i < household->count; i++) {
        struct synth_person *person = &household->people[i];
        settle(telling, person, home);
        tell_origin(telling, person);
        tell_care(telling, person);
        give_title(telling, person);
        if (household->count == 1 || person->home == SYNTH_HOME_SHARED) {
            add_next_of_kin(telling, person);
        }
        person->alone =
            living(household) <= 1 && !person->care_home && person->home != SYNTH_HOME_HALL;
    }
}

void synth_biographies(const struct synth_world *world, uint64_t number,
                       struct synth_household *household)
{
    struct telling telling = { .world = world, .household = household, .number = number };
    struct home home = { .past_count = 0 };
    synth_random_start(&telling.life, world->seed, SYNTH_STREAM_PERSON, number);
    synth_random_start(&telling.names, world->seed, SYNTH_STREAM_NAME, number);
    household->names.used = 0;
    give_ethnicities(&telling);
    marry(&telling);
    for (uint32_t i = 0; i < household->count; i++) {
        leave_alone(&telling, &household->people[i]);
    }
    give_names(&telling);
    find_home(&telling, &home);
    tell_each(&telling, &home);
}
