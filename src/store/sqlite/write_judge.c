/*
 * write_judge.c: may this write be made, against the store as it stands behind the writes before
 * it?
 *
 * Everything that can refuse a write for its own sake is looked at here, before a byte of it is
 * written: the inbox, versions, what exists, homes. So a refused write leaves no trace in the
 * transaction that it shares with others, and needs no savepoint. What can fail afterwards is the
 * disk, and that fails the batch.
 */
#include "store/sqlite/codec.h"
#include "store/sqlite/record_private.h"

struct judging {
    struct batch *batch;
    struct store_write *write;
    struct change_plan *plans;
    struct hash_table patients; /* id -> key; 0: not here */
    bool batch_failed;
};

static bool refuse(struct judging *now, size_t at, enum fault_code code, const char *text)
{
    now->write->fault_change = at;
    return fault_set(&now->write->fault, now->write->arena, code, "%s", text);
}

static bool give_up(struct judging *now)
{
    now->batch_failed = true;
    return false;
}

static bool out_of_memory(struct judging *now)
{
    fault_no_memory(&now->batch->fault, NULL);
    return give_up(now);
}

static bool find_old(struct judging *now, size_t at)
{
    struct record_change *change = &now->write->changes[at];
    struct change_plan *plan = &now->plans[at];
    if (change->id.len == 0) {
        return true; /* numbered a moment ago */
    }
    bool with_body = change->kind == CHANGE_UPDATE;
    return row_find(&now->batch->reader, change->type, change->id, with_body, &plan->old,
                    &plan->exists) ||
           give_up(now);
}

static bool judge_version(struct judging *now, size_t at)
{
    struct record_change *change = &now->write->changes[at];
    const struct change_plan *plan = &now->plans[at];
    bool is_there = plan->exists && !row_is_deleted(&plan->old);
    patient_key key;
    uint64_t sequence;
    if (change->if_match != 0 && (!plan->exists || plan->old.version != change->if_match)) {
        return refuse(now, at, FAULT_PRECONDITION, "the resource has another version");
    }
    if (change->kind == CHANGE_CREATE && is_there) {
        return refuse(now, at, FAULT_CONFLICT, "there is a resource with this id already");
    }
    if (change->kind == CHANGE_UPDATE && !plan->exists &&
        record_id_parse(change->id, &key, &sequence)) {
        return refuse(now, at, FAULT_INVALID, "an id of this form is made by the server alone");
    }
    return true;
}

/* *ret_same: the stored body is this one */
static bool is_same_body(struct judging *now, size_t at, bool *ret_same)
{
    struct record_change *change = &now->write->changes[at];
    const struct row *old = &now->plans[at].old;
    struct slice body;
    *ret_same = false;
    if (change->kind != CHANGE_UPDATE || !change->unchanged_is_none || !now->plans[at].exists ||
        row_is_deleted(old)) {
        return true;
    }
    if (!codec_expand(old->body, (unsigned)old->dictionary, now->batch->arena, &body,
                      &now->batch->fault)) {
        return give_up(now);
    }
    *ret_same = slice_equal(body, prepared_of(change)->body.text);
    return true;
}

static bool decide_effect(struct judging *now, size_t at)
{
    struct record_change *change = &now->write->changes[at];
    struct change_plan *plan = &now->plans[at];
    bool is_there = plan->exists && !row_is_deleted(&plan->old);
    bool same;
    if (!is_same_body(now, at, &same)) {
        return false;
    }
    if (same || (change->kind == CHANGE_DELETE && !is_there)) {
        change->effect = same ? EFFECT_UNCHANGED : EFFECT_NONE;
        return true;
    }
    plan->acts = true;
    change->effect = change->kind == CHANGE_DELETE ? EFFECT_DELETED
                     : is_there                    ? EFFECT_UPDATED
                                                   : EFFECT_CREATED;
    return true;
}

static bool note_patient(struct judging *now, struct slice id, uint64_t key)
{
    struct hash_slot *slot = hash_table_put(&now->patients, id, NULL);
    if (slot == NULL) {
        return out_of_memory(now);
    }
    slot->value.number = key;
    return true;
}

