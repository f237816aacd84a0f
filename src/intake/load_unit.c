/*
 * load_unit.c: one bundle or one resource, from text to what became of it.
 *
 * A reader parses and validates the unit and makes all its writes before it submits the first, so
 * that a unit with a fault leaves nothing behind. From then on the unit belongs to its parts: each
 * ends on the thread that committed it, and the last one ends the unit.
 */
#include "intake/load_internal.h"

#include "base/limits.h"
#include "intake/provider_split.h"

#define PROGRESS_US 200000

/* -- faults and counts ------------------------------------------------------------------------ */

struct slice load_unit_place(const struct unit *unit, struct arena *arena)
{
    return unit->line == 0 ? arena_printf(arena, "%s", unit->file->path)
                           : arena_printf(arena, "%s:%zu", unit->file->path, unit->line);
}

/* under the lock */
void load_tell(struct load *load, struct slice place, const struct fault *fault)
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
    load_tell(load, place, fault);
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
                        load->deferred_count < LIMIT_LOAD_DEFERRED &&
                        (unit->own == NULL || load->deferred_bytes < LIMIT_LOAD_DEFERRED_BYTES);
    return unit->is_deferred;
}

static void refuse_unit(struct unit *unit, const struct fault *fault)
{
    struct load *load = unit->load;
    pthread_mutex_lock(&load->lock);
    if (!may_defer(unit, fault)) {
        load->report.sent += unit->sent;
        load->report.refused += unit->sent;
        tell_of_store(load, load_unit_place(unit, &unit->arena), fault);
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
    load->deferred_bytes += unit->own != NULL ? unit->text.len : 0;
}

static void unit_release(struct unit *unit)
{
    for (size_t p = 0; p < unit->part_count; p++) {
        arena_release(&unit->parts[p].arena);
    }
    arena_clear(&unit->arena);
}

void load_unit_drop(struct unit *unit)
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
        load->report.bytes += unit->file_bytes;
        load_file_drop(unit->file);
        show_progress(load);
    }
    pthread_cond_broadcast(&load->landed);
    pthread_mutex_unlock(&load->lock);
    if (!again) {
        load_unit_free(unit);
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
        tell_of_store(load, load_unit_place(part->unit, write->arena), &write->fault);
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
    load_unit_drop(unit);
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
    tell_of_store(load, load_unit_place(part->unit, &part->arena), fault);
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

void load_unit_run(struct unit *unit)
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
