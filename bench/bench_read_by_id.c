/*
 * bench_read_by_id.c: reads over HTTP with decision and audit on, 64 clients (wrk).
 *
 * The same person as record-page; a bearer token of the organisation's own system. wrk takes about
 * one of two cores; its requests are written once, before they are counted. Beside: bare
 * libmicrohttpd with a fixed answer of 1.2 KB, and bare libmicrohttpd that suspends, appends with a
 * sync and resumes, both measured by bench_http in the same run.
 *
 *   bench_read_by_id [--rounds 5] [--seconds 4]
 */
#include <unistd.h>

#include "harness.h"
#include "person_of_thousand.h"

/* begins the line of numbers that the script below prints at the end */
#define RESULT "RESULT "

/* so many numbers with spaces between; false when there are fewer */
static bool numbers_of(const char *text, double *ret_numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *end;
        ret_numbers[i] = strtod(text, &end);
        if (end == text) {
            return false;
        }
        text = end;
    }
    return true;
}

static void write_script(const char *path, const char *token)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        abort();
    }
    /* observations of the RZZ file: numbers whose last digit is below 6 */
    fprintf(file,
            "wrk.headers['Authorization'] = 'Bearer %s'\n"
            "wrk.headers['Accept'] = 'application/fhir+json'\n"
            "local requests = {}\n"
            "local i = 0\n"
            "init = function()\n"
            "  for k = 1, 240 do\n"
            "    local n = (k * 7) %% 240\n"
            "    n = n - n %% 10 + (n %% 6)\n"
            "    requests[k] = wrk.format('GET', '/orgs/" THOUSAND_SYSTEM_ODS
            "/fhir/R4/Observation/o" THOUSAND_SYSTEM_ODS "-' .. n)\n"
            "  end\n"
            "end\n"
            "request = function()\n"
            "  i = i %% #requests + 1\n"
            "  return requests[i]\n"
            "end\n"
            "done = function(summary, latency, requests)\n"
            "  io.write(string.format('" RESULT "%%f %%f %%f %%d\\n', summary.requests / "
            "summary.duration * 1e6,"
            " latency:percentile(50) / 1000, latency:percentile(99) / 1000,"
            " summary.errors.status + summary.errors.read + summary.errors.timeout))\n"
            "end\n",
            token);
    fclose(file);
}

/* the number in field `which` (from 1) of the line of that name; 0 when there is none */
static double field_of(const char *text, const char *name, int which)
{
    const char *line = strstr(text, name);
    for (int i = 1; line != NULL && i < which; i++) {
        line = strchr(line, '\t');
        line = line == NULL ? NULL : line + 1;
    }
    return line == NULL ? 0 : strtod(line, NULL);
}

static void print_beside(double rate, double p99)
{
    static char out[8192];
    const char *words[] = { bench_beside("bench_http"), "--rounds", "3", "--seconds", "2", NULL };
    if (bench_run(words, out, sizeof out, NULL) != 0) {
        fprintf(stderr, "bench: bench_http failed\n");
        exit(1);
    }
    bench_line("read-by-id", rate, "reads/s", "bare libmicrohttpd, fixed answer",
               field_of(out, "http-fixed\t", 5));
    bench_line("read-by-id-wait", rate, "reads/s", "bare suspend, synced append, resume",
               field_of(out, "http-wait-bare\t", 2));
    bench_line("read-by-id-p99", p99, "ms", "bare suspend, synced append, resume",
               field_of(out, "http-wait-bare-p99\t", 2));
}

int main(int argc, char **argv)
{
    size_t rounds = strtoul(bench_option(argc, argv, "rounds", "5"), NULL, 10);
    const char *seconds = bench_option(argc, argv, "seconds", "4");
    double rates[32], p50s[32], p99s[32];
    char data[256], script[256], url[64], length[16], token[4096];
    static char out[65536];
    if (rounds < 1 || rounds > 32) {
        return 2;
    }
    snprintf(data, sizeof data, "%s/data", bench_folder());
    thousand_make(data);
    thousand_token(data, token, sizeof token);
    struct bench_server server = bench_server_start(data);
    snprintf(script, sizeof script, "%s/read.lua", bench_folder());
    write_script(script, token);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", server.port);
    snprintf(length, sizeof length, "-d%s", seconds);
    for (size_t i = 0; i < rounds; i++) {
        const char *words[] = { "/usr/bin/wrk", "-t2",  "-c64", length, "--latency",
                                "-s",           script, url,    NULL };
        double numbers[4]; /* rate, p50, p99, wrong answers */
        bench_run(words, out, sizeof out, NULL);
        const char *result = strstr(out, RESULT);
        if (result == NULL || !numbers_of(result + strlen(RESULT), numbers, 4) || numbers[3] != 0) {
            fprintf(stderr, "bench: wrk failed, or answers were wrong\n%s", out);
            bench_server_stop(&server, false);
            return 1;
        }
        rates[i] = numbers[0];
        p50s[i] = numbers[1];
        p99s[i] = numbers[2];
        fprintf(stderr, "bench: %.0f/s, p50 %.2f ms, p99 %.2f ms\n", rates[i], p50s[i], p99s[i]);
    }
    bench_server_stop(&server, false);
    print_beside(bench_median(rates, rounds), bench_median(p99s, rounds));
    bench_line("read-by-id-p50", bench_median(p50s, rounds), "ms", NULL, 0);
    return 0;
}
