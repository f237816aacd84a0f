/*
 * token.h: short-lived signed tokens for tests, operators and organisations' own systems.
 *
 * JWS compact (RFC 7515) with HS256 under DIR/keys/token: the algorithm is fixed by the key, the
 * header's must say the same, and nothing else of the header is believed but the key's id.
 * Claims: iss, sub, name, role, org, iat, exp, jti. At most 2,048 characters.
 */
#ifndef EVENLODE_GOVERNANCE_TOKEN_H
#define EVENLODE_GOVERNANCE_TOKEN_H

#include "governance/governance.h"
#include "governance/keys.h"

#define TOKEN_MOST 2048

/* seconds until it expires: 1 to 43,200 */
MUST_CHECK bool token_make(const struct key_ring *keys, const struct subject *subject,
                           uint32_t seconds, struct arena *arena, struct slice *ret_token,
                           struct fault *fault);
/* what a good token still depends on */
struct token_term {
    uint32_t key;    /* id of the key that signed it */
    uint64_t issued; /* seconds since 1970 */
    uint64_t expires;
};

/* FAULT_UNAUTHENTICATED for anything wrong with it; the fault does not say what */
MUST_CHECK bool token_verify(const struct key_ring *keys, struct slice token, walltime now,
                             struct arena *arena, struct subject *ret_subject, struct fault *fault);
/* the same, and on what it depends */
MUST_CHECK bool token_verify_term(const struct key_ring *keys, struct slice token, walltime now,
                                  struct arena *arena, struct subject *ret_subject,
                                  struct token_term *ret_term, struct fault *fault);
/* its key is still in the ring, and it is neither of the future nor expired */
bool token_term_holds(const struct token_term *term, const struct key_ring *keys, walltime now);

#endif
