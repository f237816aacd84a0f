/*
 * digest.c: SHA-256 and HMAC through OpenSSL 3, fetched once.
 *
 * OpenSSL 3.0 looks an algorithm up by name at each use unless it is fetched beforehand, which
 * costs more than hashing a short text does; so the digest is fetched at start and each thread
 * keeps one context, which goes when the thread ends. HMAC is written out over SHA-256 (RFC 2104),
 * which needs no second context kind; a key longer than a block is hashed first.
 */
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <xxhash.h>

#define BLOCK 64

static EVP_MD *sha256;
static pthread_key_t end_of_thread; /* holds the thread's context, to free it */

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

bool digest_start(void)
{
    if (sha256 == NULL && pthread_key_create(&end_of_thread, free_context) == 0) {
        sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    }
    return sha256 != NULL;
}

static void update(EVP_MD_CTX *context, const struct slice *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0) {
            int ok = EVP_DigestUpdate(context, parts[i].ptr, parts[i].len);
            assert(ok == 1);
        }
    }
}

static EVP_MD_CTX *begin(void)
{
    static _Thread_local EVP_MD_CTX *context;
    assert(sha256 != NULL); /* digest_start() comes first */
    if (context == NULL) {
        context = EVP_MD_CTX_new();
        assert(context != NULL);
        int kept = pthread_setspecific(end_of_thread, context);
        assert(kept == 0);
    }
    int ok = EVP_DigestInit_ex2(context, sha256, NULL);
    assert(ok == 1);
    return context;
}

struct digest digest_of(const struct slice *parts, size_t count)
{
    struct digest digest;
    EVP_MD_CTX *context = begin();
    update(context, parts, count);
    int ok = EVP_DigestFinal_ex(context, digest.bytes, NULL);
    assert(ok == 1);
    return digest;
}

struct digest digest_of_one(struct slice data)
{
    return digest_of(&data, 1);
}

static struct digest keyed(const uint8_t pad[BLOCK], const struct slice *parts, size_t count)
{
    struct digest digest;
    EVP_MD_CTX *context = begin();
    int ok = EVP_DigestUpdate(context, pad, BLOCK);
    update(context, parts, count);
    ok &= EVP_DigestFinal_ex(context, digest.bytes, NULL);
    assert(ok == 1);
    return digest;
}

struct digest digest_hmac(struct slice key, const struct slice *parts, size_t count)
{
    uint8_t inner[BLOCK] = { 0 };
    uint8_t outer[BLOCK];
    if (key.len > BLOCK) {
        struct digest short_key = digest_of_one(key);
        memcpy(inner, short_key.bytes, DIGEST_SIZE);
        OPENSSL_cleanse(&short_key, sizeof short_key);
    } else if (key.len > 0) {
        memcpy(inner, key.ptr, key.len);
    }
    for (size_t i = 0; i < BLOCK; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    struct digest digest = keyed(inner, parts, count);
    struct slice middle = { (const char *)digest.bytes, DIGEST_SIZE };
    digest = keyed(outer, &middle, 1);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
    return digest;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

void digest_to_hex(const struct digest *digest, char ret_hex[DIGEST_HEX_SIZE + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        ret_hex[2 * i] = digits[digest->bytes[i] >> 4];
        ret_hex[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    ret_hex[DIGEST_HEX_SIZE] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool digest_from_hex(struct slice hex, struct digest *ret_digest)
{
    struct digest digest;
    if (hex.len != DIGEST_HEX_SIZE) {
        return false;
    }
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        int high = hex_value(hex.ptr[2 * i]);
        int low = hex_value(hex.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        digest.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *ret_digest = digest;
    return true;
}

uint64_t hash64(struct slice data, uint64_t seed)
{
    return XXH3_64bits_withSeed(data.ptr, data.len, seed);
}
