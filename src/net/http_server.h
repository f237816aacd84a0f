/*
 * http_server.h: HTTP/1.1 in, one answer out, and nobody waits on a thread (ARCHITECTURE §5).
 *
 * The server owns a few threads. A complete, well-formed request is given to one handler, which
 * ends in one of two ways:
 *
 *   http_respond(request, 200, type, body)    the answer; or
 *   http_request_await(request, ...)          "call me again when this has happened": the
 *                                             connection is put aside and the thread goes on with
 *                                             others; `next` runs on a server thread later.
 *
 *     static void saved(struct http_request *request, void *context, enum http_wake wake)
 *     {
 *         struct save *save = context;
 *         if (wake != HTTP_WOKEN) { fault...; http_respond_fault(request, &fault); return; }
 *         http_respond(request, 201, SLICE("text/plain"), http_body_kept(save->location));
 *     }
 *
 *     static void handle(struct http_request *request, void *context)
 *     {
 *         struct save *save = arena_new(&request->arena, struct save);
 *         save->waiter = save ? http_request_await(request, 0, saved, save) : NULL;
 *         if (no save or no waiter) { fault_no_memory(...); http_respond_fault(...); return; }
 *         commit_queue_submit(queue, &save->item);    // its done() calls http_waiter_wake()
 *     }
 *
 * Memory: everything that a request points to, its arena and its body live until the answer has
 * ended (sent or failed) AND the last waiter reference is given back, whichever is later. So an
 * operation in the request's arena stays valid for the thread that works on it, even when the
 * deadline has passed and the client has its 504 long since. Header and cookie slices are
 * the exception: valid only until the answer has ended, and only on server threads.
 *
 * Threads: a request belongs to the server thread that runs its handler or `next`; no two run at
 * once for one request. Other threads touch only what the application handed them and
 * http_waiter_*(): they may write into memory that came from the request's arena before, but never
 * allocate from it nor call anything else here.
 *
 * A client that dies while its request waits is not noticed: a suspended
 * connection is not polled, so a client that is gone is found when the answer is written
 * (http_end.complete is then false).
 *
 * RFC 9110, RFC 9112. What is refused on the wire and by whom: README.md of this folder.
 */
#ifndef EVENLODE_NET_HTTP_SERVER_H
#define EVENLODE_NET_HTTP_SERVER_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/os.h"

struct http_server;
struct http_waiter;

struct http_parameter {
    struct slice name; /* decoded: UTF-8 without NUL */
    struct slice value;
};

/* Read-only for the application, but for `arena` (allocate from it) and `application`. */
struct http_request {
    struct slice method;    /* GET (for HEAD too), POST, PUT, PATCH, DELETE, OPTIONS */
    bool head;              /* the body of the answer will not be sent */
    struct slice path;      /* decoded: starts with '/', UTF-8, no NUL, no "." or ".." segment,
                               no '/' that came as %2F */
    struct slice raw_path;  /* as sent */
    struct slice raw_query; /* as sent, without '?' */
    const struct http_parameter *query; /* in the order sent; '+' is a space */
    size_t query_count;
    struct slice body; /* whole; empty when there was none */
    struct slice peer; /* numeric address without port */
    struct slice id;   /* the client's X-Request-ID when it is 8..64 of [A-Za-z0-9._-], else
                          32 random hexadecimal digits; every answer carries it */
    monotime start;    /* when its first line was read */
    struct arena arena;
    void *application; /* NULL at first; the application's own */
};

typedef void http_handler(struct http_request *request, void *context);

/* What one method on one path may use; preset to the defaults, the callback changes them. */
struct http_request_limits {
    size_t body;  /* LIMIT_RESOURCE_BODY; over it the answer is 413 */
    size_t arena; /* LIMIT_REQUEST_ARENA; holds the body too */
};

struct http_server_config {
    const char *listen;            /* "127.0.0.1:8080", "[::1]:8080"; port 0 = any free one */
    unsigned threads;              /* 2 */
    unsigned connections;          /* LIMIT_HTTP_CONNECTIONS; further ones wait in the queue */
    unsigned connections_per_peer; /* 0 = no limit: behind a proxy all come from one address */
    size_t header;                 /* LIMIT_HTTP_HEADER: request line and header fields together */
    unsigned idle_s;     /* LIMIT_HTTP_IDLE_S: without a byte, and for the next request line */
    unsigned header_ms;  /* LIMIT_HTTP_HEADER_MS: grace for the rest of a header, for the start of
                            a body and of an answer; after it the rate counts */
    size_t rate;         /* LIMIT_HTTP_RATE: bytes a second that a client takes or gives at least */
    unsigned request_ms; /* LIMIT_HTTP_REQUEST_MS: from the whole request to the answer */
    unsigned drain_ms;   /* LIMIT_HTTP_DRAIN_MS */

