/*
 * test_http_server.c: start and stop, answers, and above all waits: woken early, late, twice,
 * never, against a deadline, and while the server drains.
 *
 * The stress is the test of the state machine of http_wait.c: thousands of requests whose wakes
 * come from other threads at moments near every edge. What is checked: each client gets exactly
 * the answer that its kind of wait allows; `next` runs once for each wait; what a waker wrote
 * before a wake is seen after it; each request ends once; nothing is leaked or used after its end
 * (AddressSanitizer), and nothing races (ThreadSanitizer).
 */
#include <setjmp.h>
#include <stdarg.h>

#include "net/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CLIENTS    8
#define WAKERS     3
#define REQUESTS   400 /* of each client in the stress */
#define RESULT     4711
#define FAULT_ROOM KIB(4)

/* what an operation shares with the thread that works for it; in the request's arena */
struct operation {
    struct operation *next;
    struct http_waiter *waiter;
    int64_t wake_at;
    int result;
    unsigned rounds; /* waits still to come */
    char kind;
};

struct world {
    struct http_server *server;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct operation *queue;
    bool no_more;
    atomic_uint handled;
    atomic_uint ended;
    atomic_uint complete;
    atomic_uint awaited;
    atomic_uint continued;
    atomic_uint freed_bodies;
    atomic_uint wrong;
    atomic_bool stop_clients;
    atomic_uint answered;
};

/* ---- the wakers ---- */

static void submit(struct world *world, struct operation *operation, int64_t delay_us)
{
    operation->wake_at = os_monotonic().us + delay_us;
    pthread_mutex_lock(&world->lock);
    operation->next = world->queue;
    world->queue = operation;
    pthread_cond_signal(&world->more);
    pthread_mutex_unlock(&world->lock);
}

static void *run_waker(void *context)
{
    struct world *world = context;
    pthread_mutex_lock(&world->lock);
    while (world->queue != NULL || !world->no_more) {
        struct operation *operation = world->queue;
        if (operation == NULL) {
            pthread_cond_wait(&world->more, &world->lock);
            continue;
        }
        world->queue = operation->next;
        pthread_mutex_unlock(&world->lock);
        int64_t left = operation->wake_at - os_monotonic().us;
        if (left > 0) {
            usleep((useconds_t)left);
        }
        struct http_waiter *waiter = operation->waiter;
        if (operation->kind == 'd') { /* twice, from two references */
            http_waiter_wake(http_waiter_hold(waiter));
        } else {
            operation->result = RESULT; /* also when it is late: the memory must be there */
        }
        http_waiter_wake(waiter);
        pthread_mutex_lock(&world->lock);
    }
    pthread_mutex_unlock(&world->lock);
    return NULL;
}

/* ---- the handler ---- */

static void ended(struct http_request *request, const struct http_end *end, void *context)
{
    struct world *world = context;
    atomic_fetch_add(&world->ended, 1);
    atomic_fetch_add(&world->complete, end->complete);
    if (end->complete && end->status == 0) {
        atomic_fetch_add(&world->wrong, 1);
    }
    (void)request;
}

static void free_owned(void *memory)
{
    struct world *world = memory;
    atomic_fetch_add(&world->freed_bodies, 1);
}

static void begin_wait(struct http_request *request, struct world *world,
                       struct operation *operation);

static void next_step(struct http_request *request, void *context, enum http_wake wake)
{
    struct operation *operation = context;
    struct world *world = request->application;
    atomic_fetch_add(&world->continued, 1);
    if (wake == HTTP_WOKEN && operation->kind != 'd' && operation->result != RESULT) {
        atomic_fetch_add(&world->wrong, 1);
    }
    if (wake == HTTP_WOKEN && operation->rounds > 0) {
        operation->rounds--;
        operation->result = 0;
        begin_wait(request, world, operation);
        return;
    }
    static const struct {
        unsigned status;
        const char *text;
    } answers[] = {
        [HTTP_WOKEN] = { 200, "woken" },
        [HTTP_TIMED_OUT] = { 504, "late" },
        [HTTP_STOPPING] = { 503, "stopping" },
    };
    http_respond(request, answers[wake].status, SLICE("text/plain"),
                 http_body_owned(slice_from_string(answers[wake].text), free_owned, world));
}

