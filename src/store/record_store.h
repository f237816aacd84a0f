/*
 * record_store.h: one organisation's records.
 *
 * The interface that every implementation keeps (memory/, sqlite/, later postgres/): free of their
 * types, asynchronous, cursor-based. FHIR R4 http.html, search.html.
 *
 * WHAT IT HOLDS. Resources with all their versions, clustered by patient; the index values of the
 * current version of each (fhir/index.h); the numbered list of changes; the inbox of senders'
 * keys; involvements. A resource that lies in several patients' compartments has one home (the
 * first) and is a member of the others. A resource in none has patient key 0.
 *
 * WRITES. A `store_write` is all or nothing and touches one store. Prepare it (any thread: indexes,
 * compresses), submit it; many gather into one synced commit (group commit, base/commit_queue.h);
 * `done` is called after the sync, on the committing thread. An acknowledged write survives kill -9
 * and power loss; after a failed sync the store refuses everything (invariant 5).
 *
 * READS. A cursor gives rows one by one. CURSOR_WAIT means that rows are under way: `notify` is
 * called once from any thread, then ask again. An implementation that never waits never says so;
 * callers must handle it all the same. A cursor sees one moment of the store from its first row to
 * its last; many readers run beside the writer. Every row has passed the decision's predicate, and
 * so has every row that a filter, a count or a total looked at.
 *
 * BODIES are kept as received (invariant 4) except `id`, references that a transaction rewrote, and
 * `meta.versionId` / `meta.lastUpdated`, which are not kept in the body at all: `meta_at` says
 * where stored_resource_write() puts them. So a body never lies about its version.
 *
 * IDS. A server-made id has the form e<key>.<sequence> (base 32, lower case;
 * docs/formats/record-store.md): it carries patient key and sequence and needs no look-up. All
 * other ids are found through the locator. A client may not create an id of the server's form.
 *
 * Threads: every function may be called from any thread unless it says otherwise. A cursor belongs
 * to one thread at a time.
 */
#ifndef EVENLODE_STORE_RECORD_STORE_H
#define EVENLODE_STORE_RECORD_STORE_H

#include "base/commit_queue.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/os.h"
#include "fhir/index.h"
#include "fhir/search_query.h"
#include "fhir/types.h"
#include "store/decision.h"

struct record_store;
struct record_cursor;

typedef uint64_t patient_key; /* local to one store; 0: of no patient */
typedef uint32_t version_no;  /* from 1; a deletion is a version too (FHIR R4 http.html#delete) */
typedef uint64_t change_no;   /* from 1, without gaps, in the order of becoming visible */

#define RESOURCE_ID_SIZE 65 /* FHIR id: 64 characters, and NUL */

/* -- rows -------------------------------------------------------------------------------------- */

struct stored_resource {
    fhir_type type;
    struct slice id;
    version_no version;
    walltime last_updated;
    change_no change;
    bool deleted; /* a tombstone: body empty */
    uint32_t labels;
    struct slice patient_id; /* home compartment; empty when none */
    struct slice body;       /* JSON without meta.versionId and meta.lastUpdated */
    size_t meta_at;          /* offset in body where they go */
    bool meta_comma;         /* whether a comma follows them */
};

/* the resource as it is shown: body with versionId and lastUpdated in its meta; a few memcpys */
void stored_resource_write(const struct stored_resource *resource, struct strbuf *out);

/* -- writing ----------------------------------------------------------------------------------- */

enum change_kind {
    CHANGE_CREATE, /* id empty: the store makes one; or taken from record_store_new_id() */
    CHANGE_UPDATE, /* creates when absent (update as create) */
    CHANGE_DELETE, /* of what does not exist or is deleted: no change, no fault */
};

enum change_effect {
    EFFECT_NONE,
    EFFECT_CREATED,
    EFFECT_UPDATED,
    EFFECT_DELETED,
    EFFECT_UNCHANGED, /* the same body again: no new version */
};

