/*
 * record_store_private.h: what the implementations of record_store.h share.
 *
 * For store/ and its memory/, sqlite/ and postgres/ only. Above this line of the code stand the
 * rules that are the same for all: preparing a change (record_prepare.c), limits and positions of
 * cursors (record_store.c), ids, bodies, labels. Below it an implementation keeps rows.
 */
#ifndef EVENLODE_STORE_RECORD_STORE_PRIVATE_H
#define EVENLODE_STORE_RECORD_STORE_PRIVATE_H

#include <stdatomic.h>

#include "fhir/compartment.h"
#include "store/involvement.h"
#include "store/record_id.h"
#include "store/record_store.h"
#include "store/resource_body.h"

#define RECORD_STORE_MAGIC  0x4ec04d57u
#define RECORD_CURSOR_MAGIC 0x4ec0c045u
#define ODS_SIZE            33

/* -- a prepared change ------------------------------------------------------------------------ */

/* what record_change.prepared points to; lives in the write's arena */
struct prepared_change {
    struct resource_body body; /* of a deletion: empty */
    uint32_t labels;
    struct index_values values;    /* point into the change's body as given */
    struct fhir_patients patients; /* ids of the compartments; the first is the home */
    struct involvement_notes involvements;
    struct slice id; /* final */
    patient_key key; /* of a Patient: the key it will have if it is new. Of the rest: as known when
                        prepared, and as the server-made id says */
    uint64_t sequence; /* the row's if it is new */
    bool is_server_id;
    void *encoded; /* the implementation's */
};

static inline struct prepared_change *prepared_of(const struct record_change *change)
{
    return change->prepared;
}

/* -- positions -------------------------------------------------------------------------------- */

/* where a row stands in a query's order; which members count is the query's business */
struct cursor_position {
    uint8_t phase; /* of QUERY_EVERYTHING */
    uint64_t key;  /* patient whose cluster is being read */
    uint64_t sequence;
    uint64_t number; /* type, version or change number */
    int64_t time;    /* sorted by _lastUpdated */
    struct slice id; /* sorted by _id */
};

/* a fingerprint of the query and the store, so that a position fits where it was taken only */
uint64_t position_fingerprint(const struct record_store *store, const struct store_query *query);
/* text for an address line; {NULL, 0} without memory */
struct slice position_format(const struct cursor_position *position, uint64_t fingerprint,
                             uint64_t seed, struct arena *arena);
/* false when it was not made here, or for another query; `id` lives in `arena` */
MUST_CHECK bool position_parse(struct slice text, uint64_t fingerprint, uint64_t seed,
                               struct arena *arena, struct cursor_position *ret_position);

/* -- implementations -------------------------------------------------------------------------- */

struct record_store_ops {
    /* key of a stored Patient; `deleted_too`: also of a deleted one. 0: unknown. */
    patient_key (*find_patient)(struct record_store *store, struct slice id, bool deleted_too);
    /* compresses, encodes: after all changes have ids. May be NULL. */
    bool (*encode)(struct record_store *store, struct store_write *write, struct fault *fault);
    /* `after` is NULL or where to go on. The implementation's cursor embeds record_cursor first. */
    bool (*query)(struct record_store *store, const struct decision *decision,
                  const struct store_query *query, const struct cursor_position *after,
                  struct arena *arena, struct record_cursor **ret_cursor, struct fault *fault);
    /* raw: organisations as the notes have them */
    bool (*involvements)(struct record_store *store, struct slice patient_id, struct arena *arena,
                         struct involvement **ret_at, size_t *ret_count, struct fault *fault);
    /* the body of a current row, without a decision: only to resolve an
       Organization's ODS code and to find whose a row is */
    bool (*peek)(struct record_store *store, fhir_type type, struct slice id, struct arena *arena,
                 struct slice *ret_body, bool *ret_found, struct fault *fault);
    bool (*figures)(struct record_store *store, struct record_store_figures *ret_figures,
                    struct fault *fault);
    void (*close)(struct record_store *store);
};

/* the head of every implementation's object */
struct record_store {
    uint32_t magic;
    const struct record_store_ops *ops;
    struct commit_queue *queue; /* of struct store_write */
    char ods[ODS_SIZE];
    size_t ods_len;
    uint64_t seed; /* of this store's hashes; drawn when it was made */
    atomic_uint_least64_t next_patient;
    atomic_uint_least64_t next_sequence;
};

struct record_cursor_ops {
    /* the next row that the decision allows, and its position */
    enum cursor_step (*next)(struct record_cursor *cursor, struct stored_resource *ret_resource,
                             struct cursor_position *ret_position, struct fault *fault);
    void (*free)(struct record_cursor *cursor); /* all but the memory of the arena */
};

/* the head of every implementation's cursor; lives in the caller's arena */
struct record_cursor {
    uint32_t magic;
    const struct record_cursor_ops *ops;
    struct record_store *store;
    uint64_t fingerprint;
    uint32_t limit;
    uint32_t given;
    uint64_t total;
    bool ended;
    bool count_only;
    struct cursor_position last;
    /* a row that was read to see whether there is one */
    bool has_ahead;
    struct stored_resource ahead;
    struct cursor_position ahead_position;
};

/*
 * Fills in the head, zeroed but for the counters. False and a fault when `ods` is no ODS code or
 * there is no randomness. `seed` 0: draw one.
 */
MUST_CHECK bool record_store_head_init(struct record_store *store,
                                       const struct record_store_ops *ops, struct slice ods,
                                       struct arena *arena, struct fault *fault);

/*
 * The predicate over a row that may lie in several patients' compartments. Scope PERSON: one of
 * them must be the person's. Other scopes: none may be withheld.
 */
bool row_is_allowed(const struct record_store *store, const struct decision *decision,
                    fhir_type type, uint32_t labels, const struct slice *patients, size_t count);

/* the checks of a write that need no store: also numbers ids. See record_store_prepare(). */
MUST_CHECK bool record_prepare(struct record_store *store, const struct decision *decision,
                               struct store_write *write, struct fault *fault);

/* does a resource with these values match every condition of the query? (not its type) */
bool search_row_matches(const struct search_query *query, struct slice id, int64_t last_updated,
                        const struct index_values *values);

/*
 * The order of a search: what it is sorted by, then home and sequence (FHIR R4 search.html#sort;
 * a tie must not make pages repeat or lose a row). Looks at time, id, key, sequence.
 */
int search_order_compare(const struct search_query *query, const struct cursor_position *a,
                         const struct cursor_position *b);

#endif
