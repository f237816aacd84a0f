/* Order, one server a queue, batches, rest, flush and free, under many submitting threads. */
#include "support/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/commit_queue.h"
#include "base/limits.h"
#include "fault/failing_os.h"

#define SUBMITTERS 16
#define EACH       2000

struct work {
    struct commit_item item;
    unsigned submitter;
    unsigned number;
    bool durable;
    struct ledger *ledger;
};

struct ledger {
    struct commit_queue *queue;
    atomic_int serving;
    atomic_uint done;
    unsigned commits;
    unsigned largest;
    size_t largest_weight;
    unsigned pause_us;
    unsigned last[SUBMITTERS]; /* highest number seen, +1 */
    bool disorder;
    bool overlap;
    bool told_early;
};

static void commit(void *context, struct commit_item *first)
{
    struct ledger *ledger = context;
    unsigned count = 0;
    size_t weight = 0;
    if (atomic_fetch_add(&ledger->serving, 1) != 0) {
        ledger->overlap = true;
    }
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        struct work *work = (struct work *)item;
        if (work->number != ledger->last[work->submitter]) {
            ledger->disorder = true;
        }
        ledger->last[work->submitter] = work->number + 1;
        work->durable = true;
        count++;
        weight += item->weight;
    }
    if (ledger->pause_us > 0) {
        usleep(ledger->pause_us);
    }
    ledger->commits++;
    ledger->largest = count > ledger->largest ? count : ledger->largest;
    ledger->largest_weight = weight > ledger->largest_weight ? weight : ledger->largest_weight;
    atomic_fetch_sub(&ledger->serving, 1);
}

static void done(struct commit_item *item)
{
    struct work *work = (struct work *)item;
    struct ledger *ledger = work->ledger;
    if (!work->durable) {
        ledger->told_early = true;
    }
    free(work);
    atomic_fetch_add(&ledger->done, 1);
}

static void submit_as(struct ledger *ledger, unsigned submitter, unsigned number, size_t weight,
                      void (*how)(struct commit_queue *, struct commit_item *))
{
    struct work *work = calloc(1, sizeof *work);
    assert_non_null(work);
    work->item.weight = weight;
    work->item.done = done;
    work->submitter = submitter;
    work->number = number;
    work->ledger = ledger;
    how(ledger->queue, &work->item);
}

static void submit(struct ledger *ledger, unsigned submitter, unsigned number, size_t weight)
{
    submit_as(ledger, submitter, number, weight, commit_queue_submit);
}

static void submit_later(struct ledger *ledger, unsigned submitter, unsigned number)
{
    submit_as(ledger, submitter, number, 1, commit_queue_submit_later);
}

static void wait_for(const struct ledger *ledger, unsigned count)
{
    while (atomic_load(&ledger->done) < count) {
        usleep(100);
    }
}

struct submitter {
    pthread_t thread;
    struct ledger *ledgers;
    size_t ledger_count;
    unsigned number;
};

static void *submitter_thread(void *argument)
{
    struct submitter *self = argument;
    for (unsigned i = 0; i < EACH; i++) {
        for (size_t q = 0; q < self->ledger_count; q++) {
            submit(&self->ledgers[q], self->number, i, 1);
        }
    }
    return NULL;
}

static void run_threads(struct ledger *ledgers, size_t count, void *(*run)(void *))
{
    struct submitter submitters[SUBMITTERS];
    for (unsigned i = 0; i < SUBMITTERS; i++) {
        submitters[i] =
            (struct submitter){ .ledgers = ledgers, .ledger_count = count, .number = i };
        assert_int_equal(pthread_create(&submitters[i].thread, NULL, run, &submitters[i]), 0);
    }
    for (unsigned i = 0; i < SUBMITTERS; i++) {
        pthread_join(submitters[i].thread, NULL);
    }
}

static void test_many_submitters_many_queues(void **state)
{
    (void)state;
    struct ledger ledgers[3] = { 0 };
    struct committer *committer = committer_new(4);
    assert_non_null(committer);
    for (size_t q = 0; q < 3; q++) {
        ledgers[q].queue = commit_queue_new(committer, 100, commit, &ledgers[q]);
        assert_non_null(ledgers[q].queue);
        ledgers[q].pause_us = 50;
    }
    run_threads(ledgers, 3, submitter_thread);
    for (size_t q = 0; q < 3; q++) {
        commit_queue_flush(ledgers[q].queue);
        assert_int_equal(atomic_load(&ledgers[q].done), SUBMITTERS * EACH);
        commit_queue_free(ledgers[q].queue);
        assert_false(ledgers[q].disorder);
        assert_false(ledgers[q].overlap);
        assert_false(ledgers[q].told_early);
        assert_true(ledgers[q].largest > 1);
        assert_true(ledgers[q].largest <= 100);
        assert_true(ledgers[q].commits >= SUBMITTERS * EACH / 100);
        assert_true(ledgers[q].commits < SUBMITTERS * EACH / 2); /* batches formed */
    }
    committer_free(committer);
}

