/*
 * source_directory.c: a keyed table under a lock; entries are added and never removed.
 */
#include "source/source_directory.h"

#include <pthread.h>

#include "base/hash_table.h"
#include "base/limits.h"
#include "source/hosted.h"

struct source_directory {
    struct store_pool *stores;
    struct worker_pool *workers;
    pthread_mutex_t lock;
    struct arena arena;
    struct hash_table sources;
};

struct source_directory *source_directory_new(struct store_pool *stores,
                                              struct worker_pool *workers)
{
    struct source_directory *directory = os_malloc(sizeof *directory);
    if (directory != NULL) {
        *directory = (struct source_directory){ .stores = stores, .workers = workers };
        pthread_mutex_init(&directory->lock, NULL);
        arena_init(&directory->arena, LIMIT_REGISTER_ARENA);
        hash_table_init(&directory->sources, &directory->arena);
    }
    return directory;
}

/* under the lock */
static struct source *make(struct source_directory *directory,
                           const struct organisation *organisation)
{
    /* the register takes no other kind; a row that a later version wrote may have one */
    if (organisation->source != SOURCE_KIND_HOSTED) {
        return NULL;
    }
    struct source *source =
        source_hosted_new(directory->stores, directory->workers, organisation->ods);
    if (source == NULL) {
        return NULL;
    }
    struct hash_slot *slot = hash_table_put(&directory->sources, source->ods, NULL);
    if (slot == NULL) {
        source_free(source);
        return NULL;
    }
    slot->value.pointer = source;
    return source;
}

struct source *source_directory_get(struct source_directory *directory,
                                    const struct organisation *organisation)
{
    pthread_mutex_lock(&directory->lock);
    struct hash_slot *slot = hash_table_find(&directory->sources, organisation->ods);
    struct source *source = slot != NULL ? slot->value.pointer : make(directory, organisation);
    pthread_mutex_unlock(&directory->lock);
    return source;
}

void source_directory_free(struct source_directory *directory)
{
    if (directory == NULL) {
        return;
    }
    for (size_t i = 0; i < directory->sources.capacity; i++) {
        if (directory->sources.slots[i].hash != 0) {
            source_free(directory->sources.slots[i].value.pointer);
        }
    }
    pthread_mutex_destroy(&directory->lock);
    arena_release(&directory->arena);
    os_free(directory);
}
