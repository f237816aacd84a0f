/*
 * fhir_api_write.c: create, update, delete and transaction. FHIR R4 http.html#create, #update,
 * #delete, #transaction.
 *
 *   header fields                what is not offered is refused before anything is decided
 *   decision, `granted`          fhir_call_ask(), for the store, to write
 *   parse, validate, prepare     here for one resource; on a worker for a bundle, which takes long
 *   commit                       the request waits for the store's synced commit
 *   person index                 after a change of Patients: until they can be found
 *   answer                       fhir_api_written.c
 *
 * What a commit works on lies in an arena of its own, because the committing thread may still be at
 * it when the request has run out of time and is answered: the request and the commit hold it
 * together, and who is last gives it back.
 */
#include "web/fhir_api_write.h"

#include <time.h>

#include "base/limits.h"

static void drop(struct fhir_write *write)
{
    if (atomic_fetch_sub(&write->holders, 1) == 1) {
        arena_release(&write->arena);
    }
}

static void request_ended(struct http_request *request UNUSED, const struct http_end *end UNUSED,
                          void *context)
{
    drop(context);
}

/* -- committing ----------------------------------------------------------------------------------
 */

static void put_store(struct fhir_write *write)
{
    if (write->store != NULL) {
        store_pool_put(write->call->web->stores, write->store);
        write->store = NULL;
    }
}

/* the work is over: nothing of `write` is touched by this thread after the wake */
static void wake(struct fhir_write *write)
{
    struct http_waiter *waiter = write->waiter;
    put_store(write);
    drop(write);
    http_waiter_wake(waiter);
}

static void committed(struct store_write *item)
{
    struct fhir_write *write = item->context;
    struct web *web = write->call->web;
    wake(write);
    atomic_fetch_sub(&web->writes, 1); /* last: whoever waits for it takes everything down */
}

void fhir_api_finish(struct web *web)
{
    const struct timespec moment = { 0, 1000000 };
    while (atomic_load(&web->writes) > 0) {
        nanosleep(&moment, NULL);
    }
}

static bool prepare_change(struct fhir_write *write, struct fault *fault)
{
    const struct fhir_call *call = write->call;
    const struct fhir_route *route = &call->route;
    const struct decision *decision = call->access.decision;
    struct transaction *transaction = &write->transaction;
    struct arena *arena = &write->arena;
    if (route->interaction == INTERACTION_DELETE) {
        return transaction_of_delete(transaction, write->store, decision, route->type, route->id,
                                     write->if_match, arena, fault);
    }
    if (!json_parse(arena, call->request->body, &write->json, fault)) {
        return false;
    }
    switch (route->interaction) {
    case INTERACTION_CREATE:
        return transaction_of_create(transaction, write->store, decision, &write->json, route->type,
                                     arena, fault);
    case INTERACTION_UPDATE:
        return transaction_of_update(transaction, write->store, decision, &write->json, route->type,
                                     route->id, write->if_match, arena, fault);
    default:
        return transaction_of_bundle(transaction, write->store, decision, &write->json, 0, arena,
                                     fault);
    }
}

/* on a worker, or on the request's own thread */
static void run(struct worker_task *task)
{
    struct fhir_write *write = (struct fhir_write *)task;
    const struct fhir_call *call = write->call;
    write->store =
        store_pool_get(call->web->stores, call->route.ods, true, &write->arena, &write->fault);
    if (write->store == NULL || !prepare_change(write, &write->fault)) {
        wake(write);
        return;
    }
    write->submitted = true;
    atomic_fetch_add(&call->web->writes, 1);
    write->transaction.write.done = committed;
    write->transaction.write.context = write;
    record_store_submit(write->store, &write->transaction.write);
}

/* -- the person index ----------------------------------------------------------------------------
 */

static void linked(struct link_wait *wait, bool ok UNUSED)
{
    struct fhir_write *write =
        (struct fhir_write *)((char *)wait - offsetof(struct fhir_write, link));
    http_waiter_wake(write->waiter);
}

/* however the index fared, the write is committed and its answer says so */
static void after_link(struct http_request *request UNUSED, void *context,
                       enum http_wake wake_reason UNUSED)
{
    fhir_write_answer(context);
}

static bool changes_patients(const struct store_write *write)
{
    for (size_t i = 0; i < write->count; i++) {
        const struct record_change *change = &write->changes[i];
        if (change->type == FHIR_PATIENT && change->effect != EFFECT_NONE &&
            change->effect != EFFECT_UNCHANGED) {
            return true;
        }
    }
    return false;
}

