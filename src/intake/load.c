/*
 * load.c: a queue of units, readers that prepare, stores that commit.
 *
 * A unit is one bundle or one resource: a whole file, or a line of NDJSON. Readers take units in
 * turn, parse and validate them and make the writes; all writes of a unit are made before the first
 * is submitted, so that a unit with a fault leaves nothing behind. Submitting does not wait: while
 * commits gather, the reader goes on with the next unit. FLIGHT_BYTES bounds what is under way, and
 * so the memory. A reader that waits for a store to be opened holds none that it has not submitted
 * to, so it always gets one in the end.
 *
 * Files are mapped, not read: a line is a slice of the file. The map stays until the last unit of
 * the file is done.
 */
#include "intake/load.h"

#include <pthread.h>

#include "base/digest.h"
#include "base/file_text.h"
#include "base/hash_table.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/vector.h"
#include "intake/content.h"
#include "intake/made_up_number.h"
#include "intake/provider_split.h"
#include "intake/transaction.h"

/* under way at once: texts, whose tapes and writes take about six times their size, and units */
#define FLIGHT_BYTES MIB(12)
#define FLIGHT_UNITS 256u
#define FILES_OPEN   4u /* several, so that several stores commit side by side */
#define PROGRESS_US  200000

struct load_file {
    const char *path;
    struct slice ods;
    struct slice text;
    size_t at; /* of the next line */
    size_t line;
    bool ndjson;
    unsigned users; /* units under way, and the queue while it is not exhausted */
};

struct load {
    const struct load_setting *setting;
    struct load_report report;
    struct arena *arena; /* of the report's fault and the list of stores; under `lock` */
    struct fault first;
    bool stopped; /* disk full or a store failed: nothing more is begun */
    pthread_mutex_t lock;
    pthread_cond_t landed; /* a unit is done */
    unsigned flying;
    size_t flying_bytes;
    struct unit *deferred; /* refer to a patient that has not come yet: tried again at the end */
    size_t deferred_count;
    struct unit *again; /* being tried again */
    bool last_try;
    struct made_up_numbers *numbers;
    size_t next_file;
    struct load_file *open[FILES_OPEN]; /* units are taken from each in turn */
    size_t turn;
    uint64_t all_bytes;
    monotime last_progress;
    struct hash_table stores; /* ODS codes touched */
};

/*
 * What the committing thread writes its results into is the part's own arena: the reader goes on
 * making the unit's other parts meanwhile.
 */
struct part {
    struct arena arena; /* of a split's part; a transaction uses the unit's */
    struct store_write write;
    struct transaction transaction;
    struct record_store *store;
    struct unit *unit;
    size_t homes; /* entries that are sent to this part */
    size_t copies;
};

struct unit {
    struct unit *next; /* of those deferred */
    bool is_deferred;
    bool counted;
    struct load *load;
    struct load_file *file;
    struct slice text;
    size_t line; /* 0: the whole file */
    struct arena arena;
    struct json json;
    struct digest digest;
    struct part *parts;
    size_t part_count;
    size_t sent;
    unsigned users; /* parts under way, and its reader */
};

/* -- faults and counts ------------------------------------------------------------------------ */

static struct slice unit_place(const struct unit *unit, struct arena *arena)
{
    return unit->line == 0 ? arena_printf(arena, "%s", unit->file->path)
                           : arena_printf(arena, "%s:%zu", unit->file->path, unit->line);
}

/* under the lock */
static void tell(struct load *load, struct slice place, const struct fault *fault)
{
    struct arena arena;
    struct fault told = *fault;
    arena_init(&arena, LIMIT_FAULT_ARENA);
    told.where = arena_printf(&arena, "%.*s%s%.*s", SLICE_PRINT(place),
                              fault->where.len > 0 ? ": " : "", SLICE_PRINT(fault->where));
    if (load->first.code == FAULT_NONE) {
        fault_copy(&load->first, load->arena, &told);
    }
    if (load->setting->tell != NULL) {
        load->setting->tell(load->setting->context, &told);
    }
    arena_release(&arena);
}

/* Under the lock, of what a store said: on a full disk, or in a failed store, nothing goes on. */
static void tell_of_store(struct load *load, struct slice place, const struct fault *fault)
{
    load->stopped |=
        fault->code == FAULT_NO_SPACE || fault->code == FAULT_IO || fault->code == FAULT_CORRUPT;
    tell(load, place, fault);
}

