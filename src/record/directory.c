/*
 * directory.c: whom and what the resources of one source name.
 *
 * Stores hold references, people read names. A reference is looked up among the contained
 * resources, then in the same source's answer (ids are a source's own: another source's
 * Practitioner/7 is somebody else), and last shown by its display. References come as Type/id, as a
 * whole URL, with a version behind, or as urn:uuid of what was never given a place; all end in the
 * id.
 *
 * Only types that lend names are indexed; a name is read once and kept.
 */
#include "nhs/person_name.h"
#include "record/record_internal.h"

static bool lends_a_name(fhir_type type)
{
    return type == FHIR_CONDITION ||
           (record_shape_of(type)->place == PLACE_SUPPORT && type != FHIR_PATIENT);
}

void record_directory_fill(struct record_part *part)
{
    struct hash_table *table = &part->directory;
    hash_table_init(table, part->arena);
    const struct source_answer *answer = part->answer;
    for (size_t i = 0; i < answer->count; i++) {
        const struct source_resource *resource = &answer->resources[i];
        fhir_type type = resource->stored.type;
        if (resource->stored.id.len == 0 || !lends_a_name(type)) {
            continue;
        }
        struct record_named *named = arena_new(part->arena, struct record_named);
        struct hash_slot *slot = hash_table_put(table, resource->stored.id, NULL);
        if (named == NULL || slot == NULL) {
            return; /* the arena remembers */
        }
        *named = (struct record_named){ resource, type, { NULL, 0 }, false, slot->value.pointer };
        slot->value.pointer = named;
    }
}

/* takes what stands behind the last slash off *rest */
static struct slice last_segment(struct slice *rest)
{
    size_t at = rest->len;
    while (at > 0 && rest->ptr[at - 1] != '/') {
        at--;
    }
    struct slice segment = slice_from(*rest, at);
    rest->len = at > 0 ? at - 1 : 0;
    return segment;
}

/* "https://host/fhir/Practitioner/7/_history/2" -> type and "7"; "urn:uuid:x" -> "x" */
static struct slice split_reference(struct slice reference, fhir_type *ret_type)
{
    *ret_type = FHIR_TYPE_NONE;
    if (slice_starts_with(reference, SLICE("urn:uuid:"))) {
        return slice_from(reference, 9);
    }
    struct slice id = last_segment(&reference);
    struct slice before = last_segment(&reference);
    if (slice_equal(before, SLICE("_history"))) {
        id = last_segment(&reference);
        before = last_segment(&reference);
    }
    *ret_type = fhir_type_find(before);
    return id;
}

static bool find_contained(const struct reading *reading, struct slice id,
                           struct record_target *ret_target)
{
    json_each_element(reading->json, reading->field[FIELD_contained], contained)
    {
        if (slice_equal(record_member(reading, contained, "id"), id)) {
            *ret_target = (struct record_target){ reading->json, contained,
                                                  fhir_type_of(reading->json, contained), NULL };
            return true;
        }
    }
    return false;
}

static bool resolve(const struct reading *reading, struct slice text,
                    struct record_target *ret_target)
{
    if (text.len > 1 && text.ptr[0] == '#') {
        return find_contained(reading, slice_from(text, 1), ret_target);
    }
    fhir_type type;
    struct slice id = split_reference(text, &type);
    struct hash_slot *slot = id.len == 0 ? NULL : hash_table_find(&reading->part->directory, id);
    struct record_named *named = slot == NULL ? NULL : slot->value.pointer;
    while (named != NULL && type != FHIR_TYPE_NONE && named->type != type) {
        named = named->next;
    }
    if (named == NULL) {
        return false;
    }
    *ret_target = (struct record_target){ &named->resource->json, 0, named->type, named };
    return true;
}

bool record_resolve(const struct reading *reading, json_ix reference,
                    struct record_target *ret_target)
{
    return resolve(reading, record_member(reading, reference, "reference"), ret_target);
}

static struct slice name_in_role(const struct reading *at, const struct record_target *target)
{
    json_ix practitioner = json_member(target->json, target->root, SLICE("practitioner"));
    struct slice name = json_member_string(target->json, practitioner, SLICE("display"), at->arena);
    struct record_target person;
    if (name.len == 0 && practitioner != JSON_NONE && record_resolve(at, practitioner, &person) &&
        person.type == FHIR_PRACTITIONER) {
        struct person_name parts;
        if (person_name_read(person.json, json_member(person.json, person.root, SLICE("name")),
                             at->arena, &parts)) {
            name = person_name_plain(&parts, at->arena);
        }
    }
    return name.len > 0
               ? name
               : record_concept_text(at, json_member(target->json, target->root, SLICE("code")));
}

