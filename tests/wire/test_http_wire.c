/*
 * test_http_wire.c: what http_server accepts and refuses, byte for byte.
 *
 * A server with small limits and short times, a handler that tells what it was given, and the
 * transcripts named on the command line. A fault is answered as "fault STATUS CODE", so that
 * a transcript can tell our answers from libmicrohttpd's own pages.
 */
#include "net/http_server.h"
#include "transcript.h"

static void echo(struct http_request *request)
{
    struct slice text = arena_printf(&request->arena, "%.*s %.*s", SLICE_PRINT(request->method),
                                     SLICE_PRINT(request->path));
    for (size_t i = 0; i < request->query_count; i++) {
        text =
            arena_printf(&request->arena, "%.*s [%.*s]=[%.*s]", SLICE_PRINT(text),
                         SLICE_PRINT(request->query[i].name), SLICE_PRINT(request->query[i].value));
    }
    text = arena_printf(&request->arena, "%.*s body=%zu", SLICE_PRINT(text), request->body.len);
    http_response_header(request, "X-Peer", request->peer);
    http_respond(request, 200, SLICE("text/plain"), http_body_kept(text));
}

static void late(struct http_request *request, void *context, enum http_wake wake)
{
    (void)context;
    http_respond(request, wake == HTTP_TIMED_OUT ? 504 : 200, SLICE("text/plain"),
                 http_body_kept(SLICE("late")));
}

#define BIG ((size_t)16 * 1024 * 1024) /* more than both sockets hold */

static void big(struct http_request *request)
{
    char *bytes = malloc(BIG);
    assert(bytes != NULL);
    memset(bytes, 'b', BIG);
    http_respond(request, 200, SLICE("text/plain"),
                 http_body_owned((struct slice){ bytes, BIG }, free, bytes));
}

static void handle(struct http_request *request, void *context)
{
    struct slice value;
    if (slice_equal(request->path, SLICE("/silent"))) {
        return;
    }
    if (slice_equal(request->path, SLICE("/big"))) {
        big(request);
        return;
    }
    if (slice_equal(request->path, SLICE("/late"))) {
        http_waiter_release(http_request_await(request, 30, late, context));
        return;
    }
    if (slice_equal(request->path, SLICE("/bad-field"))) {
        http_response_header(request, "X-Bad", SLICE("a\r\nSet-Cookie: b"));
    }
    if (slice_equal(request->path, SLICE("/cache"))) {
        http_response_header(request, "cache-control", SLICE("max-age=60"));
    }
    if (slice_equal(request->path, SLICE("/cookie"))) {
        value = SLICE("none");
        http_request_cookie(request, "session", &value);
        http_respond(request, 200, SLICE("text/plain"), http_body_copied(value));
        return;
    }
    echo(request);
}

static void limit(struct http_request *request, struct http_request_limits *limits, void *context)
{
    (void)context;
    limits->body = slice_starts_with(request->path, SLICE("/small")) ? 1000 : 100000;
}

static void tell_fault(struct http_request *request, unsigned status, const struct fault *fault,
                       void *context)
{
    (void)context;
    struct slice text =
        arena_printf(&request->arena, "fault %u %s", status, fault_name(fault->code));
    http_respond(request, status, SLICE("text/plain"), http_body_kept(text));
}

int main(int argc, char **argv)
{
    struct http_server_config config;
    http_server_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.idle_s = 1;
    config.header_ms = 600;
    config.rate = 10000;
    config.handler = handle;
    config.limits = limit;
    config.fault_responder = tell_fault;
    struct arena arena;
    arena_init(&arena, LIMIT_FAULT_ARENA);
    struct fault fault = FAULT_INIT;
    struct http_server *server;
    if (!http_server_start(&config, &server, &arena, &fault)) {
        printf("%.*s\n", SLICE_PRINT(fault.message));
        return 1;
    }
    struct transcript_count count = { 0, 0 };
    bool understood = argc > 1;
    for (int i = 1; i < argc; i++) {
        understood &= transcript_run(argv[i], http_server_port(server), &count);
    }
    http_server_free(server);
    arena_release(&arena);
    printf("%u cases, %u failed\n", count.cases, count.failed);
    return understood && count.cases > 0 && count.failed == 0 ? 0 : 1;
}
