/*
 * bench_json.c: how fast JSON is read, beside simdjson and jansson in the same run.
 *
 *   bench_json [--data DIR] [FILE...]
 *
 * Reads the files given, or up to 40 Synthea bundles of DIR/synthea-r4, or a bundle made here, and
 * says on standard error which. Each reader reads all of them into a whole document of its own,
 * with memory that it keeps from one to the next (an arena that is reset, simdjson's parser), and
 * reports megabytes (10^6 bytes of text) a second: the median of five rounds. Then the same for
 * single resources, since these are what a server mostly reads.
 *
 * The text lies in memory with the padding that simdjson wants, so that no one copies it.
 */
#include <dirent.h>
#include <fcntl.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/os.h"
#include "base/vector.h"
#include "jansson_shim.h"
#include "simdjson_shim.h"

#define ROUNDS         5
#define MOST_FILES     40
#define ENOUGH_BYTES   MIB(64) /* a round reads at least so much */
#define MADE_RESOURCES 20000

struct corpus {
    struct arena arena;
    VECTOR(struct slice) texts;
    size_t bytes;
};

static void die(const char *what, const char *which)
{
    fprintf(stderr, "bench_json: %s %s\n", what, which);
    exit(1);
}

/* -- what is read ------------------------------------------------------------------------------ */

/* room for a text and its padding */
static char *add_text(struct corpus *corpus, size_t length)
{
    char *room = arena_zeroed(&corpus->arena, 1, length + simdjson_padding());
    struct slice *text = vector_push(&corpus->texts, &corpus->arena);
    if (room == NULL || text == NULL) {
        die("no memory for", "the texts");
    }
    *text = slice_of(room, length);
    corpus->bytes += length;
    return room;
}

static void add_file(struct corpus *corpus, const char *path)
{
    struct stat about;
    int fd = os_open(path, O_RDONLY, 0);
    if (fd < 0 || os_fstat(fd, &about) != 0) {
        die("cannot open", path);
    }
    size_t length = (size_t)about.st_size;
    if (os_pread_all(fd, add_text(corpus, length), length, 0) != (ssize_t)length) {
        die("cannot read", path);
    }
    os_close(fd);
}

static int is_json(const struct dirent *entry)
{
    return slice_ends_with(slice_from_string(entry->d_name), SLICE(".json"));
}

/* false when the folder has none */
static bool add_bundles(struct corpus *corpus, const char *data)
{
    struct dirent **names = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s/synthea-r4", data);
    int count = scandir(path, &names, is_json, alphasort);
    for (int i = 0; i < count; i++) {
        if (i < MOST_FILES) {
            snprintf(path, sizeof path, "%s/synthea-r4/%s", data, names[i]->d_name);
            add_file(corpus, path);
        }
        free(names[i]);
    }
    free(names);
    return count > 0;
}

/* one resource, indented as a bundle of Synthea is */
static void make_resource(struct strbuf *out, unsigned number, const char *line)
{
    strbuf_addf(out,
                "{%s\"resourceType\": \"Observation\",%s\"id\": \"%08x-6f1c-4a59-9d0e-%012x\","
                "%s\"status\": \"final\",%s\"code\": {%s  \"coding\": [ {%s    \"system\": "
                "\"http://loinc.org\",%s    \"code\": \"4548-4\",%s    \"display\": \"Hemoglobin "
                "A1c/Hemoglobin.total in Blood\"%s  } ]%s},%s\"subject\": {%s  \"reference\": "
                "\"urn:uuid:%08x-0000-4000-8000-000000000000\"%s},",
                line, line, number * 2654435761u, number, line, line, line, line, line, line, line,
                line, line, line, number / 50, line);
    strbuf_addf(out,
                "%s\"effectiveDateTime\": \"%04u-03-%02uT09:15:00+00:00\",%s\"valueQuantity\": "
                "{%s  \"value\": %u.%02u,%s  \"unit\": \"%%\",%s  \"system\": "
                "\"http://unitsofmeasure.org\",%s  \"code\": \"%%\"%s}%s}",
                line, 1990 + number % 36, 1 + number % 28, line, line, 4 + number % 9, number % 100,
                line, line, line, line, line);
}

static void make_bundle(struct corpus *corpus)
{
    struct strbuf out;
    strbuf_init(&out, MIB(64));
    strbuf_add_string(&out, "{\n  \"resourceType\": \"Bundle\",\n  \"entry\": [ ");
    for (unsigned i = 0; i < MADE_RESOURCES; i++) {
        strbuf_add_string(&out, i > 0 ? ", {\n    \"resource\": " : "{\n    \"resource\": ");
        make_resource(&out, i, "\n      ");
        strbuf_add_string(&out, "\n  }");
    }
    strbuf_add_string(&out, " ]\n}\n");
    struct slice text = strbuf_slice(&out);
    memcpy(add_text(corpus, text.len), text.ptr, text.len);
    strbuf_release(&out);
}

