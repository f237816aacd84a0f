/*
 * hash_table.h: from slices to pointers or numbers, safe against chosen keys.
 *
 * Open addressing in the caller's arena, SipHash-2-4 under a key drawn once for the process, so
 * that a sender cannot make all keys collide. Keys are not copied: they must outlive the table.
 * No deletion. One thread at a time for writing; reading is shared.
 */
#ifndef EVENLODE_BASE_HASH_TABLE_H
#define EVENLODE_BASE_HASH_TABLE_H

#include "base/arena.h"

struct hash_slot {
    struct slice key;
    uint64_t hash; /* 0 = free */
    union {
        void *pointer;
        uint64_t number;
    } value;
};

struct hash_table {
    struct arena *arena;
    struct hash_slot *slots;
    size_t capacity; /* power of two, or 0 */
    size_t count;
};

void hash_table_init(struct hash_table *table, struct arena *arena);
/* the slot of `key`, or NULL */
struct hash_slot *hash_table_find(const struct hash_table *table, struct slice key);
/* the slot of `key`, made with value 0 when new (*ret_new says so; may be NULL); NULL: no memory */
MUST_CHECK struct hash_slot *hash_table_put(struct hash_table *table, struct slice key,
                                            bool *ret_new);
/* keyed hash of a slice, for tables of other shapes */
uint64_t hash_keyed(struct slice key);
/* SipHash-2-4 under a key of the caller's choice: what hash_keyed() is made of */
uint64_t hash_siphash(struct slice data, const uint64_t key[2]);

#endif
