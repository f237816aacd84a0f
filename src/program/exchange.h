/*
 * exchange.h: everything that one data directory holds, opened.
 *
 * The only place that names concrete stores. Opened by commands that own the directory and by the
 * server; closed in the reverse order, so that what was acknowledged is on disk and what was shown
 * is in the audit.
 */
#ifndef EVENLODE_PROGRAM_EXCHANGE_H
#define EVENLODE_PROGRAM_EXCHANGE_H

#include "base/worker_pool.h"
#include "governance/governance.h"
#include "governance/session.h"
#include "program/config.h"
#include "program/data_directory.h"

struct exchange {
    struct data_directory directory;
    struct config config;
    struct committer *committer;
    struct exchange_store *store;
    struct organisation_register *reg;
    struct person_index *people;
    struct store_pool *stores;
    struct audit_log *audit;
    struct governance *governance;
    struct key_ring token_keys;
    struct key_ring session_keys;
    struct session_keeper *sessions;
    struct worker_pool *workers;
};

/* `directory` is taken over; closed with the exchange, also when opening fails */
MUST_CHECK bool exchange_open(struct exchange *exchange, const struct data_directory *directory,
                              const struct config *config, struct arena *arena,
                              struct fault *fault);
/* False when the audit had failed or could not be closed in order; everything is closed all the
 * same. */
bool exchange_close(struct exchange *exchange, struct arena *arena, struct fault *fault);

#endif