/* each resource of each bundle, minified, as a text of its own */
static void split_resources(const struct corpus *bundles, struct corpus *ret_resources)
{
    struct arena arena;
    struct strbuf out;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(512));
    strbuf_init(&out, MIB(64));
    for (size_t i = 0; i < bundles->texts.count && ret_resources->bytes < ENOUGH_BYTES; i++) {
        struct json json;
        arena_reset(&arena);
        if (!json_parse(&arena, bundles->texts.at[i], &json, &fault)) {
            die("a text is not JSON at", arena_string(&arena, fault.where));
        }
        json_each_element(&json, json_member(&json, 0, SLICE("entry")), entry)
        {
            json_ix resource = json_member(&json, entry, SLICE("resource"));
            if (resource != JSON_NONE) {
                strbuf_clear(&out);
                json_minify(&json, resource, &out);
                struct slice text = strbuf_slice(&out);
                memcpy(add_text(ret_resources, text.len), text.ptr, text.len);
            }
        }
    }
    strbuf_release(&out);
    arena_release(&arena);
}

/* -- readers ----------------------------------------------------------------------------------- */

struct readers {
    struct arena arena;
    struct simdjson_reader *simdjson;
};

static bool read_ours(struct readers *readers, struct slice text)
{
    struct json json;
    struct fault fault = FAULT_INIT;
    arena_reset(&readers->arena);
    return json_parse(&readers->arena, text, &json, &fault);
}

static bool read_simdjson(struct readers *readers, struct slice text)
{
    return simdjson_read_padded(readers->simdjson, text.ptr, text.len) == SIMDJSON_ACCEPTED;
}

static bool read_jansson(struct readers *readers, struct slice text)
{
    void *value = NULL;
    (void)readers;
    if (jansson_read(text.ptr, text.len, &value) != JANSSON_ACCEPTED) {
        return false;
    }
    jansson_free(value);
    return true;
}

typedef bool read_function(struct readers *readers, struct slice text);

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* megabytes a second of one round */
static double measure(const struct corpus *corpus, read_function *read, struct readers *readers,
                      size_t enough)
{
    size_t bytes = 0;
    monotime start = os_monotonic();
    do {
        for (size_t i = 0; i < corpus->texts.count; i++) {
            if (!read(readers, corpus->texts.at[i])) {
                die("a reader refuses", "a text");
            }
        }
        bytes += corpus->bytes;
    } while (bytes < enough);
    return (double)bytes / (double)monotime_since(os_monotonic(), start);
}

/* The three take turns, so that a disturbance of the machine meets all. */
static void compare(const char *name, const struct corpus *corpus, struct readers *readers)
{
    static read_function *const functions[] = { read_ours, read_simdjson, read_jansson };
    static const char *const names[] = { NULL, "simdjson", "jansson" };
    double figures[ARRAY_LENGTH(functions)][ROUNDS];
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t f = 0; f < ARRAY_LENGTH(functions); f++) {
            size_t enough = functions[f] == read_jansson ? 1 : ENOUGH_BYTES;
            figures[f][round] = measure(corpus, functions[f], readers, enough);
        }
    }
    for (size_t f = 0; f < ARRAY_LENGTH(functions); f++) {
        qsort(figures[f], ROUNDS, sizeof figures[f][0], by_value);
    }
    for (size_t f = 1; f < ARRAY_LENGTH(functions); f++) {
        double ours = figures[0][ROUNDS / 2];
        double theirs = figures[f][ROUNDS / 2];
        printf("%s\t%.0f\tMB/s\t%s\t%.0f\t%.2f\n", name, ours, names[f], theirs, ours / theirs);
    }
}

int main(int argc, char **argv)
{
    struct corpus corpus = { .bytes = 0 };
    struct corpus resources = { .bytes = 0 };
    struct readers readers = { .simdjson = simdjson_reader_new() };
    const char *data = NULL;
    arena_init(&corpus.arena, MIB(1024));
    arena_init(&resources.arena, MIB(512));
    arena_init(&readers.arena, MIB(512));
    for (int i = 1; i < argc; i++) {
        if (slice_equal(slice_from_string(argv[i]), SLICE("--data")) && i + 1 < argc) {
            data = argv[++i];
        } else {
            add_file(&corpus, argv[i]);
        }
    }
    const char *what = "the files given";
    if (corpus.texts.count == 0) {
        bool found = data != NULL && add_bundles(&corpus, data);
        what = found ? "Synthea bundles" : "a bundle made here, there being no data";
        if (!found) {
            make_bundle(&corpus);
        }
    }
    split_resources(&corpus, &resources);
    fprintf(stderr, "# json-parse: %s, %zu texts, %zu bytes; %zu resources, %zu bytes\n", what,
            corpus.texts.count, corpus.bytes, resources.texts.count, resources.bytes);
    compare("json-parse", &corpus, &readers);
    if (resources.texts.count > 0) {
        compare("json-parse-resource", &resources, &readers);
    }
    simdjson_reader_free(readers.simdjson);
    arena_release(&readers.arena);
    arena_release(&resources.arena);
    arena_release(&corpus.arena);
    return 0;
}
