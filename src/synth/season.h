/*
 * season.h: the months in which people are born and move.
 *
 * A row of season.csv is a year of twelve weights. Unlike the shapes of calendar.h, which are
 * summed over the days of the window, these are asked of any day: people were born a century ago.
 */
#ifndef EVENLODE_SYNTH_SEASON_H
#define EVENLODE_SYNTH_SEASON_H

#include "synth/generated/synth_tables.h"
#include "synth/random.h"

/* a day of the `days` from `first` on (at least 1), by the weights of their months */
int32_t synth_season_day(enum synth_season_key season, int32_t first, int32_t days,
                         struct synth_random *random);

#endif
