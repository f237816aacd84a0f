/*
 * decision_private.h: the inside of a decision. For store/decision.c and governance/ only
 * (tools/check_layers).
 */
#ifndef EVENLODE_STORE_DECISION_PRIVATE_H
#define EVENLODE_STORE_DECISION_PRIVATE_H

#include "base/os.h"
#include "store/decision.h"

#define DECISION_MAGIC 0xdec15107u
#define TYPE_WORDS     3 /* 192 bits: FHIR R4 has 146 resource types */

struct decision_patients {
    struct slice ods;
    const struct slice *ids;
    size_t count;
};

struct decision {
    uint32_t magic;
    enum decision_scope scope;
    enum decision_purpose purpose;
    struct slice user;
    struct slice role;
    struct slice organisation;
    struct slice person;
    struct slice store;                       /* DECISION_STORE: its ODS code */
    const struct decision_patients *patients; /* DECISION_PERSON */
    size_t patients_count;
    const struct decision_patients *withheld; /* DECISION_STORE: patients not to be seen */
    size_t withheld_count;
    uint64_t types[TYPE_WORDS];                 /* allowed of a patient */
    uint64_t types_without_patient[TYPE_WORDS]; /* allowed where there is no patient */
    uint32_t denied_labels;
    bool may_write;
    uint32_t policy_version;
    uint64_t link_version;
    walltime made;
};

#endif
