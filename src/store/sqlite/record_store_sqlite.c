/*
 * record_store_sqlite.c: life, look-ups and figures of the SQLite record store.
 *
 * One writer's connection, served by the commit queue; readers' connections lent to cursors. The
 * page cache of each is small (base/limits.h shares one budget over all stores): with one patient's
 * rows and terms side by side, a question touches few pages, and the kernel keeps the rest.
 */
#include "store/sqlite/record_store_sqlite.h"

#include "base/limits.h"
#include "store/sqlite/codec.h"
#include "store/sqlite/record_private.h"

/* a reader for the length of one call */
struct borrowed {
    struct row_reader reader;
    struct arena scratch;
    struct fault fault;
};

static bool borrow(struct sqlite_store *self, struct borrowed *borrowed)
{
    arena_init(&borrowed->scratch, LIMIT_REQUEST_ARENA);
    borrowed->fault = (struct fault)FAULT_INIT;
    struct sql *sql = database_reader_take(self->database, &borrowed->scratch, &borrowed->fault);
    row_reader_init(&borrowed->reader, self, sql, &borrowed->scratch, &borrowed->fault);
    if (sql != NULL && sql_begin_read(sql, &borrowed->scratch, &borrowed->fault)) {
        return true;
    }
    if (sql != NULL) {
        database_reader_give(sql);
    }
    return false;
}

/* copies the fault, if there is one, to where it outlives this call */
static void give_back(struct borrowed *borrowed, struct arena *arena, struct fault *fault)
{
    if (borrowed->reader.sql != NULL) {
        database_reader_give(borrowed->reader.sql);
    }
    if (fault != NULL && borrowed->fault.code != FAULT_NONE) {
        fault_copy(fault, arena, &borrowed->fault);
    }
    arena_release(&borrowed->scratch);
}

static patient_key sqlite_find_patient(struct record_store *store, struct slice id,
                                       bool deleted_too)
{
    struct borrowed borrowed;
    struct row row;
    bool found = false;
    patient_key key = 0;
    if (!borrow(sqlite_of(store), &borrowed)) {
        borrowed.reader.sql = NULL;
    } else if (row_find(&borrowed.reader, FHIR_PATIENT, id, false, &row, &found) && found &&
               (deleted_too || !row_is_deleted(&row))) {
        key = row.patient;
    }
    give_back(&borrowed, NULL, NULL);
    return key;
}

static bool sqlite_peek(struct record_store *store, fhir_type type, struct slice id,
                        struct arena *arena, struct slice *ret_body, bool *ret_found,
                        struct fault *fault)
{
    struct borrowed borrowed;
    struct row row;
    bool found = false;
    if (!borrow(sqlite_of(store), &borrowed)) {
        borrowed.reader.sql = NULL;
        give_back(&borrowed, arena, fault);
        return false;
    }
    bool ok = row_find(&borrowed.reader, type, id, true, &row, &found);
    found = ok && found && !row_is_deleted(&row);
    if (found) {
        ok = codec_expand(row.body, (unsigned)row.dictionary, arena, ret_body, &borrowed.fault);
    }
    *ret_found = found;
    give_back(&borrowed, arena, fault);
    return ok;
}

struct involvement_list {
    VECTOR(struct involvement) items;
};

