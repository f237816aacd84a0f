/*
 * http_wait.c: putting a request aside, and waking it exactly once.
 *
 * Three parties race over one wait: the server thread (whose handler has announced it and may not
 * yet have suspended the connection), any number of wakers, and the clock thread with its
 * deadline. One atomic state decides:
 *
 *     OPEN ──server thread──> SUSPENDED ──waker or clock──> RESUMING ──> outcome
 *       └────waker or clock, before the suspension────────────────────> outcome
 *
 * Each arrow is a compare-and-swap, so one party wins. Whoever takes OPEN to an outcome has
 * nothing to resume: the server thread finds the outcome when the handler returns and goes on
 * without suspending, which is how an early wake is not lost. Whoever takes SUSPENDED to RESUMING
 * has the duty to call MHD_resume_connection(), and the connection cannot go away before that
 * call, because nobody else may make it. The server thread suspends first and swaps then;
 * when the swap fails, the outcome came in between and it resumes the connection itself.
 *
 * A waiter lies in the request's arena, and each reference to it is a reference to the exchange,
 * which keeps the arena. So a late waker always has a valid object to find out that it is late.
 *
 * `server->resuming` counts resumers that are still inside libmicrohttpd: it signals its thread
 * after it has let go of its lock, so the request may have ended while the resumer still uses the
 * daemon. Draining waits for the count. The server may be freed the moment it is zero, so the
 * decrement is the last thing that a resumer does with it.
 *
 * Armed waits are in one list under server->lock, searched when something is due. A waiting request
 * holds a connection, so the list is at most LIMIT_HTTP_CONNECTIONS long; a heap would not pay.
 */
#include "net/http_internal.h"

static enum http_wake wake_of(int outcome)
{
    return outcome == WAIT_WOKEN ? HTTP_WOKEN
                                 : (outcome == WAIT_LATE ? HTTP_TIMED_OUT : HTTP_STOPPING);
}

/* true when this call ended the wait */
static bool end_wait(struct http_waiter *waiter, enum wait_state outcome)
{
    int expected = WAIT_OPEN;
    if (atomic_compare_exchange_strong(&waiter->state, &expected, outcome)) {
        return true;
    }
    if (expected != WAIT_SUSPENDED ||
        !atomic_compare_exchange_strong(&waiter->state, &expected, WAIT_RESUMING)) {
        return false;
    }
    struct http_server *server = waiter->exchange->server;
    struct MHD_Connection *connection = waiter->exchange->connection;
    atomic_fetch_add(&server->resuming, 1);
    atomic_store(&waiter->state, outcome);
    MHD_resume_connection(connection);
    atomic_fetch_sub(&server->resuming, 1);
    return true;
}

bool http_wait_suspend(struct http_waiter *waiter)
{
    CHECK_OBJ(waiter, WAITER_MAGIC);
    struct MHD_Connection *connection = waiter->exchange->connection;
    if (atomic_load(&waiter->state) != WAIT_OPEN) {
        return false;
    }
    MHD_suspend_connection(connection);
    int expected = WAIT_OPEN;
    if (!atomic_compare_exchange_strong(&waiter->state, &expected, WAIT_SUSPENDED)) {
        MHD_resume_connection(connection);
    }
    return true;
}

/* ---- the armed list ---- */

static void arm(struct http_server *server, struct http_waiter *waiter)
{
    pthread_mutex_lock(&server->lock);
    waiter->previous = NULL;
    waiter->next = server->waiters;
    if (waiter->next != NULL) {
        waiter->next->previous = waiter;
    }
    server->waiters = waiter;
    waiter->armed = true;
    pthread_mutex_unlock(&server->lock);
    if (waiter->deadline < atomic_load(&server->clock_due)) {
        http_server_poke(server);
    }
}

static void unlink_waiter(struct http_server *server, struct http_waiter *waiter)
{
    if (waiter->previous != NULL) {
        waiter->previous->next = waiter->next;
    } else {
        server->waiters = waiter->next;
    }
    if (waiter->next != NULL) {
        waiter->next->previous = waiter->previous;
    }
    waiter->armed = false;
}