static void begin_wait(struct http_request *request, struct world *world,
                       struct operation *operation)
{
    char kind = operation->kind;
    unsigned deadline_ms = kind == 'r' || kind == 'l' || kind == 'n' ? 2 : 0;
    struct http_waiter *waiter = http_request_await(request, deadline_ms, next_step, operation);
    assert(waiter != NULL);
    atomic_fetch_add(&world->awaited, 1);
    operation->waiter = waiter;
    if (kind == 'e') { /* before the handler returns */
        operation->result = RESULT;
        http_waiter_wake(waiter);
    } else if (kind == 'n') { /* nobody wakes */
        http_waiter_release(waiter);
    } else { /* at once, near the deadline, long after it */
        submit(world, operation, kind == 'r' ? 1900 : (kind == 'l' ? 6000 : 0));
    }
}

/* /wait/KIND */
static void handle(struct http_request *request, void *context)
{
    struct world *world = context;
    request->application = world;
    atomic_fetch_add(&world->handled, 1);
    if (!http_request_on_end(request, ended, world)) {
        abort();
    }
    struct operation *operation = arena_new(&request->arena, struct operation);
    assert(operation != NULL && request->path.len == 7);
    operation->kind = request->path.ptr[6];
    operation->rounds = operation->kind == 'c' ? 3 : 0;
    begin_wait(request, world, operation);
}

/* ---- clients ---- */

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* the status of the answer, 0 when there was none; the answers are short and come in one piece */
static int ask(int fd, const char *path)
{
    char text[1024];
    int len = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    if (send(fd, text, (size_t)len, MSG_NOSIGNAL) != len) {
        return 0;
    }
    ssize_t got = recv(fd, text, sizeof(text) - 1, 0);
    if (got <= 12) {
        return 0;
    }
    text[got] = '\0';
    return atoi(text + 9);
}

static bool is_allowed(char kind, int status)
{
    if (kind == 'n') {
        return status == 504;
    }
    /* on a busy machine the clock may be later than the waker that meant to be late */
    return status == 200 || ((kind == 'r' || kind == 'l') && status == 504);
}

struct client {
    struct world *world;
    unsigned seed;
    bool endless; /* until told to stop; refusals are no fault */
};

static void *run_client(void *context)
{
    static const char kinds[] = "wewrwecdwwlwewrwdn"; /* w: plain, the others see begin_wait() */
    struct client *client = context;
    struct world *world = client->world;
    int fd = connect_to(http_server_port(world->server));
    unsigned random = client->seed;
    for (unsigned i = 0; client->endless ? !atomic_load(&world->stop_clients) : i < REQUESTS; i++) {
        random = random * 1103515245u + 12345u;
        char path[] = "/wait/?";
        path[6] = kinds[(random >> 16) % (sizeof(kinds) - 1)];
        int status = ask(fd, path);
        atomic_fetch_add(&world->answered, status != 0);
        if (status == 0 && client->endless) {
            break;
        }
        if (!is_allowed(path[6], status) && !(client->endless && status == 503)) {
            atomic_fetch_add(&world->wrong, 1);
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    return NULL;
}

/* ---- set-up ---- */

static void start(struct world *world, http_handler *handler, unsigned drain_ms)
{
    memset(world, 0, sizeof(*world));
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->more, NULL);
    struct http_server_config config;
    http_server_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.handler = handler;
    config.context = world;
    config.drain_ms = drain_ms;
    struct arena arena;
    arena_init(&arena, FAULT_ROOM);
    struct fault fault = FAULT_INIT;
    assert_true(http_server_start(&config, &world->server, &arena, &fault));
    arena_release(&arena);
}

static void start_wakers(struct world *world, pthread_t *threads)
{
    for (int i = 0; i < WAKERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_waker, world), 0);
    }
}

