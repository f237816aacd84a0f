/*
 * instant.h: FHIR date, dateTime, instant and time, with their precision and offset.
 *
 * FHIR R4 datatypes.html#date, #dateTime, #instant, #time. A partial date is an interval: 2026-11
 * is the whole month. Civil arithmetic on the proleptic Gregorian calendar (days from civil, by
 * era), years 0001 to 9999, without time_t, locale or the process's time zone. A dateTime without
 * offset (dates) is taken as UTC when an instant is needed. Leap second :60 is read as :59.999999.
 * Digits of a fraction beyond the sixth are checked and dropped.
 */
#ifndef EVENLODE_BASE_INSTANT_H
#define EVENLODE_BASE_INSTANT_H

#include "base/arena.h"

enum instant_precision {
    INSTANT_YEAR,
    INSTANT_MONTH,
    INSTANT_DAY,
    INSTANT_MINUTE, /* not legal in FHIR R4 without seconds; read from HL7 v2, and in search values
                     */
    INSTANT_SECOND,
    INSTANT_FRACTION,
};

struct instant {
    int16_t year;
    uint8_t month; /* 1..12; 1 when not given */
    uint8_t day;
    uint8_t hour;
    uint8_t minute;
    uint8_t second;
    uint8_t precision; /* enum instant_precision */
    uint32_t microsecond;
    int16_t offset_minutes; /* of the text; 0 for Z */
    bool has_offset;
    uint8_t fraction_digits; /* with INSTANT_FRACTION: 1..6; 0 is taken as 3 */
};

/* half-open, microseconds since 1970-01-01T00:00:00Z */
struct instant_range {
    int64_t low;
    int64_t high;
};

#define INSTANT_MIN INT64_MIN
#define INSTANT_MAX INT64_MAX

/* FHIR date or dateTime (offset required once there is a time) */
MUST_CHECK bool instant_parse(struct slice text, struct instant *ret_instant);
/* FHIR date: no time allowed */
MUST_CHECK bool instant_parse_date(struct slice text, struct instant *ret_instant);
/* FHIR instant: to the second at least, with offset */
MUST_CHECK bool instant_parse_instant(struct slice text, struct instant *ret_instant);
/* as dateTime, but minutes without seconds and a time without offset are allowed: search values */
MUST_CHECK bool instant_parse_lenient(struct slice text, struct instant *ret_instant);
/* FHIR time hh:mm:ss(.fff) */
bool instant_is_time(struct slice text);

/* the interval that its digits cover: low inclusive, high exclusive */
struct instant_range instant_range(const struct instant *instant);
int64_t instant_microseconds(const struct instant *instant); /* low of the range */
/* UTC, precision FRACTION (milliseconds shown); outside of the years 0001 to 9999: their ends */
struct instant instant_from_microseconds(int64_t microseconds);

/* "2026-11-23T12:31:05.123Z": 24 characters and NUL */
#define INSTANT_TEXT_SIZE 32
void instant_format_utc(int64_t microseconds, char ret_text[INSTANT_TEXT_SIZE]);
/*
 * As its precision says, in FHIR form: a time to the minute gets its seconds (:00), a time without
 * offset is written as UTC, as which it is taken. Who knows the time zone sets the offset first.
 */
struct slice instant_format(const struct instant *instant, struct arena *arena);

/* days since 1970-01-01 of a civil date, and back */
int64_t instant_days_from_civil(int64_t year, unsigned month, unsigned day);
void instant_civil_from_days(int64_t days, int64_t *ret_year, unsigned *ret_month,
                             unsigned *ret_day);
unsigned instant_days_in_month(int64_t year, unsigned month);
/*
 * completed years from birth to at, both as civil dates; -1 when birth lies after. Who is born on
 * 29 February completes a year on 1 March where there is no 29th.
 */
int instant_age(const struct instant *birth, const struct instant *at);

#endif