static void test_weight_limit(void **state)
{
    (void)state;
    struct ledger ledger = { .pause_us = 2000 };
    struct committer *committer = committer_new(1);
    ledger.queue = commit_queue_new(committer, 10, commit, &ledger);
    for (unsigned i = 0; i < 40; i++) {
        submit(&ledger, 0, i, 4);
    }
    commit_queue_flush(ledger.queue);
    assert_int_equal(ledger.largest, 2);
    submit(&ledger, 0, 40, 1000); /* more than the limit goes alone */
    submit(&ledger, 0, 41, SIZE_MAX);
    submit(&ledger, 0, 42, SIZE_MAX);
    commit_queue_flush(ledger.queue);
    assert_int_equal(atomic_load(&ledger.done), 43);
    assert_true(ledger.largest <= 2);
    assert_false(ledger.disorder);
    commit_queue_free(ledger.queue);
    committer_free(committer);
}

static void test_free_waits_for_all(void **state)
{
    (void)state;
    struct ledger ledger = { .pause_us = 1000 };
    struct committer *committer = committer_new(2);
    ledger.queue = commit_queue_new(committer, 3, commit, &ledger);
    for (unsigned i = 0; i < 30; i++) {
        submit(&ledger, 0, i, 1);
    }
    commit_queue_free(ledger.queue);
    assert_int_equal(atomic_load(&ledger.done), 30);
    committer_free(committer);
}

static void test_flush_of_nothing(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    struct committer *committer = committer_new(1);
    ledger.queue = commit_queue_new(committer, 3, commit, &ledger);
    commit_queue_flush(ledger.queue);
    assert_int_equal(ledger.commits, 0);
    commit_queue_free(ledger.queue);
    committer_free(committer);
    commit_queue_free(NULL);
    committer_free(NULL);
}

/* `done` may submit the next piece of work to its own queue */
struct chain {
    struct commit_item item;
    struct commit_queue *queue;
    atomic_uint rounds;
};

static void chain_commit(void *context, struct commit_item *first)
{
    (void)context;
    (void)first;
}

static void chain_done(struct commit_item *item)
{
    struct chain *chain = (struct chain *)item;
    if (atomic_fetch_add(&chain->rounds, 1) + 1 < 100) {
        commit_queue_submit(chain->queue, item);
    }
}

static void test_done_may_submit_again(void **state)
{
    (void)state;
    struct chain chain = { .item = { .weight = 1, .done = chain_done } };
    struct committer *committer = committer_new(2);
    chain.queue = commit_queue_new(committer, 8, chain_commit, NULL);
    commit_queue_submit(chain.queue, &chain.item);
    commit_queue_free(chain.queue);
    assert_int_equal(atomic_load(&chain.rounds), 100);
    committer_free(committer);
}

/* -- waiting for one item --------------------------------------------------------------------- */

struct waited {
    struct commit_item item;
    struct commit_wait wait;
    bool is_durable;
};

static void waited_commit(void *context, struct commit_item *first)
{
    (void)context;
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        ((struct waited *)item)->is_durable = true;
    }
}

static void waited_done(struct commit_item *item)
{
    commit_wait_wake(&((struct waited *)item)->wait);
}

/* item and wait lie on the stack of who waits, and are gone when it goes on */
static void *waiting_thread(void *argument)
{
    struct submitter *self = argument;
    for (unsigned i = 0; i < EACH / 10; i++) {
        struct waited waited = { .item = { .weight = 1, .done = waited_done } };
        commit_wait_init(&waited.wait);
        commit_queue_submit(self->ledgers->queue, &waited.item);
        commit_wait_block(&waited.wait);
        commit_wait_release(&waited.wait);
        atomic_fetch_add(&self->ledgers->done, waited.is_durable);
    }
    return NULL;
}

static void test_waiting_for_one(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    struct committer *committer = committer_new(2);
    ledger.queue = commit_queue_new(committer, 100, waited_commit, NULL);
    run_threads(&ledger, 1, waiting_thread);
    commit_queue_free(ledger.queue);
    committer_free(committer);
    assert_int_equal(atomic_load(&ledger.done), SUBMITTERS * (EACH / 10));
    struct commit_wait nobody; /* woken before anybody blocks, or never */
    commit_wait_init(&nobody);
    commit_wait_wake(&nobody);
    commit_wait_block(&nobody);
    commit_wait_release(&nobody);
}

