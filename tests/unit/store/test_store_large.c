/*
 * Large commits: what one costs the disk, and that its keys all come into both indexes, whatever
 * their number.
 */
#include "store_fixture.h"

#include "fault/failing_os.h"
#include "store/sqlite/db_page.h"
#include "store/sqlite/record_private.h"
#include "store/sqlite/record_store_sqlite.h"

#define ROWS 2500 /* of a large commit */

static struct store_fixture fixture;

/* ids that lie anywhere in the locator; codes and patients as in a real store: a few of each */
static void write_rows(unsigned commit_number)
{
    struct record_change *changes = arena_array(&fixture.arena, ROWS, struct record_change);
    for (unsigned i = 0; i < ROWS; i++) {
        unsigned number = commit_number * ROWS + i;
        changes[i] = (struct record_change){
            .kind = CHANGE_UPDATE,
            .type = FHIR_OBSERVATION,
            .id = arena_printf(&fixture.arena, "o%u", number),
            .body = arena_printf(&fixture.arena,
                                 "{\"resourceType\":\"Observation\",\"code\":{\"coding\":[{"
                                 "\"system\":\"urn:s\",\"code\":\"c%u\"}]},\"subject\":{"
                                 "\"reference\":\"Patient/p%u\"},\"valueInteger\":%u}",
                                 number % 97, number % 5, number),
        };
    }
    assert_true(commit(&fixture, changes, ROWS));
    fixture_clear(&fixture);
}

static void check_store(void)
{
    if (!record_store_sqlite_check(fixture.store, &fixture.arena, &fixture.fault)) {
        fail_msg("%.*s (%.*s)", SLICE_PRINT(fixture.fault.message),
                 SLICE_PRINT(fixture.fault.detail));
    }
}

/* each row is looked for before it is put, and its id lies with those of other commits */
static void a_large_commit_reads_a_page_once(void **state)
{
    struct record_store_figures figures;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        write_rows(i);
    }
    assert_true(record_store_figures(fixture.store, &figures, &fixture.fault));
    /* closed and opened, so that no page lies in memory and each is one read of the file */
    record_store_close(fixture.store);
    fixture_clear(&fixture);
    assert_true(fixture_open(&fixture, false));
    failing_os_install();
    write_rows(3);
    uint64_t reads = failing_os_count(FAIL_PREAD);
    failing_os_remove();
    print_message("%u reads, %u pages at most\n", (unsigned)reads,
                  (unsigned)(figures.bytes_on_disk / PAGE_BYTES));
    assert_true(reads <= figures.bytes_on_disk / PAGE_BYTES);
    check_store();
}

/* afterwards the store keeps no more than its share of all pages */
static void a_large_commit_leaves_little_behind(void **state)
{
    struct sqlite_store *store = (struct sqlite_store *)fixture.store;
    int used;
    int most;
    (void)state;
    write_rows(4);
    assert_int_equal(sqlite3_db_status(database_writer(store->database)->db,
                                       SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0),
                     SQLITE_OK);
    assert_in_range(used, 0, LIMIT_STORE_CACHE / LIMIT_STORES_OPEN);
}

/* `codes` of them, from `first`: none of the keys is that of another number */
static void put_codes(unsigned first, unsigned codes)
{
    struct strbuf text;
    strbuf_init(&text, MIB(1));
    strbuf_add_string(&text, "{\"resourceType\":\"Observation\",\"code\":{\"coding\":[");
    for (unsigned i = first; i < first + codes; i++) {
        strbuf_addf(&text, "%s{\"code\":\"n%u\"}", i > first ? "," : "", i);
    }
    strbuf_add_string(&text, "]},\"subject\":{\"reference\":\"Patient/p1\"}}");
    assert_int_not_equal(
        put(&fixture, FHIR_OBSERVATION, "codes", "%.*s", SLICE_PRINT(strbuf_slice(&text))), -1);
    strbuf_release(&text);
}

static bool finds_code(unsigned code)
{
    char text[40];
    (void)snprintf(text, sizeof text, "Observation?code=n%u", code);
    return strcmp(search(&fixture, &fixture.job, NULL, text), "codes ") == 0;
}

/* every second one of the former version's keys is a new one's, too: removed and put in turn */
static void any_number_of_keys_comes_into_the_indexes(void **state)
{
    (void)state;
    for (unsigned codes = 1; codes <= 3 * KEYS_AT_ONCE; codes++) {
        put_codes(codes / 2, codes);
        assert_true(finds_code(codes / 2));
        assert_true(finds_code(codes / 2 + codes - 1));
        assert_false(finds_code(codes / 2 + codes));
        assert_true(codes / 2 == 0 || !finds_code(codes / 2 - 1));
        check_store();
        fixture_clear(&fixture);
    }
}

/* of few different bytes, so that many are equal, or beginnings of others */
static void make_key(char *at, size_t len, uint32_t number)
{
    memset(at, 'a', len);
    for (size_t i = 0; i < 5; i++) {
        at[(number * 7 + i * 5) % len] = (char)(0x7e + number % 3); /* on both sides of the sign */
    }
}

static void queued_keys_come_in_order(void **state)
{
    static const size_t counts[] = { 0, 1, 2, 8, 9, 17, 1000 };
    static char texts[1000][QUEUED_PREFIX + 4]; /* their places tell in which order they came */
    (void)state;
    for (size_t c = 0; c < ARRAY_LENGTH(counts); c++) {
        struct queued_keys keys = { .items = { NULL, 0, 0 } };
        for (uint32_t i = 0; i < counts[c]; i++) {
            size_t len = QUEUED_PREFIX + i * 31 % 4;
            char *text = texts[i];
            make_key(text, len, i * 2654435761u % 23);
            struct queued_key *queued = vector_push(&keys.items, &fixture.arena);
            if (queued == NULL) {
                fail();
                return;
            }
            *queued = queued_key_of(text, len, i % 2 == 0);
        }
        size_t distinct = counts[c] > 0;
        assert_true(queued_keys_sort(&keys, &fixture.arena));
        for (size_t i = 1; i < counts[c]; i++) {
            const struct queued_key *a = &keys.items.at[i - 1];
            const struct queued_key *b = &keys.items.at[i];
            int order = slice_compare(slice_of(a->key, a->len), slice_of(b->key, b->len));
            assert_true(order < 0 || (order == 0 && a->key < b->key)); /* as they were made */
            distinct += order < 0;
        }
        queued_keys_drop_repeats(&keys);
        assert_int_equal(keys.items.count, distinct);
        fixture_clear(&fixture);
    }
}

static int make_patients(void **state)
{
    (void)state;
    fixture_init(&fixture, STORE_SQLITE);
    for (unsigned patient = 0; patient < 5; patient++) {
        char id[8];
        (void)snprintf(id, sizeof id, "p%u", patient);
        assert_int_equal(put(&fixture, FHIR_PATIENT, id, "{\"resourceType\":\"Patient\"}"),
                         EFFECT_CREATED);
    }
    return 0;
}

static int release(void **state)
{
    (void)state;
    fixture_release(&fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queued_keys_come_in_order),
        cmocka_unit_test(any_number_of_keys_comes_into_the_indexes), /* while the store is small */
        cmocka_unit_test(a_large_commit_reads_a_page_once),
        cmocka_unit_test(a_large_commit_leaves_little_behind),
    };
    return cmocka_run_group_tests(tests, make_patients, release);
}
