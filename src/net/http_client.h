/*
 * http_client.h: sends HTTP requests, one after another, over connections that it keeps.
 *
 * For what sends and waits: commands and feeds. HTTP and HTTPS alone (certificates are checked);
 * redirects are not followed, proxies of the environment are not used, cookies are not kept. The
 * answer's body is bounded; no call waits beyond its deadline.
 *
 * One thread at a time. `stop_fd`, when it becomes readable, ends the waiting at once.
 */
#ifndef EVENLODE_NET_HTTP_CLIENT_H
#define EVENLODE_NET_HTTP_CLIENT_H

#include "base/slice.h"

struct http_client_options {
    int64_t connect_us;  /* 0: LIMIT_HTTP_CLIENT_CONNECT_US */
    int64_t answer_us;   /* for the whole exchange; 0: LIMIT_HTTP_CLIENT_ANSWER_US */
    size_t answer_bytes; /* 0: LIMIT_HTTP_CLIENT_ANSWER */
    int stop_fd;         /* -1: none */
};

/* X(constant, word): how a request ended */
#define HTTP_CLIENT_OUTCOMES(X)                                                                    \
    X(ANSWERED, "answered") /* with whatever status */                                             \
    X(UNREACHABLE, "unreachable")                                                                  \
    X(SILENT, "silent")       /* no whole answer by the deadline: in doubt */                      \
    X(CLOSED, "closed")       /* the connection ended before the answer did: in doubt */           \
    X(TOO_LARGE, "too large") /* the answer, beyond its ceiling */                                 \
    X(UNUSABLE, "unusable")   /* the address or the certificate is no good */                      \
    X(STOPPED, "stopped")     /* stop_fd became readable: in doubt */                              \
    X(NO_MEMORY, "no memory")

enum http_client_outcome {
#define X(name, word) HTTP_CLIENT_##name,
    HTTP_CLIENT_OUTCOMES(X)
#undef X
        HTTP_CLIENT_OUTCOME_COUNT
};

const char *http_client_outcome_word(enum http_client_outcome outcome);

struct http_client_request {
    const char *method; /* "POST" */
    const char *url;
    const char *const *headers; /* "Name: value"; NULL when there are none */
    size_t header_count;
    struct slice body;
};

struct http_client;

MUST_CHECK struct http_client *http_client_new(const struct http_client_options *options);
void http_client_free(struct http_client *client);

enum http_client_outcome http_client_send(struct http_client *client,
                                          const struct http_client_request *request,
                                          unsigned *ret_status);
/* the body of the last answer; valid until the next call */
struct slice http_client_body(const struct http_client *client);

#endif
