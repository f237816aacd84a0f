/*
 * world.c: sums tables, founds organisations, hires staff.
 *
 * The age of a household's first adult is drawn so that all adults together have the ages of the
 * population table: a first adult of age a brings a partner of about the same age in a share p(a)
 * of cases, so the weight of a is population(a) / (1 + p(a)). Children come from their mothers
 * (household.c). The age at death follows population times mortality.
 */
#include "synth/household.h"

#include "synth/calendar.h"
#include "synth/mishaps.h"
#include "synth/use.h"

static int32_t interpolate(int32_t x, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    return y0 + (int32_t)((int64_t)(y1 - y0) * (x - x0) / (x1 - x0));
}

static int32_t mortality(int32_t age, bool woman)
{
    const struct synth_mortality *row = synth_mortality_table;
    size_t i = 0;
    while (i + 2 < SYNTH_MORTALITY_COUNT && row[i + 1].age <= age) {
        i++;
    }
    return interpolate(age, row[i].age, woman ? row[i].female : row[i].male, row[i + 1].age,
                       woman ? row[i + 1].female : row[i + 1].male);
}

static int32_t partnered(int32_t age)
{
    const struct synth_partnered *row = synth_partnered_table;
    size_t i = 0;
    while (i + 2 < SYNTH_PARTNERED_COUNT && row[i + 1].age <= age) {
        i++;
    }
    if (age < row[0].age) {
        return 0;
    }
    int32_t share =
        interpolate(age, row[i].age, row[i].per_mille, row[i + 1].age, row[i + 1].per_mille);
    return share < 20 ? 20 : share;
}

/* the last row holds everybody of 90 and over: spread over eleven ages, each 0.8 of the one before
 */
static int32_t population(int32_t age, bool women)
{
    static const int32_t share_of_10000[] = { 2190, 1752, 1402, 1121, 897, 718,
                                              574,  459,  367,  294,  226 };
    const struct synth_population *row = &synth_population_table[age < 90 ? age : 90];
    int64_t count = women ? row->females : row->males;
    return (int32_t)(age < 90 ? count : count * share_of_10000[age - 90] / 10000);
}

static void sum_ages(struct synth_world *world)
{
    uint32_t head = 0;
    uint32_t death = 0;
    for (int32_t age = 0; age < SYNTH_AGES; age++) {
        int32_t men = population(age, false);
        int32_t women = population(age, true);
        world->partnered[age] = partnered(age);
        world->women[age] = (int32_t)((int64_t)women * 1000 / (men + women));
        if (age >= 18) {
            head += (uint32_t)((int64_t)(men + women) * 1000 / (1000 + world->partnered[age]));
        }
        death += (uint32_t)(((int64_t)men * mortality(age, false) +
                             (int64_t)women * mortality(age, true)) /
                            100000);
        world->head[age] = head;
        world->death[age] = death;
    }
}

static size_t decade_index(int32_t decade)
{
    return decade == 0 ? 0 : (size_t)(decade - 1930) / 10;
}

static void sum_names(struct synth_world *world)
{
    for (size_t i = 0; i < SYNTH_SURNAME_COUNT; i++) {
        const struct synth_surname *row = &synth_surname_table[i];
        struct synth_range *range = &world->surnames[row->heritage - synth_heritage_table];
        range->first = range->count == 0 ? (uint16_t)i : range->first;
        range->count++;
        range->total += (uint32_t)row->weight;
    }
    for (size_t i = 0; i < SYNTH_FORENAME_COUNT; i++) {
        const struct synth_forename *row = &synth_forename_table[i];
        struct synth_range *range = &world->forenames[row->heritage - synth_heritage_table]
                                                     [row->sex == 'F'][decade_index(row->decade)];
        range->first = range->count == 0 ? (uint16_t)i : range->first;
        range->count++;
        range->total += (uint32_t)row->weight;
    }
}

static void sum_places(struct synth_world *world)
{
    for (size_t i = 0; i < SYNTH_PLACE_COUNT; i++) {
        world->places += (uint32_t)synth_place_table[i].share;
    }
    for (size_t i = 0; i < SYNTH_ROAD_END_COUNT; i++) {
        world->road_ends += (uint32_t)synth_road_end_table[i].weight;
    }
    for (size_t i = 0; i < SYNTH_ETHNICITY_COUNT; i++) {
        world->ethnicity[0] += (uint32_t)synth_ethnicity_table[i].young;
        world->ethnicity[1] += (uint32_t)synth_ethnicity_table[i].adult;
        world->ethnicity[2] += (uint32_t)synth_ethnicity_table[i].old;
    }
}

struct slice synth_world_surname(const struct synth_world *world,
                                 const struct synth_heritage *heritage, struct synth_random *random)
{
    const struct synth_range *range = &world->surnames[heritage - synth_heritage_table];
    uint32_t drawn = synth_random_below(random, range->total);
    const struct synth_surname *row = &synth_surname_table[range->first];
    while (drawn >= (uint32_t)row->weight) {
        drawn -= (uint32_t)row->weight;
        row++;
    }
    return row->name;
}

struct slice synth_world_forename(const struct synth_world *world,
                                  const struct synth_heritage *heritage, char sex,
                                  int32_t birth_year, struct synth_random *random)
{
    int32_t neighbour = (int32_t)synth_random_below(random, 10);
    int32_t decade = birth_year / 10 * 10 + (neighbour == 0 ? -10 : neighbour == 1 ? 10 : 0);
    decade = decade < 1930 ? 1930 : decade > 2020 ? 2020 : decade;
    const struct synth_range *range = world->forenames[heritage - synth_heritage_table][sex == 'F'];
    range = range[decade_index(decade)].count > 0 ? &range[decade_index(decade)] : range;
    uint32_t drawn = synth_random_below(random, range->total);
    const struct synth_forename *row = &synth_forename_table[range->first];
    while (drawn >= (uint32_t)row->weight) {
        drawn -= (uint32_t)row->weight;
        row++;
    }
    return row->name;
}

