/*
 * exchange_fixture.h: a whole exchange for one test, served on a port of its own, and a client.
 *
 * Everything that `evenlode serve` stands on but the program itself: a temporary directory,
 * register, person index, record stores (in memory or in SQLite), audit, governance, tokens,
 * sessions, workers and the HTTP server with the FHIR API. Organisations: FX1 (hospital), FX2
 * (practice), FX3 (council) are live, FX9 is planned.
 */
#ifndef EVENLODE_TESTS_EXCHANGE_FIXTURE_H
#define EVENLODE_TESTS_EXCHANGE_FIXTURE_H

#include "base/json.h"
#include "governance/token.h"
#include "support/directory.h"
#include "web/web.h"

enum fixture_stores {
    FIXTURE_MEMORY,
    FIXTURE_SQLITE,
};

struct exchange_fixture {
    char directory[TEST_PATH];
    char audit_directory[TEST_PATH];
    struct arena arena; /* of what lives as long as the fixture: tokens, answers */
    struct committer *committer;
    struct exchange_store *store;
    struct key_ring token_keys;
    struct key_ring session_keys;
    struct worker_pool *workers;
    struct web web;
    struct http_server *server;
    char base_url[64]; /* http://127.0.0.1:port */
};

/* `request_ms`: what a request may take, 0: as usual. Ends the program when something cannot be set
 * up. */
void exchange_fixture_start(struct exchange_fixture *fixture, enum fixture_stores stores,
                            unsigned request_ms);
void exchange_fixture_stop(struct exchange_fixture *fixture);

/* a bearer token of that role at that organisation; lives as long as the fixture */
struct slice fixture_token(struct exchange_fixture *fixture, enum governance_role role,
                           const char *ods);

struct fixture_answer {
    unsigned status;
    struct slice head; /* status line and fields */
    struct slice body;
};

/*
 * One request over a connection of its own. `token` may be empty; `fields` are further header
 * lines, each ending in CR LF; `path` from the first slash. The answer lives as long as the
 * fixture.
 */
struct fixture_answer fixture_request(struct exchange_fixture *fixture, const char *method,
                                      const char *path, struct slice token, const char *fields,
                                      struct slice body);
/* the value of a field of the answer; empty when there is none */
struct slice fixture_field(const struct fixture_answer *answer, const char *name);

/* how many entries of this kind the audit has, all of it durable */
size_t fixture_audit_count(struct exchange_fixture *fixture, enum audit_kind kind);

#endif
