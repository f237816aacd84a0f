/*
 * codec.h: bodies small, with zstd and the dictionaries that ship in the program.
 *
 * A dictionary is trained on synthetic records only (ARCHITECTURE §5), numbered, and never changed
 * or removed: a body names the one it was made with. Number 0 is "none". New bodies take the
 * newest.
 *
 * Any thread; a thread keeps its working memory until it ends.
 */
#ifndef EVENLODE_STORE_SQLITE_CODEC_H
#define EVENLODE_STORE_SQLITE_CODEC_H

#include "base/fault.h"

/* Loads the dictionaries once for the process; false without memory. */
MUST_CHECK bool codec_start(void);
/* into `arena`; *ret_dictionary says with what */
MUST_CHECK bool codec_compress(struct slice body, struct arena *arena, struct slice *ret_packed,
                               unsigned *ret_dictionary, struct fault *fault);
/* CORRUPT when it is not what was packed, or names a dictionary that this program has not */
MUST_CHECK bool codec_expand(struct slice packed, unsigned dictionary, struct arena *arena,
                             struct slice *ret_body, struct fault *fault);

#endif
