/*
 * bare_copy.h: what stands beside a load: the rows that it made, written by a bare SQLite loop.
 *
 * Reads a loaded data directory's stores, patient by patient, into memory, and writes the same
 * bodies, terms, population entries, locators and changes into fresh files of the same tables: one
 * thread, prepared statements, keys in order, one synced commit a patient, SQLite's own VFS. Only
 * the writing is timed. Nothing is parsed, judged, encoded or sealed, so it bounds from above what
 * one thread that commits as often could reach.
 */
#ifndef EVENLODE_BENCH_BARE_COPY_H
#define EVENLODE_BENCH_BARE_COPY_H

#include "base/prelude.h"

/* `stores`: a folder of record stores that nobody has open; copies go into `folder` and are
 * removed. Seconds of writing; exits when a file cannot be read. */
double bare_copy(const char *stores, const char *folder, uint64_t *ret_resources);

#endif