static bool collect_involvements(struct row_reader *reader, uint64_t key, struct arena *arena,
                                 struct involvement_list *list)
{
    sqlite3_stmt *statement = reader_statement(reader, SQL_INVOLVEMENTS);
    bool more;
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)key);
    for (;;) {
        if (!sql_next(reader->sql, statement, &more, reader->arena, reader->fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        struct involvement *item = vector_push(&list->items, arena);
        struct slice organisation = arena_copy(arena, sql_column_slice(statement, 1));
        if (item == NULL || organisation.ptr == NULL) {
            sqlite3_reset(statement);
            return fault_no_memory(reader->fault, arena);
        }
        *item = (struct involvement){
            .organisation = organisation,
            .kind = (enum involvement_kind)sqlite3_column_int(statement, 0),
            .from = sqlite3_column_int64(statement, 2),
            .to = sqlite3_column_int64(statement, 3),
        };
    }
}

static bool sqlite_involvements(struct record_store *store, struct slice patient_id,
                                struct arena *arena, struct involvement **ret_at, size_t *ret_count,
                                struct fault *fault)
{
    struct borrowed borrowed;
    struct involvement_list list = { .items = { NULL, 0, 0 } };
    struct row row;
    bool found = false;
    if (!borrow(sqlite_of(store), &borrowed)) {
        borrowed.reader.sql = NULL;
        give_back(&borrowed, arena, fault);
        return false;
    }
    bool ok = row_find(&borrowed.reader, FHIR_PATIENT, patient_id, false, &row, &found) &&
              (!found || collect_involvements(&borrowed.reader, row.patient, arena, &list));
    give_back(&borrowed, arena, fault);
    *ret_at = list.items.at;
    *ret_count = list.items.count;
    return ok;
}

static bool sqlite_figures(struct record_store *store, struct record_store_figures *ret_figures,
                           struct fault *fault)
{
    struct sqlite_store *self = sqlite_of(store);
    (void)fault;
    pthread_mutex_lock(&self->mutex);
    *ret_figures = (struct record_store_figures){
        .resources = self->shown.resources,
        .patients = self->shown.patients,
        .last_change = self->shown.last_change,
    };
    pthread_mutex_unlock(&self->mutex);
    ret_figures->bytes_on_disk = database_bytes(self->database);
    ret_figures->failed = database_failed(self->database);
    return true;
}

static void sqlite_close(struct record_store *store)
{
    struct sqlite_store *self = sqlite_of(store);
    if (store->queue != NULL) {
        commit_queue_free(store->queue);
    }
    database_close(self->database);
    string_table_release(&self->strings);
    arena_release(&self->batch);
    pthread_mutex_destroy(&self->mutex);
    store->magic = 0;
    os_free(self);
}

static const struct record_store_ops ops = {
    .find_patient = sqlite_find_patient,
    .encode = sqlite_encode,
    .query = sqlite_query,
    .involvements = sqlite_involvements,
    .peek = sqlite_peek,
    .figures = sqlite_figures,
    .close = sqlite_close,
};

/* -- opening ----------------------------------------------------------------------------------- */

static bool make_state(struct sqlite_store *self, struct sql *sql, struct arena *arena,
                       struct fault *fault)
{
    sqlite3_stmt *statement = sql_statement(sql, SQL_MAKE_STATE, arena, fault);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)self->store.seed);
    sql_bind_text(statement, 2, record_store_ods(&self->store));
    sqlite3_bind_int(statement, 3, INDEX_GENERATION);
    return sql_run(sql, statement, arena, fault);
}

static bool take_state(struct sqlite_store *self, sqlite3_stmt *statement, struct arena *arena,
                       struct fault *fault)
{
    if (!slice_equal(sql_column_slice(statement, 7), record_store_ods(&self->store))) {
        return fault_set(fault, arena, FAULT_CORRUPT,
                         "the record store belongs to another organisation");
    }
    atomic_store(&self->store.next_patient, (uint64_t)sqlite3_column_int64(statement, 0));
    atomic_store(&self->store.next_sequence, (uint64_t)sqlite3_column_int64(statement, 1));
    self->state = (struct record_state){
        .last_change = (uint64_t)sqlite3_column_int64(statement, 2),
        .last_time = sqlite3_column_int64(statement, 3),
        .resources = (uint64_t)sqlite3_column_int64(statement, 4),
        .patients = (uint64_t)sqlite3_column_int64(statement, 5),
    };
    self->shown = self->state;
    self->store.seed = (uint64_t)sqlite3_column_int64(statement, 6);
    self->generation_fits = sqlite3_column_int64(statement, 8) == INDEX_GENERATION;
    return true;
}

