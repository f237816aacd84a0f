/*
 * calendar.h: when things happen: weekdays, months, bank holidays, the pandemic, the hour.
 *
 * A row of calendar.csv is a shape: how one kind of contact spreads over the week, the year and the
 * day, what is left of it on a bank holiday of England, and which row of the pandemic it follows.
 * The world sums each shape once over all days that can occur, so that drawing a day within a
 * window costs a binary search.
 *
 * Days outside the range of the calendar count as its first or last day.
 */
#ifndef EVENLODE_SYNTH_CALENDAR_H
#define EVENLODE_SYNTH_CALENDAR_H

#include "synth/world.h"

/* one and a half thousand days before the window (what began then goes on in it) and booked ahead
 * of today */
#define CALENDAR_BEFORE 1500
#define CALENDAR_AHEAD  400

struct calendar;

/* NULL without memory */
const struct calendar *calendar_make(const struct synth_world *world, struct arena *arena);

/* England: New Year, Easter, May, spring, summer, Christmas with their substitutes; and those that
 * bank_holiday.csv adds or moves */
bool calendar_is_bank_holiday(int32_t day);
/* per cent of what 2019 had; 100 before March 2020 and from September 2022 on */
int32_t calendar_pandemic(enum synth_pandemic_kind_key kind, int32_t day);

/* a day from..to, both included, by the weights of the shape */
int32_t calendar_day(const struct calendar *calendar, enum synth_calendar_key shape, int32_t from,
                     int32_t to, struct synth_random *random);
/* how many ordinary days from..to are worth together, thousandths */
int64_t calendar_worth(const struct calendar *calendar, enum synth_calendar_key shape, int32_t from,
                       int32_t to);
/* that day at an hour of the shape, on five minutes */
synth_when calendar_when(enum synth_calendar_key shape, int32_t day, struct synth_random *random);

#endif
