/*
 * record_private.h: the inside of the SQLite record store, for its own sources.
 */
#ifndef EVENLODE_STORE_SQLITE_RECORD_PRIVATE_H
#define EVENLODE_STORE_SQLITE_RECORD_PRIVATE_H

#include "store/record_store_private.h"
#include "store/sqlite/database.h"
#include "store/sqlite/string_table.h"
#include "store/sqlite/term.h"

/* Raised when fhir_index() gives other values for the same body: terms are then searched, not
 * computed, when they are to be removed. */
#define INDEX_GENERATION 1

/* X(NAME, statement) */
#define ROW_COLUMNS                                                                                \
    "patient, type, sequence, id, version, updated, change, labels, members, terms, meta,"         \
    " dictionary, body"
#define ROW_STATEMENTS(X)                                                                          \
    X(ROW, "SELECT " ROW_COLUMNS " FROM resource WHERE patient=?1 AND type=?2 AND sequence=?3")    \
    X(ROWS_OF_TYPE, "SELECT " ROW_COLUMNS " FROM resource WHERE patient=?1 AND type=?2"            \
                    " AND sequence>?3 ORDER BY sequence")                                          \
    X(ROWS_OF_PATIENT, "SELECT " ROW_COLUMNS " FROM resource WHERE patient=?1"                     \
                       " ORDER BY type, sequence")                                                 \
    X(SEQUENCES, "SELECT sequence FROM resource WHERE patient=?1 AND type=?2 AND dictionary>=0"    \
                 " ORDER BY sequence")                                                             \
    X(OLD_ROW, "SELECT patient, type, sequence, NULL, version, updated, change, labels, members,"  \
               " 0, meta, dictionary, body FROM history WHERE sequence=?1 AND version=?2")         \
    X(OLD_ROWS, "SELECT patient, type, sequence, NULL, version, updated, change, labels, members," \
                " 0, meta, dictionary, body FROM history WHERE sequence=?1 AND version<?2"         \
                " ORDER BY version DESC")                                                          \
    X(LOCATE, "SELECT patient, sequence FROM locator WHERE hash=?1")                               \
    X(MOVED, "SELECT patient FROM moved WHERE sequence=?1")                                        \
    X(PATIENT, "SELECT sequence, id FROM patient WHERE key=?1")                                    \
    X(MEMBERS_OF_TYPE, "SELECT type, sequence, home FROM member WHERE patient=?1 AND type=?2"      \
                       " ORDER BY sequence")                                                       \
    X(MEMBERS, "SELECT type, sequence, home FROM member WHERE patient=?1 ORDER BY type, sequence") \
    X(TERMS, "SELECT key FROM term WHERE key>=?1 AND key<?2")                                      \
    X(CANDIDATES, "SELECT entry FROM population WHERE entry>=?1 AND entry<?2")                     \
    X(CHANGES, "SELECT number, type, patient, sequence, version FROM change WHERE number>?1"       \
               " ORDER BY number")                                                                 \
    X(INVOLVEMENTS, "SELECT kind, organisation, since, until FROM involvement WHERE patient=?1"    \
                    " ORDER BY sequence, place")                                                   \
    X(INBOX, "SELECT digest FROM inbox WHERE key=?1")

/* Keys that one statement puts into an index: to begin and end a statement costs SQLite more than a
 * row that goes next to the one before. The first that cannot be put ends it (OR FAIL), and with it
 * the batch; so nothing has to be kept for taking back a part of the statement alone. */
#define KEYS_AT_ONCE 16
#define KEYS                                                                                       \
    "(?1),(?2),(?3),(?4),(?5),(?6),(?7),(?8),(?9),(?10),(?11),(?12),(?13),(?14),(?15),(?16)"