struct record_change {
    enum change_kind kind;
    fhir_type type;
    struct slice id;
    struct slice body;      /* one valid JSON resource of that type; id, meta and references final
                               but for meta.versionId/lastUpdated, which are dropped */
    version_no if_match;    /* 0: none; else FAULT_PRECONDITION unless it is the current version */
    bool unchanged_is_none; /* an update with an equal body makes no version */
    /* results, valid in `done` */
    enum change_effect effect;
    struct slice ret_id; /* in the write's arena */
    version_no ret_version;
    walltime ret_last_updated;
    void *prepared; /* the implementation's */
};

enum write_outcome {
    WRITE_DONE,
    WRITE_ALREADY_KNOWN, /* the inbox held the key with the same digest: nothing changed */
    WRITE_FAILED,        /* `fault` says why; nothing changed */
};

struct store_write {
    struct commit_item item; /* the store's; must be first */
    struct arena *arena;     /* of the caller; results and preparation lie in it */
    struct record_change *changes;
    size_t count;
    struct slice inbox_key; /* empty: none. Remembered for ever with `inbox_digest`;
                               the same key with another digest is FAULT_CONFLICT */
    struct digest inbox_digest;
    void (*done)(struct store_write *write);
    void *context; /* of the caller */
    /* results, valid in `done` */
    enum write_outcome outcome;
    struct fault fault;
    size_t fault_change; /* index of the change at fault, or count */
    change_no last_change;
    struct record_store *store;
};

/*
 * Says which patient a new Patient will be, and makes ids before the bodies are final: a
 * transaction rewrites its references to ids that do not exist yet. Numbers that are never used
 * leave holes. `ret_id` gets NUL-terminated text.
 */
patient_key record_store_new_patient(struct record_store *store);
void record_store_new_id(struct record_store *store, patient_key patient,
                         char ret_id[RESOURCE_ID_SIZE]);
/* the key of a Patient that is stored (not deleted), or of an id that was made here; 0 when unknown
 */
patient_key record_store_find_patient(struct record_store *store, struct slice patient_id);

/*
 * The slow half, on the caller's thread: labels, index values, compression, ids. The decision must
 * allow writing to this store. A resource whose compartment reference names a Patient that is
 * neither stored here nor in this write is refused with FAULT_REFERENCE.
 */
MUST_CHECK bool record_store_prepare(struct record_store *store, const struct decision *decision,
                                     struct store_write *write, struct fault *fault);
/* Queues a prepared write; never blocks for the commit. `done` is called exactly once. */
void record_store_submit(struct record_store *store, struct store_write *write);
/* prepare, submit and wait: for the command line and tests. False: `fault` is set. */
MUST_CHECK bool record_store_commit(struct record_store *store, const struct decision *decision,
                                    struct store_write *write, struct fault *fault);

/* -- reading ----------------------------------------------------------------------------------- */

enum query_kind {
    QUERY_READ,    /* type, id: the current version (a tombstone is a row with deleted set) */
    QUERY_VERSION, /* type, id, version */
    QUERY_HISTORY, /* type, id: all versions, newest first */
    QUERY_SEARCH,  /* search: within a patient when patient_id is set or the conditions name one */
    QUERY_EVERYTHING, /* patient_id: the Patient, then its compartment, then what those refer to
                         that has no patient (FHIR R4 patient-operation-everything.html) */
    QUERY_CHANGES,    /* behind change number `after`, oldest first: type, id, version, tombstones;
                         bodies of current versions only; `type` restricts when it is set, without
                         touching the other types' bodies. For jobs and exports. */
};

struct store_query {
    enum query_kind kind;
    fhir_type type;
    struct slice id;
    version_no version;
    struct slice patient_id;
    const struct search_query *search;
    change_no after;
    uint32_t limit;      /* rows at most; 0: no limit */
    struct slice resume; /* from record_cursor_position(): go on behind that row */
    bool count_only;     /* no rows; record_cursor_total() */
    bool with_total;
};

