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
/* FAULT_UNAUTHENTICATED for anything wrong with it; the fault does not say what */
MUST_CHECK bool token_verify(const struct key_ring *keys, struct slice token, walltime now,
                             struct arena *arena, struct subject *ret_subject, struct fault *fault);

#endif
