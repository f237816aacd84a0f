/*
 * term_range.c: which part of the patient-first index a condition has to look at.
 *
 * Necessary, never sufficient: every key in the range is decoded and judged by
 * search_value_matches(). Values that were cut stand under a kind of their own, so each narrowed
 * range has the whole of that kind beside it.
 */
#include "store/sqlite/term.h"

/* the least key behind all that start with from[0..len) */
static void close_range(struct term_range *range, size_t len)
{
    memcpy(range->to, range->from, len);
    while (len > 0 && (uint8_t)range->to[len - 1] == 0xff) {
        len--;
    }
    assert(len > 0); /* a patient key is never all ones */
    range->to[len - 1] = (char)((uint8_t)range->to[len - 1] + 1);
    range->to_len = len;
}

static void open_head(struct term_range *range, uint64_t patient, fhir_type type,
                      uint32_t parameter, unsigned kind)
{
    put_number40(range->from, patient);
    range->from[TERM_TYPE_AT] = (char)type;
    for (int i = 4; i >= 1; i--) {
        range->from[TERM_TYPE_AT + i] = (char)(parameter & 0xff);
        parameter >>= 8;
    }
    range->from[TERM_HEAD - 1] = (char)kind;
}

static void prefix_range(struct term_range *range, size_t len)
{
    range->from_len = len;
    close_range(range, len);
}

void term_range_of_type(uint64_t patient, fhir_type type, struct term_range *ret_range)
{
    open_head(ret_range, patient, type, 0, 0);
    prefix_range(ret_range, TERM_TYPE_END);
}

void term_range_of_parameter(uint64_t patient, fhir_type type, uint32_t parameter_key,
                             struct term_range *ret_range)
{
    open_head(ret_range, patient, type, parameter_key, 0);
    prefix_range(ret_range, TERM_PARAMETER_END);
}

/* what must stand right behind the head, or an empty slice */
static struct slice beginning(const struct search_condition *condition,
                              const struct search_value *value, bool *ret_ends)
{
    *ret_ends = false;
    if (condition->kind == SEARCH_TOKEN && condition->modifier != SEARCH_TEXT &&
        value->form != SEARCH_SYSTEM) {
        *ret_ends = true;
        return value->code;
    }
    if (condition->kind == SEARCH_STRING && condition->modifier == SEARCH_PLAIN) {
        return value->text;
    }
    return (struct slice){ NULL, 0 };
}

static void low_range(struct term_range *range, const struct search_bounds *bounds)
{
    memcpy(range->to, range->from, TERM_HEAD);
    put_signed64(range->from + TERM_HEAD, bounds->low_min);
    put_signed64(range->to + TERM_HEAD, bounds->low_max);
    range->from_len = TERM_HEAD + 8;
    range->to_len = TERM_HEAD + 8;
    if (bounds->low_max == INT64_MAX) {
        close_range(range, TERM_HEAD);
    } else {
        put_signed64(range->to + TERM_HEAD, bounds->low_max + 1);
    }
}

size_t term_ranges_of(uint64_t patient, fhir_type type, const struct search_condition *condition,
                      const struct search_value *value,
                      struct term_range ret_ranges[TERM_RANGES_MOST])
{
    struct search_bounds bounds;
    bool ends;
    struct term_range *range = &ret_ranges[0];
    open_head(range, patient, type, condition->parameter_key, condition->kind);
    if (condition->kind == SEARCH_DATE || condition->kind == SEARCH_NUMBER ||
        condition->kind == SEARCH_QUANTITY) {
        search_value_bounds(condition, value, &bounds);
        low_range(range, &bounds);
    } else {
        struct slice text = beginning(condition, value, &ends);
        bool whole = text.len <= 128;
        size_t len = whole ? text.len : 128;
        if (len > 0) {
            memcpy(range->from + TERM_HEAD, text.ptr, len);
        }
        if (ends && whole) {
            range->from[TERM_HEAD + len++] = '\0';
        }
        prefix_range(range, TERM_HEAD + len);
    }
    open_head(&ret_ranges[1], patient, type, condition->parameter_key, condition->kind | TERM_CUT);
    prefix_range(&ret_ranges[1], TERM_HEAD);
    return 2;
}
