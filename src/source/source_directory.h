/*
 * source_directory.h: the source of each organisation, made when first asked for.
 *
 * A source outlives the pages that ask it, because a late answer may still be under way when its
 * page has gone; so they are kept here until the server stops.
 */
#ifndef EVENLODE_SOURCE_SOURCE_DIRECTORY_H
#define EVENLODE_SOURCE_SOURCE_DIRECTORY_H

#include "organisation/register.h"
#include "source/source.h"
#include "store/store_pool.h"

struct source_directory;

MUST_CHECK struct source_directory *source_directory_new(struct store_pool *stores,
                                                         struct worker_pool *workers);
/* the source of that organisation; NULL without memory, or of a kind that this version cannot ask.
 * Any thread. */
struct source *source_directory_get(struct source_directory *directory,
                                    const struct organisation *organisation);
/* no question may be under way */
void source_directory_free(struct source_directory *directory);

#endif