static void found_organisations(struct synth_world *world, struct arena *arena)
{
    for (size_t i = 0; i < SYNTH_ORGANISATION_COUNT; i++) {
        const struct synth_organisation *row = &synth_organisation_table[i];
        world->organisations[i] = (struct synth_org_info){
            .ods = row->ods,
            .kind = row->kind,
            .name = row->name,
            .line = row->line,
            .town = row->town,
            .postcode = row->postcode,
            .phone = row->phone,
            .role = row->role,
            .errors = row->errors,
        };
    }
    uint64_t practices = (world->people + 9999) / 10000;
    practices = practices < 2 ? 2 : practices;
    practices = practices > SYNTH_PRACTICE_COUNT ? SYNTH_PRACTICE_COUNT : practices;
    for (uint32_t i = 0; i < practices; i++) {
        const struct synth_practice *row = &synth_practice_table[i];
        world->organisations[SYNTH_FIRST_PRACTICE + i] = (struct synth_org_info){
            .ods = arena_printf(arena, "K99%03u", i + 1),
            .kind = SLICE("practice"),
            .name = row->name,
            .line = arena_printf(arena, "%.*s", SLICE_PRINT(row->name)),
            .town = row->town,
            .postcode = arena_printf(arena, "OX%u 9AB", 61 + i),
            .phone = arena_printf(arena, "01632960%03u", 500 + i),
            .role = SLICE("RO177"),
            .errors = &synth_source_table[SYNTH_SOURCE_PRACTICE],
        };
    }
    world->organisation_count = SYNTH_FIRST_PRACTICE + (uint32_t)practices;
}

static const struct synth_heritage *staff_heritage(struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, 100);
    uint32_t other =
        drawn < 62 ? SYNTH_HERITAGE_BRITISH : synth_random_below(random, SYNTH_HERITAGE_COUNT);
    return &synth_heritage_table[other];
}

static void hire(struct synth_world *world, struct synth_org_info *organisation,
                 const struct synth_staff *row, uint32_t number, struct arena *arena)
{
    struct synth_random random;
    synth_random_start(&random, world->seed, SYNTH_STREAM_STAFF, world->staff_count);
    const struct synth_heritage *heritage = staff_heritage(&random);
    char sex = synth_random_chance(&random, row->prefix.len > 0 ? 50 : 75, 100) ? 'F' : 'M';
    int32_t born = synth_random_between(&random, 1962, 1996);
    struct slice given = synth_world_forename(world, heritage, sex, born, &random);
    struct slice family = synth_world_surname(world, heritage, &random);
    world->staff[world->staff_count++] = (struct synth_staff_member){
        .id = arena_printf(arena, "%.*s-%02u", SLICE_PRINT(organisation->ods), number),
        .prefix = row->prefix.len > 0 ? row->prefix
                  : sex == 'F'        ? SLICE("Ms")
                                      : SLICE("Mr"),
        .given = given,
        .family = family,
        .role = row->role,
    };
    organisation->staff_count++;
}

static void hire_all(struct synth_world *world, struct arena *arena)
{
    for (uint32_t i = 0; i < world->organisation_count; i++) {
        struct synth_org_info *organisation = &world->organisations[i];
        organisation->staff_first = (uint16_t)world->staff_count;
        for (size_t s = 0; s < SYNTH_STAFF_COUNT; s++) {
            const struct synth_staff *row = &synth_staff_table[s];
            for (int32_t n = 0; slice_equal(row->kind, organisation->kind) && n < row->count; n++) {
                hire(world, organisation, row, organisation->staff_count + 1u, arena);
            }
        }
    }
}

bool synth_world_make(struct synth_world *ret_world, uint64_t seed, uint64_t people, int32_t years,
                      int32_t today, struct arena *arena, struct fault *fault)
{
    *ret_world =
        (struct synth_world){ .seed = seed, .people = people, .years = years, .today = today };
    synth_numbers_init(&ret_world->numbers, seed, people);
    sum_ages(ret_world);
    sum_names(ret_world);
    sum_places(ret_world);
    found_organisations(ret_world, arena);
    ret_world->staff =
        arena_array(arena, (size_t)ret_world->organisation_count * 64, struct synth_staff_member);
    if (ret_world->staff == NULL) {
        return fault_no_memory(fault, arena);
    }
    hire_all(ret_world, arena);
    ret_world->mishaps = mishaps_rates_make(ret_world, arena);
    ret_world->mean_tenth = synth_household_mean_tenth(ret_world);
    ret_world->calendar = calendar_make(ret_world, arena);
    ret_world->rates = use_rates_make(arena);
    return arena->exhausted ? fault_no_memory(fault, arena) : true;
}

uint16_t synth_world_staff(const struct synth_world *world, synth_org organisation,
                           struct slice role, uint64_t number)
{
    const struct synth_org_info *info = &world->organisations[organisation];
    uint16_t found[64];
    uint32_t count = 0;
    for (uint16_t i = info->staff_first; i < info->staff_first + info->staff_count; i++) {
        struct slice its = world->staff[i].role;
        if (count < ARRAY_LENGTH(found) && slice_find_slice(its, role) < its.len) {
            found[count++] = i;
        }
    }
    if (count == 0) {
        return info->staff_first;
    }
    return found[synth_random_mix(number, organisation) % count];
}
