/*
 * recording_os.h: a system that remembers what was written and what was synced, and shows what a
 * power cut may have left.
 *
 * While installed, every change under one directory is recorded in order: names made, renamed and
 * removed, bytes written, files cut, files and directories synced, and marks that the test sets
 * when something is acknowledged. recording_image() then builds, in another directory, what the
 * disk may hold when the power went after a given number of events: what a sync covers is there; of
 * the rest, by seed, all, nothing, a prefix, any subset (later writes without earlier ones), and
 * single sectors of 512 or 4096 bytes of a write. Names are durable only after a sync of their
 * directory, contents after one of their file: as POSIX promises, not as one file system happens to
 * do it (the method of ALICE, OSDI '14).
 *
 *   struct recording *recording = recording_start(root);
 *   ... work; recording_mark(recording, n) when n things are acknowledged ...
 *   recording_stop(recording);
 *   for (seed ...) {
 *       uint64_t promised = recording_image(recording, events, seed, image_directory);
 *       open what is in image_directory; at least `promised` things must be there
 *   }
 *   recording_free(recording);
 *
 * Tests only, one recording installed at a time, to be started and stopped with no other thread
 * running; the calls come from any thread. Files that lie under `root` when it starts are
 * durable. Limits: no hard links, no names moved between directories.
 */
#ifndef EVENLODE_TESTS_RECORDING_OS_H
#define EVENLODE_TESTS_RECORDING_OS_H

#include "base/os.h"

struct recording;

enum recording_sync { RECORDING_FILE_SYNC, RECORDING_DIRECTORY_SYNC };

struct recording *recording_start(const char *root);
void recording_stop(struct recording *recording);
void recording_free(struct recording *recording);

/* everything numbered below `promised` has been acknowledged; marks only grow */
void recording_mark(struct recording *recording, uint64_t promised);

/*
 * Makes the recorder blind for syncs of that kind: number `k` (from 1), or all when 0. So the same
 * code is recorded as if it had left the call out, which a good test must notice.
 */
void recording_lose_sync(struct recording *recording, enum recording_sync kind, uint64_t k);
/* The next sync of that kind fails with EIO, and covers nothing. */
void recording_fail_sync(struct recording *recording, enum recording_sync kind);
/* syncs of that kind so far */
uint64_t recording_syncs(const struct recording *recording, enum recording_sync kind);

size_t recording_events(const struct recording *recording);
/* Fills `directory` (emptied first, made if missing) with what is left after the first `events`
 * events. Returns the last mark among them, 0 if none. Deterministic by `seed`. */
uint64_t recording_image(const struct recording *recording, size_t events, uint64_t seed,
                         const char *directory);

#endif
