/*
 * value.h: the value of a test as a writer needs it: decimal digits, unit and range.
 */
#ifndef EVENLODE_SYNTH_VALUE_H
#define EVENLODE_SYNTH_VALUE_H

#include "synth/mishaps.h"

#define SYNTH_DECIMAL_SIZE 24

/* "12.3" of 12300 and one decimal; not negative */
struct slice synth_decimal(int32_t thousandths, int32_t decimals, char room[SYNTH_DECIMAL_SIZE]);

/* value and unit as the item tells them: in another unit, or none, when that befell it */
struct mishap_unit synth_value_told(const struct synth_item *item, const struct synth_test *test,
                                    int32_t value);

struct synth_range_of_test {
    int32_t low, high; /* thousandths; 0: open */
    char flag;         /* of the value: H, L, or 0 within */
};
struct synth_range_of_test synth_value_range(const struct synth_test *test, char sex,
                                             int32_t value);

#endif
