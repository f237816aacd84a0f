/*
 * harness.h: what the benchmarks of the whole program share: run it, talk to it, take medians.
 *
 * The program under test is another process, started as an operator would start it; the driver
 * speaks HTTP over plain sockets of its own, so that nothing of ours measures itself.
 */
#ifndef EVENLODE_BENCH_HARNESS_H
#define EVENLODE_BENCH_HARNESS_H

#include <sys/types.h>

#include "base/prelude.h"

/* a program at that path relative to this executable's folder; valid until the next call */
const char *bench_beside(const char *name);
/* the program under test, of the same build; exits when it is not there */
const char *bench_program(void);
/* a fresh folder under the current directory (on a disk), removed at exit */
const char *bench_folder(void);

/* runs to its end with its output to /dev/null or into `out`; exit status; *ret_peak_kib may be
 * NULL */
int bench_run(const char *const *words, char *out, size_t out_size, long *ret_peak_kib);

struct bench_server {
    pid_t process;
    unsigned port;
};

/* evenlode serve --data DIR on a free port; returns when it listens */
struct bench_server bench_server_start(const char *data);
/* SIGTERM, or SIGKILL */
void bench_server_stop(struct bench_server *server, bool kill_it);
/* of /proc/PID/status: "VmRSS" or "VmHWM", in KiB */
long bench_memory_kib(pid_t process, const char *which);

/* a connection; reconnects by itself when the server closed it */
struct bench_client {
    unsigned port;
    int fd;
    char *buffer; /* grows */
    size_t capacity;
    size_t head; /* bytes of the header of the last answer */
    size_t len;  /* of header and body */
};

void bench_client_init(struct bench_client *client, unsigned port);
void bench_client_release(struct bench_client *client);
/* one request, its whole answer in client->buffer; the status, or 0 when the connection failed */
int bench_request(struct bench_client *client, const char *method, const char *path,
                  const char *headers, const char *body);
/* demo sign-in: "Cookie: ..." with CR LF into `ret_header` */
bool bench_sign_in(struct bench_client *client, const char *user, char *ret_header, size_t size);

double bench_now(void);                            /* seconds, monotonic */
double bench_median(double *values, size_t count); /* sorts them */
double bench_quantile(double *sorted, size_t count, double q);
/* name, value, unit, beside, its value, ratio */
void bench_line(const char *name, double value, const char *unit, const char *beside,
                double beside_value);
/* value of --NAME, or `otherwise` */
const char *bench_option(int argc, char **argv, const char *name, const char *otherwise);

#endif
