/*
 * exchange_store_sqlite.c: one table, clustered by (table number, key).
 *
 * A batch of writes is one transaction. Each write first looks at what it expects of the store as
 * it stands behind the writes before it; only when all of that holds does it change anything. So a
 * write that is refused has changed nothing and needs no savepoint. An error of the disk, on the
 * other hand, gives up the whole batch: no write of it is half there.
 */
#include "store/sqlite/exchange_store_sqlite.h"

#include "base/limits.h"
#include "base/os.h"
#include "store/exchange_store_private.h"
#include "store/sqlite/database.h"

#define BATCH_WEIGHT   4096       /* steps in one transaction */
#define APPLICATION_ID 0x45765831 /* "EvX1" */
#define SCHEMA_VERSION 2          /* 1: without sealed pages */

enum statement {
    STATEMENT_GET,
    STATEMENT_PUT,
    STATEMENT_DELETE,
    STATEMENT_SCAN,
    STATEMENT_SCAN_TO_END,
    STATEMENT_COUNT,
};

static const char *const statements[STATEMENT_COUNT] = {
    [STATEMENT_GET] = "SELECT value FROM entry WHERE number=?1 AND key=?2",
    [STATEMENT_PUT] = "INSERT INTO entry(number, key, value) VALUES(?1, ?2, ?3)"
                      " ON CONFLICT(number, key) DO UPDATE SET value=excluded.value",
    [STATEMENT_DELETE] = "DELETE FROM entry WHERE number=?1 AND key=?2",
    [STATEMENT_SCAN] = "SELECT key, value FROM entry"
                       " WHERE number=?1 AND key>=?2 AND key<?3 ORDER BY key",
    [STATEMENT_SCAN_TO_END] = "SELECT key, value FROM entry"
                              " WHERE number=?1 AND key>=?2 ORDER BY key",
};

static const struct database_spec spec = {
    .what = "exchange store",
    .schema = "CREATE TABLE entry("
              " number INTEGER NOT NULL," /* enum exchange_table */
              " key BLOB NOT NULL,"
              " value BLOB NOT NULL,"
              " PRIMARY KEY(number, key)) WITHOUT ROWID;",
    .application_id = APPLICATION_ID,
    .version = SCHEMA_VERSION,
    .statements = statements,
    .statements_count = STATEMENT_COUNT,
};

struct exchange_store_sqlite {
    struct exchange_store store; /* must be first */
    struct database *database;
};

static struct exchange_store_sqlite *of(struct exchange_store *store)
{
    return (struct exchange_store_sqlite *)store;
}

/* -- reading ---------------------------------------------------------------------------------- */

static bool find(struct sql *sql, enum exchange_table table, struct slice key,
                 sqlite3_stmt **ret_statement, bool *ret_found, struct arena *arena,
                 struct fault *fault)
{
    sqlite3_stmt *statement = sql_statement(sql, STATEMENT_GET, arena, fault);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, (int)table);
    sql_bind_slice(statement, 2, key);
    *ret_statement = statement;
    return sql_next(sql, statement, ret_found, arena, fault);
}

static bool get_with(struct sql *sql, enum exchange_table table, struct slice key,
                     struct arena *arena, struct slice *ret_value, bool *ret_found,
                     struct fault *fault)
{
    sqlite3_stmt *statement = NULL;
    bool found;
    if (!find(sql, table, key, &statement, &found, arena, fault)) {
        return false;
    }
    if (found) {
        struct slice value = arena_copy(arena, sql_column_slice(statement, 0));
        sqlite3_reset(statement);
        if (value.ptr == NULL) {
            return fault_no_memory(fault, arena);
        }
        *ret_value = value;
    }
    *ret_found = found;
    return true;
}

