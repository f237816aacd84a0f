/*
 * commit_queue.c: group commit without a thread for each queue.
 *
 * A synced commit costs the same for one change as for a thousand, so whoever arrives while one
 * commit runs waits in the queue and shares the next. The batch needs no timer: its size follows
 * from the load, and a lone submitter never waits for company. Holding a commit up until more had
 * come was tried with 64 readers and gave no more reads a second.
 *
 * What nobody waits for (commit_queue_submit_later()) does not start a commit: its queue rests
 * until something comes that is waited for, or its own time is over. Otherwise the `shown` of one
 * reader would set off a sync that the `granted` of the next then has to wait out.
 *
 * One mutex guards the committer and all its queues. What is done under it is a few pointer
 * writes; the commits themselves run outside. A queue is in one of four states: idle (empty),
 * resting (in the committer's list of those, with the time at which it is due), ready (in the list
 * of those) or busy (a thread is serving it). Only becoming ready wakes a thread, so a submitter
 * pays for a wake-up once a batch. A busy queue with new work goes to the back of the ready list:
 * queues take turns.
 *
 * While queues rest, one idle thread keeps time: it waits on a condition of its own until the
 * first of them is due. It is also called first for a queue that has become ready, since it is the
 * one that waits for it. Whoever goes to work leaves nothing behind that nobody looks after: if
 * more is ready, or queues rest and nobody keeps time, another thread is called.
 *
 * Since a queue is served by one thread at a time and in order, a count of finished items is all
 * that flush needs.
 */
#include "base/commit_queue.h"

#include <pthread.h>

#include "base/limits.h"
#include "base/os.h"

#define COMMITTER_MAGIC    0x0c0331e7u
#define COMMIT_QUEUE_MAGIC 0x0c03317eu

#define NEVER INT64_MAX

enum queue_state { IDLE, RESTING, READY, BUSY };

struct commit_queue {
    unsigned magic;
    enum queue_state state;
    struct committer *committer;
    size_t weight_limit;
    void (*commit)(void *context, struct commit_item *first);
    void *context;
    struct commit_item *first;
    struct commit_item *last;
    size_t weight;             /* of all that is queued */
    size_t wanted;             /* items of it that somebody waits for */
    unsigned hurries;          /* calls of flush and free that wait */
    int64_t due;               /* while resting */
    struct commit_queue *next; /* in the list of ready or of resting queues */
    uint64_t submitted;
    uint64_t finished;
};

struct committer {
    unsigned magic;
    unsigned thread_count;
    unsigned queue_count;
    bool stopping;
    bool keeps_time;  /* a thread waits on `time`, until `time_due` */
    int64_t time_due; /* microseconds of os_monotonic() */
    pthread_mutex_t lock;
    pthread_cond_t work;     /* there is something to do, or stopping */
    pthread_cond_t time;     /* the same for the thread that keeps time */
    pthread_cond_t progress; /* a batch was finished */
    struct commit_queue *ready_first;
    struct commit_queue *ready_last;
    struct commit_queue *resting;
    pthread_t threads[];
};

/* ---- states ---- */

static void call_a_thread(struct committer *committer)
{
    pthread_cond_signal(committer->keeps_time ? &committer->time : &committer->work);
}

static void add_ready(struct committer *committer, struct commit_queue *queue)
{
    queue->state = READY;
    queue->next = NULL;
    if (committer->ready_last == NULL) {
        committer->ready_first = queue;
    } else {
        committer->ready_last->next = queue;
    }
    committer->ready_last = queue;
}

static struct commit_queue *take_ready(struct committer *committer)
{
    struct commit_queue *queue = committer->ready_first;
    committer->ready_first = queue->next;
    if (committer->ready_first == NULL) {
        committer->ready_last = NULL;
    }
    queue->state = BUSY;
    return queue;
}

static void add_resting(struct committer *committer, struct commit_queue *queue, int64_t due)
{
    queue->state = RESTING;
    queue->due = due;
    queue->next = committer->resting;
    committer->resting = queue;
}

