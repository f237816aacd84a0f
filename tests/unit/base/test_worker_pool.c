/* Every task once; free runs what is queued; several threads at once; order with one. */
#include "support/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/worker_pool.h"
#include "fault/failing_os.h"

struct job {
    struct worker_task task;
    atomic_int runs;
    unsigned order;
};

static atomic_uint finished;

static void run(struct worker_task *task)
{
    struct job *job = (struct job *)task;
    atomic_fetch_add(&job->runs, 1);
    job->order = atomic_fetch_add(&finished, 1);
}

static void test_each_once(void **state)
{
    (void)state;
    static struct job jobs[5000];
    atomic_store(&finished, 0);
    struct worker_pool *pool = worker_pool_new(4);
    for (size_t i = 0; i < ARRAY_LENGTH(jobs); i++) {
        jobs[i].task.run = run;
        worker_pool_submit(pool, &jobs[i].task);
    }
    worker_pool_free(pool);
    for (size_t i = 0; i < ARRAY_LENGTH(jobs); i++) {
        assert_int_equal(atomic_load(&jobs[i].runs), 1);
    }
}

static void test_order_with_one_thread(void **state)
{
    (void)state;
    static struct job jobs[500];
    atomic_store(&finished, 0);
    struct worker_pool *pool = worker_pool_new(1);
    for (size_t i = 0; i < ARRAY_LENGTH(jobs); i++) {
        jobs[i].task.run = run;
        worker_pool_submit(pool, &jobs[i].task);
    }
    worker_pool_free(pool);
    for (size_t i = 0; i < ARRAY_LENGTH(jobs); i++) {
        assert_int_equal(jobs[i].order, i);
    }
}

static pthread_barrier_t meeting;

static void meet(struct worker_task *task)
{
    (void)task;
    pthread_barrier_wait(&meeting);
}

/* three tasks that wait for each other can only end when all three threads run them */
static void test_tasks_run_side_by_side(void **state)
{
    (void)state;
    struct worker_task tasks[3] = { { .run = meet }, { .run = meet }, { .run = meet } };
    pthread_barrier_init(&meeting, NULL, 3);
    struct worker_pool *pool = worker_pool_new(3);
    for (size_t i = 0; i < 3; i++) {
        worker_pool_submit(pool, &tasks[i]);
    }
    worker_pool_free(pool);
    pthread_barrier_destroy(&meeting);
}

static void run_and_free(struct worker_task *task)
{
    free(task);
    atomic_fetch_add(&finished, 1);
}

static void test_a_task_may_free_itself(void **state)
{
    (void)state;
    atomic_store(&finished, 0);
    struct worker_pool *pool = worker_pool_new(2);
    for (int i = 0; i < 100; i++) {
        struct worker_task *task = calloc(1, sizeof *task);
        task->run = run_and_free;
        worker_pool_submit(pool, task);
    }
    worker_pool_free(pool);
    assert_int_equal(atomic_load(&finished), 100);
}

static void test_without_memory(void **state)
{
    (void)state;
    failing_os_install();
    failing_os_fail(FAIL_MALLOC, 1, false, 0);
    assert_null(worker_pool_new(2));
    failing_os_remove();
    worker_pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_once),
        cmocka_unit_test(test_order_with_one_thread),
        cmocka_unit_test(test_tasks_run_side_by_side),
        cmocka_unit_test(test_a_task_may_free_itself),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
