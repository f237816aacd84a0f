/*
 * index_measure.c: dates, numbers and quantities for the index.
 *
 * Whatever can be compared by order becomes an interval of two 64-bit keys: microseconds for dates,
 * decimal keys for numbers. A Period without an end, a Range without a limit and a quantity with a
 * comparator are open on that side. Precision of a date widens its interval; precision of a number
 * does not (see index.h).
 */
#include "fhir/index_take.h"

#include "base/decimal.h"
#include "base/instant.h"

/* -- date: search.html#date ----------------------------------------------------------------- */

static bool range_of(struct index_take *take, json_ix ix, struct instant_range *ret_range)
{
    struct instant instant;
    if (!json_is(take->json, ix, JSON_STRING) || !instant_parse(index_text(take, ix), &instant)) {
        return false;
    }
    *ret_range = instant_range(&instant);
    return true;
}

static void emit_date(struct index_take *take, int64_t low, int64_t high)
{
    index_emit(take, (struct index_value){ .kind = SEARCH_DATE, .low = low, .high = high });
}

void index_date_plain(struct index_take *take, json_ix ix)
{
    struct instant_range range;
    if (range_of(take, ix, &range)) {
        emit_date(take, range.low, range.high);
    }
}

void index_date_period(struct index_take *take, json_ix ix)
{
    struct instant_range start, end;
    bool has_start = range_of(take, json_member(take->json, ix, SLICE("start")), &start);
    bool has_end = range_of(take, json_member(take->json, ix, SLICE("end")), &end);
    if (has_start || has_end) {
        emit_date(take, has_start ? start.low : INSTANT_MIN, has_end ? end.high : INSTANT_MAX);
    }
}

/* "only the outer limits matter": from the first event or start of the bounds to the last */
void index_date_timing(struct index_take *take, json_ix ix)
{
    int64_t low = INSTANT_MAX;
    int64_t high = INSTANT_MIN;
    json_each_element(take->json, json_member(take->json, ix, SLICE("event")), event)
    {
        struct instant_range range;
        if (range_of(take, event, &range)) {
            low = range.low < low ? range.low : low;
            high = range.high > high ? range.high : high;
        }
    }
    if (low < high) {
        emit_date(take, low, high);
    }
    json_ix repeat = json_member(take->json, ix, SLICE("repeat"));
    index_date_period(take, json_member(take->json, repeat, SLICE("boundsPeriod")));
}

/* -- number and quantity: search.html#number, #quantity -------------------------------------- */

static bool number_of(struct index_take *take, json_ix ix, int64_t *ret_key)
{
    struct decimal decimal;
    if (!json_is(take->json, ix, JSON_NUMBER) ||
        !decimal_parse(json_number(take->json, ix), &decimal)) {
        return false;
    }
    *ret_key = decimal_key(&decimal);
    return true;
}

void index_number_plain(struct index_take *take, json_ix ix)
{
    int64_t key;
    if (number_of(take, ix, &key)) {
        index_emit(take, (struct index_value){ .kind = SEARCH_NUMBER, .low = key, .high = key });
    }
}

/* a quantity's parts; false when it has no value */
static bool read_quantity(struct index_take *take, json_ix ix, struct index_value *ret_value)
{
    struct index_value value = { .kind = SEARCH_QUANTITY };
    struct slice comparator = { NULL, 0 };
    bool has_value = false;
    json_each_member(take->json, ix, key, member)
    {
        if (JSON_KEY_IS(take->json, key, "value")) {
            has_value = number_of(take, member, &value.low);
            value.high = value.low;
        } else if (JSON_KEY_IS(take->json, key, "system")) {
            value.system = index_text(take, member);
        } else if (JSON_KEY_IS(take->json, key, "code")) {
            value.code = index_text(take, member);
        } else if (JSON_KEY_IS(take->json, key, "unit")) {
            value.text = index_text(take, member);
        } else if (JSON_KEY_IS(take->json, key, "comparator")) {
            comparator = index_text(take, member);
        }
    }
    if (comparator.len > 0 && comparator.ptr[0] == '<') {
        value.low = INT64_MIN;
    } else if (comparator.len > 0 && comparator.ptr[0] == '>') {
        value.high = INT64_MAX;
    }
    *ret_value = value;
    return has_value;
}

void index_quantity_plain(struct index_take *take, json_ix ix)
{
    struct index_value value;
    if (read_quantity(take, ix, &value)) {
        index_emit(take, value);
    }
}

void index_quantity_money(struct index_take *take, json_ix ix)
{
    struct index_value value = { .kind = SEARCH_QUANTITY, .system = SLICE("urn:iso:std:iso:4217") };
    json_ix currency = json_member(take->json, ix, SLICE("currency"));
    if (number_of(take, json_member(take->json, ix, SLICE("value")), &value.low)) {
        value.high = value.low;
        value.code = currency == JSON_NONE ? SLICE("") : index_text(take, currency);
        index_emit(take, value);
    }
}

static void take_range(struct index_take *take, json_ix ix, enum search_kind kind)
{
    struct index_value low, high;
    bool has_low = read_quantity(take, json_member(take->json, ix, SLICE("low")), &low);
    bool has_high = read_quantity(take, json_member(take->json, ix, SLICE("high")), &high);
    if (!has_low && !has_high) {
        return;
    }
    struct index_value value = has_low ? low : high;
    value.kind = (uint8_t)kind;
    value.low = has_low ? low.low : INT64_MIN;
    value.high = has_high ? high.high : INT64_MAX;
    if (kind == SEARCH_NUMBER) {
        value.system = value.code = value.text = (struct slice){ NULL, 0 };
    }
    index_emit(take, value);
}

void index_quantity_range(struct index_take *take, json_ix ix)
{
    take_range(take, ix, SEARCH_QUANTITY);
}

void index_number_range(struct index_take *take, json_ix ix)
{
    take_range(take, ix, SEARCH_NUMBER);
}

/* "just search on the bounds of the values in sampled data" (Observation value-quantity) */
void index_quantity_sampled(struct index_take *take, json_ix ix)
{
    struct index_value value;
    if (!read_quantity(take, json_member(take->json, ix, SLICE("origin")), &value)) {
        return;
    }
    int64_t low = 0, high = 0;
    bool has_low = number_of(take, json_member(take->json, ix, SLICE("lowerLimit")), &low);
    bool has_high = number_of(take, json_member(take->json, ix, SLICE("upperLimit")), &high);
    if (has_low || has_high) {
        value.low = has_low ? low : INT64_MIN;
        value.high = has_high ? high : INT64_MAX;
        index_emit(take, value);
    }
}
