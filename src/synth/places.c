/*
 * places.c: the county as one row of dwellings.
 *
 * One dimension is enough: what a linkage, a map of deprivation or a practice's list needs of
 * geography is who lives near whom and what is the same for neighbours. Everything about a dwelling
 * follows from its slot by arithmetic and one search over the areas, so nothing is stored per
 * household, and a past address is just another slot, where somebody else lives now.
 *
 * Deciles: areas are put in the order of their place's affluence and a little chance, and the
 * shares of deprivation.csv are dealt along that order. The shares so come out exactly, whatever
 * the number of areas.
 *
 * Considered and left: coordinates. They would make distances, which nothing asks for yet.
 */
#include "synth/places.h"

#include <stdlib.h>

#define PEOPLE_PER_AREA      1700
#define AREAS                600 /* of a county of a million; a smaller one has as many, smaller */
#define AREA_AT_LEAST        100 /* people */
#define NO_ABODE_PER_10000   6   /* of all people, whom biography.c puts into the first tenth */
#define DWELLINGS_PER_100    60  /* dwellings, of 100 people: more than households (about 45) */
#define POSTCODES_PER_ROAD   3
#define PEOPLE_PER_CARE_HOME 6060
#define HALLS_FOR_ALL        SYNTH_HALL_COUNT
#define OWN_PRACTICE         70 /* per cent; then each neighbour 12, then any */
#define BESIDE_PRACTICE      12
#define OUTSIDE_POSTCODES    4000
#define NURSING_PER_100      45 /* of care homes; they are half as large again */

static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ"; /* 20 that a postcode may end with */

/* -- founding ---------------------------------------------------------------------------------- */

static uint64_t people_per_area(uint64_t people)
{
    uint64_t its = people / AREAS;
    return its < AREA_AT_LEAST ? AREA_AT_LEAST : its < PEOPLE_PER_AREA ? its : PEOPLE_PER_AREA;
}

static uint32_t area_count_of(const struct synth_place *place, uint64_t people, uint32_t shares)
{
    if (place->share == 0) {
        return 0;
    }
    uint64_t its = people * (uint64_t)place->share / shares;
    uint64_t each = people_per_area(people);
    uint32_t count = (uint32_t)((its + each / 2) / each);
    return count == 0 ? 1 : count;
}

/* postcodes are numbered through each district, in the order of the places */
static uint32_t postcodes_before(const struct synth_places *places, const struct synth_area *area)
{
    uint32_t before = 0;
    for (const struct synth_area *one = places->areas; one < area; one++) {
        if (one->place->district == area->place->district) {
            before += one->slots / SYNTH_SLOTS_PER_POSTCODE;
        }
    }
    return before;
}

static void found_areas(struct synth_places *places, uint64_t people, uint32_t shares)
{
    for (size_t p = 0; p < SYNTH_PLACE_COUNT; p++) {
        const struct synth_place *place = &synth_place_table[p];
        uint32_t count = area_count_of(place, people, shares);
        places->place_slots[p] = places->slots;
        uint64_t dwellings = people * DWELLINGS_PER_100 / 100 * (uint64_t)place->share / shares;
        for (uint32_t i = 0; i < count; i++) {
            struct synth_area *area = &places->areas[places->area_count++];
            uint32_t postcodes = (uint32_t)(dwellings / count / SYNTH_SLOTS_PER_POSTCODE) + 1;
            area->place = place;
            area->first_slot = places->slots;
            area->slots = postcodes * SYNTH_SLOTS_PER_POSTCODE;
            area->first_postcode = postcodes_before(places, area);
            snprintf(area->code, sizeof(area->code), "X01%06u", places->area_count);
            places->slots += area->slots;
        }
    }
    places->place_slots[SYNTH_PLACE_COUNT] = places->slots;
}

struct ranked {
    struct synth_area *area;
    int32_t rank;
};

static int by_rank(const void *a, const void *b)
{
    const struct ranked *one = a;
    const struct ranked *other = b;
    if (one->rank != other->rank) {
        return one->rank < other->rank ? -1 : 1;
    }
    return one->area < other->area ? -1 : 1;
}

static bool deal_deciles(struct synth_places *places, struct arena *arena)
{
    struct ranked *order = arena_array(arena, places->area_count, struct ranked);
    if (order == NULL) {
        return false;
    }
    struct synth_random random;
    synth_random_start(&random, places->key, SYNTH_STREAM_PLACES, 0);
    for (uint32_t i = 0; i < places->area_count; i++) {
        struct synth_area *area = &places->areas[i];
        int32_t noise = synth_random_normal(&random) * 15;
        order[i] = (struct ranked){ area, area->place->affluence * 1000 + noise };
    }
    qsort(order, places->area_count, sizeof(*order), by_rank);
    /* who has no home is of the first tenth, too: as much less of it is left for areas */
    uint64_t dealt = (uint64_t)places->slots * NO_ABODE_PER_10000 / 10000;
    uint64_t all = places->slots + dealt;
    size_t tenth = 0;
    uint64_t until = (uint64_t)synth_deprivation_table[0].share;
    for (uint32_t i = 0; i < places->area_count; i++) {
        /* the decile in which the middle of this area falls */
        uint64_t middle = (dealt * 2 + order[i].area->slots) * 5000 / all;
        while (tenth + 1 < SYNTH_DEPRIVATION_COUNT && middle >= until) {
            until += (uint64_t)synth_deprivation_table[++tenth].share;
        }
        order[i].area->tenth = (uint8_t)(tenth + 1);
        dealt += order[i].area->slots;
    }
    return true;
}

