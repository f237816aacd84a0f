/*
 * commit_queue.c: group commit without a thread for each queue.
 *
 * A synced commit costs the same for one change as for a thousand, so whoever arrives while one
 * commit runs waits in the queue and shares the next. The batch needs no timer: its size follows
 * from the load, and a lone submitter never waits for company.
 *
 * One mutex guards the committer and all its queues. What is done under it is a few pointer
 * writes; the commits themselves run outside. A queue is in one of three states: idle (empty),
 * ready (in the committer's list, once) or busy (a thread is serving it). Only the change from
 * idle to ready wakes a thread, so a submitter pays for a wake-up once a batch. A busy queue with
 * new work goes to the back of the ready list: queues take turns.
 *
 * Since a queue is served by one thread at a time and in order, a count of finished items is all
 * that flush needs.
 */
#include "base/commit_queue.h"

#include <pthread.h>

#include "base/os.h"

#define COMMITTER_MAGIC    0x0c0331e7u
#define COMMIT_QUEUE_MAGIC 0x0c03317eu

enum queue_state { IDLE, READY, BUSY };

struct commit_queue {
    unsigned magic;
    enum queue_state state;
    struct committer *committer;
    size_t weight_limit;
    void (*commit)(void *context, struct commit_item *first);
    void *context;
    struct commit_item *first;
    struct commit_item *last;
    struct commit_queue *next_ready;
    uint64_t submitted;
    uint64_t finished;
};

struct committer {
    unsigned magic;
    unsigned thread_count;
    unsigned queue_count;
    bool stopping;
    pthread_mutex_t lock;
    pthread_cond_t work;     /* a queue became ready, or stopping */
    pthread_cond_t progress; /* a batch was finished */
    struct commit_queue *ready_first;
    struct commit_queue *ready_last;
    pthread_t threads[];
};

static void make_ready(struct committer *committer, struct commit_queue *queue)
{
    queue->state = READY;
    queue->next_ready = NULL;
    if (committer->ready_last == NULL) {
        committer->ready_first = queue;
    } else {
        committer->ready_last->next_ready = queue;
    }
    committer->ready_last = queue;
    pthread_cond_signal(&committer->work);
}

static struct commit_queue *take_ready(struct committer *committer)
{
    struct commit_queue *queue = committer->ready_first;
    committer->ready_first = queue->next_ready;
    if (committer->ready_first == NULL) {
        committer->ready_last = NULL;
    }
    queue->state = BUSY;
    return queue;
}

/* cuts the batch off the front: at least one item, then as many as the limit allows */
static struct commit_item *take_batch(struct commit_queue *queue, uint64_t *ret_count)
{
    struct commit_item *first = queue->first;
    struct commit_item *last = first;
    size_t weight = first->weight;
    uint64_t count = 1;
    while (last->next != NULL && size_add(weight, last->next->weight, &weight) &&
           weight <= queue->weight_limit) {
        last = last->next;
        count++;
    }
    queue->first = last->next;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    last->next = NULL;
    *ret_count = count;
    return first;
}

static void finish_batch(struct commit_item *item)
{
    while (item != NULL) {
        struct commit_item *next = item->next; /* `done` may free or submit the item again */
        item->done(item);
        item = next;
    }
}

static void serve(struct committer *committer, struct commit_queue *queue)
{
    uint64_t count;
    struct commit_item *batch = take_batch(queue, &count);
    pthread_mutex_unlock(&committer->lock);
    queue->commit(queue->context, batch);
    finish_batch(batch);
    pthread_mutex_lock(&committer->lock);
    queue->finished += count;
    if (queue->first != NULL) {
        make_ready(committer, queue);
    } else {
        queue->state = IDLE;
    }
    pthread_cond_broadcast(&committer->progress);
}

static void *committer_thread(void *argument)
{
    struct committer *committer = argument;
    CHECK_OBJ(committer, COMMITTER_MAGIC);
    pthread_mutex_lock(&committer->lock);
    for (;;) {
        if (committer->ready_first != NULL) {
            serve(committer, take_ready(committer));
        } else if (committer->stopping) {
            break;
        } else {
            pthread_cond_wait(&committer->work, &committer->lock);
        }
    }
    pthread_mutex_unlock(&committer->lock);
    return NULL;
}

