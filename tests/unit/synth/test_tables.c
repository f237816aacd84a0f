/* The tongues that are tables: whole rows, as many as the lives say, and nobody's number where only
 * a pseudonym may stand. */
#include "support/check.h"

#include <dirent.h>

#include "base/digest.h"
#include "base/hash_table.h"
#include "base/json.h"
#include "base/limits.h"
#include "csv_reader.h"
#include "nhs/nhs_number.h"
#include "support/directory.h"
#include "synth/life.h"
#include "synth/mishaps.h"
#include "synth/synth.h"

#define PEOPLE 700
#define SEED   19

static char directory[TEST_PATH];
static struct arena arena;
static struct fault failure;

/* made once for all tests */
static int setup(void **state)
{
    (void)state;
    char path[TEST_PATH];
    struct synth_report report;
    test_directory_make(directory);
    arena_init(&arena, LIMIT_TRANSACTION_ARENA);
    test_path(path, directory, "county");
    struct synth_options options = { .people = PEOPLE,
                                     .seed = SEED,
                                     .out = slice_from_string(path) };
    return synth_run(&options, &report, &arena, &failure) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    test_directory_remove(directory);
    return 0;
}

static struct slice read_file(const char *name)
{
    char path[TEST_PATH];
    size_t len;
    test_path(path, directory, arena_printf(&arena, "county/%s", name).ptr);
    char *bytes = test_file_read(path, &len);
    if (bytes == NULL) {
        fail_msg("there is no %s", name);
    }
    struct slice text = arena_copy(&arena, slice_of(bytes, len));
    free(bytes);
    return text;
}

static void open_table(struct csv_reader *reader, const char *name)
{
    csv_reader_init(reader, read_file(name), &arena);
}

static uint64_t count_rows(const char *name)
{
    struct csv_reader reader;
    uint64_t rows = 0;
    open_table(&reader, name);
    while (csv_reader_next(&reader)) {
        rows++;
    }
    return rows;
}

static void test_every_table_is_whole(void **state)
{
    (void)state;
    char path[TEST_PATH];
    unsigned tables = 0;
    test_path(path, directory, "county");
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (slice_ends_with(slice_from_string(entry->d_name), SLICE(".csv"))) {
            count_rows(entry->d_name);
            tables++;
        }
    }
    closedir(folder);
    assert_in_range(tables, 18, 40);
}

/* -- as many rows as the lives say ------------------------------------------------------------- */

struct counts {
    uint64_t stays, visits, attendances, incidents, hospital_items, care;
};

static void count_item(const struct synth_item *item, struct counts *counts)
{
    bool kept = !mishap_withdrawn(item);
    bool encounter = item->kind == SYNTH_ENCOUNTER;
    if (item->organisation == SYNTH_ORGANISATION_HOSPITAL) {
        counts->hospital_items += kept;
        counts->stays += kept && encounter && item->setting == SYNTH_ON_WARD;
        counts->visits += kept && encounter && item->setting == SYNTH_IN_CLINIC;
        counts->attendances += kept && encounter && item->setting == SYNTH_IN_EMERGENCY;
    }
    if (item->organisation == SYNTH_ORGANISATION_AMBULANCE && encounter) {
        counts->incidents += mishap_is(item, SYNTH_MISHAP_REPEATED) ? 2 : 1;
    }
    counts->care += item->organisation == SYNTH_ORGANISATION_COUNCIL;
}

static struct counts count_lives(void)
{
    struct counts counts = { 0 };
    struct synth_household household;
    struct arena of_household;
    struct synth_world *world = arena_new(&arena, struct synth_world);
    assert_non_null(world);
    assert_true(synth_world_make(world, SEED, PEOPLE, SYNTH_DEFAULT_YEARS, SYNTH_DEFAULT_TODAY,
                                 &arena, &failure));
    arena_init(&of_household, LIMIT_SYNTH_HOUSEHOLD);
    uint64_t people = 0;
    for (uint64_t h = 0; people < PEOPLE; h++) {
        synth_household_make(world, h, people, &household);
        for (uint32_t i = 0; i < household.count && people + i < PEOPLE; i++) {
            struct synth_life *life = arena_new(&of_household, struct synth_life);
            synth_life_make(world, &household, i, &of_household, life);
            for (size_t k = 0; k < life->items.count; k++) {
                count_item(&life->items.at[k], &counts);
            }
        }
        people += household.count;
        arena_reset(&of_household);
    }
    arena_release(&of_household);
    return counts;
}