#define WRITE_STATEMENTS(X)                                                                        \
    X(PUT_ROW, "INSERT OR REPLACE INTO resource(" ROW_COLUMNS ") VALUES"                           \
               "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)")                                     \
    X(DELETE_ROW, "DELETE FROM resource WHERE patient=?1 AND type=?2 AND sequence=?3")             \
    X(KEEP_OLD, "INSERT INTO history(sequence, version, patient, type, updated, change, labels,"   \
                " members, meta, dictionary, body) SELECT sequence, version, patient, type,"       \
                " updated, change, labels, members, meta, dictionary, body FROM resource"          \
                " WHERE patient=?1 AND type=?2 AND sequence=?3")                                   \
    X(PUT_LOCATOR, "INSERT OR REPLACE INTO locator(hash, sequence, patient) VALUES(?1,?2,?3)")     \
    X(PUT_MOVED, "INSERT OR REPLACE INTO moved(sequence, patient) VALUES(?1,?2)")                  \
    X(PUT_PATIENT, "INSERT OR REPLACE INTO patient(key, sequence, id) VALUES(?1,?2,?3)")           \
    X(PUT_MEMBER, "INSERT OR REPLACE INTO member(patient, type, sequence, home)"                   \
                  " VALUES(?1,?2,?3,?4)")                                                          \
    X(DELETE_MEMBER, "DELETE FROM member WHERE patient=?1 AND type=?2 AND sequence=?3")            \
    X(PUT_TERM, "INSERT OR FAIL INTO term(key) VALUES(?1)")                                        \
    X(PUT_TERMS, "INSERT OR FAIL INTO term(key) VALUES" KEYS)                                      \
    X(DELETE_TERM, "DELETE FROM term WHERE key=?1")                                                \
    X(PUT_CANDIDATE, "INSERT OR IGNORE INTO population(entry) VALUES(?1)")                         \
    X(PUT_CANDIDATES, "INSERT OR IGNORE INTO population(entry) VALUES" KEYS)                       \
    X(PUT_CHANGE, "INSERT INTO change(number, first, type, patient, sequence, version)"            \
                  " VALUES(?1,?2,?3,?4,?5,?6)")                                                    \
    X(PUT_INVOLVEMENT, "INSERT INTO involvement(patient, sequence, place, kind, organisation,"     \
                       " since, until) VALUES(?1,?2,?3,?4,?5,?6,?7)")                              \
    X(DELETE_INVOLVEMENT, "DELETE FROM involvement WHERE patient=?1 AND sequence=?2")              \
    X(PUT_INBOX, "INSERT INTO inbox(key, digest, change) VALUES(?1,?2,?3)")                        \
    X(PUT_STRING, "INSERT INTO string(number, text) VALUES(?1,?2)")                                \
    X(PUT_STATE, "UPDATE state SET next_patient=?1, next_sequence=?2, last_change=?3,"             \
                 " last_time=?4, resources=?5, patients=?6")

#define STORE_STATEMENTS(X)                                                                        \
    X(LOAD_STATE, "SELECT next_patient, next_sequence, last_change, last_time, resources,"         \
                  " patients, seed, ods, generation FROM state")                                   \
    X(MAKE_STATE, "INSERT INTO state(next_patient, next_sequence, last_change, last_time,"         \
                  " resources, patients, seed, ods, generation) VALUES(1, 1, 0, 0, 0, 0, ?1, ?2,"  \
                  " ?3)")                                                                          \
    X(LOAD_STRINGS, "SELECT number, text FROM string ORDER BY number")                             \
    X(CHECK_PAGES, "PRAGMA integrity_check(1)")                                                    \
    X(ALL_ROWS, "SELECT " ROW_COLUMNS " FROM resource")                                            \
    X(COUNTS, "SELECT (SELECT count(*) FROM term), (SELECT count(*) FROM locator),"                \
              " (SELECT count(*) FROM member), (SELECT count(*) FROM involvement),"                \
              " (SELECT count(*) FROM change), (SELECT max(number) FROM change),"                  \
              " (SELECT count(*) FROM history), (SELECT count(*) FROM resource)")

enum record_statement {
#define X(name, text) SQL_##name,
    ROW_STATEMENTS(X) WRITE_STATEMENTS(X) STORE_STATEMENTS(X)
#undef X
        SQL_COUNT,
};

extern const struct database_spec record_database_spec;

/* what a commit changes besides rows; a copy is put back when the commit fails */
struct record_state {
    uint64_t last_change;
    walltime last_time;
    uint64_t resources;
    uint64_t patients;
};

struct sqlite_store {
    struct record_store store; /* must be first */
    struct database *database;
    bool generation_fits;      /* terms may be computed from bodies to remove them */
    struct record_state state; /* the committing thread's */
    struct arena batch;        /* the committing thread's, for one batch */
    pthread_mutex_t mutex;     /* of `shown` */
    struct record_state shown; /* as of the last commit, for figures */
    struct string_table strings;
};

