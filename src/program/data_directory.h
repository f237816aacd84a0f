/*
 * data_directory.h: the folder that one exchange lives in, and who owns it.
 *
 *   DIR/evenlode      a line that says which format this is; made last by init
 *   DIR/lock          held (flock) by the process that owns the directory, with its process id
 *   DIR/control       Unix socket of the running server (mode 0600)
 *   DIR/exchange.sqlite   the exchange plane's tables
 *   DIR/stores/<ODS>.sqlite   one organisation's records
 *   DIR/audit/        the append-only log
 *   DIR/keys/         one 0600 file a purpose
 *   DIR/demo          present in a demo directory alone: allows demo sign-in
 *
 * One process owns it at a time (ARCHITECTURE invariant 12). The lock is the kernel's: it is gone
 * with the process, so there is no stale lock to remove at 3 a.m.
 */
#ifndef EVENLODE_PROGRAM_DATA_DIRECTORY_H
#define EVENLODE_PROGRAM_DATA_DIRECTORY_H

#include "base/fault.h"

struct data_directory {
    const char *path; /* in the arena it was opened with */
    const char *stores;
    const char *audit;
    const char *keys;
    const char *exchange; /* the file of the exchange's tables */
    const char *control;
    bool demo;
    int lock; /* descriptor; -1 when not owned */
};

/*
 * Makes an empty one: all folders, keys and, last, DIR/evenlode, each durable. Refuses a folder
 * that is not empty. A directory whose making was interrupted has no DIR/evenlode and is refused by
 * open with a hint.
 */
MUST_CHECK bool data_directory_create(const char *path, bool demo, struct arena *arena,
                                      struct fault *fault);

enum directory_owner {
    DIRECTORY_OURS,   /* opened, and the lock is held */
    DIRECTORY_SERVED, /* another process holds it: speak to its control socket */
    DIRECTORY_FAULT,
};

/* *ret_holder: process id of the other owner when it is DIRECTORY_SERVED (0 when unknown) */
enum directory_owner data_directory_open(const char *path, struct arena *arena,
                                         struct data_directory *ret_directory, long *ret_holder,
                                         struct fault *fault);
void data_directory_close(struct data_directory *directory);

#endif
