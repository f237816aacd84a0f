/*
 * link_batch.h: the links of a batch of patients, as one atomic write.
 *
 * A batch sees its own pending rows before those of the store, so that two patients of one batch
 * can become one person. Used by person_index.c alone, one at a time.
 */
#ifndef EVENLODE_IDENTITY_LINK_BATCH_H
#define EVENLODE_IDENTITY_LINK_BATCH_H

#include "base/hash_table.h"
#include "base/vector.h"
#include "identity/person_rows.h"

struct link_batch {
    struct exchange_store *store;
    struct slice ods;
    struct arena *arena;
    struct fault *fault;
    struct index_counts counts;
    walltime now;
    VECTOR(struct exchange_step) steps;
    struct hash_table pending; /* table and key -> step */
};

/* begins with the store's counts */
MUST_CHECK bool link_batch_begin(struct link_batch *batch, struct exchange_store *store,
                                 struct slice ods, struct arena *arena, struct fault *fault);
/* a Patient that is new or changed */
MUST_CHECK bool link_batch_patient(struct link_batch *batch, struct slice patient_id,
                                   const struct patient_facts *facts);
/* a Patient that was deleted */
MUST_CHECK bool link_batch_deleted(struct link_batch *batch, struct slice patient_id);
/* writes the batch, its counts and the watermark; waits until durable. Fails, and writes nothing,
 * when memory ended anywhere in the batch. */
MUST_CHECK bool link_batch_commit(struct link_batch *batch, change_no watermark);

#endif
