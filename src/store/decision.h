/*
 * decision.h: what every read takes.
 *
 * A decision is the answer of governance to "may this user see this, now, for this reason?". No
 * function that reads a record works without one (ARCHITECTURE invariant 2). The type is declared
 * here so that stores and sources can demand it and evaluate its row predicate; only governance/
 * can make one (governance/decision_make.h, which tools/check_layers refuses elsewhere).
 *
 * A decision is immutable, lives in the arena it was made in, and may be read by many threads. It
 * is for one access: it is not kept for the next request.
 */
#ifndef EVENLODE_STORE_DECISION_H
#define EVENLODE_STORE_DECISION_H

#include "base/slice.h"
#include "fhir/types.h"

struct decision;

enum decision_scope {
    DECISION_PERSON, /* the patients, named by organisation and id, that are linked to one person */
    DECISION_STORE,  /* one organisation's store: its own system, or its own staff */
    DECISION_JOB, /* a job of the exchange itself (linking, building): every row, audited a run */
};

/* v3 ActReason, http://terminology.hl7.org/CodeSystem/v3-ActReason */
#define DECISION_PURPOSES(X)                                                                       \
    X(TREATMENT, "TREAT")                                                                          \
    X(EMERGENCY_TREATMENT, "ETREAT")                                                               \
    X(OPERATIONS, "HOPERAT") /* linking, building indexes, an organisation's own feed */           \
    X(PATIENT_REQUEST, "PATRQT")

enum decision_purpose {
#define X(name, code) PURPOSE_##name,
    DECISION_PURPOSES(X)
#undef X
};

/*
 * What a store notes of each row when it is written, and a predicate can refuse. On disk as bits:
 * numbers are never reused. Computed by store/row_label.h from the body alone.
 */
#define ROW_LABELS(X)                                                                              \
    X(LABORATORY, 0) /* Observation, DiagnosticReport: category laboratory or LAB/HM/PAT/.. */     \
    X(IMAGING, 1)    /* category imaging or RAD, ImagingStudy */                                   \
    X(VITAL_SIGNS, 2)                                                                              \
    X(SOCIAL_HISTORY, 3)                                                                           \
    X(OTHER_CATEGORY, 4)  /* an Observation of another category */                                 \
    X(UNCATEGORISED, 5)   /* an Observation or DiagnosticReport that names no category */          \
    X(RESTRICTED, 6)      /* meta.security confidentiality R or V */                               \
    X(SENSITIVE, 7)       /* meta.security of v3-ActCode sensitivity (HIV, SEX, PSY, ...) */       \
    X(NO_PATIENT_VIEW, 8) /* meta.security NOPAT */                                                \
    X(SYNTHETIC, 9)       /* meta.security HTEST */

enum row_label {
#define X(name, bit) LABEL_##name = 1u << (bit),
    ROW_LABELS(X)
#undef X
};

/* one row as far as a predicate is concerned */
struct row_facts {
    fhir_type type;
    uint32_t labels;  /* enum row_label bits */
    bool has_patient; /* lies in some patient's compartment */
    struct slice
        patient_id; /* logical id of the compartment's Patient in this store; empty without */
};

const char *decision_purpose_code(enum decision_purpose purpose);

enum decision_scope decision_scope(const struct decision *decision);
enum decision_purpose decision_purpose(const struct decision *decision);
struct slice decision_user(const struct decision *decision); /* "job:<name>" for a job */
struct slice decision_role(const struct decision *decision);
struct slice decision_organisation(const struct decision *decision); /* the user's, ODS code */
struct slice decision_person(const struct decision *decision); /* empty unless DECISION_PERSON */
uint32_t decision_policy_version(const struct decision *decision);
uint64_t decision_link_version(const struct decision *decision);
bool decision_may_write(const struct decision *decision);

/* May anything at all of the store of organisation `ods` be read? Stores check it first. */
bool decision_covers_store(const struct decision *decision, struct slice ods);
/* The patients of that store that DECISION_PERSON names; count 0 for other scopes. */
const struct slice *decision_patients(const struct decision *decision, struct slice ods,
                                      size_t *ret_count);
/* May rows of this type be looked at, in principle? A cheap first test for a search. */
bool decision_allows_type(const struct decision *decision, fhir_type type);
/*
 * Could a row of this type with these labels (enum row_label bits) be seen, if it is of a patient,
 * or of nobody, whom the decision covers? Says which parts of a record a user may see at all.
 */
bool decision_allows_kind(const struct decision *decision, fhir_type type, uint32_t labels);
/*
 * The row predicate. Every row that leaves, and every row that a filter looks at, is judged by it:
 * type, labels, and patient (in scope PERSON: one of the person's patients; in scope STORE: not one
 * of the patients withheld). Rows without a patient are judged by the list of types that carry no
 * patient data (Organization, Practitioner, Location, Medication, ...).
 */
bool decision_allows_row(const struct decision *decision, struct slice ods,
                         const struct row_facts *row);

#endif
