/*
 * http_internal.h: what the sources of the HTTP server share.
 *
 * http_server.c   start, the clock thread (accepts, deadlines, slow clients), drain, free
 * http_exchange.c one request from its first line to its end: the callbacks of libmicrohttpd
 * http_strict.c   what the wire form of a request must be
 * http_answer.c   header fields, answers, faults
 * http_wait.c     suspension, wakes, deadlines
 */
#ifndef EVENLODE_NET_HTTP_INTERNAL_H
#define EVENLODE_NET_HTTP_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "net/http_server.h"

#define SERVER_MAGIC   0x5e12fe01u
#define SOCKET_MAGIC   0x50c4e702u
#define EXCHANGE_MAGIC 0xe8c4a903u
#define WAITER_MAGIC   0x3a17e404u

#define HTTP_NEVER INT64_MAX

/* one client connection; its own list entry under server->lock */
struct http_socket {
    unsigned magic;
    struct http_server *server;
    struct http_socket *next;
    struct http_socket *previous;
    int fd;
    _Atomic int64_t deadline;    /* monotonic microseconds by which this phase must be over */
    struct http_exchange *spare; /* of the request before, to be used again */
    char peer[64];
    size_t peer_len;
};

enum wait_state {
    WAIT_OPEN,      /* announced; the handler still runs */
    WAIT_SUSPENDED, /* the connection is put aside */
    WAIT_RESUMING,  /* one caller has taken it on itself to resume; then one of those below */
    WAIT_WOKEN,
    WAIT_LATE,
    WAIT_STOPPING,
};

struct http_waiter {
    unsigned magic;
    struct http_exchange *exchange; /* each reference to the waiter is one to the exchange */
    _Atomic int state;              /* enum wait_state */
    int64_t deadline;
    http_next *next_step;
    void *context;
    struct http_waiter *next; /* armed list, under server->lock */
    struct http_waiter *previous;
    bool armed;
};

enum exchange_phase {
    EXCHANGE_HEADER,  /* request line seen */
    EXCHANGE_BODY,    /* header accepted */
    EXCHANGE_SWALLOW, /* body over its limit: read on without keeping, then say so */
    EXCHANGE_RUNNING, /* handler called, perhaps waiting */
    EXCHANGE_ANSWERED,
};

struct http_field {
    struct http_field *next;
    const char *name;
    const char *value;
};

struct http_end_step {
    struct http_end_step *next;
    void (*ended)(struct http_request *request, const struct http_end *end, void *context);
    void *context;
};

struct http_exchange {
    struct http_request request; /* first, so that one is the other */
    unsigned magic;
    atomic_uint references;
    struct http_server *server;
    struct http_socket *socket;
    struct MHD_Connection *connection; /* NULL when ended */
    enum exchange_phase phase;

    const char *wire_target; /* where libmicrohttpd holds it, to compare addresses */
    struct slice target;     /* a copy */
    bool chunked;
    struct http_request_limits limits;
    char *body;
    size_t body_len;
    size_t body_capacity;
    size_t swallowed;

    int64_t deadline;      /* of the answer */
    bool counted;          /* in server->active */
    int64_t reading_since; /* the header is complete */
    struct http_waiter *waiter;

    unsigned refusal; /* status of a failure found before the handler; 0 */
    struct fault fault;

    struct http_field *fields;
    struct http_field **last_field;
    bool bad_field;
    bool answered; /* http_respond() was called */
    bool responding_fault;
    struct MHD_Response *response;
    unsigned status;
    uint64_t answer_bytes;
    bool close; /* after the answer */
    bool queued;
    void (*free_body)(void *memory);
    void *free_memory;
    struct http_end_step *end_steps;
    struct http_end_step **last_end_step;
};

struct http_server {
    unsigned magic;
    struct http_server_config config;
    struct MHD_Daemon *daemon;
    int listen_fd;
    int poke_fd; /* eventfd: the clock thread has something new to look at */
    uint16_t port;
    pthread_t clock;
    bool clock_started;
    bool drained;
    atomic_bool accepting;
    atomic_bool stopping; /* no wait begins any more */
    atomic_bool draining; /* answers say Connection: close */
    atomic_bool clock_stop;
    atomic_uint active;
    atomic_uint waiting; /* waits announced and not yet taken by their server thread */
    atomic_uint connections;
    atomic_uint resuming;      /* calls of MHD_resume_connection in progress */
    _Atomic int64_t clock_due; /* when the clock thread looks next */

    pthread_mutex_t lock; /* the two lists */
    struct http_socket *sockets;
    struct http_waiter *waiters;

    pthread_mutex_t id_lock;
    unsigned char ids[1024];
    size_t ids_left;
};

static inline struct http_exchange *exchange_of(const struct http_request *request)
{
    struct http_exchange *exchange = (struct http_exchange *)(uintptr_t)request;
    CHECK_OBJ(exchange, EXCHANGE_MAGIC);
    return exchange;
}

/* http_server.c */
void http_server_poke(struct http_server *server);

/* http_exchange.c: callbacks of libmicrohttpd */
void http_socket_notice(void *server, struct MHD_Connection *connection, void **socket,
                        enum MHD_ConnectionNotificationCode code);
void *http_exchange_begin(void *server, const char *target, struct MHD_Connection *connection);
enum MHD_Result http_exchange_step(void *server, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *data,
                                   size_t *data_len, void **exchange);
void http_exchange_end(void *server, struct MHD_Connection *connection, void **exchange,
                       enum MHD_RequestTerminationCode code);
void http_exchange_hold(struct http_exchange *exchange);
void http_exchange_release(struct http_exchange *exchange);

/* http_strict.c: sets exchange->refusal and fault when the request must not be believed */
bool http_strict_check(struct http_exchange *exchange, const char *method, const char *version);
bool http_refuse(struct http_exchange *exchange, unsigned status, enum fault_code code,
                 const char *message);

/* http_answer.c */
void http_answer_fault(struct http_exchange *exchange, unsigned status, const struct fault *fault);
enum MHD_Result http_answer_queue(struct http_exchange *exchange);
void http_answer_drop(struct http_exchange *exchange);

/* http_wait.c */
/* puts the connection aside; false when the wait is over already */
bool http_wait_suspend(struct http_waiter *waiter);
/* takes the wait of a resumed or never suspended exchange off, and says how it ended */
struct http_waiter *http_wait_take(struct http_exchange *exchange, enum http_wake *ret_wake);
/* ends due waits (all when `stopping`); returns when the next is due. server->lock is held. */
int64_t http_wait_fire(struct http_server *server, int64_t now, bool stopping);
/* removes it from the armed list */
void http_wait_disarm(struct http_server *server, struct http_waiter *waiter);

#endif
