/*
 * write_apply.c: a judged write becomes rows.
 *
 * An old version goes to `history` as it lies. A row whose home has changed is taken out of one
 * cluster and put into another under the same sequence number; its id then no longer says where it
 * lies, so it is written out and put into the locator, and `moved` tells those who come from an old
 * change. Terms are only queued here: write_terms.c makes them for the whole batch in order.
 */
#include "store/sqlite/record_private.h"

struct applying {
    struct batch *batch;
    struct store_write *write;
    struct record_change *change;
    const struct prepared_change *prepared;
    struct encoded_change *encoded;
    const struct change_plan *plan;
    uint64_t sequence;
    version_no version;
    change_no first; /* change number of the write */
};

static sqlite3_stmt *statement_of(struct applying *now, enum record_statement number)
{
    return reader_statement(&now->batch->reader, number);
}

static bool run(struct applying *now, sqlite3_stmt *statement)
{
    return sql_run(now->batch->sql, statement, now->batch->arena, &now->batch->fault);
}

/* a statement whose three parameters are the old row's place */
static bool run_on_old_place(struct applying *now, enum record_statement number)
{
    const struct row *old = &now->plan->old;
    sqlite3_stmt *statement = statement_of(now, number);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)old->patient);
    sqlite3_bind_int(statement, 2, old->type);
    sqlite3_bind_int64(statement, 3, (int64_t)old->sequence);
    return run(now, statement);
}

static bool for_each_patient(struct applying *now, uint64_t home, struct slice members,
                             bool (*act)(struct applying *now, uint64_t key))
{
    if (home != 0 && !act(now, home)) {
        return false;
    }
    for (size_t i = 0; i + NUMBER_BYTES <= members.len; i += NUMBER_BYTES) {
        if (!act(now, get_number40(members.ptr + i))) {
            return false;
        }
    }
    return true;
}

static bool delete_involvements(struct applying *now, uint64_t key)
{
    sqlite3_stmt *statement = statement_of(now, SQL_DELETE_INVOLVEMENT);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)key);
    sqlite3_bind_int64(statement, 2, (int64_t)now->sequence);
    return run(now, statement);
}

static bool put_involvements(struct applying *now, uint64_t key)
{
    const struct involvement_notes *notes = &now->prepared->involvements;
    for (size_t i = 0; i < notes->count; i++) {
        sqlite3_stmt *statement = statement_of(now, SQL_PUT_INVOLVEMENT);
        if (statement == NULL) {
            return false;
        }
        sqlite3_bind_int64(statement, 1, (int64_t)key);
        sqlite3_bind_int64(statement, 2, (int64_t)now->sequence);
        sqlite3_bind_int64(statement, 3, (int64_t)i);
        sqlite3_bind_int(statement, 4, (int)notes->at[i].kind);
        sql_bind_text(statement, 5, notes->at[i].organisation);
        sqlite3_bind_int64(statement, 6, notes->at[i].from);
        sqlite3_bind_int64(statement, 7, notes->at[i].to);
        if (!run(now, statement)) {
            return false;
        }
    }
    return true;
}

static bool delete_member(struct applying *now, uint64_t key)
{
    sqlite3_stmt *statement = statement_of(now, SQL_DELETE_MEMBER);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)key);
    sqlite3_bind_int(statement, 2, now->change->type);
    sqlite3_bind_int64(statement, 3, (int64_t)now->sequence);
    return run(now, statement);
}

static bool put_member(struct applying *now, uint64_t key)
{
    sqlite3_stmt *statement = statement_of(now, SQL_PUT_MEMBER);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)key);
    sqlite3_bind_int(statement, 2, now->change->type);
    sqlite3_bind_int64(statement, 3, (int64_t)now->sequence);
    sqlite3_bind_int64(statement, 4, (int64_t)now->plan->home);
    return run(now, statement);
}

