/*
 * database.h: one SQLite file with one writer and a few readers.
 *
 * What the record store and the exchange store have in common: opening or creating the file in WAL
 * mode with synchronous=FULL and no memory map, the schema's version, a connection for the one
 * writer, connections lent to readers, statements prepared once a connection.
 *
 * Threads: database_reader_take()/give() from any thread; a connection is used by the thread that
 * has it. The writer's connection belongs to whoever serves the store's commit queue.
 */
#ifndef EVENLODE_STORE_SQLITE_DATABASE_H
#define EVENLODE_STORE_SQLITE_DATABASE_H

#include <sqlite3.h>

#include "base/fault.h"
#include "store/sqlite/vfs.h"

struct database;

/* what a kind of store is made of; static, outlives its databases */
struct database_spec {
    const char *what;              /* "record store": for messages */
    const char *schema;            /* statements that make it */
    int32_t application_id;        /* in the file's header: which kind it is */
    int32_t version;               /* of the schema: any other one in the file is refused */
    const char *const *statements; /* by number; prepared when first used */
    size_t statements_count;
    size_t memo_size; /* bytes that each connection has for its user, zeroed at first */
};

struct database_limits {
    size_t writer_cache; /* bytes of pages that a connection keeps between uses */
    size_t reader_cache;
    unsigned idle_readers; /* reader connections kept open when nobody uses them */
};

/* a connection with its statements */
struct sql {
    sqlite3 *db;
    struct database *database;
    struct sql *next; /* in the list of idle readers */
    bool in_transaction;
    sqlite3_stmt *transaction[4]; /* BEGIN, BEGIN IMMEDIATE, COMMIT, ROLLBACK, once prepared */
    void *memo;                   /* spec->memo_size bytes, aligned for any type */
    sqlite3_stmt *statements[];   /* statements_count; use sql_statement() */
};

/*
 * NULL and a fault: FAULT_NOT_FOUND when there is no file and `create` is false, FAULT_VERSION when
 * another version of the program wrote it, FAULT_CORRUPT when it is no such database or damaged.
 */
MUST_CHECK struct database *database_open(const char *path, bool create,
                                          const struct database_spec *spec,
                                          const struct database_limits *limits, struct arena *arena,
                                          struct fault *fault);
/* All readers must have been given back. Moves the log into the file unless a sync failed. */
void database_close(struct database *database);

struct sql *database_writer(struct database *database);
/* NULL and a fault when a new connection was needed and could not be made */
MUST_CHECK struct sql *database_reader_take(struct database *database, struct arena *arena,
                                            struct fault *fault);
/* ends its transaction, if any */
void database_reader_give(struct sql *sql);
/* a sync failed: nothing can be written until the store is opened anew */
bool database_failed(struct database *database);
/* bytes of the file and its log */
uint64_t database_bytes(struct database *database);

/* The statement, reset and ready to bind. NULL and a fault. */
MUST_CHECK sqlite3_stmt *sql_statement(struct sql *sql, size_t number, struct arena *arena,
                                       struct fault *fault);
/* Steps a statement that gives no rows, and resets it. */
MUST_CHECK bool sql_run(struct sql *sql, sqlite3_stmt *statement, struct arena *arena,
                        struct fault *fault);
/* Steps: *ret_row false at the end (and reset). */
MUST_CHECK bool sql_next(struct sql *sql, sqlite3_stmt *statement, bool *ret_row,
                         struct arena *arena, struct fault *fault);
/* what the last call of SQLite on this connection failed with, as a fault; always false */
bool sql_fault(struct sql *sql, int code, struct arena *arena, struct fault *fault);

/* one moment of the store until sql_end_read() or giving back */
MUST_CHECK bool sql_begin_read(struct sql *sql, struct arena *arena, struct fault *fault);
void sql_end_read(struct sql *sql);
/* the writer's transaction */
MUST_CHECK bool sql_begin_write(struct sql *sql, struct arena *arena, struct fault *fault);
MUST_CHECK bool sql_commit(struct sql *sql, struct arena *arena, struct fault *fault);
void sql_rollback(struct sql *sql);

/* bytes that stay where they are until the statement is reset */
void sql_bind_slice(sqlite3_stmt *statement, int at, struct slice bytes);
void sql_bind_text(sqlite3_stmt *statement, int at, struct slice text);
/* valid until the next step */
struct slice sql_column_slice(sqlite3_stmt *statement, int column);

#endif
