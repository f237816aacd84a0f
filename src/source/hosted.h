/*
 * hosted.h: the source that answers from a record store of this exchange.
 */
#ifndef EVENLODE_SOURCE_HOSTED_H
#define EVENLODE_SOURCE_HOSTED_H

#include "source/source.h"
#include "store/store_pool.h"

/*
 * Asking runs on the pool's threads: a store is opened if need be, read under the decision and
 * parsed. Store pool and worker pool are borrowed. NULL without memory. `ods` is copied.
 */
struct source *source_hosted_new(struct store_pool *stores, struct worker_pool *workers,
                                 struct slice ods);

#endif
