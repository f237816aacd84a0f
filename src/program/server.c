/*
 * server.c: start, wait for a signal, drain, stop.
 *
 * Signals are blocked in every thread and taken by sigtimedwait in this one, so that no code runs
 * in a signal handler. Between signals it clears away sessions that are over. Before serving, every
 * store that has changes the person index has not seen is caught up: a crash between a commit and
 * its links is mended here.
 */
#include "program/server.h"

#include <errno.h>
#include <signal.h>

#include "base/limits.h"
#include "base/log.h"
#include "program/about_data.h"
#include "program/control.h"
#include "web/fhir_api.h"
#include "web/web.h"

/* One store that cannot be read is one source that is unavailable, and no reason to show nobody. */
static bool goes_without(struct slice ods, const struct fault *fault)
{
    if (fault->code != FAULT_CORRUPT && fault->code != FAULT_IO) {
        return false;
    }
    log_event(LOG_ERROR, "store.unavailable", LOG_PUBLIC("organisation", ods),
              LOG_PUBLIC("fault", fault->message));
    return true;
}

static bool catch_up_one(struct exchange *exchange, const struct decision *job, struct slice ods,
                         struct fault *fault, struct arena *arena)
{
    struct record_store *store = store_pool_get(exchange->stores, ods, false, arena, fault);
    if (store == NULL) { /* NOT_FOUND: takes part, and has sent nothing yet */
        return fault->code == FAULT_NOT_FOUND || goes_without(ods, fault);
    }
    bool ok = person_index_catch_up(exchange->people, store, job, arena, fault);
    store_pool_put(exchange->stores, store);
    return ok || goes_without(ods, fault);
}

static bool catch_up(struct exchange *exchange, struct arena *arena, struct fault *fault)
{
    const struct decision *job =
        decision_for_job(exchange->governance, SLICE("link"), arena, fault);
    const struct register_snapshot *snapshot = register_get(exchange->reg);
    bool ok = job != NULL;
    for (size_t i = 0; ok && i < snapshot->count; i++) {
        ok = catch_up_one(exchange, job, snapshot->at[i].ods, fault, arena);
    }
    register_put(exchange->reg, snapshot);
    return ok;
}

static bool fill_web(struct exchange *exchange, const struct about_data *about, struct web *web,
                     struct fault *fault)
{
    /* apart from those that gather records: a page does not wait behind a bundle */
    struct worker_pool *workers = worker_pool_new(exchange->config.threads);
    const struct patient_linker_config linking = { exchange->governance, exchange->people,
                                                   exchange->stores, workers };
    *web = (struct web){ .governance = exchange->governance,
                         .reg = exchange->reg,
                         .people = exchange->people,
                         .stores = exchange->stores,
                         .audit = exchange->audit,
                         .sessions = exchange->sessions,
                         .token_keys = &exchange->token_keys,
                         .tokens = token_cache_new(&exchange->token_keys),
                         .sources = source_directory_new(exchange->stores, exchange->workers),
                         .workers = workers,
                         .linker = patient_linker_new(&linking),
                         .base_url = slice_from_string(exchange->config.base_url),
                         .demo = exchange->directory.demo,
                         .about_data = about->page,
                         .about_data_policy = about->policy,
                         .counters = web_counters_new() };
    return (web->sources != NULL && web->counters != NULL && web->workers != NULL &&
            web->linker != NULL && web->tokens != NULL) ||
           fault_no_memory(fault, NULL);
}

static bool start_http(struct exchange *exchange, struct web *web, struct http_server **ret_http,
                       struct arena *arena, struct fault *fault)
{
    struct http_server_config config;
    http_server_config_init(&config);
    config.listen = exchange->config.listen;
    config.threads = exchange->config.threads;
    config.handler = web_handle;
    config.limits = web_limits;
    config.fault_responder = web_fault;
    config.context = web;
    if (!http_server_start(&config, ret_http, arena, fault)) {
        return false;
    }
    web->server = *ret_http;
    return true;
}

/* What fails now is tried again the next time: nobody is let in by a session that is over. */
static void clear_sessions(struct exchange *exchange)
{
    struct arena arena;
    struct fault fault;
    arena_init(&arena, LIMIT_REQUEST_ARENA);
    if (!session_prune(exchange->sessions, os_now(), &arena, &fault)) {
        log_event(LOG_WARNING, "sessions.not-cleared", LOG_PUBLIC("fault", fault.message));
    }
    arena_release(&arena);
}

static void wait_for_signal(const sigset_t *signals, struct exchange *exchange)
{
    const struct timespec pause = { .tv_sec = exchange->config.clear_sessions_s };
    int number;
    while ((number = sigtimedwait(signals, NULL, &pause)) < 0) {
        if (errno == EAGAIN) {
            clear_sessions(exchange);
        }
    }
    log_event(LOG_INFO, "server.stopping", LOG_COUNT("signal", number));
}

/* of "host:port" */
static struct slice host_of(const char *listen)
{
    const char *colon = strrchr(listen, ':');
    return slice_of(listen, colon != NULL ? (size_t)(colon - listen) : strlen(listen));
}

static bool serve(struct command_context *context, struct exchange *exchange, struct web *web,
                  const sigset_t *signals, struct fault *fault)
{
    struct http_server *http;
    struct control *control;
    if (!start_http(exchange, web, &http, context->arena, fault)) {
        return false;
    }
    if (!control_start(exchange->directory.control, exchange, &control, context->arena, fault)) {
        http_server_free(http);
        return false;
    }
    struct slice host = host_of(exchange->config.listen);
    command_print(context, OUTPUT_RESULT, "serving http://%.*s:%u\n", SLICE_PRINT(host),
                  http_server_port(http));
    wait_for_signal(signals, exchange);
    bool drained = http_server_drain(http);
    control_stop(control);
    http_server_free(http);
    log_event(LOG_INFO, "server.stopped", LOG_COUNT("drained", drained));
    return true;
}

int server_run(struct command_context *context, struct exchange *exchange)
{
    struct fault fault = FAULT_INIT;
    struct web web = { 0 };
    struct about_data about = { .page = { NULL, 0 } };
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    if (exchange->directory.demo) {
        about_data_open(exchange->directory.path, context->arena, &about);
    }
    bool ok = catch_up(exchange, context->arena, &fault) &&
              session_prune(exchange->sessions, os_now(), context->arena, &fault) &&
              fill_web(exchange, &about, &web, &fault) &&
              serve(context, exchange, &web, &signals, &fault);
    /* no question may be under way when the sources go: the workers end first */
    if (exchange->workers != NULL) {
        worker_pool_free(exchange->workers);
        exchange->workers = NULL;
    }
    if (web.workers != NULL) {
        worker_pool_free(web.workers);
    }
    fhir_api_finish(&web);
    patient_linker_free(web.linker);
    source_directory_free(web.sources);
    web_counters_free(web.counters);
    token_cache_free(web.tokens);
    about_data_close(&about);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok ? 0 : command_fail(context, &fault);
}
