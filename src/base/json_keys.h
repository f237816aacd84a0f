/*
 * json_keys.h: is this key already in the object? Private to base/json_*.c.
 */
#ifndef EVENLODE_BASE_JSON_KEYS_H
#define EVENLODE_BASE_JSON_KEYS_H

#include "base/json.h"

/* up to so many keys are compared with each other; more go through a keyed hash set */
#define JSON_KEYS_FEW 16

/* the keys of one open object */
struct json_keys {
    uint64_t seen[4]; /* a bit for each fingerprint met so far */
    uint32_t count;
};

/* room for the hash set of the largest object so far; in the arena, used again and again */
struct json_key_set {
    struct json_key_slot *slots;
    size_t capacity;
};

/* json_keys_add() where the bit of the key's fingerprint is taken, or the key has an escape */
bool json_keys_compare(const struct json *json, struct json_keys *keys, json_ix object,
                       json_ix key);

/*
 * The key at `key` has just been read into the open object at `object`. False when it is there
 * already. Looks at the first JSON_KEYS_FEW keys only: json_keys_repeated() has the rest.
 */
static inline bool json_keys_add(const struct json *json, struct json_keys *keys, json_ix object,
                                 json_ix key)
{
    const struct json_node *node = &json->nodes[key];
    uint64_t *word = &keys->seen[node->print >> 14];
    uint64_t bit = (uint64_t)1 << (node->print >> 8 & 63);
    if (keys->count++ >= JSON_KEYS_FEW) {
        return true;
    }
    if (__builtin_expect(node->escaped || (*word & bit) != 0, 0)) {
        return json_keys_compare(json, keys, object, key);
    }
    *word |= bit;
    return true;
}

/*
 * The object at `object` is complete and has more than JSON_KEYS_FEW keys. *ret_key: the first key
 * that repeats an earlier one, or JSON_NONE. False without memory.
 */
MUST_CHECK bool json_keys_repeated(const struct json *json, json_ix object, uint32_t count,
                                   struct json_key_set *set, struct arena *arena, json_ix *ret_key);

#endif
