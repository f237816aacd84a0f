/*
 * calendar.c: shapes of time, summed.
 *
 * The weight of a day is 1,000 times what its weekday, month, holiday and the pandemic make of an
 * ordinary day. cumulative[d] is the sum of the weights before day first + d, so a window's worth
 * is a difference and a draw a search.
 *
 * Easter: the Gregorian computus of Meeus, Jones and Butcher (Nature, 20 April 1876).
 */
#include "synth/calendar.h"

#include "base/instant.h"

struct calendar {
    int32_t first;
    int32_t days;
    uint32_t *cumulative[SYNTH_CALENDAR_COUNT]; /* days + 1 of each */
};

static int32_t day_of(int32_t year, unsigned month, unsigned day)
{
    return (int32_t)instant_days_from_civil(year, month, day);
}

/* -- bank holidays ----------------------------------------------------------------------------- */

static int32_t easter_sunday(int32_t year)
{
    int32_t a = year % 19;
    int32_t b = year / 100;
    int32_t c = year % 100;
    int32_t d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int32_t e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7;
    int32_t f = d + e - 7 * ((a + 11 * d + 22 * e) / 451) + 114;
    return day_of(year, (unsigned)(f / 31), (unsigned)(f % 31 + 1));
}

static int32_t last_monday(int32_t year, unsigned month)
{
    int32_t last = day_of(year, month, 31);
    return last - (synth_weekday(last) + 6) % 7;
}

static int32_t first_monday(int32_t year, unsigned month)
{
    int32_t first = day_of(year, month, 1);
    return first + (8 - synth_weekday(first)) % 7;
}

/* a holiday at the weekend is kept on the next working day */
static bool is_christmas(int32_t year, int32_t day)
{
    int32_t christmas = day_of(year, 12, 25);
    int32_t kept = synth_working_day(christmas);
    int32_t boxing = synth_working_day(christmas + 1);
    boxing = boxing == kept ? synth_working_day(kept + 1) : boxing;
    return day == kept || day == boxing;
}

static bool is_yearly(int32_t year, int32_t day)
{
    int32_t easter = easter_sunday(year);
    return day == synth_working_day(day_of(year, 1, 1)) || day == easter - 2 || day == easter + 1 ||
           day == first_monday(year, 5) || day == last_monday(year, 5) ||
           day == last_monday(year, 8) || is_christmas(year, day);
}

bool calendar_is_bank_holiday(int32_t day)
{
    for (size_t i = 0; i < SYNTH_BANK_HOLIDAY_COUNT; i++) {
        const struct synth_bank_holiday *row = &synth_bank_holiday_table[i];
        if (day == day_of(row->year, (unsigned)row->month, (unsigned)row->day)) {
            return row->holiday != 0;
        }
    }
    return is_yearly(synth_year_of(day), day);
}

/* -- the pandemic ------------------------------------------------------------------------------ */

int32_t calendar_pandemic(enum synth_pandemic_kind_key kind, int32_t day)
{
    const struct synth_pandemic *before = NULL;
    for (size_t i = 0; i < SYNTH_PANDEMIC_COUNT; i++) {
        const struct synth_pandemic *row = &synth_pandemic_table[i];
        if (row->kind != &synth_pandemic_kind_table[kind]) {
            continue;
        }
        int32_t middle = day_of(row->year, (unsigned)row->month, 15);
        if (day < middle) {
            if (before == NULL) {
                return row->percent;
            }
            int32_t from = day_of(before->year, (unsigned)before->month, 15);
            return before->percent +
                   (row->percent - before->percent) * (day - from) / (middle - from);
        }
        before = row;
    }
    return before != NULL ? before->percent : 100;
}

/* -- sums -------------------------------------------------------------------------------------- */

static int32_t sum_of(const int32_t *values, size_t count)
{
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum;
}

static uint32_t weight_of(const struct synth_calendar *row, int32_t day, bool holiday)
{
    int weekday = (synth_weekday(day) + 6) % 7; /* the table begins on Monday */
    int64_t weight = (int64_t)1000 * 7 * row->week[weekday] / sum_of(row->week, 7);
    weight = weight * 12 * row->month[synth_month_of(day) - 1] / sum_of(row->month, 12);
    weight = holiday ? weight * row->holiday_pct / 100 : weight;
    enum synth_pandemic_kind_key kind =
        (enum synth_pandemic_kind_key)(row->pandemic - synth_pandemic_kind_table);
    return (uint32_t)(weight * calendar_pandemic(kind, day) / 100);
}

static bool sum_days(struct calendar *calendar, struct arena *arena)
{
    for (size_t i = 0; i < SYNTH_CALENDAR_COUNT; i++) {
        calendar->cumulative[i] = arena_array(arena, (size_t)calendar->days + 1, uint32_t);
        if (calendar->cumulative[i] == NULL) {
            return false;
        }
        calendar->cumulative[i][0] = 0;
    }
    for (int32_t d = 0; d < calendar->days; d++) {
        bool holiday = calendar_is_bank_holiday(calendar->first + d);
        for (size_t i = 0; i < SYNTH_CALENDAR_COUNT; i++) {
            uint32_t *sums = calendar->cumulative[i];
            sums[d + 1] =
                sums[d] + weight_of(&synth_calendar_table[i], calendar->first + d, holiday);
        }
    }
    return true;
}

const struct calendar *calendar_make(const struct synth_world *world, struct arena *arena)
{
    struct calendar *calendar = arena_new(arena, struct calendar);
    if (calendar == NULL) {
        return NULL;
    }
    calendar->first = world->today - world->years * 1461 / 4 - CALENDAR_BEFORE;
    calendar->days = world->today + CALENDAR_AHEAD - calendar->first + 1;
    return sum_days(calendar, arena) ? calendar : NULL;
}

static int32_t place_of(const struct calendar *calendar, int32_t day)
{
    int32_t place = day - calendar->first;
    return place < 0 ? 0 : place >= calendar->days ? calendar->days - 1 : place;
}

int64_t calendar_worth(const struct calendar *calendar, enum synth_calendar_key shape, int32_t from,
                       int32_t to)
{
    const uint32_t *sums = calendar->cumulative[shape];
    return from > to ? 0
                     : (int64_t)sums[place_of(calendar, to) + 1] - sums[place_of(calendar, from)];
}

int32_t calendar_day(const struct calendar *calendar, enum synth_calendar_key shape, int32_t from,
                     int32_t to, struct synth_random *random)
{
    const uint32_t *sums = calendar->cumulative[shape];
    int32_t low = place_of(calendar, from);
    int32_t high = place_of(calendar, to);
    uint32_t total = sums[high + 1] - sums[low];
    uint32_t drawn = synth_random_below(random, total > 0 ? total : 1) + sums[low];
    if (total == 0) { /* only days on which such things do not happen: the first will have to do */
        return from;
    }
    while (low < high) { /* the last day whose sum of those before is not above the draw */
        int32_t middle = low + (high - low + 1) / 2;
        if (sums[middle] <= drawn) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return calendar->first + low;
}

synth_when calendar_when(enum synth_calendar_key shape, int32_t day, struct synth_random *random)
{
    const struct synth_hour *row = synth_calendar_table[shape].hour;
    int32_t total = sum_of(row->share, 24);
    int32_t drawn = (int32_t)synth_random_below(random, (uint32_t)total);
    int32_t hour = 0;
    while (drawn >= row->share[hour]) {
        drawn -= row->share[hour];
        hour++;
    }
    return synth_when_of(day, hour * 60 + (int32_t)synth_random_below(random, 12) * 5);
}
