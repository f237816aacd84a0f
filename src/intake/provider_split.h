/*
 * provider_split.h: one person's bundle, taken apart by the organisation that gave the care.
 *
 * A synthetic patient's whole life comes as one bundle. A real one lies in many organisations'
 * systems; so each resource goes to the organisation that its encounter's serviceProvider names:
 *
 * - Without an encounter: to the registered practice, the organisation with most of the patient's
 *   encounters (ties: the smaller identifier).
 * - Every part holds its own copy of the Patient and of each Organization and Practitioner (and
 *   whatever else belongs to no patient) that it refers to. Copies are counted apart.
 * - Organizations with the same identifier are one organisation, and one part.
 * - A reference whose target lies in another part becomes that store's absolute URL.
 *
 * ODS codes that are made up are functions of the organisation's identifier: X and seven characters
 * of base 32 of its SHA-256. Ids stay those of the bundle.
 */
#ifndef EVENLODE_INTAKE_PROVIDER_SPLIT_H
#define EVENLODE_INTAKE_PROVIDER_SPLIT_H

#include "fhir/bundle.h"
#include "store/record_store.h"

struct split_entry {
    uint32_t ix;       /* in split.entries */
    struct slice body; /* as it goes into the part's store */
};

struct split_part {
    struct slice ods;
    struct slice name; /* of the organisation */
    const struct split_entry *entries;
    size_t count;
    size_t copies; /* of `count`, those whose home is another part */
};

struct split {
    struct fhir_entries entries;
    struct split_part *parts;
    size_t count;
    const struct json *json;
    struct slice base_url; /* "http://localhost:8080", no slash at the end */
    size_t practice;       /* the registered practice's part */
    void *inside;
};

/* Everything lives in `arena`, the bodies, too. Faults name the entry. */
MUST_CHECK bool provider_split(const struct json *json, json_ix bundle, struct slice base_url,
                               struct arena *arena, struct split *ret_split, struct fault *fault);

/*
 * The changes of one part, as updates that keep the bundle's ids; each entry is validated where it
 * is at home. `nhs_number` (ten digits, may be empty) is added to the first Patient when it has
 * none.
 */
MUST_CHECK bool provider_split_changes(const struct split *split, size_t part,
                                       struct slice nhs_number, struct arena *arena,
                                       struct record_change **ret_changes, size_t *ret_count,
                                       struct fault *fault);

/* the identifier that made-up numbers are a function of: of the (first) Patient in the bundle */
struct slice provider_split_patient(const struct split *split, struct arena *arena);

#endif