static void deal_stretches(struct synth_places *places)
{
    uint64_t sizes = 0;
    uint64_t before = 0;
    for (uint32_t i = 0; i < places->practices; i++) {
        sizes += (uint64_t)synth_practice_table[i].size;
    }
    for (uint32_t i = 0; i < places->practices; i++) {
        places->practice_slots[i] = (uint32_t)(before * places->slots / sizes);
        before += (uint64_t)synth_practice_table[i].size;
    }
    places->practice_slots[places->practices] = places->slots;
}

bool synth_places_make(struct synth_places *ret_places, uint64_t seed, uint64_t people,
                       uint32_t practices, struct arena *arena)
{
    uint32_t shares = 0;
    uint32_t areas = 0;
    *ret_places = (struct synth_places){ .key = seed, .practices = practices };
    for (size_t i = 0; i < SYNTH_PLACE_COUNT; i++) {
        shares += (uint32_t)synth_place_table[i].share;
    }
    for (size_t i = 0; i < SYNTH_PLACE_COUNT; i++) {
        areas += area_count_of(&synth_place_table[i], people, shares);
    }
    for (size_t i = 0; i < SYNTH_ROAD_END_COUNT; i++) {
        ret_places->road_ends += (uint32_t)synth_road_end_table[i].weight;
    }
    ret_places->care_homes = (uint32_t)(people / PEOPLE_PER_CARE_HOME) + 1;
    ret_places->areas = arena_array(arena, areas, struct synth_area);
    if (ret_places->areas == NULL) {
        return false;
    }
    found_areas(ret_places, people, shares);
    deal_stretches(ret_places);
    return deal_deciles(ret_places, arena);
}

/* -- finding ----------------------------------------------------------------------------------- */

uint32_t synth_places_slot(const struct synth_places *places, uint64_t household)
{
    return synth_random_permute(places->key ^ SYNTH_STREAM_PLACES,
                                (uint32_t)(household % places->slots), places->slots);
}

const struct synth_area *synth_places_area(const struct synth_places *places, uint32_t slot)
{
    uint32_t low = 0;
    uint32_t high = places->area_count;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (places->areas[middle].first_slot <= slot) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &places->areas[low];
}

uint32_t synth_places_any(const struct synth_places *places, struct synth_random *random)
{
    return synth_random_below(random, places->slots);
}

uint32_t synth_places_near(const struct synth_places *places, uint32_t slot,
                           struct synth_random *random)
{
    size_t place = (size_t)(synth_places_area(places, slot)->place - synth_place_table);
    uint32_t first = places->place_slots[place];
    return first + synth_random_below(random, places->place_slots[place + 1] - first);
}

uint32_t synth_places_practice(const struct synth_places *places, uint32_t slot,
                               struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, 100);
    if (drawn >= OWN_PRACTICE + 2 * BESIDE_PRACTICE) {
        slot = synth_places_any(places, random);
    }
    uint32_t low = 0;
    uint32_t high = places->practices;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (places->practice_slots[middle] <= slot) {
            low = middle;
        } else {
            high = middle;
        }
    }
    if (drawn >= OWN_PRACTICE && drawn < OWN_PRACTICE + BESIDE_PRACTICE) {
        return (low + 1) % places->practices;
    }
    if (drawn >= OWN_PRACTICE && drawn < OWN_PRACTICE + 2 * BESIDE_PRACTICE) {
        return (low + places->practices - 1) % places->practices;
    }
    return low;
}

/* -- addresses --------------------------------------------------------------------------------- */

static void write_postcode(int32_t district, uint32_t number,
                           char ret_postcode[SYNTH_POSTCODE_SIZE])
{
    ret_postcode[0] = 'O';
    ret_postcode[1] = 'X';
    ret_postcode[2] = (char)('0' + district / 10 % 10);
    ret_postcode[3] = (char)('0' + district % 10);
    ret_postcode[4] = ' ';
    ret_postcode[5] = (char)('0' + number / 400 % 10);
    ret_postcode[6] = letters[number / 20 % 20];
    ret_postcode[7] = letters[number % 20];
    ret_postcode[8] = '\0';
}

