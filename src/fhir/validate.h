/*
 * validate.h: is a resource built as FHIR R4 says?
 *
 * Structure against the generated tables: unknown elements, JSON type, form of primitives
 * (FHIR R4 datatypes.html), cardinality, choice elements, `_element` companions (json.html),
 * required bindings whose value set is enumerable, types of contained resources, reference
 * targets where the reference tells its type. Invariants written in FHIRPath, terminology
 * servers and profiles are not looked at.
 */
#ifndef EVENLODE_FHIR_VALIDATE_H
#define EVENLODE_FHIR_VALIDATE_H

#include "base/vector.h"
#include "fhir/types.h"

enum fhir_severity {
    FHIR_ERROR,
    FHIR_WARNING,
};

struct fhir_issue {
    uint8_t severity; /* enum fhir_severity */
    const char
        *code; /* FHIR R4 valueset-issue-type.html: structure, required, value, code-invalid ... */
    struct slice message; /* no patient data: names of elements and types only */
    struct slice where;   /* FHIRPath: Patient.name[0].given[1] */
};

struct fhir_issues {
    struct fhir_issue *at;
    size_t count;
    size_t capacity;
    size_t errors;  /* of `count`, those with FHIR_ERROR */
    bool truncated; /* there are more than LIMIT_VALIDATION_FAULTS */
};

/*
 * Appends what is wrong with the resource at `resource` to *ret_issues (start with { 0 }); true
 * when there is no error (warnings are allowed). Messages and places live in `arena`; without
 * memory the answer is false with `truncated` set. Never looks past LIMIT_VALIDATION_FAULTS.
 */
MUST_CHECK bool fhir_validate(const struct json *json, json_ix resource, struct arena *arena,
                              struct fhir_issues *ret_issues);

/* The first error as a fault CONTENT (422), the number of others in its detail. Always false. */
bool fhir_issues_fault(const struct fhir_issues *issues, struct arena *arena, struct fault *fault);

#endif
