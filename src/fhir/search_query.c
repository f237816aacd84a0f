/*
 * search_query.c: from names and values to a query.
 *
 * FHIR R4 search.html. A name is [code] or [code]:[modifier]. Result parameters (_count, _sort,
 * _summary, _total) are read by a table of their own. What FHIR defines and we do not do (chains,
 * _has, includes, composites) is refused by name, because a search that quietly ignores a condition
 * answers with patients nobody asked for. What nobody defines is ignored unless handling is strict
 * (search.html#errors), and collected, so that the self link tells what was really searched.
 */
#include "fhir/search_parse.h"

#include "base/limits.h"
#include "base/vector.h"

struct query_parse {
    struct search_parse value;
    fhir_type type;
    VECTOR(struct search_condition) conditions;
    VECTOR(struct search_pair) results;
    VECTOR(struct search_pair) unknown;
    struct search_query query;
};

#define parse_fault(parse, code, name, ...)                                                        \
    fault_at((parse)->value.fault, (parse)->value.arena, (code), (name), __VA_ARGS__)

static bool no_memory(struct query_parse *parse)
{
    return fault_no_memory(parse->value.fault, parse->value.arena);
}

/* -- result parameters ------------------------------------------------------------------------ */

static bool bad_result(struct query_parse *parse, const struct search_pair *pair)
{
    return parse_fault(parse, FAULT_INVALID, pair->name, "The value of %.*s cannot be read",
                       SLICE_PRINT(pair->name));
}

static bool read_count(struct query_parse *parse, const struct search_pair *pair)
{
    uint64_t count;
    if (!slice_to_u64(pair->value, &count)) {
        return bad_result(parse, pair);
    }
    parse->query.is_count_only |= count == 0; /* search.html#count */
    parse->query.count = (uint32_t)(count > LIMIT_SEARCH_COUNT ? LIMIT_SEARCH_COUNT : count);
    return true;
}

static bool read_summary(struct query_parse *parse, const struct search_pair *pair)
{
    if (slice_equal(pair->value, SLICE("count"))) {
        parse->query.is_count_only = true;
        return true;
    }
    if (slice_equal(pair->value, SLICE("false"))) {
        return true;
    }
    if (slice_equal(pair->value, SLICE("true")) || slice_equal(pair->value, SLICE("text")) ||
        slice_equal(pair->value, SLICE("data"))) {
        return parse_fault(parse, FAULT_NOT_SUPPORTED, pair->name, "_summary=%.*s is not supported",
                           SLICE_PRINT(pair->value));
    }
    return bad_result(parse, pair);
}

static bool read_total(struct query_parse *parse, const struct search_pair *pair)
{
    static const struct {
        struct slice name;
        enum search_total total;
    } totals[] = { { SLICE_INIT("none"), SEARCH_TOTAL_NONE },
                   { SLICE_INIT("estimate"), SEARCH_TOTAL_ESTIMATE },
                   { SLICE_INIT("accurate"), SEARCH_TOTAL_ACCURATE } };
    for (size_t i = 0; i < ARRAY_LENGTH(totals); i++) {
        if (slice_equal(pair->value, totals[i].name)) {
            parse->query.total = (uint8_t)totals[i].total;
            return true;
        }
    }
    return bad_result(parse, pair);
}

static bool read_sort_key(struct query_parse *parse, const struct search_pair *pair,
                          struct slice key)
{
    struct search_query *query = &parse->query;
    struct search_sort sort = { .is_descending = slice_starts_with(key, SLICE("-")) };
    key = slice_from(key, sort.is_descending ? 1 : 0);
    if (slice_equal(key, SLICE("_lastUpdated"))) {
        sort.column = SEARCH_LAST_UPDATED;
    } else if (slice_equal(key, SLICE("_id"))) {
        sort.column = SEARCH_ID;
    } else if (fhir_parameter_find(parse->type, key) != NULL) {
        return parse_fault(parse, FAULT_NOT_SUPPORTED, pair->name,
                           "Sorting by %.*s is not supported; by _lastUpdated and _id it is",
                           SLICE_PRINT(key));
    } else {
        return bad_result(parse, pair);
    }
    if (query->sort_count == SEARCH_SORT_MAX) {
        return parse_fault(parse, FAULT_TOO_LARGE, pair->name, "_sort has more than %d keys",
                           SEARCH_SORT_MAX);
    }
    query->sort[query->sort_count++] = sort;
    return true;
}

