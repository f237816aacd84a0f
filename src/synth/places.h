/*
 * places.h: where people live: areas, postcodes, roads, and which practice is near.
 *
 * All dwellings of the county stand in one row, place after place (place.csv), and each has a slot.
 * Fifteen slots are a postcode, up to three postcodes a road, and some fifty postcodes an area of
 * about 1,700 people; a smaller county has as many areas, each of fewer people (at least some 100),
 * so that even a tenth of deprivation that holds few has areas. So neighbours in the row live in
 * the same road, a postcode lies in one area, and an area in one place. Households are spread over
 * the slots by a keyed permutation: two never meet in one while there are more slots than
 * households, which the size of the county sees to.
 *
 * An area has a code like that of an LSOA and a decile of deprivation, by the shares of
 * deprivation.csv, the less affluent places first. The codes cannot be real: those of the Office
 * for National Statistics begin with the letter of a country (E, W, S, N, K, J, L, M), these with
 * X. Postcodes are of districts OX50 to OX89, of which Royal Mail uses none.
 *
 * A practice owns a stretch of the row as long as its list; 70 % of a stretch are its patients, the
 * others go to the practices on either side or to any.
 *
 * Immutable once made; memory is the arena's.
 */
#ifndef EVENLODE_SYNTH_PLACES_H
#define EVENLODE_SYNTH_PLACES_H

#include "base/arena.h"
#include "synth/generated/synth_tables.h"
#include "synth/random.h"

#define SYNTH_POSTCODE_SIZE      9
#define SYNTH_AREA_CODE_SIZE     10
#define SYNTH_SLOTS_PER_POSTCODE 15
#define SYNTH_PRACTICES_MAX      SYNTH_PRACTICE_COUNT

struct synth_area {
    char code[SYNTH_AREA_CODE_SIZE]; /* "X01000001" */
    uint8_t tenth;                   /* of deprivation: 1 most, 10 least */
    const struct synth_place *place;
    uint32_t first_slot, slots;
    uint32_t first_postcode; /* within the district */
};

/* a road and a house, or a building ("Isis Hall"): then `end` is empty and `stem` its name */
struct synth_address {
    struct slice stem, end; /* "Mill", "Lane" */
    const struct synth_place *place;
    const struct synth_area *area; /* NULL: outside the county, or of no fixed abode */
    uint16_t house;
    char postcode[SYNTH_POSTCODE_SIZE];
};

struct synth_places {
    uint64_t key;
    struct synth_area *areas;
    uint32_t area_count;
    uint32_t slots;
    uint32_t place_slots[SYNTH_PLACE_COUNT + 1]; /* where the slots of each place begin */
    uint32_t practices;
    uint32_t practice_slots[SYNTH_PRACTICES_MAX + 1]; /* where each practice's stretch begins */
    uint32_t road_ends;                               /* sum of the weights */
    uint32_t care_homes;
};

/* false without memory */
MUST_CHECK bool synth_places_make(struct synth_places *ret_places, uint64_t seed, uint64_t people,
                                  uint32_t practices, struct arena *arena);

/* the dwelling of a household */
uint32_t synth_places_slot(const struct synth_places *places, uint64_t household);
/* a dwelling in the same place as that one; any in the county */
uint32_t synth_places_near(const struct synth_places *places, uint32_t slot,
                           struct synth_random *random);
uint32_t synth_places_any(const struct synth_places *places, struct synth_random *random);
const struct synth_area *synth_places_area(const struct synth_places *places, uint32_t slot);

void synth_places_address(const struct synth_places *places, uint32_t slot,
                          struct synth_address *ret_address);
/* somewhere outside the county */
void synth_places_outside(const struct synth_places *places, struct synth_random *random,
                          struct synth_address *ret_address);
/* one of the county's care homes, the larger ones (nursing homes) more often; "" of none */
void synth_places_care_home(const struct synth_places *places, struct synth_random *random,
                            struct synth_address *ret_address, uint32_t *ret_slot);
/* a students' hall in the city, whose parts stand first in the table */
void synth_places_hall(const struct synth_places *places, struct synth_random *random,
                       struct synth_address *ret_address, uint32_t *ret_slot);
/* of no fixed abode: ZZ99 3VZ, the pseudo-postcode of the NHS */
void synth_places_none(const struct synth_places *places, uint32_t slot,
                       struct synth_address *ret_address);

/* "12 Mill Lane"; of a care home its name. `ret_line` has room for `size` bytes with NUL. */
void synth_address_line(const struct synth_address *address, char *ret_line, size_t size);

/* index of the practice where somebody of that slot is registered */
uint32_t synth_places_practice(const struct synth_places *places, uint32_t slot,
                               struct synth_random *random);

#endif