/* the old version leaves the indexes and goes to history */
static bool retire_old(struct applying *now)
{
    const struct row *old = &now->plan->old;
    if (!run_on_old_place(now, SQL_KEEP_OLD)) {
        return false;
    }
    if (row_is_deleted(old)) {
        return true; /* it left them when it was deleted */
    }
    return terms_remove(now->batch, old) &&
           (old->patient == 0 ||
            for_each_patient(now, old->patient, old->members, delete_involvements)) &&
           for_each_patient(now, 0, old->members, delete_member);
}

static bool put_row(struct applying *now, uint64_t patient, struct slice id)
{
    bool deleted = now->change->kind == CHANGE_DELETE;
    const struct row *old = &now->plan->old;
    struct slice members = deleted ? old->members : now->plan->members;
    const struct resource_body *body = &now->prepared->body;
    sqlite3_stmt *statement = statement_of(now, SQL_PUT_ROW);
    if (statement == NULL) {
        return false;
    }
    sqlite3_clear_bindings(statement);
    sqlite3_bind_int64(statement, 1, (int64_t)patient);
    sqlite3_bind_int(statement, 2, now->change->type);
    sqlite3_bind_int64(statement, 3, (int64_t)now->sequence);
    if (id.len > 0) {
        sql_bind_text(statement, 4, id);
    }
    sqlite3_bind_int64(statement, 5, now->version);
    sqlite3_bind_int64(statement, 6, now->batch->self->state.last_time);
    sqlite3_bind_int64(statement, 7, (int64_t)now->batch->self->state.last_change);
    sqlite3_bind_int64(statement, 8, deleted ? old->labels : now->prepared->labels);
    if (members.len > 0) {
        sql_bind_slice(statement, 9, members);
    }
    sqlite3_bind_int64(statement, 10, (int64_t)now->encoded->terms.items.count);
    sqlite3_bind_int64(statement, 11, (int64_t)(body->meta_at * 2 + body->meta_comma));
    sqlite3_bind_int(statement, 12, deleted ? DICTIONARY_DELETED : (int)now->encoded->dictionary);
    if (!deleted) {
        sql_bind_slice(statement, 13, now->encoded->packed);
    }
    return run(now, statement);
}

static bool put_locator(struct applying *now, uint64_t patient)
{
    sqlite3_stmt *statement = statement_of(now, SQL_PUT_LOCATOR);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(
        statement, 1, locator_hash(&now->batch->self->store, now->change->type, now->prepared->id));
    sqlite3_bind_int64(statement, 2, (int64_t)now->sequence);
    sqlite3_bind_int64(statement, 3, (int64_t)patient);
    return run(now, statement);
}

static bool put_moved(struct applying *now, uint64_t patient)
{
    sqlite3_stmt *statement = statement_of(now, SQL_PUT_MOVED);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)now->sequence);
    sqlite3_bind_int64(statement, 2, (int64_t)patient);
    return run(now, statement);
}

static bool put_patient(struct applying *now, struct slice id)
{
    sqlite3_stmt *statement = statement_of(now, SQL_PUT_PATIENT);
    if (statement == NULL) {
        return false;
    }
    sqlite3_clear_bindings(statement);
    sqlite3_bind_int64(statement, 1, (int64_t)now->plan->home);
    sqlite3_bind_int64(statement, 2, (int64_t)now->sequence);
    if (id.len > 0) {
        sql_bind_text(statement, 3, id);
    }
    return run(now, statement);
}

static bool put_change(struct applying *now, uint64_t patient)
{
    sqlite3_stmt *statement = statement_of(now, SQL_PUT_CHANGE);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)now->batch->self->state.last_change);
    sqlite3_bind_int64(statement, 2, (int64_t)now->first);
    sqlite3_bind_int(statement, 3, now->change->type);
    sqlite3_bind_int64(statement, 4, (int64_t)patient);
    sqlite3_bind_int64(statement, 5, (int64_t)now->sequence);
    sqlite3_bind_int64(statement, 6, now->version);
    return run(now, statement);
}

