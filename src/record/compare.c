/*
 * compare.c: is a value within the range that came with it?
 *
 * Exactly: short numbers compare as doubles just as their decimals do, longer ones are compared
 * digit by digit. And only where the comparison means something: same unit (or a range that names
 * none). "< 5" is low when 5 is not above the low end and says nothing otherwise; "> 200" likewise
 * above the high end. A range of another result is never used (hazard H10); the caller has only
 * this one.
 */
#include "base/decimal.h"
#include "record/record_internal.h"

static bool usable(const struct record_quantity *value, const struct record_quantity *end)
{
    return end->present && (end->unit.len == 0 || slice_equal(end->unit, value->unit));
}

/* by value; false when one of them is no decimal */
static bool compare_values(const struct record_quantity *a, const struct record_quantity *b,
                           int *ret_order)
{
    struct decimal one, other;
    if (a->value.len <= RECORD_QUICK_DIGITS && b->value.len <= RECORD_QUICK_DIGITS) {
        *ret_order = a->number < b->number ? -1 : a->number > b->number;
        return true;
    }
    if (!decimal_parse(a->value, &one) || !decimal_parse(b->value, &other)) {
        return false;
    }
    *ret_order = decimal_compare(&one, &other);
    return true;
}

enum item_flag record_flag_by_range(const struct record_quantity *value,
                                    const struct record_quantity *low,
                                    const struct record_quantity *high)
{
    bool has_low = usable(value, low), has_high = usable(value, high);
    int to_low = 1, to_high = -1;
    if (!value->present || has_low != low->present || has_high != high->present ||
        !(has_low || has_high) || (has_low && !compare_values(value, low, &to_low)) ||
        (has_high && !compare_values(value, high, &to_high))) {
        return FLAG_NONE;
    }
    if (value->comparator.len == 0) {
        return to_low < 0 ? FLAG_LOW : to_high > 0 ? FLAG_HIGH : FLAG_NORMAL;
    }
    bool inclusive = value->comparator.len == 2;
    if (value->comparator.ptr[0] == '<') {
        return has_low && (inclusive ? to_low < 0 : to_low <= 0) ? FLAG_LOW : FLAG_NONE;
    }
    return has_high && (inclusive ? to_high > 0 : to_high >= 0) ? FLAG_HIGH : FLAG_NONE;
}
