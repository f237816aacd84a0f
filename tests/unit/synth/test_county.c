/* The county as files: the same bytes, whole or not there, every resource valid FHIR R4. */
#include "support/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/limits.h"
#include "fault/failing_os.h"
#include "fhir/bundle.h"
#include "fhir/validate.h"
#include "nhs/nhs_number.h"
#include "support/directory.h"
#include "synth/choices_files.h"
#include "synth/synth.h"
#include "synth/world.h"

#define PEOPLE 120
/* of a small county: one an organisation and a choice; register, truth, README */
#define FILES (SYNTH_ORGANISATION_COUNT + 2 + SYNTH_CHOICES_FILES + 3)
/* of PEOPLE people with seed 42; changes with the tables and with every change of what is written
 */
#define DIGEST "4ffe219c6d1d52c5c974145f243fb4da91147ba1fbd0bd9fc8f6cf5fef7dc1db"

static char directory[TEST_PATH];
static struct arena arena;
static struct fault failure;

static int setup(void **state)
{
    (void)state;
    test_directory_make(directory);
    arena_init(&arena, LIMIT_TRANSACTION_ARENA);
    failure = (struct fault)FAULT_INIT;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    test_directory_remove(directory);
    return 0;
}

static struct synth_options options_for(char path[TEST_PATH], const char *name, uint64_t people,
                                        uint64_t seed)
{
    test_path(path, directory, name);
    return (struct synth_options){
        .people = people,
        .seed = seed,
        .out = slice_from_string(path),
        .formats = SLICE("fhir"),
        .threads = 1, /* calls are counted in an order that does not vary */
    };
}

