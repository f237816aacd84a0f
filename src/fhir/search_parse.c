/*
 * search_parse.c: the values of a search, by kind.
 *
 * FHIR R4 search.html#escaping: comma, bar and dollar that belong to a value carry a backslash, so
 * values are split first and unescaped after. Prefixes are read only before a digit or sign,
 * because `apple` is no date. What cannot be read is a fault that names the parameter but never
 * repeats the value: it may be a patient's.
 */
#include "fhir/search_parse.h"

#include <math.h>

#include "base/decimal.h"
#include "base/instant.h"
#include "base/utf8.h"

bool search_split(struct slice *rest, char separator, struct slice *ret_part)
{
    if (rest->ptr == NULL) {
        return false;
    }
    size_t at = 0;
    while (at < rest->len && rest->ptr[at] != separator) {
        at += rest->ptr[at] == '\\' && at + 1 < rest->len ? 2 : 1;
    }
    *ret_part = slice_sub(*rest, 0, at);
    *rest = at < rest->len ? slice_of(rest->ptr + at + 1, rest->len - at - 1)
                           : (struct slice){ NULL, 0 };
    return true;
}

static bool unescape(struct search_parse *parse, struct slice text, struct slice *ret_text)
{
    if (slice_find(text, '\\') == text.len) {
        *ret_text = text;
        return true;
    }
    char *copy = arena_alloc(parse->arena, text.len);
    if (copy == NULL) {
        return fault_no_memory(parse->fault, parse->arena);
    }
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len && strchr("\\,|$", text.ptr[i + 1]) != NULL) {
            i++;
        }
        copy[len++] = text.ptr[i];
    }
    *ret_text = slice_of(copy, len);
    return true;
}

static bool invalid(struct search_parse *parse, const struct search_condition *condition,
                    const char *expected)
{
    fault_at(parse->fault, parse->arena, FAULT_INVALID, condition->name,
             "The value of the search parameter %.*s cannot be read", SLICE_PRINT(condition->name));
    return fault_hint(parse->fault, parse->arena, "Expected: %s.", expected);
}

static bool fold(struct search_parse *parse, struct slice text, struct slice *ret_text)
{
    if (text.len == 0) {
        *ret_text = text;
        return true;
    }
    struct slice key = utf8_search_key(text, parse->arena);
    if (key.ptr == NULL) {
        return fault_no_memory(parse->fault, parse->arena);
    }
    *ret_text = key;
    return true;
}

/* -- token ------------------------------------------------------------------------------------ */

/* system|code in its four forms, from the unescaped parts; false when both are empty */
static bool read_token(struct search_parse *parse, struct slice text, struct search_value *value,
                       bool *ret_is_empty)
{
    struct slice rest = text, first = { NULL, 0 }, second = { NULL, 0 };
    (void)search_split(&rest, '|', &first);
    bool has_bar = rest.ptr != NULL;
    second = has_bar ? rest : second;
    if (!unescape(parse, first, &first) || !unescape(parse, second, &second)) {
        return false;
    }
    if (!has_bar) {
        value->form = SEARCH_CODE;
        value->code = first;
    } else {
        value->system = first;
        value->code = second;
        value->form = first.len == 0    ? SEARCH_CODE_NO_SYSTEM
                      : second.len == 0 ? SEARCH_SYSTEM
                                        : SEARCH_SYSTEM_CODE;
    }
    *ret_is_empty = value->system.len == 0 && value->code.len == 0;
    return true;
}

/* An element of type code has its system from its value set: it is not in the index. */
static void resolve_implied_system(struct search_parse *parse, struct search_value *value)
{
    if (parse->parameter == NULL || parse->parameter->system == 0 || value->system.len == 0) {
        return;
    }
    if (!slice_equal(fhir_parameter_system(parse->parameter), value->system)) {
        value->is_never = true;
        return;
    }
    value->system = (struct slice){ NULL, 0 };
    if (value->form == SEARCH_SYSTEM_CODE) {
        value->form = SEARCH_CODE;
    }
}

