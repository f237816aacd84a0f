/*
 * bench_bundle_load.c: real bundles into 75 stores, durable, wall time with process start.
 *
 * Ten copies of the Synthea bundles with fresh ids (each UUID but those of Organizations gets the
 * copy's number in its first digits; so copies are other people in the same organisations) are
 * loaded by `evenlode load --split-by-provider --assign-nhs-number` into a fresh directory. Prints
 * resources a second (stored and copies), and the highest resident set, medians of the runs.
 * Beside, in the same run: the rows that the last load made, written by a bare SQLite loop
 * (bare_copy.h).
 *
 *   bench_bundle_load --data ../shared/data [--copies 10] [--runs 5]
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bare_copy.h"
#include "base/file_text.h"
#include "base/hash_table.h"
#include "base/json.h"
#include "base/limits.h"
#include "harness.h"

#define UUID_SIZE  36
#define FILES_MOST 4096

static const char *paths[FILES_MOST];
static size_t path_count;

/* -- copies with fresh ids ------------------------------------------------------------------- */

static bool is_uuid(const char *text)
{
    for (int i = 0; i < UUID_SIZE; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return true;
}

/* ids of Organizations stay: the copies are treated by the same providers */
static void keep_organisations(const struct json *json, struct hash_table *kept)
{
    json_each_element(json, json_member(json, 0, SLICE("entry")), entry)
    {
        json_ix resource = json_member(json, entry, SLICE("resource"));
        json_ix type = json_member(json, resource, SLICE("resourceType"));
        json_ix id = json_member(json, resource, SLICE("id"));
        if (type != JSON_NONE && id != JSON_NONE &&
            json_string_equal(json, type, SLICE("Organization")) &&
            hash_table_put(kept, json_string(json, id, kept->arena), NULL) == NULL) {
            abort();
        }
    }
}

static void freshen(char *text, size_t len, unsigned copy, const struct hash_table *kept)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i + UUID_SIZE <= len; i++) {
        if (!is_uuid(text + i)) {
            continue;
        }
        if (hash_table_find(kept, slice_of(text + i, UUID_SIZE)) == NULL) {
            text[i] = digits[copy % 16];
            text[i + 1] = digits[copy / 16 % 16];
        }
        i += UUID_SIZE - 1;
    }
}

static void write_copy(struct slice text, unsigned copy, const struct hash_table *kept,
                       const char *folder, size_t number)
{
    char path[512];
    char *changed = malloc(text.len);
    snprintf(path, sizeof path, "%s/%02u-%04zu.json", folder, copy, number);
    FILE *file = fopen(path, "w");
    if (changed == NULL || file == NULL || path_count == FILES_MOST) {
        abort();
    }
    memcpy(changed, text.ptr, text.len);
    freshen(changed, text.len, copy, kept);
    if (fwrite(changed, 1, text.len, file) != text.len || fclose(file) != 0) {
        abort();
    }
    free(changed);
    paths[path_count++] = strdup(path);
}

static uint64_t make_copies(const char *data, unsigned copies, const char *folder)
{
    char path[4096];
    uint64_t bytes = 0;
    size_t number = 0;
    snprintf(path, sizeof path, "%s/synthea-r4", data);
    DIR *handle = opendir(path);
    struct dirent *entry;
    while (handle != NULL && (entry = readdir(handle)) != NULL) {
        struct arena arena;
        struct hash_table kept;
        struct slice text;
        struct json json;
        struct fault fault;
        if (strstr(entry->d_name, ".json") == NULL) {
            continue;
        }
        arena_init(&arena, LIMIT_TRANSACTION_ARENA);
        hash_table_init(&kept, &arena);
        snprintf(path, sizeof path, "%s/synthea-r4/%s", data, entry->d_name);
        if (!file_text_map(path, &arena, &text, &fault) ||
            !json_parse(&arena, text, &json, &fault)) {
            abort();
        }
        keep_organisations(&json, &kept);
        for (unsigned copy = 0; copy < copies; copy++) {
            write_copy(text, copy, &kept, folder, number);
            bytes += text.len;
        }
        number++;
        file_text_unmap(text);
        arena_release(&arena);
    }
    if (handle != NULL) {
        closedir(handle);
    }
    return bytes;
}

