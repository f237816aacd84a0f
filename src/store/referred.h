/*
 * referred.h: what the rows of a record refer to, for $everything.
 *
 * FHIR R4 patient-operation-everything.html: the compartment, and what is needed to read it:
 * practitioners, organisations, medications, locations, which belong to no patient.
 */
#ifndef EVENLODE_STORE_REFERRED_H
#define EVENLODE_STORE_REFERRED_H

#include "base/hash_table.h"
#include "base/vector.h"
#include "fhir/types.h"

struct referred {
    fhir_type type;
    struct slice id;
};

struct referred_set {
    struct arena *arena;
    struct hash_table names;
    VECTOR(struct referred) items; /* each once */
};

void referred_set_init(struct referred_set *set, struct arena *arena);
/* adds the local references (Type/id) of a stored body to resources of types without a patient */
MUST_CHECK bool referred_set_add(struct referred_set *set, struct slice body, struct fault *fault);

#endif
