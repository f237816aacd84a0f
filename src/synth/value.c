/*
 * value.c: values are thousandths; writers want digits. Integers throughout, as everywhere here.
 */
#include "synth/value.h"

struct slice synth_decimal(int32_t thousandths, int32_t decimals, char room[SYNTH_DECIMAL_SIZE])
{
    static const int32_t unit[] = { 1000, 100, 10, 1 };
    int32_t value = thousandths / unit[decimals];
    int32_t whole = unit[0] / unit[decimals];
    int len = decimals == 0 ? snprintf(room, SYNTH_DECIMAL_SIZE, "%d", (int)value)
                            : snprintf(room, SYNTH_DECIMAL_SIZE, "%d.%0*d", (int)(value / whole),
                                       (int)decimals, (int)(value % whole));
    return slice_of(room, (size_t)len);
}

struct mishap_unit synth_value_told(const struct synth_item *item, const struct synth_test *test,
                                    int32_t value)
{
    struct mishap_unit unit = {
        .unit = test->unit, .ucum = test->ucum, .decimals = test->decimals, .value = value
    };
    struct mishap_unit other;
    if (mishap_is(item, SYNTH_MISHAP_NO_UNIT)) {
        unit.unit = unit.ucum = (struct slice){ NULL, 0 };
    } else if (mishap_is(item, SYNTH_MISHAP_OTHER_UNIT) && mishap_other_unit(test, value, &other)) {
        unit = other;
    }
    return unit;
}

struct synth_range_of_test synth_value_range(const struct synth_test *test, char sex, int32_t value)
{
    struct synth_range_of_test range = { .low = sex == 'M' ? test->low_m : test->low_f,
                                         .high = sex == 'M' ? test->high_m : test->high_f };
    bool above = range.high > 0 && value > range.high;
    range.flag = above ? 'H' : value < range.low ? 'L' : '\0';
    return range;
}