static bool read_sort(struct query_parse *parse, const struct search_pair *pair)
{
    struct slice rest = pair->value, key;
    while (slice_split(&rest, ',', &key)) {
        if (!read_sort_key(parse, pair, key)) {
            return false;
        }
    }
    return true;
}

static bool read_nothing(struct query_parse *parse, const struct search_pair *pair)
{
    (void)parse;
    (void)pair;
    return true;
}

static bool refuse(struct query_parse *parse, const struct search_pair *pair)
{
    return parse_fault(parse, FAULT_NOT_SUPPORTED, pair->name,
                       "The search parameter %.*s is not supported", SLICE_PRINT(pair->name));
}

struct result_parameter {
    struct slice name;
    bool (*read)(struct query_parse *parse, const struct search_pair *pair);
    bool is_linked; /* stands in the self link */
};

static const struct result_parameter result_parameters[] = {
    { SLICE_INIT("_count"), read_count, true },      { SLICE_INIT("_sort"), read_sort, true },
    { SLICE_INIT("_summary"), read_summary, true },  { SLICE_INIT("_total"), read_total, true },
    { SLICE_INIT("_format"), read_nothing, false },  { SLICE_INIT("_pretty"), read_nothing, false },
    { SLICE_INIT("_elements"), refuse, false },      { SLICE_INIT("_contained"), refuse, false },
    { SLICE_INIT("_containedType"), refuse, false }, { SLICE_INIT("_include"), refuse, false },
    { SLICE_INIT("_revinclude"), refuse, false },    { SLICE_INIT("_has"), refuse, false },
    { SLICE_INIT("_list"), refuse, false },          { SLICE_INIT("_filter"), refuse, false },
    { SLICE_INIT("_type"), refuse, false },          { SLICE_INIT("_score"), refuse, false },
};

static const struct result_parameter *find_result(struct slice stem)
{
    for (size_t i = 0; i < ARRAY_LENGTH(result_parameters); i++) {
        if (slice_equal(stem, result_parameters[i].name)) {
            return &result_parameters[i];
        }
    }
    return NULL;
}

static bool read_result(struct query_parse *parse, const struct result_parameter *result,
                        const struct search_pair *pair)
{
    if (!result->read(parse, pair)) {
        return false;
    }
    if (!result->is_linked) {
        return true;
    }
    struct search_pair *place = vector_push(&parse->results, parse->value.arena);
    if (place == NULL) {
        return no_memory(parse);
    }
    *place = *pair;
    return true;
}

/* -- modifiers -------------------------------------------------------------------------------- */

#define KIND(kind) (1u << (kind))

/* FHIR R4 search.html#modifiers; SearchParameter.modifier is empty in R4's own definitions */
static const struct {
    struct slice name;
    enum search_modifier modifier;
    unsigned kinds;
} modifiers[] = {
    { SLICE_INIT("exact"), SEARCH_EXACT, KIND(SEARCH_STRING) },
    { SLICE_INIT("contains"), SEARCH_CONTAINS, KIND(SEARCH_STRING) },
    { SLICE_INIT("text"), SEARCH_TEXT, KIND(SEARCH_TOKEN) },
    { SLICE_INIT("not"), SEARCH_NOT, KIND(SEARCH_TOKEN) },
    { SLICE_INIT("below"), SEARCH_BELOW, KIND(SEARCH_URI) },
    { SLICE_INIT("above"), SEARCH_ABOVE, KIND(SEARCH_URI) },
    { SLICE_INIT("identifier"), SEARCH_IDENTIFIER, KIND(SEARCH_REFERENCE) },
    { SLICE_INIT("missing"), SEARCH_MISSING, ~0u },
};

