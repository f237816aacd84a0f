/*
 * synth_part.c: one run of evenlode synth, wall time with process start, and its highest resident
 * set. Beside: the same files read and written again and synced, which is what no generator can do
 * without.
 */
#include "synth_part.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "harness.h"

#define COPIED_AT_ONCE (1 << 20)

static void give_up(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static uint64_t copy_file(const char *from, const char *to)
{
    static char room[COPIED_AT_ONCE];
    uint64_t bytes = 0;
    ssize_t got;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (in < 0 || out < 0) {
        give_up(from);
    }
    while ((got = read(in, room, sizeof room)) > 0) {
        if (write(out, room, (size_t)got) != got) {
            give_up(to);
        }
        bytes += (uint64_t)got;
    }
    if (got < 0 || fdatasync(out) != 0 || close(out) != 0) {
        give_up(to);
    }
    close(in);
    return bytes;
}

/* every file of the county, one after another; the bytes */
static uint64_t copy_all(const char *county, const char *folder)
{
    char from[1024];
    char to[1024];
    uint64_t bytes = 0;
    DIR *directory = opendir(county);
    if (directory == NULL) {
        give_up(county);
    }
    snprintf(to, sizeof to, "%s/copy", folder);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.') {
            snprintf(from, sizeof from, "%s/%s", county, entry->d_name);
            bytes += copy_file(from, to);
        }
    }
    closedir(directory);
    return bytes;
}

/* the number behind that word in the county's README.txt */
static double counted(const char *county, const char *word)
{
    char path[1024];
    char line[256];
    double number = 0;
    size_t len = strlen(word);
    snprintf(path, sizeof path, "%s/README.txt", county);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, word, len) == 0 && line[len] == ' ') {
            number = strtod(line + len, NULL);
        }
    }
    if (file == NULL || number == 0) {
        give_up(path);
    }
    fclose(file);
    return number;
}

static double make(const struct synth_part *part, int argc, char **argv, const char *county,
                   long *ret_peak_kib)
{
    const char *words[] = { bench_program(),
                            "synth",
                            "--out",
                            county,
                            "--people",
                            bench_option(argc, argv, "people", part->people),
                            "--seed",
                            bench_option(argc, argv, "seed", "1"),
                            "--compress",
                            bench_option(argc, argv, "compress", "zstd"),
                            "--threads",
                            bench_option(argc, argv, "threads", "2"),
                            part->only != NULL ? "--only" : "--formats",
                            part->only != NULL ? part->only : "fhir,own",
                            NULL };
    double start = bench_now();
    if (bench_run(words, NULL, 0, ret_peak_kib) != 0) {
        give_up("evenlode synth failed");
    }
    return bench_now() - start;
}

static void line(const char *name, const char *what, double value, const char *unit,
                 const char *beside, double beside_value)
{
    char whole[128];
    snprintf(whole, sizeof whole, "%s%s", name, what);
    bench_line(whole, value, unit, beside, beside_value);
}

int synth_part_bench(const struct synth_part *part, int argc, char **argv)
{
    char county[512];
    long peak = 0;
    snprintf(county, sizeof county, "%s/county", bench_folder());
    double took = make(part, argc, argv, county, &peak);
    double start = bench_now();
    uint64_t bytes = copy_all(county, bench_folder());
    double copied = bench_now() - start;
    line(part->name, "", took, "s", "reading and writing the same files", copied);
    line(part->name, "-rate", counted(county, "people") / took, "people/s", NULL, 0);
    line(part->name, "-memory", (double)peak / 1024, "MiB", NULL, 0);
    line(part->name, "-bytes", (double)bytes / 1e6, "MB", NULL, 0);
    if (part->counted != NULL) {
        char what[64];
        snprintf(what, sizeof what, "-%s", part->counted);
        line(part->name, what, counted(county, part->counted) / 1e6, "million", NULL, 0);
    }
    return 0;
}
