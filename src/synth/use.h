/*
 * use.h: how much care a person uses, and what of it is written down.
 *
 * rate.csv says how often each kind of contact happens by age and sex, contact.csv how unevenly:
 * with the number of conditions, with deprivation, and with what makes some people come often and
 * others never (a gamma number, the same for all kinds, so that who calls often also comes often).
 * The expected number of conditions at an age follows from disease.csv; so the mean over people
 * stays that of rate.csv whatever the diseases are.
 */
#ifndef EVENLODE_SYNTH_USE_H
#define EVENLODE_SYNTH_USE_H

#include "synth/calendar.h"
#include "synth/life.h"

struct use_rates;

/* rate.csv and disease.csv summed up by age; NULL without memory */
const struct use_rates *use_rates_make(struct arena *arena);

/* per 1,000 person-years; -1 of a kind that rate.csv does not have */
int32_t use_rate(const struct synth_world *world, enum synth_contact_key kind, char sex,
                 int32_t age);
/* of the person at that day: thousandths of an event a year */
int32_t use_own_rate(const struct synth_life *life, enum synth_contact_key kind, int32_t day);

/* how often a kind happens to the person from..to, and on which days (unordered); at most `max` */
uint32_t use_days(const struct synth_life *life, enum synth_contact_key kind, int32_t from,
                  int32_t to, struct synth_random *random, int32_t *ret_days, uint32_t max);
/* the same of a rate that the caller has reckoned, in thousandths of an event a year */
uint32_t use_days_at(const struct synth_life *life, enum synth_calendar_key shape, int32_t rate,
                     int32_t from, int32_t to, struct synth_random *random, int32_t *ret_days,
                     uint32_t max);

/* it happened, at `day`: counted when that is in the window. Is it written down? By the share of
 * contact.csv. */
bool use_happens(struct synth_life *life, enum synth_contact_key kind, int32_t day,
                 struct synth_random *random);
/* it happened at `day`, a day of the window, and is written down whatever contact.csv says */
void use_written(struct synth_life *life, enum synth_contact_key kind, int32_t day);
/* it happened at `day`, a day of the window, and nobody writes it down */
void use_counted(struct synth_life *life, enum synth_contact_key kind, int32_t day);

/* Poisson, near enough, of a mean of `per_1000` / 1000; no limit */
uint32_t use_poisson(struct synth_random *random, int64_t per_1000);
/* thousandths of the median of a log-normal number: sigma 1.0, or 0.75 when narrow */
int32_t use_log_normal(struct synth_random *random, bool narrow);

#endif
