/*
 * instant.c: civil time by arithmetic.
 *
 * FHIR's date and dateTime (FHIR R4 datatypes.html#date, #dateTime, #instant, #time) are read
 * digit by digit: their grammar is fixed columns, and what it leaves open (29 February, the ends
 * of months) is checked by the calendar. The C library's functions are not used: they know time
 * zones and locales that a record must not depend on.
 *
 * Days and civil dates are turned into each other on a year that begins in March, so that the leap
 * day is the last of its year, and within eras of 400 years, which all have 146,097 days. The days
 * before a month are then (153 * months since March + 2) / 5, because from March on the months have
 * 31, 30, 31, 30, 31 days, again and again. Dates are proleptic Gregorian, as FHIR demands (ISO
 * 8601).
 *
 * A value is an interval: the microseconds from the first to the last that its digits could mean.
 * Searching and sorting work on the two ends.
 */
#include "base/instant.h"

#define US_PER_SECOND   INT64_C(1000000)
#define US_PER_MINUTE   (60 * US_PER_SECOND)
#define US_PER_DAY      (86400 * US_PER_SECOND)
#define DAYS_PER_ERA    146097
#define YEARS_PER_ERA   400
#define EPOCH_DAY       719468 /* 1970-01-01, in days since 0000-03-01 */
#define LAST_OFFSET     (14 * 60)
#define FRACTION_DIGITS 6

static const uint32_t powers_of_ten[FRACTION_DIGITS + 1] = { 1,     10,     100,    1000,
                                                             10000, 100000, 1000000 };

/* -- the calendar ----------------------------------------------------------------------------- */

static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t instant_days_from_civil(int64_t year, unsigned month, unsigned day)
{
    int64_t months = month > 2 ? month - 3 : month + 9; /* since March */
    year -= month <= 2;
    int64_t era = divide_down(year, YEARS_PER_ERA);
    int64_t in_era = year - era * YEARS_PER_ERA;
    int64_t in_year = (153 * months + 2) / 5 + day - 1;
    return era * DAYS_PER_ERA + in_era * 365 + in_era / 4 - in_era / 100 + in_year - EPOCH_DAY;
}

void instant_civil_from_days(int64_t days, int64_t *ret_year, unsigned *ret_month,
                             unsigned *ret_day)
{
    days += EPOCH_DAY;
    int64_t era = divide_down(days, DAYS_PER_ERA);
    int64_t in_era = days - era * DAYS_PER_ERA;
    /* taking the leap days out makes every year 365 days long; the last day of an era and of each
     * four years is a leap day that must not begin a year */
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (year * 365 + year / 4 - year / 100);
    int64_t months = (5 * in_year + 2) / 153;
    *ret_day = (unsigned)(in_year - (153 * months + 2) / 5 + 1);
    *ret_month = (unsigned)(months < 10 ? months + 3 : months - 9);
    *ret_year = year + era * YEARS_PER_ERA + (months >= 10);
}

unsigned instant_days_in_month(int64_t year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* -- reading ----------------------------------------------------------------------------------- */

enum rule {
    RULE_NO_TIME = 1,
    RULE_TIME_NEEDED = 2,
    RULE_LENIENT = 4, /* seconds and offset may be missing */
};

static bool take(struct slice *rest, char byte)
{
    if (rest->len == 0 || *rest->ptr != byte) {
        return false;
    }
    *rest = slice_from(*rest, 1);
    return true;
}

/* exactly `count` digits, the number between low and high */
static bool take_number(struct slice *rest, size_t count, unsigned low, unsigned high,
                        unsigned *ret_number)
{
    unsigned number = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == rest->len || rest->ptr[i] < '0' || rest->ptr[i] > '9') {
            return false;
        }
        number = number * 10 + (unsigned)(rest->ptr[i] - '0');
    }
    if (number < low || number > high) {
        return false;
    }
    *rest = slice_from(*rest, count);
    *ret_number = number;
    return true;
}

/* YYYY, YYYY-MM or YYYY-MM-DD */
static bool take_date(struct slice *rest, struct instant *instant)
{
    unsigned year;
    unsigned month = 1;
    unsigned day = 1;
    if (!take_number(rest, 4, 1, 9999, &year)) {
        return false;
    }
    instant->precision = INSTANT_YEAR;
    if (take(rest, '-')) {
        instant->precision = INSTANT_MONTH;
        if (!take_number(rest, 2, 1, 12, &month)) {
            return false;
        }
        if (take(rest, '-')) {
            instant->precision = INSTANT_DAY;
            if (!take_number(rest, 2, 1, instant_days_in_month(year, month), &day)) {
                return false;
            }
        }
    }
    instant->year = (int16_t)year;
    instant->month = (uint8_t)month;
    instant->day = (uint8_t)day;
    return true;
}

