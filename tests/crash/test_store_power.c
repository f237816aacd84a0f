/*
 * The record store and the power cut: disks as a cut may leave them, each opened, judged and
 * written to again. Every acknowledged write must be there whole, none may be there in part, the
 * writes there are must be the first ones without a gap, and every table must fit the others. Then
 * the same with syncs left out, which must not pass: the test of the test.
 */
#include "support/check.h"

#include <sys/stat.h>

#include "base/limits.h"
#include "store/decision_private.h"
#include "store/sqlite/record_store_sqlite.h"
#include "support/directory.h"
#include "support/recording_os.h"

#define IMAGES       500 /* EVENLODE_IMAGES=N for long runs */
#define BLIND_IMAGES 100
#define WRITES       40

static char root[TEST_PATH];
static char disk[TEST_PATH]; /* what is recorded */
static char source[TEST_PATH];
static char image[TEST_PATH];
static struct arena arena;
static struct fault fault;
static struct committer *committer;
static struct decision job;

static int setup(void **state)
{
    (void)state;
    test_directory_make(root);
    test_path(disk, root, "disk");
    test_path(source, disk, "RTH.sqlite");
    test_path(image, root, "image");
    arena_init(&arena, MIB(256));
    job = (struct decision){ .magic = DECISION_MAGIC, .scope = DECISION_JOB, .may_write = true };
    memset(job.types, 0xff, sizeof job.types);
    memset(job.types_without_patient, 0xff, sizeof job.types_without_patient);
    committer = committer_new(1);
    return digest_start() && committer != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    committer_free(committer);
    arena_release(&arena);
    test_directory_remove(root);
    return 0;
}

/*
 * Write number n: Patient p with n in it, some Observations w<n>-<i> that nobody else writes, and
 * Encounter e moved between two patients. Sizes differ, so that commits take one page or many.
 */
static bool write_number(struct record_store *store, unsigned n)
{
    unsigned observations = 1 + n * 7 % 23;
    struct record_change *changes = arena_array(&arena, observations + 3, struct record_change);
    size_t count = 0;
    assert_non_null(changes);
    for (unsigned i = 0; i < 2; i++) {
        changes[count++] = (struct record_change){
            .kind = CHANGE_UPDATE,
            .type = FHIR_PATIENT,
            .id = i == 0 ? SLICE("p") : SLICE("q"),
            .body = arena_printf(&arena,
                                 "{\"resourceType\":\"Patient\",\"multipleBirthInteger\":%u}", n),
        };
    }
    changes[count++] = (struct record_change){
        .kind = CHANGE_UPDATE,
        .type = FHIR_ENCOUNTER,
        .id = SLICE("e"),
        .body = arena_printf(&arena,
                             "{\"resourceType\":\"Encounter\",\"identifier\":[{\"value\":\"%u\"}],"
                             "\"subject\":{\"reference\":\"Patient/%c\"}}",
                             n, n % 3 == 0 ? 'q' : 'p'),
    };
    for (unsigned i = 0; i < observations; i++) {
        changes[count++] = (struct record_change){
            .kind = CHANGE_UPDATE,
            .type = FHIR_OBSERVATION,
            .id = arena_printf(&arena, "w%u-%u", n, i),
            .body = arena_printf(&arena,
                                 "{\"resourceType\":\"Observation\",\"code\":{\"coding\":[{"
                                 "\"system\":\"urn:s%u\",\"code\":\"c%u\"}]},\"subject\":{"
                                 "\"reference\":\"Patient/p\"},\"valueString\":\"%llx%llx\"}",
                                 n % 5, n, (unsigned long long)n * 0x9e3779b97f4a7c15u,
                                 (unsigned long long)(n + i) * 0xbf58476d1ce4e5b9u),
        };
    }
    struct store_write write = { .arena = &arena, .changes = changes, .count = count };
    return record_store_commit(store, &job, &write, &fault);
}

static struct record_store *open_store(const char *path)
{
    return record_store_sqlite_open(path, SLICE("RTH"), true, committer, &arena, &fault);
}

/* opens, writes, closes now and then; one sync or all of a kind may be left out */
static struct recording *record(const enum recording_sync *lost, uint64_t k)
{
    test_directory_remove(disk);
    assert_int_equal(mkdir(disk, 0700), 0);
    struct recording *recording = recording_start(disk);
    if (lost != NULL) {
        recording_lose_sync(recording, *lost, k);
    }
    struct record_store *store = open_store(source);
    assert_non_null(store);
    for (unsigned n = 0; n < WRITES; n++) {
        if (n % 20 == 19) {
            record_store_close(store);
            store = open_store(source);
            assert_non_null(store);
        }
        if (n % 20 == 11 && lost == NULL) {
            /* a commit whose sync fails; the store is opened anew, and finds it or not */
            recording_fail_sync(recording, RECORDING_FILE_SYNC);
            assert_false(write_number(store, n));
            record_store_close(store);
            store = open_store(source);
            assert_non_null(store);
        }
        assert_true(write_number(store, n));
        recording_mark(recording, n + 1);
        arena_reset(&arena);
    }
    record_store_close(store);
    recording_stop(recording);
    return recording;
}

/* -- judging an image -------------------------------------------------------------------------- */

