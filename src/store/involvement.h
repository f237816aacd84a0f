/*
 * involvement.h: which organisation a resource says is involved with its patient, and when.
 *
 * Derived by the store when a resource is written, from the resource alone (ARCHITECTURE §6, a
 * write). FHIR R4 patient.html, encounter.html, servicerequest.html, appointment.html.
 */
#ifndef EVENLODE_STORE_INVOLVEMENT_H
#define EVENLODE_STORE_INVOLVEMENT_H

#include "base/instant.h"
#include "base/json.h"
#include "store/record_store.h"

#define ODS_SYSTEM "https://fhir.nhs.uk/Id/ods-organization-code"

struct involvement_note {
    enum involvement_kind kind;
    struct slice organisation; /* ODS code, or the reference as it stands; empty: the store's own */
    int64_t from;
    int64_t to;
};

struct involvement_notes {
    struct involvement_note *at;
    size_t count;
    size_t capacity;
};

/* Strings in the document or `arena`. A resource that involves nobody gives none. */
MUST_CHECK bool involvement_derive(const struct json *json, json_ix resource, fhir_type type,
                                   struct arena *arena, struct involvement_notes *ret_notes,
                                   struct fault *fault);
/* the ODS code among the identifiers of an Organization; empty when it has none */
struct slice involvement_ods_of(const struct json *json, json_ix organisation, struct arena *arena);

#endif