/* the key of a compartment's Patient: of this write, or stored; 0 when it is neither */
static bool find_key(struct judging *now, struct slice id, uint64_t *ret_key)
{
    struct hash_slot *slot = hash_table_find(&now->patients, id);
    if (slot != NULL) {
        *ret_key = slot->value.number;
        return true;
    }
    struct row row;
    bool found;
    if (!row_find(&now->batch->reader, FHIR_PATIENT, id, false, &row, &found)) {
        return give_up(now);
    }
    *ret_key = found && !row_is_deleted(&row) ? row.patient : 0;
    return note_patient(now, id, *ret_key);
}

static bool find_homes(struct judging *now, size_t at)
{
    const struct fhir_patients *patients = &prepared_of(&now->write->changes[at])->patients;
    struct change_plan *plan = &now->plans[at];
    char *members = NULL;
    if (patients->count > 1) {
        members = arena_alloc(now->batch->arena, patients->count * NUMBER_BYTES);
        if (members == NULL) {
            return out_of_memory(now);
        }
    }
    for (size_t i = 0; i < patients->count; i++) {
        uint64_t key;
        if (!find_key(now, patients->ids[i], &key)) {
            return false;
        }
        if (key == 0) {
            return refuse(now, at, FAULT_REFERENCE, "the patient is not in this store");
        }
        if (i == 0) {
            plan->home = key;
        } else {
            put_number40(members + (i - 1) * NUMBER_BYTES, key);
        }
    }
    plan->members =
        slice_of(members, patients->count > 1 ? (patients->count - 1) * NUMBER_BYTES : 0);
    return true;
}

/* first what exists, and the keys of the Patients of this write; then homes can be found */
static bool judge_changes(struct judging *now)
{
    for (size_t at = 0; at < now->write->count; at++) {
        struct record_change *change = &now->write->changes[at];
        const struct prepared_change *prepared = prepared_of(change);
        if (!find_old(now, at) || !judge_version(now, at) || !decide_effect(now, at)) {
            return false;
        }
        if (change->type == FHIR_PATIENT && change->kind != CHANGE_DELETE) {
            const struct change_plan *plan = &now->plans[at];
            if (!note_patient(now, prepared->id,
                              plan->exists ? plan->old.patient : prepared->key)) {
                return false;
            }
        }
    }
    for (size_t at = 0; at < now->write->count; at++) {
        if (now->write->changes[at].kind != CHANGE_DELETE && !find_homes(now, at)) {
            return false;
        }
    }
    return true;
}

/* false with WRITE_ALREADY_KNOWN or a fault; true: go on */
static bool look_in_inbox(struct judging *now)
{
    struct store_write *write = now->write;
    bool found;
    if (write->inbox_key.len == 0) {
        return true;
    }
    sqlite3_stmt *statement = reader_statement(&now->batch->reader, SQL_INBOX);
    if (statement == NULL) {
        return give_up(now);
    }
    sql_bind_slice(statement, 1, write->inbox_key);
    if (!sql_next(now->batch->sql, statement, &found, now->batch->arena, &now->batch->fault)) {
        return give_up(now);
    }
    if (!found) {
        return true;
    }
    struct slice digest = sql_column_slice(statement, 0);
    bool same = slice_equal(digest, slice_of((const char *)write->inbox_digest.bytes, DIGEST_SIZE));
    sqlite3_reset(statement);
    if (!same) {
        return refuse(now, write->count, FAULT_CONFLICT, "this key was used for another message");
    }
    write->outcome = WRITE_ALREADY_KNOWN;
    return false;
}

bool write_judge(struct batch *batch, struct store_write *write, struct change_plan *plans,
                 bool *ret_batch_failed)
{
    struct judging now = { .batch = batch, .write = write, .plans = plans };
    hash_table_init(&now.patients, batch->arena);
    bool ok = look_in_inbox(&now) && judge_changes(&now);
    *ret_batch_failed = now.batch_failed;
    return ok;
}
