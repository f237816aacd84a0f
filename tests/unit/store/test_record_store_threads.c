/*
 * Readers beside the writer. Each write puts the same number into two resources of a patient and
 * adds a third; whoever reads must find one moment: equal numbers, as many of the third kind as the
 * number says, and numbers that never go back. Run under ThreadSanitizer, too.
 */
#include "store_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define WRITES  300
#define READERS 3

static struct store_fixture fixture;
static atomic_bool finished;

static void *write_all(void *context)
{
    struct arena arena;
    struct fault fault;
    arena_init(&arena, MIB(64));
    bool *ok = context;
    for (unsigned n = 1; *ok && n <= WRITES; n++) {
        struct record_change changes[] = {
            { .kind = CHANGE_UPDATE,
              .type = FHIR_PATIENT,
              .id = SLICE("p"),
              .body = arena_printf(
                  &arena, "{\"resourceType\":\"Patient\",\"multipleBirthInteger\":%u}", n) },
            { .kind = CHANGE_UPDATE,
              .type = FHIR_ENCOUNTER,
              .id = SLICE("e"),
              .body = arena_printf(&arena,
                                   "{\"resourceType\":\"Encounter\",\"subject\":{\"reference\":"
                                   "\"Patient/p\"},\"length\":{\"value\":%u}}",
                                   n) },
            { .kind = CHANGE_CREATE,
              .type = FHIR_OBSERVATION,
              .body = SLICE("{\"resourceType\":\"Observation\",\"status\":\"final\",\"subject\":{"
                            "\"reference\":\"Patient/p\"}}") },
        };
        struct store_write write = { .arena = &arena, .changes = changes, .count = 3 };
        *ok = record_store_commit(fixture.store, &fixture.job, &write, &fault);
        arena_reset(&arena);
    }
    arena_release(&arena);
    atomic_store(&finished, true);
    return NULL;
}

static unsigned number_behind(struct slice body, struct slice name)
{
    size_t at = slice_find_slice(body, name);
    struct slice digits = slice_from(body, at + name.len);
    size_t len = 0;
    uint64_t number = 0;
    while (len < digits.len && digits.ptr[len] >= '0' && digits.ptr[len] <= '9') {
        len++;
    }
    return slice_to_u64(slice_sub(digits, 0, len), &number) ? (unsigned)number : 0;
}

struct reader {
    unsigned rounds;
    unsigned last;
    const char *wrong;
};

static void look_once(struct reader *reader, struct arena *arena)
{
    const struct store_query query = { .kind = QUERY_EVERYTHING, .patient_id = SLICE("p") };
    struct record_cursor *cursor;
    struct stored_resource row;
    struct fault fault;
    enum cursor_step step;
    unsigned patient = 0;
    unsigned encounter = 0;
    unsigned observations = 0;
    if (!record_store_query(fixture.store, &fixture.job, &query, arena, NULL, NULL, &cursor,
                            &fault)) {
        reader->wrong = "the query fails";
        return;
    }
    while ((step = record_cursor_next(cursor, &row, &fault)) == CURSOR_ROW) {
        if (row.type == FHIR_PATIENT) {
            patient = number_behind(row.body, SLICE("Integer\":"));
        } else if (row.type == FHIR_ENCOUNTER) {
            encounter = number_behind(row.body, SLICE("value\":"));
        } else {
            observations++;
        }
    }
    record_cursor_free(cursor);
    if (step == CURSOR_FAULT) {
        reader->wrong = "reading fails";
    } else if (patient != encounter || patient != observations) {
        reader->wrong = "the rows are of several moments";
    } else if (patient < reader->last) {
        reader->wrong = "time goes back";
    }
    reader->last = patient;
    reader->rounds++;
}

static void *read_all(void *context)
{
    struct reader *reader = context;
    struct arena arena;
    arena_init(&arena, MIB(64));
    while (reader->wrong == NULL && !atomic_load(&finished)) {
        look_once(reader, &arena);
        arena_reset(&arena);
    }
    look_once(reader, &arena);
    arena_release(&arena);
    return NULL;
}

static void readers_see_one_moment(void **state)
{
    pthread_t writer;
    pthread_t threads[READERS];
    struct reader readers[READERS] = { { 0, 0, NULL } };
    bool ok = true;
    (void)state;
    fixture_init(&fixture, STORE_SQLITE);
    atomic_store(&finished, false);
    assert_int_equal(pthread_create(&writer, NULL, write_all, &ok), 0);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, &readers[i]), 0);
    }
    pthread_join(writer, NULL);
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        if (readers[i].wrong != NULL) {
            fail_msg("after %u rounds: %s", readers[i].rounds, readers[i].wrong);
        }
        assert_int_equal(readers[i].last, WRITES);
        assert_true(readers[i].rounds > 1);
    }
    assert_true(ok);
    fixture_release(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(readers_see_one_moment) };
    return digest_start() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
