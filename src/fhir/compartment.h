/*
 * compartment.h: whose record a resource belongs to.
 *
 * FHIR R4 compartmentdefinition-patient.html: for each type, the search parameters that put a
 * resource into a patient's compartment. Works on the index values, so that the store does not
 * walk the resource twice.
 */
#ifndef EVENLODE_FHIR_COMPARTMENT_H
#define EVENLODE_FHIR_COMPARTMENT_H

#include "fhir/index.h"

/*
 * The ids of local patients, each once; the first is the home (ARCHITECTURE §5), the others are
 * members. Order: of the definition's parameters, then of the document. A Patient is in its own
 * compartment first of all (`id` is its id). None: the resource has no patient.
 */
struct fhir_patients {
    struct slice *ids;
    size_t count;
};

MUST_CHECK bool fhir_compartment(const struct index_values *values, fhir_type type, struct slice id,
                                 struct arena *arena, struct fhir_patients *ret_patients,
                                 struct fault *fault);

/* can resources of this type be in a patient's compartment at all? */
bool fhir_compartment_has_type(fhir_type type);
/* the keys of its parameters in the definition's order; *ret_count 0 when none */
const uint32_t *fhir_compartment_keys(fhir_type type, size_t *ret_count);

#endif