struct committer *committer_new(unsigned threads)
{
    assert(threads >= 1);
    struct committer *committer = os_malloc(sizeof *committer + threads * sizeof(pthread_t));
    if (committer == NULL) {
        return NULL;
    }
    *committer = (struct committer){ .magic = COMMITTER_MAGIC };
    pthread_mutex_init(&committer->lock, NULL);
    pthread_cond_init(&committer->work, NULL);
    pthread_cond_init(&committer->progress, NULL);
    while (committer->thread_count < threads) {
        pthread_t *thread = &committer->threads[committer->thread_count];
        if (pthread_create(thread, NULL, committer_thread, committer) != 0) {
            committer_free(committer);
            return NULL;
        }
        committer->thread_count++;
    }
    return committer;
}

void committer_free(struct committer *committer)
{
    if (committer == NULL) {
        return;
    }
    CHECK_OBJ(committer, COMMITTER_MAGIC);
    pthread_mutex_lock(&committer->lock);
    assert(committer->queue_count == 0);
    committer->stopping = true;
    pthread_cond_broadcast(&committer->work);
    pthread_mutex_unlock(&committer->lock);
    for (unsigned i = 0; i < committer->thread_count; i++) {
        pthread_join(committer->threads[i], NULL);
    }
    pthread_cond_destroy(&committer->progress);
    pthread_cond_destroy(&committer->work);
    pthread_mutex_destroy(&committer->lock);
    committer->magic = 0;
    os_free(committer);
}

struct commit_queue *commit_queue_new(struct committer *committer, size_t weight_limit,
                                      void (*commit)(void *context, struct commit_item *first),
                                      void *context)
{
    CHECK_OBJ(committer, COMMITTER_MAGIC);
    struct commit_queue *queue = os_malloc(sizeof *queue);
    if (queue == NULL) {
        return NULL;
    }
    *queue = (struct commit_queue){
        .magic = COMMIT_QUEUE_MAGIC,
        .committer = committer,
        .weight_limit = weight_limit,
        .commit = commit,
        .context = context,
    };
    pthread_mutex_lock(&committer->lock);
    committer->queue_count++;
    pthread_mutex_unlock(&committer->lock);
    return queue;
}

void commit_queue_free(struct commit_queue *queue)
{
    if (queue == NULL) {
        return;
    }
    CHECK_OBJ(queue, COMMIT_QUEUE_MAGIC);
    struct committer *committer = queue->committer;
    pthread_mutex_lock(&committer->lock);
    while (queue->state != IDLE) {
        pthread_cond_wait(&committer->progress, &committer->lock);
    }
    assert(queue->first == NULL);
    committer->queue_count--;
    pthread_mutex_unlock(&committer->lock);
    queue->magic = 0;
    os_free(queue);
}

void commit_queue_submit(struct commit_queue *queue, struct commit_item *item)
{
    CHECK_OBJ(queue, COMMIT_QUEUE_MAGIC);
    struct committer *committer = queue->committer;
    item->next = NULL;
    pthread_mutex_lock(&committer->lock);
    if (queue->last == NULL) {
        queue->first = item;
    } else {
        queue->last->next = item;
    }
    queue->last = item;
    queue->submitted++;
    if (queue->state == IDLE) {
        make_ready(committer, queue);
    }
    pthread_mutex_unlock(&committer->lock);
}

void commit_queue_flush(struct commit_queue *queue)
{
    CHECK_OBJ(queue, COMMIT_QUEUE_MAGIC);
    struct committer *committer = queue->committer;
    pthread_mutex_lock(&committer->lock);
    uint64_t target = queue->submitted;
    while (queue->finished < target) {
        pthread_cond_wait(&committer->progress, &committer->lock);
    }
    pthread_mutex_unlock(&committer->lock);
}