static bool parse_token(struct search_parse *parse, const struct search_condition *condition,
                        struct slice text, struct search_value *value)
{
    if (condition->modifier == SEARCH_TEXT) {
        return unescape(parse, text, &text) && fold(parse, text, &value->text);
    }
    bool is_empty = false;
    if (!read_token(parse, text, value, &is_empty)) {
        return false;
    }
    if (is_empty) {
        return invalid(parse, condition, "code, system|code, |code or system|");
    }
    if (condition->modifier != SEARCH_IDENTIFIER) {
        resolve_implied_system(parse, value);
    }
    return true;
}

/* -- string, uri ------------------------------------------------------------------------------ */

static bool parse_string(struct search_parse *parse, const struct search_condition *condition,
                         struct slice text, struct search_value *value)
{
    (void)condition;
    return unescape(parse, text, &value->code) && fold(parse, value->code, &value->text);
}

static bool parse_uri(struct search_parse *parse, const struct search_condition *condition,
                      struct slice text, struct search_value *value)
{
    (void)condition;
    return unescape(parse, text, &value->code);
}

/* -- date, number, quantity ------------------------------------------------------------------- */

static struct slice read_prefix(struct slice text, struct search_value *value)
{
    static const char names[][3] = { [SEARCH_EQ] = "eq", [SEARCH_NE] = "ne", [SEARCH_GT] = "gt",
                                     [SEARCH_LT] = "lt", [SEARCH_GE] = "ge", [SEARCH_LE] = "le",
                                     [SEARCH_SA] = "sa", [SEARCH_EB] = "eb", [SEARCH_AP] = "ap" };
    value->prefix = SEARCH_EQ;
    if (text.len < 3) {
        return text;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (memcmp(text.ptr, names[i], 2) == 0) {
            value->prefix = (uint8_t)i;
            return slice_from(text, 2);
        }
    }
    return text;
}

/* search.html#prefix: ap on a date may be off by a tenth of its distance from now */
static void widen_date(struct search_value *value, int64_t now)
{
    int64_t distance = value->low > now ? value->low - now : now - value->low;
    value->low -= distance / 10;
    value->high += distance / 10;
}

static bool parse_date(struct search_parse *parse, const struct search_condition *condition,
                       struct slice text, struct search_value *value)
{
    struct instant instant;
    if (!instant_parse_lenient(read_prefix(text, value), &instant)) {
        return invalid(parse, condition,
                       "a date such as 2026, 2026-11, 2026-11-23 or 2026-11-23T12:30:00Z, with or "
                       "without eq, ne, gt, lt, ge, le, sa, eb or ap before it");
    }
    struct instant_range range = instant_range(&instant);
    value->low = range.low;
    value->high = range.high;
    if (value->prefix == SEARCH_AP) {
        widen_date(value, parse->options->now);
    }
    return true;
}

static int64_t key_of_double(double number)
{
    char text[40];
    struct decimal decimal;
    int len = snprintf(text, sizeof(text), "%.17g", number);
    bool is_read = decimal_parse(slice_of(text, (size_t)len), &decimal);
    return is_read ? decimal_key(&decimal) : 0;
}

static bool read_number(struct slice text, struct search_value *value)
{
    struct decimal decimal;
    if (!decimal_parse(text, &decimal)) {
        return false;
    }
    value->point = decimal_key(&decimal);
    decimal_range(&decimal, &value->low, &value->high);
    double number = decimal_to_double(&decimal);
    if (value->prefix == SEARCH_AP && isfinite(number)) {
        double tenth = fabs(number) / 10;
        int64_t low = key_of_double(number - tenth);
        int64_t high = key_of_double(number + tenth);
        value->low = low < value->low ? low : value->low;
        value->high = high > value->high ? high : value->high;
    }
    return true;
}