static inline struct sqlite_store *sqlite_of(struct record_store *store)
{
    return (struct sqlite_store *)store;
}

/* -- rows (row.c) ------------------------------------------------------------------------------ */

#define DICTIONARY_DELETED (-1) /* a tombstone: no body */

/* a row of `resource` or `history`; slices in an arena, or with SQLite: see row_borrow() */
struct row {
    uint64_t patient; /* home; of an old version: its home then */
    fhir_type type;
    uint64_t sequence;
    struct slice id; /* empty: made here, of (patient, sequence) */
    version_no version;
    walltime updated;
    change_no change;
    uint32_t labels;
    struct slice members; /* keys of other patients, NUMBER_BYTES each */
    uint32_t terms;
    uint64_t meta; /* meta_at * 2 + meta_comma */
    int dictionary;
    struct slice body; /* packed */
};

static inline bool row_is_deleted(const struct row *row)
{
    return row->dictionary == DICTIONARY_DELETED;
}

/*
 * The ids of patients that were named lately, by key, in each connection's memo: a key's Patient
 * never changes its id, and keys are not used again.
 */
#define PATIENT_MEMO 32

struct patient_memo {
    struct {
        uint64_t key;
        uint8_t len;
        char id[RESOURCE_ID_SIZE];
    } names[PATIENT_MEMO];
};

/* where a row lies */
struct place {
    uint64_t patient;
    fhir_type type;
    uint64_t sequence;
};

/* what a reading of rows needs; one a thread and transaction */
struct row_reader {
    struct sqlite_store *self;
    struct sql *sql;
    struct arena *arena;
    struct fault *fault;
    /* the patient that was named last */
    uint64_t known_key;
    struct slice known_id;
};

void row_reader_init(struct row_reader *reader, struct sqlite_store *self, struct sql *sql,
                     struct arena *arena, struct fault *fault);
sqlite3_stmt *reader_statement(struct row_reader *reader, enum record_statement number);
/* the columns where they lie: the slices end when the statement goes on or is reset */
void row_borrow(sqlite3_stmt *statement, struct row *ret_row);
/* copies the columns; the packed body only when asked for */
MUST_CHECK bool row_take(struct row_reader *reader, sqlite3_stmt *statement, bool with_body,
                         struct row *ret_row);
MUST_CHECK bool row_read(struct row_reader *reader, struct place place, bool with_body,
                         struct row *ret_row, bool *ret_found);
/* by type and id, whichever kind of id it is */
MUST_CHECK bool row_find(struct row_reader *reader, fhir_type type, struct slice id, bool with_body,
                         struct row *ret_row, bool *ret_found);
/* the id of the row, in the arena; made from its numbers when it is made here */
MUST_CHECK bool row_id(struct row_reader *reader, const struct row *row, struct slice *ret_id);
/* the logical id of a patient key */
MUST_CHECK bool patient_id(struct row_reader *reader, uint64_t key, struct slice *ret_id);
/* ids of the patients in whose compartments the row lies, home first */
MUST_CHECK bool row_patients(struct row_reader *reader, const struct row *row,
                             struct slice **ret_ids, size_t *ret_count);
MUST_CHECK bool row_allowed(struct row_reader *reader, const struct decision *decision,
                            const struct row *row, bool *ret_allowed);
/* the row as callers see it, with its body expanded unless it has none */
MUST_CHECK bool row_show(struct row_reader *reader, const struct row *row, struct slice id,
                         struct stored_resource *ret_resource);
/* the index values of the row's body */
MUST_CHECK bool row_values(struct row_reader *reader, const struct row *row,
                           struct index_values *ret_values);
int64_t locator_hash(const struct record_store *store, fhir_type type, struct slice id);
/* does the row lie where its id, made here, says? Then it needs no locator. */
bool id_names_place(struct slice id, uint64_t patient, uint64_t sequence);

/* -- writing ----------------------------------------------------------------------------------- */

/* what encode() adds to a prepared change */
struct encoded_change {
    struct slice packed;
    unsigned dictionary;
    struct terms terms;
    struct search_entry *entries;
    size_t entries_count;
};

