/*
 * harness.c: processes, sockets, medians.
 */
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void give_up(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

const char *bench_beside(const char *name)
{
    static char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 64);
    if (len < 0) {
        give_up("/proc/self/exe");
    }
    path[len] = '\0';
    char *slash = strrchr(path, '/');
    snprintf(slash, 64, "/%s", name);
    if (access(path, X_OK) != 0) {
        give_up(path);
    }
    return path;
}

const char *bench_program(void)
{
    static char path[4096];
    if (path[0] == '\0') {
        snprintf(path, sizeof path, "%s", bench_beside("../src/program/evenlode"));
    }
    return path;
}

static char folder[128];

static void remove_folder(void)
{
    const char *words[] = { "/bin/rm", "-rf", folder, NULL };
    bench_run(words, NULL, 0, NULL);
}

const char *bench_folder(void)
{
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "bench-%ld", (long)getpid());
        const char *words[] = { "/bin/mkdir", folder, NULL };
        if (bench_run(words, NULL, 0, NULL) != 0) {
            give_up(folder);
        }
        atexit(remove_folder);
    }
    return folder;
}

static pid_t start(const char *const *words, int out)
{
    pid_t process;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (out >= 0) {
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    } else {
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    }
    if (posix_spawn(&process, words[0], &actions, NULL, (char *const *)words, environ) != 0) {
        give_up(words[0]);
    }
    posix_spawn_file_actions_destroy(&actions);
    return process;
}

int bench_run(const char *const *words, char *out, size_t out_size, long *ret_peak_kib)
{
    int ends[2];
    int status;
    struct rusage usage;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        give_up("pipe");
    }
    pid_t process = start(words, ends[1]);
    close(ends[1]);
    size_t len = 0;
    char rest[4096];
    for (;;) {
        bool room = out != NULL && len + 1 < out_size;
        ssize_t got =
            room ? read(ends[0], out + len, out_size - len - 1) : read(ends[0], rest, sizeof rest);
        if (got <= 0) {
            break;
        }
        len += room ? (size_t)got : 0;
    }
    close(ends[0]);
    if (out != NULL) {
        out[len] = '\0';
    }
    if (wait4(process, &status, 0, &usage) < 0) {
        give_up("wait4");
    }
    if (ret_peak_kib != NULL) {
        *ret_peak_kib = usage.ru_maxrss;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* -- server ---------------------------------------------------------------------------------- */

struct bench_server bench_server_start(const char *data)
{
    const char *words[] = { bench_program(), "serve",       "--data", data,
                            "--listen",      "127.0.0.1:0", NULL };
    int ends[2];
    char line[256];
    size_t len = 0;
    struct bench_server server = { 0 };
    if (pipe2(ends, O_CLOEXEC) != 0) {
        give_up("pipe");
    }
    server.process = start(words, ends[1]);
    close(ends[1]);
    while (len + 1 < sizeof line && read(ends[0], line + len, 1) == 1 && line[len] != '\n') {
        len++;
    }
    line[len] = '\0';
    close(ends[0]);
    const char *colon = strrchr(line, ':');
    if (colon == NULL || (server.port = (unsigned)strtoul(colon + 1, NULL, 10)) == 0) {
        give_up("the server did not start");
    }
    return server;
}

void bench_server_stop(struct bench_server *server, bool kill_it)
{
    int status;
    kill(server->process, kill_it ? SIGKILL : SIGTERM);
    waitpid(server->process, &status, 0);
    server->process = 0;
}

long bench_memory_kib(pid_t process, const char *which)
{
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)process);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, which, strlen(which)) == 0) {
            value = strtol(line + strlen(which) + 1, NULL, 10);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return value;
}

/* -- client ---------------------------------------------------------------------------------- */

void bench_client_init(struct bench_client *client, unsigned port)
{
    *client = (struct bench_client){ .port = port, .fd = -1 };
}

void bench_client_release(struct bench_client *client)
{
    if (client->fd >= 0) {
        close(client->fd);
    }
    free(client->buffer);
}

static bool connect_client(struct bench_client *client)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)client->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int on = 1;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        if (client->fd >= 0) {
            close(client->fd);
        }
        client->fd = -1;
        return false;
    }
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return true;
}