static bool queue_entries(struct applying *now)
{
    for (size_t i = 0; i < now->encoded->entries_count; i++) {
        struct search_entry *entry = &now->encoded->entries[i];
        struct queued_key *queued = vector_push(&now->batch->entries.items, now->batch->arena);
        if (queued == NULL) {
            return fault_no_memory(&now->batch->fault, NULL);
        }
        search_entry_set_patient(entry, now->plan->home);
        *queued = queued_key_of(entry->bytes, sizeof entry->bytes, false);
    }
    return true;
}

/* the new version enters the indexes */
static bool enter_new(struct applying *now)
{
    const struct change_plan *plan = now->plan;
    return terms_add(now->batch, now->encoded, plan->home, now->sequence) && queue_entries(now) &&
           (now->prepared->involvements.count == 0 ||
            for_each_patient(now, plan->home, plan->members, put_involvements)) &&
           for_each_patient(now, 0, plan->members, put_member);
}

static void count(struct applying *now)
{
    struct record_state *state = &now->batch->self->state;
    bool is_patient = now->change->type == FHIR_PATIENT;
    if (now->change->effect == EFFECT_CREATED) {
        state->resources++;
        state->patients += is_patient;
    } else if (now->change->effect == EFFECT_DELETED) {
        state->resources--;
        state->patients -= is_patient;
    }
}

/* row, and how it is found */
static bool place_row(struct applying *now)
{
    const struct change_plan *plan = now->plan;
    bool deleted = now->change->kind == CHANGE_DELETE;
    uint64_t patient = deleted ? plan->old.patient : plan->home;
    struct slice id = now->prepared->id;
    bool names_place = id_names_place(id, patient, now->sequence);
    bool moves = plan->exists && plan->old.patient != patient;
    if (moves && (!run_on_old_place(now, SQL_DELETE_ROW) || !put_moved(now, patient))) {
        return false;
    }
    id = names_place ? (struct slice){ NULL, 0 } : id;
    if (!put_row(now, patient, id)) {
        return false;
    }
    if (!names_place && (!plan->exists || moves) && !put_locator(now, patient)) {
        return false;
    }
    if (now->change->type == FHIR_PATIENT && !plan->exists && !put_patient(now, id)) {
        return false;
    }
    return put_change(now, patient);
}

static bool apply_change(struct applying *now)
{
    const struct change_plan *plan = now->plan;
    now->batch->self->state.last_change++;
    now->sequence = plan->exists ? plan->old.sequence : now->prepared->sequence;
    now->version = plan->exists ? plan->old.version + 1 : 1;
    count(now);
    return (!plan->exists || retire_old(now)) && place_row(now) &&
           (now->change->kind == CHANGE_DELETE || enter_new(now));
}

static bool put_inbox(struct applying *now)
{
    const struct store_write *write = now->write;
    sqlite3_stmt *statement = statement_of(now, SQL_PUT_INBOX);
    if (statement == NULL) {
        return false;
    }
    sql_bind_slice(statement, 1, write->inbox_key);
    sql_bind_slice(statement, 2, slice_of((const char *)write->inbox_digest.bytes, DIGEST_SIZE));
    sqlite3_bind_int64(statement, 3, (int64_t)now->batch->self->state.last_change);
    return run(now, statement);
}

bool write_apply(struct batch *batch, struct store_write *write, struct change_plan *plans)
{
    struct record_state *state = &batch->self->state;
    struct applying now = { .batch = batch, .write = write, .first = state->last_change + 1 };
    walltime time = os_now();
    state->last_time = time > state->last_time ? time : state->last_time + 1;
    for (size_t at = 0; at < write->count; at++) {
        struct record_change *change = &write->changes[at];
        now.change = change;
        now.prepared = prepared_of(change);
        now.encoded = now.prepared->encoded;
        now.plan = &plans[at];
        if (plans[at].acts && !apply_change(&now)) {
            return false;
        }
        bool acts = plans[at].acts;
        change->ret_id = now.prepared->id;
        change->ret_version = acts ? now.version : plans[at].exists ? plans[at].old.version : 0;
        change->ret_last_updated = acts               ? state->last_time
                                   : plans[at].exists ? plans[at].old.updated
                                                      : 0;
    }
    write->last_change = state->last_change;
    return write->inbox_key.len == 0 || put_inbox(&now);
}