/* the digits behind the point, at least one */
static bool take_fraction(struct slice *rest, struct instant *instant)
{
    size_t digits = 0;
    while (digits < rest->len && rest->ptr[digits] >= '0' && rest->ptr[digits] <= '9') {
        if (digits < FRACTION_DIGITS) {
            instant->microsecond = instant->microsecond * 10 + (uint32_t)(rest->ptr[digits] - '0');
        }
        digits++;
    }
    if (digits == 0) {
        return false;
    }
    *rest = slice_from(*rest, digits);
    instant->precision = INSTANT_FRACTION;
    instant->fraction_digits = (uint8_t)(digits < FRACTION_DIGITS ? digits : FRACTION_DIGITS);
    instant->microsecond *= powers_of_ten[FRACTION_DIGITS - instant->fraction_digits];
    return true;
}

/* behind "hh:mm": ss(.fff) */
static bool take_seconds(struct slice *rest, struct instant *instant)
{
    unsigned second;
    if (!take_number(rest, 2, 0, 60, &second)) {
        return false;
    }
    instant->precision = INSTANT_SECOND;
    instant->second = (uint8_t)second;
    if (take(rest, '.') && !take_fraction(rest, instant)) {
        return false;
    }
    if (second == 60) {
        instant->precision = INSTANT_FRACTION;
        instant->fraction_digits = FRACTION_DIGITS;
        instant->second = 59;
        instant->microsecond = 999999;
    }
    return true;
}

static bool take_time(struct slice *rest, bool lenient, struct instant *instant)
{
    unsigned hour;
    unsigned minute;
    if (!take_number(rest, 2, 0, 23, &hour) || !take(rest, ':') ||
        !take_number(rest, 2, 0, 59, &minute)) {
        return false;
    }
    instant->hour = (uint8_t)hour;
    instant->minute = (uint8_t)minute;
    instant->precision = INSTANT_MINUTE;
    return take(rest, ':') ? take_seconds(rest, instant) : lenient;
}

/* Z, or +hh:mm or -hh:mm up to 14:00 */
static bool take_offset(struct slice *rest, struct instant *instant)
{
    instant->has_offset = true;
    if (take(rest, 'Z')) {
        return true;
    }
    bool west = rest->len > 0 && *rest->ptr == '-';
    unsigned hours;
    unsigned minutes;
    if ((!take(rest, '+') && !take(rest, '-')) || !take_number(rest, 2, 0, 14, &hours) ||
        !take(rest, ':') || !take_number(rest, 2, 0, 59, &minutes)) {
        return false;
    }
    int offset = (int)(hours * 60 + minutes);
    instant->offset_minutes = (int16_t)(west ? -offset : offset);
    return offset <= LAST_OFFSET;
}

static bool parse(struct slice text, unsigned rules, struct instant *ret_instant)
{
    struct instant instant = { .year = 0 };
    struct slice rest = text;
    bool lenient = (rules & RULE_LENIENT) != 0;
    if (!take_date(&rest, &instant)) {
        return false;
    }
    if (rest.len == 0 && (rules & RULE_TIME_NEEDED) == 0) {
        *ret_instant = instant;
        return true;
    }
    if ((rules & RULE_NO_TIME) != 0 || instant.precision != INSTANT_DAY || !take(&rest, 'T') ||
        !take_time(&rest, lenient, &instant)) {
        return false;
    }
    bool without_offset = lenient && rest.len == 0;
    if ((!without_offset && !take_offset(&rest, &instant)) || rest.len > 0) {
        return false;
    }
    *ret_instant = instant;
    return true;
}

bool instant_parse(struct slice text, struct instant *ret_instant)
{
    return parse(text, 0, ret_instant);
}

bool instant_parse_date(struct slice text, struct instant *ret_instant)
{
    return parse(text, RULE_NO_TIME, ret_instant);
}

bool instant_parse_instant(struct slice text, struct instant *ret_instant)
{
    return parse(text, RULE_TIME_NEEDED, ret_instant);
}

bool instant_parse_lenient(struct slice text, struct instant *ret_instant)
{
    return parse(text, RULE_LENIENT, ret_instant);
}

bool instant_is_time(struct slice text)
{
    struct instant instant = { .year = 0 };
    struct slice rest = text;
    return take_time(&rest, false, &instant) && rest.len == 0;
}

/* -- intervals --------------------------------------------------------------------------------- */

int64_t instant_microseconds(const struct instant *instant)
{
    int64_t days = instant_days_from_civil(instant->year, instant->month, instant->day);
    int64_t minutes = instant->hour * 60 + instant->minute - instant->offset_minutes;
    return days * US_PER_DAY + minutes * US_PER_MINUTE + instant->second * US_PER_SECOND +
           instant->microsecond;
}

