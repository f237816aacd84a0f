/*
 * worker_pool.c: one list, one mutex, a few threads.
 *
 * Tasks are rare and long beside what the list costs (a task reads a store), so there is nothing
 * to gain from a queue for each thread. The pool never touches a task once its `run` has begun:
 * the task may free itself or submit itself again.
 */
#include "base/worker_pool.h"

#include <pthread.h>

#include "base/os.h"

#define WORKER_POOL_MAGIC 0x3081e9a1u

struct worker_pool {
    unsigned magic;
    unsigned thread_count;
    bool stopping;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct worker_task *first;
    struct worker_task *last;
    pthread_t threads[];
};

static struct worker_task *take(struct worker_pool *pool)
{
    struct worker_task *task = pool->first;
    pool->first = task->next;
    if (pool->first == NULL) {
        pool->last = NULL;
    }
    task->next = NULL;
    return task;
}

static void *worker_thread(void *argument)
{
    struct worker_pool *pool = argument;
    CHECK_OBJ(pool, WORKER_POOL_MAGIC);
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        if (pool->first != NULL) {
            struct worker_task *task = take(pool);
            pthread_mutex_unlock(&pool->lock);
            task->run(task);
            pthread_mutex_lock(&pool->lock);
        } else if (pool->stopping) {
            break;
        } else {
            pthread_cond_wait(&pool->work, &pool->lock);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

struct worker_pool *worker_pool_new(unsigned threads)
{
    assert(threads >= 1);
    struct worker_pool *pool = os_malloc(sizeof *pool + threads * sizeof(pthread_t));
    if (pool == NULL) {
        return NULL;
    }
    *pool = (struct worker_pool){ .magic = WORKER_POOL_MAGIC };
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    while (pool->thread_count < threads) {
        pthread_t *thread = &pool->threads[pool->thread_count];
        if (pthread_create(thread, NULL, worker_thread, pool) != 0) {
            worker_pool_free(pool);
            return NULL;
        }
        pool->thread_count++;
    }
    return pool;
}

void worker_pool_free(struct worker_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    CHECK_OBJ(pool, WORKER_POOL_MAGIC);
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++) {
        pthread_join(pool->threads[i], NULL);
    }
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    pool->magic = 0;
    os_free(pool);
}

unsigned worker_pool_threads(const struct worker_pool *pool)
{
    return pool->thread_count;
}

void worker_pool_submit(struct worker_pool *pool, struct worker_task *task)
{
    CHECK_OBJ(pool, WORKER_POOL_MAGIC);
    task->next = NULL;
    pthread_mutex_lock(&pool->lock);
    if (pool->last == NULL) {
        pool->first = task;
    } else {
        pool->last->next = task;
    }
    pool->last = task;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}