static bool store_get(struct exchange_store *store, enum exchange_table table, struct slice key,
                      struct arena *arena, struct slice *ret_value, bool *ret_found,
                      struct fault *fault)
{
    struct sql *sql = database_reader_take(of(store)->database, arena, fault);
    if (sql == NULL) {
        return false;
    }
    bool ok = get_with(sql, table, key, arena, ret_value, ret_found, fault);
    database_reader_give(sql);
    return ok;
}

struct scan {
    enum exchange_table table;
    struct slice prefix;
    struct slice after;
    uint32_t limit;
    bool (*row)(void *context, const struct exchange_row *row);
    void *context;
};

static bool scan_statement(struct sql *sql, const struct scan *scan, struct arena *arena,
                           sqlite3_stmt **ret_statement, struct fault *fault)
{
    struct slice end;
    bool failed;
    bool bounded = exchange_prefix_end(scan->prefix, arena, &end, &failed);
    if (failed) {
        return fault_no_memory(fault, arena);
    }
    sqlite3_stmt *statement =
        sql_statement(sql, bounded ? STATEMENT_SCAN : STATEMENT_SCAN_TO_END, arena, fault);
    if (statement == NULL) {
        return false;
    }
    bool later = slice_compare(scan->after, scan->prefix) > 0;
    sqlite3_bind_int(statement, 1, (int)scan->table);
    sql_bind_slice(statement, 2, later ? scan->after : scan->prefix);
    if (bounded) {
        sql_bind_slice(statement, 3, end);
    }
    *ret_statement = statement;
    return true;
}

static bool scan_with(struct sql *sql, const struct scan *scan, struct arena *arena,
                      struct fault *fault)
{
    sqlite3_stmt *statement = NULL;
    uint32_t given = 0;
    if (!scan_statement(sql, scan, arena, &statement, fault)) {
        return false;
    }
    for (;;) {
        bool more;
        if (!sql_next(sql, statement, &more, arena, fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        struct slice key = sql_column_slice(statement, 0);
        if (scan->after.len > 0 && slice_equal(key, scan->after)) {
            continue;
        }
        struct exchange_row row = { scan->table, arena_copy(arena, key),
                                    arena_copy(arena, sql_column_slice(statement, 1)) };
        if (row.key.ptr == NULL || row.value.ptr == NULL) {
            sqlite3_reset(statement);
            return fault_no_memory(fault, arena);
        }
        given++;
        if (!scan->row(scan->context, &row) || given == scan->limit) {
            sqlite3_reset(statement);
            return true;
        }
    }
}

static bool store_scan(struct exchange_store *store, enum exchange_table table, struct slice prefix,
                       struct slice after, uint32_t limit, struct arena *arena,
                       bool (*row)(void *context, const struct exchange_row *row), void *context,
                       struct fault *fault)
{
    const struct scan scan = { table, prefix, after, limit, row, context };
    struct sql *sql = database_reader_take(of(store)->database, arena, fault);
    if (sql == NULL) {
        return false;
    }
    bool ok = scan_with(sql, &scan, arena, fault);
    database_reader_give(sql);
    return ok;
}

/* -- writing ---------------------------------------------------------------------------------- */

/* does the row stand as the step expects? false with a fault when not, or when it cannot be read */
static bool expect(struct sql *sql, const struct exchange_step *step, struct exchange_write *write)
{
    sqlite3_stmt *statement = NULL;
    bool found;
    if (!find(sql, step->row.table, step->row.key, &statement, &found, write->arena,
              &write->fault)) {
        return false;
    }
    bool as_expected = !found;
    if (step->kind == EXCHANGE_EXPECT) {
        as_expected = found && slice_equal(sql_column_slice(statement, 0), step->row.value);
    }
    sqlite3_reset(statement);
    return as_expected || fault_set(&write->fault, write->arena, FAULT_CONFLICT,
                                    "what is stored has changed meanwhile");
}

static bool expectations_hold(struct sql *sql, struct exchange_write *write)
{
    for (size_t i = 0; i < write->count; i++) {
        enum exchange_step_kind kind = write->steps[i].kind;
        bool expects = kind == EXCHANGE_EXPECT || kind == EXCHANGE_EXPECT_ABSENT;
        if (expects && !expect(sql, &write->steps[i], write)) {
            return false;
        }
    }
    return true;
}

static bool change(struct sql *sql, const struct exchange_step *step, struct arena *arena,
                   struct fault *fault)
{
    bool put = step->kind == EXCHANGE_PUT;
    if (!put && step->kind != EXCHANGE_DELETE) {
        return true;
    }
    sqlite3_stmt *statement =
        sql_statement(sql, put ? STATEMENT_PUT : STATEMENT_DELETE, arena, fault);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, (int)step->row.table);
    sql_bind_slice(statement, 2, step->row.key);
    if (put) {
        sql_bind_slice(statement, 3, step->row.value);
    }
    return sql_run(sql, statement, arena, fault);
}

static bool change_all(struct sql *sql, struct exchange_write *write, struct fault *fault)
{
    for (size_t i = 0; i < write->count; i++) {
        if (!change(sql, &write->steps[i], write->arena, fault)) {
            return false;
        }
    }
    return true;
}

static struct exchange_write *write_of(struct commit_item *item)
{
    return (struct exchange_write *)item;
}

/* every write of the batch that was not refused for its own sake fails with `fault` */
static void fail_batch(struct commit_item *first, const struct fault *fault)
{
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        struct exchange_write *write = write_of(item);
        if (write->ok || write->fault.code == FAULT_NONE) {
            write->ok = false;
            fault_copy(&write->fault, write->arena, fault);
        }
    }
}

