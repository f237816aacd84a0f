/*
 * display.c: tables of month names, and the steps of an age.
 *
 * Ages count on civil dates. An age in hours needs a recorded time of birth; without one, a child's
 * first two days are shown in days.
 */
#include "nhs/display.h"

static const char *const months[] = { "January",   "February", "March",    "April",
                                      "May",       "June",     "July",     "August",
                                      "September", "October",  "November", "December" };

void display_date(const struct instant *instant, char ret_text[DISPLAY_SIZE])
{
    const char *month = months[instant->month - 1];
    switch (instant->precision) {
    case INSTANT_YEAR:
        snprintf(ret_text, DISPLAY_SIZE, "%04d", instant->year);
        return;
    case INSTANT_MONTH:
        snprintf(ret_text, DISPLAY_SIZE, "%.3s-%04d", month, instant->year);
        return;
    default:
        snprintf(ret_text, DISPLAY_SIZE, "%02u-%.3s-%04d", instant->day, month, instant->year);
    }
}

void display_date_time(const struct instant *instant, char ret_text[DISPLAY_SIZE])
{
    display_date(instant, ret_text);
    if (instant->precision >= INSTANT_MINUTE) {
        size_t len = strlen(ret_text);
        snprintf(ret_text + len, DISPLAY_SIZE - len, " %02u:%02u", instant->hour, instant->minute);
    }
}

void display_date_long(const struct instant *instant, char ret_text[DISPLAY_SIZE])
{
    const char *month = months[instant->month - 1];
    switch (instant->precision) {
    case INSTANT_YEAR:
        snprintf(ret_text, DISPLAY_SIZE, "%04d", instant->year);
        return;
    case INSTANT_MONTH:
        snprintf(ret_text, DISPLAY_SIZE, "%s %04d", month, instant->year);
        return;
    default:
        snprintf(ret_text, DISPLAY_SIZE, "%u %s %04d", instant->day, month, instant->year);
    }
}

static int64_t day_of(const struct instant *instant)
{
    return instant_days_from_civil(instant->year, instant->month, instant->day);
}

/* completed months */
static int64_t months_between(const struct instant *from, const struct instant *to)
{
    int64_t count = ((int64_t)to->year - from->year) * 12 + to->month - from->month;
    return to->day < from->day ? count - 1 : count;
}

void display_age(const struct instant *birth, const struct instant *at, char ret_text[DISPLAY_SIZE])
{
    int64_t days = day_of(at) - day_of(birth);
    int64_t whole_months = months_between(birth, at);
    int64_t hours = (instant_microseconds(at) - instant_microseconds(birth)) / 3600000000;
    ret_text[0] = '\0';
    if (days < 0) {
        return;
    }
    if (birth->precision < INSTANT_DAY) {
        snprintf(ret_text, DISPLAY_SIZE, "%dy", instant_age(birth, at));
    } else if (days < 2 && birth->precision >= INSTANT_MINUTE && hours >= 0) {
        snprintf(ret_text, DISPLAY_SIZE, "%lldhrs", (long long)hours);
    } else if (days < 28) {
        snprintf(ret_text, DISPLAY_SIZE, "%lldd", (long long)days);
    } else if (whole_months < 12) {
        snprintf(ret_text, DISPLAY_SIZE, "%lldw", (long long)days / 7);
    } else if (whole_months < 24) {
        snprintf(ret_text, DISPLAY_SIZE, "%lldm", (long long)whole_months);
    } else if (whole_months / 12 < 18) {
        snprintf(ret_text, DISPLAY_SIZE, "%lldy %lldm", (long long)whole_months / 12,
                 (long long)whole_months % 12);
    } else {
        snprintf(ret_text, DISPLAY_SIZE, "%lldy", (long long)whole_months / 12);
    }
}
