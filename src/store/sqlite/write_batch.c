/*
 * write_batch.c: one commit of what has gathered.
 *
 * Each write is judged against the store as the writes before it in the batch leave it, and applied
 * when it passes. Then come the indexes of all, the numbers, one COMMIT, one sync. Only then is an
 * outcome told. When anything fails that is not a write's own fault, the transaction is rolled back
 * and every write of the batch fails with that reason; what the store keeps in memory (numbers,
 * counts, strings not yet written) goes back with it. A full disk can be waited out; after a failed
 * sync the VFS takes nothing more until the store is opened anew.
 */
#include "base/limits.h"
#include "store/sqlite/record_private.h"

/* strings that were numbered since the last commit, whoever needs them */
static bool put_strings(struct batch *batch)
{
    struct string_table *strings = &batch->self->strings;
    unsigned count = atomic_load_explicit(&strings->count, memory_order_acquire);
    for (; strings->persisted < count; strings->persisted++) {
        struct slice text;
        sqlite3_stmt *statement = reader_statement(&batch->reader, SQL_PUT_STRING);
        if (statement == NULL || !string_table_text(strings, strings->persisted, &text)) {
            return false;
        }
        sqlite3_bind_int64(statement, 1, strings->persisted);
        sql_bind_text(statement, 2, text);
        if (!sql_run(batch->sql, statement, batch->arena, &batch->fault)) {
            return false;
        }
    }
    return true;
}

static bool put_state(struct batch *batch)
{
    struct sqlite_store *self = batch->self;
    sqlite3_stmt *statement = reader_statement(&batch->reader, SQL_PUT_STATE);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)atomic_load(&self->store.next_patient));
    sqlite3_bind_int64(statement, 2, (int64_t)atomic_load(&self->store.next_sequence));
    sqlite3_bind_int64(statement, 3, (int64_t)self->state.last_change);
    sqlite3_bind_int64(statement, 4, self->state.last_time);
    sqlite3_bind_int64(statement, 5, (int64_t)self->state.resources);
    sqlite3_bind_int64(statement, 6, (int64_t)self->state.patients);
    return sql_run(batch->sql, statement, batch->arena, &batch->fault);
}

/* judges and applies one write; false: the batch fails */
static bool do_write(struct batch *batch, struct store_write *write)
{
    bool batch_failed = false;
    struct change_plan *plans = arena_array(batch->arena, write->count + 1, struct change_plan);
    if (plans == NULL) {
        return fault_no_memory(&batch->fault, NULL);
    }
    if (!write_judge(batch, write, plans, &batch_failed)) {
        write->last_change = batch->self->state.last_change;
        return !batch_failed;
    }
    if (!write_apply(batch, write, plans)) {
        return false;
    }
    write->outcome = WRITE_DONE;
    return true;
}

static bool do_batch(struct batch *batch, struct commit_item *first)
{
    if (!sql_begin_write(batch->sql, batch->arena, &batch->fault) || !put_strings(batch)) {
        return false;
    }
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        if (!do_write(batch, (struct store_write *)item)) {
            return false;
        }
    }
    return terms_flush(batch) && put_state(batch) &&
           sql_commit(batch->sql, batch->arena, &batch->fault);
}

/* a write that was refused for its own sake keeps its reason */
static void fail_batch(struct commit_item *first, const struct fault *fault)
{
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        struct store_write *write = (struct store_write *)item;
        if (write->outcome != WRITE_FAILED || write->fault.code == FAULT_NONE) {
            write->outcome = WRITE_FAILED;
            write->fault_change = write->count;
            fault_copy(&write->fault, write->arena, fault);
        }
    }
}

void sqlite_commit(void *context, struct commit_item *first)
{
    struct sqlite_store *self = context;
    struct record_state before = self->state;
    unsigned persisted = self->strings.persisted;
    struct batch batch = {
        .self = self,
        .sql = database_writer(self->database),
        .arena = &self->batch,
        .fault = FAULT_INIT,
    };
    row_reader_init(&batch.reader, self, batch.sql, batch.arena, &batch.fault);
    if (do_batch(&batch, first)) {
        pthread_mutex_lock(&self->mutex);
        self->shown = self->state;
        pthread_mutex_unlock(&self->mutex);
    } else {
        sql_rollback(batch.sql);
        self->state = before;
        self->strings.persisted = persisted;
        if (batch.fault.code == FAULT_NONE) {
            fault_no_memory(&batch.fault, NULL);
        }
        fail_batch(first, &batch.fault);
    }
    if (self->batch.used > MIB(4)) {
        arena_clear(&self->batch);
    } else {
        arena_reset(&self->batch);
    }
}
