/*
 * store_pool.h: opens record stores by ODS code and keeps few of them open.
 *
 * At most LIMIT_STORES_OPEN stores and LIMIT_STORE_DESCRIPTORS descriptors, one page-cache budget
 * (LIMIT_STORE_CACHE) shared out over all connections; the one that was idle longest is closed when
 * another is needed. Which implementation it opens is given by `open`, so that nothing above names
 * a concrete store. ARCHITECTURE §5.
 */
#ifndef EVENLODE_STORE_STORE_POOL_H
#define EVENLODE_STORE_STORE_POOL_H

#include "store/record_store.h"

struct store_pool;

struct store_opener {
    /* opens, and creates when `create`; NULL and a fault otherwise */
    struct record_store *(*open)(void *context, struct slice ods, bool create,
                                 struct committer *committer, struct arena *arena,
                                 struct fault *fault);
    void *context;
};

MUST_CHECK struct store_pool *store_pool_new(const struct store_opener *opener,
                                             struct committer *committer, unsigned most_open);
/*
 * The store, opened if need be; held until store_pool_put(). Blocks while all open stores are held.
 * NULL and FAULT_NOT_FOUND when it does not exist and `create` is false.
 */
struct record_store *store_pool_get(struct store_pool *pool, struct slice ods, bool create,
                                    struct arena *arena, struct fault *fault);
void store_pool_put(struct store_pool *pool, struct record_store *store);
/* closes all; none may be held */
void store_pool_free(struct store_pool *pool);

#endif
