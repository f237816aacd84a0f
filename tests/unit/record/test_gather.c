/*
 * Asking many sources: all answer, some late, some without memory, some on other threads; freed
 * before, between and after. Run under -Db_sanitize=thread as well.
 */
#include "record/gather.h"

#include <pthread.h>
#include <unistd.h>

#include "base/limits.h"
#include "support/check.h"

/* a source that answers when it is told to, or at once */
struct fake {
    struct source source; /* first */
    bool at_once;
    bool without_memory;
    unsigned delay_us; /* on its own thread */
    struct source_request *request;
    char asked_for[80]; /* the patients, at the time of the answer */
    pthread_t thread;
    bool threaded;
};

static struct source_answer *answer_new(struct fake *fake)
{
    struct source_answer *answer = os_malloc(sizeof *answer);
    assert_non_null(answer);
    *answer = (struct source_answer){ .state = SOURCE_NONE_RECORDED };
    arena_init(&answer->arena, KIB(64));
    size_t len = 0;
    for (size_t i = 0; i < fake->request->patients_count; i++) {
        struct slice id = fake->request->patients[i];
        assert_true(len + id.len + 1 < sizeof fake->asked_for);
        memcpy(fake->asked_for + len, id.ptr, id.len);
        len += id.len;
    }
    fake->asked_for[len] = '\0';
    assert_non_null(arena_alloc(&answer->arena, 100)); /* a leak would be seen */
    return answer;
}

static void answer_now(struct fake *fake)
{
    struct source_answer *answer = fake->without_memory ? NULL : answer_new(fake);
    fake->request->done(fake->request, answer);
}

static void *answer_later(void *argument)
{
    struct fake *fake = argument;
    usleep(fake->delay_us);
    answer_now(fake);
    return NULL;
}

static void fake_ask(struct source *source, struct source_request *request)
{
    struct fake *fake = (struct fake *)source;
    fake->request = request;
    if (fake->at_once) {
        answer_now(fake);
    } else if (fake->threaded) {
        assert_int_equal(pthread_create(&fake->thread, NULL, answer_later, fake), 0);
    }
}

static const struct source_ops fake_ops = { .ask = fake_ask };

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int done;
};

static void on_done(void *context)
{
    struct waiter *waiter = context;
    pthread_mutex_lock(&waiter->lock);
    waiter->done++;
    pthread_cond_signal(&waiter->changed);
    pthread_mutex_unlock(&waiter->lock);
}

static void waiter_init(struct waiter *waiter)
{
    *waiter = (struct waiter){ .done = 0 };
    pthread_mutex_init(&waiter->lock, NULL);
    pthread_cond_init(&waiter->changed, NULL);
}

static int waiter_count(struct waiter *waiter)
{
    pthread_mutex_lock(&waiter->lock);
    int done = waiter->done;
    pthread_mutex_unlock(&waiter->lock);
    return done;
}

static void waiter_wait(struct waiter *waiter)
{
    pthread_mutex_lock(&waiter->lock);
    while (waiter->done == 0) {
        pthread_cond_wait(&waiter->changed, &waiter->lock);
    }
    pthread_mutex_unlock(&waiter->lock);
}

#define COUNT 4
static const struct slice patients[] = { SLICE_INIT("p1"), SLICE_INIT("p2") };

static void make(struct fake fakes[COUNT], struct gather_source sources[COUNT])
{
    static const struct slice names[COUNT] = { SLICE_INIT("RTH"), SLICE_INIT("RNU"),
                                               SLICE_INIT("RYE"), SLICE_INIT("K84000") };
    for (size_t i = 0; i < COUNT; i++) {
        fakes[i] = (struct fake){ .source = { .ops = &fake_ops, .ods = names[i] } };
        sources[i] = (struct gather_source){ .source = &fakes[i].source,
                                             .name = names[i],
                                             .own = i == 0,
                                             .asked = true,
                                             .patients = patients,
                                             .patients_count = 2 };
    }
}

static struct gathering *start(struct gather_source sources[COUNT], struct waiter *waiter)
{
    struct fault fault = FAULT_INIT;
    waiter_init(waiter);
    struct gathering *gathering = gather_start(NULL, sources, COUNT, 1000, on_done, waiter, &fault);
    assert_non_null(gathering);
    return gathering;
}

static void all_at_once(void **state)
{
    (void)state;
    struct fake fakes[COUNT];
    struct gather_source sources[COUNT];
    struct waiter waiter;
    make(fakes, sources);
    for (size_t i = 0; i < COUNT; i++) {
        fakes[i].at_once = true;
    }
    fakes[2].without_memory = true;
    sources[3].asked = false;
    struct gathering *gathering = start(sources, &waiter);
    assert_int_equal(waiter_count(&waiter), 1);
    size_t count;
    const struct record_input *inputs = gather_inputs(gathering, &count);
    assert_int_equal(count, COUNT);
    assert_non_null(inputs[0].answer);
    assert_true(inputs[0].own && inputs[0].asked && !inputs[0].unavailable);
    assert_slice(inputs[0].ods, "RTH");
    assert_null(inputs[2].answer);
    assert_true(inputs[2].unavailable);
    assert_false(inputs[3].asked);
    assert_null(inputs[3].answer);
    assert_string_equal(fakes[0].asked_for, "p1p2");
    gather_free(gathering);
    gather_free(NULL);
}

