/*
 * failing_os.h: a system in which the k-th call fails.
 *
 * Installs a table for base/os.h that counts every call and lets a chosen one fail: the k-th of a
 * kind, or the k-th and all after it (a disk that fills up stays full). Counting first and then
 * failing each index in turn reaches every error branch of what is tested (the method of SQLite's
 * and curl's out-of-memory loops).
 *
 *   failing_os_install();
 *   operation();                                   // a run without failure, to count
 *   uint64_t calls = failing_os_count(FAIL_PWRITE);
 *   for (uint64_t k = 1; k <= calls; k++) {
 *       failing_os_fail(FAIL_PWRITE, k, false, EIO);  // also sets the counts to 0
 *       operation();                               // must report the fault and lose nothing
 *   }
 *   failing_os_remove();
 *
 * For tests: one table in the process. Install, remove and set while no other thread runs; the
 * calls themselves are counted from any thread.
 */
#ifndef EVENLODE_TESTS_FAILING_OS_H
#define EVENLODE_TESTS_FAILING_OS_H

#include "base/os.h"

enum failing_call {
    FAIL_MALLOC, /* malloc and realloc; the failure is NULL */
    FAIL_RANDOM,
    FAIL_OPEN,
    FAIL_CLOSE, /* closes, and then says that it failed, as Linux does */
    FAIL_PREAD,
    FAIL_PWRITE,
    FAIL_FTRUNCATE,
    FAIL_FDATASYNC,
    FAIL_FSYNC,
    FAIL_FSTAT,
    FAIL_STAT,
    FAIL_MKDIR,
    FAIL_RENAME,
    FAIL_UNLINK,
    FAIL_FLOCK,
    FAIL_CALLS,                 /* number of kinds */
    FAIL_ANY_FILE = FAIL_CALLS, /* every kind but malloc and random, counted together */
};

/* passes everything on to the system, counting */
void failing_os_install(void);
/* puts the system's table back */
void failing_os_remove(void);

/* From here on call number `k` (from 1) of that kind fails with `error`; `from_on`: all after it
 * too. Counts start again at 0. k = 0: nothing fails. */
void failing_os_fail(enum failing_call call, uint64_t k, bool from_on, int error);
/* writes and reads move at most `most` bytes a call; 0: no limit */
void failing_os_short(size_t most);

/* calls since install or the last failing_os_fail() */
uint64_t failing_os_count(enum failing_call call);
/* how many calls were made to fail */
uint64_t failing_os_failures(void);
const char *failing_os_name(enum failing_call call);

#endif
