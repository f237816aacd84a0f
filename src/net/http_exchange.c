/*
 * http_exchange.c: one request, from its first line to its end.
 *
 * libmicrohttpd calls us five ways: when a request line is there (http_exchange_begin), when the
 * header is there, for each piece of the body, when the request is complete or its connection was
 * resumed (all http_exchange_step), and at the end, whatever that was (http_exchange_end). The
 * phase says which of the middle three it is.
 *
 * What is wrong with a request is answered at the first moment at which libmicrohttpd lets us
 * answer: when the header is there, or after the body. A body found too large while it streams is
 * read on without being kept, at most as much again, because an answer cannot be sent in the
 * middle of one.
 *
 * The exchange, with its arena, is counted: one reference is libmicrohttpd's (until the end), each
 * waiter reference another (http_wait.c). Requests are many and short, so a connection keeps the
 * exchange of its last request, and the arena's first block, for the next: unless a waiter still
 * holds it, or it has grown.
 *
 * Slow clients (threats T20) are bounded in time and not in silence: each phase of a connection has
 * a deadline that trickled bytes do not move, except at the least rate; the clock thread shuts
 * down the socket of whoever is past it. libmicrohttpd's own time-out (silence) stays as well.
 */
#include "net/http_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/http_text.h"

/* the largest arena that an idle connection keeps: 1024 of them are 8 MiB */
#define SPARE_ARENA KIB(8)

/* ---- the connection ---- */

static void describe_peer(struct http_socket *socket, const struct sockaddr *address)
{
    const void *bytes = NULL;
    int family = address->sa_family;
    if (family == AF_INET) {
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    } else if (family == AF_INET6) {
        const struct in6_addr *six =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        bool mapped = IN6_IS_ADDR_V4MAPPED(six);
        family = mapped ? AF_INET : AF_INET6;
        bytes = mapped ? &six->s6_addr[12] : &six->s6_addr[0];
    }
    if (bytes != NULL && inet_ntop(family, bytes, socket->peer, sizeof(socket->peer)) != NULL) {
        socket->peer_len = strlen(socket->peer);
    }
}

/* by when the next request line must be there */
static int64_t idle_deadline(const struct http_server *server)
{
    return os_monotonic().us + (int64_t)server->config.idle_s * 1000000;
}

static void socket_opened(struct http_server *server, struct MHD_Connection *connection,
                          void **context)
{
    struct http_socket *socket = os_malloc(sizeof(*socket));
    if (socket == NULL) {
        return; /* http_exchange_begin() answers NULL and the connection is closed */
    }
    memset(socket, 0, sizeof(*socket));
    socket->magic = SOCKET_MAGIC;
    socket->server = server;
    socket->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    describe_peer(
        socket,
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    atomic_init(&socket->deadline, idle_deadline(server));
    pthread_mutex_lock(&server->lock);
    socket->next = server->sockets;
    if (socket->next != NULL) {
        socket->next->previous = socket;
    }
    server->sockets = socket;
    pthread_mutex_unlock(&server->lock);
    *context = socket;
}

static void socket_closed(struct http_server *server, struct http_socket *socket)
{
    if (socket != NULL) {
        CHECK_OBJ(socket, SOCKET_MAGIC);
        pthread_mutex_lock(&server->lock);
        if (socket->previous != NULL) {
            socket->previous->next = socket->next;
        } else {
            server->sockets = socket->next;
        }
        if (socket->next != NULL) {
            socket->next->previous = socket->previous;
        }
        pthread_mutex_unlock(&server->lock);
        if (socket->spare != NULL) {
            http_exchange_release(socket->spare);
        }
        socket->magic = 0;
        os_free(socket);
    }
    if (atomic_fetch_sub(&server->connections, 1) >= server->config.connections) {
        http_server_poke(server); /* there is room again */
    }
}

void http_socket_notice(void *context, struct MHD_Connection *connection, void **socket,
                        enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = context;
    CHECK_OBJ(server, SERVER_MAGIC);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        socket_opened(server, connection, socket);
    } else {
        socket_closed(server, *socket);
        *socket = NULL;
    }
}

/* ---- references ---- */

void http_exchange_hold(struct http_exchange *exchange)
{
    atomic_fetch_add_explicit(&exchange->references, 1, memory_order_relaxed);
}

