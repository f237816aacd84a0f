/*
 * record_check.c: does every table fit the others?
 *
 * The rows are the truth: from each body is computed what the indexes must hold, each entry is
 * looked for, and the counts of the tables show whether anything stands there besides. It reads the
 * whole store, in one read transaction. Entries of `population` and `locator` may outlive their
 * reason (search_index.h, write_apply.c), so of those only the missing are faults.
 */
#include "store/sqlite/codec.h"
#include "store/sqlite/record_private.h"
#include "store/sqlite/record_store_sqlite.h"

#include "base/limits.h"

struct tally {
    uint64_t rows;
    uint64_t resources;
    uint64_t patients;
    uint64_t terms;
    uint64_t locators;
    uint64_t members;
    uint64_t involvements;
};

struct checking {
    struct sqlite_store *self;
    struct row_reader reader;
    struct arena scratch;
    struct tally tally;
};

static bool wrong(struct checking *now, const struct row *row, const char *what)
{
    fault_set(now->reader.fault, now->reader.arena, FAULT_CORRUPT, "the record store: %s", what);
    return row == NULL ? false
                       : fault_detail(now->reader.fault, now->reader.arena,
                                      "row %llu of patient %llu, type %u",
                                      (unsigned long long)row->sequence,
                                      (unsigned long long)row->patient, row->type);
}

/* is there a key in [key, to)? */
static bool has_key(struct checking *now, enum record_statement number, struct slice key,
                    bool *ret_found)
{
    char to[TERM_HEAD + 256];
    sqlite3_stmt *statement = reader_statement(&now->reader, number);
    if (statement == NULL) {
        return false;
    }
    memcpy(to, key.ptr, key.len);
    to[key.len] = '\0';
    sql_bind_slice(statement, 1, key);
    sql_bind_slice(statement, 2, slice_of(to, key.len + 1));
    bool ok = sql_next(now->reader.sql, statement, ret_found, now->reader.arena, now->reader.fault);
    sqlite3_reset(statement);
    return ok;
}

static bool check_terms(struct checking *now, const struct row *row,
                        const struct index_values *values)
{
    struct terms terms = { .items = { NULL, 0, 0 } };
    if (!terms_encode(&now->self->strings, row->type, values, &now->scratch, &terms)) {
        return fault_no_memory(now->reader.fault, &now->scratch);
    }
    now->tally.terms += terms.items.count;
    if (terms.items.count != row->terms) {
        return wrong(now, row, "a row has another number of terms");
    }
    for (size_t i = 0; i < terms.items.count; i++) {
        struct term *term = &terms.items.at[i];
        bool found;
        term_set_place(term, row->patient, row->sequence);
        if (!has_key(now, SQL_TERMS, slice_of(term->ptr, term->len), &found)) {
            return false;
        }
        if (!found) {
            return wrong(now, row, "a term is missing");
        }
    }
    return true;
}

static bool check_population(struct checking *now, const struct row *row,
                             const struct index_values *values)
{
    struct search_entry *entries;
    size_t count;
    if (!population_entries(row->type, values, &now->scratch, &entries, &count)) {
        return fault_no_memory(now->reader.fault, &now->scratch);
    }
    for (size_t i = 0; i < count; i++) {
        bool found;
        search_entry_set_patient(&entries[i], row->patient);
        if (!has_key(now, SQL_CANDIDATES, slice_of(entries[i].bytes, SEARCH_ENTRY_SIZE), &found)) {
            return false;
        }
        if (!found) {
            return wrong(now, row, "an entry of the population index is missing");
        }
    }
    return true;
}

static bool check_found(struct checking *now, const struct row *row)
{
    struct row again;
    struct slice id;
    struct slice *patients;
    size_t count;
    bool found;
    if (!row_id(&now->reader, row, &id) || !row_patients(&now->reader, row, &patients, &count) ||
        !row_find(&now->reader, row->type, id, false, &again, &found)) {
        return false;
    }
    now->tally.locators += !id_names_place(id, row->patient, row->sequence);
    if (!found || again.sequence != row->sequence || again.patient != row->patient) {
        return wrong(now, row, "a row is not found by its id");
    }
    return true;
}

static bool check_body(struct checking *now, const struct row *row)
{
    struct slice body;
    struct json json;
    struct index_values values = { NULL, 0, 0 };
    struct involvement_notes notes;
    uint64_t patients = row->patient == 0 ? 0 : 1 + row->members.len / NUMBER_BYTES;
    if (!codec_expand(row->body, (unsigned)row->dictionary, &now->scratch, &body,
                      now->reader.fault) ||
        !json_parse(&now->scratch, body, &json, now->reader.fault) ||
        !fhir_index(&json, 0, row->type, &now->scratch, &values, now->reader.fault) ||
        !involvement_derive(&json, 0, row->type, &now->scratch, &notes, now->reader.fault)) {
        return false;
    }
    now->tally.resources++;
    now->tally.patients += row->type == FHIR_PATIENT;
    now->tally.members += patients == 0 ? 0 : patients - 1;
    now->tally.involvements += patients * notes.count;
    return check_terms(now, row, &values) && check_population(now, row, &values);
}