static bool load_state(struct sqlite_store *self, struct sql *sql, struct arena *arena,
                       struct fault *fault)
{
    bool found;
    sqlite3_stmt *statement = sql_statement(sql, SQL_LOAD_STATE, arena, fault);
    if (statement == NULL || !sql_next(sql, statement, &found, arena, fault)) {
        return false;
    }
    if (found) {
        bool ok = take_state(self, statement, arena, fault);
        sqlite3_reset(statement);
        return ok;
    }
    self->generation_fits = true;
    return make_state(self, sql, arena, fault);
}

static bool load_strings(struct sqlite_store *self, struct sql *sql, struct arena *arena,
                         struct fault *fault)
{
    bool more;
    sqlite3_stmt *statement = sql_statement(sql, SQL_LOAD_STRINGS, arena, fault);
    if (statement == NULL) {
        return false;
    }
    for (;;) {
        if (!sql_next(sql, statement, &more, arena, fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        bool in_order = sqlite3_column_int64(statement, 0) == self->strings.persisted;
        if (!in_order || !string_table_restore(&self->strings, sql_column_slice(statement, 1))) {
            sqlite3_reset(statement);
            return in_order ? fault_no_memory(fault, arena)
                            : fault_set(fault, arena, FAULT_CORRUPT,
                                        "the record store has lost a string");
        }
    }
}

static bool open_database(struct sqlite_store *self, const char *path, bool create,
                          struct arena *arena, struct fault *fault)
{
    /* shares of LIMIT_STORE_CACHE: one writer and two readers in each open store */
    const size_t share = LIMIT_STORE_CACHE / LIMIT_STORES_OPEN;
    const struct database_limits limits = { share / 2, share / 4, 2 };
    self->database = database_open(path, create, &record_database_spec, &limits, arena, fault);
    if (self->database == NULL) {
        return false;
    }
    struct sql *sql = database_writer(self->database);
    return load_state(self, sql, arena, fault) && load_strings(self, sql, arena, fault);
}

struct record_store *record_store_sqlite_open(const char *path, struct slice ods, bool create,
                                              struct committer *committer, struct arena *arena,
                                              struct fault *fault)
{
    struct sqlite_store *self = codec_start() ? os_malloc(sizeof *self) : NULL;
    if (self == NULL) {
        fault_no_memory(fault, arena);
        return NULL;
    }
    memset(self, 0, sizeof *self);
    if (!record_store_head_init(&self->store, &ops, ods, arena, fault)) {
        os_free(self);
        return NULL;
    }
    pthread_mutex_init(&self->mutex, NULL);
    string_table_init(&self->strings);
    arena_init(&self->batch, LIMIT_TRANSACTION_ARENA);
    if (!open_database(self, path, create, arena, fault)) {
        sqlite_close(&self->store);
        return NULL;
    }
    self->store.queue = commit_queue_new(committer, LIMIT_STORE_BATCH, sqlite_commit, self);
    if (self->store.queue == NULL) {
        fault_no_memory(fault, arena);
        sqlite_close(&self->store);
        return NULL;
    }
    return &self->store;
}

/* letters, digits and '-': an ODS code that becomes a file name must not be a path */
static bool is_file_name(struct slice ods)
{
    for (size_t i = 0; i < ods.len; i++) {
        char c = ods.ptr[i];
        bool fine =
            (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (!fine) {
            return false;
        }
    }
    return ods.len > 0 && ods.len < ODS_SIZE;
}

static struct record_store *open_by_pool(void *context, struct slice ods, bool create,
                                         struct committer *committer, struct arena *arena,
                                         struct fault *fault)
{
    if (!is_file_name(ods)) {
        fault_set(fault, arena, FAULT_INVALID, "this is not an ODS code");
        return NULL;
    }
    struct slice path =
        arena_printf(arena, "%s/%.*s.sqlite", (const char *)context, SLICE_PRINT(ods));
    if (path.ptr == NULL) {
        fault_no_memory(fault, arena);
        return NULL;
    }
    char *name = arena_string(arena, path);
    if (name == NULL) {
        fault_no_memory(fault, arena);
        return NULL;
    }
    return record_store_sqlite_open(name, ods, create, committer, arena, fault);
}

struct store_opener record_store_sqlite_opener(const char *directory)
{
    return (struct store_opener){ open_by_pool, (void *)directory };
}
