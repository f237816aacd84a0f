/*
 * json_keys.c: duplicate keys, in expected time proportional to the keys.
 *
 * Nearly every object has a handful of keys. For these a set of 256 fingerprints (half of that
 * which the tape keeps for each key) says "certainly new" in a few instructions; only when the bit
 * is taken are the earlier keys compared. A sender can choose keys whose fingerprints collide, so
 * this goes no further than JSON_KEYS_FEW keys, which bounds it at 120 comparisons.
 *
 * An object with more is checked once, when it closes: its keys go into an open-addressing set
 * under SipHash with the process's key (base/hash_table.h), which no sender can aim at. The set
 * lies in the arena and is used again by the next such object. A slot is 8 bytes: half the hash
 * and the key's index, so the tables stay small beside the tape.
 *
 * "a" and "\u0061" are one key. A key with an escape makes every bit of the fingerprint set count
 * as taken, so that it and all later keys of its object are really compared, decoded.
 */
#include "base/json_keys.h"

#include "base/hash_table.h"
#include "base/json_string.h"

struct json_key_slot {
    uint32_t hash;
    uint32_t key_and_one; /* 0 = free */
};

static inline struct slice node_text(const struct json *json, const struct json_node *node)
{
    return (struct slice){ json->text.ptr + node->offset, node->length };
}

static bool same_key(const struct json *json, json_ix a, json_ix b)
{
    const struct json_node *left = &json->nodes[a];
    const struct json_node *right = &json->nodes[b];
    struct slice x = node_text(json, left);
    struct slice y = node_text(json, right);
    if (left->escaped || right->escaped) {
        return json_text_equal(x, y);
    }
    return left->print == right->print && x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0;
}

static bool is_among_earlier(const struct json *json, json_ix object, json_ix key)
{
    for (json_ix other = object + 1; other != key; other = json->nodes[other + 1].next) {
        if (same_key(json, other, key)) {
            return true;
        }
    }
    return false;
}

bool json_keys_compare(const struct json *json, struct json_keys *keys, json_ix object, json_ix key)
{
    if (json->nodes[key].escaped) {
        memset(keys->seen, 0xff, sizeof keys->seen);
    }
    return !is_among_earlier(json, object, key);
}

/* room for `count` keys, at most half full, all free */
static bool prepare_set(struct json_key_set *set, uint32_t count, struct arena *arena,
                        size_t *ret_capacity)
{
    size_t capacity = (size_t)4 * JSON_KEYS_FEW;
    while (capacity < (size_t)count * 2) {
        capacity *= 2;
    }
    if (capacity > set->capacity) {
        set->slots = arena_alloc(arena, capacity * sizeof *set->slots);
        set->capacity = set->slots != NULL ? capacity : 0;
        if (set->slots == NULL) {
            return false;
        }
    }
    memset(set->slots, 0, capacity * sizeof *set->slots);
    *ret_capacity = capacity;
    return true;
}

/* true when the key was not in the set */
static bool insert(const struct json *json, struct json_key_set *set, size_t capacity, json_ix key,
                   uint64_t hash)
{
    for (size_t i = (size_t)hash & (capacity - 1);; i = (i + 1) & (capacity - 1)) {
        struct json_key_slot *slot = &set->slots[i];
        if (slot->key_and_one == 0) {
            *slot = (struct json_key_slot){ (uint32_t)(hash >> 32), key + 1 };
            return true;
        }
        if (slot->hash == (uint32_t)(hash >> 32) && same_key(json, slot->key_and_one - 1, key)) {
            return false;
        }
    }
}

bool json_keys_repeated(const struct json *json, json_ix object, uint32_t count,
                        struct json_key_set *set, struct arena *arena, json_ix *ret_key)
{
    size_t capacity;
    if (!prepare_set(set, count, arena, &capacity)) {
        return false;
    }
    *ret_key = JSON_NONE;
    json_ix key = object + 1;
    for (uint32_t i = 0; i < count; i++) {
        struct slice text = json_string(json, key, arena);
        if (text.ptr == NULL) {
            return false;
        }
        if (!insert(json, set, capacity, key, hash_keyed(text))) {
            *ret_key = key;
            return true;
        }
        key = json->nodes[key + 1].next;
    }
    return true;
}
