/*
 * season.c: a day is drawn evenly and kept as often as its month is to the best month of the row.
 *
 * After TRIES the last one drawn stays: of a row as uneven as that of students one in several
 * thousand.
 */
#include "synth/season.h"

#include "synth/when.h"

#define TRIES 64

static int32_t best_of(const struct synth_season *row)
{
    int32_t best = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(row->month); i++) {
        best = row->month[i] > best ? row->month[i] : best;
    }
    return best;
}

int32_t synth_season_day(enum synth_season_key season, int32_t first, int32_t days,
                         struct synth_random *random)
{
    const struct synth_season *row = &synth_season_table[season];
    int32_t best = best_of(row);
    int32_t day = first;
    for (int tries = 0; tries < TRIES; tries++) {
        day = first + (int32_t)synth_random_below(random, (uint32_t)days);
        if (synth_random_chance(random, row->month[synth_month_of(day) - 1], best)) {
            break;
        }
    }
    return day;
}
