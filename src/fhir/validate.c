/*
 * validate.c: a resource against the tables of FHIR R4.
 *
 * One walk over the JSON in the order of the text. For each member: find the element in the
 * structure's hash set, check list or single, JSON type and form, descend. Cardinality from below
 * is counted: an element that must be there adds one when it is met, and only when the sum is short
 * are the missing ones looked for. A resource without faults allocates nothing, except to unescape
 * a string that holds a backslash.
 *
 * What stops the walk is LIMIT_VALIDATION_FAULTS, so that hostile input cannot buy a large answer.
 */
#include "fhir/validate.h"

#include "base/limits.h"
#include "fhir/index_take.h"
#include "fhir/issues.h"
#include "fhir/primitive.h"

struct validation {
    const struct json *json;
    struct arena *arena;
    struct fhir_issues *issues;
    bool is_over; /* no more issues are taken */
};

/* what is counted while the members of one object are walked */
struct tally {
    uint64_t choices; /* a bit for each choice element met */
    unsigned required;
    bool has_extension;
    bool has_value;
};

#define report(v, code, place, ...)                                                                \
    ((v)->is_over |=                                                                               \
     !fhir_issue_add((v)->issues, (v)->arena, FHIR_ERROR, (code), (place), __VA_ARGS__))

static void check_object(struct validation *v, uint16_t structure, json_ix object, bool is_resource,
                         const struct fhir_place *place);
static void check_resource(struct validation *v, json_ix resource, const struct fhir_place *place);

static struct slice raw_text(const struct validation *v, json_ix ix)
{
    const struct json_node *node = &v->json->nodes[ix];
    return slice_of(v->json->text.ptr + node->offset, node->length);
}

static struct slice text_of(struct validation *v, json_ix ix)
{
    if (!v->json->nodes[ix].escaped) {
        return raw_text(v, ix);
    }
    struct slice text = json_string(v->json, ix, v->arena);
    if (text.ptr == NULL) { /* no memory: not valid, and no more to say */
        v->issues->truncated = true;
        v->is_over = true;
    }
    return text;
}

/* -- bindings --------------------------------------------------------------------------------- */

static bool binding_has(uint16_t number, struct slice system, struct slice code)
{
    const struct fhir_binding *binding = &fhir_bindings[number];
    const struct fhir_concept *concepts = &fhir_concepts[binding->first];
    int place = fhir_set_find(binding->slot, binding->mask, concepts, sizeof(*concepts), code);
    if (place < 0 || system.ptr == NULL) {
        return place >= 0;
    }
    /* the same code of several systems: neighbours in the sorted list */
    for (int i = place; i < binding->count && concepts[i].code == concepts[place].code; i++) {
        if (fhir_string_is(concepts[i].system, system)) {
            return true;
        }
    }
    return false;
}

static bool coding_is_bound(struct validation *v, uint16_t binding, json_ix coding)
{
    json_ix system = json_member(v->json, coding, SLICE("system"));
    json_ix code = json_member(v->json, coding, SLICE("code"));
    return json_is(v->json, code, JSON_STRING) && json_is(v->json, system, JSON_STRING) &&
           binding_has(binding, text_of(v, system), text_of(v, code));
}

/* terminologies.html#required: with codings, one of them is from the value set */
static void check_binding(struct validation *v, const struct fhir_element *element, json_ix ix,
                          const struct fhir_place *place)
{
    bool is_bound = true;
    if (element->structure == FHIR_DATA_CODING) {
        is_bound = json_member(v->json, ix, SLICE("code")) == JSON_NONE ||
                   coding_is_bound(v, element->binding, ix);
    } else if (element->structure == FHIR_DATA_CODEABLE_CONCEPT) {
        json_ix codings = json_member(v->json, ix, SLICE("coding"));
        is_bound = codings == JSON_NONE;
        json_each_element(v->json, codings, coding)
        {
            is_bound = is_bound || coding_is_bound(v, element->binding, coding);
        }
    }
    if (!is_bound) {
        report(v, "code-invalid", place, "No code of the required value set");
    }
}