bool sqlite_encode(struct record_store *store, struct store_write *write, struct fault *fault);
/* entries of the population index for these values; sorted, each once */
MUST_CHECK bool population_entries(fhir_type type, const struct index_values *values,
                                   struct arena *arena, struct search_entry **ret_entries,
                                   size_t *ret_count);

/* a key on its way into an index, or out of it; of at least QUEUED_PREFIX bytes (key_sort.c) */
#define QUEUED_PREFIX 16
struct queued_key {
    uint64_t first; /* the first sixteen bytes as numbers */
    uint64_t second;
    const char *key;
    uint32_t len;
    bool remove;
};

struct queued_keys {
    VECTOR(struct queued_key) items;
};

struct queued_key queued_key_of(const char *key, size_t len, bool remove);
/* by bytes; equal keys stay as they came. False without memory. */
MUST_CHECK bool queued_keys_sort(struct queued_keys *keys, struct arena *arena);
/* of sorted ones */
void queued_keys_drop_repeats(struct queued_keys *keys);

/* one commit of several writes (write_batch.c) */
struct batch {
    struct sqlite_store *self;
    struct sql *sql;
    struct arena *arena;
    struct row_reader reader;
    struct fault fault; /* of the whole batch */
    struct queued_keys terms;
    struct queued_keys entries;
};

/* what one change of a write will do, once judged (write_judge.c) */
struct change_plan {
    bool exists; /* `old` is its row: current version or tombstone */
    bool acts;   /* false: nothing changes */
    struct row old;
    uint64_t home;
    struct slice members; /* keys, packed */
};

/* false: the write fails with write->fault, or, with *ret_batch_failed, the batch with its own */
MUST_CHECK bool write_judge(struct batch *batch, struct store_write *write,
                            struct change_plan *plans, bool *ret_batch_failed);
/* false: the batch fails */
MUST_CHECK bool write_apply(struct batch *batch, struct store_write *write,
                            struct change_plan *plans);
/* queues removal of the terms of a row (write_terms.c) */
MUST_CHECK bool terms_remove(struct batch *batch, const struct row *row);
MUST_CHECK bool terms_add(struct batch *batch, struct encoded_change *encoded, uint64_t patient,
                          uint64_t sequence);
/* makes the queued changes of terms and population, in the order of the keys */
MUST_CHECK bool terms_flush(struct batch *batch);
void sqlite_commit(void *context, struct commit_item *first);

/* -- reading ----------------------------------------------------------------------------------- */

bool sqlite_query(struct record_store *store, const struct decision *decision,
                  const struct store_query *query, const struct cursor_position *after,
                  struct arena *arena, struct record_cursor **ret_cursor, struct fault *fault);

/* the head of each cursor; owns a reader's connection until freed */
struct sqlite_cursor {
    struct record_cursor cursor; /* must be first */
    struct row_reader reader;
    const struct decision *decision;
    const struct store_query *query;
    struct cursor_position after;
    bool resumes;
    /* by kind of query */
    enum cursor_step (*next)(struct sqlite_cursor *cursor, struct stored_resource *ret_resource,
                             struct cursor_position *ret_position);
    void *state;
};

/* opens of each kind: set next, state and the total */
bool open_read(struct sqlite_cursor *cursor);
bool open_changes(struct sqlite_cursor *cursor);
bool open_search(struct sqlite_cursor *cursor);
bool open_everything(struct sqlite_cursor *cursor);

struct places {
    VECTOR(struct place) items;
};

/* rows of one patient's cluster (and, when asked, those it is a member of) that may match: every
 * row that matches is among them; `doubtful` ones must be judged by their bodies
 * (search_in_patient.c) */
struct patient_matches {
    struct match {
        uint64_t home;
        uint64_t sequence;
        bool doubtful;
    } * at;
    size_t count;
};

MUST_CHECK bool search_in_patient(struct row_reader *reader, const struct search_query *query,
                                  uint64_t patient, bool with_members,
                                  struct patient_matches *ret_matches);
/* keys of the patients (0 for none) who may have matching rows, in order (search_population.c) */
MUST_CHECK bool search_candidates(struct row_reader *reader, const struct search_query *query,
                                  uint64_t **ret_keys, size_t *ret_count);

#endif
