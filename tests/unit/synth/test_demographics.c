/* The demographics alone: tables that agree with their truth, whatever the number of threads. */
#include "support/check.h"

#include "base/digest.h"
#include "base/hash_table.h"
#include "base/json.h"
#include "base/limits.h"
#include "csv_reader.h"
#include "nhs/nhs_number.h"
#include "support/directory.h"
#include "synth/csv_writer.h"
#include "synth/synth.h"

#define PEOPLE 9000 /* three blocks */

static char directory[TEST_PATH];
static struct arena arena;
static struct fault failure;

static int setup(void **state)
{
    (void)state;
    test_directory_make(directory);
    arena_init(&arena, LIMIT_TRANSACTION_ARENA);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    test_directory_remove(directory);
    return 0;
}

static struct synth_report make(const char *name, uint32_t threads)
{
    char path[TEST_PATH];
    struct synth_report report;
    test_path(path, directory, name);
    struct synth_options options = { .people = PEOPLE,
                                     .seed = 8,
                                     .out = slice_from_string(path),
                                     .only = SLICE("demographics"),
                                     .threads = threads };
    assert_true(synth_run(&options, &report, &arena, &failure));
    return report;
}

static struct slice read_file(const char *name)
{
    char path[TEST_PATH];
    size_t len;
    test_path(path, directory, name);
    char *bytes = test_file_read(path, &len);
    assert_non_null(bytes);
    struct slice text = arena_copy(&arena, slice_of(bytes, len));
    free(bytes);
    return text;
}

/* "RZZ A0000001": into a set; each once */
static void add_key(struct hash_table *keys, struct slice ods, struct slice local)
{
    struct slice key = arena_printf(&arena, "%.*s %.*s", SLICE_PRINT(ods), SLICE_PRINT(local));
    assert_null(hash_table_find(keys, key));
    assert_non_null(hash_table_put(keys, key, NULL));
}

static void read_truth(struct hash_table *keys)
{
    struct slice rest = read_file("county/truth.ndjson");
    struct slice line;
    uint64_t people = 0;
    while (slice_split(&rest, '\n', &line) && line.len > 0) {
        struct json json;
        assert_true(json_parse(&arena, line, &json, &failure));
        json_each_element(&json, json_member(&json, 0, SLICE("patients")), patient)
        {
            add_key(keys, json_member_string(&json, patient, SLICE("organisation"), &arena),
                    json_member_string(&json, patient, SLICE("identifier"), &arena));
        }
        people++;
    }
    assert_int_equal(people, PEOPLE);
}

static void check_row(const struct csv_reader *reader)
{
    struct slice number = csv_reader_field(reader, "nhs_number");
    struct slice born = csv_reader_field(reader, "born");
    assert_true(number.len == 0 || (nhs_number_valid(number) && nhs_number_is_test(number)));
    assert_true(born.len == 0 || born.len == 10);
    assert_true(csv_reader_field(reader, "family").len > 0);
    assert_int_equal(csv_reader_field(reader, "sex").len, 1);
    assert_true(slice_starts_with(csv_reader_field(reader, "practice"), SLICE("K99")));
}

static uint64_t check_source(struct hash_table *keys, struct slice ods)
{
    struct csv_reader reader;
    uint64_t rows = 0;
    struct slice name = arena_printf(&arena, "county/%.*s.patients.csv", SLICE_PRINT(ods));
    csv_reader_init(&reader, read_file(name.ptr), &arena);
    while (csv_reader_next(&reader)) {
        check_row(&reader);
        struct slice key = arena_printf(&arena, "%.*s %.*s", SLICE_PRINT(ods),
                                        SLICE_PRINT(csv_reader_field(&reader, "local_id")));
        assert_non_null(hash_table_find(keys, key));
        rows++;
    }
    return rows;
}

static void test_tables_and_truth_agree(void **state)
{
    (void)state;
    struct hash_table keys;
    uint64_t rows = 0;
    struct synth_report report = make("county", 2);
    assert_int_equal(report.people, PEOPLE);
    assert_true(report.patients > 2 * PEOPLE);
    hash_table_init(&keys, &arena);
    read_truth(&keys);
    assert_int_equal(keys.count, report.patients);
    struct slice rest = read_file("county/organisations.ndjson");
    struct slice line;
    while (slice_split(&rest, '\n', &line) && line.len > 0) {
        struct json json;
        assert_true(json_parse(&arena, line, &json, &failure));
        rows += check_source(&keys, json_member_string(&json, 0, SLICE("id"), &arena));
    }
    assert_int_equal(rows, report.patients);
}

static void test_threads(void **state)
{
    (void)state;
    static const char *const files[] = { "truth.ndjson", "RZX.patients.csv", "K99001.patients.csv",
                                         "README.txt" };
    make("one", 1);
    make("three", 3);
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        struct slice a = read_file(arena_printf(&arena, "one/%s", files[i]).ptr);
        struct slice b = read_file(arena_printf(&arena, "three/%s", files[i]).ptr);
        assert_true(a.len > 0 && slice_equal(a, b));
    }
}

static void test_csv(void **state)
{
    (void)state;
    struct strbuf out;
    struct csv_reader reader;
    strbuf_init(&out, KIB(4));
    csv_names(&out, SLICE("a,b,c,d,e,f,g,h"));
    struct csv_row row = csv_begin(&out);
    csv_text(&row, SLICE("say \"no\", or\r\nnothing"));
    csv_empty(&row);
    csv_number(&row, INT64_MIN);
    csv_thousandths(&row, -48050);
    csv_thousandths(&row, 7000);
    csv_day(&row, SYNTH_NO_DAY);
    csv_local_time(&row, synth_when_of(20777, 751));
    csv_when(&row, synth_when_of(20777, 751));
    csv_end(&row);
    csv_reader_init(&reader, strbuf_slice(&out), &arena);
    assert_true(csv_reader_next(&reader));
    assert_slice(csv_reader_field(&reader, "a"), "say \"no\", or\r\nnothing");
    assert_slice(csv_reader_field(&reader, "b"), "");
    assert_slice(csv_reader_field(&reader, "c"), "-9223372036854775808");
    assert_slice(csv_reader_field(&reader, "d"), "-48.05");
    assert_slice(csv_reader_field(&reader, "e"), "7");
    assert_slice(csv_reader_field(&reader, "f"), "");
    assert_slice(csv_reader_field(&reader, "g"), "2026-11-20 12:31");
    assert_slice(csv_reader_field(&reader, "h"), "2026-11-20T12:31:00+00:00");
    assert_false(csv_reader_next(&reader));
    strbuf_release(&out);
}

int main(void)
{
    if (!digest_start()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_csv, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tables_and_truth_agree, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
