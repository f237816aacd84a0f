/*
 * record_store_sqlite.h: one organisation's records in one SQLite file.
 * docs/formats/record-store.md.
 */
#ifndef EVENLODE_STORE_SQLITE_RECORD_STORE_SQLITE_H
#define EVENLODE_STORE_SQLITE_RECORD_STORE_SQLITE_H

#include "store/store_pool.h"

/*
 * Opens the file at `path`, makes it when `create`. Served by `committer`, which must outlive it.
 * NULL and a fault: NOT_FOUND, VERSION, CORRUPT (also: another organisation's store), IO, NO_SPACE.
 */
MUST_CHECK struct record_store *record_store_sqlite_open(const char *path, struct slice ods,
                                                         bool create, struct committer *committer,
                                                         struct arena *arena, struct fault *fault);
/* opens DIRECTORY/<ODS>.sqlite; `directory` must outlive the pool */
struct store_opener record_store_sqlite_opener(const char *directory);

/*
 * Looks at every table whether it fits the others: each row's terms, locator, members, involvements
 * and population entries, numbers without gaps, counts. For tests and operators. False: what does
 * not fit, or could not be read.
 */
MUST_CHECK bool record_store_sqlite_check(struct record_store *store, struct arena *arena,
                                          struct fault *fault);

#endif
