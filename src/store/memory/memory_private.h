/*
 * memory_private.h: the lists of the memory store, for its own sources.
 */
#ifndef EVENLODE_STORE_MEMORY_MEMORY_PRIVATE_H
#define EVENLODE_STORE_MEMORY_MEMORY_PRIVATE_H

#include <pthread.h>

#include "base/hash_table.h"
#include "base/vector.h"
#include "store/record_store_private.h"

struct memory_version {
    version_no version;
    walltime last_updated;
    change_no change;
    bool deleted;
    uint32_t labels;
    patient_key home; /* 0: of no patient */
    struct fhir_patients patients;
    struct resource_body body;
};

/* versions never change once they are in the list: readers need no lock for them */
struct memory_resource {
    fhir_type type;
    struct slice id;
    uint64_t sequence;
    VECTOR(struct memory_version *) versions; /* oldest first */
};

struct memory_change {
    struct memory_resource *resource;
    struct memory_version *version;
};

struct memory_store {
    struct record_store store; /* must be first */
    pthread_mutex_t mutex;
    struct arena arena;
    VECTOR(struct memory_resource *) resources;
    struct hash_table names; /* Type/id -> resource */
    VECTOR(struct memory_change) changes;
    struct hash_table inbox; /* key -> struct digest */
    walltime last_time;
};

static inline struct memory_store *memory_of(struct record_store *store)
{
    return (struct memory_store *)store;
}

static inline struct memory_version *memory_current(const struct memory_resource *resource)
{
    return resource->versions.at[resource->versions.count - 1];
}

/* NULL when there never was one; under the mutex */
struct memory_resource *memory_find(struct memory_store *self, fhir_type type, struct slice id);
bool memory_is_of_patient(const struct memory_version *version, struct slice patient_id);

/* memory_write.c: `commit` of the queue */
void memory_commit(void *context, struct commit_item *first);
/* memory_read.c */
bool memory_query(struct record_store *store, const struct decision *decision,
                  const struct store_query *query, const struct cursor_position *after,
                  struct arena *arena, struct record_cursor **ret_cursor, struct fault *fault);

#endif
