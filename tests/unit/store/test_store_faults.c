/*
 * Every call of every kind fails once, while a write of several resources is prepared and
 * committed, and while it is read back. A write either says that it failed or is whole; after it
 * the store's tables fit each other; it goes on unless a sync failed. A full disk is waited out.
 */
#include "store_fixture.h"

#include <errno.h>

#include "fault/failing_os.h"
#include "store/sqlite/record_store_sqlite.h"

static struct store_fixture fixture;

static void open_fixture(void)
{
    if (!fixture_open(&fixture, true)) {
        fail_msg("%.*s", SLICE_PRINT(fixture.fault.message));
    }
}

static bool write_three(unsigned number)
{
    struct record_change changes[] = {
        { .kind = CHANGE_UPDATE,
          .type = FHIR_PATIENT,
          .id = SLICE("p"),
          .body = arena_printf(&fixture.arena,
                               "{\"resourceType\":\"Patient\",\"multipleBirthInteger\":%u,"
                               "\"name\":[{\"family\":\"f%u\"}]}",
                               number, number) },
        { .kind = CHANGE_UPDATE,
          .type = FHIR_OBSERVATION,
          .id = arena_printf(&fixture.arena, "o%u", number % 7),
          .body = arena_printf(&fixture.arena,
                               "{\"resourceType\":\"Observation\",\"code\":{\"coding\":[{"
                               "\"system\":\"urn:s%u\",\"code\":\"n%u\"}]},\"subject\":{"
                               "\"reference\":\"Patient/p\"}}",
                               number, number) },
        { .kind = CHANGE_UPDATE,
          .type = FHIR_ENCOUNTER,
          .id = SLICE("e"),
          .body =
              arena_printf(&fixture.arena,
                           "{\"resourceType\":\"Encounter\",\"identifier\":[{\"value\":\"n%u\"}],"
                           "\"serviceProvider\":{\"reference\":\"Organization/o\"},\"subject\":{"
                           "\"reference\":\"Patient/p\"}}",
                           number) },
    };
    return commit(&fixture, changes, ARRAY_LENGTH(changes));
}

static void check_store(const char *when)
{
    if (!record_store_sqlite_check(fixture.store, &fixture.arena, &fixture.fault)) {
        fail_msg("%s: %.*s (%.*s)", when, SLICE_PRINT(fixture.fault.message),
                 SLICE_PRINT(fixture.fault.detail));
    }
}

/* all three or none are of that number */
static bool is_written(unsigned number)
{
    char text[40];
    (void)snprintf(text, sizeof text, "Encounter?identifier=n%u", number);
    bool encounter = strcmp(search(&fixture, &fixture.job, "p", text), "e ") == 0;
    (void)snprintf(text, sizeof text, "Observation?code=n%u", number);
    bool observation = search(&fixture, &fixture.job, NULL, text)[0] == 'o';
    (void)snprintf(text, sizeof text, "Patient?family=f%u", number);
    /* f1 finds f10, too: all that matters is that the one patient is found under its last name */
    bool patient = strcmp(search(&fixture, &fixture.job, NULL, text), "p ") == 0;
    assert_int_equal(encounter, observation);
    assert_int_equal(encounter, patient);
    return encounter;
}

static unsigned fail_each(enum failing_call call, int error)
{
    static unsigned number = 1000;
    unsigned refused = 0;
    for (uint64_t k = 1;; k++) {
        char when[80];
        record_store_close(fixture.store);
        fixture_clear(&fixture);
        open_fixture();
        number++;
        (void)snprintf(when, sizeof when, "%s %u", failing_os_name(call), (unsigned)k);
        failing_os_install();
        failing_os_fail(call, k, false, error);
        bool ok = write_three(number);
        uint64_t failures = failing_os_failures();
        failing_os_remove();
        if (!ok) {
            assert_int_not_equal(fixture.fault.code, FAULT_NONE);
            refused++;
        }
        if (call == FAIL_FDATASYNC && failures > 0) {
            struct record_store_figures figures;
            assert_true(record_store_figures(fixture.store, &figures, &fixture.fault));
            assert_true(figures.failed);
            assert_false(write_three(number + 1)); /* never tried again */
            continue; /* what is on the disk is told when it is opened anew */
        }
        assert_int_equal(is_written(number), ok);
        if (call != FAIL_MALLOC || k % 16 == 0) { /* it reads the whole store */
            check_store(when);
        }
        if (failures == 0) {
            return refused;
        }
        assert_true(write_three(++number));
        assert_true(is_written(number));
    }
}

