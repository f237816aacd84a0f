/*
 * database.c: connections, settings, versions.
 *
 * Settings, and why. WAL with synchronous=FULL: a commit is one append and one sync of the log. No
 * memory map: a read error then is an error code and not a signal. cache_spill off: a commit's
 * pages stay in memory until it is whole (base/limits.h bounds a commit), so that the log never
 * holds pages of a commit that is then given up for want of space. temp_store in memory: no file
 * but the database and its log. cell_size_check and trusted_schema: a damaged file is noticed
 * early and can run nothing.
 *
 * The writer may fill LIMIT_COMMIT_CACHE while it makes a commit, because it comes back to what it
 * has read: a row is looked for first and put later, and its neighbours after it. Few stores commit
 * at once. Between commits a store keeps no more than its share of all pages.
 *
 * The page size is 8 KiB: with terms of 30 bytes a page holds some 200 of them, and a commit of a
 * few resources writes few bytes that it did not change.
 *
 * The file's kind and schema version stand in SQLite's own header fields (application_id,
 * user_version), so that even a reader that does not know the tables can tell them. Both are
 * written in the transaction that makes the tables.
 *
 * Each page ends in a seal (db_page.h) that the VFS writes and compares. A file from before there
 * were seals is told apart from a damaged one only once it has failed to open, by what its header
 * says.
 */
#include "store/sqlite/database.h"

#include <pthread.h>

#include "base/limits.h"
#include "base/os.h"
#include "store/sqlite/db_page.h"

#define DATABASE_MAGIC 0xda7aba5eu
#define BUSY_MS        10000

struct database {
    uint32_t magic;
    const struct database_spec *spec;
    struct database_limits limits;
    struct store_vfs *vfs;
    struct sql *writer;
    pthread_mutex_t mutex; /* of the list of idle readers */
    struct sql *idle;
    unsigned idle_count;
    unsigned lent;
};

bool sql_fault(struct sql *sql, int code, struct arena *arena, struct fault *fault)
{
    const char *what = sql->database->spec->what;
    int error = store_vfs_errno(sql->database->vfs);
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return fault_no_memory(fault, NULL);
    case SQLITE_FULL:
        return fault_set(fault, arena, FAULT_NO_SPACE, "no space left for the %s", what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return fault_set(fault, arena, FAULT_CORRUPT, "the %s is damaged", what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fault_set(fault, arena, FAULT_BUSY, "the %s is in use", what);
    case SQLITE_TOOBIG:
        return fault_set(fault, arena, FAULT_TOO_LARGE, "too large for the %s", what);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        if (code == SQLITE_IOERR_NOMEM) {
            return fault_no_memory(fault, NULL);
        }
        if (code == SQLITE_IOERR_DATA) {
            fault_set(fault, arena, FAULT_CORRUPT, "the %s is damaged", what);
            return fault_detail(fault, arena, "page %u is not what was written",
                                (unsigned)store_vfs_damaged_page(sql->database->vfs));
        }
        return fault_errno(fault, arena, error, "the %s cannot be read or written", what);
    default:
        fault_set(fault, arena, FAULT_INTERNAL, "the %s answers with an error", what);
        return fault_detail(fault, arena, "SQLite %d: %s", code, sqlite3_errmsg(sql->db));
    }
}

/* -- statements ------------------------------------------------------------------------------- */

sqlite3_stmt *sql_statement(struct sql *sql, size_t number, struct arena *arena,
                            struct fault *fault)
{
    assert(number < sql->database->spec->statements_count);
    sqlite3_stmt **statement = &sql->statements[number];
    if (*statement != NULL) {
        sqlite3_reset(*statement);
        return *statement;
    }
    const char *text = sql->database->spec->statements[number];
    int code = sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    if (code != SQLITE_OK) {
        sql_fault(sql, code, arena, fault);
        return NULL;
    }
    return *statement;
}

bool sql_next(struct sql *sql, sqlite3_stmt *statement, bool *ret_row, struct arena *arena,
              struct fault *fault)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *ret_row = true;
        return true;
    }
    sqlite3_reset(statement);
    if (code != SQLITE_DONE) {
        return sql_fault(sql, code, arena, fault);
    }
    *ret_row = false;
    return true;
}

