/*
 * hash_table.c: open addressing with linear probing, at most three quarters full.
 *
 * The table stands between a sender's keys and our time, so the hash is SipHash-2-4 (Aumasson and
 * Bernstein, 2012) under a key that no sender can know: with it, the expected length of a probe
 * does not depend on how the keys were chosen. The key is drawn once for the process. Should the
 * kernel have no random bytes, which on Linux means that getrandom is missing, the key is mixed
 * from clocks and addresses: worse against an attacker, but a table is never wrong, only slower.
 *
 * Slots keep the whole hash, so that growing hashes nothing again and most unequal keys are told
 * apart without touching them. An outgrown array stays in the arena: together they take as much
 * as the last one.
 */
#include "base/hash_table.h"

#include <endian.h>
#include <pthread.h>

#include "base/os.h"

#define FIRST_CAPACITY ((size_t)16)

/* -- SipHash-2-4 ---------------------------------------------------------------------------- */

struct sip {
    uint64_t a, b, c, d;
};

static uint64_t process_key[2];
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static void draw_process_key(void)
{
    if (os_random(process_key, sizeof process_key) != 0) {
        process_key[0] = (uint64_t)os_now() * 0x9e3779b97f4a7c15u ^ (uint64_t)(uintptr_t)&os_system;
        process_key[1] =
            (uint64_t)os_monotonic().us * 0xc2b2ae3d27d4eb4fu ^ (uint64_t)(uintptr_t)process_key;
    }
}

static inline uint64_t rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static inline void sip_round(struct sip *s)
{
    s->a += s->b;
    s->b = rotate(s->b, 13) ^ s->a;
    s->a = rotate(s->a, 32);
    s->c += s->d;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotate(s->b, 17) ^ s->c;
    s->c = rotate(s->c, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
    s->d ^= word;
    sip_round(s);
    sip_round(s);
    s->a ^= word;
}

/* the last bytes and, in the top byte, the length */
static uint64_t last_word(struct slice rest, size_t total)
{
    uint64_t word = (uint64_t)(total & 0xff) << 56;
    for (size_t i = 0; i < rest.len; i++) {
        word |= (uint64_t)(uint8_t)rest.ptr[i] << (8 * i);
    }
    return word;
}

uint64_t hash_siphash(struct slice data, const uint64_t key[2])
{
    struct sip s = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                     key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
    struct slice rest = data;
    while (rest.len >= 8) {
        uint64_t word;
        memcpy(&word, rest.ptr, sizeof word);
        sip_word(&s, le64toh(word));
        rest.ptr += 8;
        rest.len -= 8;
    }
    sip_word(&s, last_word(rest, data.len));
    s.c ^= 0xff;
    for (int i = 0; i < 4; i++) {
        sip_round(&s);
    }
    return s.a ^ s.b ^ s.c ^ s.d;
}

uint64_t hash_keyed(struct slice key)
{
    pthread_once(&process_key_once, draw_process_key);
    return hash_siphash(key, process_key);
}

/* -- the table ------------------------------------------------------------------------------ */

void hash_table_init(struct hash_table *table, struct arena *arena)
{
    *table = (struct hash_table){ .arena = arena };
}

/* 0 marks a free slot */
static uint64_t slot_hash(struct slice key)
{
    uint64_t hash = hash_keyed(key);
    return hash != 0 ? hash : 1;
}

/* the slot that holds `key`, or the free one where it would go; the table is never full */
static struct hash_slot *probe(const struct hash_table *table, struct slice key, uint64_t hash)
{
    size_t mask = table->capacity - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct hash_slot *slot = &table->slots[i];
        if (slot->hash == 0 || (slot->hash == hash && slice_equal(slot->key, key))) {
            return slot;
        }
    }
}

static bool grow(struct hash_table *table)
{
    size_t capacity = table->capacity == 0 ? FIRST_CAPACITY : table->capacity * 2;
    struct hash_slot *slots = arena_array(table->arena, capacity, struct hash_slot);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < table->capacity; i++) {
        const struct hash_slot *old = &table->slots[i];
        if (old->hash != 0) {
            size_t to = (size_t)old->hash & (capacity - 1);
            while (slots[to].hash != 0) {
                to = (to + 1) & (capacity - 1);
            }
            slots[to] = *old;
        }
    }
    table->slots = slots;
    table->capacity = capacity;
    return true;
}

struct hash_slot *hash_table_find(const struct hash_table *table, struct slice key)
{
    if (table->count == 0) {
        return NULL;
    }
    struct hash_slot *slot = probe(table, key, slot_hash(key));
    return slot->hash != 0 ? slot : NULL;
}

struct hash_slot *hash_table_put(struct hash_table *table, struct slice key, bool *ret_new)
{
    uint64_t hash = slot_hash(key);
    struct hash_slot *slot = table->capacity > 0 ? probe(table, key, hash) : NULL;
    bool is_new = slot == NULL || slot->hash == 0;
    if (is_new) {
        if (slot == NULL || table->count + 1 > table->capacity / 4 * 3) {
            if (!grow(table)) {
                return NULL;
            }
            slot = probe(table, key, hash);
        }
        *slot = (struct hash_slot){ .key = key, .hash = hash };
        table->count++;
    }
    if (ret_new != NULL) {
        *ret_new = is_new;
    }
    return slot;
}
