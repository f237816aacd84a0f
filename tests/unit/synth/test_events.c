/* The events alone: columns that say what the lives say, in order, for any number of threads. */
#include "support/check.h"

#include "base/digest.h"
#include "base/limits.h"
#include "csv_reader.h"
#include "support/directory.h"
#include "synth/events.h"
#include "synth/synth.h"

#define PEOPLE 5000 /* three groups */
#define SEED   77

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
                                     .seed = SEED,
                                     .out = slice_from_string(path),
                                     .only = SLICE("events"),
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

/* -- a reader that goes by the page of the format, byte by byte -------------------------------- */

static uint32_t number_at(struct slice bytes, size_t at, size_t size)
{
    uint32_t value = 0;
    assert_true(at + size <= bytes.len);
    for (size_t i = size; i > 0; i--) {
        value = value << 8 | (uint8_t)bytes.ptr[at + i - 1];
    }
    return value;
}

static struct synth_event event_at(struct slice group, size_t rows, size_t i)
{
    return (struct synth_event){
        .person = number_at(group, 16 + 4 * i, 4),
        .time = (int32_t)number_at(group, 16 + 4 * rows + 4 * i, 4),
        .end = (int32_t)number_at(group, 16 + 8 * rows + 4 * i, 4),
        .value = (int32_t)number_at(group, 16 + 12 * rows + 4 * i, 4),
        .code = (uint16_t)number_at(group, 16 + 16 * rows + 2 * i, 2),
        .organisation = (uint8_t)number_at(group, 16 + 18 * rows + i, 1),
        .kind = (uint8_t)number_at(group, 16 + 19 * rows + i, 1),
    };
}

static struct synth_event *read_events(struct slice bytes, size_t *ret_count, size_t *ret_groups)
{
    struct synth_event *events = arena_alloc(&arena, bytes.len);
    assert_non_null(events);
    *ret_count = *ret_groups = 0;
    while (bytes.len > 0) {
        assert_true(slice_starts_with(bytes, SLICE("EvEvts1\n")));
        size_t rows = number_at(bytes, 8, 4);
        assert_int_equal(number_at(bytes, 12, 4), 0);
        for (size_t i = 0; i < rows; i++) {
            events[(*ret_count)++] = event_at(bytes, rows, i);
        }
        bytes = slice_from(bytes, 16 + 20 * rows);
        (*ret_groups)++;
    }
    return events;
}

/* -- tests ------------------------------------------------------------------------------------- */

static void test_events_are_those_of_the_lives(void **state)
{
    (void)state;
    size_t count, groups;
    size_t at = 0;
    struct arena household_arena;
    struct strbuf rows;
    struct synth_household household;
    struct synth_world *world = arena_new(&arena, struct synth_world);
    struct synth_report report = make("events", 2);
    struct synth_event *events = read_events(read_file("events/events.columns"), &count, &groups);
    assert_int_equal(count, report.events);
    assert_int_equal(groups, 3);
    assert_true(count > PEOPLE * 30);
    assert_non_null(world);
    assert_true(synth_world_make(world, SEED, PEOPLE, SYNTH_DEFAULT_YEARS, SYNTH_DEFAULT_TODAY,
                                 &arena, &failure));
    arena_init(&household_arena, LIMIT_SYNTH_HOUSEHOLD);
    strbuf_init(&rows, MIB(4));
    uint64_t people = 0;
    for (uint64_t h = 0; people < 600; h++) {
        synth_household_make(world, h, people, &household);
        for (uint32_t i = 0; i < household.count; i++) {
            struct synth_life *life = arena_new(&household_arena, struct synth_life);
            synth_life_make(world, &household, i, &household_arena, life);
            strbuf_clear(&rows);
            uint32_t made = synth_events_of(life, &rows);
            assert_memory_equal(rows.ptr, &events[at], made * sizeof(*events));
            at += made;
        }
        people += household.count;
        arena_reset(&household_arena);
    }
    strbuf_release(&rows);
    arena_release(&household_arena);
}

static void test_order_and_codes(void **state)
{
    (void)state;
    size_t count, groups;
    size_t codes = 0;
    struct csv_reader reader;
    make("events", 1);
    csv_reader_init(&reader, read_file("events/codes.csv"), &arena);
    while (csv_reader_next(&reader)) {
        uint64_t number;
        assert_true(slice_to_u64(csv_reader_field(&reader, "number"), &number));
        assert_int_equal(number, codes++);
        assert_true(slice_starts_with(csv_reader_field(&reader, "system"), SLICE("http")));
    }
    struct synth_event *events = read_events(read_file("events/events.columns"), &count, &groups);
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && events[i].person == events[i - 1].person;
        assert_true(events[i].code < codes);
        assert_true(events[i].person < PEOPLE);
        assert_true(i == 0 || events[i].person >= events[i - 1].person);
        assert_true(!same || events[i].time >= events[i - 1].time);
        assert_true(events[i].end == SYNTH_EVENTS_NONE || events[i].end >= events[i].time);
    }
}

static void test_people(void **state)
{
    (void)state;
    struct csv_reader reader;
    uint64_t people = 0;
    make("events", 2);
    csv_reader_init(&reader, read_file("events/people.csv"), &arena);
    while (csv_reader_next(&reader)) {
        uint64_t number;
        assert_true(slice_to_u64(csv_reader_field(&reader, "person"), &number));
        assert_int_equal(number, people++);
        assert_int_equal(csv_reader_field(&reader, "born").len, 10);
    }
    assert_int_equal(people, PEOPLE);
}

static void test_threads(void **state)
{
    (void)state;
    make("one", 1);
    make("three", 3);
    assert_true(slice_equal(read_file("one/events.columns"), read_file("three/events.columns")));
    assert_true(slice_equal(read_file("one/people.csv"), read_file("three/people.csv")));
}

int main(void)
{
    if (!digest_start()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_events_are_those_of_the_lives, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order_and_codes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_people, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
