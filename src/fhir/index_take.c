/*
 * index_take.c: from an element to index values, by data type.
 *
 * FHIR R4 search.html has a table for each kind of parameter that says which data types it applies
 * to and which part of each is compared. Here is one function for each such pair, found through a
 * table by (kind, data type). Each reads its element in one pass over the members; an element of
 * another shape gives nothing, because validation is somebody else's work and an index must not
 * fail for what a store has accepted leniently.
 *
 * Dates, numbers and quantities are in index_measure.c.
 *
 * An element that is there but yields nothing to compare leaves one empty value, so that :missing
 * can be told from the index alone. For dates and numbers empty means low > high, since 0 is a
 * value.
 */
#include "fhir/index_take.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "base/vector.h"

/* Concepts and lists repeat themselves nearby (one code in each component); farther away the
 * store's own key removes repeats. A full comparison would be quadratic on hostile input. */
#define RECENT 8

static bool same_value(const struct index_value *a, const struct index_value *b)
{
    return a->parameter_key == b->parameter_key && a->kind == b->kind && a->low == b->low &&
           a->high == b->high && slice_equal(a->code, b->code) &&
           slice_equal(a->system, b->system) && slice_equal(a->text, b->text);
}

void index_emit(struct index_take *take, struct index_value value)
{
    struct index_values *values = take->values;
    value.parameter_key = take->parameter->key;
    take->has_taken = true;
    size_t start = values->count > RECENT ? values->count - RECENT : 0;
    for (size_t i = values->count; i > start; i--) {
        if (same_value(&values->at[i - 1], &value)) {
            return;
        }
    }
    if (take->has_failed) {
        return;
    }
    if (values->count >= LIMIT_TERMS_OF_RESOURCE) {
        take->has_failed = true;
        fault_set(take->fault, take->arena, FAULT_TOO_LARGE,
                  "The resource has more than %d searchable values", LIMIT_TERMS_OF_RESOURCE);
        return;
    }
    struct index_value *place = vector_push(values, take->arena);
    if (place == NULL) {
        take->has_failed = true;
        fault_no_memory(take->fault, take->arena);
        return;
    }
    *place = value;
}

struct slice index_text(struct index_take *take, json_ix ix)
{
    const struct json_node *node = &take->json->nodes[ix];
    if (node->type != JSON_STRING) {
        return (struct slice){ NULL, 0 };
    }
    if (!node->escaped) {
        return slice_of(take->json->text.ptr + node->offset, node->length);
    }
    struct slice text = json_string(take->json, ix, take->arena);
    if (text.ptr == NULL && !take->has_failed) {
        take->has_failed = true;
        fault_no_memory(take->fault, take->arena);
    }
    return text;
}

static struct slice folded(struct index_take *take, struct slice text)
{
    if (text.len == 0) {
        return text;
    }
    struct slice key = utf8_search_key(text, take->arena);
    if (key.ptr == NULL && !take->has_failed) {
        take->has_failed = true;
        fault_no_memory(take->fault, take->arena);
    }
    return key;
}

/* -- token: search.html#token -------------------------------------------------------------- */

static void emit_token(struct index_take *take, struct slice system, struct slice code,
                       struct slice text)
{
    if (system.len + code.len + text.len > 0) {
        index_emit(take, (struct index_value){
                             .kind = SEARCH_TOKEN, .system = system, .code = code, .text = text });
    }
}

void index_take_flag(struct index_take *take, bool flag)
{
    emit_token(take, SLICE(""), flag ? SLICE("true") : SLICE("false"), SLICE(""));
}

static void token_boolean(struct index_take *take, json_ix ix)
{
    if (json_is(take->json, ix, JSON_TRUE) || json_is(take->json, ix, JSON_FALSE)) {
        index_take_flag(take, json_is(take->json, ix, JSON_TRUE));
    }
}

static void token_text(struct index_take *take, json_ix ix)
{
    emit_token(take, SLICE(""), index_text(take, ix), SLICE(""));
}