/* -- resting --------------------------------------------------------------------------------- */

static void test_later_goes_with_the_next(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    struct committer *committer = committer_new(2);
    ledger.queue = commit_queue_new(committer, 100, commit, &ledger);
    int64_t start = os_monotonic().us;
    submit_later(&ledger, 0, 0);
    submit_later(&ledger, 0, 1);
    submit(&ledger, 0, 2, 1);
    wait_for(&ledger, 3);
    bool at_once = os_monotonic().us - start < LIMIT_COMMIT_LATER_US;
    commit_queue_free(ledger.queue);
    committer_free(committer);
    assert_false(ledger.disorder);
    /* a machine that stood still has let the two go by themselves */
    assert_true(ledger.commits == 1 || !at_once);
}

static void test_later_goes_by_itself(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    struct committer *committer = committer_new(2);
    ledger.queue = commit_queue_new(committer, 100, commit, &ledger);
    for (unsigned round = 0; round < 3; round++) {
        int64_t start = os_monotonic().us;
        submit_later(&ledger, 0, round);
        wait_for(&ledger, round + 1);
        assert_true(os_monotonic().us - start >= LIMIT_COMMIT_LATER_US);
    }
    assert_int_equal(ledger.commits, 3);
    commit_queue_free(ledger.queue);
    committer_free(committer);
}

static void test_later_does_not_outgrow_its_queue(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    struct committer *committer = committer_new(1);
    ledger.queue = commit_queue_new(committer, 10, commit, &ledger);
    for (unsigned i = 0; i < 10; i++) {
        submit_later(&ledger, 0, i);
    }
    wait_for(&ledger, 10); /* the tenth has filled a batch */
    assert_int_equal(ledger.commits, 1);
    commit_queue_free(ledger.queue);
    committer_free(committer);
}

static void test_flush_and_free_do_not_wait_for_later(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    struct committer *committer = committer_new(1);
    ledger.queue = commit_queue_new(committer, 100, commit, &ledger);
    for (unsigned i = 0; i < 200; i++) {
        submit_later(&ledger, 0, i);
        commit_queue_flush(ledger.queue);
        assert_int_equal(atomic_load(&ledger.done), i + 1);
    }
    submit_later(&ledger, 0, 200);
    commit_queue_free(ledger.queue);
    assert_int_equal(atomic_load(&ledger.done), 201);
    committer_free(committer);
}

/* later and waited for, of many threads and queues: nobody is forgotten, without any hurry */
static void *mixed_thread(void *argument)
{
    struct submitter *self = argument;
    for (unsigned i = 0; i < EACH; i++) {
        for (size_t q = 0; q < self->ledger_count; q++) {
            submit_as(&self->ledgers[q], self->number, i, 1,
                      (i + q) % 2 == 0 ? commit_queue_submit_later : commit_queue_submit);
        }
        if (i % 256 == self->number) {
            usleep(2 * LIMIT_COMMIT_LATER_US);
        }
    }
    return NULL;
}

static void test_later_is_never_forgotten(void **state)
{
    (void)state;
    struct ledger ledgers[3] = { 0 };
    struct committer *committer = committer_new(3);
    for (size_t q = 0; q < 3; q++) {
        ledgers[q].queue = commit_queue_new(committer, 100, commit, &ledgers[q]);
    }
    run_threads(ledgers, 3, mixed_thread);
    for (size_t q = 0; q < 3; q++) {
        wait_for(&ledgers[q], SUBMITTERS * EACH);
        commit_queue_free(ledgers[q].queue);
        assert_false(ledgers[q].disorder);
        assert_false(ledgers[q].overlap);
        assert_false(ledgers[q].told_early);
    }
    committer_free(committer);
}

static void test_without_memory(void **state)
{
    (void)state;
    struct committer *committer = committer_new(1);
    failing_os_install();
    failing_os_fail(FAIL_MALLOC, 1, true, 0);
    assert_null(committer_new(1));
    assert_null(commit_queue_new(committer, 1, commit, NULL));
    failing_os_remove();
    committer_free(committer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_submitters_many_queues),
        cmocka_unit_test(test_weight_limit),
        cmocka_unit_test(test_free_waits_for_all),
        cmocka_unit_test(test_flush_of_nothing),
        cmocka_unit_test(test_done_may_submit_again),
        cmocka_unit_test(test_waiting_for_one),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_later_goes_with_the_next),
        cmocka_unit_test(test_later_goes_by_itself),
        cmocka_unit_test(test_later_does_not_outgrow_its_queue),
        cmocka_unit_test(test_flush_and_free_do_not_wait_for_later),
        cmocka_unit_test(test_later_is_never_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
