/*
 * types.c: names found in the generated tables.
 *
 * Everything that FHIR R4 lists (types, elements, codes, parameters) is found in the same way: one
 * hash of the name, a slot or two, one comparison of bytes. A binary search over some twenty names
 * took about three times as long, and a resource asks for a hundred.
 */
#include "fhir/tables.h"

int fhir_set_find(uint32_t slot, uint16_t mask, const void *entries, size_t size, struct slice name)
{
    if (mask == 0) {
        return -1;
    }
    const uint16_t *slots = fhir_set_slots + slot;
    const char *first = entries;
    for (uint32_t at = fhir_name_hash(name) & mask; slots[at] != 0; at = (at + 1) & mask) {
        size_t place = slots[at] - 1u;
        uint16_t number;
        memcpy(&number, first + place * size, sizeof(number));
        if (fhir_string_is(number, name)) {
            return (int)place;
        }
    }
    return -1;
}

const struct fhir_element *fhir_element_find(uint16_t structure, struct slice name)
{
    const struct fhir_structure *one = &fhir_structures[structure];
    const struct fhir_element *first = &fhir_elements[one->first];
    int place = fhir_set_find(one->slot, one->mask, first, sizeof(*first), name);
    return place < 0 ? NULL : first + place;
}

bool fhir_targets_have(uint16_t list, fhir_type type)
{
    if (list == 0) {
        return true;
    }
    for (uint16_t i = 1; i <= fhir_target_lists[list]; i++) {
        if (fhir_target_lists[list + i] == type) {
            return true;
        }
    }
    return false;
}

fhir_type fhir_type_find(struct slice name)
{
    const uint16_t *slots = fhir_set_slots + fhir_type_names.slot;
    uint32_t at = fhir_name_hash(name) & fhir_type_names.mask;
    for (; slots[at] != 0; at = (at + 1) & fhir_type_names.mask) {
        /* a slot is 1 + the place in the list of types, and types count from 1 */
        if (fhir_string_is(fhir_structures[slots[at]].name, name)) {
            return slots[at];
        }
    }
    return FHIR_TYPE_NONE;
}

struct slice fhir_type_name(fhir_type type)
{
    if (type == FHIR_TYPE_NONE || type > FHIR_TYPE_COUNT) {
        return (struct slice){ NULL, 0 };
    }
    return fhir_string(fhir_structures[type].name);
}

fhir_type fhir_type_of(const struct json *json, json_ix resource)
{
    json_ix name = json_member(json, resource, SLICE("resourceType"));
    if (!json_is(json, name, JSON_STRING) || json->nodes[name].escaped) {
        return FHIR_TYPE_NONE;
    }
    const struct json_node *node = &json->nodes[name];
    return fhir_type_find(slice_of(json->text.ptr + node->offset, node->length));
}

static bool is_id_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
}

bool fhir_id_valid(struct slice id)
{
    if (id.len == 0 || id.len > 64) {
        return false;
    }
    for (size_t i = 0; i < id.len; i++) {
        if (!is_id_byte(id.ptr[i])) {
            return false;
        }
    }
    return true;
}
