/*
 * key_sort.c: the keys of a batch in the order in which they lie in their index.
 *
 * A batch has tens of thousands. Merging, because what comes from one row or one patient is partly
 * in order already, and because equal keys must keep their order. The first sixteen bytes stand
 * beside each key as two numbers, so that most comparisons touch no key.
 */
#include <endian.h>

#include "store/sqlite/record_private.h"

#define FEW ((size_t)8) /* put in order one by one */

static_assert(TERM_HEAD + NUMBER_BYTES >= QUEUED_PREFIX && SEARCH_ENTRY_SIZE >= QUEUED_PREFIX,
              "every key has its prefix");

static uint64_t number_at(const char *at)
{
    uint64_t number;
    memcpy(&number, at, sizeof number);
    return be64toh(number);
}

struct queued_key queued_key_of(const char *key, size_t len, bool remove)
{
    assert(len >= QUEUED_PREFIX);
    return (struct queued_key){ number_at(key), number_at(key + 8), key, (uint32_t)len, remove };
}

static inline bool is_before(const struct queued_key *a, const struct queued_key *b)
{
    if (a->first != b->first) {
        return a->first < b->first;
    }
    if (a->second != b->second) {
        return a->second < b->second;
    }
    return slice_compare(slice_of(a->key + QUEUED_PREFIX, a->len - QUEUED_PREFIX),
                         slice_of(b->key + QUEUED_PREFIX, b->len - QUEUED_PREFIX)) < 0;
}

static void sort_few(struct queued_key *at, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct queued_key one = at[i];
        size_t to = i;
        for (; to > 0 && is_before(&one, &at[to - 1]); to--) {
            at[to] = at[to - 1];
        }
        at[to] = one;
    }
}

/* the two halves, each in order; `room` takes the first */
static void merge(struct queued_key *at, size_t half, size_t count, struct queued_key *room)
{
    size_t left = 0;
    size_t right = half;
    memcpy(room, at, half * sizeof *at);
    for (size_t to = 0; left < half; to++) {
        bool from_right = right < count && is_before(&at[right], &room[left]);
        at[to] = from_right ? at[right++] : room[left++];
    }
}

static void sort(struct queued_key *at, size_t count, struct queued_key *room)
{
    if (count <= FEW) {
        sort_few(at, count);
        return;
    }
    size_t half = count / 2;
    sort(at, half, room);
    sort(at + half, count - half, room);
    if (is_before(&at[half], &at[half - 1])) {
        merge(at, half, count, room);
    }
}

bool queued_keys_sort(struct queued_keys *keys, struct arena *arena)
{
    struct queued_key *room = arena_alloc(arena, (keys->items.count / 2 + 1) * sizeof *room);
    if (room == NULL) {
        return false;
    }
    sort(keys->items.at, keys->items.count, room);
    return true;
}

void queued_keys_drop_repeats(struct queued_keys *keys)
{
    struct queued_key *at = keys->items.at;
    size_t kept = 0;
    for (size_t i = 0; i < keys->items.count; i++) {
        if (kept == 0 || is_before(&at[kept - 1], &at[i])) {
            at[kept++] = at[i];
        }
    }
    keys->items.count = kept;
}