static void take_resting(struct committer *committer, struct commit_queue *queue)
{
    struct commit_queue **link = &committer->resting;
    while (*link != queue) {
        link = &(*link)->next;
    }
    *link = queue->next;
}

/* all that are due by then are ready; returns when the next is due */
static int64_t end_rests(struct committer *committer, int64_t now)
{
    int64_t next = NEVER;
    struct commit_queue **link = &committer->resting;
    while (*link != NULL) {
        struct commit_queue *queue = *link;
        if (queue->due <= now) {
            *link = queue->next;
            add_ready(committer, queue);
        } else {
            next = queue->due < next ? queue->due : next;
            link = &queue->next;
        }
    }
    return next;
}

/* when a queue with work that is not being served is to be served; 0: at once */
static int64_t due_of(const struct commit_queue *queue)
{
    bool rests = queue->wanted == 0 && queue->hurries == 0 && queue->weight < queue->weight_limit;
    return rests ? os_monotonic().us + LIMIT_COMMIT_LATER_US : 0;
}

/* an idle queue has got work, or a resting one more of it */
static void consider(struct committer *committer, struct commit_queue *queue)
{
    bool rests = queue->state == RESTING;
    int64_t due = due_of(queue);
    if (rests && due != 0) {
        return; /* it stays due when it was */
    }
    if (rests) {
        take_resting(committer, queue);
    }
    if (due == 0) {
        add_ready(committer, queue);
        call_a_thread(committer);
        return;
    }
    add_resting(committer, queue, due);
    if (!committer->keeps_time || due < committer->time_due) {
        call_a_thread(committer);
    }
}

/* ---- serving ---- */

/* cuts the batch off the front: at least one item, then as many as the limit allows */
static struct commit_item *take_batch(struct commit_queue *queue, uint64_t *ret_count)
{
    struct commit_item *first = queue->first;
    struct commit_item *last = first;
    size_t weight = first->weight;
    size_t wanted = !first->later;
    size_t more;
    uint64_t count = 1;
    while (last->next != NULL && size_add(weight, last->next->weight, &more) &&
           more <= queue->weight_limit) {
        weight = more;
        last = last->next;
        wanted += !last->later;
        count++;
    }
    queue->first = last->next;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    last->next = NULL;
    queue->weight -= weight;
    queue->wanted -= wanted;
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
    int64_t due = queue->first == NULL ? NEVER : due_of(queue);
    if (due == NEVER) {
        queue->state = IDLE;
    } else if (due == 0) {
        add_ready(committer, queue);
    } else {
        add_resting(committer, queue, due);
    }
    pthread_cond_broadcast(&committer->progress);
}