static struct slice token_coding_display(struct index_take *take, json_ix ix)
{
    struct slice system = { NULL, 0 }, code = { NULL, 0 }, display = { NULL, 0 };
    json_each_member(take->json, ix, key, value)
    {
        if (JSON_KEY_IS(take->json, key, "system")) {
            system = index_text(take, value);
        } else if (JSON_KEY_IS(take->json, key, "code")) {
            code = index_text(take, value);
        } else if (JSON_KEY_IS(take->json, key, "display")) {
            display = folded(take, index_text(take, value));
        }
    }
    emit_token(take, system, code, display);
    return display;
}

static void token_coding(struct index_take *take, json_ix ix)
{
    (void)token_coding_display(take, ix);
}

static void token_concept(struct index_take *take, json_ix ix)
{
    json_ix text = json_member(take->json, ix, SLICE("text"));
    struct slice own = { NULL, 0 };
    if (text != JSON_NONE) {
        own = folded(take, index_text(take, text));
    }
    bool is_repeated = false;
    json_each_element(take->json, json_member(take->json, ix, SLICE("coding")), coding)
    {
        is_repeated |= slice_equal(token_coding_display(take, coding), own);
    }
    if (own.len > 0 && !is_repeated) {
        emit_token(take, SLICE(""), SLICE(""), own);
    }
}

/* :text on an identifier searches Identifier.type.text */
static void token_identifier(struct index_take *take, json_ix ix)
{
    struct slice system = { NULL, 0 }, value = { NULL, 0 }, text = { NULL, 0 };
    json_each_member(take->json, ix, key, member)
    {
        if (JSON_KEY_IS(take->json, key, "system")) {
            system = index_text(take, member);
        } else if (JSON_KEY_IS(take->json, key, "value")) {
            value = index_text(take, member);
        } else if (JSON_KEY_IS(take->json, key, "type")) {
            json_ix type = json_member(take->json, member, SLICE("text"));
            text = type == JSON_NONE ? text : folded(take, index_text(take, type));
        }
    }
    emit_token(take, system, value, text);
}

static void token_contact(struct index_take *take, json_ix ix)
{
    json_ix system = json_member(take->json, ix, SLICE("system"));
    json_ix value = json_member(take->json, ix, SLICE("value"));
    if (value != JSON_NONE) {
        emit_token(take, system == JSON_NONE ? SLICE("") : index_text(take, system),
                   index_text(take, value), SLICE(""));
    }
}

/* -- string: search.html#string ------------------------------------------------------------- */

static void string_plain(struct index_take *take, json_ix ix)
{
    struct slice text = index_text(take, ix);
    if (text.len > 0) {
        index_emit(take, (struct index_value){
                             .kind = SEARCH_STRING, .code = text, .text = folded(take, text) });
    }
}

static void string_parts(struct index_take *take, json_ix ix, const struct slice *names,
                         size_t count)
{
    json_each_member(take->json, ix, key, value)
    {
        const struct json_node *node = &take->json->nodes[key];
        struct slice name = slice_of(take->json->text.ptr + node->offset, node->length);
        for (size_t i = 0; i < count; i++) {
            if (!slice_equal(name, names[i])) {
                continue;
            }
            if (json_is(take->json, value, JSON_STRING)) {
                string_plain(take, value);
            }
            json_each_element(take->json, value, item)
            {
                string_plain(take, item);
            }
        }
    }
}

static void string_name(struct index_take *take, json_ix ix)
{
    static const struct slice names[] = { SLICE_INIT("family"), SLICE_INIT("given"),
                                          SLICE_INIT("text"), SLICE_INIT("prefix"),
                                          SLICE_INIT("suffix") };
    string_parts(take, ix, names, ARRAY_LENGTH(names));
}

static void string_address(struct index_take *take, json_ix ix)
{
    static const struct slice names[] = { SLICE_INIT("line"),    SLICE_INIT("city"),
                                          SLICE_INIT("state"),   SLICE_INIT("postalCode"),
                                          SLICE_INIT("text"),    SLICE_INIT("country"),
                                          SLICE_INIT("district") };
    string_parts(take, ix, names, ARRAY_LENGTH(names));
}

/* -- reference and uri: search.html#reference, #uri ------------------------------------------ */

