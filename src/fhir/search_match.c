/*
 * search_match.c: what matches. The one place; both stores ask here.
 *
 * FHIR R4 search.html, section by section. Dates are half-open intervals on both sides
 * (search.html#prefix): equal means that the interval asked for contains the other; greater means
 * that some of the value lies above it. Numbers in a resource are points, or closed ranges: only
 * the number asked for has an implicit range, and only for eq, ne and ap (search.html#number: for
 * gt and the like "the implicit precision of the number is ignored"). Values without content (see
 * index.h) match nothing, not even ne.
 *
 * Tokens are compared as they stand: codes of SNOMED CT and UCUM differ by case.
 */
#include "fhir/search_query.h"

/* -- token ------------------------------------------------------------------------------------ */

static bool token_matches(const struct search_value *value, const struct index_value *index)
{
    switch ((enum search_token_form)value->form) {
    case SEARCH_CODE:
        return slice_equal(value->code, index->code);
    case SEARCH_CODE_NO_SYSTEM:
        return index->system.len == 0 && slice_equal(value->code, index->code);
    case SEARCH_SYSTEM:
        return index->code.len > 0 && slice_equal(value->system, index->system);
    case SEARCH_SYSTEM_CODE:
        return slice_equal(value->code, index->code) && slice_equal(value->system, index->system);
    }
    return false;
}

/* -- string ----------------------------------------------------------------------------------- */

static bool string_matches(enum search_modifier modifier, const struct search_value *value,
                           const struct index_value *index)
{
    if (index->code.len == 0) {
        return false;
    }
    if (modifier == SEARCH_EXACT) {
        return slice_equal(value->code, index->code);
    }
    if (modifier == SEARCH_CONTAINS) {
        return value->text.len == 0 || slice_find_slice(index->text, value->text) < index->text.len;
    }
    return slice_starts_with(index->text, value->text);
}

/* -- date ------------------------------------------------------------------------------------- */

static bool date_matches(const struct search_value *value, const struct index_value *index)
{
    bool is_within = value->low <= index->low && index->high <= value->high;
    if (index->low >= index->high) {
        return false;
    }
    switch ((enum search_prefix)value->prefix) {
    case SEARCH_EQ:
        return is_within;
    case SEARCH_NE:
        return !is_within;
    case SEARCH_GT:
        return index->high > value->high;
    case SEARCH_LT:
        return index->low < value->low;
    case SEARCH_GE:
        return index->high > value->high || is_within;
    case SEARCH_LE:
        return index->low < value->low || is_within;
    case SEARCH_SA:
        return index->low >= value->high;
    case SEARCH_EB:
        return index->high <= value->low;
    case SEARCH_AP:
        return index->low < value->high && value->low < index->high;
    }
    return false;
}

/* -- number and quantity ---------------------------------------------------------------------- */

static bool number_matches(const struct search_value *value, const struct index_value *index)
{
    bool is_within = value->low <= index->low && index->high < value->high;
    if (index->low > index->high) {
        return false;
    }
    switch ((enum search_prefix)value->prefix) {
    case SEARCH_EQ:
        return is_within;
    case SEARCH_NE:
        return !is_within;
    case SEARCH_GT:
        return index->high > value->point;
    case SEARCH_LT:
        return index->low < value->point;
    case SEARCH_GE:
        return index->high >= value->point;
    case SEARCH_LE:
        return index->low <= value->point;
    case SEARCH_SA:
        return index->low > value->point;
    case SEARCH_EB:
        return index->high < value->point;
    case SEARCH_AP:
        return index->low < value->high && value->low <= index->high;
    }
    return false;
}

/* search.html#quantity: number||code asks for the code or the unit */
static bool unit_matches(const struct search_value *value, const struct index_value *index)
{
    switch ((enum search_token_form)value->form) {
    case SEARCH_CODE:
        return true; /* no unit asked for */
    case SEARCH_CODE_NO_SYSTEM:
        return slice_equal(value->code, index->code) || slice_equal(value->code, index->text);
    case SEARCH_SYSTEM:
        return slice_equal(value->system, index->system);
    case SEARCH_SYSTEM_CODE:
        return slice_equal(value->code, index->code) && slice_equal(value->system, index->system);
    }
    return false;
}

/* -- reference and uri ------------------------------------------------------------------------ */

static bool is_local_url(struct slice text, struct slice base, const struct index_value *index)
{
    return text.len == base.len + index->system.len + 1 + index->code.len && base.len > 0 &&
           slice_starts_with(text, base);
}

