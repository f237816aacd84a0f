/*
 * load.c: a queue of units, readers that prepare, stores that commit.
 *
 * A unit is one bundle or one resource: a whole file, or a line of NDJSON. Readers take units in
 * turn, parse and validate them and make the writes; all writes of a unit are made before the first
 * is submitted, so that a unit with a fault leaves nothing behind. Submitting does not wait: while
 * commits gather, the reader goes on with the next unit. FLIGHT_BYTES bounds what is under way, and
 * so the memory. A reader that waits for a store to be opened holds none that it has not submitted
 * to, so it always gets one in the end.
 */
#include "intake/load_internal.h"

#include "base/limits.h"

/* under the lock: the next unit, when what is under way leaves room for it */ static struct unit *
take_unit(struct load *load)
{
    while (load->flying == FLIGHT_UNITS || load->flying_bytes > FLIGHT_BYTES) {
        pthread_cond_wait(&load->landed, &load->lock);
    }
    struct unit *unit = load->again;
    if (unit != NULL) {
        load->again = unit->next;
    } else {
        unit = load_next_unit(load);
    }
    if (unit != NULL) {
        load->flying++;
        load->flying_bytes += unit->text.len;
    }
    return unit;
}

static void *reader(void *argument)
{
    struct load *load = argument;
    for (;;) {
        pthread_mutex_lock(&load->lock);
        struct unit *unit = take_unit(load);
        pthread_mutex_unlock(&load->lock);
        if (unit == NULL) {
            return NULL;
        }
        load_unit_run(unit);
        load_unit_drop(unit);
    }
}

/* -- the whole -------------------------------------------------------------------------------- */

static uint64_t size_of_all(const struct load_setting *setting)
{
    uint64_t total = 0;
    struct stat status;
    for (size_t i = 0; i < setting->file_count; i++) {
        if (os_stat(setting->files[i], &status) == 0) {
            total += (uint64_t)status.st_size;
        }
    }
    return total;
}

static bool run_readers(struct load *load, struct fault *fault)
{
    pthread_t threads[8];
    unsigned wanted = load->setting->threads;
    unsigned started = 0;
    wanted = wanted < 1 ? 1 : wanted > ARRAY_LENGTH(threads) ? ARRAY_LENGTH(threads) : wanted;
    while (started < wanted && pthread_create(&threads[started], NULL, reader, load) == 0) {
        started++;
    }
    for (unsigned i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_lock(&load->lock);
    while (load->flying > 0) {
        pthread_cond_wait(&load->landed, &load->lock);
    }
    pthread_mutex_unlock(&load->lock);
    for (size_t i = 0; i < FILES_OPEN; i++) { /* left open when the load was stopped */
        if (load->open[i] != NULL) {
            load_file_drop(load->open[i]);
        }
    }
    return started > 0 || fault_set(fault, load->arena, FAULT_NO_MEMORY, "no thread can be made");
}

/*
 * A line may refer to a patient of a later line or file, or of one that was under way beside it: as
 * long as trying again stores something, what was deferred is tried again, and at last refused.
 */
static bool run_deferred(struct load *load, struct fault *fault)
{
    while (load->deferred != NULL && !load->stopped) {
        size_t before = load->deferred_count;
        load->again = load->deferred;
        load->deferred = NULL;
        load->deferred_count = 0;
        load->deferred_bytes = 0;
        if (!run_readers(load, fault)) {
            return false;
        }
        load->last_try = load->deferred_count == before;
    }
    for (struct unit *unit = load->deferred; unit != NULL;) { /* only when it was stopped */
        struct unit *next = unit->next;
        load_file_drop(unit->file);
        load_unit_free(unit);
        unit = next;
    }
    return true;
}

static bool link_store(struct load *load, struct slice ods, struct fault *fault)
{
    struct arena arena;
    arena_init(&arena, LIMIT_TRANSACTION_ARENA);
    struct record_store *store = store_pool_get(load->setting->stores, ods, false, &arena, fault);
    bool ok = store != NULL && person_index_catch_up(load->setting->people, store,
                                                     load->setting->job, &arena, fault);
    if (store != NULL) {
        store_pool_put(load->setting->stores, store);
    }
    if (!ok) {
        struct fault kept = *fault;
        fault_copy(fault, load->arena, &kept);
    }
    arena_release(&arena);
    return ok;
}

static bool link_all(struct load *load, struct fault *fault)
{
    struct person_index_figures figures;
    for (size_t i = 0; i < load->stores.capacity; i++) {
        if (load->stores.slots[i].hash != 0 &&
            !link_store(load, load->stores.slots[i].key, fault)) {
            return false;
        }
    }
    if (!person_index_figures(load->setting->people, &figures, fault)) {
        return false;
    }
    load->report.persons = figures.persons;
    return true;
}

bool intake_load(const struct load_setting *setting, struct load_report *ret_report,
                 struct arena *arena, struct fault *fault)
{
    struct load load = { .setting = setting, .arena = arena };
    *ret_report = (struct load_report){ 0 };
    monotime start = os_monotonic();
    load.last_progress = start;
    load.all_bytes = size_of_all(setting);
    load.numbers = made_up_numbers_new(setting->exchange);
    if (load.numbers == NULL) {
        fault_no_memory(fault, NULL);
        load_tell(&load, (struct slice){ NULL, 0 }, fault);
        return false;
    }
    hash_table_init(&load.stores, arena);
    pthread_mutex_init(&load.lock, NULL);
    pthread_cond_init(&load.landed, NULL);
    /* what was stored is linked even when something else was refused */
    if (!run_readers(&load, fault) || !run_deferred(&load, fault) || !link_all(&load, fault)) {
        load_tell(&load, (struct slice){ NULL, 0 }, fault); /* no thread is left to lock out */
    }
    load.report.stores = load.stores.count;
    load.report.took_us = monotime_since(os_monotonic(), start);
    *ret_report = load.report;
    bool ok = load.first.code == FAULT_NONE;
    if (!ok) {
        *fault = load.first;
    }
    pthread_cond_destroy(&load.landed);
    pthread_mutex_destroy(&load.lock);
    made_up_numbers_free(load.numbers);
    return ok;
}
