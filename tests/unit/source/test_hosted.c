/*
 * A record store as a source: what it answers, once, on another thread; what is refused, late, not
 * there or broken is never an empty record.
 */
#include "source/hosted.h"

#include <pthread.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/decision_private.h"
#include "store/memory/record_store_memory.h"
#include "support/check.h"

struct world {
    struct committer *committer;
    struct store_pool *stores;
    struct worker_pool *workers;
    struct source *source;
    struct decision decision;
    struct decision_patients patients;
    bool missing; /* the store cannot be opened */
    bool hanging; /* reading it takes until hang_end(); under `hang` */
    pthread_mutex_t hang;
    pthread_cond_t hang_over;
    struct arena arena;
};

static const struct slice ids[] = { SLICE_INIT("p1"), SLICE_INIT("p2") };

static void write_store(struct world *world, struct record_store *store)
{
    static const struct {
        fhir_type type;
        const char *id, *body;
    } rows[] = {
        { FHIR_ORGANIZATION, "o",
          "{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"X\"}" },
        { FHIR_PATIENT, "p1",
          "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"managingOrganization\":{\"reference\":"
          "\"Organization/o\"}}" },
        { FHIR_PATIENT, "p2",
          "{\"resourceType\":\"Patient\",\"id\":\"p2\",\"managingOrganization\":{\"reference\":"
          "\"Organization/o\"}}" },
        { FHIR_CONDITION, "c",
          "{\"resourceType\":\"Condition\",\"id\":\"c\",\"subject\":{\"reference\":\"Patient/"
          "p1\"}}" },
    };
    struct decision job = { .magic = DECISION_MAGIC, .scope = DECISION_JOB, .may_write = true };
    memset(job.types, 0xff, sizeof job.types);
    memset(job.types_without_patient, 0xff, sizeof job.types_without_patient);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct record_change change = { .kind = CHANGE_UPDATE,
                                        .type = rows[i].type,
                                        .id = slice_from_string(rows[i].id),
                                        .body = slice_from_string(rows[i].body) };
        struct store_write write = { .arena = &world->arena, .changes = &change, .count = 1 };
        struct fault fault = FAULT_INIT;
        if (!record_store_commit(store, &job, &write, &fault)) {
            fail_msg("not written: %.*s", SLICE_PRINT(fault.message));
        }
    }
}

static struct record_store *open_store(void *context, struct slice ods, bool create,
                                       struct committer *committer, struct arena *arena,
                                       struct fault *fault)
{
    struct world *world = context;
    (void)create;
    pthread_mutex_lock(&world->hang);
    while (world->hanging) {
        pthread_cond_wait(&world->hang_over, &world->hang);
    }
    pthread_mutex_unlock(&world->hang);
    if (world->missing) {
        fault_set(fault, arena, FAULT_IO, "the disk is gone");
        return NULL;
    }
    struct record_store *store = record_store_memory_open(ods, committer, arena, fault);
    assert_non_null(store);
    write_store(world, store);
    return store;
}

static void world_init(struct world *world)
{
    *world = (struct world){ .patients = { SLICE("RTH"), ids, 2 } };
    pthread_mutex_init(&world->hang, NULL);
    pthread_cond_init(&world->hang_over, NULL);
    arena_init(&world->arena, MIB(16));
    world->committer = committer_new(1);
    struct store_opener opener = { open_store, world };
    world->stores = store_pool_new(&opener, world->committer, 4);
    world->workers = worker_pool_new(2);
    world->source = source_hosted_new(world->stores, world->workers, SLICE("RTH"));
    assert_non_null(world->source);
    world->decision = (struct decision){ .magic = DECISION_MAGIC,
                                         .scope = DECISION_PERSON,
                                         .patients = &world->patients,
                                         .patients_count = 1 };
    memset(world->decision.types, 0xff, sizeof world->decision.types);
    memset(world->decision.types_without_patient, 0xff,
           sizeof world->decision.types_without_patient);
}

static void world_release(struct world *world)
{
    worker_pool_free(world->workers);
    source_free(world->source);
    store_pool_free(world->stores);
    committer_free(world->committer);
    arena_release(&world->arena);
}

