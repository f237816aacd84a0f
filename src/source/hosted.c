/*
 * hosted.c: a record store as a source.
 *
 * One task of the worker pool for each question, so that several stores of one person are read side
 * by side and no connection's thread waits. The task reads the compartment of each of the person's
 * patients (QUERY_EVERYTHING, under the decision) and parses each body there and then: parsing is
 * most of the work of a page, and here it runs on all processors. Now and then it looks at the
 * deadline. A store that cannot be opened or read is UNAVAILABLE and never empty; a body that
 * cannot be parsed makes the whole source UNAVAILABLE: a record with a hole nobody sees is worse
 * than none.
 *
 * A store whose disk hangs keeps the thread that reads it. So that it does not take all threads,
 * and with them every other source, one store has at most all but one of them at a time; more
 * questions wait here, in order. And while a question of a store is past its deadline and not
 * answered, the store is not asked again: the answer is TIMED_OUT at once.
 */
#include "source/hosted.h"

#include <pthread.h>

#include "base/hash_table.h"
#include "base/limits.h"
#include "base/vector.h"

struct hosted {
    struct source source; /* first */
    struct store_pool *stores;
    struct worker_pool *workers;
    struct arena arena; /* of `ods` */
    unsigned most;      /* threads that may read this store at once */
    pthread_mutex_t lock;
    struct question *running; /* given to the pool and not answered */
    unsigned running_count;
    struct question *waiting; /* the first; not given to the pool yet */
    struct question **last;
};

struct question {
    struct worker_task task; /* first */
    struct question *next;   /* in `running` or in `waiting` */
    struct hosted *hosted;
    struct source_request *request;
    struct source_answer *answer;
    monotime start;
};

/* what was read so far; `seen` only when a person has several patients here */
struct resources {
    VECTOR(struct source_resource) list;
    struct hash_table seen;
    bool several;
};

/* organisations and practitioners come with each patient that names them: shown once */
static bool is_repeated(struct source_answer *answer, struct resources *resources,
                        const struct stored_resource *row)
{
    if (!resources->several) {
        return false;
    }
    struct slice key = arena_printf(&answer->arena, "%u/%.*s", row->type, SLICE_PRINT(row->id));
    bool is_new = true;
    /* without memory it is kept: twice is better than not at all */
    return key.ptr != NULL && hash_table_put(&resources->seen, key, &is_new) != NULL && !is_new;
}

static bool keep_row(struct source_answer *answer, struct resources *resources,
                     const struct stored_resource *row)
{
    if (row->deleted || is_repeated(answer, resources, row)) {
        return true;
    }
    struct source_resource *resource = vector_push(&resources->list, &answer->arena);
    if (resource == NULL) {
        return fault_no_memory(&answer->fault, &answer->arena);
    }
    resource->stored = *row;
    return json_parse(&answer->arena, row->body, &resource->json, &answer->fault);
}

static bool past(monotime deadline)
{
    return monotime_since(os_monotonic(), deadline) >= 0;
}

/* looks at the clock every so many rows: a long record must not outlive its page by far */
#define ROWS_A_LOOK 256

static bool read_patient(struct record_store *store, const struct source_request *request,
                         struct slice patient, struct source_answer *answer,
                         struct resources *resources)
{
    struct store_query query = { .kind = QUERY_EVERYTHING, .patient_id = patient };
    struct record_cursor *cursor;
    if (!record_store_query(store, request->decision, &query, &answer->arena, NULL, NULL, &cursor,
                            &answer->fault)) {
        return false;
    }
    struct stored_resource row;
    enum cursor_step step;
    bool ok = true;
    size_t rows = 0;
    while (ok && (step = record_cursor_next(cursor, &row, &answer->fault)) == CURSOR_ROW) {
        ok = keep_row(answer, resources, &row);
        if (ok && ++rows % ROWS_A_LOOK == 0 && past(request->deadline)) {
            ok = fault_set(&answer->fault, &answer->arena, FAULT_TIMEOUT, "did not answer in time");
        }
    }
    ok = ok && step == CURSOR_END;
    record_cursor_free(cursor);
    /* the index says that this store has the patient: a store that knows nobody of that id has lost
     * something, and is not to be shown as one that has nothing to tell (hazard H4) */
    if (ok && rows == 0 && record_store_find_patient(store, patient) == 0) {
        ok = fault_set(&answer->fault, &answer->arena, FAULT_CORRUPT,
                       "the store does not find a patient that it is known to have");
    }
    return ok;
}

static enum source_state read_all(struct question *question)
{
    struct source_answer *answer = question->answer;
    struct source_request *request = question->request;
    struct resources resources = { .several = request->patients_count > 1 };
    hash_table_init(&resources.seen, &answer->arena);
    struct record_store *store =
        store_pool_get(question->hosted->stores, question->hosted->source.ods, false,
                       &answer->arena, &answer->fault);
    if (store == NULL) {
        return SOURCE_UNAVAILABLE;
    }
    enum source_state state = SOURCE_OK;
    for (size_t i = 0; state == SOURCE_OK && i < request->patients_count; i++) {
        if (past(request->deadline)) {
            fault_set(&answer->fault, &answer->arena, FAULT_TIMEOUT, "did not answer in time");
            state = SOURCE_TIMED_OUT;
        } else if (!read_patient(store, request, request->patients[i], answer, &resources)) {
            state = answer->fault.code == FAULT_TIMEOUT ? SOURCE_TIMED_OUT : SOURCE_UNAVAILABLE;
        }
    }
    store_pool_put(question->hosted->stores, store);
    if (state == SOURCE_OK) {
        answer->resources = resources.list.at;
        answer->count = resources.list.count;
    }
    return state == SOURCE_OK && resources.list.count == 0 ? SOURCE_NONE_RECORDED : state;
}

