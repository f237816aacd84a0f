/*
 * The 150 Synthea bundles: each is read, each of its resources is valid, gives index values and is
 * written anew with nothing changed but id and meta. No exceptions are known. Skipped, by name,
 * without the data: EVENLODE_DATA, or ../shared/data beside the project.
 */
#include "fhir_check.h"

#include <dirent.h>

#include "fhir/bundle.h"
#include "fhir/references.h"

#ifndef PROJECT_ROOT
#error "PROJECT_ROOT is set by meson.build"
#endif

struct totals {
    size_t bundles;
    size_t resources;
    size_t values;
};

static struct slice read_file(struct arena *memory, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *bytes = arena_alloc(memory, size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, size, file), size);
    fclose(file);
    return slice_of(bytes, size);
}

static void check_resource(const struct json *json, const struct fhir_entry *entry,
                           struct totals *totals)
{
    struct index_values values = { 0 };
    struct fault fault = FAULT_INIT;
    struct strbuf written, plain;
    const struct fhir_rewrite nothing = { .id = SLICE("") };
    assert_true(fhir_index(json, entry->resource, entry->type, &arena, &values, &fault));
    strbuf_init(&written, LIMIT_RESOURCE_BODY);
    strbuf_init(&plain, LIMIT_RESOURCE_BODY);
    assert_true(fhir_rewrite(json, entry->resource, &nothing, &arena, &written));
    json_minify(json, entry->resource, &plain);
    assert_true(slice_equal(strbuf_slice(&written), strbuf_slice(&plain)));
    strbuf_release(&written);
    strbuf_release(&plain);
    totals->values += values.count;
    totals->resources++;
}

static void check_bundle(const char *path, struct totals *totals)
{
    struct arena memory;
    struct json json;
    struct fault fault = FAULT_INIT;
    struct fhir_issues issues = { 0 };
    struct fhir_entries entries;
    arena_init(&memory, LIMIT_TRANSACTION_ARENA);
    assert_true(json_parse(&memory, read_file(&memory, path), &json, &fault));
    if (!fhir_validate(&json, 0, &memory, &issues) || issues.count > 0) {
        fail_msg("%s: %.*s: %.*s", path, SLICE_PRINT(issues.at[0].where),
                 SLICE_PRINT(issues.at[0].message));
    }
    assert_true(fhir_bundle_read(&json, 0, &memory, &entries, &fault));
    for (size_t i = 0; i < entries.count; i++) {
        arena_reset(&arena);
        check_resource(&json, &entries.at[i], totals);
    }
    totals->bundles++;
    arena_release(&memory);
}

static void test_synthea(void **state)
{
    (void)state;
    const char *data = getenv("EVENLODE_DATA");
    char folder[4096], path[8192];
    snprintf(folder, sizeof(folder), "%s/synthea-r4",
             data == NULL ? PROJECT_ROOT "/../shared/data" : data);
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        print_message("skipped: Synthea bundles (no folder %s)\n", folder);
        skip();
        return;
    }
    struct totals totals = { 0 };
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (slice_ends_with(slice_from_string(entry->d_name), SLICE(".json"))) {
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
            check_bundle(path, &totals);
        }
    }
    closedir(dir);
    print_message("%zu bundles, %zu resources, %zu index values\n", totals.bundles,
                  totals.resources, totals.values);
    assert_true(totals.bundles > 0 && totals.resources > totals.bundles);
    assert_true(totals.values > totals.resources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_synthea, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