/*
 * Under the lock: a reference to a patient who has not come yet is no fault before everything has
 * been tried. Not for a split, whose other parts may be stored.
 */
static bool may_defer(struct unit *unit, const struct fault *fault)
{
    struct load *load = unit->load;
    unit->is_deferred = fault->code == FAULT_REFERENCE && !load->last_try &&
                        !load->setting->split_by_provider &&
                        load->deferred_count < LIMIT_LOAD_DEFERRED;
    return unit->is_deferred;
}

static void refuse_unit(struct unit *unit, const struct fault *fault)
{
    struct load *load = unit->load;
    pthread_mutex_lock(&load->lock);
    if (!may_defer(unit, fault)) {
        load->report.sent += unit->sent;
        load->report.refused += unit->sent;
        tell_of_store(load, unit_place(unit, &unit->arena), fault);
    }
    pthread_mutex_unlock(&load->lock);
}

static void show_progress(struct load *load)
{
    monotime now = os_monotonic();
    if (load->setting->progress != NULL &&
        monotime_since(now, load->last_progress) >= PROGRESS_US) {
        load->last_progress = now;
        load->setting->progress(load->setting->context, load->report.bytes, load->all_bytes,
                                load->report.stored + load->report.known);
    }
}

/* -- the end of a unit and of a part ---------------------------------------------------------- */

static void file_drop(struct load_file *file)
{
    if (--file->users == 0) {
        file_text_unmap(file->text);
    }
}

/* under the lock */
static void defer(struct unit *unit)
{
    struct load *load = unit->load;
    unit->users = 1;
    unit->is_deferred = false;
    unit->parts = NULL;
    unit->part_count = 0;
    unit->next = load->deferred;
    load->deferred = unit;
    load->deferred_count++;
}

static void unit_release(struct unit *unit)
{
    for (size_t p = 0; p < unit->part_count; p++) {
        arena_release(&unit->parts[p].arena);
    }
    arena_clear(&unit->arena);
}

static void unit_drop(struct unit *unit)
{
    struct load *load = unit->load;
    pthread_mutex_lock(&load->lock);
    bool last = --unit->users == 0;
    pthread_mutex_unlock(&load->lock);
    if (!last) {
        return;
    }
    unit_release(unit);
    pthread_mutex_lock(&load->lock);
    bool again = unit->is_deferred;
    load->flying--;
    load->flying_bytes -= unit->text.len;
    if (again) {
        defer(unit);
    } else {
        load->report.bytes += unit->text.len;
        file_drop(unit->file);
        show_progress(load);
    }
    pthread_cond_broadcast(&load->landed);
    pthread_mutex_unlock(&load->lock);
    if (!again) {
        os_free(unit);
    }
}

static void count_part(struct load *load, struct part *part, struct store_write *write)
{
    struct load_report *report = &load->report;
    if (write->outcome == WRITE_FAILED && may_defer(part->unit, &write->fault)) {
        return;
    }
    report->sent += part->homes;
    switch (write->outcome) {
    case WRITE_DONE:
        report->stored += part->homes;
        report->copies += part->copies;
        report->commits++;
        return;
    case WRITE_ALREADY_KNOWN:
        report->known += part->homes;
        return;
    case WRITE_FAILED:
        report->refused += part->homes;
        transaction_name_entry(&part->transaction, write->arena, &write->fault);
        tell_of_store(load, unit_place(part->unit, write->arena), &write->fault);
        return;
    }
}

static void part_done(struct store_write *write)
{
    struct part *part = write->context;
    struct unit *unit = part->unit;
    struct load *load = unit->load;
    pthread_mutex_lock(&load->lock);
    count_part(load, part, write);
    pthread_mutex_unlock(&load->lock);
    store_pool_put(load->setting->stores, part->store);
    arena_release(&part->arena); /* empty already for a transaction */
    unit_drop(unit);
}

/* -- making parts ----------------------------------------------------------------------------- */