/* -- how many at once -------------------------------------------------------------------------- */

/* under the lock */
static bool hangs(const struct hosted *hosted)
{
    const struct question *question = hosted->running;
    while (question != NULL && !past(question->request->deadline)) {
        question = question->next;
    }
    return question != NULL;
}

/* under the lock */
static void begin(struct hosted *hosted, struct question *question)
{
    question->next = hosted->running;
    hosted->running = question;
    hosted->running_count++;
}

/* under the lock */
static void end(struct hosted *hosted, struct question *question)
{
    struct question **place = &hosted->running;
    while (*place != question) {
        place = &(*place)->next;
    }
    *place = question->next;
    hosted->running_count--;
}

enum admission { ADMIT_NOW, ADMIT_LATER, ADMIT_NOT };

static enum admission admit(struct hosted *hosted, struct question *question)
{
    pthread_mutex_lock(&hosted->lock);
    enum admission admission = hangs(hosted)                          ? ADMIT_NOT
                               : hosted->running_count < hosted->most ? ADMIT_NOW
                                                                      : ADMIT_LATER;
    if (admission == ADMIT_NOW) {
        begin(hosted, question);
    } else if (admission == ADMIT_LATER) {
        *hosted->last = question;
        hosted->last = &question->next;
    }
    pthread_mutex_unlock(&hosted->lock);
    return admission;
}

/* the place of one that is answered goes to the one that waited longest */
static void pass_on(struct hosted *hosted, struct question *answered)
{
    pthread_mutex_lock(&hosted->lock);
    end(hosted, answered);
    struct question *next = hosted->waiting;
    if (next != NULL) {
        hosted->waiting = next->next;
        hosted->last = next->next == NULL ? &hosted->waiting : hosted->last;
        begin(hosted, next);
    }
    pthread_mutex_unlock(&hosted->lock);
    if (next != NULL) {
        worker_pool_submit(hosted->workers, &next->task);
    }
}

static void run(struct worker_task *task)
{
    struct question *question = (struct question *)task;
    struct source_request *request = question->request;
    struct source_answer *answer = question->answer;
    if (!decision_covers_store(request->decision, question->hosted->source.ods)) {
        answer->state = SOURCE_DENIED;
    } else {
        answer->state = read_all(question);
    }
    answer->as_at = os_now();
    answer->took_us = monotime_since(os_monotonic(), question->start);
    pass_on(question->hosted, question);
    request->done(request, answer); /* the question lies in the answer's arena: gone with it */
}

/* without memory there is no answer to put the fault in: NULL says so to the asker */
static void ask(struct source *source, struct source_request *request)
{
    struct source_answer *answer = os_malloc(sizeof *answer);
    if (answer == NULL) {
        request->done(request, NULL);
        return;
    }
    *answer = (struct source_answer){ .state = SOURCE_UNAVAILABLE };
    arena_init(&answer->arena, LIMIT_SOURCE_ARENA);
    struct question *question = arena_new(&answer->arena, struct question);
    if (question == NULL) {
        fault_no_memory(&answer->fault, &answer->arena);
        request->done(request, answer);
        return;
    }
    struct hosted *hosted = (struct hosted *)source;
    *question = (struct question){ .task.run = run,
                                   .hosted = hosted,
                                   .request = request,
                                   .answer = answer,
                                   .start = os_monotonic() };
    enum admission admission = admit(hosted, question);
    if (admission == ADMIT_NOW) {
        worker_pool_submit(hosted->workers, &question->task);
    } else if (admission == ADMIT_NOT) {
        answer->state = SOURCE_TIMED_OUT;
        fault_set(&answer->fault, &answer->arena, FAULT_TIMEOUT, "has not answered others in time");
        request->done(request, answer);
    }
}

static void hosted_free(struct source *source)
{
    struct hosted *hosted = (struct hosted *)source;
    assert(hosted->running == NULL && hosted->waiting == NULL);
    pthread_mutex_destroy(&hosted->lock);
    arena_release(&hosted->arena);
    os_free(hosted);
}

static const struct source_ops hosted_ops = { .ask = ask, .free = hosted_free };

struct source *source_hosted_new(struct store_pool *stores, struct worker_pool *workers,
                                 struct slice ods)
{
    struct hosted *hosted = os_malloc(sizeof *hosted);
    if (hosted == NULL) {
        return NULL;
    }
    unsigned threads = worker_pool_threads(workers);
    *hosted = (struct hosted){ .source.ops = &hosted_ops,
                               .stores = stores,
                               .workers = workers,
                               .most = threads > 1 ? threads - 1 : 1 };
    hosted->last = &hosted->waiting;
    pthread_mutex_init(&hosted->lock, NULL);
    arena_init(&hosted->arena, LIMIT_FAULT_ARENA);
    hosted->source.ods = arena_copy(&hosted->arena, ods);
    if (hosted->source.ods.ptr == NULL) {
        pthread_mutex_destroy(&hosted->lock);
        arena_release(&hosted->arena);
        os_free(hosted);
        return NULL;
    }
    return &hosted->source;
}