/* Contained resources by id, listed once: many references to many of them stay linear. */
static void list_contained(struct index_take *take)
{
    take->has_contained = true;
    hash_table_init(&take->contained, take->arena);
    json_ix contained = json_member(take->json, take->resource, SLICE("contained"));
    json_each_element(take->json, contained, one)
    {
        json_ix id = json_member(take->json, one, SLICE("id"));
        if (!json_is(take->json, id, JSON_STRING)) {
            continue;
        }
        struct hash_slot *slot = hash_table_put(&take->contained, index_text(take, id), NULL);
        if (slot != NULL) {
            slot->value.number = fhir_type_of(take->json, one);
        }
    }
}

static fhir_type contained_type(struct index_take *take, struct slice id)
{
    if (!take->has_contained) {
        list_contained(take);
    }
    struct hash_slot *slot = hash_table_find(&take->contained, id);
    return slot == NULL ? FHIR_TYPE_NONE : (fhir_type)slot->value.number;
}

fhir_type index_reference_type(struct index_take *take, json_ix ix)
{
    json_ix reference = json_member(take->json, ix, SLICE("reference"));
    if (json_is(take->json, reference, JSON_STRING)) {
        struct slice text = index_text(take, reference);
        if (text.len > 0 && text.ptr[0] == '#') {
            return contained_type(take, slice_from(text, 1));
        }
        struct fhir_reference parsed;
        fhir_reference_parse(text, &parsed);
        if (parsed.type != FHIR_TYPE_NONE) {
            return parsed.type;
        }
    }
    json_ix type = json_member(take->json, ix, SLICE("type"));
    return json_is(take->json, type, JSON_STRING) ? fhir_type_find(index_text(take, type))
                                                  : FHIR_TYPE_NONE;
}

static void emit_literal(struct index_take *take, json_ix element, struct slice text)
{
    struct index_value value = { .kind = SEARCH_REFERENCE };
    struct fhir_reference parsed;
    fhir_reference_parse(text, &parsed);
    fhir_type type = parsed.type;
    if (parsed.id.len > 0) {
        value.code = parsed.id;
        value.text = parsed.base.len > 0 ? parsed.literal : SLICE("");
    } else {
        value.text = parsed.literal;
        type = index_reference_type(take, element);
    }
    value.system = fhir_type_name(type);
    index_emit(take, value);
}

static void reference_plain(struct index_take *take, json_ix ix)
{
    json_ix identifier = JSON_NONE;
    json_each_member(take->json, ix, key, value)
    {
        if (JSON_KEY_IS(take->json, key, "reference")) {
            struct slice text = index_text(take, value);
            if (text.len > 0) {
                emit_literal(take, ix, text);
            }
        } else if (JSON_KEY_IS(take->json, key, "identifier")) {
            identifier = value;
        }
    }
    if (identifier != JSON_NONE) {
        token_identifier(take, identifier);
    }
}

static void reference_canonical(struct index_take *take, json_ix ix)
{
    struct slice text = index_text(take, ix);
    size_t bar = slice_find(text, '|');
    if (text.len > 0) {
        index_emit(take, (struct index_value){ .kind = SEARCH_REFERENCE,
                                               .text = slice_sub(text, 0, bar),
                                               .code = slice_from(text, bar + 1) });
    }
}

/* a resource in its place: Bundle.entry[0].resource, when it is of a type the parameter points to
 */
static void reference_inline(struct index_take *take, json_ix ix)
{
    fhir_type type = fhir_type_of(take->json, ix);
    json_ix id = json_member(take->json, ix, SLICE("id"));
    take->has_taken = true;
    if (type != FHIR_TYPE_NONE && fhir_parameter_has_target(take->parameter, type)) {
        index_emit(take, (struct index_value){ .kind = SEARCH_REFERENCE,
                                               .system = fhir_type_name(type),
                                               .code = id == JSON_NONE ? SLICE("")
                                                                       : index_text(take, id) });
    }
}

static void uri_plain(struct index_take *take, json_ix ix)
{
    struct slice text = index_text(take, ix);
    if (text.len > 0) {
        index_emit(take, (struct index_value){ .kind = SEARCH_URI, .code = text });
    }
}