static struct record_cursor *ask(struct record_store *store, fhir_type type, const char *name,
                                 struct slice value)
{
    static struct search_query search;
    const struct search_pair pair = { slice_from_string(name), value };
    const struct search_options options = { .now = 0 };
    struct store_query query = { .kind = QUERY_SEARCH, .search = &search, .count_only = true };
    struct record_cursor *cursor;
    query.count_only = value.len > 0;
    assert_true(search_query_parse(type, &pair, value.len > 0, &options, &arena, &search, &fault));
    return record_store_query(store, &job, &query, &arena, NULL, NULL, &cursor, &fault) ? cursor
                                                                                        : NULL;
}

/* how many Observations of each write are there, by their ids w<n>-<i> */
static bool count_observations(struct record_store *store, unsigned counts[WRITES + 2])
{
    struct stored_resource row;
    enum cursor_step step = CURSOR_FAULT;
    struct record_cursor *cursor = ask(store, FHIR_OBSERVATION, "code", (struct slice){ NULL, 0 });
    memset(counts, 0, (WRITES + 2) * sizeof *counts);
    while (cursor != NULL && (step = record_cursor_next(cursor, &row, &fault)) == CURSOR_ROW) {
        uint64_t n;
        struct slice digits = slice_sub(row.id, 1, slice_find(row.id, '-') - 1);
        assert_true(slice_to_u64(digits, &n) && n < WRITES + 2);
        counts[n]++;
    }
    record_cursor_free(cursor);
    return step == CURSOR_END;
}

/* is the moved Encounter found under the number of the last write? */
static bool has_encounter_of(struct record_store *store, unsigned n)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%u", n);
    struct record_cursor *cursor =
        ask(store, FHIR_ENCOUNTER, "identifier", slice_of(text, (size_t)len));
    uint64_t total = cursor == NULL ? 0 : record_cursor_total(cursor);
    record_cursor_free(cursor);
    return total == 1;
}

/* how many writes are there, all of them whole and none behind a gap; or what is wrong */
static const char *count_writes(struct record_store *store, unsigned *ret_count)
{
    unsigned counts[WRITES + 2];
    unsigned there = 0;
    if (!count_observations(store, counts)) {
        return "it cannot be read";
    }
    while (there < WRITES + 2 && counts[there] > 0) {
        if (counts[there] != 1 + there * 7 % 23) {
            return "a write is there in part";
        }
        there++;
    }
    for (unsigned n = there; n < WRITES + 2; n++) {
        if (counts[n] != 0) {
            return "a write is there behind one that is not";
        }
    }
    if (there > 0 && !has_encounter_of(store, there - 1)) {
        return "the last write is there in part";
    }
    *ret_count = there;
    return NULL;
}

static const char *judge_store(struct record_store *store, uint64_t promised)
{
    unsigned there = 0;
    const char *wrong = count_writes(store, &there);
    if (wrong != NULL) {
        return wrong;
    }
    if (there < promised) {
        return "an acknowledged write is lost";
    }
    if (!record_store_sqlite_check(store, &arena, &fault)) {
        return "the tables do not fit each other";
    }
    if (!write_number(store, there)) {
        return "it cannot be written to";
    }
    unsigned after = 0;
    wrong = count_writes(store, &after);
    return wrong != NULL ? wrong : after != there + 1 ? "a new write is not there" : NULL;
}

static int nothing_to_sync(int fd)
{
    (void)fd;
    return 0;
}

/* NULL when the store of the image opens and holds what was promised */
static const char *judge(uint64_t promised)
{
    static struct os_ops table;
    char path[TEST_PATH];
    table = os_system; /* this disk is not at stake: its syncs only cost time */
    table.fdatasync = nothing_to_sync;
    table.fsync = nothing_to_sync;
    os_install(&table);
    test_path(path, image, "RTH.sqlite");
    struct record_store *store = open_store(path);
    const char *wrong = store == NULL ? "it does not open" : judge_store(store, promised);
    record_store_close(store);
    os_install(NULL);
    arena_reset(&arena);
    return wrong;
}

/* judges so many images spread over the recording; how many were wrong, and the first reason */
static unsigned judge_images(const struct recording *recording, unsigned images,
                             char ret_first[200])
{
    size_t events = recording_events(recording);
    unsigned wrong = 0;
    for (unsigned i = 0; i < images; i++) {
        size_t at = events * (i + 1) / images;
        uint64_t promised = recording_image(recording, at, i + 1, image);
        const char *what = judge(promised);
        if (what != NULL && wrong++ == 0) {
            (void)snprintf(ret_first, 200, "image %u, %zu of %zu events, %u promised: %s (%.*s)", i,
                           at, events, (unsigned)promised, what, SLICE_PRINT(fault.message));
        }
    }
    return wrong;
}

static void a_cut_loses_nothing_that_was_acknowledged(void **state)
{
    (void)state;
    char first[200];
    unsigned images = check_rounds("EVENLODE_IMAGES", IMAGES);
    struct recording *recording = record(NULL, 0);
    unsigned wrong = judge_images(recording, images, first);
    recording_free(recording);
    if (wrong > 0) {
        fail_msg("%u of %u images: %s", wrong, images, first);
    }
}

static void a_sync_that_is_left_out_is_noticed(void **state)
{
    static const enum recording_sync kinds[] = { RECORDING_FILE_SYNC, RECORDING_DIRECTORY_SYNC };
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        char first[200];
        struct recording *recording = record(&kinds[i], 0);
        unsigned images = check_rounds("EVENLODE_IMAGES", IMAGES);
        unsigned wrong =
            judge_images(recording, images < BLIND_IMAGES ? images : BLIND_IMAGES, first);
        recording_free(recording);
        assert_true(wrong > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_loses_nothing_that_was_acknowledged),
        cmocka_unit_test(a_sync_that_is_left_out_is_noticed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
