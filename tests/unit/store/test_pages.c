/*
 * Bytes of a store that change behind its back. A populated store is altered on the disk, page by
 * page; then everything is asked of it. Each answer is the right one or says that the store is
 * damaged, and the check of the whole store notices every page that is in use. EVENLODE_SEED
 * repeats a run.
 */
#include "store_fixture.h"

#include "base/log.h"
#include "store/sqlite/codec.h"
#include "store/sqlite/db_page.h"
#include "store/sqlite/record_store_sqlite.h"

#define PATIENTS  12
#define ROWS      30  /* of each patient */
#define QUESTIONS 100 /* at most */

static struct store_fixture fixture;
static uint64_t random_state;
static unsigned logged;

static uint64_t draw(uint64_t below)
{
    /* splitmix64 */
    uint64_t x = random_state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (x ^ (x >> 31)) % below;
}

static uint64_t seed(void)
{
    const char *text = getenv("EVENLODE_SEED");
    uint64_t value;
    return text != NULL && slice_to_u64(slice_from_string(text), &value) ? value : 1;
}

/* -- a store with something in every table ------------------------------------------------------
 */

static void put_row(unsigned patient, unsigned row)
{
    char id[24];
    (void)snprintf(id, sizeof id, "o%u-%u", patient, row);
    /* long texts that do not compress, so that the rows fill pages of their own */
    int effect = put(&fixture, FHIR_OBSERVATION, row % 3 == 0 ? id : NULL,
                     "{\"resourceType\":\"Observation\",%s%s%s\"code\":{\"coding\":[{\"system\":"
                     "\"urn:s%u\",\"code\":\"c%u\"}]},\"subject\":{\"reference\":\"Patient/p%u\"},"
                     "\"valueString\":\"%llx%llx%llx%llx\"}",
                     row % 3 == 0 ? "\"id\":\"" : "", row % 3 == 0 ? id : "",
                     row % 3 == 0 ? "\"," : "", row % 7, row, patient,
                     (unsigned long long)draw(UINT64_MAX), (unsigned long long)draw(UINT64_MAX),
                     (unsigned long long)draw(UINT64_MAX), (unsigned long long)draw(UINT64_MAX));
    assert_int_not_equal(effect, -1);
}

static void put_patient(unsigned patient, unsigned version)
{
    char id[16];
    (void)snprintf(id, sizeof id, "p%u", patient);
    assert_int_not_equal(put(&fixture, FHIR_PATIENT, id,
                             "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"name\":[{\"family\":"
                             "\"Family%u\"}],\"multipleBirthInteger\":%u}",
                             id, patient, version),
                         -1);
}

static void populate(void)
{
    for (unsigned version = 0; version < 3; version++) {
        for (unsigned patient = 0; patient < PATIENTS; patient++) {
            put_patient(patient, version);
        }
    }
    for (unsigned row = 0; row < ROWS; row++) {
        for (unsigned patient = 0; patient < PATIENTS; patient++) {
            put_row(patient, row);
        }
    }
    for (unsigned patient = 0; patient < PATIENTS; patient += 4) {
        char id[24];
        (void)snprintf(id, sizeof id, "o%u-3", patient);
        assert_int_equal(delete_one(&fixture, FHIR_OBSERVATION, id, 0), EFFECT_DELETED);
    }
}

/* -- everything that can be asked ---------------------------------------------------------------
 */

struct answers {
    char *text[QUESTIONS];
    size_t count;
};

static void keep(struct answers *answers, const char *text)
{
    assert_true(answers->count < QUESTIONS);
    answers->text[answers->count] = strdup(text);
    assert_non_null(answers->text[answers->count++]);
}

static void answers_release(struct answers *answers)
{
    for (size_t i = 0; i < answers->count; i++) {
        free(answers->text[i]);
    }
    answers->count = 0;
}

static void ask_of_patient(struct answers *answers, unsigned patient)
{
    char id[16];
    char address[48];
    (void)snprintf(id, sizeof id, "p%u", patient);
    const struct store_query everything = { .kind = QUERY_EVERYTHING,
                                            .patient_id = slice_from_string(id) };
    const struct store_query history = { .kind = QUERY_HISTORY,
                                         .type = FHIR_PATIENT,
                                         .id = slice_from_string(id) };
    keep(answers, ids_of(&fixture, &fixture.job, &everything));
    keep(answers, ids_of(&fixture, &fixture.job, &history));
    keep(answers, read_one(&fixture, &fixture.job, FHIR_PATIENT, id));
    keep(answers, search(&fixture, &fixture.job, id, "Observation?code=c3,c4&_sort=_id"));
    (void)snprintf(address, sizeof address, "Patient?family=Family%u", patient);
    keep(answers, search(&fixture, &fixture.job, NULL, address));
    (void)snprintf(id, sizeof id, "o%u-6", patient);
    keep(answers, read_one(&fixture, &fixture.job, FHIR_OBSERVATION, id));
}