/* -- primitives ------------------------------------------------------------------------------- */

static bool has_json_type(const struct json *json, json_ix ix, enum json_type type)
{
    return json_is(json, ix, type) || (type == JSON_TRUE && json_is(json, ix, JSON_FALSE));
}

static void check_primitive(struct validation *v, const struct fhir_element *element, json_ix ix,
                            const struct fhir_place *place)
{
    uint16_t structure = element->structure;
    enum json_type type = fhir_primitive_json(structure);
    if (!has_json_type(v->json, ix, type)) {
        report(v, "structure", place, "Expected a JSON %s: %s",
               type == JSON_STRING   ? "string"
               : type == JSON_NUMBER ? "number"
                                     : "boolean",
               fhir_primitive_form(structure));
        return;
    }
    struct slice text = text_of(v, ix);
    if (!v->is_over && !fhir_primitive_valid(structure, text)) {
        report(v, "value", place, "Expected %s", fhir_primitive_form(structure));
    } else if (element->binding != 0 && structure == FHIR_DATA_CODE &&
               !binding_has(element->binding, (struct slice){ NULL, 0 }, text)) {
        report(v, "code-invalid", place, "Not a code of the required value set");
    }
}

/* -- references ------------------------------------------------------------------------------- */

static void check_target(struct validation *v, const struct fhir_element *element, json_ix ix,
                         const struct fhir_place *place)
{
    json_ix literal = json_member(v->json, ix, SLICE("reference"));
    if (!json_is(v->json, literal, JSON_STRING)) {
        return;
    }
    struct fhir_reference reference;
    fhir_reference_parse(text_of(v, literal), &reference);
    if (reference.type != FHIR_TYPE_NONE && !fhir_targets_have(element->targets, reference.type)) {
        report(v, "value", place, "A reference to %.*s is not allowed here",
               SLICE_PRINT(fhir_type_name(reference.type)));
    }
}

/* -- elements --------------------------------------------------------------------------------- */

static void check_item(struct validation *v, const struct fhir_element *element, json_ix ix,
                       const struct fhir_place *place)
{
    if ((element->flags & FHIR_IS_PRIMITIVE) != 0) {
        check_primitive(v, element, ix, place);
        return;
    }
    if (element->structure == FHIR_DATA_ANY_RESOURCE) {
        check_resource(v, ix, place);
        return;
    }
    if (!json_is(v->json, ix, JSON_OBJECT)) {
        report(v, "structure", place, "Expected a JSON object");
        return;
    }
    check_object(v, element->structure, ix, false, place);
    if (element->structure == FHIR_DATA_REFERENCE && element->targets != 0) {
        check_target(v, element, ix, place);
    }
    if (element->binding != 0) {
        check_binding(v, element, ix, place);
    }
}

/* json.html#primitive: a null in a list of primitives stands for one that has only an extension */
static void check_nulls(struct validation *v, json_ix list, json_ix companion,
                        const struct fhir_place *place)
{
    json_ix other =
        json_is(v->json, companion, JSON_ARRAY) ? json_first(v->json, companion) : JSON_NONE;
    json_each_element(v->json, list, item)
    {
        if (json_is(v->json, item, JSON_NULL) && !json_is(v->json, other, JSON_OBJECT)) {
            report(v, "structure", place, "A null in a list needs an extension in its place");
            return;
        }
        other = other == JSON_NONE ? JSON_NONE : json_next(v->json, companion, other);
    }
}

