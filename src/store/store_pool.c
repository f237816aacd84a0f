/*
 * store_pool.c: few stores open, however many there are.
 *
 * A store is open while somebody holds it and, up to `most_open`, afterwards, so that the next
 * request finds it warm. When another is wanted and all places are taken, the one that was idle
 * longest is closed, which moves its log into its file and truncates it. When all are held, the
 * caller waits for one to be put back.
 *
 * A store's opening and closing touch the disk, so both happen outside the pool's lock; the entry
 * stands there meanwhile, marked, and whoever wants the same store waits for the mark to go: one
 * file never has two stores.
 */
#include "store/store_pool.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/vector.h"
#include "store/record_store_private.h"

#define STORE_POOL_MAGIC 0x5704e900u
#define CLOSERS          4 /* threads that close stores at the end */

enum entry_state {
    ENTRY_FREE,
    ENTRY_BUSY, /* being opened or closed */
    ENTRY_OPEN,
};

struct entry {
    enum entry_state state;
    char ods[ODS_SIZE];
    size_t ods_len;
    struct record_store *store;
    unsigned holders;
    uint64_t used; /* the pool's clock when it was put back last */
};

struct store_pool {
    uint32_t magic;
    struct store_opener opener;
    struct committer *committer;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* an entry became open, free or idle */
    uint64_t clock;
    unsigned count;
    struct entry entries[];
};

struct store_pool *store_pool_new(const struct store_opener *opener, struct committer *committer,
                                  unsigned most_open)
{
    assert(most_open > 0);
    struct store_pool *pool = os_malloc(sizeof *pool + most_open * sizeof(struct entry));
    if (pool == NULL) {
        return NULL;
    }
    memset(pool, 0, sizeof *pool + most_open * sizeof(struct entry));
    pool->magic = STORE_POOL_MAGIC;
    pool->opener = *opener;
    pool->committer = committer;
    pool->count = most_open;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->changed, NULL);
    return pool;
}

static struct entry *find(struct store_pool *pool, struct slice ods)
{
    for (unsigned i = 0; i < pool->count; i++) {
        struct entry *entry = &pool->entries[i];
        if (entry->state != ENTRY_FREE && slice_equal(slice_of(entry->ods, entry->ods_len), ods)) {
            return entry;
        }
    }
    return NULL;
}

/* a free place, else the open one that was idle longest, else NULL */
static struct entry *choose_place(struct store_pool *pool)
{
    struct entry *oldest = NULL;
    for (unsigned i = 0; i < pool->count; i++) {
        struct entry *entry = &pool->entries[i];
        if (entry->state == ENTRY_FREE) {
            return entry;
        }
        if (entry->state == ENTRY_OPEN && entry->holders == 0 &&
            (oldest == NULL || entry->used < oldest->used)) {
            oldest = entry;
        }
    }
    return oldest;
}

/* under the mutex, which is let go meanwhile: the entry is free afterwards */
static void close_entry(struct store_pool *pool, struct entry *entry)
{
    struct record_store *store = entry->store;
    entry->state = ENTRY_BUSY;
    pthread_mutex_unlock(&pool->mutex);
    record_store_close(store);
    pthread_mutex_lock(&pool->mutex);
    *entry = (struct entry){ .state = ENTRY_FREE };
    pthread_cond_broadcast(&pool->changed);
}

/* under the mutex, which is let go meanwhile */
static bool open_entry(struct store_pool *pool, struct entry *entry, struct slice ods, bool create,
                       struct arena *arena, struct fault *fault)
{
    entry->state = ENTRY_BUSY;
    memcpy(entry->ods, ods.ptr, ods.len);
    entry->ods_len = ods.len;
    pthread_mutex_unlock(&pool->mutex);
    struct record_store *store =
        pool->opener.open(pool->opener.context, ods, create, pool->committer, arena, fault);
    pthread_mutex_lock(&pool->mutex);
    if (store == NULL) {
        *entry = (struct entry){ .state = ENTRY_FREE };
    } else {
        entry->state = ENTRY_OPEN;
        entry->store = store;
        entry->holders = 1;
    }
    pthread_cond_broadcast(&pool->changed);
    return store != NULL;
}

static struct record_store *get_locked(struct store_pool *pool, struct slice ods, bool create,
                                       struct arena *arena, struct fault *fault)
{
    for (;;) {
        struct entry *entry = find(pool, ods);
        if (entry != NULL && entry->state == ENTRY_OPEN) {
            entry->holders++;
            return entry->store;
        }
        struct entry *place = entry == NULL ? choose_place(pool) : NULL;
        if (place == NULL) {
            pthread_cond_wait(&pool->changed, &pool->mutex);
        } else if (place->state == ENTRY_OPEN) {
            close_entry(pool, place); /* then look again: much may have changed */
        } else {
            return open_entry(pool, place, ods, create, arena, fault) ? place->store : NULL;
        }
    }
}

struct record_store *store_pool_get(struct store_pool *pool, struct slice ods, bool create,
                                    struct arena *arena, struct fault *fault)
{
    CHECK_OBJ(pool, STORE_POOL_MAGIC);
    if (ods.len == 0 || ods.len >= ODS_SIZE) {
        fault_set(fault, arena, FAULT_INVALID, "this is not an ODS code");
        return NULL;
    }
    pthread_mutex_lock(&pool->mutex);
    struct record_store *store = get_locked(pool, ods, create, arena, fault);
    pthread_mutex_unlock(&pool->mutex);
    if (store == NULL && fault->where.len == 0) {
        fault->where = arena_copy(arena, ods); /* which of many */
    }
    return store;
}

void store_pool_put(struct store_pool *pool, struct record_store *store)
{
    CHECK_OBJ(pool, STORE_POOL_MAGIC);
    pthread_mutex_lock(&pool->mutex);
    struct entry *entry = find(pool, record_store_ods(store));
    assert(entry != NULL && entry->store == store && entry->holders > 0);
    entry->holders--;
    entry->used = ++pool->clock;
    if (entry->holders == 0) {
        pthread_cond_broadcast(&pool->changed);
    }
    pthread_mutex_unlock(&pool->mutex);
}

/* -- the end ---------------------------------------------------------------------------------- */

struct closing {
    struct store_pool *pool;
    atomic_uint next; /* entry that nobody has taken */
};

static void *close_entries(void *argument)
{
    struct closing *closing = argument;
    struct store_pool *pool = closing->pool;
    for (;;) {
        unsigned i = atomic_fetch_add(&closing->next, 1);
        if (i >= pool->count) {
            return NULL;
        }
        struct entry *entry = &pool->entries[i];
        assert(entry->state != ENTRY_BUSY && entry->holders == 0);
        if (entry->state == ENTRY_OPEN) {
            record_store_close(entry->store);
        }
    }
}

/* Each store moves its log into its file and waits for the disk twice: several do so side by side.
 * A thread that cannot be made is one fewer; the caller's own closes what is left. */
static void close_all(struct store_pool *pool)
{
    pthread_t threads[CLOSERS - 1];
    unsigned started = 0;
    struct closing closing = { .pool = pool };
    while (started < ARRAY_LENGTH(threads) &&
           pthread_create(&threads[started], NULL, close_entries, &closing) == 0) {
        started++;
    }
    close_entries(&closing);
    for (unsigned i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
}

void store_pool_free(struct store_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    CHECK_OBJ(pool, STORE_POOL_MAGIC);
    close_all(pool);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->mutex);
    pool->magic = 0;
    os_free(pool);
}