static bool check_rows(struct checking *now)
{
    sqlite3_stmt *statement = reader_statement(&now->reader, SQL_ALL_ROWS);
    bool more;
    if (statement == NULL) {
        return false;
    }
    for (;;) {
        struct row row;
        if (!sql_next(now->reader.sql, statement, &more, now->reader.arena, now->reader.fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        bool ok = row_take(&now->reader, statement, true, &row) && check_found(now, &row) &&
                  (row_is_deleted(&row) || check_body(now, &row));
        if (!ok) {
            sqlite3_reset(statement);
            struct fault copy = *now->reader.fault;
            fault_copy(now->reader.fault, now->reader.arena, &copy);
            return false;
        }
        now->tally.rows++;
        arena_reset(&now->scratch);
    }
}

static bool check_pages(struct checking *now)
{
    bool more;
    sqlite3_stmt *statement = reader_statement(&now->reader, SQL_CHECK_PAGES);
    if (statement == NULL ||
        !sql_next(now->reader.sql, statement, &more, now->reader.arena, now->reader.fault)) {
        return false;
    }
    bool ok = more && slice_equal(sql_column_slice(statement, 0), SLICE("ok"));
    sqlite3_reset(statement);
    return ok || wrong(now, NULL, "its pages are damaged");
}

static bool check_counts(struct checking *now, const struct record_state *state)
{
    const struct tally *tally = &now->tally;
    bool more;
    sqlite3_stmt *statement = reader_statement(&now->reader, SQL_COUNTS);
    if (statement == NULL ||
        !sql_next(now->reader.sql, statement, &more, now->reader.arena, now->reader.fault)) {
        return false;
    }
    uint64_t counts[8];
    for (int i = 0; i < 8; i++) {
        counts[i] = (uint64_t)sqlite3_column_int64(statement, i);
    }
    sqlite3_reset(statement);
    const struct {
        bool fits;
        const char *what;
    } checks[] = {
        { counts[0] == tally->terms, "there are terms of no row" },
        { counts[1] >= tally->locators, "locators are missing" },
        { counts[2] == tally->members, "the number of members is wrong" },
        { counts[3] == tally->involvements, "the number of involvements is wrong" },
        { counts[4] == counts[5], "the numbers of changes have a gap" },
        { counts[4] == state->last_change, "the last change has another number" },
        { counts[6] + counts[7] == counts[4], "a version has no change, or a change no version" },
        { counts[7] == tally->rows, "rows were overlooked" },
        { state->resources == tally->resources, "the number of resources is wrong" },
        { state->patients == tally->patients, "the number of patients is wrong" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(checks); i++) {
        if (!checks[i].fits) {
            return wrong(now, NULL, checks[i].what);
        }
    }
    return true;
}

static bool read_state(struct checking *now, struct record_state *ret_state)
{
    bool more;
    sqlite3_stmt *statement = reader_statement(&now->reader, SQL_LOAD_STATE);
    if (statement == NULL ||
        !sql_next(now->reader.sql, statement, &more, now->reader.arena, now->reader.fault)) {
        return false;
    }
    *ret_state = (struct record_state){
        .last_change = (uint64_t)sqlite3_column_int64(statement, 2),
        .last_time = sqlite3_column_int64(statement, 3),
        .resources = (uint64_t)sqlite3_column_int64(statement, 4),
        .patients = (uint64_t)sqlite3_column_int64(statement, 5),
    };
    sqlite3_reset(statement);
    return more || wrong(now, NULL, "it has no state");
}

bool record_store_sqlite_check(struct record_store *store, struct arena *arena, struct fault *fault)
{
    struct sqlite_store *self = sqlite_of(store);
    struct checking now = { .self = self };
    struct record_state state;
    struct sql *sql = database_reader_take(self->database, arena, fault);
    if (sql == NULL) {
        return false;
    }
    arena_init(&now.scratch, LIMIT_REQUEST_ARENA);
    row_reader_init(&now.reader, self, sql, arena, fault);
    bool ok = sql_begin_read(sql, arena, fault) && check_pages(&now) && read_state(&now, &state) &&
              check_rows(&now) && check_counts(&now, &state);
    database_reader_give(sql);
    arena_release(&now.scratch);
    return ok;
}
