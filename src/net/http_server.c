/*
 * http_server.c: start, the clock thread, drain.
 *
 * libmicrohttpd runs the connections: a pool of threads, an epoll set in each. We accept ourselves,
 * for two reasons: the listening socket can then be closed at the moment of draining (in 0.9.75
 * MHD_quiesce_daemon() races with its own threads over the epoll entry and panics when it loses),
 * and at the connection limit further clients wait in the listen queue instead of being closed.
 *
 * One thread, the clock, does what must happen by time or from outside: it accepts, ends waits
 * whose deadline has come (libmicrohttpd does not time out suspended connections), and shuts down
 * sockets that are too slow for their phase. It sleeps in poll() until the next of these;
 * an eventfd wakes it when something earlier turns up.
 *
 * Draining: close the listening socket; wait for running requests; end all waits as "stopping" and
 * let no new one begin; wait until no exchange is suspended and no resumer is inside libmicrohttpd
 * (which would panic, or be pulled away under the resumer); stop the threads. Draining polls, every
 * two milliseconds: it happens once in a server's life.
 */
#include "net/http_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* libmicrohttpd clears this much between two requests, so it is no larger than a header needs */
#define CONNECTION_MEMORY KIB(32)
#define ACCEPT_AT_ONCE    16
#define LISTEN_QUEUE      512
#define SWEEP_US          250000 /* how often slow clients are looked for */
#define NO_DESCRIPTOR_US  50000  /* pause when accept() has no descriptor or memory */

void http_server_config_init(struct http_server_config *config)
{
    *config = (struct http_server_config){
        .listen = "127.0.0.1:8080",
        .threads = 2,
        .connections = LIMIT_HTTP_CONNECTIONS,
        .header = LIMIT_HTTP_HEADER,
        .idle_s = LIMIT_HTTP_IDLE_S,
        .header_ms = LIMIT_HTTP_HEADER_MS,
        .rate = LIMIT_HTTP_RATE,
        .request_ms = LIMIT_HTTP_REQUEST_MS,
        .drain_ms = LIMIT_HTTP_DRAIN_MS,
    };
}

/* ---- the clock thread ---- */

void http_server_poke(struct http_server *server)
{
    uint64_t one = 1;
    /* fails only when the counter is full, and then the thread is awake anyway */
    ssize_t ignored = write(server->poke_fd, &one, sizeof(one));
    (void)ignored;
}

static void sweep_slow_clients(struct http_server *server, int64_t now)
{
    for (struct http_socket *socket = server->sockets; socket != NULL; socket = socket->next) {
        CHECK_OBJ(socket, SOCKET_MAGIC);
        if (atomic_load_explicit(&socket->deadline, memory_order_relaxed) < now) {
            /* under the lock the descriptor is still this connection's (socket_closed()) */
            shutdown(socket->fd, SHUT_RDWR);
            atomic_store_explicit(&socket->deadline, HTTP_NEVER, memory_order_relaxed);
        }
    }
}

/* returns when to look again */
static int64_t keep_time(struct http_server *server, int64_t now, int64_t *sweep_due)
{
    pthread_mutex_lock(&server->lock);
    int64_t due = http_wait_fire(server, now, false);
    if (now >= *sweep_due) {
        sweep_slow_clients(server, now);
        *sweep_due = now + SWEEP_US;
    }
    if (atomic_load(&server->connections) > 0 && *sweep_due < due) {
        due = *sweep_due;
    }
    atomic_store(&server->clock_due, due); /* under the lock: see arm() */
    pthread_mutex_unlock(&server->lock);
    return due;
}

static bool has_room(const struct http_server *server)
{
    return atomic_load(&server->connections) < server->config.connections;
}