/* waits until `due`, or to be called */
static void keep_time(struct committer *committer, int64_t due)
{
    int64_t left = due - os_monotonic().us;
    struct timespec until;
    if (left <= 0) {
        return;
    }
    /* the condition is held against the system's clock, which need not be the seam's */
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + left % 1000000 * 1000;
    until.tv_sec += (time_t)(left / 1000000 + ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    committer->keeps_time = true;
    committer->time_due = due;
    pthread_cond_clockwait(&committer->time, &committer->lock, CLOCK_MONOTONIC, &until);
    committer->keeps_time = false;
}

static void *committer_thread(void *argument)
{
    struct committer *committer = argument;
    CHECK_OBJ(committer, COMMITTER_MAGIC);
    pthread_mutex_lock(&committer->lock);
    for (;;) {
        int64_t due = NEVER;
        if (committer->resting != NULL) {
            due = end_rests(committer, os_monotonic().us);
        }
        if (committer->ready_first != NULL) {
            struct commit_queue *queue = take_ready(committer);
            if (committer->ready_first != NULL || (due != NEVER && !committer->keeps_time)) {
                pthread_cond_signal(&committer->work);
            }
            serve(committer, queue);
        } else if (committer->stopping) {
            break;
        } else if (due != NEVER && !committer->keeps_time) {
            keep_time(committer, due);
        } else {
            pthread_cond_wait(&committer->work, &committer->lock);
        }
    }
    pthread_mutex_unlock(&committer->lock);
    return NULL;
}

/* ---- making and freeing ---- */

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
    pthread_cond_init(&committer->time, NULL);
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
    pthread_cond_broadcast(&committer->time);
    pthread_mutex_unlock(&committer->lock);
    for (unsigned i = 0; i < committer->thread_count; i++) {
        pthread_join(committer->threads[i], NULL);
    }
    pthread_cond_destroy(&committer->progress);
    pthread_cond_destroy(&committer->time);
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

/* under the lock: what waits in the queue rests no longer, nor what comes while the caller waits */
static void hurry(struct commit_queue *queue)
{
    queue->hurries++;
    if (queue->state == RESTING) {
        consider(queue->committer, queue);
    }
}

void commit_queue_free(struct commit_queue *queue)
{
    if (queue == NULL) {
        return;
    }
    CHECK_OBJ(queue, COMMIT_QUEUE_MAGIC);
    struct committer *committer = queue->committer;
    pthread_mutex_lock(&committer->lock);
    hurry(queue);
    while (queue->state != IDLE) {
        pthread_cond_wait(&committer->progress, &committer->lock);
    }
    assert(queue->first == NULL);
    committer->queue_count--;
    pthread_mutex_unlock(&committer->lock);
    queue->magic = 0;
    os_free(queue);
}

/* ---- submitting: any thread ---- */

static void submit(struct commit_queue *queue, struct commit_item *item, bool later)
{
    CHECK_OBJ(queue, COMMIT_QUEUE_MAGIC);
    struct committer *committer = queue->committer;
    item->next = NULL;
    item->later = later;
    pthread_mutex_lock(&committer->lock);
    if (queue->last == NULL) {
        queue->first = item;
    } else {
        queue->last->next = item;
    }
    queue->last = item;
    queue->submitted++;
    queue->wanted += !later;
    queue->weight += item->weight;
    if (queue->state == IDLE || queue->state == RESTING) {
        consider(committer, queue);
    }
    pthread_mutex_unlock(&committer->lock);
}

void commit_queue_submit(struct commit_queue *queue, struct commit_item *item)
{
    submit(queue, item, false);
}

void commit_queue_submit_later(struct commit_queue *queue, struct commit_item *item)
{
    submit(queue, item, true);
}

void commit_queue_flush(struct commit_queue *queue)
{
    CHECK_OBJ(queue, COMMIT_QUEUE_MAGIC);
    struct committer *committer = queue->committer;
    pthread_mutex_lock(&committer->lock);
    uint64_t target = queue->submitted;
    hurry(queue);
    while (queue->finished < target) {
        pthread_cond_wait(&committer->progress, &committer->lock);
    }
    queue->hurries--;
    pthread_mutex_unlock(&committer->lock);
}

/* -- waiting for one item -------------------------------------------------------------------- */

void commit_wait_init(struct commit_wait *wait)
{
    pthread_mutex_init(&wait->lock, NULL);
    pthread_cond_init(&wait->woken, NULL);
    wait->is_woken = false;
}

/* the signal inside the lock: the waiting thread may end `wait` as soon as it is let go */
void commit_wait_wake(struct commit_wait *wait)
{
    pthread_mutex_lock(&wait->lock);
    wait->is_woken = true;
    pthread_cond_signal(&wait->woken);
    pthread_mutex_unlock(&wait->lock);
}

void commit_wait_block(struct commit_wait *wait)
{
    pthread_mutex_lock(&wait->lock);
    while (!wait->is_woken) {
        pthread_cond_wait(&wait->woken, &wait->lock);
    }
    pthread_mutex_unlock(&wait->lock);
}

void commit_wait_release(struct commit_wait *wait)
{
    pthread_cond_destroy(&wait->woken);
    pthread_mutex_destroy(&wait->lock);
}