static bool note_store(struct load *load, struct slice ods, bool *ret_fresh, struct fault *fault)
{
    pthread_mutex_lock(&load->lock);
    bool known = hash_table_find(&load->stores, ods) != NULL;
    struct slice kept = known ? ods : arena_copy(load->arena, ods);
    bool ok = known || (kept.ptr != NULL && hash_table_put(&load->stores, kept, NULL) != NULL);
    pthread_mutex_unlock(&load->lock);
    *ret_fresh = !known;
    return ok || fault_no_memory(fault, load->arena);
}

/* an organisation that a split finds takes part from then on */
static bool register_part(struct unit *unit, const struct split_part *from, struct fault *fault)
{
    struct load *load = unit->load;
    bool fresh;
    if (!note_store(load, from->ods, &fresh, fault)) {
        return false;
    }
    const struct register_snapshot *snapshot = register_get(load->setting->reg);
    bool known = register_find(snapshot, from->ods) != NULL;
    register_put(load->setting->reg, snapshot);
    struct organisation organisation = { .ods = from->ods,
                                         .name = from->name.len > 0 ? from->name : from->ods,
                                         .type = ORGANISATION_TYPE_OTHER,
                                         .status = ORGANISATION_LIVE,
                                         .source = SOURCE_KIND_HOSTED,
                                         .since = os_now() };
    return known || register_set(load->setting->reg, &organisation, &unit->arena, fault);
}

static void set_inbox(struct store_write *write, const struct unit *unit, struct slice ods,
                      struct arena *arena)
{
    char hex[DIGEST_HEX_SIZE + 1];
    digest_to_hex(&unit->digest, hex);
    write->inbox_key = arena_printf(arena, "load %s %.*s", hex, SLICE_PRINT(ods));
    write->inbox_digest = unit->digest;
}

static bool make_split_part(struct unit *unit, const struct split *split, size_t p,
                            struct slice number, struct fault *fault)
{
    struct part *part = &unit->parts[p];
    const struct split_part *from = &split->parts[p];
    part->unit = unit;
    part->homes = from->count - from->copies;
    part->copies = from->copies;
    arena_init(&part->arena, LIMIT_TRANSACTION_ARENA);
    part->write.arena = &part->arena;
    set_inbox(&part->write, unit, from->ods, &part->arena);
    unit->part_count++;
    return register_part(unit, from, fault) &&
           provider_split_changes(split, p, number, &part->arena, &part->write.changes,
                                  &part->write.count, fault);
}

static bool make_split(struct unit *unit, struct split *ret_split, struct fault *fault)
{
    struct load *load = unit->load;
    struct slice number = { NULL, 0 };
    if (!provider_split(&unit->json, 0, load->setting->base_url, &unit->arena, ret_split, fault)) {
        return false;
    }
    unit->sent = ret_split->entries.count;
    if (load->setting->assign_nhs_number) {
        struct slice identifier = provider_split_patient(ret_split, &unit->arena);
        if (identifier.len > 0 &&
            !made_up_number(load->numbers, identifier, &unit->arena, &number, fault)) {
            return false;
        }
    }
    unit->parts = arena_array(&unit->arena, ret_split->count, struct part);
    if (unit->parts == NULL) {
        return fault_no_memory(fault, &unit->arena);
    }
    for (size_t p = 0; p < ret_split->count; p++) {
        if (!make_split_part(unit, ret_split, p, number, fault)) {
            return false;
        }
    }
    return true;
}

/* -- submitting ------------------------------------------------------------------------------- */

static void submit(struct part *part, struct store_write *write, struct record_store *store)
{
    struct unit *unit = part->unit;
    part->store = store;
    write->done = part_done;
    write->context = part;
    pthread_mutex_lock(&unit->load->lock);
    unit->users++;
    pthread_mutex_unlock(&unit->load->lock);
    record_store_submit(store, write);
}

static void fail_part(struct part *part, const struct fault *fault)
{
    struct load *load = part->unit->load;
    pthread_mutex_lock(&load->lock);
    load->report.sent += part->homes;
    load->report.refused += part->homes;
    tell_of_store(load, unit_place(part->unit, &part->arena), fault);
    pthread_mutex_unlock(&load->lock);
}