static void ask(struct answers *answers)
{
    static const struct store_query changes = { .kind = QUERY_CHANGES };
    for (unsigned patient = 0; patient < PATIENTS; patient++) {
        ask_of_patient(answers, patient);
    }
    keep(answers, search(&fixture, &fixture.job, NULL, "Observation?code=urn:s1%7Cc8&_sort=_id"));
    keep(answers, ids_of(&fixture, &fixture.job, &changes));
    keep(answers, read_one(&fixture, &fixture.job, FHIR_OBSERVATION, "not-there"));
    fixture_clear(&fixture);
}

/* how many say that the store is damaged; every other one must be the right one */
static unsigned compare(const struct answers *right, const struct answers *now, const char *what)
{
    unsigned damaged = 0;
    assert_int_equal(now->count, right->count);
    for (size_t i = 0; i < now->count; i++) {
        if (strstr(now->text[i], "!CORRUPT") != NULL) {
            damaged++;
        } else if (strcmp(now->text[i], right->text[i]) != 0) {
            fail_msg("EVENLODE_SEED=%llu %s: %s, not %s", (unsigned long long)seed(), what,
                     now->text[i], right->text[i]);
        }
    }
    return damaged;
}

/* -- what happens to a page ---------------------------------------------------------------------
 */

enum harm { HARM_BIT, HARM_BYTE, HARM_PIECE, HARM_ZEROS, HARM_OTHER, HARM_COUNT };

/* alters at least one byte */
static void harm(unsigned char *file, size_t pages, size_t page, enum harm how)
{
    unsigned char *at = file + page * PAGE_BYTES;
    size_t from = draw(PAGE_BYTES);
    size_t len = 1 + draw(PAGE_BYTES - from);
    switch (how) {
    case HARM_BIT:
        at[from] ^= (unsigned char)(1u << draw(8));
        break;
    case HARM_BYTE:
        at[from] ^= (unsigned char)(1 + draw(255));
        break;
    case HARM_PIECE:
        for (size_t i = 0; i < len; i++) {
            at[from + i] ^= (unsigned char)draw(256);
        }
        at[from] ^= 0x55;
        break;
    case HARM_ZEROS:
        memset(at, 0, PAGE_BYTES);
        break;
    case HARM_OTHER: /* a page that is whole, in the place of another */
        memcpy(at, file + (page + 1) % pages * PAGE_BYTES, PAGE_BYTES);
        break;
    case HARM_COUNT:
        break;
    }
}

/* is every answer right, or is the store damaged? And is the damage noticed by the check? */
static bool judge(const struct answers *right, const char *what, unsigned *ret_damaged)
{
    struct answers now = { .count = 0 };
    if (!fixture_open(&fixture, false)) {
        assert_int_equal(fixture.fault.code, FAULT_CORRUPT);
        *ret_damaged = 1;
        return true;
    }
    ask(&now);
    *ret_damaged = compare(right, &now, what);
    bool noticed = !record_store_sqlite_check(fixture.store, &fixture.arena, &fixture.fault);
    if (noticed) {
        assert_int_equal(fixture.fault.code, FAULT_CORRUPT);
    }
    answers_release(&now);
    record_store_close(fixture.store);
    fixture.store = NULL;
    return noticed;
}

/* pages that SQLite has put aside for later: nothing is in them */
static size_t free_pages(const unsigned char *file)
{
    return (size_t)file[36] << 24 | (size_t)file[37] << 16 | (size_t)file[38] << 8 | file[39];
}

static void every_altered_page_is_noticed(void **state)
{
    struct answers right = { .count = 0 };
    char path[TEST_PATH];
    size_t len;
    size_t unnoticed = 0;
    unsigned damaged = 0;
    (void)state;
    ask(&right);
    record_store_close(fixture.store);
    fixture.store = NULL;
    test_path(path, fixture.directory, STORE_ODS ".sqlite");
    unsigned char *whole = (unsigned char *)test_file_read(path, &len);
    unsigned char *altered = malloc(len);
    size_t pages = len / PAGE_BYTES;
    assert_true(whole != NULL && altered != NULL && pages > 30);
    for (size_t i = 0; i < pages * HARM_COUNT; i++) {
        char what[80];
        size_t page = i / HARM_COUNT;
        enum harm how = (enum harm)(i % HARM_COUNT);
        unsigned met;
        memcpy(altered, whole, len);
        harm(altered, pages, page, how);
        test_file_write(path, altered, len);
        (void)snprintf(what, sizeof what, "page %zu of %zu, harm %d", page + 1, pages, (int)how);
        unnoticed += !judge(&right, what, &met);
        damaged += met > 0;
    }
    print_message("%zu times %d altered pages, %u met by a question\n", pages, HARM_COUNT, damaged);
    assert_int_equal(unnoticed, free_pages(whole) * HARM_COUNT);
    assert_true(damaged > pages * HARM_COUNT / 2);
    assert_true(logged > pages * HARM_COUNT / 2);
    test_file_write(path, whole, len);
    free(whole);
    free(altered);
    assert_true(fixture_open(&fixture, false));
    answers_release(&right);
}

