/*
 * bench_http.c: what our server layer costs beside bare libmicrohttpd.
 *
 * Four servers in one process, each asked alone by `wrk -t2 -c64` on the same machine, in turns:
 *
 *   bare       libmicrohttpd, epoll, two threads, a fixed answer of 1,200 bytes
 *   ours       http_server, the same answer
 *   bare-wait  libmicrohttpd; each request is suspended, one writer thread appends a line for
 *              each that has gathered, syncs once, resumes them
 *   ours-wait  http_server, http_request_await() and commit_queue, the same append and sync
 *
 * wrk takes about one of two cores, so these are ceilings of client and server together; the
 * processor time of this process for a request is printed too, and is the steadier figure on a
 * machine that does other things. The file lies in the current directory, which should be on a
 * disk.
 *
 *   bench_http [--rounds 5] [--seconds 4]
 */
#include "base/commit_queue.h"
#include "net/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#define BODY_SIZE  1200
#define MAX_ROUNDS 25
#define LINE       64

static char body[BODY_SIZE];

/* ---- the file that both writers append to ---- */

struct file {
    int fd;
    off_t size;
};

static void append_and_sync(struct file *file, size_t lines)
{
    static const char line[LINE] =
        "an entry of the size of a small audit record ................\n";
    char buffer[LINE * 64];
    for (size_t done = 0; done < lines;) {
        size_t some = lines - done < 64 ? lines - done : 64;
        for (size_t i = 0; i < some; i++) {
            memcpy(buffer + i * LINE, line, LINE);
        }
        if (os_pwrite_all(file->fd, buffer, some * LINE, file->size) != 0) {
            abort();
        }
        file->size += (off_t)(some * LINE);
        done += some;
    }
    if (os_fdatasync(file->fd) != 0) {
        abort();
    }
}

/* ---- bare libmicrohttpd ---- */

struct bare_request {
    struct bare_request *next;
    struct MHD_Connection *connection;
    enum { BARE_HEADER, BARE_COMPLETE, BARE_RESUMED } phase;
};

struct bare {
    struct MHD_Daemon *daemon;
    bool waits;
    struct file file;
    pthread_t writer;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct bare_request *queue;
    bool stop;
};