struct asking {
    struct source_request request;
    struct source_answer *answer;
    int answers;
    pthread_mutex_t lock;
    pthread_cond_t answered;
};

static void on_answer(struct source_request *request, struct source_answer *answer)
{
    struct asking *asking = request->context;
    pthread_mutex_lock(&asking->lock);
    asking->answer = answer;
    asking->answers++;
    pthread_cond_signal(&asking->answered);
    pthread_mutex_unlock(&asking->lock);
}

static void ask_only(struct world *world, struct asking *asking, const struct slice *which,
                     size_t patients, int64_t wait_us)
{
    *asking = (struct asking){ .request = { .decision = &world->decision,
                                            .patients = which,
                                            .patients_count = patients,
                                            .deadline = { os_monotonic().us + wait_us },
                                            .done = on_answer,
                                            .context = asking } };
    pthread_mutex_init(&asking->lock, NULL);
    pthread_cond_init(&asking->answered, NULL);
    source_ask(world->source, &asking->request);
}

static struct source_answer *await(struct asking *asking)
{
    pthread_mutex_lock(&asking->lock);
    while (asking->answers == 0) {
        pthread_cond_wait(&asking->answered, &asking->lock);
    }
    pthread_mutex_unlock(&asking->lock);
    assert_int_equal(asking->answers, 1);
    assert_non_null(asking->answer);
    return asking->answer;
}

static struct source_answer *ask(struct world *world, const struct slice *which, size_t patients,
                                 int64_t wait_us)
{
    struct asking asking;
    ask_only(world, &asking, which, patients, wait_us);
    return await(&asking);
}

#define LONG 60000000

static void answers_with_parsed_resources(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct source_answer *answer = ask(&world, ids, 1, LONG);
    assert_int_equal(answer->state, SOURCE_OK);
    assert_int_equal(answer->count, 3);
    assert_int_equal(answer->resources[0].stored.type, FHIR_PATIENT);
    for (size_t i = 0; i < answer->count; i++) {
        assert_int_equal(fhir_type_of(&answer->resources[i].json, 0),
                         answer->resources[i].stored.type);
    }
    assert_true(answer->as_at > 0 && answer->took_us >= 0);
    source_answer_free(answer);
    world_release(&world);
}

/* the organisation that both patients name comes once */
static void several_patients_of_one_person(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct source_answer *answer = ask(&world, ids, 2, LONG);
    assert_int_equal(answer->state, SOURCE_OK);
    assert_int_equal(answer->count, 4);
    source_answer_free(answer);
    world_release(&world);
}

static void a_store_that_is_not_there_is_unavailable(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world.missing = true;
    struct source_answer *answer = ask(&world, ids, 1, LONG);
    assert_int_equal(answer->state, SOURCE_UNAVAILABLE);
    assert_int_equal(answer->fault.code, FAULT_IO);
    assert_int_equal(answer->count, 0);
    source_answer_free(answer);
    world_release(&world);
}

static void past_the_deadline_is_timed_out(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct source_answer *answer = ask(&world, ids, 1, -1);
    assert_int_equal(answer->state, SOURCE_TIMED_OUT);
    assert_int_equal(answer->fault.code, FAULT_TIMEOUT);
    assert_int_equal(answer->count, 0);
    source_answer_free(answer);
    world_release(&world);
}

static void hang_end(struct world *world)
{
    pthread_mutex_lock(&world->hang);
    world->hanging = false;
    pthread_cond_broadcast(&world->hang_over);
    pthread_mutex_unlock(&world->hang);
}

static void is_ok(struct source_answer *answer)
{
    assert_int_equal(answer->state, SOURCE_OK);
    assert_int_equal(answer->count, 3);
    source_answer_free(answer);
}

struct other_work {
    struct worker_task task; /* first */
    struct asking done;
};

static void do_other_work(struct worker_task *task)
{
    struct other_work *work = (struct other_work *)task;
    on_answer(&work->done.request, NULL);
}

