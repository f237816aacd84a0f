/*
 * life.c: a life is made in parts, each with its own chance (random.h): diseases first, then what
 * follows from them. The order of the parts is that of their dependence: measurements ask which
 * medicine is taken when, so medicines come before.
 */
#include "synth/life.h"

#include "synth/mishaps.h"

struct synth_item *life_add(struct synth_life *life, enum synth_kind kind, synth_org organisation,
                            synth_when start)
{
    struct synth_item *item = vector_push(&life->items, life->arena);
    if (item == NULL) {
        life->failed = true;
        item = &life->spare;
    }
    *item = (struct synth_item){ .kind = (uint8_t)kind,
                                 .organisation = organisation,
                                 .start = start,
                                 .end = SYNTH_NEVER,
                                 .recorded = start,
                                 .encounter = SYNTH_NO_ITEM,
                                 .reason = SYNTH_NO_ITEM };
    item->author = life->world->organisations[organisation].staff_first;
    return item;
}

struct synth_visit *life_add_visit(struct synth_life *life, uint32_t item)
{
    struct synth_visit *visit = arena_new(life->arena, struct synth_visit);
    if (visit == NULL || item >= life->items.count) {
        life->failed = true;
        return &life->spare_visit;
    }
    *visit = (struct synth_visit){ .requested = SYNTH_NEVER };
    life->items.at[item].visit = visit;
    return visit;
}

uint32_t life_last(const struct synth_life *life)
{
    return life->items.count > 0 ? (uint32_t)life->items.count - 1 : SYNTH_NO_ITEM;
}

bool life_known_to(const struct synth_life *life, synth_org organisation)
{
    const struct synth_person *person = life->person;
    if (organisation == person->practice) {
        return true;
    }
    if (organisation == person->old_practice && synth_patient_still_listed(life->world, person)) {
        return true;
    }
    for (size_t i = 0; i < life->items.count; i++) {
        if (life->items.at[i].organisation == organisation) {
            return true;
        }
    }
    return false;
}

bool life_holds(const struct synth_life *life, const struct synth_patient *patient, uint32_t index)
{
    const struct synth_item *item = &life->items.at[index];
    return item->organisation == patient->organisation && item->copy == patient->copy;
}

struct synth_random life_random(const struct synth_life *life, enum synth_stream stream)
{
    struct synth_random random;
    synth_random_start(&random, life->world->seed, stream, life->person->number);
    return random;
}

bool life_has(const struct synth_life *life, enum synth_disease_key disease)
{
    return life->onset[disease] != SYNTH_NO_DAY;
}

bool life_had(const struct synth_life *life, enum synth_disease_key disease, int32_t day)
{
    return life->onset[disease] <= day ||
           (life->past_from[disease] <= day && day < life->past_to[disease]);
}

int32_t life_on(const struct synth_life *life, struct slice medicine_class, int32_t day)
{
    int32_t longest = -1;
    for (uint32_t i = 0; i < life->taking_count; i++) {
        const struct synth_taking *taking = &life->taking[i];
        if (taking->from <= day && day < taking->to && day - taking->from > longest &&
            slice_equal(taking->medicine->class, medicine_class)) {
            longest = day - taking->from;
        }
    }
    return longest;
}

int32_t life_age_at(const struct synth_life *life, int32_t day)
{
    return synth_age_at(life->person->birth, day);
}

void life_ask_smoking(struct synth_life *life, synth_org organisation, uint16_t author,
                      uint32_t encounter, synth_when when)
{
    struct synth_item *item = life_add(life, SYNTH_OBSERVATION, organisation, when);
    item->code = &synth_code_table[SYNTH_CODE_TOBACCO_STATUS];
    item->other = life_smoking(life, synth_day_of(when));
    item->author = author;
    item->encounter = encounter;
}

uint16_t life_staff(const struct synth_life *life, synth_org organisation, struct slice role)
{
    return synth_world_staff(life->world, organisation, role, life->person->number);
}

void life_not_before_birth(const struct synth_life *life, struct synth_item *item)
{
    synth_when birth = synth_when_of(life->person->birth, 720);
    item->recorded = item->recorded < birth ? birth : item->recorded;
}

int32_t life_any_day(const struct synth_life *life, struct synth_random *random)
{
    int32_t day = synth_working_day(synth_random_between(random, life->window, life->until));
    return day > life->until ? life->until : day;
}

int32_t life_any_minute(struct synth_random *random)
{
    return 8 * 60 + 30 + (int32_t)synth_random_below(random, 108) * 5;
}

synth_when life_any_time(const struct synth_life *life, struct synth_random *random)
{
    int32_t day = life_any_day(life, random);
    return synth_when_of(day, life_any_minute(random));
}

/* the body mass index that so many in 10,000 adults exceed */
static int32_t bmi_of(int32_t above)
{
    const struct synth_body_mass *row = synth_body_mass_table;
    const struct synth_body_mass *last = row + SYNTH_BODY_MASS_COUNT - 1;
    while (row + 1 < last && row[1].above <= above) {
        row++;
    }
    int32_t on = above < row[1].above ? above - row->above : row[1].above - row->above;
    return row->bmi + (row[1].bmi - row->bmi) * on / (row[1].above - row->above);
}

/* height, and the mass that goes with the trait; who is on the register has been over 30 */
static void make_body(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_BODY);
    bool man = life->person->sex == 'M';
    const struct synth_test *height = &synth_test_table[SYNTH_TEST_HEIGHT];
    int32_t z = synth_random_normal(&random);
    life->height = ((man ? height->male : height->female) + height->spread * z / 1000) / 100;
    z = synth_random_normal(&random);
    int32_t old = life->age > 80 ? (life->age - 80) * 30 : 0;
    int32_t rank = life_normal_rank((life->trait[SYNTH_TRAIT_OBESITY] * 92 + z * 39) / 100 - old);
    life->bmi = bmi_of(rank / 10000);
    if (life_has(life, SYNTH_DISEASE_OBESITY) && life->bmi < 30200) {
        life->bmi = 30200 + (z < 0 ? -z : z);
    }
}

void synth_life_make(const struct synth_world *world, const struct synth_household *household,
                     uint32_t index, struct arena *arena, struct synth_life *ret_life)
{
    const struct synth_person *person = &household->people[index];
    *ret_life = (struct synth_life){
        .world = world, .household = household, .person = person, .arena = arena
    };
    ret_life->until = synth_person_until(person, world->today);
    int32_t window = world->today - world->years * 1461 / 4;
    ret_life->window = window < person->birth ? person->birth : window;
    if (ret_life->window > ret_life->until) {
        ret_life->window = ret_life->until;
    }
    ret_life->age = synth_person_age(person, world->today);
    life_allergies(ret_life);
    life_traits(ret_life);
    life_diseases(ret_life);
    make_body(ret_life);
    life_medicines(ret_life);
    life_problems(ret_life);
    life_prevention(ret_life);
    life_screening(ret_life);
    life_course(ret_life);
    life_practice(ret_life);
    life_hospital(ret_life);
    life_maternity(ret_life);
    life_community(ret_life);
    life_mishaps(ret_life);
    life_copies(ret_life);
}
