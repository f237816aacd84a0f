/*
 * biography.h: what became of the people of a household: ethnicity, names and how they changed,
 * marriages, homes and moves, language, practice. Not for others than household.c.
 */
#ifndef EVENLODE_SYNTH_BIOGRAPHY_H
#define EVENLODE_SYNTH_BIOGRAPHY_H

#include "synth/household.h"

/* fills in what is not yet there; sexes, births, deaths and who belongs to whom stand */
void synth_biographies(const struct synth_world *world, uint64_t number,
                       struct synth_household *household);

#endif