enum cursor_step {
    CURSOR_ROW,
    CURSOR_END,
    CURSOR_WAIT,
    CURSOR_FAULT,
};

/*
 * Opens a cursor; rows live in `arena` until it is cleared. `notify` may be NULL for a caller that
 * can block (then the implementation waits inside). A QUERY_READ of what does not exist, or of what
 * the decision does not allow, ends without a row: the two are not told apart. A malformed or
 * foreign `resume` is FAULT_INVALID.
 */
MUST_CHECK bool record_store_query(struct record_store *store, const struct decision *decision,
                                   const struct store_query *query, struct arena *arena,
                                   void (*notify)(void *context), void *context,
                                   struct record_cursor **ret_cursor, struct fault *fault);
MUST_CHECK enum cursor_step record_cursor_next(struct record_cursor *cursor,
                                               struct stored_resource *ret_resource,
                                               struct fault *fault);
/* with_total or count_only: how many rows match under the decision; valid after the first next */
uint64_t record_cursor_total(const struct record_cursor *cursor);
/* where it stands, opaque, to go on later; empty at the end */
struct slice record_cursor_position(struct record_cursor *cursor, struct arena *arena);
/* `notify` is not called any more once this has returned */
void record_cursor_free(struct record_cursor *cursor);

/* one row, for callers that want just that (blocks where CURSOR_WAIT would be) */
MUST_CHECK bool record_store_read(struct record_store *store, const struct decision *decision,
                                  fhir_type type, struct slice id, struct arena *arena,
                                  struct stored_resource *ret_resource, bool *ret_found,
                                  struct fault *fault);

/* -- what governance and operators may know without a decision --------------------------------- */

/* kinds of involvement, derived before the commit (ARCHITECTURE §6, a write) */
#define INVOLVEMENT_KINDS(X)                                                                       \
    X(REGISTERED, 1) /* Patient.generalPractitioner */                                             \
    X(MANAGING, 2)   /* Patient.managingOrganization, or the store's own organisation */           \
    X(ENCOUNTER, 3)  /* Encounter.serviceProvider, over the encounter's period */                  \
    X(REFERRED, 4)   /* ServiceRequest.performer that is an Organization */                        \
    X(APPOINTMENT, 5)

enum involvement_kind {
#define X(name, number) INVOLVEMENT_##name = (number),
    INVOLVEMENT_KINDS(X)
#undef X
};

struct involvement {
    struct slice patient_id;
    struct slice organisation; /* ODS code, or the reference as it stands */
    enum involvement_kind kind;
    int64_t from; /* microseconds, INSTANT_MIN when open */
    int64_t to;
};

/* all involvements of a patient into `arena`; false on a fault */
MUST_CHECK bool record_store_involvements(struct record_store *store, struct slice patient_id,
                                          struct arena *arena, struct involvement **ret_at,
                                          size_t *ret_count, struct fault *fault);

/*
 * The id of the patient in whose compartment the current version of a resource lies (its home), and
 * nothing else of it: governance asks who it is about before anybody may read it. Empty when it
 * does not exist, is deleted, or belongs to no patient. In `arena`.
 */
MUST_CHECK bool record_store_patient_of(struct record_store *store, fhir_type type, struct slice id,
                                        struct arena *arena, struct slice *ret_patient_id,
                                        struct fault *fault);

struct record_store_figures {
    uint64_t resources; /* current, not deleted */
    uint64_t patients;
    change_no last_change;
    uint64_t bytes_on_disk;
    bool failed; /* a sync failed: refuses writes */
};

MUST_CHECK bool record_store_figures(struct record_store *store,
                                     struct record_store_figures *ret_figures, struct fault *fault);
struct slice record_store_ods(const struct record_store *store);
/* blocks until all that was submitted is done */
void record_store_flush(struct record_store *store);
void record_store_close(struct record_store *store);

#endif