/* false when the system has no descriptor or memory for more */
static bool accept_clients(struct http_server *server)
{
    for (int i = 0; i < ACCEPT_AT_ONCE && has_room(server); i++) {
        struct sockaddr_storage address;
        socklen_t len = sizeof(address);
        int fd = accept4(server->listen_fd, (struct sockaddr *)&address, &len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        atomic_fetch_add(&server->connections, 1); /* undone by socket_closed() */
        if (MHD_add_connection(server->daemon, fd, (struct sockaddr *)&address, len) != MHD_YES) {
            atomic_fetch_sub(&server->connections, 1); /* and it has closed the socket */
        }
    }
    return true;
}

static int poll_timeout(int64_t due, int64_t now)
{
    if (due == HTTP_NEVER) {
        return -1;
    }
    int64_t ms = due <= now ? 0 : (due - now + 999) / 1000;
    return ms > 60000 ? 60000 : (int)ms;
}

static void *run_clock(void *context)
{
    struct http_server *server = context;
    int64_t sweep_due = 0;
    while (!atomic_load(&server->clock_stop)) {
        int64_t now = os_monotonic().us;
        int64_t due = keep_time(server, now, &sweep_due);
        if (!atomic_load(&server->accepting) && server->listen_fd >= 0) {
            close(server->listen_fd);
            server->listen_fd = -1;
        }
        bool listening = server->listen_fd >= 0 && has_room(server);
        struct pollfd fds[2] = { { .fd = server->poke_fd, .events = POLLIN },
                                 { .fd = listening ? server->listen_fd : -1, .events = POLLIN } };
        if (poll(fds, 2, poll_timeout(due, now)) <= 0) {
            continue;
        }
        if (fds[0].revents != 0) {
            uint64_t ignored;
            ssize_t got = read(server->poke_fd, &ignored, sizeof(ignored));
            (void)got;
        }
        if (fds[1].revents != 0 && atomic_load(&server->accepting) && !accept_clients(server)) {
            usleep(NO_DESCRIPTOR_US);
        }
    }
    return NULL;
}

/* ---- start ---- */

/* getaddrinfo() takes any number for a port, and cuts it to 16 bits */
static bool port_fits(const char *port)
{
    uint64_t number;
    return slice_to_u64(slice_from_string(port), &number) && number <= UINT16_MAX;
}

/* "address:port" or "[address]:port", both numeric */
static bool split_address(const char *listen, char *ret_host, size_t host_size,
                          const char **ret_port)
{
    const char *colon = strrchr(listen, ':');
    const char *start = listen;
    const char *end = colon;
    if (colon == NULL || !port_fits(colon + 1)) {
        return false;
    }
    if (listen[0] == '[') {
        start++;
        end--;
        if (end < start || *end != ']') {
            return false;
        }
    }
    size_t len = (size_t)(end - start);
    if (len == 0 || len >= host_size) {
        return false;
    }
    memcpy(ret_host, start, len);
    ret_host[len] = '\0';
    *ret_port = colon + 1;
    return true;
}

static int open_listener(const struct addrinfo *info)
{
    int on = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, LISTEN_QUEUE) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static bool open_address(const char *listen, int *ret_fd, struct arena *arena, struct fault *fault)
{
    char host[64];
    const char *port;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
    struct addrinfo *info = NULL;
    if (!split_address(listen, host, sizeof(host), &port) ||
        getaddrinfo(host, port, &hints, &info) != 0) {
        fault_set(fault, arena, FAULT_INVALID, "'%s' is not an address to listen on", listen);
        return fault_hint(fault, arena, "Give a numeric address and a port: 127.0.0.1:8080");
    }
    int fd = open_listener(info);
    int error = errno;
    freeaddrinfo(info);
    if (fd < 0) {
        return fault_errno(fault, arena, error, "Cannot listen on %s", listen);
    }
    *ret_fd = fd;
    return true;
}

bool http_server_may_listen(const char *listen, struct arena *arena, struct fault *fault)
{
    int fd;
    if (!open_address(listen, &fd, arena, fault)) {
        return false;
    }
    close(fd);
    return true;
}

static bool listen_on(struct http_server *server, struct arena *arena, struct fault *fault)
{
    if (!open_address(server->config.listen, &server->listen_fd, arena, fault)) {
        return false;
    }
    struct sockaddr_storage bound;
    socklen_t len = sizeof(bound);
    memset(&bound, 0, sizeof(bound));
    if (getsockname(server->listen_fd, (struct sockaddr *)&bound, &len) != 0) {
        return fault_errno(fault, arena, errno, "Cannot listen on %s", server->config.listen);
    }
    server->port =
        ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&bound)->sin6_port
                                          : ((struct sockaddr_in *)(void *)&bound)->sin_port);
    return true;
}