static void check_list(struct validation *v, const struct fhir_element *element, json_ix object,
                       json_ix list, struct fhir_place *place)
{
    if (!json_is(v->json, list, JSON_ARRAY)) {
        report(v, "structure", place, "Expected a JSON array");
        return;
    }
    if (json_first(v->json, list) == JSON_NONE) {
        report(v, "structure", place, "An array must not be empty");
        return;
    }
    bool has_null = false;
    place->index = 0;
    json_each_element(v->json, list, item)
    {
        if (json_is(v->json, item, JSON_NULL) && (element->flags & FHIR_IS_PRIMITIVE) != 0) {
            has_null = true;
        } else {
            check_item(v, element, item, place);
        }
        place->index++;
        if (v->is_over) {
            return;
        }
    }
    place->index = -1;
    if (has_null) {
        struct slice name =
            arena_printf(v->arena, "_%.*s", SLICE_PRINT(fhir_string(element->name)));
        check_nulls(v, list, json_member(v->json, object, name), place);
    }
}

static void count_element(struct validation *v, struct tally *tally,
                          const struct fhir_element *element, const struct fhir_place *place)
{
    uint64_t bit = element->choice == 0 ? 0 : UINT64_C(1) << (element->choice - 1);
    if ((tally->choices & bit) != 0) {
        report(v, "structure", place, "Only one type of this element may be given");
        return;
    }
    tally->choices |= bit;
    tally->required += (element->flags & FHIR_IS_REQUIRED) != 0;
}

/* FHIRPath names a choice element without its type: Observation.value */
static struct slice path_name(const struct fhir_element *element)
{
    struct slice name = fhir_string(element->name);
    if (element->choice != 0) {
        name.len -= fhir_string(fhir_structures[element->structure].name).len;
    }
    return name;
}

/* -- companions: _birthDate beside birthDate --------------------------------------------------- */

static void check_companion_object(struct validation *v, json_ix ix, const struct fhir_place *place)
{
    if (!json_is(v->json, ix, JSON_OBJECT)) {
        report(v, "structure", place, "Expected a JSON object with id or extension");
        return;
    }
    check_object(v, FHIR_DATA_ELEMENT, ix, false, place);
}

static void check_companion_list(struct validation *v, json_ix main, json_ix companion,
                                 struct fhir_place *place)
{
    if (!json_is(v->json, companion, JSON_ARRAY) || json_first(v->json, companion) == JSON_NONE) {
        report(v, "structure", place, "Expected a JSON array that is not empty");
        return;
    }
    if (json_is(v->json, main, JSON_ARRAY) &&
        json_size(v->json, main) != json_size(v->json, companion)) {
        report(v, "structure", place, "The list and its extensions differ in length");
    }
    place->index = 0;
    json_each_element(v->json, companion, item)
    {
        if (!json_is(v->json, item, JSON_NULL)) {
            check_companion_object(v, item, place);
        } else if (main == JSON_NONE) {
            report(v, "structure", place, "Neither a value nor an extension");
        }
        place->index++;
        if (v->is_over) {
            return;
        }
    }
    place->index = -1;
}

static void check_companion(struct validation *v, uint16_t structure, json_ix object, json_ix value,
                            struct slice name, struct tally *tally, struct fhir_place *place)
{
    struct slice main_name = slice_from(name, 1);
    const struct fhir_element *element = fhir_element_find(structure, main_name);
    if (element == NULL || (element->flags & FHIR_IS_PRIMITIVE) == 0) {
        report(v, "structure", place, "Unknown element");
        return;
    }
    place->name = path_name(element);
    json_ix main = json_member(v->json, object, main_name);
    if (main == JSON_NONE) {
        count_element(v, tally, element, place);
        tally->has_value |= element->choice != 0;
    }
    if ((element->flags & FHIR_IS_LIST) != 0) {
        check_companion_list(v, main, value, place);
    } else {
        check_companion_object(v, value, place);
    }
}

/* -- objects ---------------------------------------------------------------------------------- */

