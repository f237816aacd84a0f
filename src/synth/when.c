/*
 * when.c: civil dates come from base/instant.h; here is only what England adds to them, its
 * summer time and its working week. Written digit by digit, because printf would cost more than
 * the rest of the writer.
 */
#include "synth/when.h"

#include "base/instant.h"

struct civil {
    int64_t year;
    unsigned month;
    unsigned day;
};

static struct civil civil_of(int32_t day)
{
    struct civil civil;
    instant_civil_from_days(day, &civil.year, &civil.month, &civil.day);
    return civil;
}

int synth_weekday(int32_t day)
{
    int weekday = (day + 4) % 7;
    return weekday < 0 ? weekday + 7 : weekday;
}

int32_t synth_year_of(int32_t day)
{
    return (int32_t)civil_of(day).year;
}

int32_t synth_month_of(int32_t day)
{
    return (int32_t)civil_of(day).month;
}

int32_t synth_age_at(int32_t birth, int32_t day)
{
    struct civil from = civil_of(birth);
    struct civil to = civil_of(day);
    bool before = to.month < from.month || (to.month == from.month && to.day < from.day);
    return (int32_t)(to.year - from.year) - (before ? 1 : 0);
}

int32_t synth_working_day(int32_t day)
{
    int weekday = synth_weekday(day);
    return weekday == 0 ? day + 1 : weekday == 6 ? day + 2 : day;
}

static int32_t last_sunday(int64_t year, unsigned month)
{
    int32_t last = (int32_t)instant_days_from_civil(year, month, 31);
    return last - synth_weekday(last);
}

static bool is_summer(int32_t day, int32_t minute, const struct civil *civil)
{
    if (civil->month < 3 || civil->month > 10) {
        return false;
    }
    if (civil->month > 3 && civil->month < 10) {
        return true;
    }
    int32_t change = last_sunday(civil->year, civil->month);
    bool after = day > change || (day == change && minute >= 120);
    return civil->month == 3 ? after : !after;
}

static char *digits(char *at, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

static char *date(char *at, const struct civil *civil)
{
    at = digits(at, civil->year, 4);
    *at++ = '-';
    at = digits(at, civil->month, 2);
    *at++ = '-';
    return digits(at, civil->day, 2);
}

void synth_day_text(int32_t day, char ret_text[SYNTH_WHEN_SIZE])
{
    struct civil civil = civil_of(day);
    *date(ret_text, &civil) = '\0';
}

void synth_day_words(int32_t day, char ret_text[SYNTH_WHEN_SIZE])
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct civil civil = civil_of(day);
    char *at = digits(ret_text, civil.day, 2);
    *at++ = '-';
    memcpy(at, months + (size_t)3 * (civil.month - 1), 3);
    at += 3;
    *at++ = '-';
    *digits(at, civil.year, 4) = '\0';
}

void synth_when_text(synth_when when, char ret_text[SYNTH_WHEN_SIZE])
{
    int32_t day = synth_day_of(when);
    int32_t minute = (int32_t)(when - (synth_when)day * SYNTH_DAY_MINUTES);
    struct civil civil = civil_of(day);
    char *at = date(ret_text, &civil);
    *at++ = 'T';
    at = digits(at, minute / 60, 2);
    *at++ = ':';
    at = digits(at, minute % 60, 2);
    const char *rest = is_summer(day, minute, &civil) ? ":00+01:00" : ":00+00:00";
    memcpy(at, rest, 10);
}

/* the digits and the sign of the offset, which the dashes of the date are not */
static void leave_digits(char *text)
{
    size_t len = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        bool sign = text[i] == '+' || (text[i] == '-' && i > 10);
        if (sign || (text[i] >= '0' && text[i] <= '9')) {
            text[len++] = text[i];
        }
    }
    text[len] = '\0';
}

void synth_when_digits(synth_when when, char ret_text[SYNTH_WHEN_SIZE])
{
    synth_when_text(when, ret_text);
    leave_digits(ret_text);
}

void synth_day_digits(int32_t day, char ret_text[SYNTH_WHEN_SIZE])
{
    synth_day_text(day, ret_text);
    leave_digits(ret_text);
}