/* -- runs ------------------------------------------------------------------------------------ */

static double count_after(const char *text, const char *label)
{
    const char *found = strstr(text, label);
    return found == NULL ? 0 : strtod(found + strlen(label), NULL);
}

static double load_once(const char *data, double *ret_resources, long *ret_peak)
{
    char out[8192];
    const char *init[] = { bench_program(), "init", "--data", data, NULL };
    const char **words = calloc(path_count + 8, sizeof *words);
    size_t count = 0;
    if (words == NULL || bench_run(init, NULL, 0, NULL) != 0) {
        abort();
    }
    words[count++] = bench_program();
    words[count++] = "load";
    words[count++] = "--data";
    words[count++] = data;
    words[count++] = "--split-by-provider";
    words[count++] = "--assign-nhs-number";
    memcpy(words + count, paths, path_count * sizeof *words);
    double start = bench_now();
    int status = bench_run(words, out, sizeof out, ret_peak);
    double seconds = bench_now() - start;
    free(words);
    if (status != 0) {
        fprintf(stderr, "bench: the load ended with status %d\n%s", status, out);
        exit(1);
    }
    *ret_resources = count_after(out, "= stored ") + count_after(out, "copies\t");
    fprintf(stderr, "bench: %.0f resources in %.2f s\n", *ret_resources, seconds);
    return seconds;
}

int main(int argc, char **argv)
{
    const char *data = bench_option(argc, argv, "data", NULL);
    unsigned copies = (unsigned)strtoul(bench_option(argc, argv, "copies", "10"), NULL, 10);
    unsigned runs = (unsigned)strtoul(bench_option(argc, argv, "runs", "5"), NULL, 10);
    double rates[32], peaks[32];
    char folder[200], directory[256];
    if (data == NULL) {
        fprintf(stderr, "bench_bundle_load: needs --data with synthea-r4\n");
        return 77;
    }
    snprintf(folder, sizeof folder, "%s/bundles", bench_folder());
    mkdir(folder, 0700);
    uint64_t bytes = make_copies(data, copies, folder);
    if (path_count == 0 || runs < 1 || runs > 32) {
        fprintf(stderr, "bench_bundle_load: no bundles in %s/synthea-r4\n", data);
        return 77;
    }
    double resources = 0;
    double bare = 0;
    uint64_t written = 0;
    for (unsigned i = 0; i < runs; i++) {
        long peak;
        snprintf(directory, sizeof directory, "%s/data-%u", bench_folder(), i);
        double seconds = load_once(directory, &resources, &peak);
        rates[i] = resources / seconds;
        peaks[i] = (double)peak / 1024;
        if (i + 1 == runs) {
            char stores[300];
            snprintf(stores, sizeof stores, "%s/stores", directory);
            bare = bare_copy(stores, bench_folder(), &written);
            fprintf(stderr, "bench: %.0f of them again in %.2f s of bare SQLite\n", (double)written,
                    bare);
        }
        const char *remove[] = { "/bin/rm", "-rf", directory, NULL };
        bench_run(remove, NULL, 0, NULL);
    }
    double rate = bench_median(rates, runs);
    fprintf(stderr, "bench: %zu bundles, %.0f MB, medians of %u\n", path_count, (double)bytes / 1e6,
            runs);
    bench_line("bundle-load", rate, "resources/s", "the same rows in a bare SQLite loop",
               (double)written / bare);
    bench_line("bundle-load-memory", bench_median(peaks, runs), "MiB", NULL, 0);
    return 0;
}
