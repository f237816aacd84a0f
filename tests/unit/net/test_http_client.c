/* The HTTP client against our own server, and against nobody. */
#include "support/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http_client.h"
#include "net/http_server.h"

static struct http_server *server;
static struct arena arena;
static char base[64];

/* /echo answers with method, a header and the body; /large with 100 KiB; /moved with a redirect */
static void handle(struct http_request *request, void *context)
{
    (void)context;
    struct slice field = { NULL, 0 };
    static char large[100 * 1024];
    if (slice_equal(request->path, SLICE("/large"))) {
        memset(large, 'x', sizeof(large));
        http_respond(request, 200, SLICE("text/plain"),
                     http_body_kept(slice_of(large, sizeof(large))));
    } else if (slice_equal(request->path, SLICE("/moved"))) {
        http_respond(request, 302, SLICE("text/plain"), http_body_kept(SLICE("elsewhere")));
    } else {
        http_request_header(request, "X-Word", &field);
        struct slice text =
            arena_printf(&request->arena, "%.*s %.*s %.*s", SLICE_PRINT(request->method),
                         SLICE_PRINT(field), SLICE_PRINT(request->body));
        http_respond(request, 201, SLICE("text/plain"), http_body_kept(text));
    }
}

static int setup(void **state)
{
    (void)state;
    struct fault fault = FAULT_INIT;
    struct http_server_config config;
    arena_init(&arena, MIB(1));
    http_server_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.handler = handle;
    assert_true(http_server_start(&config, &server, &arena, &fault));
    snprintf(base, sizeof(base), "http://127.0.0.1:%u", http_server_port(server));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    http_server_drain(server);
    http_server_free(server);
    arena_release(&arena);
    return 0;
}

static enum http_client_outcome ask(struct http_client *client, const char *method,
                                    const char *path, struct slice body, unsigned *ret_status)
{
    static const char *const headers[] = { "X-Word: hello", "Content-Type: text/plain" };
    char url[128];
    snprintf(url, sizeof(url), "%s%s", base, path);
    return http_client_send(
        client,
        &(struct http_client_request){
            .method = method, .url = url, .headers = headers, .header_count = 2, .body = body },
        ret_status);
}

static void test_exchange(void **state)
{
    (void)state;
    unsigned status = 0;
    struct http_client *client = http_client_new(&(struct http_client_options){ .stop_fd = -1 });
    assert_non_null(client);
    for (int i = 0; i < 3; i++) { /* over one connection */
        assert_int_equal(ask(client, "POST", "/echo", SLICE("a body"), &status),
                         HTTP_CLIENT_ANSWERED);
        assert_int_equal(status, 201);
        assert_slice(http_client_body(client), "POST hello a body");
    }
    assert_int_equal(ask(client, "GET", "/echo", (struct slice){ NULL, 0 }, &status),
                     HTTP_CLIENT_ANSWERED);
    assert_slice(http_client_body(client), "GET hello ");
    assert_int_equal(ask(client, "GET", "/moved", (struct slice){ NULL, 0 }, &status),
                     HTTP_CLIENT_ANSWERED);
    assert_int_equal(status, 302);
    http_client_free(client);
}

static void test_ceiling(void **state)
{
    (void)state;
    unsigned status = 0;
    struct http_client *client =
        http_client_new(&(struct http_client_options){ .answer_bytes = 5000, .stop_fd = -1 });
    assert_non_null(client);
    assert_int_equal(ask(client, "GET", "/large", (struct slice){ NULL, 0 }, &status),
                     HTTP_CLIENT_TOO_LARGE);
    assert_int_equal(http_client_body(client).len, 0);
    assert_int_equal(ask(client, "GET", "/echo", (struct slice){ NULL, 0 }, &status),
                     HTTP_CLIENT_ANSWERED);
    http_client_free(client);
}

static enum http_client_outcome ask_url(const char *url, int64_t answer_us, int stop_fd)
{
    unsigned status = 0;
    struct http_client *client = http_client_new(
        &(struct http_client_options){ .answer_us = answer_us, .stop_fd = stop_fd });
    assert_non_null(client);
    enum http_client_outcome outcome = http_client_send(
        client, &(struct http_client_request){ .method = "GET", .url = url }, &status);
    http_client_free(client);
    return outcome;
}

/* a socket that listens and never accepts: connections open, nothing comes */
static int deaf(char url[64])
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(fd, 4), 0);
    snprintf(url, 64, "http://127.0.0.1:%u/", (unsigned)ntohs(address.sin_port));
    return fd;
}

static void test_nobody(void **state)
{
    (void)state;
    char url[64];
    uint64_t one = 1;
    int fd = deaf(url);
    int stop = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(ask_url(url, 200000, -1), HTTP_CLIENT_SILENT);
    assert_int_equal(write(stop, &one, sizeof(one)), sizeof(one));
    assert_int_equal(ask_url(url, 20000000, stop), HTTP_CLIENT_STOPPED);
    close(fd);
    assert_int_equal(ask_url(url, 200000, -1), HTTP_CLIENT_UNREACHABLE);
    assert_int_equal(ask_url("file:///etc/hostname", 200000, -1), HTTP_CLIENT_UNUSABLE);
    close(stop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_ceiling),
        cmocka_unit_test(test_nobody),
    };
    return cmocka_run_group_tests_name("http_client", tests, setup, teardown);
}