/* two roads in five are called after a family, the others after what stood there */
static void name_road(const struct synth_places *places, uint64_t road,
                      struct synth_address *address)
{
    struct synth_random random;
    synth_random_start(&random, places->key, SYNTH_STREAM_PLACES, 1 + road);
    int32_t end = (int32_t)synth_random_below(&random, places->road_ends);
    const struct synth_road_end *row = synth_road_end_table;
    while (end >= row->weight) {
        end -= row->weight;
        row++;
    }
    address->end = row->name;
    address->stem =
        synth_random_chance(&random, 2, 5)
            ? synth_surname_table[synth_random_below(&random, 400)].name
            : synth_road_stem_table[synth_random_below(&random, SYNTH_ROAD_STEM_COUNT)].name;
}

void synth_places_address(const struct synth_places *places, uint32_t slot,
                          struct synth_address *ret_address)
{
    const struct synth_area *area = synth_places_area(places, slot);
    uint32_t within = slot - area->first_slot;
    uint32_t postcode = within / SYNTH_SLOTS_PER_POSTCODE;
    uint32_t road = postcode / POSTCODES_PER_ROAD;
    *ret_address = (struct synth_address){ .place = area->place, .area = area };
    name_road(places, (uint64_t)(area - places->areas) << 16 | road, ret_address);
    ret_address->house =
        (uint16_t)(1 + within - road * POSTCODES_PER_ROAD * SYNTH_SLOTS_PER_POSTCODE);
    write_postcode(area->place->district, area->first_postcode + postcode, ret_address->postcode);
}

void synth_places_outside(const struct synth_places *places, struct synth_random *random,
                          struct synth_address *ret_address)
{
    size_t outside = SYNTH_PLACE_COUNT;
    while (outside > 0 && synth_place_table[outside - 1].share == 0) {
        outside--;
    }
    const struct synth_place *place =
        &synth_place_table[outside +
                           synth_random_below(random, (uint32_t)(SYNTH_PLACE_COUNT - outside))];
    uint32_t postcode = synth_random_below(random, OUTSIDE_POSTCODES);
    *ret_address = (struct synth_address){ .place = place };
    name_road(places, UINT64_C(1) << 48 | (uint64_t)place->district << 16 | postcode, ret_address);
    ret_address->house = (uint16_t)(1 + synth_random_below(random, 45));
    write_postcode(place->district, postcode, ret_address->postcode);
}

/* a building of that name, where a dwelling could be */
static void put_building(const struct synth_places *places, uint32_t slot, struct slice name,
                         struct synth_address *ret_address)
{
    synth_places_address(places, slot, ret_address);
    ret_address->stem = name;
    ret_address->end = (struct slice){ NULL, 0 };
    ret_address->house = 0;
}

void synth_places_care_home(const struct synth_places *places, struct synth_random *random,
                            struct synth_address *ret_address, uint32_t *ret_slot)
{
    uint32_t home;
    uint64_t its;
    for (;;) {
        home = synth_random_below(random, places->care_homes);
        its = synth_random_mix(places->key ^ SYNTH_STREAM_PLACES, home);
        bool nursing = its % 100 < NURSING_PER_100;
        if (nursing || synth_random_chance(random, 2, 3)) {
            break; /* a residential home has 32 beds, a nursing home 48 */
        }
    }
    *ret_slot = (uint32_t)((its >> 16) % places->slots);
    put_building(places, *ret_slot, synth_care_home_table[home % SYNTH_CARE_HOME_COUNT].name,
                 ret_address);
}

static uint32_t city_slots(const struct synth_places *places)
{
    size_t parts = 0;
    while (slice_equal(synth_place_table[parts].kind, synth_place_table[0].kind)) {
        parts++;
    }
    return places->place_slots[parts];
}

void synth_places_hall(const struct synth_places *places, struct synth_random *random,
                       struct synth_address *ret_address, uint32_t *ret_slot)
{
    uint32_t hall = synth_random_below(random, HALLS_FOR_ALL);
    uint64_t its = synth_random_mix(places->key ^ SYNTH_STREAM_PLACES, ~(uint64_t)hall);
    *ret_slot = (uint32_t)(its % city_slots(places));
    put_building(places, *ret_slot, synth_hall_table[hall].name, ret_address);
}

void synth_places_none(const struct synth_places *places, uint32_t slot,
                       struct synth_address *ret_address)
{
    put_building(places, slot, SLICE("No fixed abode"), ret_address);
    ret_address->area = NULL;
    memcpy(ret_address->postcode, "ZZ99 3VZ", sizeof("ZZ99 3VZ"));
}

void synth_address_line(const struct synth_address *address, char *ret_line, size_t size)
{
    if (address->end.len > 0) {
        snprintf(ret_line, size, "%u %.*s %.*s", address->house, SLICE_PRINT(address->stem),
                 SLICE_PRINT(address->end));
    } else {
        snprintf(ret_line, size, "%.*s", SLICE_PRINT(address->stem));
    }
}
