/*
 * token_cache.c: a table of places, each for one token, found by the token's digest.
 *
 * An organisation's system sends the same token with thousands of requests, and verifying it costs
 * a tenth of a read's own work. So what was verified is remembered under the digest of the token.
 * Each digest has one place; whoever comes last has it. A sender can choose tokens that share a
 * place only among those that were signed for it, and then only makes itself slower.
 *
 * A place holds the subject's texts one behind the other. Texts that do not fit are not remembered:
 * such a token is verified each time. One mutex guards the table; under it a place is compared and
 * copied, nothing else.
 */
#include "governance/token_cache.h"

#include <openssl/crypto.h>
#include <pthread.h>

#include "base/limits.h"
#include "base/os.h"

#define TOKEN_CACHE_MAGIC 0x70ce2ac4u
#define TEXTS_MOST        256

struct place {
    bool taken;
    struct digest token;
    struct token_term term;
    enum governance_role role;
    size_t user_len, name_len, organisation_len;
    char texts[TEXTS_MOST];
};

struct token_cache {
    unsigned magic;
    const struct key_ring *keys;
    pthread_mutex_t lock;
    struct place places[LIMIT_TOKENS_KNOWN];
};

struct token_cache *token_cache_new(const struct key_ring *keys)
{
    struct token_cache *cache = os_malloc(sizeof *cache);
    if (cache != NULL) {
        memset(cache, 0, sizeof *cache);
        cache->magic = TOKEN_CACHE_MAGIC;
        cache->keys = keys;
        pthread_mutex_init(&cache->lock, NULL);
    }
    return cache;
}

void token_cache_free(struct token_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    CHECK_OBJ(cache, TOKEN_CACHE_MAGIC);
    pthread_mutex_destroy(&cache->lock);
    OPENSSL_cleanse(cache, sizeof *cache);
    os_free(cache);
}

static struct place *place_of(struct token_cache *cache, const struct digest *token)
{
    uint32_t start;
    memcpy(&start, token->bytes, sizeof start);
    return &cache->places[start % LIMIT_TOKENS_KNOWN];
}

/* under the lock; false also without memory, and then the token is verified */
static bool recall(const struct token_cache *cache, const struct place *place,
                   const struct digest *token, walltime now, struct arena *arena,
                   struct subject *ret_subject)
{
    if (!place->taken || !digest_equal(&place->token, token) ||
        !token_term_holds(&place->term, cache->keys, now)) {
        return false;
    }
    size_t len = place->user_len + place->name_len + place->organisation_len;
    struct slice texts = arena_copy(arena, slice_of(place->texts, len));
    if (texts.ptr == NULL) {
        return false;
    }
    *ret_subject = (struct subject){
        .user = slice_sub(texts, 0, place->user_len),
        .name = slice_sub(texts, place->user_len, place->name_len),
        .role = place->role,
        .organisation = slice_from(texts, place->user_len + place->name_len),
    };
    return true;
}

/* under the lock */
static void remember(struct place *place, const struct digest *token, const struct token_term *term,
                     const struct subject *subject)
{
    const struct slice texts[] = { subject->user, subject->name, subject->organisation };
    size_t at = 0;
    *place = (struct place){
        .taken = true,
        .token = *token,
        .term = *term,
        .role = subject->role,
        .user_len = subject->user.len,
        .name_len = subject->name.len,
        .organisation_len = subject->organisation.len,
    };
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        if (texts[i].len > 0) {
            memcpy(place->texts + at, texts[i].ptr, texts[i].len);
            at += texts[i].len;
        }
    }
}

bool token_cache_verify(struct token_cache *cache, struct slice token, walltime now,
                        struct arena *arena, struct subject *ret_subject, struct fault *fault)
{
    CHECK_OBJ(cache, TOKEN_CACHE_MAGIC);
    struct token_term term;
    struct digest digest = digest_of_one(slice_sub(token, 0, TOKEN_MOST + 1));
    struct place *place = place_of(cache, &digest);
    pthread_mutex_lock(&cache->lock);
    bool known = recall(cache, place, &digest, now, arena, ret_subject);
    pthread_mutex_unlock(&cache->lock);
    if (known) {
        return true;
    }
    if (!token_verify_term(cache->keys, token, now, arena, ret_subject, &term, fault)) {
        return false;
    }
    if (ret_subject->user.len + ret_subject->name.len + ret_subject->organisation.len <=
        TEXTS_MOST) {
        pthread_mutex_lock(&cache->lock);
        remember(place, &digest, &term, ret_subject);
        pthread_mutex_unlock(&cache->lock);
    }
    return true;
}