static void link_patients(struct fhir_write *write)
{
    struct fhir_call *call = write->call;
    write->waiter = http_request_await(call->request, 0, after_link, write);
    if (write->waiter == NULL) {
        fhir_write_answer(write);
        return;
    }
    write->link.done = linked;
    patient_linker_catch_up(call->web->linker, call->route.ods, &write->link);
}

static void done(struct http_request *request UNUSED, void *context, enum http_wake wake_reason)
{
    struct fhir_write *write = context;
    const struct store_write *item = &write->transaction.write;
    if (wake_reason != HTTP_WOKEN) {
        const struct fault fault = {
            .code = wake_reason == HTTP_TIMED_OUT ? FAULT_TIMEOUT : FAULT_BUSY,
            .message = SLICE("the write was not finished in time"),
            .hint = SLICE("it may have happened: read before sending it again"),
        };
        fhir_call_fail(write->call, &fault);
    } else if (!write->submitted) {
        fhir_call_fail(write->call, &write->fault);
    } else if (item->outcome == WRITE_FAILED) {
        struct fault fault = item->fault;
        transaction_name_entry(&write->transaction, &write->arena, &fault);
        fhir_call_fail(write->call, &fault);
    } else if (changes_patients(item)) {
        link_patients(write);
    } else {
        fhir_write_answer(write);
    }
}

/* -- beginning -----------------------------------------------------------------------------------
 */

static void allowed(struct fhir_call *call)
{
    struct fhir_write *write = call->state;
    bool is_bundle = call->route.interaction == INTERACTION_TRANSACTION;
    arena_init(&write->arena, is_bundle ? LIMIT_TRANSACTION_ARENA : LIMIT_REQUEST_ARENA);
    atomic_init(&write->holders, 2);
    if (!http_request_on_end(call->request, request_ended, write)) {
        fhir_call_no_memory(call);
        return;
    }
    write->waiter = http_request_await(call->request, 0, done, write);
    if (write->waiter == NULL) {
        drop(write);
        fhir_call_no_memory(call);
        return;
    }
    write->task.run = run;
    if (is_bundle) {
        worker_pool_submit(call->web->workers, &write->task);
    } else {
        run(&write->task);
    }
}

/* a condition that is not honoured must not be passed over: http.html#ccreate, #concurrency */
static bool check_conditions(struct fhir_call *call, struct fhir_write *write, struct fault *fault)
{
    struct http_request *request = call->request;
    struct slice field;
    if (http_request_header(request, "If-None-Exist", &field)) {
        return fault_set(fault, &request->arena, FAULT_NOT_SUPPORTED,
                         "conditional create is not offered here");
    }
    if (http_request_header(request, "If-None-Match", &field)) {
        return fault_set(fault, &request->arena, FAULT_NOT_SUPPORTED,
                         "If-None-Match is not offered for writing");
    }
    if (!http_request_header_list(request, "If-Match", &field)) {
        return true;
    }
    if (call->route.interaction != INTERACTION_UPDATE &&
        call->route.interaction != INTERACTION_DELETE) {
        return fault_set(fault, &request->arena, FAULT_INVALID,
                         "If-Match belongs to an update or a deletion");
    }
    return negotiate_if_match(field, &request->arena, &write->if_match, fault);
}

static bool check_body(struct fhir_call *call, struct fault *fault)
{
    struct http_request *request = call->request;
    struct slice type = { NULL, 0 };
    if (call->route.interaction == INTERACTION_DELETE) {
        return true;
    }
    http_request_header(request, "Content-Type", &type);
    if (!negotiate_is_json(type)) {
        fault_set(fault, &request->arena, FAULT_MEDIA_TYPE, "the body is not FHIR in JSON");
        return fault_hint(fault, &request->arena,
                          "send it as Content-Type: application/fhir+json, in UTF-8");
    }
    return true;
}

void fhir_api_write(struct fhir_call *call)
{
    struct fault fault;
    struct fhir_write *write = arena_new(&call->request->arena, struct fhir_write);
    if (write == NULL) {
        fhir_call_no_memory(call);
        return;
    }
    call->state = write;
    write->call = call;
    if (!check_conditions(call, write, &fault) || !check_body(call, &fault)) {
        fhir_call_fail(call, &fault);
        return;
    }
    fhir_call_ask(call, ACCESS_STORE, (struct slice){ NULL, 0 }, allowed);
}