bool sql_run(struct sql *sql, sqlite3_stmt *statement, struct arena *arena, struct fault *fault)
{
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        return sql_fault(sql, code, arena, fault);
    }
    return true;
}

static bool execute(struct sql *sql, const char *text, struct arena *arena, struct fault *fault)
{
    int code = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK || sql_fault(sql, code, arena, fault);
}

/* the four statements that frame a transaction, prepared once like the others */
enum frame { FRAME_BEGIN, FRAME_BEGIN_IMMEDIATE, FRAME_COMMIT, FRAME_ROLLBACK };

static int run_frame(struct sql *sql, enum frame frame)
{
    static const char *const texts[] = { "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK" };
    sqlite3_stmt **statement = &sql->transaction[frame];
    if (*statement == NULL) {
        int code = sqlite3_prepare_v3(sql->db, texts[frame], -1, SQLITE_PREPARE_PERSISTENT,
                                      statement, NULL);
        if (code != SQLITE_OK) {
            return code;
        }
    }
    int code = sqlite3_step(*statement);
    sqlite3_reset(*statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

bool sql_begin_read(struct sql *sql, struct arena *arena, struct fault *fault)
{
    assert(!sql->in_transaction);
    int code = run_frame(sql, FRAME_BEGIN);
    if (code != SQLITE_OK) {
        return sql_fault(sql, code, arena, fault);
    }
    sql->in_transaction = true;
    return true;
}

void sql_end_read(struct sql *sql)
{
    if (sql->in_transaction) {
        sql_rollback(sql);
    }
}

bool sql_begin_write(struct sql *sql, struct arena *arena, struct fault *fault)
{
    assert(!sql->in_transaction);
    int code = run_frame(sql, FRAME_BEGIN_IMMEDIATE);
    if (code != SQLITE_OK) {
        return sql_fault(sql, code, arena, fault);
    }
    sql->in_transaction = true;
    return true;
}

/* after a commit that has filled more than the store's share */
static void drop_surplus(struct sql *sql)
{
    int used = 0;
    int most = 0;
    (void)sqlite3_db_status(sql->db, SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
    if ((size_t)used > sql->database->limits.writer_cache) {
        (void)sqlite3_db_release_memory(sql->db);
    }
}

bool sql_commit(struct sql *sql, struct arena *arena, struct fault *fault)
{
    assert(sql->in_transaction);
    int code = run_frame(sql, FRAME_COMMIT);
    if (code != SQLITE_OK) {
        return sql_fault(sql, code, arena, fault);
    }
    sql->in_transaction = false;
    drop_surplus(sql);
    return true;
}

void sql_rollback(struct sql *sql)
{
    for (size_t i = 0; i < sql->database->spec->statements_count; i++) {
        if (sql->statements[i] != NULL) {
            sqlite3_reset(sql->statements[i]);
        }
    }
    /* some errors have rolled back already; then there is nothing to do */
    if (!sqlite3_get_autocommit(sql->db)) {
        int code = run_frame(sql, FRAME_ROLLBACK);
        if (code != SQLITE_OK && !sqlite3_get_autocommit(sql->db)) {
            sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL); /* without its statement */
        }
    }
    sql->in_transaction = false;
    if (sql == sql->database->writer) {
        drop_surplus(sql);
    }
}

void sql_bind_slice(sqlite3_stmt *statement, int at, struct slice bytes)
{
    sqlite3_bind_blob64(statement, at, bytes.len == 0 ? "" : bytes.ptr, bytes.len, SQLITE_STATIC);
}

void sql_bind_text(sqlite3_stmt *statement, int at, struct slice text)
{
    sqlite3_bind_text64(statement, at, text.len == 0 ? "" : text.ptr, text.len, SQLITE_STATIC,
                        SQLITE_UTF8);
}

struct slice sql_column_slice(sqlite3_stmt *statement, int column)
{
    const char *ptr = sqlite3_column_blob(statement, column);
    return slice_of(ptr, (size_t)sqlite3_column_bytes(statement, column));
}

/* -- connections ------------------------------------------------------------------------------ */

static void sql_free(struct sql *sql)
{
    if (sql == NULL) {
        return;
    }
    for (size_t i = 0; i < sql->database->spec->statements_count; i++) {
        sqlite3_finalize(sql->statements[i]);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(sql->transaction); i++) {
        sqlite3_finalize(sql->transaction[i]);
    }
    int code = sqlite3_close(sql->db);
    assert(code == SQLITE_OK);
    os_free(sql);
}

static bool configure(struct sql *sql, size_t cache, struct arena *arena, struct fault *fault)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "PRAGMA page_size=%d; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;"
                   "PRAGMA cache_size=-%zu; PRAGMA cache_spill=OFF; PRAGMA trusted_schema=OFF;"
                   "PRAGMA cell_size_check=ON; PRAGMA wal_autocheckpoint=1024;"
                   "PRAGMA journal_size_limit=4194304;",
                   PAGE_BYTES, cache / 1024 + 1);
    sqlite3_busy_timeout(sql->db, BUSY_MS);
    sqlite3_extended_result_codes(sql->db, 1);
    if (!execute(sql, text, arena, fault)) {
        return false;
    }
    int reserved = PAGE_RESERVED; /* of an empty file; the others say themselves what they have */
    int code = sqlite3_file_control(sql->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    return code == SQLITE_OK || sql_fault(sql, code, arena, fault);
}

static struct sql *connect(struct database *database, bool create, size_t cache,
                           struct arena *arena, struct fault *fault)
{
    const size_t unit = alignof(max_align_t);
    size_t head = sizeof(struct sql) + database->spec->statements_count * sizeof(sqlite3_stmt *);
    head = (head + unit - 1) / unit * unit;
    size_t size = head + database->spec->memo_size;
    struct sql *sql = os_malloc(size);
    if (sql == NULL) {
        fault_no_memory(fault, NULL);
        return NULL;
    }
    memset(sql, 0, size);
    sql->database = database;
    sql->memo = (char *)sql + head;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                (create ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(store_vfs_path(database->vfs), &sql->db, flags,
                               store_vfs_name(database->vfs));
    if (code != SQLITE_OK) {
        sql_fault(sql, code, arena, fault);
        sql_free(sql);
        return NULL;
    }
    if (!configure(sql, cache, arena, fault)) {
        sql_free(sql);
        return NULL;
    }
    return sql;
}

struct sql *database_reader_take(struct database *database, struct arena *arena,
                                 struct fault *fault)
{
    CHECK_OBJ(database, DATABASE_MAGIC);
    pthread_mutex_lock(&database->mutex);
    struct sql *sql = database->idle;
    if (sql != NULL) {
        database->idle = sql->next;
        database->idle_count--;
    }
    database->lent++;
    pthread_mutex_unlock(&database->mutex);
    if (sql != NULL) {
        return sql;
    }
    sql = connect(database, false, database->limits.reader_cache, arena, fault);
    if (sql != NULL && !execute(sql, "PRAGMA query_only=ON", arena, fault)) {
        sql_free(sql);
        sql = NULL;
    }
    if (sql == NULL) {
        pthread_mutex_lock(&database->mutex);
        database->lent--;
        pthread_mutex_unlock(&database->mutex);
    }
    return sql;
}

void database_reader_give(struct sql *sql)
{
    struct database *database = sql->database;
    sql_end_read(sql);
    pthread_mutex_lock(&database->mutex);
    database->lent--;
    bool keep = database->idle_count < database->limits.idle_readers;
    if (keep) {
        sql->next = database->idle;
        database->idle = sql;
        database->idle_count++;
    }
    pthread_mutex_unlock(&database->mutex);
    if (!keep) {
        sql_free(sql);
    }
}

struct sql *database_writer(struct database *database)
{
    return database->writer;
}

bool database_failed(struct database *database)
{
    return store_vfs_sync_failed(database->vfs);
}

uint64_t database_bytes(struct database *database)
{
    char path[4200];
    struct stat status;
    uint64_t bytes = 0;
    const char *base = store_vfs_path(database->vfs);
    if (os_stat(base, &status) == 0) {
        bytes += (uint64_t)status.st_size;
    }
    (void)snprintf(path, sizeof path, "%s-wal", base);
    if (os_stat(path, &status) == 0) {
        bytes += (uint64_t)status.st_size;
    }
    return bytes;
}

/* -- opening ---------------------------------------------------------------------------------- */

static bool pragma_number(struct sql *sql, const char *text, int64_t *ret_number,
                          struct arena *arena, struct fault *fault)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(sql->db, text, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code == SQLITE_ROW) {
        *ret_number = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_ROW || sql_fault(sql, code, arena, fault);
}

static bool make_schema(struct sql *sql, struct arena *arena, struct fault *fault)
{
    const struct database_spec *spec = sql->database->spec;
    char text[128];
    (void)snprintf(text, sizeof text, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
                   spec->application_id, spec->version);
    if (!sql_begin_write(sql, arena, fault)) {
        return false;
    }
    if (execute(sql, spec->schema, arena, fault) && execute(sql, text, arena, fault) &&
        sql_commit(sql, arena, fault)) {
        return true;
    }
    sql_rollback(sql);
    return false;
}

/* makes the tables in an empty file, or checks whose file it is */
static bool settle_schema(struct sql *sql, bool create, struct arena *arena, struct fault *fault)
{
    const struct database_spec *spec = sql->database->spec;
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    if (!pragma_number(sql, "PRAGMA application_id", &application, arena, fault) ||
        !pragma_number(sql, "PRAGMA user_version", &version, arena, fault) ||
        !pragma_number(sql, "SELECT count(*) FROM sqlite_schema", &tables, arena, fault)) {
        return false;
    }
    if (application == 0 && version == 0 && tables == 0) {
        /* empty: new, or its making was cut short before anything was in it */
        return create ? make_schema(sql, arena, fault)
                      : fault_set(fault, arena, FAULT_NOT_FOUND, "there is no such %s", spec->what);
    }
    if (application != spec->application_id) {
        return fault_set(fault, arena, FAULT_CORRUPT, "the file is no %s", spec->what);
    }
    if (version != spec->version) {
        fault_set(fault, arena, FAULT_VERSION, "the %s was written by %s Evenlode", spec->what,
                  version > spec->version ? "a newer" : "an older");
        return fault_detail(fault, arena, "its format is %lld, known is %d", (long long)version,
                            spec->version);
    }
    return true;
}

static bool open_writer(struct database *database, bool create, struct arena *arena,
                        struct fault *fault)
{
    database->writer = connect(database, create, LIMIT_COMMIT_CACHE, arena, fault);
    if (database->writer == NULL) {
        return false;
    }
    return execute(database->writer, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", arena,
                   fault) &&
           settle_schema(database->writer, create, arena, fault);
}

struct database *database_open(const char *path, bool create, const struct database_spec *spec,
                               const struct database_limits *limits, struct arena *arena,
                               struct fault *fault)
{
    struct stat status;
    if (!sqlite_start()) {
        fault_set(fault, arena, FAULT_INTERNAL, "SQLite does not start");
        return NULL;
    }
    if (!create && os_stat(path, &status) != 0) {
        fault_set(fault, arena, FAULT_NOT_FOUND, "there is no such %s", spec->what);
        return NULL;
    }
    struct database *database = os_malloc(sizeof *database);
    if (database == NULL) {
        fault_no_memory(fault, NULL);
        return NULL;
    }
    *database = (struct database){ .magic = DATABASE_MAGIC, .spec = spec, .limits = *limits };
    pthread_mutex_init(&database->mutex, NULL);
    database->vfs = store_vfs_new(path);
    if (database->vfs == NULL) {
        fault_no_memory(fault, NULL);
        database_close(database);
        return NULL;
    }
    if (!open_writer(database, create, arena, fault)) {
        if (fault->code == FAULT_CORRUPT && store_vfs_is_unsealed(path, (uint32_t)spec->version)) {
            fault_set(fault, arena, FAULT_VERSION, "the %s was written by an older Evenlode",
                      spec->what);
            fault_detail(fault, arena, "its pages have no checksums");
        }
        database_close(database);
        return NULL;
    }
    return database;
}

void database_close(struct database *database)
{
    if (database == NULL) {
        return;
    }
    CHECK_OBJ(database, DATABASE_MAGIC);
    assert(database->lent == 0);
    while (database->idle != NULL) {
        struct sql *sql = database->idle;
        database->idle = sql->next;
        sql_free(sql);
    }
    sql_free(database->writer); /* the last connection: SQLite moves the log into the file */
    store_vfs_free(database->vfs);
    pthread_mutex_destroy(&database->mutex);
    database->magic = 0;
    os_free(database);
}