static void check_member(struct validation *v, uint16_t structure, json_ix object, json_ix key,
                         json_ix value, struct tally *tally, const struct fhir_place *place)
{
    struct slice name = raw_text(v, key);
    struct fhir_place here = { place, name, -1 };
    if (name.len > 0 && name.ptr[0] == '_') {
        check_companion(v, structure, object, value, name, tally, &here);
        return;
    }
    const struct fhir_element *element = fhir_element_find(structure, name);
    if (element == NULL) {
        report(v, "structure", &here, "Unknown element");
        return;
    }
    here.name = path_name(element);
    count_element(v, tally, element, &here);
    tally->has_value |= element->choice != 0;
    tally->has_extension |= slice_equal(name, SLICE("extension"));
    if ((element->flags & FHIR_IS_LIST) != 0) {
        check_list(v, element, object, value, &here);
    } else if (json_is(v->json, value, JSON_ARRAY)) {
        report(v, "structure", &here, "This element does not repeat: no JSON array");
    } else {
        check_item(v, element, value, &here);
    }
}

static bool is_given(const struct validation *v, json_ix object, const struct fhir_element *element)
{
    struct slice name = fhir_string(element->name);
    json_each_member(v->json, object, key, value)
    {
        (void)value;
        struct slice own = raw_text(v, key);
        if (slice_equal(own, name) ||
            (slice_starts_with(own, SLICE("_")) && slice_equal(slice_from(own, 1), name))) {
            return true;
        }
    }
    return false;
}

/* a choice element is reported at its first type, once, and only when none of its types is given */
static void report_missing(struct validation *v, uint16_t structure, json_ix object,
                           const struct tally *tally, const struct fhir_place *place)
{
    const struct fhir_structure *one = &fhir_structures[structure];
    uint64_t told = tally->choices;
    for (unsigned i = 0; i < one->count; i++) {
        const struct fhir_element *element = &fhir_elements[one->first + i];
        uint64_t bit = element->choice == 0 ? 0 : UINT64_C(1) << (element->choice - 1);
        if ((element->flags & FHIR_IS_REQUIRED) == 0 || (told & bit) != 0 ||
            is_given(v, object, element)) {
            continue;
        }
        told |= bit;
        struct fhir_place missing = { place, path_name(element), -1 };
        report(v, "required", &missing, "A required element is missing");
    }
}

static void check_object(struct validation *v, uint16_t structure, json_ix object, bool is_resource,
                         const struct fhir_place *place)
{
    struct tally tally = { 0 };
    if (json_first(v->json, object) == JSON_NONE) {
        report(v, "structure", place, "An object must not be empty");
        return;
    }
    json_each_member(v->json, object, key, value)
    {
        if (is_resource && JSON_KEY_IS(v->json, key, "resourceType")) {
            continue;
        }
        check_member(v, structure, object, key, value, &tally, place);
        if (v->is_over) {
            return;
        }
    }
    if (tally.required < fhir_structures[structure].required) {
        report_missing(v, structure, object, &tally, place);
    }
    /* ext-1: an extension has either extensions or a value */
    if (structure == FHIR_DATA_EXTENSION && tally.has_extension == tally.has_value) {
        report(v, "invariant", place, "An extension has either a value or extensions");
    }
}

static void check_resource(struct validation *v, json_ix resource, const struct fhir_place *place)
{
    fhir_type type = FHIR_TYPE_NONE;
    if (json_is(v->json, resource, JSON_OBJECT)) {
        type = fhir_type_of(v->json, resource);
    }
    if (type == FHIR_TYPE_NONE) {
        report(v, "structure", place,
               "Expected a resource: a JSON object with a known resourceType");
        return;
    }
    check_object(v, type, resource, true, place);
}

bool fhir_validate(const struct json *json, json_ix resource, struct arena *arena,
                   struct fhir_issues *ret_issues)
{
    struct validation v = { .json = json, .arena = arena, .issues = ret_issues };
    fhir_type type = FHIR_TYPE_NONE;
    if (json_is(json, resource, JSON_OBJECT)) {
        type = fhir_type_of(json, resource);
    }
    struct fhir_place root = { NULL, SLICE("Resource"), -1 };
    if (type != FHIR_TYPE_NONE) {
        root.name = fhir_type_name(type);
    }
    check_resource(&v, resource, &root);
    return ret_issues->errors == 0 && !ret_issues->truncated;
}
