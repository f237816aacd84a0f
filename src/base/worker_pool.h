/*
 * worker_pool.h: a few threads for work that must not sit on a connection's thread.
 *
 * Used by the gatherer: a hosted source reads its store here while others do the same. Tasks are
 * small intrusive objects, run in order of submission, each once.
 */
#ifndef EVENLODE_BASE_WORKER_POOL_H
#define EVENLODE_BASE_WORKER_POOL_H

#include "base/prelude.h"

struct worker_task {
    struct worker_task *next; /* the pool's, until run */
    void (*run)(struct worker_task *task);
};

struct worker_pool;

MUST_CHECK struct worker_pool *worker_pool_new(unsigned threads);
/* runs what is queued, then joins */
void worker_pool_free(struct worker_pool *pool);
unsigned worker_pool_threads(const struct worker_pool *pool);
/* any thread, also one of the pool's own while it is being freed; never blocks */
void worker_pool_submit(struct worker_pool *pool, struct worker_task *task);

#endif
