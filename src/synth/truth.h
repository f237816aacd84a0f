/*
 * truth.h: what is so, kept apart from what organisations hold.
 *
 * A line of truth.ndjson is a person: which patients are theirs, how each differs from the person,
 * what they have chosen, which diseases they really have. It is what a linkage is judged by, and is
 * never loaded.
 */
#ifndef EVENLODE_SYNTH_TRUTH_H
#define EVENLODE_SYNTH_TRUTH_H

#include "base/strbuf.h"
#include "synth/census.h"
#include "synth/life.h"

/* appends the line of this life's person */
void synth_truth_write(const struct synth_life *life, struct strbuf *out);
/* appends the line of household->people[index] and its patients of a census: no diseases */
void synth_truth_write_census(const struct synth_world *world,
                              const struct synth_household *household, uint32_t index,
                              const struct synth_census *census, struct strbuf *out);

#endif
