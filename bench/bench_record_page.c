/*
 * bench_record_page.c: the joined-up record of a person with 1,000 resources in 4 stores.
 *
 * Open loop: pages are due at fixed times, 50 a second over 16 connections, whatever the server
 * does; a page's time runs from when it was due to its last byte, so waiting in line counts
 * (no coordinated omission). Then pages a second at saturation, and start: from kill -9 to the
 * first right page. Memory: resident after 10,000 pages. Nothing is cached between pages.
 *
 * Beside: reading and parsing the same 1,000 bodies, on one thread (milliseconds).
 *
 *   bench_record_page [--seconds 20] [--rounds 5] [--pages 10000]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/file_text.h"
#include "base/json.h"
#include "base/limits.h"
#include "harness.h"
#include "person_of_thousand.h"

#define CONNECTIONS 16
#define RATE        50.0
#define MOST        200000

struct run {
    unsigned port;
    const char *path;
    const char *cookie;
    double start;
    size_t due;    /* pages in all */
    bool saturate; /* as fast as can be */
    atomic_size_t next;
    atomic_size_t failed;
    double *times; /* milliseconds, by page */
};

static bool page_is_right(const struct bench_client *client)
{
    return strstr(client->buffer, "HALLAM, Margaret (Mrs)") != NULL &&
           strstr(client->buffer, "4 of 4 sources") != NULL;
}

static void *drive(void *argument)
{
    struct run *run = argument;
    struct bench_client client;
    bench_client_init(&client, run->port);
    for (;;) {
        size_t page = atomic_fetch_add(&run->next, 1);
        if (page >= run->due) {
            break;
        }
        double due = run->saturate ? bench_now() : run->start + (double)page / RATE;
        double wait = due - bench_now();
        if (wait > 0) {
            usleep((useconds_t)(wait * 1e6));
        }
        if (bench_request(&client, "GET", run->path, run->cookie, "") != 200 ||
            !page_is_right(&client)) {
            atomic_fetch_add(&run->failed, 1);
        }
        run->times[page] = (bench_now() - due) * 1e3;
    }
    bench_client_release(&client);
    return NULL;
}

static double run_all(struct run *run)
{
    pthread_t threads[CONNECTIONS];
    run->start = bench_now() + 0.05;
    for (int i = 0; i < CONNECTIONS; i++) {
        pthread_create(&threads[i], NULL, drive, run);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        pthread_join(threads[i], NULL);
    }
    if (run->failed > 0) {
        fprintf(stderr, "bench: %zu pages were wrong\n", (size_t)run->failed);
        exit(1);
    }
    return bench_now() - run->start;
}

static double parse_bodies(void)
{
    static const char *const names[] = { "RZZ", "RZY", "K99001", "K99002" };
    double times[5];
    for (int round = 0; round < 5; round++) {
        double start = bench_now();
        for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
            char path[256];
            struct arena arena;
            struct slice text, line;
            struct json json;
            struct fault fault;
            arena_init(&arena, LIMIT_REQUEST_ARENA);
            snprintf(path, sizeof path, "%s/%s.ndjson", bench_folder(), names[i]);
            if (!file_text_map(path, &arena, &text, &fault)) {
                abort();
            }
            struct slice rest = text;
            while (slice_split(&rest, '\n', &line)) {
                if (line.len > 0 && !json_parse(&arena, line, &json, &fault)) {
                    abort();
                }
            }
            file_text_unmap(text);
            arena_release(&arena);
        }
        times[round] = (bench_now() - start) * 1e3;
    }
    return bench_median(times, 5);
}

static double start_once(const char *data, struct bench_server *server, const char *path,
                         const char *cookie)
{
    struct bench_client client;
    bench_server_stop(server, true);
    double start = bench_now();
    *server = bench_server_start(data);
    bench_client_init(&client, server->port);
    if (bench_request(&client, "GET", path, cookie, "") != 200 || !page_is_right(&client)) {
        fprintf(stderr, "bench: the first page after the restart was wrong\n");
        exit(1);
    }
    double milliseconds = (bench_now() - start) * 1e3;
    bench_client_release(&client);
    return milliseconds;
}

int main(int argc, char **argv)
{
    double seconds = strtod(bench_option(argc, argv, "seconds", "20"), NULL);
    size_t rounds = strtoul(bench_option(argc, argv, "rounds", "5"), NULL, 10);
    size_t pages = strtoul(bench_option(argc, argv, "pages", "10000"), NULL, 10);
    static double times[MOST];
    double p50s[32], p99s[32], starts[32], rates[32];
    char data[256], path[128], cookie[256];
    struct bench_client client;
    if (rounds < 1 || rounds > 32 || pages > MOST || seconds * RATE > MOST) {
        return 2;
    }
    snprintf(data, sizeof data, "%s/data", bench_folder());
    thousand_make(data);
    struct bench_server server = bench_server_start(data);
    thousand_page(data, path, sizeof path);
    bench_client_init(&client, server.port);
    if (!bench_sign_in(&client, "dr.okafor", cookie, sizeof cookie)) {
        fprintf(stderr, "bench: signing in failed\n");
        return 1;
    }
    bench_client_release(&client);
    for (size_t i = 0; i < rounds; i++) {
        struct run run = { .port = server.port,
                           .path = path,
                           .cookie = cookie,
                           .times = times,
                           .due = (size_t)(seconds * RATE) };
        run_all(&run);
        p50s[i] = bench_median(times, run.due);
        p99s[i] = bench_quantile(times, run.due, 0.99);
        struct run full = { .port = server.port,
                            .path = path,
                            .cookie = cookie,
                            .times = times,
                            .due = 500,
                            .saturate = true };
        rates[i] = 500 / run_all(&full);
        fprintf(stderr, "bench: p50 %.2f ms, p99 %.2f ms, %.0f pages/s\n", p50s[i], p99s[i],
                rates[i]);
    }
    struct run many = { .port = server.port,
                        .path = path,
                        .cookie = cookie,
                        .times = times,
                        .due = pages,
                        .saturate = true };
    run_all(&many);
    double memory = (double)bench_memory_kib(server.process, "VmRSS") / 1024;
    for (size_t i = 0; i < rounds; i++) {
        starts[i] = start_once(data, &server, path, cookie);
    }
    bench_server_stop(&server, false);
    double parse = parse_bodies();
    bench_line("record-page", bench_median(p50s, rounds), "ms p50", "parsing the same bodies, ms",
               parse);
    bench_line("record-page-p99", bench_median(p99s, rounds), "ms p99",
               "parsing the same bodies, ms", parse);
    bench_line("record-page-saturated", bench_median(rates, rounds), "pages/s", NULL, 0);
    bench_line("start", bench_median(starts, rounds), "ms", NULL, 0);
    bench_line("memory-pages", memory, "MiB", NULL, 0);
    return 0;
}