static bool parse_number(struct search_parse *parse, const struct search_condition *condition,
                         struct slice text, struct search_value *value)
{
    return read_number(read_prefix(text, value), value) ||
           invalid(parse, condition, "a number, with or without a prefix such as gt before it");
}

static bool parse_quantity(struct search_parse *parse, const struct search_condition *condition,
                           struct slice text, struct search_value *value)
{
    struct slice rest = text, number = { NULL, 0 };
    (void)search_split(&rest, '|', &number);
    bool is_empty = false;
    if (rest.ptr != NULL) {
        struct slice unit = rest, system;
        (void)search_split(&unit, '|', &system);
        if (unit.ptr == NULL) {
            return invalid(parse, condition, "number, number|system|code or number||code");
        }
        if (!read_token(parse, rest, value, &is_empty)) {
            return false;
        }
    }
    if (rest.ptr == NULL || is_empty) {
        value->form = SEARCH_CODE;
    }
    return read_number(read_prefix(number, value), value) ||
           invalid(parse, condition, "number, number|system|code or number||code");
}

/* -- reference -------------------------------------------------------------------------------- */

/* the only type that the parameter can point to, or the one that the modifier names */
static fhir_type single_target(const struct search_parse *parse,
                               const struct search_condition *condition)
{
    if (condition->modifier == SEARCH_TYPE) {
        return condition->target;
    }
    fhir_type found = FHIR_TYPE_NONE;
    for (int i = 1; i <= FHIR_TYPE_COUNT; i++) {
        fhir_type type = (fhir_type)i;
        if (fhir_parameter_has_target(parse->parameter, type)) {
            if (found != FHIR_TYPE_NONE) {
                return FHIR_TYPE_NONE;
            }
            found = type;
        }
    }
    return found;
}

static void read_literal(struct search_parse *parse, const struct fhir_reference *reference,
                         struct search_value *value)
{
    struct slice base = parse->options->base;
    if (reference->id.len > 0 && (reference->base.len == 0 || slice_equal(reference->base, base))) {
        value->is_local = true;
        value->system = fhir_type_name(reference->type);
        value->code = reference->id;
        value->text = base;
        return;
    }
    size_t bar = slice_find(reference->literal, '|');
    value->text = slice_sub(reference->literal, 0, bar);
    value->code = slice_from(reference->literal, bar + 1);
}

static bool parse_reference(struct search_parse *parse, const struct search_condition *condition,
                            struct slice text, struct search_value *value)
{
    if (!unescape(parse, text, &text)) {
        return false;
    }
    fhir_type target = single_target(parse, condition);
    if (fhir_id_valid(text)) {
        value->is_local = true;
        value->system = fhir_type_name(target);
        value->code = text;
        value->text = parse->options->base;
        return true;
    }
    struct fhir_reference reference;
    fhir_reference_parse(text, &reference);
    read_literal(parse, &reference, value);
    /* subject:Patient=Group/1 asks for nothing */
    value->is_never = condition->modifier == SEARCH_TYPE && reference.type != target;
    return true;
}

/* --------------------------------------------------------------------------------------------- */

bool search_value_parse(struct search_parse *parse, const struct search_condition *condition,
                        struct slice text, struct search_value *ret_value)
{
    static bool (*const parsers[])(struct search_parse *, const struct search_condition *,
                                   struct slice, struct search_value *) = {
        [SEARCH_TOKEN] = parse_token,       [SEARCH_STRING] = parse_string,
        [SEARCH_DATE] = parse_date,         [SEARCH_NUMBER] = parse_number,
        [SEARCH_QUANTITY] = parse_quantity, [SEARCH_REFERENCE] = parse_reference,
        [SEARCH_URI] = parse_uri,
    };
    struct search_value value = { 0 };
    if (!parsers[condition->kind](parse, condition, text, &value)) {
        return false;
    }
    *ret_value = value;
    return true;
}