/* many questions to a store that hangs: a thread stays free for the others, and each is answered */
static void a_store_that_hangs_leaves_a_thread(void **state)
{
    (void)state;
    struct world world;
    struct asking askings[5];
    struct other_work work = { .task.run = do_other_work };
    world_init(&world);
    world.hanging = true;
    for (size_t i = 0; i < ARRAY_LENGTH(askings); i++) {
        ask_only(&world, &askings[i], ids, 1, LONG);
    }
    work.done.request.context = &work.done;
    pthread_mutex_init(&work.done.lock, NULL);
    pthread_cond_init(&work.done.answered, NULL);
    worker_pool_submit(world.workers, &work.task);
    pthread_mutex_lock(&work.done.lock);
    while (work.done.answers == 0) { /* for ever, if the store had all threads */
        pthread_cond_wait(&work.done.answered, &work.done.lock);
    }
    pthread_mutex_unlock(&work.done.lock);
    for (size_t i = 0; i < ARRAY_LENGTH(askings); i++) {
        assert_int_equal(askings[i].answers, 0);
    }
    hang_end(&world);
    for (size_t i = 0; i < ARRAY_LENGTH(askings); i++) {
        is_ok(await(&askings[i]));
    }
    world_release(&world);
}

static void a_store_that_hangs_is_not_asked_again(void **state)
{
    (void)state;
    struct world world;
    struct asking first;
    world_init(&world);
    world.hanging = true;
    ask_only(&world, &first, ids, 1, 1000);
    while (os_monotonic().us <= first.request.deadline.us) {
        usleep(500);
    }
    struct source_answer *second = ask(&world, ids, 1, LONG); /* does not wait */
    assert_int_equal(second->state, SOURCE_TIMED_OUT);
    assert_int_equal(second->fault.code, FAULT_TIMEOUT);
    source_answer_free(second);
    hang_end(&world);
    struct source_answer *answer = await(&first);
    assert_int_equal(answer->state, SOURCE_TIMED_OUT);
    source_answer_free(answer);
    is_ok(ask(&world, ids, 1, LONG));
    world_release(&world);
}

static void what_the_decision_does_not_cover_is_denied(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world.patients.ods = SLICE("RNU");
    struct source_answer *answer = ask(&world, ids, 1, LONG);
    assert_int_equal(answer->state, SOURCE_DENIED);
    source_answer_free(answer);
    world_release(&world);
}

static void nothing_that_may_be_seen_is_none_recorded(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    memset(world.decision.types, 0, sizeof world.decision.types);
    memset(world.decision.types_without_patient, 0, sizeof world.decision.types_without_patient);
    struct source_answer *answer = ask(&world, ids, 1, LONG);
    assert_int_equal(answer->state, SOURCE_NONE_RECORDED);
    assert_int_equal(answer->count, 0);
    source_answer_free(answer);
    world_release(&world);
}

/* a store that has lost a patient's row is not one that has nothing to tell */
static void a_patient_who_is_lost_is_unavailable(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    const struct slice lost = SLICE("lost");
    struct source_answer *answer = ask(&world, &lost, 1, LONG);
    assert_int_equal(answer->state, SOURCE_UNAVAILABLE);
    assert_int_equal(answer->fault.code, FAULT_CORRUPT);
    source_answer_free(answer);
    world_release(&world);
}

static void states_have_words(void **state)
{
    (void)state;
    assert_string_equal(source_state_word(SOURCE_TIMED_OUT), "timed-out");
    assert_string_equal(source_state_sentence(SOURCE_UNAVAILABLE), "could not be reached");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_with_parsed_resources),
        cmocka_unit_test(several_patients_of_one_person),
        cmocka_unit_test(a_store_that_is_not_there_is_unavailable),
        cmocka_unit_test(past_the_deadline_is_timed_out),
        cmocka_unit_test(a_store_that_hangs_leaves_a_thread),
        cmocka_unit_test(a_store_that_hangs_is_not_asked_again),
        cmocka_unit_test(what_the_decision_does_not_cover_is_denied),
        cmocka_unit_test(nothing_that_may_be_seen_is_none_recorded),
        cmocka_unit_test(a_patient_who_is_lost_is_unavailable),
        cmocka_unit_test(states_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
