/*
 * session.h: signing in to the viewer.
 *
 * A session is 32 random bytes in a cookie (HttpOnly, SameSite=Strict); the exchange store keeps
 * its SHA-256 alone. It ends after 15 minutes without use and 12 hours in all (NIST 800-63B AAL3).
 * Forms carry a token derived from the session (HMAC), against cross-site posts.
 * Demo sign-in exists only in a demo data directory (ARCHITECTURE invariant 15).
 */
#ifndef EVENLODE_GOVERNANCE_SESSION_H
#define EVENLODE_GOVERNANCE_SESSION_H

#include "governance/governance.h"
#include "governance/keys.h"

#define SESSION_IDLE_S      900
#define SESSION_TOTAL_S     43200
#define SESSION_COOKIE_SIZE 65 /* 64 hexadecimal characters, and NUL */

struct session_keeper;

MUST_CHECK struct session_keeper *session_keeper_new(struct exchange_store *store,
                                                     const struct key_ring *keys);
void session_keeper_free(struct session_keeper *keeper);

/* the demo's users: user, name, role, organisation; count in *ret_count */
const struct subject *session_demo_users(size_t *ret_count);

/* opens a session; waits until durable */
MUST_CHECK bool session_open(struct session_keeper *keeper, const struct subject *subject,
                             char ret_cookie[SESSION_COOKIE_SIZE], struct arena *arena,
                             struct fault *fault);
/* FAULT_UNAUTHENTICATED when unknown or over; renews its last use at most once a minute, without
 * waiting */
MUST_CHECK bool session_find(struct session_keeper *keeper, struct slice cookie, walltime now,
                             struct arena *arena, struct subject *ret_subject, struct fault *fault);
MUST_CHECK bool session_end(struct session_keeper *keeper, struct slice cookie, struct arena *arena,
                            struct fault *fault);
/* Deletes the sessions that are over; waits until durable. For the server's start, and from time
 * to time. */
MUST_CHECK bool session_prune(struct session_keeper *keeper, walltime now, struct arena *arena,
                              struct fault *fault);
/* hexadecimal token for forms of the session with that cookie, and its check in constant time */
void session_form_token(const struct session_keeper *keeper, struct slice cookie,
                        char ret_token[DIGEST_HEX_SIZE + 1]);
bool session_form_token_valid(const struct session_keeper *keeper, struct slice cookie,
                              struct slice token);

#endif