static void stop_wakers(struct world *world, pthread_t *threads)
{
    pthread_mutex_lock(&world->lock);
    world->no_more = true;
    pthread_cond_broadcast(&world->more);
    pthread_mutex_unlock(&world->lock);
    for (int i = 0; i < WAKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_destroy(&world->lock);
    pthread_cond_destroy(&world->more);
}

static void start_clients(struct world *world, struct client *clients, pthread_t *threads,
                          bool endless)
{
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){ world, (unsigned)i * 7919 + 1, endless };
        assert_int_equal(pthread_create(&threads[i], NULL, run_client, &clients[i]), 0);
    }
}

/* ---- tests ---- */

static void test_waits_under_stress(void **state)
{
    (void)state;
    struct world world;
    struct client clients[CLIENTS];
    pthread_t client_threads[CLIENTS];
    pthread_t waker_threads[WAKERS];
    start(&world, handle, 2000);
    start_wakers(&world, waker_threads);
    start_clients(&world, clients, client_threads, false);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(client_threads[i], NULL);
    }
    assert_true(http_server_drain(world.server));
    http_server_free(world.server);
    stop_wakers(&world, waker_threads);
    assert_int_equal(world.wrong, 0);
    assert_int_equal(world.handled, CLIENTS * REQUESTS);
    assert_int_equal(world.answered, CLIENTS * REQUESTS);
    assert_int_equal(world.ended, world.handled);
    assert_int_equal(world.complete, world.handled);
    assert_int_equal(world.continued, world.awaited);
    assert_int_equal(world.freed_bodies, world.handled);
}

/* in the middle of everything, with wakes that come after the server is gone */
static void test_drain_under_stress(void **state)
{
    (void)state;
    struct world world;
    struct client clients[CLIENTS];
    pthread_t client_threads[CLIENTS];
    pthread_t waker_threads[WAKERS];
    for (int round = 0; round < 5; round++) {
        start(&world, handle, 5);
        start_wakers(&world, waker_threads);
        start_clients(&world, clients, client_threads, true);
        usleep(40000 + (useconds_t)round * 3000);
        int64_t before = os_monotonic().us;
        http_server_drain(world.server);
        assert_true(os_monotonic().us - before < 4000000);
        http_server_free(world.server);
        atomic_store(&world.stop_clients, true);
        for (int i = 0; i < CLIENTS; i++) {
            pthread_join(client_threads[i], NULL);
        }
        stop_wakers(&world, waker_threads);
        assert_int_equal(world.wrong, 0);
        assert_true(world.handled > 0);
        assert_int_equal(world.ended, world.handled);
        assert_true(world.continued <= world.awaited);
        assert_true(world.awaited - world.continued <= CLIENTS);
    }
}

struct held {
    struct http_waiter *waiter;
    _Atomic int wake; /* how the wait ended, plus 1 */
    _Atomic int again;
};

static void held_again(struct http_request *request, void *context, enum http_wake wake)
{
    struct held *held = context;
    atomic_store(&held->again, (int)wake + 1);
    http_respond(request, 503, SLICE(""), HTTP_NO_BODY);
}

static void held_next(struct http_request *request, void *context, enum http_wake wake)
{
    struct held *held = context;
    atomic_store(&held->wake, (int)wake + 1);
    http_waiter_release(http_request_await(request, 0, held_again, held));
}

static void hold_request(struct http_request *request, void *context)
{
    struct held *held = context;
    held->waiter = http_request_await(request, 0, held_next, held);
}