/* defined by FHIR, and in need of a terminology server or more of an index */
static const struct slice later_modifiers[] = { SLICE_INIT("in"), SLICE_INIT("not-in"),
                                                SLICE_INIT("of-type"), SLICE_INIT("above"),
                                                SLICE_INIT("below") };

static bool read_type_modifier(struct query_parse *parse, struct search_condition *condition,
                               struct slice modifier)
{
    fhir_type target = fhir_type_find(modifier);
    if (condition->kind != SEARCH_REFERENCE || target == FHIR_TYPE_NONE) {
        return parse_fault(parse, FAULT_INVALID, condition->name,
                           "The search parameter %.*s does not allow the modifier :%.*s",
                           SLICE_PRINT(fhir_parameter_code(parse->value.parameter)),
                           SLICE_PRINT(modifier));
    }
    if (!fhir_parameter_has_target(parse->value.parameter, target)) {
        return parse_fault(parse, FAULT_INVALID, condition->name,
                           "The search parameter %.*s does not point to %.*s",
                           SLICE_PRINT(fhir_parameter_code(parse->value.parameter)),
                           SLICE_PRINT(modifier));
    }
    condition->modifier = SEARCH_TYPE;
    condition->target = target;
    return true;
}

static bool read_modifier(struct query_parse *parse, struct search_condition *condition,
                          struct slice modifier)
{
    for (size_t i = 0; i < ARRAY_LENGTH(modifiers); i++) {
        if (slice_equal(modifier, modifiers[i].name) &&
            (modifiers[i].kinds & KIND(condition->kind)) != 0) {
            condition->modifier = (uint8_t)modifiers[i].modifier;
            if (condition->modifier == SEARCH_IDENTIFIER) {
                condition->kind = SEARCH_TOKEN;
            }
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_LENGTH(later_modifiers); i++) {
        if (slice_equal(modifier, later_modifiers[i])) {
            return parse_fault(parse, FAULT_NOT_SUPPORTED, condition->name,
                               "The modifier :%.*s is not supported", SLICE_PRINT(modifier));
        }
    }
    return read_type_modifier(parse, condition, modifier);
}

/* -- conditions ------------------------------------------------------------------------------- */

static bool read_missing(struct query_parse *parse, struct search_condition *condition,
                         struct slice text)
{
    condition->is_missing = slice_equal(text, SLICE("true"));
    if (!condition->is_missing && !slice_equal(text, SLICE("false"))) {
        return parse_fault(parse, FAULT_INVALID, condition->name,
                           "The modifier :missing takes true or false");
    }
    return true;
}

static bool read_values(struct query_parse *parse, struct search_condition *condition,
                        struct slice text)
{
    VECTOR(struct search_value) values = { 0 };
    struct slice rest = text, part;
    while (search_split(&rest, ',', &part)) {
        if (slice_trim(part).len == 0) {
            continue;
        }
        if (values.count == LIMIT_SEARCH_VALUES) {
            return parse_fault(parse, FAULT_TOO_LARGE, condition->name,
                               "The search parameter %.*s has more than %d values",
                               SLICE_PRINT(condition->name), LIMIT_SEARCH_VALUES);
        }
        struct search_value *value = vector_push(&values, parse->value.arena);
        if (value == NULL) {
            return no_memory(parse);
        }
        if (!search_value_parse(&parse->value, condition, part, value)) {
            return false;
        }
    }
    condition->values = values.at;
    condition->value_count = values.count;
    return true;
}

static bool add_condition(struct query_parse *parse, struct search_condition *condition,
                          struct slice modifier, const struct search_pair *pair)
{
    condition->name = pair->name;
    condition->text = pair->value;
    if (modifier.ptr != NULL && !read_modifier(parse, condition, modifier)) {
        return false;
    }
    if (condition->modifier == SEARCH_MISSING) {
        if (!read_missing(parse, condition, pair->value)) {
            return false;
        }
    } else {
        if (!read_values(parse, condition, pair->value)) {
            return false;
        }
        if (condition->value_count == 0) {
            return true; /* search.html: a parameter without value asks for nothing */
        }
    }
    if (parse->conditions.count == LIMIT_SEARCH_PARAMETERS) {
        return parse_fault(parse, FAULT_TOO_LARGE, pair->name, "More than %d search parameters",
                           LIMIT_SEARCH_PARAMETERS);
    }
    struct search_condition *place = vector_push(&parse->conditions, parse->value.arena);
    if (place == NULL) {
        return no_memory(parse);
    }
    *place = *condition;
    return true;
}

static bool add_unknown(struct query_parse *parse, const struct search_pair *pair)
{
    if (parse->value.options->is_strict) {
        return parse_fault(parse, FAULT_INVALID, pair->name, "%.*s has no search parameter %.*s",
                           SLICE_PRINT(fhir_type_name(parse->type)), SLICE_PRINT(pair->name));
    }
    if (parse->unknown.count == LIMIT_SEARCH_PARAMETERS) {
        return parse_fault(parse, FAULT_TOO_LARGE, pair->name, "More than %d unknown parameters",
                           LIMIT_SEARCH_PARAMETERS);
    }
    struct search_pair *place = vector_push(&parse->unknown, parse->value.arena);
    if (place == NULL) {
        return no_memory(parse);
    }
    *place = *pair;
    return true;
}

static bool read_parameter(struct query_parse *parse, struct slice stem, struct slice modifier,
                           const struct search_pair *pair)
{
    const struct fhir_parameter *parameter = fhir_parameter_find(parse->type, stem);
    if (parameter == NULL) {
        return add_unknown(parse, pair);
    }
    if (!parameter->is_supported) {
        return parse_fault(
            parse, FAULT_NOT_SUPPORTED, pair->name, "The %ssearch parameter %.*s is not supported",
            parameter->kind == SEARCH_COMPOSITE ? "composite " : "", SLICE_PRINT(stem));
    }
    struct search_condition condition = { .kind = parameter->kind,
                                          .parameter_key = parameter->key };
    if (slice_equal(stem, SLICE("_id"))) {
        condition.column = SEARCH_ID;
    } else if (slice_equal(stem, SLICE("_lastUpdated"))) {
        condition.column = SEARCH_LAST_UPDATED;
    }
    parse->value.parameter = parameter;
    return add_condition(parse, &condition, modifier, pair);
}

static bool read_pair(struct query_parse *parse, const struct search_pair *pair)
{
    size_t colon = slice_find(pair->name, ':');
    struct slice stem = slice_sub(pair->name, 0, colon);
    struct slice modifier = { NULL, 0 };
    if (colon < pair->name.len) {
        modifier = slice_of(pair->name.ptr + colon + 1, pair->name.len - colon - 1);
    }
    const struct result_parameter *result = find_result(stem);
    if (result != NULL) {
        return read_result(parse, result, pair);
    }
    /* subject.name, subject:Patient.name: search.html#chaining */
    size_t dot = slice_find(pair->name, '.');
    struct slice first = slice_sub(stem, 0, slice_find(stem, '.'));
    if (dot < pair->name.len && fhir_parameter_find(parse->type, first) != NULL) {
        return parse_fault(parse, FAULT_NOT_SUPPORTED, pair->name,
                           "The chained search parameter %.*s is not supported",
                           SLICE_PRINT(pair->name));
    }
    return read_parameter(parse, stem, modifier, pair);
}

bool search_query_parse(fhir_type type, const struct search_pair *pairs, size_t count,
                        const struct search_options *options, struct arena *arena,
                        struct search_query *ret_query, struct fault *fault)
{
    struct query_parse parse = { .value = { .options = options, .arena = arena, .fault = fault },
                                 .type = type,
                                 .query = { .type = type, .count = LIMIT_SEARCH_DEFAULT } };
    for (size_t i = 0; i < count; i++) {
        if (!read_pair(&parse, &pairs[i])) {
            return false;
        }
    }
    *ret_query = parse.query;
    ret_query->conditions = parse.conditions.at;
    ret_query->condition_count = parse.conditions.count;
    ret_query->results = parse.results.at;
    ret_query->result_count = parse.results.count;
    ret_query->unknown = parse.unknown.at;
    ret_query->unknown_count = parse.unknown.count;
    return true;
}
