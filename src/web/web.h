/*
 * web.h: the faces over HTTP, and what they stand on.
 *
 * web_handle() is the server's one handler: it finds the address in a table and calls its function.
 * Everything that shows a record goes through governance's access_begin() and access_shown(); no
 * function here has another way to a decision.
 */
#ifndef EVENLODE_WEB_WEB_H
#define EVENLODE_WEB_WEB_H

#include <stdatomic.h>

#include "base/worker_pool.h"
#include "governance/governance.h"
#include "governance/session.h"
#include "governance/token_cache.h"
#include "net/http_server.h"
#include "source/source_directory.h"
#include "web/patient_linker.h"

struct web {
    struct governance *governance;
    struct organisation_register *reg;
    struct person_index *people;
    struct store_pool *stores;
    struct audit_log *audit;
    struct session_keeper *sessions;
    const struct key_ring *token_keys;
    struct token_cache *tokens; /* of those keys */
    struct source_directory *sources;
    struct worker_pool *workers;   /* takes bundles apart, links patients */
    atomic_uint writes;            /* commits under way; see fhir_api_finish() */
    atomic_uint pages_ahead;       /* read while the audit is synced; see record_handler.c */
    struct patient_linker *linker; /* makes new patients known to the person index */
    struct slice base_url;         /* "http://localhost:8080", no slash at the end */
    bool demo;                     /* demo sign-in is offered */
    struct slice about_data;       /* of a demo: the page about its county; {NULL, 0}: none */
    struct slice about_data_policy;
    struct web_counters *counters;
    const struct http_server *server; /* for /metrics; set after it has started */
};

MUST_CHECK struct web_counters *web_counters_new(void);
void web_counters_free(struct web_counters *counters);

/* for struct http_server_config; `context` is struct web */
void web_handle(struct http_request *request, void *context);
void web_limits(struct http_request *request, struct http_request_limits *limits, void *context);
void web_fault(struct http_request *request, unsigned status, const struct fault *fault,
               void *context);

#endif