static bool run(const char *name, uint64_t people, uint64_t seed, struct synth_report *ret_report)
{
    char path[TEST_PATH];
    struct synth_options options = options_for(path, name, people, seed);
    return synth_run(&options, ret_report, &arena, &failure);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* names of the files in `folder`, sorted, in the arena; 0 also when there is no such folder */
static size_t list(const char *folder, char *names[64])
{
    size_t count = 0;
    DIR *open = opendir(folder);
    for (struct dirent *entry; open != NULL && (entry = readdir(open)) != NULL;) {
        if (entry->d_name[0] != '.') {
            names[count++] = arena_string(&arena, slice_from_string(entry->d_name));
        }
    }
    if (open != NULL) {
        closedir(open);
    }
    qsort(names, count, sizeof(names[0]), by_name);
    return count;
}

static struct slice read_file(const char *folder, const char *name)
{
    char path[TEST_PATH];
    struct slice text;
    test_path(path, folder, name);
    char *bytes = test_file_read(path, &text.len);
    assert_non_null(bytes);
    text = arena_copy(&arena, slice_of(bytes, text.len));
    assert_non_null(text.ptr);
    free(bytes);
    return text;
}

static void digest_folder(const char *name, char ret_hex[DIGEST_HEX_SIZE + 1])
{
    char folder[TEST_PATH];
    char *names[64];
    struct slice parts[128];
    test_path(folder, directory, name);
    size_t count = list(folder, names);
    for (size_t i = 0; i < count; i++) {
        parts[2 * i] = slice_from_string(names[i]);
        parts[2 * i + 1] = read_file(folder, names[i]);
    }
    struct digest digest = digest_of(parts, 2 * count);
    digest_to_hex(&digest, ret_hex);
}

static void test_same_seed_same_bytes(void **state)
{
    (void)state;
    struct synth_report report;
    char first[DIGEST_HEX_SIZE + 1];
    char second[DIGEST_HEX_SIZE + 1];
    char other[DIGEST_HEX_SIZE + 1];
    assert_true(run("a", PEOPLE, 42, &report));
    assert_true(run("b", PEOPLE, 42, &report));
    assert_true(run("c", PEOPLE, 43, &report));
    digest_folder("a", first);
    digest_folder("b", second);
    digest_folder("c", other);
    assert_string_equal(first, second);
    assert_string_not_equal(first, other);
    assert_string_equal(first, DIGEST);
}

/* -- what is written --------------------------------------------------------------------------- */

struct urls {
    struct slice at[4096];
    size_t count;
};

static bool has_url(const struct urls *urls, struct slice url)
{
    for (size_t i = 0; i < urls->count; i++) {
        if (slice_equal(urls->at[i], url)) {
            return true;
        }
    }
    return false;
}

static void check_references(const struct json *json, json_ix node, const struct urls *urls)
{
    if (json_is(json, node, JSON_ARRAY)) {
        json_each_element(json, node, item)
        {
            check_references(json, item, urls);
        }
    }
    json_each_member(json, node, key, value)
    {
        if (json_string_equal(json, key, SLICE("reference"))) {
            struct slice url = json_string(json, value, &arena);
            if (!has_url(urls, url)) {
                fail_msg("%.*s leads nowhere", SLICE_PRINT(url));
            }
        } else {
            check_references(json, value, urls);
        }
    }
}

static void check_resource(const struct json *json, json_ix resource)
{
    struct fhir_issues issues = { 0 };
    bool valid = fhir_validate(json, resource, &arena, &issues);
    for (size_t i = 0; !valid && i < issues.count; i++) {
        print_error("%.*s: %.*s\n", SLICE_PRINT(issues.at[i].where),
                    SLICE_PRINT(issues.at[i].message));
    }
    assert_true(valid);
    json_ix label = json_path(json, resource, "meta", "security", "code", NULL);
    assert_slice(json_string(json, label, &arena), "HTEST");
}

static size_t check_bundle(struct slice line)
{
    struct json json;
    struct urls *urls = arena_new(&arena, struct urls);
    assert_non_null(urls);
    assert_true(json_parse(&arena, line, &json, &failure));
    struct fhir_entries requests;
    assert_true(fhir_bundle_read(&json, 0, &arena, &requests, &failure));
    assert_int_equal(requests.kind, FHIR_BUNDLE_TRANSACTION);
    json_ix entries = json_member(&json, 0, SLICE("entry"));
    json_each_element(&json, entries, entry)
    {
        struct slice url = json_member_string(&json, entry, SLICE("fullUrl"), &arena);
        assert_false(has_url(urls, url));
        assert_true(urls->count < ARRAY_LENGTH(urls->at));
        urls->at[urls->count++] = url;
    }
    json_ix first = json_path(&json, entries, "resource", "resourceType", NULL);
    assert_slice(json_string(&json, first, &arena), "Patient");
    json_each_element(&json, entries, entry)
    {
        json_ix resource = json_member(&json, entry, SLICE("resource"));
        check_resource(&json, resource);
        check_references(&json, resource, urls);
    }
    return urls->count;
}

static void test_every_resource_is_valid(void **state)
{
    (void)state;
    struct synth_report report;
    char folder[TEST_PATH];
    char *names[64];
    uint64_t resources = 0;
    uint64_t patients = 0;
    assert_true(run("county", 60, 11, &report));
    test_path(folder, directory, "county");
    size_t count = list(folder, names);
    for (size_t i = 0; i < count; i++) {
        struct slice name = slice_from_string(names[i]);
        if (!slice_ends_with(name, SLICE(".ndjson")) || slice_starts_with(name, SLICE("truth")) ||
            slice_starts_with(name, SLICE("organisations"))) {
            continue;
        }
        struct slice rest = read_file(folder, names[i]);
        struct slice line;
        while (slice_split(&rest, '\n', &line)) {
            if (line.len > 0) {
                resources += check_bundle(line);
                patients++;
            }
        }
    }
    assert_int_equal(resources, report.resources);
    assert_int_equal(patients, report.patients);
    assert_int_equal(report.people, 60);
}

static void test_register(void **state)
{
    (void)state;
    struct synth_report report;
    char folder[TEST_PATH];
    char *names[64];
    struct json json;
    size_t lines = 0;
    assert_true(run("county", 3, 1, &report));
    test_path(folder, directory, "county");
    struct slice rest = read_file(folder, "organisations.ndjson");
    struct slice line;
    while (slice_split(&rest, '\n', &line)) {
        if (line.len > 0) {
            assert_true(json_parse(&arena, line, &json, &failure));
            check_resource(&json, 0);
            lines++;
        }
    }
    assert_int_equal(lines, SYNTH_ORGANISATION_COUNT + 2);
    assert_int_equal(report.organisations, SYNTH_ORGANISATION_COUNT + 2);
    /* a file each, even of one that knows nobody; register, truth and README */
    assert_int_equal(list(folder, names), FILES);
}

static void test_truth(void **state)
{
    (void)state;
    struct synth_report report;
    char folder[TEST_PATH];
    struct json json;
    uint64_t people = 0;
    uint64_t patients = 0;
    assert_true(run("county", PEOPLE, 5, &report));
    test_path(folder, directory, "county");
    struct slice rest = read_file(folder, "truth.ndjson");
    struct slice line;
    while (slice_split(&rest, '\n', &line)) {
        if (line.len == 0) {
            continue;
        }
        assert_true(json_parse(&arena, line, &json, &failure));
        assert_true(nhs_number_valid(json_member_string(&json, 0, SLICE("nhsNumber"), &arena)));
        patients += json_size(&json, json_member(&json, 0, SLICE("patients")));
        people++;
    }
    assert_int_equal(people, PEOPLE);
    assert_int_equal(patients, report.patients);
}

static void test_more_people_more_practices(void **state)
{
    (void)state;
    struct synth_world world;
    assert_true(synth_world_make(&world, 1, 45000, 5, SYNTH_DEFAULT_TODAY, &arena, &failure));
    assert_int_equal(world.organisation_count, SYNTH_FIRST_PRACTICE + 4);
    assert_true(synth_world_make(&world, 1, 1000000, 5, SYNTH_DEFAULT_TODAY, &arena, &failure));
    assert_int_equal(world.organisation_count, SYNTH_MAX_ORGANISATIONS);
}

/* -- faults ------------------------------------------------------------------------------------ */

static size_t entries(const char *name)
{
    char folder[TEST_PATH];
    char *names[64];
    test_path(folder, directory, name);
    return list(folder, names);
}

static void test_refused_options(void **state)
{
    (void)state;
    struct synth_report report;
    char path[TEST_PATH];
    assert_false(run("county", 0, 1, &report));
    assert_int_equal(failure.code, FAULT_INVALID);
    assert_false(run("county", 1000001, 1, &report));
    assert_int_equal(failure.code, FAULT_INVALID);
    struct synth_options options = options_for(path, "county", 1, 1);
    options.formats = SLICE("fhir,papyrus");
    assert_false(synth_run(&options, &report, &arena, &failure));
    assert_int_equal(failure.code, FAULT_NOT_SUPPORTED);
    assert_true(slice_find_slice(failure.hint, SLICE("fhir")) < failure.hint.len);
    options.formats = SLICE("fhir");
    options.years = 21;
    assert_false(synth_run(&options, &report, &arena, &failure));
    assert_int_equal(failure.code, FAULT_INVALID);
    options.years = 0;
    options.out = SLICE("");
    assert_false(synth_run(&options, &report, &arena, &failure));
    assert_int_equal(failure.code, FAULT_INVALID);
    assert_int_equal(entries("."), 0);
}

static void test_folder_in_use(void **state)
{
    (void)state;
    struct synth_report report;
    char path[TEST_PATH];
    assert_true(run("county", 1, 1, &report));
    assert_false(run("county", 1, 1, &report));
    assert_int_equal(failure.code, FAULT_CONFLICT);
    test_path(path, directory, "file");
    test_file_write(path, "x", 1);
    assert_false(run("file", 1, 1, &report)); /* a file stands there */
    assert_false(run("no/such/parent", 1, 1, &report));
    assert_int_equal(failure.code, FAULT_IO);
    test_path(path, directory, "empty");
    assert_int_equal(os_mkdir(path, 0777), 0);
    assert_true(run("empty", 1, 1, &report));
}

static void test_one_run_at_a_time(void **state)
{
    (void)state;
    struct synth_report report;
    char partial[TEST_PATH];
    char path[TEST_PATH];
    test_path(partial, directory, "county.partial");
    assert_int_equal(os_mkdir(partial, 0777), 0);
    test_path(path, partial, "X99.ndjson");
    test_file_write(path, "half", 4);
    int fd = os_open(partial, O_RDONLY | O_DIRECTORY, 0);
    assert_int_equal(os_flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_false(run("county", 1, 1, &report));
    assert_int_equal(failure.code, FAULT_BUSY);
    assert_int_equal(entries("county.partial"), 1); /* the other's work is left alone */
    os_close(fd);
    assert_true(run("county", 1, 1, &report)); /* the leftover of a killed run is not kept */
    assert_int_equal(entries("county"), FILES);
}

static bool stop(void *context, uint64_t done, uint64_t before, uint64_t people)
{
    (void)context;
    assert_int_equal(before, 0);
    assert_true(done <= people);
    return false;
}

static void test_stopped(void **state)
{
    (void)state;
    struct synth_report report;
    char path[TEST_PATH];
    struct synth_options options = options_for(path, "county", 5, 1);
    options.progress = stop;
    assert_false(synth_run(&options, &report, &arena, &failure));
    assert_int_equal(entries("."), 0);
}

/* whichever call fails: a fault, and neither the folder nor its partial one is left */
static void test_every_failing_call(void **state)
{
    (void)state;
    static const enum failing_call kinds[] = { FAIL_OPEN,  FAIL_PWRITE, FAIL_FDATASYNC, FAIL_MKDIR,
                                               FAIL_FSYNC, FAIL_FLOCK,  FAIL_RENAME };
    struct synth_report report;
    failing_os_install();
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        failing_os_fail(kinds[i], 0, false, 0);
        assert_true(run("count", 3, 1, &report));
        uint64_t calls = failing_os_count(kinds[i]);
        char path[TEST_PATH];
        test_path(path, directory, "count");
        test_directory_remove(path);
        assert_true(calls > 0);
        for (uint64_t k = 1; k <= calls; k++) {
            failing_os_fail(kinds[i], k, true, ENOSPC);
            bool done = run("county", 3, 1, &report);
            failing_os_fail(kinds[i], 0, false, 0);
            assert_false(done);
            assert_int_equal(failure.code, FAULT_NO_SPACE);
            bool synced_late = entries("county") > 0; /* only the sync of the name failed */
            assert_true(!synced_late || kinds[i] == FAIL_FSYNC || kinds[i] == FAIL_OPEN);
            test_path(path, directory, "county");
            test_directory_remove(path);
            arena_clear(&arena);
        }
    }
    failing_os_remove();
}

static void test_no_memory(void **state)
{
    (void)state;
    struct synth_report report;
    failing_os_install();
    assert_true(run("count", 2, 1, &report));
    uint64_t calls = failing_os_count(FAIL_MALLOC);
    assert_true(calls > 10);
    for (uint64_t k = 1; k <= calls; k++) {
        arena_clear(&arena);
        failing_os_fail(FAIL_MALLOC, k, true, 0);
        bool done = run("county", 2, 1, &report);
        failing_os_fail(FAIL_MALLOC, 0, false, 0);
        assert_false(done);
        assert_int_equal(failure.code, FAULT_NO_MEMORY);
        assert_int_equal(entries("county"), 0);
    }
    failing_os_remove();
}

int main(void)
{
    if (!digest_start()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_seed_same_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_resource_is_valid, setup, teardown),
        cmocka_unit_test_setup_teardown(test_register, setup, teardown),
        cmocka_unit_test_setup_teardown(test_truth, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_people_more_practices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folder_in_use, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_run_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stopped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_failing_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