/* the name of a resource of any type that lends one */
static struct slice read_name(const struct reading *reading, const struct record_target *target)
{
    struct reading at = *reading;
    at.json = target->json;
    at.root = target->root;
    json_ix contained = json_member(target->json, target->root, SLICE("contained"));
    at.field[FIELD_contained] = target->named == NULL ? reading->field[FIELD_contained] : contained;
    struct person_name parts;
    json_ix name = json_member(target->json, target->root, SLICE("name"));
    switch (target->type) {
    case FHIR_PRACTITIONER:
    case FHIR_RELATED_PERSON:
    case FHIR_PATIENT:
        return person_name_read(target->json, name, at.arena, &parts)
                   ? person_name_plain(&parts, at.arena)
                   : (struct slice){ NULL, 0 };
    case FHIR_PRACTITIONER_ROLE:
        return name_in_role(&at, target);
    case FHIR_MEDICATION:
    case FHIR_CONDITION:
    case FHIR_SUBSTANCE:
        return record_concept_text(&at, json_member(target->json, target->root, SLICE("code")));
    case FHIR_DEVICE:
        name = json_path(target->json, target->root, "deviceName", "name", NULL);
        return name != JSON_NONE ? record_string(&at, name)
                                 : record_concept_text(
                                       &at, json_member(target->json, target->root, SLICE("type")));
    default:
        return record_string(&at, name);
    }
}

static struct slice target_name(const struct reading *reading, const struct record_target *target)
{
    if (target->named == NULL) {
        return read_name(reading, target);
    }
    if (!target->named->read) {
        target->named->read = true; /* first, so that a circle of references ends */
        target->named->name = read_name(reading, target);
    }
    return target->named->name;
}

/* what a Reference says: one walk over its members */
struct reference_parts {
    struct slice reference, display;
    json_ix identifier;
};

static struct reference_parts read_parts(const struct reading *reading, json_ix ix)
{
    const struct json *json = reading->json;
    struct reference_parts parts = { .identifier = JSON_NONE };
    json_each_member(json, record_first(json, ix), key, value)
    {
        if (JSON_KEY_IS(json, key, "reference")) {
            parts.reference = record_string(reading, value);
        } else if (JSON_KEY_IS(json, key, "display")) {
            parts.display = record_string(reading, value);
        } else if (JSON_KEY_IS(json, key, "identifier")) {
            parts.identifier = value;
        }
    }
    return parts;
}

/* the Reference within an element that is none itself, such as Encounter.participant */
static json_ix inner_reference(const struct json *json, json_ix ix)
{
    json_each_member(json, record_first(json, ix), key, value)
    {
        if (JSON_KEY_IS(json, key, "actor") || JSON_KEY_IS(json, key, "individual") ||
            JSON_KEY_IS(json, key, "member") || JSON_KEY_IS(json, key, "location") ||
            JSON_KEY_IS(json, key, "agent")) {
            return value;
        }
    }
    return JSON_NONE;
}

static struct slice one_reference(const struct reading *reading, json_ix ix)
{
    struct reference_parts parts = read_parts(reading, ix);
    if (parts.reference.len + parts.display.len == 0) {
        json_ix inner = inner_reference(reading->json, ix);
        parts = inner != JSON_NONE ? read_parts(reading, inner) : parts;
    }
    struct record_target target;
    struct slice name = { NULL, 0 };
    if (parts.reference.len > 0 && resolve(reading, parts.reference, &target)) {
        name = target_name(reading, &target);
    }
    if (name.len == 0) {
        name = parts.display;
    }
    if (name.len == 0 && parts.identifier != JSON_NONE) {
        name = record_member(reading, parts.identifier, "value");
    }
    return name;
}

struct slice record_reference_name(const struct reading *reading, json_ix ix)
{
    struct slice names = { NULL, 0 };
    if (json_is(reading->json, ix, JSON_STRING)) {
        return record_string(reading, ix);
    }
    if (!json_is(reading->json, ix, JSON_ARRAY)) {
        return ix == JSON_NONE ? names : one_reference(reading, ix);
    }
    json_each_element(reading->json, ix, item)
    {
        struct slice name = one_reference(reading, item);
        if (!slice_equal(name, names)) {
            names = record_join(reading->texts, names, ", ", name);
        }
    }
    return names;
}