static bool reference_matches(const struct search_value *value, const struct index_value *index)
{
    if (!value->is_local) {
        return value->text.len > 0 && slice_equal(value->text, index->text) &&
               (value->code.len == 0 || slice_equal(value->code, index->code));
    }
    if (index->code.len == 0 || !slice_equal(value->code, index->code) ||
        (value->system.len > 0 && !slice_equal(value->system, index->system))) {
        return false;
    }
    /* a canonical's version stands in `code` too, but it has no type */
    return index->system.len > 0 &&
           (index->text.len == 0 || is_local_url(index->text, value->text, index));
}

/* search.html#uri: below: what starts with the value; above: what the value lies under */
static bool uri_matches(enum search_modifier modifier, const struct search_value *value,
                        const struct index_value *index)
{
    if (index->code.len == 0) {
        return false;
    }
    if (modifier == SEARCH_BELOW) {
        return slice_starts_with(index->code, value->code);
    }
    if (modifier == SEARCH_ABOVE && value->code.len > index->code.len) {
        return slice_starts_with(value->code, index->code) &&
               (slice_ends_with(index->code, SLICE("/")) ||
                value->code.ptr[index->code.len] == '/');
    }
    return slice_equal(value->code, index->code);
}

/* -- conditions ------------------------------------------------------------------------------- */

bool search_value_matches(const struct search_condition *condition,
                          const struct search_value *value, const struct index_value *index)
{
    if (value->is_never || index->kind != condition->kind ||
        index->parameter_key != condition->parameter_key) {
        return false;
    }
    enum search_modifier modifier = condition->modifier;
    switch ((enum search_kind)condition->kind) {
    case SEARCH_TOKEN:
        return modifier == SEARCH_TEXT
                   ? index->text.len > 0 && slice_starts_with(index->text, value->text)
                   : token_matches(value, index);
    case SEARCH_STRING:
        return string_matches(modifier, value, index);
    case SEARCH_DATE:
        return date_matches(value, index);
    case SEARCH_NUMBER:
        return number_matches(value, index);
    case SEARCH_QUANTITY:
        return number_matches(value, index) && unit_matches(value, index);
    case SEARCH_REFERENCE:
        return reference_matches(value, index);
    case SEARCH_URI:
        return uri_matches(modifier, value, index);
    case SEARCH_COMPOSITE:
    case SEARCH_SPECIAL:
        break;
    }
    return false;
}

static bool any_value_matches(const struct search_condition *condition,
                              const struct index_value *index)
{
    for (size_t i = 0; i < condition->value_count; i++) {
        if (search_value_matches(condition, &condition->values[i], index)) {
            return true;
        }
    }
    return false;
}

bool search_condition_matches(const struct search_condition *condition,
                              const struct index_value *values, size_t count)
{
    bool is_found = false;
    for (size_t i = 0; i < count && !is_found; i++) {
        is_found =
            values[i].parameter_key == condition->parameter_key &&
            (condition->modifier == SEARCH_MISSING || any_value_matches(condition, &values[i]));
    }
    if (condition->modifier == SEARCH_MISSING) {
        return is_found != condition->is_missing;
    }
    /* search.html#modifiers: the set that is not in the result of the search without :not */
    return is_found != (condition->modifier == SEARCH_NOT);
}

static bool column_matches(const struct search_condition *condition, struct index_value *index)
{
    index->kind = condition->kind;
    index->parameter_key = condition->parameter_key;
    return search_condition_matches(condition, index, 1);
}

bool search_id_matches(const struct search_condition *condition, struct slice id)
{
    struct index_value index = { .code = id };
    return column_matches(condition, &index);
}

bool search_last_updated_matches(const struct search_condition *condition, int64_t microseconds)
{
    struct index_value index = { .low = microseconds, .high = microseconds + 1 };
    return column_matches(condition, &index);
}

void search_value_bounds(const struct search_condition *condition, const struct search_value *value,
                         struct search_bounds *ret_bounds)
{
    struct search_bounds bounds = { INT64_MIN, INT64_MAX, INT64_MIN, INT64_MAX };
    /* a date asked for is an interval; of a number only eq, ne and ap have a range */
    bool is_date = condition->kind == SEARCH_DATE;
    int64_t low = is_date ? value->low : value->point;
    int64_t high = is_date ? value->high : value->point;
    switch ((enum search_prefix)value->prefix) {
    case SEARCH_EQ:
        bounds.low_min = value->low;
        bounds.high_max = value->high;
        break;
    case SEARCH_GT:
        bounds.high_min = high;
        break;
    case SEARCH_LT:
        bounds.low_max = low;
        break;
    case SEARCH_GE:
        bounds.high_min = low;
        break;
    case SEARCH_LE:
        bounds.low_max = high;
        break;
    case SEARCH_SA:
        bounds.low_min = high;
        break;
    case SEARCH_EB:
        bounds.high_max = low;
        break;
    case SEARCH_AP:
        bounds.low_max = value->high;
        bounds.high_min = value->low;
        break;
    case SEARCH_NE:
        break;
    }
    *ret_bounds = bounds;
}