static void nobody_asked_is_done_at_once(void **state)
{
    (void)state;
    struct fault fault = FAULT_INIT;
    struct waiter waiter;
    waiter_init(&waiter);
    struct gathering *gathering = gather_start(NULL, NULL, 0, 1000, on_done, &waiter, &fault);
    assert_int_equal(waiter_count(&waiter), 1);
    size_t count = 1;
    gather_inputs(gathering, &count);
    assert_int_equal(count, 0);
    gather_free(gathering);
}

static void late_answers_are_dropped(void **state)
{
    (void)state;
    struct fake fakes[COUNT];
    struct gather_source sources[COUNT];
    struct waiter waiter;
    make(fakes, sources);
    fakes[0].at_once = true;
    struct gathering *gathering = start(sources, &waiter);
    answer_now(&fakes[1]);
    assert_int_equal(waiter_count(&waiter), 0);
    gather_expire(gathering);
    gather_expire(gathering);
    answer_now(&fakes[2]);
    size_t count;
    const struct record_input *inputs = gather_inputs(gathering, &count);
    assert_non_null(inputs[0].answer);
    assert_non_null(inputs[1].answer);
    assert_null(inputs[2].answer);
    assert_false(inputs[2].unavailable);
    assert_int_equal(waiter_count(&waiter), 0);
    gather_free(gathering);
    assert_int_equal(waiter_count(&waiter), 0);
    answer_now(&fakes[3]); /* long after: done is told all the same, for the decision's sake */
    assert_int_equal(waiter_count(&waiter), 1);
}

/* the asker's patients are gone when the source reads them */
static void patients_outlive_the_asker(void **state)
{
    (void)state;
    struct fake fakes[COUNT];
    struct gather_source sources[COUNT];
    struct waiter waiter;
    char text[] = "p9";
    struct slice own = slice_of(text, 2);
    make(fakes, sources);
    for (size_t i = 0; i < COUNT; i++) {
        sources[i].asked = i == 0;
        sources[i].patients = &own;
        sources[i].patients_count = 1;
    }
    struct gathering *gathering = start(sources, &waiter);
    memset(text, 'x', 2);
    own = (struct slice){ NULL, 0 };
    gather_free(gathering);
    answer_now(&fakes[0]);
    assert_string_equal(fakes[0].asked_for, "p9");
    assert_int_equal(waiter_count(&waiter), 1);
}

/* every order of four answers, the expiry and the release */
static void every_order(void **state)
{
    (void)state;
    enum { STEPS = COUNT + 2 };
    for (unsigned code = 0; code < 720; code++) {
        unsigned order[STEPS] = { 0, 1, 2, 3, 4, 5 };
        unsigned rest = code;
        for (unsigned i = STEPS; i > 1; i--) {
            unsigned k = rest % i, held = order[k];
            rest /= i;
            order[k] = order[i - 1];
            order[i - 1] = held;
        }
        struct fake fakes[COUNT];
        struct gather_source sources[COUNT];
        struct waiter waiter;
        make(fakes, sources);
        struct gathering *gathering = start(sources, &waiter);
        bool freed = false;
        int answered = 0;
        for (size_t i = 0; i < STEPS; i++) {
            if (order[i] < COUNT) {
                answer_now(&fakes[order[i]]);
                answered++;
            } else if (order[i] == COUNT && !freed) {
                gather_expire(gathering);
            } else if (order[i] == COUNT + 1) {
                gather_free(gathering);
                freed = true;
            }
            assert_int_equal(waiter_count(&waiter), answered == COUNT);
        }
    }
}

static void on_threads(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        struct fake fakes[COUNT];
        struct gather_source sources[COUNT];
        struct waiter waiter;
        make(fakes, sources);
        for (unsigned i = 0; i < COUNT; i++) {
            fakes[i].threaded = true;
            fakes[i].delay_us = (round * 37 + i * 211) % 700;
            fakes[i].without_memory = (round + i) % 7 == 0;
        }
        struct gathering *gathering = start(sources, &waiter);
        if (round % 3 == 0) {
            waiter_wait(&waiter);
        } else {
            usleep((round * 53) % 600);
            gather_expire(gathering);
        }
        size_t count;
        const struct record_input *inputs = gather_inputs(gathering, &count);
        for (size_t i = 0; i < count; i++) {
            assert_true(inputs[i].answer == NULL || !inputs[i].unavailable);
            assert_true(round % 3 != 0 || inputs[i].answer != NULL || inputs[i].unavailable);
        }
        gather_free(gathering);
        for (unsigned i = 0; i < COUNT; i++) {
            assert_int_equal(pthread_join(fakes[i].thread, NULL), 0);
        }
        waiter_wait(&waiter);
        assert_int_equal(waiter_count(&waiter), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_at_once),
        cmocka_unit_test(nobody_asked_is_done_at_once),
        cmocka_unit_test(late_answers_are_dropped),
        cmocka_unit_test(patients_outlive_the_asker),
        cmocka_unit_test(every_order),
        cmocka_unit_test(on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