static void each_call_of_a_write_fails_once(void **state)
{
    (void)state;
    assert_true(write_three(1));
    assert_true(fail_each(FAIL_PWRITE, ENOSPC) > 3);
    assert_true(fail_each(FAIL_PWRITE, EIO) > 3);
    assert_true(fail_each(FAIL_FDATASYNC, EIO) > 0);
    fail_each(FAIL_PREAD, EIO);
    assert_true(fail_each(FAIL_MALLOC, ENOMEM) > 50);
}

static void a_full_disk_is_waited_out(void **state)
{
    (void)state;
    record_store_close(fixture.store);
    open_fixture();
    assert_true(write_three(2));
    failing_os_install();
    failing_os_fail(FAIL_PWRITE, 1, true, ENOSPC);
    for (unsigned i = 0; i < 5; i++) {
        assert_false(write_three(3));
        assert_int_equal(fixture.fault.code, FAULT_NO_SPACE);
    }
    failing_os_remove();
    assert_true(is_written(2));
    assert_true(write_three(4));
    assert_true(is_written(4));
    check_store("after the disk was full");
}

/*
 * After a failed sync the kernel may hold pages of the log that it believes to be on the disk. Who
 * opens the store next must write and sync them before anything is built on them.
 */
static void a_log_that_was_found_is_secured(void **state)
{
    (void)state;
    assert_true(write_three(5));
    failing_os_install();
    failing_os_fail(FAIL_FDATASYNC, 1, false, EIO);
    assert_false(write_three(6));
    failing_os_remove();
    record_store_close(fixture.store);
    failing_os_install();
    failing_os_fail(FAIL_PWRITE, 0, false, 0);
    open_fixture();
    uint64_t writes = failing_os_count(FAIL_PWRITE);
    uint64_t syncs = failing_os_count(FAIL_FDATASYNC);
    failing_os_remove();
    assert_true(writes > 0);
    assert_true(syncs > 0);
    check_store("after a failed sync");
    assert_true(write_three(7));
    assert_true(is_written(7));
}

static void reads_fail_cleanly(void **state)
{
    (void)state;
    for (uint64_t k = 1;; k++) {
        record_store_close(fixture.store);
        fixture_clear(&fixture);
        open_fixture();
        failing_os_install();
        failing_os_fail(FAIL_MALLOC, k, false, ENOMEM);
        const struct store_query query = { .kind = QUERY_EVERYTHING,
                                           .patient_id = SLICE("p"),
                                           .with_total = true };
        struct record_cursor *cursor;
        struct stored_resource row;
        enum cursor_step step = CURSOR_FAULT;
        unsigned rows = 0;
        if (record_store_query(fixture.store, &fixture.job, &query, &fixture.arena, NULL, NULL,
                               &cursor, &fixture.fault)) {
            while ((step = record_cursor_next(cursor, &row, &fixture.fault)) == CURSOR_ROW) {
                rows++;
            }
            record_cursor_free(cursor);
        }
        uint64_t failures = failing_os_failures();
        failing_os_remove();
        if (step == CURSOR_FAULT) {
            assert_int_not_equal(fixture.fault.code, FAULT_NONE);
        } else {
            assert_true(rows > 2);
        }
        if (failures == 0) {
            break;
        }
    }
}

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture, STORE_SQLITE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_of_a_write_fails_once),
        cmocka_unit_test(a_full_disk_is_waited_out),
        cmocka_unit_test(a_log_that_was_found_is_secured),
        cmocka_unit_test(reads_fail_cleanly),
    };
    return digest_start() ? cmocka_run_group_tests(tests, set_up, tear_down) : 1;
}
