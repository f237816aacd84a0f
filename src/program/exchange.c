/*
 * exchange.c: opening in the order of dependence, closing in reverse.
 */
#include "program/exchange.h"

#include <signal.h>

#include "base/limits.h"
#include "store/sqlite/exchange_store_sqlite.h"
#include "store/sqlite/record_store_sqlite.h"

static bool open_tables(struct exchange *exchange, struct arena *arena, struct fault *fault)
{
    exchange->committer = committer_new(exchange->config.commit_threads);
    if (exchange->committer == NULL) {
        return fault_no_memory(fault, NULL);
    }
    exchange->store = exchange_store_sqlite_open(exchange->directory.exchange, true,
                                                 exchange->committer, arena, fault);
    if (exchange->store == NULL) {
        return false;
    }
    exchange->reg = register_open(exchange->store, fault, arena);
    if (exchange->reg == NULL) {
        return false;
    }
    exchange->people = person_index_open(exchange->store, arena, fault);
    return exchange->people != NULL;
}

static bool open_stores(struct exchange *exchange, struct arena *arena, struct fault *fault)
{
    struct store_opener opener = record_store_sqlite_opener(exchange->directory.stores);
    exchange->stores = store_pool_new(&opener, exchange->committer, exchange->config.stores_open);
    /* one more: a store that hangs never has all of them (source/hosted.c) */
    exchange->workers = worker_pool_new(exchange->config.threads + 1);
    if (exchange->stores == NULL || exchange->workers == NULL) {
        return fault_no_memory(fault, NULL);
    }
    return audit_open(exchange->directory.audit, exchange->committer, &exchange->audit, arena,
                      fault);
}

static bool open_governance(struct exchange *exchange, struct arena *arena, struct fault *fault)
{
    struct governance_config config = { exchange->reg, exchange->people, exchange->stores,
                                        exchange->audit };
    if (!keys_load(exchange->directory.keys, SLICE("token"), &exchange->token_keys, arena, fault) ||
        !keys_load(exchange->directory.keys, SLICE("session"), &exchange->session_keys, arena,
                   fault)) {
        return false;
    }
    exchange->governance = governance_new(&config);
    exchange->sessions = session_keeper_new(exchange->store, &exchange->session_keys);
    return (exchange->governance != NULL && exchange->sessions != NULL) ||
           fault_no_memory(fault, NULL);
}

/*
 * The threads that are made here take no signals: one that a thread without a handler took would
 * end the process at once, where the server means to drain.
 */
bool exchange_open(struct exchange *exchange, const struct data_directory *directory,
                   const struct config *config, struct arena *arena, struct fault *fault)
{
    sigset_t all, before;
    *exchange = (struct exchange){ .directory = *directory, .config = *config };
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    bool ok = open_tables(exchange, arena, fault) && open_stores(exchange, arena, fault) &&
              open_governance(exchange, arena, fault);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok) {
        return true;
    }
    struct fault ignored;
    exchange_close(exchange, arena, &ignored);
    return false;
}

bool exchange_close(struct exchange *exchange, struct arena *arena, struct fault *fault)
{
    bool ok = true;
    session_keeper_free(exchange->sessions);
    governance_free(exchange->governance);
    keys_release(&exchange->token_keys);
    keys_release(&exchange->session_keys);
    if (exchange->workers != NULL) {
        worker_pool_free(exchange->workers);
    }
    if (exchange->audit != NULL) {
        ok = audit_close(exchange->audit, arena, fault);
    }
    if (exchange->stores != NULL) {
        store_pool_free(exchange->stores);
    }
    person_index_close(exchange->people);
    register_close(exchange->reg);
    if (exchange->store != NULL) {
        exchange_store_close(exchange->store);
    }
    if (exchange->committer != NULL) {
        committer_free(exchange->committer);
    }
    data_directory_close(&exchange->directory);
    *exchange = (struct exchange){ .directory.lock = -1 };
    return ok;
}
