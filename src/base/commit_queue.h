/*
 * commit_queue.h: many submit, one commits, all wake after the sync.
 *
 * Group commit (ARCHITECTURE §5): a queue owns no thread; it is served by one of the threads of a
 * `committer`, which takes a queue that has work, drains up to its limits of what has gathered and
 * calls `commit` once with the batch. One queue is never served by two threads at a time, so
 * `commit` is the single writer of its store. The record stores, the exchange store and the audit
 * log each have a queue; a small committer serves all of them.
 *
 * An item belongs to the queue from submit until its `done` is called, on the committing thread,
 * after `commit` returned. `done` must be short and must not block: it wakes a request.
 */
#ifndef EVENLODE_BASE_COMMIT_QUEUE_H
#define EVENLODE_BASE_COMMIT_QUEUE_H

#include <pthread.h>

#include "base/prelude.h"

struct commit_item {
    struct commit_item *next; /* the queue's */
    size_t weight;            /* bytes or changes, against the queue's limit */
    bool later;               /* the queue's: nobody waits for it */
    void (*done)(struct commit_item *item);
};

struct committer; /* threads */
struct commit_queue;

/* `threads` at least 1. NULL without memory or threads. */
MUST_CHECK struct committer *committer_new(unsigned threads);
/* All queues must have been freed. Joins the threads. */
void committer_free(struct committer *committer);

/*
 * `commit(context, first)` gets a list linked by `next`, in order of submission, and returns when
 * the outcome of every item is durable and noted in the item (the embedding struct). It never
 * fails: failure is an outcome. `weight_limit`: of one batch (at least one item goes).
 */
MUST_CHECK struct commit_queue *
commit_queue_new(struct committer *committer, size_t weight_limit,
                 void (*commit)(void *context, struct commit_item *first), void *context);
/* Waits until all that was submitted is done, then frees. Nobody may submit meanwhile. */
void commit_queue_free(struct commit_queue *queue);

/* Any thread. Never blocks for a commit. */
void commit_queue_submit(struct commit_queue *queue, struct commit_item *item);
/*
 * The same for what nobody waits for: it goes with the next commit that somebody does wait for,
 * in order, and after LIMIT_COMMIT_LATER_US by itself.
 */
void commit_queue_submit_later(struct commit_queue *queue, struct commit_item *item);
/* Blocks until everything submitted before the call is done. Not from a committing thread. */
void commit_queue_flush(struct commit_queue *queue);

/*
 * A thread that blocks until one item is done: lies on its stack, is there before the item is
 * submitted, and is woken by the item's `done`.
 */
struct commit_wait {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool is_woken;
};

void commit_wait_init(struct commit_wait *wait);
/* once, on the committing thread */
void commit_wait_wake(struct commit_wait *wait);
/* Blocks until it is woken. Not from a committing thread. */
void commit_wait_block(struct commit_wait *wait);
/* when it has been woken, or nobody will wake it */
void commit_wait_release(struct commit_wait *wait);

#endif
