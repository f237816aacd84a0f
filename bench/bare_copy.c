/*
 * bare_copy.c: five cursors over a store, each in the order of patients, and one loop that writes.
 */
#include "bare_copy.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"
#include "store/sqlite/record_private.h"

/* patient first: where the rows of one end and those of the next begin */
static const struct {
    const char *select;
    const char *insert;
} tables[] = {
    { "SELECT patient, * FROM resource", "INSERT INTO resource VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)" },
    { "SELECT substr(key,1,5), key FROM term", "INSERT INTO term VALUES(?)" },
    { "SELECT substr(entry,15,5) AS p, entry FROM population ORDER BY p, entry",
      "INSERT INTO population VALUES(?)" },
    { "SELECT patient, * FROM locator ORDER BY patient", "INSERT INTO locator VALUES(?,?,?)" },
    { "SELECT patient, * FROM change ORDER BY patient, number",
      "INSERT INTO change VALUES(?,?,?,?,?,?)" },
};
#define TABLES ARRAY_LENGTH(tables)

/* the values of one patient's rows of one table, row by row */
struct rows {
    sqlite3_value **values;
    size_t count;
    size_t capacity;
};

struct copy {
    sqlite3 *from;
    sqlite3 *to;
    sqlite3_stmt *select[TABLES];
    sqlite3_stmt *insert[TABLES];
    bool more[TABLES];
    struct rows rows[TABLES];
    double seconds;
    uint64_t resources;
};

static void must(sqlite3 *db, int code, int wanted)
{
    if (code != wanted) {
        fprintf(stderr, "bench: SQLite says %d: %s\n", code, sqlite3_errmsg(db));
        exit(1);
    }
}

static sqlite3 *open_file(const char *path, const char *settings)
{
    sqlite3 *db;
    must(NULL, sqlite3_open(path, &db), SQLITE_OK);
    must(db, sqlite3_exec(db, settings, NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void prepare(struct copy *copy)
{
    for (size_t i = 0; i < TABLES; i++) {
        must(copy->from,
             sqlite3_prepare_v2(copy->from, tables[i].select, -1, &copy->select[i], NULL),
             SQLITE_OK);
        must(copy->to, sqlite3_prepare_v2(copy->to, tables[i].insert, -1, &copy->insert[i], NULL),
             SQLITE_OK);
        copy->more[i] = sqlite3_step(copy->select[i]) == SQLITE_ROW;
    }
}

/* a number, or five bytes of one */
static uint64_t patient_of(sqlite3_stmt *select)
{
    if (sqlite3_column_type(select, 0) == SQLITE_INTEGER) {
        return (uint64_t)sqlite3_column_int64(select, 0);
    }
    const unsigned char *at = sqlite3_column_blob(select, 0);
    uint64_t number = 0;
    for (int i = 0; i < sqlite3_column_bytes(select, 0); i++) {
        number = number << 8 | at[i];
    }
    return number;
}

static void keep(struct rows *rows, sqlite3_value *value)
{
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity == 0 ? 1024 : rows->capacity * 2;
        rows->values = realloc(rows->values, rows->capacity * sizeof(sqlite3_value *));
    }
    if (rows->values == NULL) {
        abort();
    }
    rows->values[rows->count++] = sqlite3_value_dup(value);
}

static void read_patient(struct copy *copy, size_t table, uint64_t patient)
{
    sqlite3_stmt *select = copy->select[table];
    while (copy->more[table] && patient_of(select) == patient) {
        for (int i = 1; i < sqlite3_column_count(select); i++) {
            keep(&copy->rows[table], sqlite3_column_value(select, i));
        }
        copy->more[table] = sqlite3_step(select) == SQLITE_ROW;
    }
}

static void write_table(struct copy *copy, size_t table)
{
    sqlite3_stmt *insert = copy->insert[table];
    struct rows *rows = &copy->rows[table];
    int width = sqlite3_bind_parameter_count(insert);
    for (size_t at = 0; at < rows->count; at += (size_t)width) {
        for (int i = 0; i < width; i++) {
            sqlite3_bind_value(insert, i + 1, rows->values[at + (size_t)i]);
        }
        must(copy->to, sqlite3_step(insert), SQLITE_DONE);
        sqlite3_reset(insert);
    }
    copy->resources += table == 0 ? rows->count / (size_t)width : 0;
}

static void write_patient(struct copy *copy)
{
    double start = bench_now();
    sqlite3_exec(copy->to, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; i < TABLES; i++) {
        write_table(copy, i);
    }
    must(copy->to, sqlite3_exec(copy->to, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    copy->seconds += bench_now() - start;
    for (size_t i = 0; i < TABLES; i++) {
        for (size_t k = 0; k < copy->rows[i].count; k++) {
            sqlite3_value_free(copy->rows[i].values[k]);
        }
        copy->rows[i].count = 0;
    }
}

static bool next_patient(const struct copy *copy, uint64_t *ret_patient)
{
    bool found = false;
    for (size_t i = 0; i < TABLES; i++) {
        uint64_t patient = copy->more[i] ? patient_of(copy->select[i]) : 0;
        if (copy->more[i] && (!found || patient < *ret_patient)) {
            *ret_patient = patient;
            found = true;
        }
    }
    return found;
}

static void release(struct copy *copy)
{
    for (size_t i = 0; i < TABLES; i++) {
        sqlite3_finalize(copy->select[i]);
        sqlite3_finalize(copy->insert[i]);
        free(copy->rows[i].values);
    }
    sqlite3_close(copy->from);
    sqlite3_close(copy->to);
}

static void copy_store(const char *from, const char *to, double *seconds, uint64_t *resources)
{
    struct copy copy = { .from = open_file(from, "PRAGMA query_only=ON") };
    uint64_t patient = 0;
    copy.to = open_file(to, "PRAGMA page_size=8192; PRAGMA journal_mode=WAL;"
                            "PRAGMA synchronous=FULL; PRAGMA cache_size=-262144");
    must(copy.to, sqlite3_exec(copy.to, record_database_spec.schema, NULL, NULL, NULL), SQLITE_OK);
    prepare(&copy);
    while (next_patient(&copy, &patient)) {
        for (size_t i = 0; i < TABLES; i++) {
            read_patient(&copy, i, patient);
        }
        write_patient(&copy);
    }
    release(&copy);
    *seconds += copy.seconds;
    *resources += copy.resources;
}

double bare_copy(const char *stores, const char *folder, uint64_t *ret_resources)
{
    char from[512];
    char to[512];
    double seconds = 0;
    DIR *handle = opendir(stores);
    struct dirent *entry;
    *ret_resources = 0;
    while (handle != NULL && (entry = readdir(handle)) != NULL) {
        size_t len = strlen(entry->d_name);
        if (len < 7 || strcmp(entry->d_name + len - 7, ".sqlite") != 0) {
            continue;
        }
        (void)snprintf(from, sizeof from, "%s/%s", stores, entry->d_name);
        (void)snprintf(to, sizeof to, "%s/bare-%s", folder, entry->d_name);
        copy_store(from, to, &seconds, ret_resources);
        unlink(to);
    }
    if (handle != NULL) {
        closedir(handle);
    }
    return seconds;
}
