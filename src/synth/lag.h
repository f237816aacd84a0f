/*
 * lag.h: for how long what is no longer so is still held.
 *
 * A row of lag.csv is a curve: how many of those who should be told of a change (a new surname, a
 * move, another NHS number, a patient who left) have not been, so many days after it.
 */
#ifndef EVENLODE_SYNTH_LAG_H
#define EVENLODE_SYNTH_LAG_H

#include "synth/generated/synth_tables.h"

/* per 10,000, `days` (0 or more) after the change */
int32_t synth_lag_still(enum synth_lag_key change, int32_t days);

#endif
