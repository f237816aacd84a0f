/*
 * census.c: a draw for each person and source, then what that source holds.
 *
 * The draw is a hash of (seed, person, source), not of a sequence, so that a source more leaves the
 * others as they were.
 */
#include "synth/census.h"

static size_t band_of(int32_t age)
{
    static const int32_t from[] = { 5, 16, 25, 45, 65, 75, 85 };
    size_t band = 0;
    while (band < ARRAY_LENGTH(from) && age >= from[band]) {
        band++;
    }
    return band;
}

/* of tenths 1 to 10 of deprivation, more in the first; the mean over the county (7.5) is the row */
static bool holds(const struct synth_world *world, const struct synth_known *row,
                  const struct synth_person *person, size_t band)
{
    int32_t share = row->age[band] * (1000 + row->slope * (75 - person->tenth * 10)) / 1000;
    uint64_t drawn = synth_random_mix(world->seed ^ SYNTH_STREAM_CENSUS, person->number);
    drawn = synth_random_mix(drawn, (uint64_t)(row->organisation - synth_organisation_table));
    return (int32_t)(drawn % 1000) < share;
}

static void add_patients(const struct synth_world *world, const struct synth_household *household,
                         uint32_t index, synth_org organisation, struct synth_census *census)
{
    const struct synth_person *person = &household->people[index];
    uint32_t copies = synth_patient_count(world, person, organisation);
    for (uint32_t copy = 0; copy < copies; copy++) {
        struct synth_census_entry *entry = &census->at[census->count++];
        entry->person = (uint8_t)index;
        synth_patient_taken_down(world, person, organisation, (uint8_t)copy, &entry->patient);
    }
}

void synth_census_make(const struct synth_world *world, const struct synth_household *household,
                       struct synth_census *ret_census)
{
    ret_census->count = 0;
    for (uint32_t i = 0; i < household->count; i++) {
        const struct synth_person *person = &household->people[i];
        size_t band = band_of(synth_person_age(person, world->today));
        add_patients(world, household, i, person->practice, ret_census);
        if (synth_patient_still_listed(world, person)) {
            add_patients(world, household, i, person->old_practice, ret_census);
        }
        for (size_t row = 0; row < SYNTH_KNOWN_COUNT; row++) {
            if (holds(world, &synth_known_table[row], person, band)) {
                size_t organisation =
                    (size_t)(synth_known_table[row].organisation - synth_organisation_table);
                add_patients(world, household, i, (synth_org)organisation, ret_census);
            }
        }
    }
}