    http_handler *handler;
    void *context; /* of handler, limits and fault_responder */

    /* May be NULL. Called when the header is there, before the body is read; sees method, path
     * (decoded), header fields and peer; must not respond. */
    void (*limits)(struct http_request *request, struct http_request_limits *limits, void *context);
    /*
     * May be NULL (then a line of plain text). Formats every failure that the server itself finds
     * (400, 413, 414, 415, 417, 431, 500, 501, 503, 505) and those given to
     * http_respond_fault(); answers with http_respond(request, status, ...), never by waiting.
     * When the failure is in the request's target, `path` is empty and `raw_path` what was sent.
     */
    void (*fault_responder)(struct http_request *request, unsigned status,
                            const struct fault *fault, void *context);
};

/* every default above; handler and context are left to the caller */
void http_server_config_init(struct http_server_config *config);

/*
 * Listens and serves. Copies `config`. False (address in use, not an address, no memory): `fault`
 * says which, in `arena`.
 */
MUST_CHECK bool http_server_start(const struct http_server_config *config,
                                  struct http_server **ret_server, struct arena *arena,
                                  struct fault *fault);
/* Could a server listen there now? Listens and lets go; the fault is that of starting. */
MUST_CHECK bool http_server_may_listen(const char *listen, struct arena *arena,
                                       struct fault *fault);
/* the port that it listens on, also when asked for 0 */
uint16_t http_server_port(const struct http_server *server);
/* requests whose handler has begun and whose answer has not ended */
unsigned http_server_active(const struct http_server *server);
/*
 * Stops accepting, lets what runs end (each answer then says Connection: close) for up to
 * drain_ms, then calls every `next` that still waits with HTTP_STOPPING, and stops the threads.
 * Blocks. True when everything ended by itself. Call once, not from a server thread; the sources of
 * wakes may still run.
 */
bool http_server_drain(struct http_server *server);
/* Drains if that was not done. Waiters that are still held stay valid until released. */
void http_server_free(struct http_server *server);

/* ---- reading the request (server thread, until the answer has ended) ---- */

/* The value of the first field of this name (any case); *ret_value unchanged when absent. */
bool http_request_header(const struct http_request *request, const char *name,
                         struct slice *ret_value);
/* All fields of this name, joined by commas when there are several (RFC 9110 section 5.3; then in
 * the request's arena). False when there is none, or no memory. */
bool http_request_header_list(struct http_request *request, const char *name,
                              struct slice *ret_value);
/* of the cookie of this name (case matters), without its quotes */
bool http_request_cookie(const struct http_request *request, const char *name,
                         struct slice *ret_value);
/* first decoded query parameter of this name */
bool http_request_query(const struct http_request *request, struct slice name,
                        struct slice *ret_value);
/* the body as application/x-www-form-urlencoded; false: `fault` (400) in the request's arena */
MUST_CHECK bool http_request_form(struct http_request *request,
                                  const struct http_parameter **ret_fields, size_t *ret_count,
                                  struct fault *fault);
/* milliseconds until the request's deadline; 0 when it has passed */
unsigned http_request_remaining_ms(const struct http_request *request);

/* ---- answering (server thread) ---- */

struct http_body {
    struct slice data;
    enum { HTTP_BODY_KEPT, HTTP_BODY_COPIED, HTTP_BODY_OWNED } kind;
    void (*free)(void *memory);
    void *memory;
};

/* stays as it is until the request ends: a literal, or in the request's arena (no copy) */
static inline struct http_body http_body_kept(struct slice data)
{
    return (struct http_body){ .data = data, .kind = HTTP_BODY_KEPT };
}

/* copied now */
static inline struct http_body http_body_copied(struct slice data)
{
    return (struct http_body){ .data = data, .kind = HTTP_BODY_COPIED };
}

