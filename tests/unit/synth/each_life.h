/*
 * each_life.h: the lives of a county, one after the other, for tests that count over many.
 */
#ifndef EVENLODE_TESTS_UNIT_SYNTH_EACH_LIFE_H
#define EVENLODE_TESTS_UNIT_SYNTH_EACH_LIFE_H

#include "synth/life.h"

/*
 * Makes `people` lives, household after household, with `years` of events up to
 * SYNTH_DEFAULT_TODAY. Each is handed to `take`, and ends with its household. Fails the test when
 * the world or a life cannot be made.
 */
void each_life(uint64_t seed, uint64_t people, int32_t years,
               void (*take)(const struct synth_life *life));

#endif
