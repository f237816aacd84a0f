/*
 * failing_os.c: counts, and fails what it was told to.
 *
 * Each wrapper asks `fails()` and then either sets errno or passes the call on to the system's own
 * table. Counters, and what was told, are atomic because the code under test commits on threads of
 * its own.
 */
#include "fault/failing_os.h"

#include <errno.h>
#include <stdatomic.h>

static _Atomic uint64_t counts[FAIL_CALLS + 1];
static _Atomic uint64_t failures;
static _Atomic enum failing_call chosen;
static _Atomic uint64_t chosen_k;
static atomic_bool chosen_from_on;
static atomic_int chosen_error;
static atomic_size_t short_most;

static bool matches(enum failing_call kind, uint64_t number)
{
    uint64_t k = chosen_k;
    return k != 0 && kind == chosen && (number == k || (chosen_from_on && number > k));
}

static bool fails(enum failing_call call)
{
    bool hit = matches(call, atomic_fetch_add(&counts[call], 1) + 1);
    if (call != FAIL_MALLOC && call != FAIL_RANDOM) {
        hit |= matches(FAIL_ANY_FILE, atomic_fetch_add(&counts[FAIL_ANY_FILE], 1) + 1);
    }
    if (hit) {
        atomic_fetch_add(&failures, 1);
        errno = chosen_error;
    }
    return hit;
}

static size_t at_most(size_t len)
{
    size_t most = short_most;
    return most != 0 && len > most ? most : len;
}

static void *failing_malloc(size_t size)
{
    return fails(FAIL_MALLOC) ? NULL : os_system.malloc(size);
}

static void *failing_realloc(void *old, size_t size)
{
    return fails(FAIL_MALLOC) ? NULL : os_system.realloc(old, size);
}

static int failing_random(void *buffer, size_t len)
{
    return fails(FAIL_RANDOM) ? -1 : os_system.random(buffer, len);
}

static int failing_open(const char *path, int flags, mode_t mode)
{
    return fails(FAIL_OPEN) ? -1 : os_system.open(path, flags, mode);
}

static int failing_close(int fd)
{
    bool hit = fails(FAIL_CLOSE);
    int result = os_system.close(fd);
    if (hit) {
        errno = chosen_error;
    }
    return hit ? -1 : result;
}

static ssize_t failing_pread(int fd, void *buffer, size_t len, off_t offset)
{
    return fails(FAIL_PREAD) ? -1 : os_system.pread(fd, buffer, at_most(len), offset);
}

static ssize_t failing_pwrite(int fd, const void *buffer, size_t len, off_t offset)
{
    return fails(FAIL_PWRITE) ? -1 : os_system.pwrite(fd, buffer, at_most(len), offset);
}

static int failing_ftruncate(int fd, off_t size)
{
    return fails(FAIL_FTRUNCATE) ? -1 : os_system.ftruncate(fd, size);
}

static int failing_fdatasync(int fd)
{
    return fails(FAIL_FDATASYNC) ? -1 : os_system.fdatasync(fd);
}

static int failing_fsync(int fd)
{
    return fails(FAIL_FSYNC) ? -1 : os_system.fsync(fd);
}

static int failing_fstat(int fd, struct stat *ret_stat)
{
    return fails(FAIL_FSTAT) ? -1 : os_system.fstat(fd, ret_stat);
}

static int failing_stat(const char *path, struct stat *ret_stat)
{
    return fails(FAIL_STAT) ? -1 : os_system.stat(path, ret_stat);
}

static int failing_mkdir(const char *path, mode_t mode)
{
    return fails(FAIL_MKDIR) ? -1 : os_system.mkdir(path, mode);
}

static int failing_rename(const char *from, const char *to)
{
    return fails(FAIL_RENAME) ? -1 : os_system.rename(from, to);
}

static int failing_unlink(const char *path)
{
    return fails(FAIL_UNLINK) ? -1 : os_system.unlink(path);
}

static int failing_flock(int fd, int operation)
{
    return fails(FAIL_FLOCK) ? -1 : os_system.flock(fd, operation);
}

static struct os_ops table;

void failing_os_install(void)
{
    table = os_system;
    table.malloc = failing_malloc;
    table.realloc = failing_realloc;
    table.random = failing_random;
    table.open = failing_open;
    table.close = failing_close;
    table.pread = failing_pread;
    table.pwrite = failing_pwrite;
    table.ftruncate = failing_ftruncate;
    table.fdatasync = failing_fdatasync;
    table.fsync = failing_fsync;
    table.fstat = failing_fstat;
    table.stat = failing_stat;
    table.mkdir = failing_mkdir;
    table.rename = failing_rename;
    table.unlink = failing_unlink;
    table.flock = failing_flock;
    failing_os_fail(FAIL_MALLOC, 0, false, 0);
    failing_os_short(0);
    os_install(&table);
}

void failing_os_remove(void)
{
    os_install(NULL);
}

void failing_os_fail(enum failing_call call, uint64_t k, bool from_on, int error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
        atomic_store(&counts[i], 0);
    }
    atomic_store(&failures, 0);
    chosen = call;
    chosen_k = k;
    chosen_from_on = from_on;
    chosen_error = error;
}

void failing_os_short(size_t most)
{
    short_most = most;
}

uint64_t failing_os_count(enum failing_call call)
{
    return atomic_load(&counts[call]);
}

uint64_t failing_os_failures(void)
{
    return atomic_load(&failures);
}

const char *failing_os_name(enum failing_call call)
{
    static const char *const names[] = {
        "malloc", "random", "open", "close", "pread",  "pwrite", "ftruncate", "fdatasync",
        "fsync",  "fstat",  "stat", "mkdir", "rename", "unlink", "flock",     "any file call",
    };
    return names[call];
}
