/*
 * when.h: time as the synthetic county counts it.
 *
 * Days are counted from 1970-01-01; a synth_when is minutes of local time in England since its
 * midnight. Written as FHIR date or dateTime with the offset that clocks in England had (GMT, or
 * summer time from the last Sunday of March to the last Sunday of October, 01:00 UTC; the rule of
 * 1996 is used for every year).
 */
#ifndef EVENLODE_SYNTH_WHEN_H
#define EVENLODE_SYNTH_WHEN_H

#include "base/prelude.h"

typedef int64_t synth_when;

#define SYNTH_NEVER       INT64_MAX
#define SYNTH_NO_DAY      INT32_MAX
#define SYNTH_DAY_MINUTES INT64_C(1440)
#define SYNTH_WHEN_SIZE   26 /* 2026-11-23T12:31:00+01:00 and NUL */

static inline synth_when synth_when_of(int32_t day, int32_t minute)
{
    return (synth_when)day * SYNTH_DAY_MINUTES + minute;
}
/* not for times before 1970 (people are older than that, their encounters are not) */
static inline int32_t synth_day_of(synth_when when)
{
    return (int32_t)(when >= 0 ? when / SYNTH_DAY_MINUTES
                               : -((-when + SYNTH_DAY_MINUTES - 1) / SYNTH_DAY_MINUTES));
}

/* 0 Sunday .. 6 Saturday */
int synth_weekday(int32_t day);
int32_t synth_year_of(int32_t day);
int32_t synth_month_of(int32_t day);
/* completed years at `day` of someone born on `birth` */
int32_t synth_age_at(int32_t birth, int32_t day);
/* the same or the next day that is no Saturday or Sunday */
int32_t synth_working_day(int32_t day);

/* "2026-11-23" */
void synth_day_text(int32_t day, char ret_text[SYNTH_WHEN_SIZE]);
/* "23-Nov-2026", as clinical text has it */
void synth_day_words(int32_t day, char ret_text[SYNTH_WHEN_SIZE]);
/* "20261123123100+0000" and "20261123", as HL7 v2 (TS) and CDA have them */
void synth_when_digits(synth_when when, char ret_text[SYNTH_WHEN_SIZE]);
void synth_day_digits(int32_t day, char ret_text[SYNTH_WHEN_SIZE]);
/* "2026-11-23T12:31:00+00:00" */
void synth_when_text(synth_when when, char ret_text[SYNTH_WHEN_SIZE]);

#endif