void http_wait_disarm(struct http_server *server, struct http_waiter *waiter)
{
    pthread_mutex_lock(&server->lock);
    if (waiter->armed) {
        unlink_waiter(server, waiter);
    }
    pthread_mutex_unlock(&server->lock);
}

int64_t http_wait_fire(struct http_server *server, int64_t now, bool stopping)
{
    int64_t due = HTTP_NEVER;
    struct http_waiter *next;
    for (struct http_waiter *waiter = server->waiters; waiter != NULL; waiter = next) {
        CHECK_OBJ(waiter, WAITER_MAGIC);
        next = waiter->next;
        if (stopping || waiter->deadline <= now) {
            unlink_waiter(server, waiter);
            end_wait(waiter, stopping ? WAIT_STOPPING : WAIT_LATE);
        } else if (waiter->deadline < due) {
            due = waiter->deadline;
        }
    }
    return due;
}

struct http_waiter *http_wait_take(struct http_exchange *exchange, enum http_wake *ret_wake)
{
    struct http_waiter *waiter = exchange->waiter;
    CHECK_OBJ(waiter, WAITER_MAGIC);
    int outcome = atomic_load(&waiter->state);
    assert(outcome >= WAIT_WOKEN);
    http_wait_disarm(exchange->server, waiter);
    exchange->waiter = NULL;
    atomic_fetch_sub(&exchange->server->waiting, 1);
    *ret_wake = wake_of(outcome);
    return waiter;
}

/* ---- for the application ---- */

struct http_waiter *http_request_await_until(struct http_request *request, monotime until,
                                             http_next *next, void *context)
{
    struct http_exchange *exchange = exchange_of(request);
    assert(exchange->phase == EXCHANGE_RUNNING && exchange->waiter == NULL && !exchange->answered);
    struct http_waiter *waiter = arena_new(&request->arena, struct http_waiter);
    if (waiter == NULL) {
        return NULL;
    }
    waiter->magic = WAITER_MAGIC;
    waiter->exchange = exchange;
    waiter->next_step = next;
    waiter->context = context;
    waiter->deadline = exchange->deadline;
    if (until.us < waiter->deadline) {
        waiter->deadline = until.us;
    }
    atomic_init(&waiter->state, WAIT_OPEN);
    exchange->waiter = waiter;
    http_exchange_hold(exchange); /* the waker's */
    atomic_fetch_add(&exchange->server->waiting, 1);
    arm(exchange->server, waiter);
    if (atomic_load(&exchange->server->stopping)) {
        end_wait(waiter, WAIT_STOPPING);
    }
    return waiter;
}

struct http_waiter *http_request_await(struct http_request *request, unsigned deadline_ms,
                                       http_next *next, void *context)
{
    monotime until = { deadline_ms == 0 ? INT64_MAX
                                        : os_monotonic().us + (int64_t)deadline_ms * 1000 };
    return http_request_await_until(request, until, next, context);
}

void http_waiter_wake(struct http_waiter *waiter)
{
    CHECK_OBJ(waiter, WAITER_MAGIC);
    end_wait(waiter, WAIT_WOKEN);
    http_exchange_release(waiter->exchange);
}

void http_waiter_release(struct http_waiter *waiter)
{
    CHECK_OBJ(waiter, WAITER_MAGIC);
    http_exchange_release(waiter->exchange);
}

struct http_waiter *http_waiter_hold(struct http_waiter *waiter)
{
    CHECK_OBJ(waiter, WAITER_MAGIC);
    http_exchange_hold(waiter->exchange);
    return waiter;
}

bool http_waiter_ended(const struct http_waiter *waiter)
{
    CHECK_OBJ(waiter, WAITER_MAGIC);
    return atomic_load(&waiter->state) > WAIT_SUSPENDED;
}
