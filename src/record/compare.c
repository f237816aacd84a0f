/*
 * compare.c: is a value within the range that came with it?
 *
 * Exactly, by decimal text and never through a double, and only where the comparison means
 * something: same unit (or a range that names none). "< 5" is low when 5 is not above the low end
 * and says nothing otherwise; "> 200" likewise above the high end. A range of another result is
 * never used (hazard H10); the caller has only this one.
 */
#include "base/decimal.h"
#include "record/record_internal.h"

static bool usable(const struct record_quantity *value, const struct record_quantity *end,
                   struct decimal *ret_end)
{
    return end->present && decimal_parse(end->value, ret_end) &&
           (end->unit.len == 0 || slice_equal(end->unit, value->unit));
}

enum item_flag record_flag_by_range(const struct record_quantity *value,
                                    const struct record_quantity *low,
                                    const struct record_quantity *high)
{
    struct decimal number, bottom, top;
    bool has_low = usable(value, low, &bottom), has_high = usable(value, high, &top);
    if (!value->present || !decimal_parse(value->value, &number) || has_low != low->present ||
        has_high != high->present || !(has_low || has_high)) {
        return FLAG_NONE;
    }
    int to_low = has_low ? decimal_compare(&number, &bottom) : 1;
    int to_high = has_high ? decimal_compare(&number, &top) : -1;
    if (value->comparator.len == 0) {
        return to_low < 0 ? FLAG_LOW : to_high > 0 ? FLAG_HIGH : FLAG_NORMAL;
    }
    bool inclusive = value->comparator.len == 2;
    if (value->comparator.ptr[0] == '<') {
        return has_low && (inclusive ? to_low < 0 : to_low <= 0) ? FLAG_LOW : FLAG_NONE;
    }
    return has_high && (inclusive ? to_high > 0 : to_high >= 0) ? FLAG_HIGH : FLAG_NONE;
}
