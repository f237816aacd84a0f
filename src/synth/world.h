/*
 * world.h: what stays the same while a county is made: organisations, their staff, and the tables
 * of src/synth/data summed up for drawing.
 *
 * Two practices up to 24,000 people, then one for each 12,000, at most all rows of practice.csv.
 * ODS codes have the right shape and are meant to name nobody: K99001 and on for practices (no
 * health authority had the prefix K99), RZW to RZZ for trusts and urgent care, 999 for the council.
 * They are not checked against the live register.
 */
#ifndef EVENLODE_SYNTH_WORLD_H
#define EVENLODE_SYNTH_WORLD_H

#include "base/fault.h"
#include "synth/generated/synth_tables.h"
#include "synth/names.h"
#include "synth/numbers.h"
#include "synth/places.h"
#include "synth/pyramid.h"
#include "synth/random.h"
#include "synth/when.h"

#define SYNTH_MAX_ORGANISATIONS (SYNTH_ORGANISATION_COUNT + SYNTH_PRACTICE_COUNT)

/* organisations: those of organisation.csv by their key, then the practices */
typedef uint8_t synth_org;
#define SYNTH_FIRST_PRACTICE SYNTH_ORGANISATION_COUNT

struct synth_org_info {
    struct slice ods, kind, name, line, town, postcode, phone, role;
    const struct synth_source *errors; /* in what it holds of a patient */
    uint16_t staff_first;
    uint16_t staff_count;
    const struct synth_roles *roles; /* of its kind (staff.c) */
};

struct synth_staff_member {
    struct slice id; /* local to its organisation, which it starts with */
    struct slice prefix, given, family;
    struct slice role;
};

struct synth_roles;        /* staff.c */
struct synth_mishap_rates; /* mishaps.h */
struct calendar;           /* calendar.h */
struct use_rates;          /* use.h */

struct synth_world {
    uint64_t seed;
    int32_t today; /* day on which the county is looked at */
    int32_t years; /* of events before it */
    uint64_t people;
    struct synth_numbers numbers;
    struct synth_org_info organisations[SYNTH_MAX_ORGANISATIONS];
    uint32_t organisation_count;
    struct synth_staff_member *staff;
    uint32_t staff_count;
    struct synth_roles *roles; /* one a kind of organisation */
    int32_t mean_tenth;        /* of deprivation among the people, thousandths */
    uint32_t ethnicity[3];     /* young, adult, old */
    const struct synth_mishap_rates *mishaps;
    const struct calendar *calendar;
    const struct use_rates *rates;
    struct synth_names names;
    struct synth_places places;
    struct synth_pyramid pyramid;
};

MUST_CHECK bool synth_world_make(struct synth_world *ret_world, uint64_t seed, uint64_t people,
                                 int32_t years, int32_t today, struct arena *arena,
                                 struct fault *fault);

/* staff.c: hires for all organisations; false without memory */
MUST_CHECK bool synth_staff_make(struct synth_world *world, struct arena *arena);
/*
 * A member of staff whose role holds `role`, whole words that stand together in it, the same for
 * the same `number`; no words: anybody. The first of the organisation when none has such a role.
 */
uint16_t synth_world_staff(const struct synth_world *world, synth_org organisation,
                           struct slice role, uint64_t number);

#endif