static bool commit_writes(struct sql *sql, struct commit_item *first, struct arena *arena,
                          struct fault *fault)
{
    if (!sql_begin_write(sql, arena, fault)) {
        return false;
    }
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        struct exchange_write *write = write_of(item);
        if (!expectations_hold(sql, write)) {
            continue;
        }
        if (!change_all(sql, write, fault)) {
            return false;
        }
        write->ok = true;
    }
    return sql_commit(sql, arena, fault);
}

static void commit_batch(void *context, struct commit_item *first)
{
    struct exchange_store_sqlite *self = context;
    struct sql *sql = database_writer(self->database);
    struct arena arena;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, LIMIT_FAULT_ARENA);
    if (!commit_writes(sql, first, &arena, &fault)) {
        sql_rollback(sql);
        fail_batch(first, &fault);
    }
    arena_release(&arena);
}

/* -- life ------------------------------------------------------------------------------------- */

static void store_close(struct exchange_store *store)
{
    struct exchange_store_sqlite *self = of(store);
    if (store->queue != NULL) {
        commit_queue_free(store->queue);
    }
    database_close(self->database);
    store->magic = 0;
    os_free(self);
}

static const struct exchange_store_ops ops = {
    .get = store_get,
    .scan = store_scan,
    .close = store_close,
};

struct exchange_store *exchange_store_sqlite_open(const char *path, bool create,
                                                  struct committer *committer, struct arena *arena,
                                                  struct fault *fault)
{
    const struct database_limits limits = { MIB(2), MIB(1), 2 };
    struct exchange_store_sqlite *self = os_malloc(sizeof *self);
    if (self == NULL) {
        fault_no_memory(fault, arena);
        return NULL;
    }
    *self = (struct exchange_store_sqlite){ .store = { EXCHANGE_STORE_MAGIC, &ops, NULL } };
    self->database = database_open(path, create, &spec, &limits, arena, fault);
    if (self->database == NULL) {
        store_close(&self->store);
        return NULL;
    }
    self->store.queue = commit_queue_new(committer, BATCH_WEIGHT, commit_batch, self);
    if (self->store.queue == NULL) {
        fault_no_memory(fault, arena);
        store_close(&self->store);
        return NULL;
    }
    return &self->store;
}
