/*
 * exchange_store_private.h: what an implementation of the exchange store fills in.
 *
 * For exchange_store.c and the implementations in memory/, sqlite/ and postgres/ only.
 */
#ifndef EVENLODE_STORE_EXCHANGE_STORE_PRIVATE_H
#define EVENLODE_STORE_EXCHANGE_STORE_PRIVATE_H

#include "store/exchange_store.h"

#define EXCHANGE_STORE_MAGIC 0xe8c4a06eu

struct exchange_store_ops {
    bool (*get)(struct exchange_store *store, enum exchange_table table, struct slice key,
                struct arena *arena, struct slice *ret_value, bool *ret_found, struct fault *fault);
    bool (*scan)(struct exchange_store *store, enum exchange_table table, struct slice prefix,
                 struct slice after, uint32_t limit, struct arena *arena,
                 bool (*row)(void *context, const struct exchange_row *row), void *context,
                 struct fault *fault);
    void (*close)(struct exchange_store *store);
};

/* the head of every implementation's object */
struct exchange_store {
    uint32_t magic;
    const struct exchange_store_ops *ops;
    struct commit_queue *queue; /* of struct exchange_write */
};

/*
 * The least key behind all that start with `prefix`, into `arena`; false when there is none (the
 * prefix is empty or all 0xff) or memory ended (*ret_failed).
 */
bool exchange_prefix_end(struct slice prefix, struct arena *arena, struct slice *ret_end,
                         bool *ret_failed);

#endif
