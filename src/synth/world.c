/*
 * world.c: sums tables, founds organisations.
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
    if (!synth_staff_make(ret_world, arena)) {
        return fault_no_memory(fault, arena);
    }
    ret_world->mishaps = mishaps_rates_make(ret_world, arena);
    ret_world->mean_tenth = mean_tenth(&ret_world->places);
    ret_world->calendar = calendar_make(ret_world, arena);
    ret_world->rates = use_rates_make(arena);
    return arena->exhausted ? fault_no_memory(fault, arena) : true;
}