/* _profile=url finds url|1.0 too, and by plain equality */
static void uri_canonical(struct index_take *take, json_ix ix)
{
    struct slice text = index_text(take, ix);
    size_t bar = slice_find(text, '|');
    uri_plain(take, ix);
    if (bar > 0 && bar < text.len) {
        index_emit(take,
                   (struct index_value){ .kind = SEARCH_URI, .code = slice_sub(text, 0, bar) });
    }
}

/* -- the table ------------------------------------------------------------------------------ */

typedef void take_function(struct index_take *take, json_ix ix);

#define KINDS      (SEARCH_URI + 1)
#define DATA_TYPES (FHIR_DATA_ANY_RESOURCE + 1)

/* by data type; the generator's list TAKEN holds the same pairs, and a test compares them */
static take_function *const takers[KINDS][DATA_TYPES] = {
    [SEARCH_TOKEN] = { [FHIR_DATA_BOOLEAN] = token_boolean,
                       [FHIR_DATA_CODE] = token_text,
                       [FHIR_DATA_STRING] = token_text,
                       [FHIR_DATA_URI] = token_text,
                       [FHIR_DATA_ID] = token_text,
                       [FHIR_DATA_CODING] = token_coding,
                       [FHIR_DATA_CODEABLE_CONCEPT] = token_concept,
                       [FHIR_DATA_IDENTIFIER] = token_identifier,
                       [FHIR_DATA_CONTACT_POINT] = token_contact },
    [SEARCH_STRING] = { [FHIR_DATA_STRING] = string_plain,
                        [FHIR_DATA_MARKDOWN] = string_plain,
                        [FHIR_DATA_HUMAN_NAME] = string_name,
                        [FHIR_DATA_ADDRESS] = string_address },
    [SEARCH_DATE] = { [FHIR_DATA_DATE] = index_date_plain,
                      [FHIR_DATA_DATE_TIME] = index_date_plain,
                      [FHIR_DATA_INSTANT] = index_date_plain,
                      [FHIR_DATA_PERIOD] = index_date_period,
                      [FHIR_DATA_TIMING] = index_date_timing },
    [SEARCH_NUMBER] = { [FHIR_DATA_INTEGER] = index_number_plain,
                        [FHIR_DATA_DECIMAL] = index_number_plain,
                        [FHIR_DATA_RANGE] = index_number_range },
    [SEARCH_QUANTITY] = { [FHIR_DATA_QUANTITY] = index_quantity_plain,
                          [FHIR_DATA_AGE] = index_quantity_plain,
                          [FHIR_DATA_DURATION] = index_quantity_plain,
                          [FHIR_DATA_MONEY] = index_quantity_money,
                          [FHIR_DATA_RANGE] = index_quantity_range,
                          [FHIR_DATA_SAMPLED_DATA] = index_quantity_sampled },
    [SEARCH_REFERENCE] = { [FHIR_DATA_REFERENCE] = reference_plain,
                           [FHIR_DATA_CANONICAL] = reference_canonical,
                           [FHIR_DATA_URI] = reference_canonical,
                           [FHIR_DATA_ANY_RESOURCE] = reference_inline },
    [SEARCH_URI] = { [FHIR_DATA_URI] = uri_plain,
                     [FHIR_DATA_URL] = uri_plain,
                     [FHIR_DATA_CANONICAL] = uri_canonical },
};

void index_take_element(struct index_take *take, uint16_t structure, json_ix ix)
{
    uint8_t kind = take->parameter->kind;
    take_function *function = takers[kind][structure];
    assert(function != NULL);
    take->has_taken = false;
    function(take, ix);
    if (!take->has_taken && !json_is(take->json, ix, JSON_NULL)) {
        bool is_interval = kind == SEARCH_DATE || kind == SEARCH_NUMBER || kind == SEARCH_QUANTITY;
        index_emit(take, (struct index_value){ .kind = kind,
                                               .low = is_interval ? INT64_MAX : 0,
                                               .high = is_interval ? INT64_MIN : 0 });
    }
}
