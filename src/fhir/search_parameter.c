/*
 * search_parameter.c: the generated parameters by type and code.
 *
 * Parameters that are alike in several types (_profile, identifier) are one row; each type has a
 * list of row numbers in the order of their codes, and a hash set over the codes.
 */
#include "fhir/tables.h"

const struct fhir_parameter *fhir_parameter_at(fhir_type type, size_t n)
{
    const struct fhir_search_type *own = &fhir_search_types[type];
    if (type > FHIR_TYPE_COUNT || n >= own->parameter_count) {
        return NULL;
    }
    return &fhir_parameters[fhir_type_parameters[own->first_parameter + n]];
}

const struct fhir_parameter *fhir_parameter_find(fhir_type type, struct slice code)
{
    if (type == FHIR_TYPE_NONE || type > FHIR_TYPE_COUNT) {
        return NULL;
    }
    const struct fhir_search_type *own = &fhir_search_types[type];
    const uint16_t *slots = fhir_set_slots + own->slot;
    for (uint32_t at = fhir_name_hash(code) & own->mask; slots[at] != 0;
         at = (at + 1) & own->mask) {
        const struct fhir_parameter *parameter = fhir_parameter_at(type, slots[at] - 1u);
        if (fhir_string_is(parameter->code, code)) {
            return parameter;
        }
    }
    return NULL;
}

struct slice fhir_parameter_code(const struct fhir_parameter *parameter)
{
    return fhir_string(parameter->code);
}

struct slice fhir_parameter_system(const struct fhir_parameter *parameter)
{
    return fhir_string(parameter->system);
}

bool fhir_parameter_has_target(const struct fhir_parameter *parameter, fhir_type target)
{
    return fhir_targets_have(parameter->targets, target);
}
