/*
 * load.h: files into stores.
 *
 * FHIR JSON (a resource, a bundle) and NDJSON (one of either a line), plain or compressed with
 * zstd, told apart by content. Bundles and lines are read and prepared on a few threads and
 * committed in groups; each store's part of a bundle is one commit under the inbox key "load
 * <digest of the bundle> <ODS>", so that a load that was interrupted is completed by running it
 * again, and a finished one changes nothing.
 *
 * What cannot be taken is told with its place and counted; the rest goes on, unless the disk is
 * full or a store has failed. HL7 v2, CDA and CSV are recognised and refused by name.
 */
#ifndef EVENLODE_INTAKE_LOAD_H
#define EVENLODE_INTAKE_LOAD_H

#include "identity/person_index.h"
#include "organisation/register.h"
#include "store/store_pool.h"

struct load_setting {
    struct store_pool *stores;
    struct exchange_store *exchange;
    struct organisation_register *reg;
    struct person_index *people;
    const struct decision *job; /* decision_for_job("load") */
    struct slice ods; /* the store to load into; empty with split_by_provider or file_ods */
    const struct slice *file_ods; /* or one for each file; else NULL */
    bool split_by_provider;
    bool assign_nhs_number; /* to Patients without one; from the 999 range */
    struct slice base_url;  /* for references between stores */
    unsigned threads;       /* readers; 2 */
    const char *const *files;
    size_t file_count;
    /* from any thread, one at a time: a fault of one file, line or bundle */
    void (*tell)(void *context, const struct fault *fault);
    /* the same, a few times a second */
    void (*progress)(void *context, uint64_t done_bytes, uint64_t all_bytes, uint64_t stored);
    void *context;
};

/* sent = stored + known + refused; copies apart */
struct load_report {
    uint64_t bundles;
    uint64_t sent; /* entries, or resources, that the files hold */
    uint64_t stored;
    uint64_t known; /* of parts that an earlier load has stored */
    uint64_t refused;
    uint64_t copies; /* of Patients, Organizations, ... in further stores */
    uint64_t commits;
    uint64_t stores;
    uint64_t persons; /* in the index, afterwards */
    uint64_t bytes;
    int64_t took_us;
};

/*
 * Loads everything, then links the new patients (person_index_catch_up). True when nothing was
 * refused; false with the first fault otherwise, the report being right all the same; each
 * has been told.
 */
MUST_CHECK bool intake_load(const struct load_setting *setting, struct load_report *ret_report,
                            struct arena *arena, struct fault *fault);

#endif
