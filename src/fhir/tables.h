/*
 * tables.h: the generated tables of FHIR R4, and how a name is found in them. For sources of fhir/
 * only; others use types.h, search_parameter.h, index.h, validate.h.
 *
 * All names lie once in one pool and are known by 16-bit numbers. Structures 1..FHIR_TYPE_COUNT are
 * the resource types, then come primitive types, complex types, backbone elements (one for each
 * path, Patient.contact) and last FHIR_DATA_ANY_RESOURCE. A choice element value[x] stands as one
 * element for each type (valueString, valueQuantity), all with the same `choice` number.
 *
 * Every list of names has a hash set: open addressing, linear probing, a slot is 1 + the place in
 * the list. tools/fhir_write.mjs computes the same hash.
 *
 * Search: a type's expressions make one tree of element names; at a node stand the actions, what to
 * take there for which parameter, under which condition. Equal subtrees are shared.
 */
#ifndef EVENLODE_FHIR_TABLES_H
#define EVENLODE_FHIR_TABLES_H

#include "fhir/search_parameter.h"

struct fhir_set {
    uint32_t slot;
    uint16_t mask;
};

struct fhir_structure {
    uint16_t first; /* element */
    uint16_t count;
    uint32_t slot;
    uint16_t mask;
    uint16_t name;
    uint8_t required; /* elements, a choice counted once, with min > 0 */
};

enum fhir_element_flags {
    FHIR_IS_LIST = 1,
    FHIR_IS_SUMMARY = 2,
    FHIR_IS_MODIFIER = 4,
    FHIR_IS_REQUIRED = 8,
    FHIR_IS_PRIMITIVE = 16,
};

struct fhir_element {
    uint16_t name;
    uint16_t structure;
    uint16_t binding; /* 0: none that can be checked */
    uint16_t targets; /* list of a Reference's types, 0: any */
    uint8_t choice;   /* 1.. within the structure; 0: no choice element */
    uint8_t flags;
};

struct fhir_binding {
    uint16_t first; /* concept */
    uint16_t count;
    uint32_t slot;
    uint16_t mask;
    uint16_t system; /* of all concepts, or 0 when they are of several */
};

struct fhir_concept {
    uint16_t code;
    uint16_t system;
};

struct fhir_search_type {
    uint32_t slot; /* set of the codes of its parameters */
    uint16_t mask;
    uint16_t first_parameter; /* in fhir_type_parameters */
    uint16_t parameter_count;
    uint16_t root;   /* node */
    uint16_t absent; /* 1 + parameter that is false when its element is absent; 0: none */
    uint16_t first_key;
    uint8_t key_count;
};

struct fhir_index_node {
    uint32_t slot; /* set of the children's names */
    uint16_t mask;
    uint16_t first_child;
    uint16_t first_action;
    uint8_t action_count;
};

struct fhir_index_child {
    uint16_t name;
    uint16_t node;
};

enum fhir_action_flags {
    FHIR_ACTION_PRESENT = 1, /* take true, or false when the element is the boolean false */
};

struct fhir_index_action {
    uint16_t parameter;
    uint16_t structure; /* of the element: which data type to take apart */
    uint16_t condition; /* 0: none */
    uint8_t flags;
};

enum fhir_condition_kind {
    FHIR_CONDITION_TYPE = 1,   /* resolve() is name (a structure number) */
    FHIR_CONDITION_EQUALS = 2, /* the member `name` equals `value` */
    FHIR_CONDITION_FIRST = 3,  /* the first of its list */
};

struct fhir_index_condition {
    uint8_t kind;
    uint8_t up; /* 0: on the element itself, 1: on the one it lies in, ... */
    uint16_t name;
    uint16_t value;
};

extern const char fhir_string_pool[];
extern const uint32_t fhir_string_offsets[];
extern const uint16_t fhir_set_slots[];
extern const struct fhir_set fhir_type_names;
extern const struct fhir_structure fhir_structures[];
extern const struct fhir_element fhir_elements[];
extern const struct fhir_binding fhir_bindings[];
extern const struct fhir_concept fhir_concepts[];
extern const uint16_t fhir_target_lists[]; /* at a list's number: its length, then types */
extern const struct fhir_parameter fhir_parameters[];
extern const uint16_t fhir_parameters_count;
extern const struct fhir_search_type fhir_search_types[];
extern const uint16_t fhir_type_parameters[];
extern const struct fhir_index_node fhir_index_nodes[];
extern const struct fhir_index_child fhir_index_children[];
extern const struct fhir_index_action fhir_index_actions[];
extern const struct fhir_index_condition fhir_index_conditions[];
extern const uint32_t fhir_compartment_key_list[];

static inline struct slice fhir_string(uint16_t number)
{
    uint32_t start = fhir_string_offsets[number];
    return (struct slice){ fhir_string_pool + start, fhir_string_offsets[number + 1] - start };
}

static inline bool fhir_string_is(uint16_t number, struct slice text)
{
    uint32_t start = fhir_string_offsets[number];
    return fhir_string_offsets[number + 1] - start == text.len &&
           (text.len == 0 || memcmp(fhir_string_pool + start, text.ptr, text.len) == 0);
}

/* Ends of the name and its length, mixed: names of one list differ there nearly always. */
static inline uint32_t fhir_name_hash(struct slice name)
{
    uint64_t a = 0;
    uint64_t b = 0;
    if (name.len >= 8) {
        memcpy(&a, name.ptr, 8);
        memcpy(&b, name.ptr + name.len - 8, 8);
    } else if (name.len >= 4) {
        uint32_t low, high;
        memcpy(&low, name.ptr, 4);
        memcpy(&high, name.ptr + name.len - 4, 4);
        a = low;
        b = high;
    } else if (name.len > 0) {
        a = (uint64_t)(uint8_t)name.ptr[0] | (uint64_t)(uint8_t)name.ptr[name.len / 2] << 8 |
            (uint64_t)(uint8_t)name.ptr[name.len - 1] << 16;
    }
    uint64_t mixed = (a ^ (b * UINT64_C(0x9E3779B97F4A7C15))) + name.len;
    return (uint32_t)((mixed * UINT64_C(0xD6E8FEB86659FD93)) >> 40);
}

/*
 * The place of `name` in the list of the set, or -1. `entry` is the list's first entry, `size` the
 * size of one; each starts with a uint16_t, the number of its name.
 */
int fhir_set_find(uint32_t slot, uint16_t mask, const void *entries, size_t size,
                  struct slice name);

/* NULL when the structure has no such element */
const struct fhir_element *fhir_element_find(uint16_t structure, struct slice name);
/* is `type` in the target list? list 0 holds all */
bool fhir_targets_have(uint16_t list, fhir_type type);

static inline bool fhir_is_primitive(uint16_t structure)
{
    return structure >= FHIR_DATA_FIRST_PRIMITIVE && structure <= FHIR_DATA_LAST_PRIMITIVE;
}

#endif