void http_exchange_release(struct http_exchange *exchange)
{
    CHECK_OBJ(exchange, EXCHANGE_MAGIC);
    if (atomic_fetch_sub_explicit(&exchange->references, 1, memory_order_acq_rel) == 1) {
        exchange->magic = 0;
        arena_release(&exchange->request.arena);
        os_free(exchange);
    }
}

/* an exchange with one reference and an empty arena; NULL without memory */
static struct http_exchange *obtain_exchange(struct http_socket *socket)
{
    struct http_exchange *exchange = socket->spare;
    struct arena arena;
    if (exchange != NULL) {
        socket->spare = NULL;
        arena = exchange->request.arena;
        arena_reset(&arena);
    } else {
        exchange = os_malloc(sizeof(*exchange));
        arena_init(&arena, LIMIT_REQUEST_ARENA);
    }
    if (exchange != NULL) {
        memset(exchange, 0, sizeof(*exchange));
        exchange->magic = EXCHANGE_MAGIC;
        atomic_init(&exchange->references, 1);
        exchange->request.arena = arena;
        exchange->request.arena.ceiling = LIMIT_REQUEST_ARENA;
    }
    return exchange;
}

/* libmicrohttpd's reference goes: to the connection's next request, or back */
static void give_up_exchange(struct http_exchange *exchange, struct http_socket *socket)
{
    bool alone = atomic_load_explicit(&exchange->references, memory_order_acquire) == 1;
    if (alone && socket->spare == NULL && exchange->request.arena.used <= SPARE_ARENA) {
        socket->spare = exchange;
    } else {
        http_exchange_release(exchange);
    }
}

/* ---- the header ---- */

void *http_exchange_begin(void *context, const char *target, struct MHD_Connection *connection)
{
    struct http_server *server = context;
    struct http_socket *socket =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    struct http_exchange *exchange = socket == NULL ? NULL : obtain_exchange(socket);
    if (exchange == NULL) {
        return NULL;
    }
    exchange->server = server;
    exchange->socket = socket;
    exchange->connection = connection;
    exchange->last_field = &exchange->fields;
    exchange->last_end_step = &exchange->end_steps;
    struct http_request *request = &exchange->request;
    request->start = os_monotonic();
    request->peer = slice_of(socket->peer, socket->peer_len);
    exchange->wire_target = target;
    exchange->target = arena_copy(&request->arena, slice_from_string(target));
    atomic_store_explicit(&socket->deadline,
                          request->start.us + (int64_t)server->config.header_ms * 1000,
                          memory_order_relaxed);
    return exchange;
}

static bool draw_id(struct http_exchange *exchange)
{
    static const char digits[] = "0123456789abcdef";
    struct http_server *server = exchange->server;
    char *text = arena_alloc(&exchange->request.arena, 33);
    bool drawn = text != NULL;
    pthread_mutex_lock(&server->id_lock);
    if (drawn && server->ids_left < 16) {
        drawn = os_random(server->ids, sizeof(server->ids)) == 0;
        server->ids_left = drawn ? sizeof(server->ids) : 0;
    }
    if (drawn) {
        server->ids_left -= 16;
        for (size_t i = 0; i < 16; i++) {
            text[2 * i] = digits[server->ids[server->ids_left + i] >> 4];
            text[2 * i + 1] = digits[server->ids[server->ids_left + i] & 15];
        }
        text[32] = '\0';
    }
    pthread_mutex_unlock(&server->id_lock);
    if (drawn) {
        exchange->request.id = (struct slice){ text, 32 };
    }
    return drawn;
}

static bool refuse_by_fault(struct http_exchange *exchange)
{
    exchange->refusal = (unsigned)fault_http_status(exchange->fault.code);
    exchange->close = true;
    return false;
}

static bool decode_target(struct http_exchange *exchange)
{
    struct http_request *request = &exchange->request;
    if (!http_split_target(exchange->target, &request->raw_path, &request->raw_query)) {
        return http_refuse(exchange, 400, FAULT_MALFORMED,
                           "The address of the request has a byte that is not allowed there");
    }
    if (!http_decode_path(request->raw_path, &request->arena, &request->path, &exchange->fault) ||
        !http_decode_parameters(request->raw_query, &request->arena, &request->query,
                                &request->query_count, &exchange->fault)) {
        request->path = (struct slice){ NULL, 0 };
        return refuse_by_fault(exchange);
    }
    return true;
}

