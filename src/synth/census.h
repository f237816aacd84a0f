/*
 * census.h: the patients of all sources, without lives.
 *
 * What a linkage is tried on: a million people are about three million patients. Which sources hold
 * a person is drawn from age and deprivation by the rates of known.csv (the registered practice
 * always does, and one that was left may), because there is no life to ask; what each holds is
 * drawn as for a full county (patient.h), as it was taken down, before any tracing.
 *
 *   for (uint64_t household = 0, number = 0; number < people; household++) {
 *       synth_household_make(&world, household, number, &one);
 *       synth_census_make(&world, &one, &census);     -> census.at[0 .. census.count - 1]
 *       number += one.count;
 *   }
 *
 * Depends on the world and the household alone; in any order, on any thread.
 */
#ifndef EVENLODE_SYNTH_CENSUS_H
#define EVENLODE_SYNTH_CENSUS_H

#include "synth/patient.h"

/* the practice once, one that was left, the others up to SYNTH_COPIES_MAX times each */
#define SYNTH_CENSUS_MAX (SYNTH_HOUSEHOLD_MAX * (2 + SYNTH_KNOWN_COUNT * SYNTH_COPIES_MAX))

struct synth_census_entry {
    uint8_t person; /* index in the household */
    struct synth_patient patient;
};

struct synth_census {
    uint32_t count; /* in the order of persons */
    struct synth_census_entry at[SYNTH_CENSUS_MAX];
};

/* points into `household` and the tables */
void synth_census_make(const struct synth_world *world, const struct synth_household *household,
                       struct synth_census *ret_census);

#endif
