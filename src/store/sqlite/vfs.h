/*
 * vfs.h: SQLite's way to the files, through the `os` seam.
 *
 * One store_vfs serves one database file with its write-ahead log. Because one process owns a data
 * directory (ARCHITECTURE invariant 12), nothing is shared with other processes: locks and the WAL
 * index live on the heap, all connections of a database read and write through the same two
 * descriptors, and there is no `-shm` file and no memory map. A test replaces the table behind
 * base/os.h and can so fail, record or tear any call that SQLite makes.
 *
 * A sync that failed is final (ARCHITECTURE invariant 5): after it every write, sync and truncation
 * of this database is refused, so that SQLite cannot go on from a state that the disk does not
 * have.
 *
 * Every page that is written into the database is sealed (db_page.h), and every page that is read
 * from the database or from its log must be what was written. One that is not is no page: the read
 * fails with SQLITE_IOERR_DATA, and the first such page is logged. What does not need that page is
 * still read.
 *
 * Threads: connections of one database may be used by several threads, one connection by one.
 */
#ifndef EVENLODE_STORE_SQLITE_VFS_H
#define EVENLODE_STORE_SQLITE_VFS_H

#include "base/prelude.h"

struct store_vfs;

/*
 * Registers a VFS for the database at `path` (copied) under a name of its own. NULL without
 * memory. SQLite must be started (sqlite_start()).
 */
MUST_CHECK struct store_vfs *store_vfs_new(const char *path);
/* all connections must be closed */
void store_vfs_free(struct store_vfs *vfs);

/* for sqlite3_open_v2() */
const char *store_vfs_name(const struct store_vfs *vfs);
const char *store_vfs_path(const struct store_vfs *vfs);
/* a sync has failed: the database is read-only until it is opened anew */
bool store_vfs_sync_failed(struct store_vfs *vfs);
/* errno of the last call that failed, 0 when none did; for messages */
int store_vfs_errno(struct store_vfs *vfs);
/* the last page that was not what was written, 0 when none was met; for messages */
uint32_t store_vfs_damaged_page(struct store_vfs *vfs);
/*
 * Is the file a database from before pages were sealed, with a schema older than `sealed_since`?
 * For who failed to open it, and wants to say why. False also when it cannot be read.
 */
bool store_vfs_is_unsealed(const char *path, uint32_t sealed_since);

/*
 * Starts SQLite once for the process: memory through base/os.h, no global statistics, one thread a
 * connection. False when it cannot start. Any thread, any number of times.
 */
MUST_CHECK bool sqlite_start(void);

#endif