/* room for the announced length at once; a chunked body grows */
static bool prepare_body(struct http_exchange *exchange)
{
    uint64_t length = 0;
    struct slice field;
    if (http_request_header(&exchange->request, "Content-Length", &field) &&
        !slice_to_u64(field, &length)) {
        return http_refuse(exchange, 400, FAULT_MALFORMED, "Content-Length is not one number");
    }
    if (length > exchange->limits.body) {
        return http_refuse(exchange, 413, FAULT_TOO_LARGE, "The body of the request is too large");
    }
    if (length > 0) {
        exchange->body = arena_alloc(&exchange->request.arena, (size_t)length);
        exchange->body_capacity = (size_t)length;
        if (exchange->body == NULL) {
            fault_no_memory(&exchange->fault, &exchange->request.arena);
            return refuse_by_fault(exchange);
        }
    }
    return true;
}

static bool accept_header(struct http_exchange *exchange, const char *method, const char *version)
{
    struct http_server *server = exchange->server;
    struct http_request *request = &exchange->request;
    bool accepted = http_strict_check(exchange, method, version);
    if (exchange->target.ptr == NULL || (request->id.len == 0 && !draw_id(exchange))) {
        fault_no_memory(&exchange->fault, &request->arena);
        return refuse_by_fault(exchange);
    }
    if (!accepted || !decode_target(exchange)) {
        return false;
    }
    if (atomic_load(&server->stopping)) {
        return http_refuse(exchange, 503, FAULT_BUSY, "The service is stopping");
    }
    exchange->limits =
        (struct http_request_limits){ .body = LIMIT_RESOURCE_BODY, .arena = LIMIT_REQUEST_ARENA };
    if (server->config.limits != NULL) {
        server->config.limits(request, &exchange->limits, server->config.context);
    }
    request->arena.ceiling = exchange->limits.arena;
    return prepare_body(exchange);
}

static enum MHD_Result header_step(struct http_exchange *exchange, const char *method,
                                   const char *version)
{
    if (!accept_header(exchange, method, version)) {
        http_answer_fault(exchange, exchange->refusal, &exchange->fault);
        return http_answer_queue(exchange);
    }
    exchange->phase = EXCHANGE_BODY;
    exchange->reading_since = exchange->request.start.us;
    return MHD_YES;
}

/* ---- the body ---- */

static bool grow_body(struct http_exchange *exchange, size_t needed)
{
    size_t capacity = exchange->body_capacity == 0 ? KIB(16) : exchange->body_capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    if (capacity > exchange->limits.body) {
        capacity = exchange->limits.body;
    }
    char *body =
        arena_grow(&exchange->request.arena, exchange->body, exchange->body_capacity, capacity);
    if (body != NULL) {
        exchange->body = body;
        exchange->body_capacity = capacity;
    }
    return body != NULL;
}

static void keep_piece(struct http_exchange *exchange, const char *data, size_t len)
{
    if (len > exchange->limits.body - exchange->body_len) {
        http_refuse(exchange, 413, FAULT_TOO_LARGE, "The body of the request is too large");
    } else if (exchange->body_len + len > exchange->body_capacity &&
               !grow_body(exchange, exchange->body_len + len)) {
        fault_no_memory(&exchange->fault, &exchange->request.arena);
        refuse_by_fault(exchange);
    } else {
        memcpy(exchange->body + exchange->body_len, data, len);
        exchange->body_len += len;
    }
    if (exchange->refusal != 0) {
        exchange->phase = EXCHANGE_SWALLOW;
    }
}

static enum MHD_Result body_step(struct http_exchange *exchange, const char *data, size_t *len)
{
    const struct http_server_config *config = &exchange->server->config;
    if (exchange->phase == EXCHANGE_SWALLOW) {
        exchange->swallowed += *len;
        if (exchange->swallowed > exchange->limits.body) {
            return MHD_NO; /* enough was read for courtesy: closed without an answer */
        }
    } else {
        keep_piece(exchange, data, *len);
    }
    *len = 0;
    size_t total = exchange->body_len + exchange->swallowed;
    int64_t earned = (int64_t)(total / config->rate) * 1000000;
    atomic_store_explicit(&exchange->socket->deadline,
                          exchange->reading_since + (int64_t)config->header_ms * 1000 + earned,
                          memory_order_relaxed);
    return MHD_YES;
}

