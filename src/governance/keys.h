/*
 * keys.h: DIR/keys, one 0600 file a purpose, with id and rotation (ARCHITECTURE invariant 12).
 *
 * A key file holds one line a key: id, 32 bytes in hexadecimal; the first is in use, the
 * others still verify. Never inside a store, a backup, a log or a fault. A file that others may
 * read, that cannot be read or is malformed is a fault that names the file and nothing of it.
 */
#ifndef EVENLODE_GOVERNANCE_KEYS_H
#define EVENLODE_GOVERNANCE_KEYS_H

#include "base/digest.h"
#include "base/fault.h"

#define KEYS_MOST 8

struct secret_key {
    uint32_t id;
    uint8_t bytes[32];
};

struct key_ring {
    struct secret_key keys[KEYS_MOST];
    size_t count; /* keys[0] is in use */
};

/* makes DIR/keys/<purpose> with one key; refuses to overwrite */
MUST_CHECK bool keys_create(const char *directory, struct slice purpose, struct arena *arena,
                            struct fault *fault);
MUST_CHECK bool keys_load(const char *directory, struct slice purpose, struct key_ring *ret_ring,
                          struct arena *arena, struct fault *fault);
/* puts a new key first, durably */
MUST_CHECK bool keys_rotate(const char *directory, struct slice purpose, struct arena *arena,
                            struct fault *fault);
/* wipes */
void keys_release(struct key_ring *ring);

#endif
