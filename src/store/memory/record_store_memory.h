/*
 * record_store_memory.h: a record store that keeps everything in memory and forgets it when closed.
 *
 * The slow, obvious model: it keeps every version of every resource in lists and answers each query
 * by looking at all of them. The fast stores are compared with it; tests use it where files would
 * be in the way.
 */
#ifndef EVENLODE_STORE_MEMORY_RECORD_STORE_MEMORY_H
#define EVENLODE_STORE_MEMORY_RECORD_STORE_MEMORY_H

#include "store/store_pool.h"

MUST_CHECK struct record_store *record_store_memory_open(struct slice ods,
                                                         struct committer *committer,
                                                         struct arena *arena, struct fault *fault);
/* every open with `create` gives an empty store; without it there is none */
struct store_opener record_store_memory_opener(void);

#endif
