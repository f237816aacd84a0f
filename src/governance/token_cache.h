/*
 * token_cache.h: bearer tokens that have been verified, so that a system's next request costs a
 * digest instead of a signature and two JSON texts.
 *
 * Nothing is taken from the cache that token_verify() would refuse: the token presented must be
 * the very bytes that were verified (SHA-256, compared in constant time), its key must still be in
 * the ring, and its times are looked at again each time. Refusals are not kept. Tokens themselves
 * are not kept either. LIMIT_TOKENS_KNOWN at most; a newer one takes an older one's place.
 *
 * The ring outlives the cache. Any thread.
 */
#ifndef EVENLODE_GOVERNANCE_TOKEN_CACHE_H
#define EVENLODE_GOVERNANCE_TOKEN_CACHE_H

#include "governance/token.h"

struct token_cache;

MUST_CHECK struct token_cache *token_cache_new(const struct key_ring *keys);
void token_cache_free(struct token_cache *cache);
/* as token_verify(); the subject's texts lie in the arena */
MUST_CHECK bool token_cache_verify(struct token_cache *cache, struct slice token, walltime now,
                                   struct arena *arena, struct subject *ret_subject,
                                   struct fault *fault);

#endif
