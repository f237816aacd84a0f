/*
 * key_table.c: a hash table whose keys have several parts.
 *
 * Grouping compares section, system, code and moment at once. Joining them into one string for
 * base/hash_table.h would allocate a key for each of a thousand facts; here the parts are hashed
 * where they lie, under the process's secret key, so that no sender can make them collide. Most
 * keys begin with the same system, so its hash is kept from one to the next. Slots are small
 * numbers and entries lie in the order of arrival: what is looked through stays in the cache.
 */
#include "record/record_internal.h"

struct key_entry {
    uint64_t hash;
    struct record_key key;
    void *pointer;
};

bool key_table_init(struct key_table *table, struct arena *arena, size_t count)
{
    *table = (struct key_table){ .capacity = 16, .most = count };
    while (table->capacity < count * 2) {
        table->capacity *= 2;
    }
    table->slots = arena_array(arena, table->capacity, uint32_t);
    table->entries = arena_alloc(arena, count * sizeof *table->entries);
    return table->slots != NULL && table->entries != NULL;
}

static uint64_t hash_of(struct key_table *table, const struct record_key *key)
{
    if (table->first_hash == 0 || !slice_equal(table->first_part, key->parts[0])) {
        table->first_part = key->parts[0];
        table->first_hash = hash_keyed(key->parts[0]) | 1;
    }
    uint64_t hash = key->number * UINT64_C(0x9e3779b97f4a7c15) ^ table->first_hash;
    for (size_t i = 1; i < ARRAY_LENGTH(key->parts); i++) {
        uint64_t part = key->parts[i].len == 0 ? 1 : hash_keyed(key->parts[i]);
        hash = (hash ^ part) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    return hash;
}

static bool same_key(const struct record_key *a, const struct record_key *b)
{
    bool same = a->number == b->number;
    for (size_t i = 0; same && i < ARRAY_LENGTH(a->parts); i++) {
        same = slice_equal(a->parts[i], b->parts[i]);
    }
    return same;
}

void **key_table_put(struct key_table *table, const struct record_key *key)
{
    uint64_t hash = hash_of(table, key);
    size_t slot = hash & (table->capacity - 1);
    while (table->slots[slot] != 0) {
        struct key_entry *entry = &table->entries[table->slots[slot] - 1];
        if (entry->hash == hash && same_key(&entry->key, key)) {
            return &entry->pointer;
        }
        slot = (slot + 1) & (table->capacity - 1);
    }
    assert(table->count < table->most);
    struct key_entry *entry = &table->entries[table->count++];
    *entry = (struct key_entry){ hash, *key, NULL };
    table->slots[slot] = (uint32_t)table->count;
    return &entry->pointer;
}