/* ---- the handler and what follows it ---- */

static enum MHD_Result follow_up(struct http_exchange *exchange)
{
    while (!exchange->answered) {
        if (exchange->waiter == NULL) {
            struct fault fault = FAULT_INIT;
            fault_set(&fault, &exchange->request.arena, FAULT_INTERNAL,
                      "The request was not answered");
            http_answer_fault(exchange, 500, &fault);
            break;
        }
        if (http_wait_suspend(exchange->waiter)) {
            return MHD_YES;
        }
        enum http_wake wake;
        struct http_waiter *waiter = http_wait_take(exchange, &wake);
        waiter->next_step(&exchange->request, waiter->context, wake);
    }
    return http_answer_queue(exchange);
}

static enum MHD_Result run_handler(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;
    if (exchange->phase == EXCHANGE_SWALLOW) {
        http_answer_fault(exchange, exchange->refusal, &exchange->fault);
        return http_answer_queue(exchange);
    }
    exchange->request.body = (struct slice){ exchange->body, exchange->body_len };
    exchange->phase = EXCHANGE_RUNNING;
    exchange->deadline = os_monotonic().us + (int64_t)server->config.request_ms * 1000;
    atomic_store_explicit(&exchange->socket->deadline, HTTP_NEVER, memory_order_relaxed);
    atomic_fetch_add(&server->active, 1);
    exchange->counted = true;
    server->config.handler(&exchange->request, server->config.context);
    return follow_up(exchange);
}

static enum MHD_Result run_next(struct http_exchange *exchange)
{
    enum http_wake wake;
    struct http_waiter *waiter = http_wait_take(exchange, &wake);
    waiter->next_step(&exchange->request, waiter->context, wake);
    return follow_up(exchange);
}

enum MHD_Result http_exchange_step(void *context, struct MHD_Connection *connection,
                                   const char *url, const char *method, const char *version,
                                   const char *data, size_t *data_len, void **exchange_slot)
{
    (void)context;
    (void)connection;
    (void)url;
    struct http_exchange *exchange = *exchange_slot;
    if (exchange == NULL) {
        return MHD_NO;
    }
    CHECK_OBJ(exchange, EXCHANGE_MAGIC);
    if (exchange->phase == EXCHANGE_HEADER) {
        return header_step(exchange, method, version);
    }
    if (exchange->phase == EXCHANGE_ANSWERED) {
        /* While it stops, libmicrohttpd accepts an answer without keeping it, and asks again. The
         * request must not run twice: the connection is closed. */
        return MHD_NO;
    }
    if (*data_len > 0) {
        return body_step(exchange, data, data_len);
    }
    if (exchange->phase == EXCHANGE_RUNNING) {
        return run_next(exchange);
    }
    return run_handler(exchange);
}

/* ---- the end ---- */

static void run_end_steps(struct http_exchange *exchange, bool complete)
{
    struct http_end end = { .status = exchange->queued ? exchange->status : 0,
                            .body_bytes = exchange->queued ? exchange->answer_bytes : 0,
                            .complete = complete && exchange->queued };
    for (struct http_end_step *step = exchange->end_steps; step != NULL; step = step->next) {
        step->ended(&exchange->request, &end, step->context);
    }
}

void http_exchange_end(void *context, struct MHD_Connection *connection, void **exchange_slot,
                       enum MHD_RequestTerminationCode code)
{
    (void)connection;
    struct http_server *server = context;
    struct http_exchange *exchange = *exchange_slot;
    if (exchange == NULL) {
        return;
    }
    CHECK_OBJ(exchange, EXCHANGE_MAGIC);
    *exchange_slot = NULL;
    run_end_steps(exchange, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    if (exchange->waiter != NULL) { /* resumed, and its client found gone */
        enum http_wake ignored;
        http_wait_take(exchange, &ignored);
    }
    http_answer_drop(exchange);
    atomic_store_explicit(&exchange->socket->deadline, idle_deadline(server), memory_order_relaxed);
    struct http_socket *socket = exchange->socket;
    exchange->connection = NULL;
    exchange->socket = NULL;
    exchange->request.peer = (struct slice){ NULL, 0 };
    bool counted = exchange->counted;
    give_up_exchange(exchange, socket);
    if (counted) {
        atomic_fetch_sub(&server->active, 1);
    }
}
