/*
 * digest.h: SHA-256 and HMAC where an adversary may look on (OpenSSL), XXH3 where none does.
 *
 * FIPS 180-4 (SHA-256), RFC 2104 (HMAC). XXH3 and xxhash.h are for index keys and tables of our
 * own data, never for what must not be predicted; tables keyed by a request's data use
 * base/hash_table.h, which is keyed.
 */
#ifndef EVENLODE_BASE_DIGEST_H
#define EVENLODE_BASE_DIGEST_H

#include "base/slice.h"

#define DIGEST_SIZE     32
#define DIGEST_HEX_SIZE 64

struct digest {
    uint8_t bytes[DIGEST_SIZE];
};

/* Call once before threads start; false when OpenSSL offers no SHA-256. Idempotent. */
MUST_CHECK bool digest_start(void);

/* SHA-256 of the parts in order */
struct digest digest_of(const struct slice *parts, size_t count);
struct digest digest_of_one(struct slice data);
/* HMAC-SHA-256 of the parts in order */
struct digest digest_hmac(struct slice key, const struct slice *parts, size_t count);
bool digest_equal(const struct digest *a, const struct digest *b); /* constant time */
/* lower-case hexadecimal, NUL at the end */
void digest_to_hex(const struct digest *digest, char ret_hex[DIGEST_HEX_SIZE + 1]);
MUST_CHECK bool digest_from_hex(struct slice hex, struct digest *ret_digest);

/* XXH3, 64 bits */
uint64_t hash64(struct slice data, uint64_t seed);

#endif