/* appointments that were kept */
static uint64_t count_seen(const char *name)
{
    struct csv_reader reader;
    uint64_t rows = 0;
    open_table(&reader, name);
    while (csv_reader_next(&reader)) {
        rows += slice_equal(csv_reader_field(&reader, "ATTENDED"), SLICE("5"));
    }
    return rows;
}

static void test_rows_are_those_of_the_lives(void **state)
{
    (void)state;
    struct counts counts = count_lives();
    assert_true(counts.stays > 50 && counts.attendances > 100 && counts.incidents > 50);
    assert_int_equal(count_rows("RZZ.apc.csv"), counts.stays);
    assert_int_equal(count_rows("RZZ.ae.csv"), counts.attendances);
    assert_int_equal(count_seen("RZZ.op.csv"), counts.visits);
    assert_int_equal(count_rows("RZX.incidents.csv"), counts.incidents);
    assert_int_equal(count_rows("RZZ.ocs.csv"), counts.hospital_items);
    assert_int_equal(count_rows("999.care.csv"), counts.care);
}

/* -- extracts ---------------------------------------------------------------------------------- */

static bool all_digits(struct slice text)
{
    uint64_t number;
    return slice_to_u64(text, &number);
}

static void check_extract_row(const struct csv_reader *reader)
{
    struct slice pseudonym = csv_reader_field(reader, "PSEUDO_HESID");
    struct slice year = csv_reader_field(reader, "FYEAR");
    struct slice sex = csv_reader_field(reader, "SEX");
    assert_int_equal(pseudonym.len, 32);
    assert_true(year.len == 4 && all_digits(year));
    assert_true(sex.len == 1 && sex.ptr[0] >= '0' && sex.ptr[0] <= '2');
    assert_slice(csv_reader_field(reader, "PROCODE3"), "RZZ");
    for (size_t i = 0; i < reader->count; i++) {
        assert_false(nhs_number_valid(reader->fields[i]));
    }
}

static void test_extracts_name_nobody(void **state)
{
    (void)state;
    static const char *const names[] = { "RZZ.apc.csv", "RZZ.op.csv", "RZZ.ae.csv" };
    static const size_t columns[] = { 193, 157, 165 };
    struct csv_reader reader;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        open_table(&reader, names[i]);
        assert_int_equal(reader.count, columns[i]);
        while (csv_reader_next(&reader)) {
            check_extract_row(&reader);
        }
    }
}

static void test_one_pseudonym_a_person(void **state)
{
    (void)state;
    struct csv_reader reader;
    struct hash_table attended;
    uint64_t known = 0;
    uint64_t by_emergency = 0;
    hash_table_init(&attended, &arena);
    open_table(&reader, "RZZ.ae.csv");
    while (csv_reader_next(&reader)) {
        struct slice who = csv_reader_field(&reader, "PSEUDO_HESID");
        assert_true(hash_table_find(&attended, who) != NULL ||
                    hash_table_put(&attended, who, NULL) != NULL);
    }
    open_table(&reader, "RZZ.apc.csv");
    while (csv_reader_next(&reader)) {
        struct slice who = csv_reader_field(&reader, "PSEUDO_HESID");
        if (slice_equal(csv_reader_field(&reader, "ADMIMETH"), SLICE("21"))) {
            by_emergency++;
            known += hash_table_find(&attended, who) != NULL;
        }
    }
    assert_true(by_emergency > 30);
    assert_true(known * 100 > by_emergency * 90); /* who came that way attended there */
}

/* a letter and three digits, as many as are counted, and the shorter code beside; are there any? */
static bool check_operations(const struct csv_reader *reader)
{
    char name[2][16], number[8];
    uint64_t count = 0;
    uint64_t seen = 0;
    for (int i = 1; i <= 24; i++) {
        snprintf(name[0], sizeof(name[0]), "OPERTN_3_%02d", i);
        snprintf(name[1], sizeof(name[1]), "OPERTN_4_%02d", i);
        struct slice whole = csv_reader_field(reader, name[1]);
        struct slice shorter = csv_reader_field(reader, name[0]);
        assert_true(whole.len == 0 || (whole.len == 4 && seen == (uint64_t)i - 1));
        assert_true(whole.len == 0 || slice_to_u64(slice_from(whole, 1), &count));
        assert_true(slice_equal(shorter, slice_sub(whole, 0, whole.len > 3 ? 3 : 0)));
        seen += whole.len > 0;
    }
    snprintf(number, sizeof(number), "%d", (int)seen);
    assert_slice(csv_reader_field(reader, "OPERTN_COUNT"), number);
    assert_true((csv_reader_field(reader, "OPERTN_4_CONCAT").len > 0) == (seen > 0));
    return seen > 0;
}