/* handed over: free(memory) runs once, on a server thread, also when answering fails */
static inline struct http_body http_body_owned(struct slice data, void (*free)(void *memory),
                                               void *memory)
{
    return (
        struct http_body){ .data = data, .kind = HTTP_BODY_OWNED, .free = free, .memory = memory };
}

#define HTTP_NO_BODY http_body_kept((struct slice){ NULL, 0 })

/*
 * Adds a field to the answer, before http_respond(). Copied. The defaults (Cache-Control:
 * no-store, X-Content-Type-Options: nosniff, Referrer-Policy: no-referrer) are replaced by a field
 * of the same name; any other name may be given several times. Date, Content-Length, Connection
 * and X-Request-ID are the server's. A value with a control byte or a name that is no token is a
 * bug of the caller: the answer becomes 500.
 */
void http_response_header(struct http_request *request, const char *name, struct slice value);

/*
 * The answer; once a request. `content_type` empty: no such field. Takes effect when the handler
 * returns; the request must not be used after that but in what on_end was given.
 */
void http_respond(struct http_request *request, unsigned status, struct slice content_type,
                  struct http_body body);
/* through the fault responder, with the fault's status; header fields set so far are dropped */
void http_respond_fault(struct http_request *request, const struct fault *fault);

/*
 * Runs when the answer has been written to the socket, or has failed, on a server thread, last
 * of all; must not block. Several are run in the order given. Every request whose handler was
 * called ends exactly once, so this is where its resources are given back.
 */
struct http_end {
    unsigned status;     /* 0: no answer was made */
    uint64_t body_bytes; /* of the answer; when not complete, any part of them may have gone */
    bool complete;       /* the whole answer was handed to the system (not: received) */
};

MUST_CHECK bool http_request_on_end(struct http_request *request,
                                    void (*ended)(struct http_request *request,
                                                  const struct http_end *end, void *context),
                                    void *context);

/* ---- waiting ---- */

enum http_wake {
    HTTP_WOKEN,     /* somebody called http_waiter_wake() */
    HTTP_TIMED_OUT, /* the deadline came first: answer, usually 504 */
    HTTP_STOPPING,  /* the server stops: answer, usually 503; a further wait ends at once */
};

typedef void http_next(struct http_request *request, void *context, enum http_wake wake);

/*
 * Says that this request waits. Call from the handler or from `next`, at most once in each, and
 * return soon after; `next(request, context, ...)` runs after that return, once; or not at all
 * when the client is found gone at that moment (on_end functions run in any case: give resources
 * back there).
 *
 * `deadline_ms`: from now; 0 or more than remains of the request's time: what remains. Deadlines
 * are kept to about 10 ms.
 *
 * The result carries ONE reference, which belongs to whoever will wake: that one must end it by
 * http_waiter_wake() or http_waiter_release(), on any thread, at any time, before or after
 * the handler has returned, the deadline has passed, the answer has ended, or the server has been
 * freed. A wake that comes before the connection is put aside is not lost; one that comes after
 * the deadline does nothing but give the reference back. NULL without memory: answer 503; nothing
 * waits then.
 *
 * After HTTP_TIMED_OUT or HTTP_STOPPING the other thread may still be at work on what it was
 * given: `next` must not read or write that. What it shares (in the request's arena or elsewhere)
 * is published to `next` by HTTP_WOKEN alone: everything written before http_waiter_wake() is
 * visible to it.
 */
MUST_CHECK struct http_waiter *http_request_await(struct http_request *request,
                                                  unsigned deadline_ms, http_next *next,
                                                  void *context);
/* the same, with a deadline that is a moment */
MUST_CHECK struct http_waiter *http_request_await_until(struct http_request *request,
                                                        monotime until, http_next *next,
                                                        void *context);
/* wakes and gives the caller's reference back; the waiter must not be used afterwards */
void http_waiter_wake(struct http_waiter *waiter);
/* gives the reference back without waking: the wait then ends at its deadline */
void http_waiter_release(struct http_waiter *waiter);
/* another reference, for a second waker; the first wake counts */
struct http_waiter *http_waiter_hold(struct http_waiter *waiter);
/*
 * Whether the wait has ended (woken, late or stopping), so that a worker may spare itself what
 * nobody waits for. A hint: it may end the moment after.
 */
bool http_waiter_ended(const struct http_waiter *waiter);

#endif
