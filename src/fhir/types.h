/*
 * types.h: the 146 resource types of FHIR R4 (4.0.1), as small numbers.
 *
 * FHIR R4 resourcelist.html. The numbers are on disk: they are generated from the alphabetical
 * list of R4, which is frozen, and stay what they are. 0 is no type. Constants FHIR_PATIENT,
 * FHIR_OBSERVATION and so on come from generated/resource_types.h.
 */
#ifndef EVENLODE_FHIR_TYPES_H
#define EVENLODE_FHIR_TYPES_H

#include "base/json.h"
#include "fhir/generated/resource_types.h"

typedef uint16_t fhir_type;

/* FHIR_TYPE_NONE when there is no such resource type in R4. Case matters. O(1). */
fhir_type fhir_type_find(struct slice name);
/* the empty slice for FHIR_TYPE_NONE; static memory */
struct slice fhir_type_name(fhir_type type);
/* the type that the resource's `resourceType` names, or FHIR_TYPE_NONE */
fhir_type fhir_type_of(const struct json *json, json_ix resource);
/* FHIR R4 datatypes.html#id: [A-Za-z0-9\-\.]{1,64} */
bool fhir_id_valid(struct slice id);

#endif
