/*
 * policy.h: what each role may see: one table, version POLICY_VERSION.
 *
 * The table is the policy; nothing outside it knows a role. A change of the table is a new version,
 * which every decision and audit entry names.
 */
#ifndef EVENLODE_GOVERNANCE_POLICY_H
#define EVENLODE_GOVERNANCE_POLICY_H

#include "governance/governance.h"
#include "store/decision_private.h"

/* how a role comes to see a person (nhs-rules B7: legitimate relationship) */
enum relationship_rule {
    RELATIONSHIP_NEEDED,       /* the user's organisation is known to care for the person */
    RELATIONSHIP_SELF_CLAIMED, /* may say so themselves: audited as such */
    RELATIONSHIP_NONE,         /* never sees a person across sources: an organisation's system */
};

struct role_policy {
    enum relationship_rule relationship;
    bool finds_people; /* may look a person up */
    bool own_store;    /* may search the own organisation's store */
    bool writes;       /* may write to the own organisation's store */
    uint32_t denied_labels;
};

const struct role_policy *policy_of(enum governance_role role);
/* fills types, types_without_patient, denied_labels and policy_version of a draft */
void policy_apply(enum governance_role role, struct decision *draft);
/* the same for a job: every row */
void policy_apply_job(struct decision *draft);

#endif
