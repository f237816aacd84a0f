/*
 * world.c: sums tables, founds organisations, hires staff.
 *
 * A practice lies in the middle of its stretch of the county (places.h): its address is a
 * dwelling's.
 */
#include "synth/world.h"

#include "synth/calendar.h"
#include "synth/mishaps.h"
#include "synth/use.h"

#define PEOPLE_PER_PRACTICE 12000

static void sum_ethnicities(struct synth_world *world)
{
    for (size_t i = 0; i < SYNTH_ETHNICITY_COUNT; i++) {
        world->ethnicity[0] += (uint32_t)synth_ethnicity_table[i].young;
        world->ethnicity[1] += (uint32_t)synth_ethnicity_table[i].adult;
        world->ethnicity[2] += (uint32_t)synth_ethnicity_table[i].old;
    }
}

/* exact where a sample of people would only be near it */
static int32_t mean_tenth(const struct synth_places *places)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < places->area_count; i++) {
        sum += (int64_t)places->areas[i].tenth * places->areas[i].slots;
    }
    return (int32_t)(sum * 1000 / places->slots);
}

static void found_practice(struct synth_world *world, uint32_t index, struct arena *arena)
{
    char line[96];
    struct synth_address address;
    const struct synth_places *places = &world->places;
    uint32_t middle = (places->practice_slots[index] + places->practice_slots[index + 1]) / 2;
    synth_places_address(places, middle, &address);
    synth_address_line(&address, line, sizeof(line));
    world->organisations[SYNTH_FIRST_PRACTICE + index] = (struct synth_org_info){
        .ods = arena_printf(arena, "K99%03u", index + 1),
        .kind = SLICE("practice"),
        .name = synth_practice_table[index].name,
        .line = arena_copy(arena, slice_from_string(line)),
        .town = address.place->name,
        .postcode = arena_copy(arena, slice_from_string(address.postcode)),
        .phone = arena_printf(arena, "01632960%03u", 500 + index),
        .role = SLICE("RO177"),
        .errors = &synth_source_table[SYNTH_SOURCE_PRACTICE],
    };
}

static uint32_t practice_count(uint64_t people)
{
    uint64_t practices = (people + PEOPLE_PER_PRACTICE - 1) / PEOPLE_PER_PRACTICE;
    practices = practices < 2 ? 2 : practices;
    return practices > SYNTH_PRACTICE_COUNT ? SYNTH_PRACTICE_COUNT : (uint32_t)practices;
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
    uint32_t practices = world->places.practices;
    for (uint32_t i = 0; i < practices; i++) {
        found_practice(world, i, arena);
    }
    world->organisation_count = SYNTH_FIRST_PRACTICE + practices;
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
    struct synth_pool pool = { .used = 0 };
    struct slice given = synth_names_forename(&world->names, heritage, sex, born, &random, &pool);
    struct slice family = synth_names_surname(&world->names, heritage, sex, &random, &pool);
    world->staff[world->staff_count++] = (struct synth_staff_member){
        .id = arena_printf(arena, "%.*s-%02u", SLICE_PRINT(organisation->ods), number),
        .prefix = row->prefix.len > 0 ? row->prefix
                  : sex == 'F'        ? SLICE("Ms")
                                      : SLICE("Mr"),
        .given = arena_copy(arena, given),
        .family = arena_copy(arena, family),
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
    synth_names_init(&ret_world->names);
    synth_pyramid_init(&ret_world->pyramid, years);
    sum_ethnicities(ret_world);
    if (!synth_places_make(&ret_world->places, seed, people, practice_count(people), arena)) {
        return fault_no_memory(fault, arena);
    }
    found_organisations(ret_world, arena);
    ret_world->staff =
        arena_array(arena, (size_t)ret_world->organisation_count * 64, struct synth_staff_member);
    if (ret_world->staff == NULL) {
        return fault_no_memory(fault, arena);
    }
    hire_all(ret_world, arena);
    ret_world->mishaps = mishaps_rates_make(ret_world, arena);
    ret_world->mean_tenth = mean_tenth(&ret_world->places);
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
