/*
 * search_parameter.h: the base search parameters of FHIR R4, from generated tables.
 *
 * FHIR R4 searchparameter-registry.html: 1,378 parameters, 1,709 pairs of parameter and base type,
 * those of Resource and DomainResource with every type.
 */
#ifndef EVENLODE_FHIR_SEARCH_PARAMETER_H
#define EVENLODE_FHIR_SEARCH_PARAMETER_H

#include "fhir/index.h"

struct fhir_parameter {
    uint32_t key;     /* hash of the code: the same for all types that have the code; on disk */
    uint16_t code;    /* string number; use fhir_parameter_code() */
    uint16_t system;  /* string number of the system that a plain `code` element implies, or 0 */
    uint16_t targets; /* list number of a reference's target types, 0: any */
    uint8_t kind;     /* enum search_kind */
    uint8_t is_supported; /* 0: its expression is not compiled; searching by it is a fault */
};

/* NULL when the type has no such parameter */
const struct fhir_parameter *fhir_parameter_find(fhir_type type, struct slice code);
struct slice fhir_parameter_code(const struct fhir_parameter *parameter);
/* the empty slice when none is implied */
struct slice fhir_parameter_system(const struct fhir_parameter *parameter);
/* may a reference of this parameter point to `target`? */
bool fhir_parameter_has_target(const struct fhir_parameter *parameter, fhir_type target);
/* the n-th parameter of the type in alphabetical order, or NULL: for the CapabilityStatement */
const struct fhir_parameter *fhir_parameter_at(fhir_type type, size_t n);

#endif
