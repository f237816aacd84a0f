/*
 * patient_linker.c: runs, one a store, and who waits for which.
 *
 * A store has an entry while somebody waits for it: `now` are those whom the run under way serves,
 * `later` those who came since. When the run ends, `later` becomes `now` and it runs again; with
 * nobody left the entry goes. A run that fails is told to its own waiters alone; what they wrote is
 * committed all the same, and the next run, at the latest that of the next start, links it.
 */
#include "web/patient_linker.h"

#include <pthread.h>

#include "base/limits.h"
#include "base/log.h"

struct link_run {
    struct worker_task task; /* must be first */
    struct patient_linker *linker;
    struct link_run *next;
    struct link_wait *now;
    struct link_wait *later;
    size_t ods_len;
    char ods[];
};

struct patient_linker {
    struct patient_linker_config config;
    pthread_mutex_t mutex;
    struct link_run *runs;
};

struct patient_linker *patient_linker_new(const struct patient_linker_config *config)
{
    struct patient_linker *linker = os_malloc(sizeof *linker);
    if (linker != NULL) {
        *linker = (struct patient_linker){ .config = *config };
        pthread_mutex_init(&linker->mutex, NULL);
    }
    return linker;
}

void patient_linker_free(struct patient_linker *linker)
{
    if (linker != NULL) {
        assert(linker->runs == NULL);
        pthread_mutex_destroy(&linker->mutex);
        os_free(linker);
    }
}

static bool link_store(struct link_run *run, struct arena *arena, struct fault *fault)
{
    const struct patient_linker_config *config = &run->linker->config;
    const struct decision *job = decision_for_job(config->governance, SLICE("link"), arena, fault);
    if (job == NULL) {
        return false;
    }
    struct record_store *store =
        store_pool_get(config->stores, slice_of(run->ods, run->ods_len), false, arena, fault);
    if (store == NULL) {
        return false;
    }
    bool ok = person_index_catch_up(config->people, store, job, arena, fault);
    store_pool_put(config->stores, store);
    return ok;
}

static void tell(struct link_wait *wait, bool ok)
{
    while (wait != NULL) {
        struct link_wait *next = wait->next;
        wait->done(wait, ok);
        wait = next;
    }
}

/* those who came meanwhile are next; true when there are some. Under the mutex. */
static bool turn(struct link_run *run)
{
    struct link_run **place = &run->linker->runs;
    run->now = run->later;
    run->later = NULL;
    if (run->now != NULL) {
        return true;
    }
    while (*place != run) {
        place = &(*place)->next;
    }
    *place = run->next;
    return false;
}

static void run_once(struct worker_task *task)
{
    struct link_run *run = (struct link_run *)task;
    struct patient_linker *linker = run->linker;
    struct fault fault = FAULT_INIT;
    struct arena arena;
    arena_init(&arena, LIMIT_REQUEST_ARENA);
    bool ok = link_store(run, &arena, &fault);
    if (!ok) {
        log_event(LOG_ERROR, "person-index.behind",
                  LOG_PUBLIC("store", slice_of(run->ods, run->ods_len)),
                  LOG_PUBLIC("fault", slice_from_string(fault_name(fault.code))));
    }
    arena_release(&arena);
    struct link_wait *served = run->now;
    pthread_mutex_lock(&linker->mutex);
    bool again = turn(run);
    pthread_mutex_unlock(&linker->mutex);
    tell(served, ok);
    if (again) {
        worker_pool_submit(linker->config.workers, &run->task);
    } else {
        os_free(run);
    }
}

static struct link_run *find_run(struct patient_linker *linker, struct slice ods)
{
    for (struct link_run *run = linker->runs; run != NULL; run = run->next) {
        if (slice_equal(slice_of(run->ods, run->ods_len), ods)) {
            return run;
        }
    }
    return NULL;
}

static struct link_run *add_run(struct patient_linker *linker, struct slice ods)
{
    struct link_run *run = os_malloc(sizeof *run + ods.len);
    if (run != NULL) {
        *run = (struct link_run){ .task.run = run_once, .linker = linker, .ods_len = ods.len };
        memcpy(run->ods, ods.ptr, ods.len);
        run->next = linker->runs;
        linker->runs = run;
    }
    return run;
}

void patient_linker_catch_up(struct patient_linker *linker, struct slice ods,
                             struct link_wait *wait)
{
    wait->next = NULL;
    pthread_mutex_lock(&linker->mutex);
    struct link_run *run = find_run(linker, ods);
    bool is_new = run == NULL;
    if (is_new) {
        run = add_run(linker, ods);
    }
    if (run != NULL) {
        struct link_wait **list = is_new ? &run->now : &run->later;
        wait->next = *list;
        *list = wait;
    }
    pthread_mutex_unlock(&linker->mutex);
    if (run == NULL) {
        wait->done(wait, false);
    } else if (is_new) {
        worker_pool_submit(linker->config.workers, &run->task);
    }
}