/* one byte of the page in each frame from `first` on; twice is not at all */
static void alter_frames(const char *path, size_t first, size_t count)
{
    size_t len;
    unsigned char *log = (unsigned char *)test_file_read(path, &len);
    assert_non_null(log);
    for (size_t i = first; i < first + count; i++) {
        size_t at = LOG_HEADER + i * LOG_FRAME + LOG_FRAME_HEADER + i * 5 % PAGE_BYTES;
        assert_true(at < len);
        log[at] ^= 1;
    }
    test_file_write(path, log, len);
    free(log);
}

static unsigned ask_again(const struct answers *right, const char *what)
{
    struct answers now = { .count = 0 };
    ask(&now);
    unsigned damaged = compare(right, &now, what);
    answers_release(&now);
    return damaged;
}

/* the log of a store that is open: SQLite's own checks have passed it already */
static void an_altered_log_is_noticed(void **state)
{
    struct answers right = { .count = 0 };
    char path[TEST_PATH];
    size_t len;
    (void)state;
    ask(&right);
    test_path(path, fixture.directory, STORE_ODS ".sqlite-wal");
    free(test_file_read(path, &len));
    size_t frames = (len - LOG_HEADER) / LOG_FRAME;
    assert_true(len > LOG_HEADER && frames > 40);
    unsigned damaged = 0;
    for (size_t i = 0; i < 40; i++) {
        alter_frames(path, frames - 1 - i, 1);
        damaged += ask_again(&right, "one frame") > 0;
        alter_frames(path, frames - 1 - i, 1);
    }
    assert_true(damaged > 0);
    /* nothing of it is moved into the database when the store is closed */
    alter_frames(path, 0, frames);
    assert_true(ask_again(&right, "all frames") > 0);
    record_store_close(fixture.store);
    alter_frames(path, 0, frames);
    assert_true(fixture_open(&fixture, false));
    assert_int_equal(ask_again(&right, "opened anew"), 0);
    assert_true(record_store_sqlite_check(fixture.store, &fixture.arena, &fixture.fault));
    answers_release(&right);
}

static void a_seal_fits_one_page(void **state)
{
    unsigned char page[PAGE_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof page; i++) {
        page[i] = (unsigned char)draw(256);
    }
    db_page_seal(page, 7);
    assert_true(db_page_is_sealed(page, 7));
    assert_false(db_page_is_sealed(page, 8));
    assert_memory_equal(page + PAGE_BYTES - PAGE_RESERVED, "EvP1\x07\0\0\0", 8);
    for (size_t bit = 0; bit < (size_t)PAGE_BYTES * 8; bit++) {
        page[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_false(db_page_is_sealed(page, 7));
        page[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    assert_true(db_page_is_sealed(page, 7));
}

/* bodies have a check of their own: also in a backup, or under another program */
static void an_altered_body_is_noticed(void **state)
{
    struct arena arena;
    struct fault fault;
    struct slice packed;
    struct slice again;
    unsigned dictionary;
    unsigned noticed = 0;
    const struct slice body = SLICE("{\"resourceType\":\"Observation\",\"valueString\":\"q8v2z\"}");
    (void)state;
    arena_init(&arena, MIB(4));
    assert_true(codec_start());
    assert_true(codec_compress(body, &arena, &packed, &dictionary, &fault));
    for (size_t bit = 0; bit < packed.len * 8; bit++) {
        char *bytes = (char *)packed.ptr;
        bytes[bit / 8] ^= (char)(1u << bit % 8);
        if (codec_expand(packed, dictionary, &arena, &again, &fault)) {
            assert_true(slice_equal(again, body));
        } else {
            assert_int_equal(fault.code, FAULT_CORRUPT);
            noticed++;
        }
        bytes[bit / 8] ^= (char)(1u << bit % 8);
    }
    assert_true(noticed > packed.len * 7); /* a frame has a bit or two that mean nothing */
    arena_release(&arena);
}

static void count_line(struct slice line, void *context)
{
    (void)context;
    logged += slice_find_slice(line, SLICE("store.page-damaged")) < line.len;
    assert_true(slice_find_slice(line, SLICE("Family")) >= line.len);
}

static int set_up(void **state)
{
    (void)state;
    random_state = seed();
    log_set_sink(count_line, NULL);
    fixture_init(&fixture, STORE_SQLITE);
    populate();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    log_set_sink(NULL, NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seal_fits_one_page),
        cmocka_unit_test(an_altered_body_is_noticed),
        cmocka_unit_test_setup_teardown(every_altered_page_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_altered_log_is_noticed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