static unsigned fraction_digits(const struct instant *instant)
{
    return instant->fraction_digits == 0 ? 3 : instant->fraction_digits;
}

/* how long the interval is */
static int64_t width(const struct instant *instant)
{
    static const int64_t widths[] = {
        [INSTANT_DAY] = US_PER_DAY,
        [INSTANT_MINUTE] = US_PER_MINUTE,
        [INSTANT_SECOND] = US_PER_SECOND,
    };
    switch (instant->precision) {
    case INSTANT_YEAR:
        return US_PER_DAY * (instant_days_from_civil(instant->year + 1, 1, 1) -
                             instant_days_from_civil(instant->year, 1, 1));
    case INSTANT_MONTH:
        return US_PER_DAY * instant_days_in_month(instant->year, instant->month);
    case INSTANT_FRACTION:
        return powers_of_ten[FRACTION_DIGITS - fraction_digits(instant)];
    default:
        return widths[instant->precision];
    }
}

struct instant_range instant_range(const struct instant *instant)
{
    int64_t low = instant_microseconds(instant);
    return (struct instant_range){ low, low + width(instant) };
}

struct instant instant_from_microseconds(int64_t microseconds)
{
    const int64_t first = instant_days_from_civil(1, 1, 1) * US_PER_DAY;
    const int64_t last = instant_days_from_civil(10000, 1, 1) * US_PER_DAY - 1;
    int64_t at = microseconds < first ? first : microseconds > last ? last : microseconds;
    int64_t days = divide_down(at, US_PER_DAY);
    int64_t in_day = at - days * US_PER_DAY;
    int64_t seconds = in_day / US_PER_SECOND;
    int64_t year;
    unsigned month;
    unsigned day;
    instant_civil_from_days(days, &year, &month, &day);
    return (struct instant){
        .year = (int16_t)year,
        .month = (uint8_t)month,
        .day = (uint8_t)day,
        .hour = (uint8_t)(seconds / 3600),
        .minute = (uint8_t)(seconds / 60 % 60),
        .second = (uint8_t)(seconds % 60),
        .precision = INSTANT_FRACTION,
        .microsecond = (uint32_t)(in_day % US_PER_SECOND),
        .has_offset = true,
        .fraction_digits = 3,
    };
}

int instant_age(const struct instant *birth, const struct instant *at)
{
    int years = at->year - birth->year;
    bool before_birthday =
        at->month < birth->month || (at->month == birth->month && at->day < birth->day);
    years -= before_birthday;
    return years < 0 ? -1 : years;
}

/* -- writing ----------------------------------------------------------------------------------- */

/* a mark (none when NUL), then `number` in exactly `digits` digits */
static char *put(char *to, char mark, uint32_t number, unsigned digits)
{
    if (mark != '\0') {
        *to++ = mark;
    }
    for (unsigned i = digits; i > 0; i--) {
        to[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return to + digits;
}

static char *put_offset(char *to, int minutes)
{
    if (minutes == 0) {
        *to++ = 'Z';
        return to;
    }
    uint32_t absolute = (uint32_t)(minutes < 0 ? -minutes : minutes);
    to = put(to, minutes < 0 ? '-' : '+', absolute / 60, 2);
    return put(to, ':', absolute % 60, 2);
}

/* at most 32 characters: YYYY-MM-DDThh:mm:ss.ffffff+hh:mm; returns the length */
static size_t format(const struct instant *instant, char text[INSTANT_TEXT_SIZE])
{
    char *to = put(text, '\0', (uint32_t)instant->year, 4);
    if (instant->precision >= INSTANT_MONTH) {
        to = put(to, '-', instant->month, 2);
    }
    if (instant->precision >= INSTANT_DAY) {
        to = put(to, '-', instant->day, 2);
    }
    if (instant->precision >= INSTANT_MINUTE) {
        to = put(to, 'T', instant->hour, 2);
        to = put(to, ':', instant->minute, 2);
        to = put(to, ':', instant->second, 2);
        if (instant->precision == INSTANT_FRACTION) {
            unsigned digits = fraction_digits(instant);
            uint32_t fraction = instant->microsecond / powers_of_ten[FRACTION_DIGITS - digits];
            to = put(to, '.', fraction, digits);
        }
        to = put_offset(to, instant->offset_minutes);
    }
    return (size_t)(to - text);
}

void instant_format_utc(int64_t microseconds, char ret_text[INSTANT_TEXT_SIZE])
{
    struct instant instant = instant_from_microseconds(microseconds);
    ret_text[format(&instant, ret_text)] = '\0';
}

struct slice instant_format(const struct instant *instant, struct arena *arena)
{
    char text[INSTANT_TEXT_SIZE];
    size_t length = format(instant, text);
    return arena_copy(arena, slice_of(text, length));
}