static void submit_split(struct unit *unit, const struct split *split)
{
    for (size_t p = 0; p < unit->part_count; p++) {
        struct part *part = &unit->parts[p];
        struct fault fault = FAULT_INIT;
        struct record_store *store = store_pool_get(
            unit->load->setting->stores, split->parts[p].ods, true, &unit->arena, &fault);
        if (store == NULL) {
            fail_part(part, &fault);
            continue;
        }
        if (record_store_prepare(store, unit->load->setting->job, &part->write, &fault)) {
            submit(part, &part->write, store);
        } else {
            fail_part(part, &fault);
            store_pool_put(unit->load->setting->stores, store);
        }
    }
}

/* a transaction bundle, or one resource, into the store that the operator named */
static bool make_transaction(struct unit *unit, struct part *part, struct record_store *store,
                             struct fault *fault)
{
    const struct decision *job = unit->load->setting->job;
    fhir_type type = fhir_type_of(&unit->json, 0);
    struct slice id = json_member_string(&unit->json, 0, SLICE("id"), &unit->arena);
    if (type == FHIR_BUNDLE) {
        return transaction_of_bundle(&part->transaction, store, job, &unit->json, 0, &unit->arena,
                                     fault);
    }
    if (type == FHIR_TYPE_NONE) {
        return fault_set(fault, &unit->arena, FAULT_CONTENT,
                         "this is no resource of FHIR R4: its resourceType is unknown");
    }
    if (id.len > 0) {
        return transaction_of_update(&part->transaction, store, job, &unit->json, type, id, 0,
                                     &unit->arena, fault);
    }
    return transaction_of_create(&part->transaction, store, job, &unit->json, type, &unit->arena,
                                 fault);
}

static void load_into_store(struct unit *unit)
{
    struct load *load = unit->load;
    struct slice ods = unit->file->ods;
    struct fault fault = FAULT_INIT;
    bool fresh;
    struct part *part = arena_new(&unit->arena, struct part);
    struct record_store *store =
        part == NULL ? NULL
                     : store_pool_get(load->setting->stores, ods, true, &unit->arena, &fault);
    if (part == NULL || store == NULL) {
        if (part == NULL) {
            fault_no_memory(&fault, &unit->arena);
        }
        refuse_unit(unit, &fault);
        return;
    }
    part->unit = unit;
    if (!note_store(load, ods, &fresh, &fault) || !make_transaction(unit, part, store, &fault)) {
        refuse_unit(unit, &fault);
        store_pool_put(load->setting->stores, store);
        return;
    }
    part->homes = part->transaction.write.count;
    set_inbox(&part->transaction.write, unit, ods, &unit->arena);
    submit(part, &part->transaction.write, store);
}

/* -- units ------------------------------------------------------------------------------------ */

static void count_entries(struct unit *unit)
{
    json_ix entries = json_member(&unit->json, 0, SLICE("entry"));
    unit->sent = json_is(&unit->json, entries, JSON_ARRAY) ? json_size(&unit->json, entries) : 1;
}

static void run_unit(struct unit *unit)
{
    struct fault fault = FAULT_INIT;
    struct split split;
    unit->sent = 1; /* what cannot be read counts as one */
    unit->digest = digest_of_one(unit->text);
    if (!json_parse(&unit->arena, unit->text, &unit->json, &fault)) {
        refuse_unit(unit, &fault);
        return;
    }
    count_entries(unit);
    if (!unit->counted) { /* once, however often it is tried */
        unit->counted = true;
        pthread_mutex_lock(&unit->load->lock);
        unit->load->report.bundles += fhir_type_of(&unit->json, 0) == FHIR_BUNDLE;
        pthread_mutex_unlock(&unit->load->lock);
    }
    if (!unit->load->setting->split_by_provider) {
        load_into_store(unit);
    } else if (make_split(unit, &split, &fault)) {
        submit_split(unit, &split);
    } else {
        refuse_unit(unit, &fault);
    }
}

/* -- files: under the lock -------------------------------------------------------------------- */

static void refuse_file(struct load *load, const char *path, const struct fault *fault)
{
    load->report.sent++;
    load->report.refused++;
    tell(load, slice_from_string(path), fault);
}

