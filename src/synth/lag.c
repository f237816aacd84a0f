/*
 * lag.c: straight lines between the days of a row; behind the last one it stays as it is.
 */
#include "synth/lag.h"

int32_t synth_lag_still(enum synth_lag_key change, int32_t days)
{
    const struct synth_lag *row = &synth_lag_table[change];
    size_t last = ARRAY_LENGTH(row->day) - 1;
    size_t i = 0;
    while (i < last && row->day[i + 1] <= days) {
        i++;
    }
    if (i == last) {
        return row->still[last];
    }
    int64_t fell = row->still[i + 1] - row->still[i];
    return row->still[i] + (int32_t)(fell * (days - row->day[i]) / (row->day[i + 1] - row->day[i]));
}
