/*
 * os.h: the one seam to clock, random, files and the heap.
 *
 * Every call of ours that can fail for reasons outside the program goes through here, so that a
 * test can make any of them fail, count them, or record what was written and what was synced.
 * (SQLite's files come through our VFS, which uses these; the sockets of libmicrohttpd and libcurl
 * are the listed exception.) In production the table is the system's own; os_install() is for
 * tests and is called before threads start.
 *
 * Results are the system's: -1 and errno. A sync that failed is never tried again: after it, what
 * is in the page cache and what is on the disk may differ for good (ARCHITECTURE invariant 5).
 */
#ifndef EVENLODE_BASE_OS_H
#define EVENLODE_BASE_OS_H

#include <sys/stat.h>
#include <sys/types.h>

#include "base/prelude.h"

/* microseconds since 1970-01-01T00:00:00Z */
typedef int64_t walltime;
/* microseconds since some start; never goes back; a type of its own so that they cannot mix */
typedef struct {
    int64_t us;
} monotime;

struct os_ops {
    void *(*malloc)(size_t size);
    void *(*realloc)(void *old, size_t size);
    void (*free)(void *memory);
    walltime (*now)(void);
    monotime (*monotonic)(void);
    int (*random)(void *buffer, size_t len);
    int (*open)(const char *path, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*pread)(int fd, void *buffer, size_t len, off_t offset);
    ssize_t (*pwrite)(int fd, const void *buffer, size_t len, off_t offset);
    int (*ftruncate)(int fd, off_t size);
    int (*fdatasync)(int fd);
    int (*fsync)(int fd);
    int (*fstat)(int fd, struct stat *ret_stat);
    int (*stat)(const char *path, struct stat *ret_stat);
    int (*mkdir)(const char *path, mode_t mode);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    int (*flock)(int fd, int operation);
};

/* the system's own table */
extern const struct os_ops os_system;
/* replaces the table; NULL puts the system's back. Tests only, with no other thread running. */
void os_install(const struct os_ops *ops);

MUST_CHECK void *os_malloc(size_t size);
MUST_CHECK void *os_realloc(void *old, size_t size);
void os_free(void *memory);

walltime os_now(void);
monotime os_monotonic(void);
/* unpredictable bytes from the kernel; -1 and errno when it has none */
MUST_CHECK int os_random(void *buffer, size_t len);

MUST_CHECK int os_open(const char *path, int flags, mode_t mode); /* O_CLOEXEC is added */
int os_close(int fd);
MUST_CHECK ssize_t os_pread(int fd, void *buffer, size_t len, off_t offset);
MUST_CHECK ssize_t os_pwrite(int fd, const void *buffer, size_t len, off_t offset);
MUST_CHECK int os_ftruncate(int fd, off_t size);
MUST_CHECK int os_fdatasync(int fd);
MUST_CHECK int os_fsync(int fd);
MUST_CHECK int os_fstat(int fd, struct stat *ret_stat);
MUST_CHECK int os_stat(const char *path, struct stat *ret_stat);
MUST_CHECK int os_mkdir(const char *path, mode_t mode);
MUST_CHECK int os_rename(const char *from, const char *to);
int os_unlink(const char *path);
MUST_CHECK int os_flock(int fd, int operation);

/* the whole buffer or -1: repeats short and interrupted writes; a write of 0 is ENOSPC */
MUST_CHECK int os_pwrite_all(int fd, const void *buffer, size_t len, off_t offset);
/* reads exactly `len` bytes, or fewer only at the end of the file; -1 on error */
MUST_CHECK ssize_t os_pread_all(int fd, void *buffer, size_t len, off_t offset);
/* makes a created, renamed or removed name in `directory` durable */
MUST_CHECK int os_sync_directory(const char *directory);

static inline int64_t monotime_since(monotime later, monotime earlier)
{
    return later.us - earlier.us;
}

#endif
