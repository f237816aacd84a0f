/*
 * exchange_store_sqlite.h: the exchange store in one SQLite file. docs/formats/exchange-store.md.
 */
#ifndef EVENLODE_STORE_SQLITE_EXCHANGE_STORE_SQLITE_H
#define EVENLODE_STORE_SQLITE_EXCHANGE_STORE_SQLITE_H

#include "store/exchange_store.h"

/*
 * Opens the file at `path`, makes it when `create`. Served by `committer`, which must outlive it.
 * NULL and a fault: NOT_FOUND, VERSION (written by a newer program), CORRUPT, IO, NO_SPACE.
 */
MUST_CHECK struct exchange_store *exchange_store_sqlite_open(const char *path, bool create,
                                                             struct committer *committer,
                                                             struct arena *arena,
                                                             struct fault *fault);

#endif