static void test_stays_make_sense(void **state)
{
    (void)state;
    struct csv_reader reader;
    uint64_t emergencies = 0;
    uint64_t diagnosed = 0;
    uint64_t operated = 0;
    open_table(&reader, "RZZ.apc.csv");
    while (csv_reader_next(&reader)) {
        struct slice from = csv_reader_field(&reader, "ADMIDATE");
        struct slice to = csv_reader_field(&reader, "DISDATE");
        struct slice diagnosis = csv_reader_field(&reader, "DIAG_4_01");
        assert_true(to.len == 0 || slice_compare(from, to) <= 0);
        assert_true(diagnosis.len == 0 || (diagnosis.len >= 3 && diagnosis.len <= 5));
        assert_int_equal(slice_find(diagnosis, '.'), diagnosis.len);
        operated += check_operations(&reader);
        if (slice_starts_with(csv_reader_field(&reader, "ADMIMETH"), SLICE("2"))) {
            emergencies++;
            diagnosed += diagnosis.len > 0;
        }
    }
    assert_true(diagnosed * 2 > emergencies && emergencies > 20);
    assert_true(operated > 20);
}

/* its crews have the number of one patient in seven; what tracing finds is not in their table */
static void test_few_numbers_at_the_scene(void **state)
{
    (void)state;
    struct csv_reader reader;
    uint64_t rows = 0;
    uint64_t numbers = 0;
    open_table(&reader, "RZX.incidents.csv");
    while (csv_reader_next(&reader)) {
        rows++;
        numbers += csv_reader_field(&reader, "nhs_number").len > 0;
    }
    assert_true(rows > 100);
    assert_true(numbers * 1000 > rows * 80 && numbers * 1000 < rows * 230);
}

/* -- choices ----------------------------------------------------------------------------------- */

static void test_choices_are_those_of_the_truth(void **state)
{
    (void)state;
    struct slice rest = read_file("truth.ndjson");
    struct slice line;
    uint64_t national = 0, summary = 0, sharing = 0, type1 = 0, population = 0, restricted = 0;
    while (slice_split(&rest, '\n', &line) && line.len > 0) {
        struct json json;
        assert_true(json_parse(&arena, line, &json, &failure));
        json_ix made = json_member(&json, 0, SLICE("choices"));
#define IS_MADE(key) json_is(&json, json_member(&json, made, SLICE(key)), JSON_TRUE)
        national +=
            IS_MADE("nationalOptOut") && json_member(&json, 0, SLICE("nhsNumber")) != JSON_NONE;
        sharing += IS_MADE("sharingObjection");
        type1 += IS_MADE("type1OptOut");
        population += IS_MADE("populationObjection");
        restricted += IS_MADE("restricted");
        summary += !slice_equal(json_member_string(&json, made, SLICE("summary"), &arena),
                                SLICE("implied"));
    }
    assert_true(national > 10);
    assert_int_equal(count_rows("national-opt-outs.csv"), national);
    assert_int_equal(count_rows("scr-preferences.csv"), summary);
    assert_int_equal(count_rows("sharing-objections.csv"), sharing);
    assert_int_equal(count_rows("type1-opt-outs.csv"), type1);
    assert_int_equal(count_rows("population-objections.csv"), population);
    assert_int_equal(count_rows("restricted.csv"), restricted);
}

int main(void)
{
    if (!digest_start()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_table_is_whole),
        cmocka_unit_test(test_rows_are_those_of_the_lives),
        cmocka_unit_test(test_extracts_name_nobody),
        cmocka_unit_test(test_one_pseudonym_a_person),
        cmocka_unit_test(test_stays_make_sense),
        cmocka_unit_test(test_few_numbers_at_the_scene),
        cmocka_unit_test(test_choices_are_those_of_the_truth),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