static struct load_file *open_file(struct load *load, size_t which)
{
    struct slice text;
    struct fault fault;
    const struct load_setting *setting = load->setting;
    const char *path = setting->files[which];
    if (!file_text_map(path, load->arena, &text, &fault)) {
        refuse_file(load, path, &fault);
        return NULL;
    }
    enum content_kind kind = content_kind_of(text);
    struct load_file *file = arena_new(load->arena, struct load_file);
    if (file == NULL || (kind != CONTENT_JSON && kind != CONTENT_NDJSON)) {
        if (file == NULL) {
            fault_no_memory(&fault, load->arena);
        } else {
            fault_set(&fault, load->arena, FAULT_NOT_SUPPORTED,
                      "this file is %s; FHIR JSON and NDJSON can be loaded",
                      content_kind_name(kind));
        }
        file_text_unmap(text);
        refuse_file(load, path, &fault);
        return NULL;
    }
    *file = (struct load_file){ .path = path,
                                .ods = setting->file_ods != NULL ? setting->file_ods[which]
                                                                 : setting->ods,
                                .text = text,
                                .ndjson = kind == CONTENT_NDJSON,
                                .users = 1 };
    return file;
}

/* the next line that is not blank; false at the end of the file */
static bool next_text(struct load_file *file, struct slice *ret_text, size_t *ret_line)
{
    if (!file->ndjson) {
        bool first = file->at == 0;
        *ret_text = file->text;
        *ret_line = 0;
        file->at = file->text.len;
        return first;
    }
    while (file->at < file->text.len) {
        struct slice rest = slice_from(file->text, file->at);
        size_t end = slice_find(rest, '\n');
        struct slice line = slice_trim(slice_sub(rest, 0, end));
        file->at += end < rest.len ? end + 1 : end;
        file->line++;
        if (line.len > 0) {
            *ret_text = line;
            *ret_line = file->line;
            return true;
        }
    }
    return false;
}

static struct unit *unit_new(struct load *load, struct load_file *file, struct slice text,
                             size_t line)
{
    struct unit *unit = os_malloc(sizeof *unit);
    if (unit == NULL) {
        struct fault fault;
        fault_no_memory(&fault, NULL);
        refuse_file(load, file->path, &fault);
        load->stopped = true;
        return NULL;
    }
    *unit = (struct unit){ .load = load, .file = file, .text = text, .line = line, .users = 1 };
    arena_init(&unit->arena, LIMIT_TRANSACTION_ARENA);
    file->users++;
    return unit;
}

/* a file in this place: the one that is open, or the next that can be read; NULL: no more */
static struct load_file *file_in_place(struct load *load, size_t place)
{
    while (load->open[place] == NULL && load->next_file < load->setting->file_count) {
        load->open[place] = open_file(load, load->next_file++);
    }
    return load->open[place];
}

static struct unit *next_unit(struct load *load)
{
    struct slice text;
    size_t line;
    size_t idle = 0; /* places in a row without a file */
    while (!load->stopped && idle < FILES_OPEN) {
        size_t place = load->turn++ % FILES_OPEN;
        struct load_file *file = file_in_place(load, place);
        if (file == NULL) {
            idle++;
        } else if (next_text(file, &text, &line)) {
            return unit_new(load, file, text, line);
        } else {
            file_drop(file);
            load->open[place] = NULL;
            idle = 0;
        }
    }
    return NULL;
}

/* under the lock: the next unit, when what is under way leaves room for it */
static struct unit *take_unit(struct load *load)
{
    while (load->flying == FLIGHT_UNITS || load->flying_bytes > FLIGHT_BYTES) {
        pthread_cond_wait(&load->landed, &load->lock);
    }
    struct unit *unit = load->again;
    if (unit != NULL) {
        load->again = unit->next;
    } else {
        unit = next_unit(load);
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
        run_unit(unit);
        unit_drop(unit);
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
            file_drop(load->open[i]);
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
        if (!run_readers(load, fault)) {
            return false;
        }
        load->last_try = load->deferred_count == before;
    }
    for (struct unit *unit = load->deferred; unit != NULL;) { /* only when it was stopped */
        struct unit *next = unit->next;
        file_drop(unit->file);
        os_free(unit);
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
        tell(&load, (struct slice){ NULL, 0 }, fault);
        return false;
    }
    hash_table_init(&load.stores, arena);
    pthread_mutex_init(&load.lock, NULL);
    pthread_cond_init(&load.landed, NULL);
    /* what was stored is linked even when something else was refused */
    if (!run_readers(&load, fault) || !run_deferred(&load, fault) || !link_all(&load, fault)) {
        tell(&load, (struct slice){ NULL, 0 }, fault); /* no thread is left to lock out */
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