static bool send_request(struct bench_client *client, const char *method, const char *path,
                         const char *headers, const char *body)
{
    size_t body_len = strlen(body);
    size_t size = strlen(path) + strlen(headers) + body_len + 256;
    char *text = malloc(size);
    if (text == NULL) {
        give_up("malloc");
    }
    int len =
        snprintf(text, size, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", method, path, headers);
    if (body_len > 0 || strcmp(method, "GET") != 0) {
        len += snprintf(text + len, size - (size_t)len, "Content-Length: %zu\r\n", body_len);
    }
    len += snprintf(text + len, size - (size_t)len, "\r\n%s", body);
    size_t sent = 0;
    while (sent < (size_t)len) {
        ssize_t done = send(client->fd, text + sent, (size_t)len - sent, MSG_NOSIGNAL);
        if (done <= 0) {
            break;
        }
        sent += (size_t)done;
    }
    free(text);
    return sent == (size_t)len;
}

static bool receive_more(struct bench_client *client)
{
    if (client->len + 1 >= client->capacity) {
        client->capacity = client->capacity == 0 ? 65536 : client->capacity * 2;
        client->buffer = realloc(client->buffer, client->capacity);
        if (client->buffer == NULL) {
            give_up("realloc");
        }
    }
    ssize_t got =
        recv(client->fd, client->buffer + client->len, client->capacity - client->len - 1, 0);
    if (got <= 0) {
        return false;
    }
    client->len += (size_t)got;
    client->buffer[client->len] = '\0';
    return true;
}

static int receive_answer(struct bench_client *client)
{
    char *end = NULL;
    client->len = 0;
    while (end == NULL) {
        if (!receive_more(client)) {
            return 0;
        }
        end = strstr(client->buffer, "\r\n\r\n");
    }
    client->head = (size_t)(end - client->buffer) + 4;
    const char *length = strcasestr(client->buffer, "\r\nContent-Length:");
    size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    while (client->len < client->head + body) {
        if (!receive_more(client)) {
            return 0;
        }
    }
    return (int)strtol(client->buffer + 9, NULL, 10);
}

int bench_request(struct bench_client *client, const char *method, const char *path,
                  const char *headers, const char *body)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (client->fd < 0 && !connect_client(client)) {
            return 0;
        }
        int status = send_request(client, method, path, headers, body) ? receive_answer(client) : 0;
        if (status != 0) {
            return status;
        }
        close(client->fd);
        client->fd = -1;
    }
    return 0;
}

bool bench_sign_in(struct bench_client *client, const char *user, char *ret_header, size_t size)
{
    char form[128];
    snprintf(form, sizeof form, "user=%s&next=/patients", user);
    if (bench_request(client, "POST", "/sign-in",
                      "Content-Type: application/x-www-form-urlencoded\r\n", form) != 303) {
        return false;
    }
    const char *cookie = strcasestr(client->buffer, "\r\nSet-Cookie: ");
    if (cookie == NULL) {
        return false;
    }
    cookie += strlen("\r\nSet-Cookie: ");
    snprintf(ret_header, size, "Cookie: %.*s\r\n", (int)strcspn(cookie, ";\r"), cookie);
    return true;
}

/* -- figures --------------------------------------------------------------------------------- */

double bench_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return bench_quantile(values, count, 0.5);
}

double bench_quantile(double *sorted, size_t count, double q)
{
    size_t at = (size_t)(q * (double)(count - 1) + 0.5);
    return sorted[at < count ? at : count - 1];
}

void bench_line(const char *name, double value, const char *unit, const char *beside,
                double beside_value)
{
    if (beside == NULL) {
        printf("%s\t%.4g\t%s\t-\t-\t-\n", name, value, unit);
    } else {
        printf("%s\t%.6g\t%s\t%s\t%.6g\t%.3f\n", name, value, unit, beside, beside_value,
               value / beside_value);
    }
    fflush(stdout);
}

const char *bench_option(int argc, char **argv, const char *name, const char *otherwise)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0) {
            return argv[i + 1];
        }
    }
    return otherwise;
}