static enum MHD_Result answer(struct MHD_Connection *connection)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(BODY_SIZE, body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/fhir+json");
    enum MHD_Result queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result handle_bare(void *context, struct MHD_Connection *connection,
                                   const char *url, const char *method, const char *version,
                                   const char *data, size_t *len, void **state)
{
    (void)url, (void)method, (void)version, (void)data, (void)len;
    struct bare *bare = context;
    struct bare_request *request = *state;
    if (request == NULL) {
        request = calloc(1, sizeof(*request));
        assert(request != NULL);
        request->connection = connection;
        *state = request;
        return MHD_YES;
    }
    if (!bare->waits || request->phase == BARE_RESUMED) {
        return answer(connection);
    }
    request->phase = BARE_RESUMED;
    MHD_suspend_connection(connection);
    pthread_mutex_lock(&bare->lock);
    request->next = bare->queue;
    bare->queue = request;
    pthread_cond_signal(&bare->more);
    pthread_mutex_unlock(&bare->lock);
    return MHD_YES;
}

static void end_bare(void *context, struct MHD_Connection *connection, void **state,
                     enum MHD_RequestTerminationCode code)
{
    (void)context, (void)connection, (void)code;
    free(*state);
    *state = NULL;
}

static void *write_bare(void *context)
{
    struct bare *bare = context;
    pthread_mutex_lock(&bare->lock);
    while (bare->queue != NULL || !bare->stop) {
        struct bare_request *batch = bare->queue;
        if (batch == NULL) {
            pthread_cond_wait(&bare->more, &bare->lock);
            continue;
        }
        bare->queue = NULL;
        pthread_mutex_unlock(&bare->lock);
        size_t count = 0;
        for (struct bare_request *at = batch; at != NULL; at = at->next) {
            count++;
        }
        append_and_sync(&bare->file, count);
        while (batch != NULL) {
            struct bare_request *next = batch->next;
            MHD_resume_connection(batch->connection);
            batch = next;
        }
        pthread_mutex_lock(&bare->lock);
    }
    pthread_mutex_unlock(&bare->lock);
    return NULL;
}

static int open_file(void)
{
    int fd = os_open(".", O_TMPFILE | O_RDWR, 0600);
    if (fd < 0) {
        fprintf(stderr, "bench_http: cannot write here: %s\n", strerror(errno));
        exit(1);
    }
    return fd;
}

static uint16_t start_bare(struct bare *bare, bool waits)
{
    *bare = (struct bare){ .waits = waits, .file.fd = waits ? open_file() : -1 };
    pthread_mutex_init(&bare->lock, NULL);
    pthread_cond_init(&bare->more, NULL);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    bare->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_TURBO, 0,
        NULL, NULL, handle_bare, bare, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED,
        end_bare, bare, MHD_OPTION_THREAD_POOL_SIZE, 2u, MHD_OPTION_END);
    if (bare->daemon == NULL ||
        (waits && pthread_create(&bare->writer, NULL, write_bare, bare) != 0)) {
        fprintf(stderr, "bench_http: cannot start libmicrohttpd\n");
        exit(1);
    }
    return MHD_get_daemon_info(bare->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void stop_bare(struct bare *bare)
{
    if (bare->waits) {
        pthread_mutex_lock(&bare->lock);
        bare->stop = true;
        pthread_cond_signal(&bare->more);
        pthread_mutex_unlock(&bare->lock);
        pthread_join(bare->writer, NULL);
        os_close(bare->file.fd);
    }
    MHD_stop_daemon(bare->daemon);
}

/* ---- ours ---- */

struct ours {
    struct http_server *server;
    struct committer *committer;
    struct commit_queue *queue;
    struct file file;
};

struct entry {
    struct commit_item item;
    struct http_waiter *waiter;
};

static void respond(struct http_request *request)
{
    http_respond(request, 200, SLICE("application/fhir+json"),
                 http_body_kept((struct slice){ body, BODY_SIZE }));
}

static void handle_fixed(struct http_request *request, void *context)
{
    (void)context;
    respond(request);
}

static void saved(struct http_request *request, void *context, enum http_wake wake)
{
    (void)context;
    if (wake != HTTP_WOKEN) {
        abort();
    }
    respond(request);
}

static void wake(struct commit_item *item)
{
    http_waiter_wake(((struct entry *)(void *)item)->waiter);
}

static void handle_waiting(struct http_request *request, void *context)
{
    struct ours *ours = context;
    struct entry *entry = arena_new(&request->arena, struct entry);
    entry->item.weight = 1;
    entry->item.done = wake;
    entry->waiter = http_request_await(request, 0, saved, entry);
    commit_queue_submit(ours->queue, &entry->item);
}

static void commit(void *context, struct commit_item *first)
{
    struct ours *ours = context;
    size_t count = 0;
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        count++;
    }
    append_and_sync(&ours->file, count);
}

static uint16_t start_ours(struct ours *ours, bool waits)
{
    *ours = (struct ours){ .file.fd = -1 };
    if (waits) {
        ours->file.fd = open_file();
        ours->committer = committer_new(1);
        ours->queue = commit_queue_new(ours->committer, 100000, commit, ours);
    }
    struct http_server_config config;
    http_server_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.handler = waits ? handle_waiting : handle_fixed;
    config.context = ours;
    struct arena arena;
    arena_init(&arena, LIMIT_FAULT_ARENA);
    struct fault fault = FAULT_INIT;
    if (!http_server_start(&config, &ours->server, &arena, &fault)) {
        fprintf(stderr, "bench_http: %.*s\n", SLICE_PRINT(fault.message));
        exit(1);
    }
    arena_release(&arena);
    return http_server_port(ours->server);
}

static void stop_ours(struct ours *ours)
{
    http_server_free(ours->server);
    if (ours->queue != NULL) {
        commit_queue_free(ours->queue);
        committer_free(ours->committer);
        os_close(ours->file.fd);
    }
}

/* ---- measuring ---- */

struct measured {
    double rate; /* requests a second */
    double cpu;  /* microseconds of this process for a request */
    double p99;  /* milliseconds */
};

static double processor_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* "12.34ms", "980.00us", "1.02s" in milliseconds */
static double milliseconds(const char *text)
{
    char *unit;
    double number = strtod(text, &unit);
    return *unit == 'u' ? number / 1000 : (*unit == 's' ? number * 1000 : number);
}

static struct measured measure(uint16_t port, int seconds)
{
    char command[160];
    snprintf(command, sizeof(command),
             "wrk -t2 -c64 -d%d --latency http://127.0.0.1:%u/fhir/R4/Patient/1", seconds, port);
    FILE *wrk = popen(command, "r");
    double rate = 0;
    double requests = 0;
    double p99 = 0;
    double before = processor_us();
    char line[256];
    while (wrk != NULL && fgets(line, sizeof(line), wrk) != NULL) {
        if (strstr(line, "Non-2xx") != NULL || strstr(line, "Socket errors") != NULL) {
            fprintf(stderr, "bench_http: %s", line);
        }
        static const char prefix[] = "Requests/sec:";
        char *end;
        if (strncmp(line, prefix, sizeof prefix - 1) == 0) {
            rate = strtod(line + sizeof prefix - 1, NULL);
        }
        const char *percent = strstr(line, "99%");
        if (percent != NULL) {
            p99 = milliseconds(percent + 3);
        }
        double number = strtod(line, &end);
        if (strncmp(end, " requests in", 12) == 0) {
            requests = number;
        }
    }
    if (wrk == NULL || pclose(wrk) != 0 || rate <= 0 || requests <= 0 || p99 <= 0) {
        fprintf(stderr, "bench_http: wrk failed (Debian package wrk)\n");
        exit(1);
    }
    return (struct measured){ rate, (processor_us() - before) / requests, p99 };
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), by_value);
    return values[count / 2];
}

