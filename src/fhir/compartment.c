/*
 * compartment.c: the patients of a resource, from its index values.
 *
 * The definition lists parameters in an order (Observation: subject, performer) that puts the
 * patient whom the resource is about first; that one is its home. Only relative references count:
 * an absolute URL leads to another store, whose patients are not ours to file under.
 */
#include "fhir/compartment.h"

#include "base/hash_table.h"
#include "base/vector.h"
#include "fhir/tables.h"

bool fhir_compartment_has_type(fhir_type type)
{
    return type == FHIR_PATIENT || fhir_search_types[type].key_count > 0;
}

const uint32_t *fhir_compartment_keys(fhir_type type, size_t *ret_count)
{
    *ret_count = fhir_search_types[type].key_count;
    return &fhir_compartment_key_list[fhir_search_types[type].first_key];
}

struct patients {
    VECTOR(struct slice) ids;
    struct hash_table known;
    struct arena *arena;
};

static bool add_patient(struct patients *patients, struct slice id)
{
    for (size_t i = 0; i < patients->ids.count && i < 4; i++) {
        if (slice_equal(patients->ids.at[i], id)) {
            return true;
        }
    }
    bool is_new = true;
    if (patients->ids.count >= 4) { /* a Group has thousands of members, nearly all else one */
        for (size_t i = patients->known.count; i < patients->ids.count; i++) {
            if (hash_table_put(&patients->known, patients->ids.at[i], NULL) == NULL) {
                return false;
            }
        }
        if (hash_table_put(&patients->known, id, &is_new) == NULL) {
            return false;
        }
    }
    struct slice *place = is_new ? vector_push(&patients->ids, patients->arena) : NULL;
    if (place != NULL) {
        *place = id;
    }
    return !is_new || place != NULL;
}

static bool is_patient(const struct index_value *value, uint32_t key)
{
    return value->parameter_key == key && value->kind == SEARCH_REFERENCE && value->text.len == 0 &&
           value->code.len > 0 && slice_equal(value->system, SLICE("Patient"));
}

bool fhir_compartment(const struct index_values *values, fhir_type type, struct slice id,
                      struct arena *arena, struct fhir_patients *ret_patients, struct fault *fault)
{
    struct patients patients = { .arena = arena };
    hash_table_init(&patients.known, arena);
    bool is_good = type != FHIR_PATIENT || add_patient(&patients, id);
    size_t count;
    const uint32_t *keys = fhir_compartment_keys(type, &count);
    for (size_t k = 0; k < count && is_good; k++) {
        for (size_t i = 0; i < values->count && is_good; i++) {
            if (is_patient(&values->at[i], keys[k])) {
                is_good = add_patient(&patients, values->at[i].code);
            }
        }
    }
    if (!is_good) {
        return fault_no_memory(fault, arena);
    }
    ret_patients->ids = patients.ids.at;
    ret_patients->count = patients.ids.count;
    return true;
}