/* waits that nobody wakes end as "stopping", a further wait at once, and the waiter outlives all */
static void test_drain_ends_waits(void **state)
{
    (void)state;
    struct held held = { NULL, 0, 0 };
    struct http_server_config config;
    http_server_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.handler = hold_request;
    config.context = &held;
    config.drain_ms = 50;
    struct arena arena;
    arena_init(&arena, FAULT_ROOM);
    struct fault fault = FAULT_INIT;
    struct http_server *server;
    assert_true(http_server_start(&config, &server, &arena, &fault));
    int fd = connect_to(http_server_port(server));
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_int_equal(send(fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
    while (http_server_active(server) == 0) {
        usleep(1000);
    }
    assert_false(http_server_drain(server));
    http_server_free(server);
    assert_int_equal(held.wake, HTTP_STOPPING + 1);
    assert_int_equal(held.again, HTTP_STOPPING + 1);
    assert_true(http_waiter_ended(held.waiter));
    http_waiter_wake(held.waiter);
    char answer[1024] = "";
    assert_true(recv(fd, answer, sizeof(answer) - 1, 0) > 0);
    assert_memory_equal(answer, "HTTP/1.1 503", 12);
    assert_non_null(strstr(answer, "Connection: close"));
    close(fd);
    arena_release(&arena);
}

static void nothing(struct http_request *request, void *context)
{
    (void)context;
    http_respond(request, 204, SLICE(""), HTTP_NO_BODY);
}

static void test_start_faults(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",          "8080",        "127.0.0.1",   "127.0.0.1:",
                                         "[::1:8080", "localhost:0", "256.0.0.1:0", "127.0.0.1:x" };
    struct arena arena;
    struct http_server_config config;
    struct http_server *server = NULL;
    http_server_config_init(&config);
    config.handler = nothing;
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
        arena_init(&arena, FAULT_ROOM);
        struct fault fault = FAULT_INIT;
        config.listen = wrong[i];
        assert_false(http_server_start(&config, &server, &arena, &fault));
        assert_int_equal(fault.code, FAULT_INVALID);
        assert_null(server);
        arena_release(&arena);
    }
}

static void test_port_in_use_and_free_again(void **state)
{
    (void)state;
    struct world first;
    start(&first, nothing, 100);
    char address[40];
    snprintf(address, sizeof(address), "127.0.0.1:%u", http_server_port(first.server));
    struct http_server_config config;
    http_server_config_init(&config);
    config.listen = address;
    config.handler = nothing;
    config.threads = 1;
    struct arena arena;
    arena_init(&arena, FAULT_ROOM);
    struct fault fault = FAULT_INIT;
    struct http_server *second = NULL;
    assert_false(http_server_start(&config, &second, &arena, &fault));
    assert_int_equal(fault.code, FAULT_IO);
    http_server_free(first.server);
    assert_true(http_server_start(&config, &second, &arena, &fault));
    int fd = connect_to(http_server_port(second));
    assert_int_equal(ask(fd, "/"), 204);
    close(fd);
    assert_true(http_server_drain(second));
    http_server_free(second);
    arena_release(&arena);
}

/* beyond the limit clients wait in the queue until there is room */
static void test_connection_limit(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, FAULT_ROOM);
    struct fault fault = FAULT_INIT;
    struct http_server_config config;
    http_server_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.handler = nothing;
    config.connections = 4;
    struct http_server *server;
    assert_true(http_server_start(&config, &server, &arena, &fault));
    int fds[5];
    for (int i = 0; i < 5; i++) {
        fds[i] = connect_to(http_server_port(server));
        if (i < 4) {
            assert_int_equal(ask(fds[i], "/"), 204);
        }
    }
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_int_equal(send(fds[4], request, sizeof(request) - 1, 0), sizeof(request) - 1);
    struct pollfd waiting = { .fd = fds[4], .events = POLLIN };
    assert_int_equal(poll(&waiting, 1, 150), 0);
    close(fds[0]);
    assert_int_equal(poll(&waiting, 1, 3000), 1);
    for (int i = 1; i < 5; i++) {
        close(fds[i]);
    }
    http_server_free(server);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_faults),
        cmocka_unit_test(test_port_in_use_and_free_again),
        cmocka_unit_test(test_connection_limit),
        cmocka_unit_test(test_drain_ends_waits),
        cmocka_unit_test(test_waits_under_stress),
        cmocka_unit_test(test_drain_under_stress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
