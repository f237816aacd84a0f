/* samples.h: entries as governance writes them, for the tests of the log. */
#ifndef EVENLODE_TESTS_AUDIT_SAMPLES_H
#define EVENLODE_TESTS_AUDIT_SAMPLES_H

#include "audit/audit.h"

static inline struct audit_entry sample_granted(void)
{
    static const struct audit_patient patients[] = {
        { SLICE_INIT("RTH"), SLICE_INIT("p-17") },
        { SLICE_INIT("K84027"), SLICE_INIT("p-9001") },
    };
    static const struct digest query = { { 1, 2, 3 } };
    return (struct audit_entry){
        .kind = AUDIT_GRANTED,
        .user = SLICE("dr.okafor"),
        .name = SLICE("Dr Adaeze Okafor"),
        .role = SLICE("gp"),
        .organisation = SLICE("K84027"),
        .person = SLICE("person-000042"),
        .patients = patients,
        .patient_count = 2,
        .scope = SLICE("person"),
        .purpose = SLICE("direct-care"),
        .reason = SLICE("review of \"blood pressure\""),
        .basis = SLICE("registered"),
        .policy_version = 1,
        .link_version = 7,
        .request_id = SLICE("01JD8X"),
        .interaction = SLICE("record-page"),
        .resource_type = SLICE("Patient"),
        .query = &query,
        .granted = AUDIT_NO_SEQUENCE,
    };
}

static inline struct audit_entry sample_shown(uint64_t granted)
{
    static const struct audit_source sources[] = {
        { SLICE_INIT("RTH"), SLICE_INIT("ok"), 210 },
        { SLICE_INIT("RNU"), SLICE_INIT("unavailable"), 0 },
    };
    static const struct digest shown = { { 9, 9, 9 } };
    return (struct audit_entry){
        .kind = AUDIT_SHOWN,
        .user = SLICE("dr.okafor"),
        .role = SLICE("gp"),
        .organisation = SLICE("K84027"),
        .person = SLICE("person-000042"),
        .request_id = SLICE("01JD8X"),
        .granted = granted,
        .shown = &shown,
        .bytes = 48211,
        .items = 210,
        .sources = sources,
        .source_count = 2,
        .outcome = SLICE("complete"),
    };
}

#endif