/* libmicrohttpd would decode the target in its buffer; we decode a copy (http_text.c) */
static size_t leave_as_it_is(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static struct MHD_Daemon *start_daemon(struct http_server *server)
{
    const struct http_server_config *config = &server->config;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                     MHD_USE_NO_LISTEN_SOCKET | MHD_USE_TURBO;
    struct MHD_OptionItem pool[] = {
        { config->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END,
          (intptr_t)config->threads, NULL },
        { MHD_OPTION_END, 0, NULL },
    };
    /* the limit is ours; theirs is divided by the threads, and clients do not divide evenly */
    unsigned room = (config->connections + 1) * (config->threads > 1 ? config->threads : 1);
    return MHD_start_daemon(
        flags, 0, NULL, NULL, http_exchange_step, server, MHD_OPTION_URI_LOG_CALLBACK,
        http_exchange_begin, server, MHD_OPTION_UNESCAPE_CALLBACK, leave_as_it_is, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, http_exchange_end, server, MHD_OPTION_NOTIFY_CONNECTION,
        http_socket_notice, server, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, room, MHD_OPTION_CONNECTION_TIMEOUT, config->idle_s,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, config->connections_per_peer, MHD_OPTION_ARRAY, pool,
        MHD_OPTION_END);
}

static void free_server(struct http_server *server)
{
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    if (server->listen_fd >= 0) {
        close(server->listen_fd);
    }
    if (server->poke_fd >= 0) {
        close(server->poke_fd);
    }
    pthread_mutex_destroy(&server->lock);
    pthread_mutex_destroy(&server->id_lock);
    server->magic = 0;
    os_free(server);
}

static bool start_parts(struct http_server *server, struct arena *arena, struct fault *fault)
{
    server->poke_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (server->poke_fd < 0) {
        return fault_errno(fault, arena, errno, "Cannot start the server");
    }
    if (!listen_on(server, arena, fault)) {
        return false;
    }
    server->daemon = start_daemon(server);
    if (server->daemon == NULL) {
        return fault_set(fault, arena, FAULT_INTERNAL, "Cannot start the server's threads");
    }
    int error = pthread_create(&server->clock, NULL, run_clock, server);
    if (error != 0) {
        return fault_errno(fault, arena, error, "Cannot start the server's threads");
    }
    server->clock_started = true;
    return true;
}

bool http_server_start(const struct http_server_config *config, struct http_server **ret_server,
                       struct arena *arena, struct fault *fault)
{
    assert(config->handler != NULL && config->rate > 0);
    struct http_server *server = os_malloc(sizeof(*server));
    if (server == NULL) {
        return fault_no_memory(fault, arena);
    }
    memset(server, 0, sizeof(*server));
    server->magic = SERVER_MAGIC;
    server->config = *config;
    server->listen_fd = -1;
    server->poke_fd = -1;
    atomic_init(&server->accepting, true);
    pthread_mutex_init(&server->lock, NULL);
    pthread_mutex_init(&server->id_lock, NULL);
    if (!start_parts(server, arena, fault)) {
        free_server(server);
        return false;
    }
    *ret_server = server;
    return true;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

unsigned http_server_active(const struct http_server *server)
{
    return atomic_load(&server->active);
}

/* ---- the end ---- */

static bool wait_until_zero(const atomic_uint *counter, int64_t deadline)
{
    while (atomic_load(counter) != 0) {
        if (os_monotonic().us >= deadline) {
            return false;
        }
        usleep(2000);
    }
    return true;
}

static void stop_clock(struct http_server *server)
{
    atomic_store(&server->clock_stop, true);
    http_server_poke(server);
    pthread_join(server->clock, NULL);
    server->clock_started = false;
}

bool http_server_drain(struct http_server *server)
{
    CHECK_OBJ(server, SERVER_MAGIC);
    assert(!server->drained);
    server->drained = true;
    atomic_store(&server->draining, true);
    atomic_store(&server->accepting, false);
    http_server_poke(server);
    int64_t deadline = os_monotonic().us + (int64_t)server->config.drain_ms * 1000;
    bool quiet = wait_until_zero(&server->active, deadline);

    atomic_store(&server->stopping, true);
    pthread_mutex_lock(&server->lock);
    http_wait_fire(server, HTTP_NEVER, true);
    pthread_mutex_unlock(&server->lock);
    wait_until_zero(&server->waiting, HTTP_NEVER);
    if (!quiet) { /* a moment for the answers that were just made */
        wait_until_zero(&server->active, os_monotonic().us + 1000000);
    }
    stop_clock(server);
    wait_until_zero(&server->resuming, HTTP_NEVER);
    MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
    return quiet;
}

void http_server_free(struct http_server *server)
{
    if (server == NULL) {
        return;
    }
    CHECK_OBJ(server, SERVER_MAGIC);
    if (!server->drained) {
        http_server_drain(server);
    }
    free_server(server);
}