static int option(int argc, char **argv, const char *name, int value)
{
    for (int i = 1; i + 1 < argc; i++) {
        value = strcmp(argv[i], name) == 0 ? (int)strtol(argv[i + 1], NULL, 10) : value;
    }
    return value;
}

enum { BARE, OURS, BARE_WAIT, OURS_WAIT, SERVERS };

int main(int argc, char **argv)
{
    int rounds = option(argc, argv, "--rounds", 5);
    int seconds = option(argc, argv, "--seconds", 4);
    double rates[SERVERS][MAX_ROUNDS];
    double cpus[SERVERS][MAX_ROUNDS];
    double p99s[SERVERS][MAX_ROUNDS];
    struct bare bare;
    struct bare bare_wait;
    struct ours ours;
    struct ours ours_wait;
    memset(body, 'x', sizeof(body));
    rounds = rounds < 1 ? 1 : (rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds);
    uint16_t ports[SERVERS] = { start_bare(&bare, false), start_ours(&ours, false),
                                start_bare(&bare_wait, true), start_ours(&ours_wait, true) };
    for (int round = 0; round < rounds; round++) {
        for (int server = 0; server < SERVERS; server++) {
            struct measured measured = measure(ports[server], seconds);
            rates[server][round] = measured.rate;
            cpus[server][round] = measured.cpu;
            p99s[server][round] = measured.p99;
        }
    }
    stop_bare(&bare);
    stop_ours(&ours);
    stop_bare(&bare_wait);
    stop_ours(&ours_wait);
    double rate[SERVERS];
    double cpu[SERVERS];
    double p99[SERVERS];
    for (int server = 0; server < SERVERS; server++) {
        rate[server] = median(rates[server], rounds);
        cpu[server] = median(cpus[server], rounds);
        p99[server] = median(p99s[server], rounds);
    }
    printf("http-fixed\t%.0f\trequests/s\tbare libmicrohttpd\t%.0f\t%.2f\n", rate[OURS], rate[BARE],
           rate[OURS] / rate[BARE]);
    printf("http-fixed-cpu\t%.2f\tus/request\tbare libmicrohttpd\t%.2f\t%.2f\n", cpu[OURS],
           cpu[BARE], cpu[OURS] / cpu[BARE]);
    printf("http-wait\t%.0f\trequests/s\tbare suspend, synced append, resume\t%.0f\t%.2f\n",
           rate[OURS_WAIT], rate[BARE_WAIT], rate[OURS_WAIT] / rate[BARE_WAIT]);
    printf("http-wait-cpu\t%.2f\tus/request\tbare suspend, synced append, resume\t%.2f\t%.2f\n",
           cpu[OURS_WAIT], cpu[BARE_WAIT], cpu[OURS_WAIT] / cpu[BARE_WAIT]);
    printf("http-wait-bare\t%.0f\trequests/s\tbare libmicrohttpd\t%.0f\t%.2f\n", rate[BARE_WAIT],
           rate[BARE], rate[BARE_WAIT] / rate[BARE]);
    printf("http-wait-p99\t%.2f\tms\tbare suspend, synced append, resume\t%.2f\t%.2f\n",
           p99[OURS_WAIT], p99[BARE_WAIT], p99[OURS_WAIT] / p99[BARE_WAIT]);
    printf("http-wait-bare-p99\t%.2f\tms\tbare libmicrohttpd\t%.2f\t%.2f\n", p99[BARE_WAIT],
           p99[BARE], p99[BARE_WAIT] / p99[BARE]);
    return 0;
}
