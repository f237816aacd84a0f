/* Rows, order, atomic writes, expectations, reopening, versions, every failing call. */
#include "support/check.h"

#include <errno.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/limits.h"
#include "fault/failing_os.h"
#include "store/sqlite/exchange_store_sqlite.h"
#include "store/sqlite/db_page.h"
#include "support/directory.h"

struct fixture {
    char directory[64];
    char path[128];
    struct arena arena;
    struct committer *committer;
    struct exchange_store *store;
};

static bool open_store(struct fixture *self, bool create, struct fault *fault)
{
    self->store =
        exchange_store_sqlite_open(self->path, create, self->committer, &self->arena, fault);
    return self->store != NULL;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fault fault;
    fixture = (struct fixture){ .directory = "/tmp/evenlode-exchange-XXXXXX" };
    assert_non_null(mkdtemp(fixture.directory));
    (void)snprintf(fixture.path, sizeof fixture.path, "%s/exchange.sqlite", fixture.directory);
    arena_init(&fixture.arena, MIB(64));
    fixture.committer = committer_new(1);
    assert_non_null(fixture.committer);
    assert_true(open_store(&fixture, true, &fault));
    *state = &fixture;
    return 0;
}

static void remove_files(struct fixture *self)
{
    char path[160];
    static const char *const endings[] = { "", "-wal", "-journal" };
    for (size_t i = 0; i < ARRAY_LENGTH(endings); i++) {
        (void)snprintf(path, sizeof path, "%s%s", self->path, endings[i]);
        unlink(path);
    }
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    exchange_store_close(self->store);
    committer_free(self->committer);
    remove_files(self);
    assert_int_equal(rmdir(self->directory), 0);
    arena_release(&self->arena);
    return 0;
}

static struct exchange_step step(enum exchange_step_kind kind, enum exchange_table table,
                                 const char *key, const char *value)
{
    return (struct exchange_step){ kind,
                                   { table, slice_from_string(key), slice_from_string(value) } };
}

static bool commit(struct fixture *self, struct exchange_step *steps, size_t count,
                   struct fault *fault)
{
    struct exchange_write write = { .arena = &self->arena, .steps = steps, .count = count };
    return exchange_store_commit(self->store, &write, fault);
}

static void put(struct fixture *self, enum exchange_table table, const char *key, const char *value)
{
    struct fault fault;
    struct exchange_step one = step(EXCHANGE_PUT, table, key, value);
    assert_true(commit(self, &one, 1, &fault));
}

static const char *get(struct fixture *self, enum exchange_table table, const char *key)
{
    struct slice value;
    bool found;
    struct fault fault;
    assert_true(exchange_store_get(self->store, table, slice_from_string(key), &self->arena, &value,
                                   &found, &fault));
    return found ? arena_string(&self->arena, value) : NULL;
}

static void rows_are_kept_by_table_and_key(void **state)
{
    struct fixture *self = *state;
    put(self, EXCHANGE_USER, "a", "1");
    put(self, EXCHANGE_SESSION, "a", "2");
    put(self, EXCHANGE_USER, "a", "3");
    assert_string_equal(get(self, EXCHANGE_USER, "a"), "3");
    assert_string_equal(get(self, EXCHANGE_SESSION, "a"), "2");
    assert_null(get(self, EXCHANGE_CHOICE, "a"));
    struct fault fault;
    struct exchange_step gone = step(EXCHANGE_DELETE, EXCHANGE_USER, "a", "");
    assert_true(commit(self, &gone, 1, &fault));
    assert_null(get(self, EXCHANGE_USER, "a"));
    put(self, EXCHANGE_USER, "empty", "");
    assert_string_equal(get(self, EXCHANGE_USER, "empty"), "");
}

static void a_write_is_all_or_nothing(void **state)
{
    struct fixture *self = *state;
    struct fault fault;
    put(self, EXCHANGE_LINK, "x", "1");
    struct exchange_step steps[] = {
        step(EXCHANGE_PUT, EXCHANGE_LINK, "y", "1"),
        step(EXCHANGE_PUT, EXCHANGE_LINK, "x", "2"),
        step(EXCHANGE_EXPECT, EXCHANGE_LINK, "x", "other"),
    };
    assert_false(commit(self, steps, 3, &fault));
    assert_int_equal(fault.code, FAULT_CONFLICT);
    assert_string_equal(get(self, EXCHANGE_LINK, "x"), "1");
    assert_null(get(self, EXCHANGE_LINK, "y"));
    steps[2] = step(EXCHANGE_EXPECT, EXCHANGE_LINK, "x", "1"); /* as it stood before */
    assert_true(commit(self, steps, 3, &fault));
    assert_string_equal(get(self, EXCHANGE_LINK, "x"), "2");
    struct exchange_step absent = step(EXCHANGE_EXPECT_ABSENT, EXCHANGE_LINK, "x", "");
    assert_false(commit(self, &absent, 1, &fault));
    assert_int_equal(fault.code, FAULT_CONFLICT);
    absent = step(EXCHANGE_EXPECT_ABSENT, EXCHANGE_LINK, "z", "");
    assert_true(commit(self, &absent, 1, &fault));
    struct exchange_step missing = step(EXCHANGE_EXPECT, EXCHANGE_LINK, "z", "");
    assert_false(commit(self, &missing, 1, &fault));
}

struct seen {
    char text[256];
    size_t stop_after;
    size_t count;
};

static bool see(void *context, const struct exchange_row *row)
{
    struct seen *seen = context;
    struct slice key = row->key;
    struct slice part;
    size_t len = strlen(seen->text);
    if (!exchange_key_take_text(&key, &part)) {
        part = row->key;
    }
    (void)snprintf(seen->text + len, sizeof seen->text - len, "%.*s=%.*s ", SLICE_PRINT(part),
                   SLICE_PRINT(row->value));
    return ++seen->count != seen->stop_after;
}

static void scan(struct fixture *self, const char *prefix, const char *after, uint32_t limit,
                 size_t stop_after, const char *expected)
{
    struct seen seen = { .stop_after = stop_after };
    struct fault fault;
    assert_true(exchange_store_scan(self->store, EXCHANGE_SETTING, slice_from_string(prefix),
                                    slice_from_string(after), limit, &self->arena, see, &seen,
                                    &fault));
    assert_string_equal(seen.text, expected);
}

static void scans_are_in_order_and_stop(void **state)
{
    struct fixture *self = *state;
    put(self, EXCHANGE_SETTING, "b", "2");
    put(self, EXCHANGE_SETTING, "a", "1");
    put(self, EXCHANGE_SETTING, "ab", "3");
    put(self, EXCHANGE_SETTING, "\xff", "4");
    put(self, EXCHANGE_SETTING, "\xff\xff", "5");
    put(self, EXCHANGE_ORGANISATION, "a", "not this one");
    scan(self, "", "", 0, 0, "a=1 ab=3 b=2 \xff=4 \xff\xff=5 ");
    scan(self, "a", "", 0, 0, "a=1 ab=3 ");
    scan(self, "\xff", "", 0, 0, "\xff=4 \xff\xff=5 ");
    scan(self, "", "a", 2, 0, "ab=3 b=2 ");
    scan(self, "", "aa", 1, 0, "ab=3 ");
    scan(self, "", "", 0, 3, "a=1 ab=3 b=2 ");
    scan(self, "c", "", 0, 0, "");
}

static void keys_keep_their_order(void **state)
{
    (void)state;
    struct strbuf key;
    struct slice rest;
    struct slice text;
    uint64_t number;
    strbuf_init(&key, 64);
    exchange_key_text(&key, SLICE("RTH"));
    exchange_key_u64(&key, 0x0102030405060708u);
    rest = strbuf_slice(&key);
    assert_true(exchange_key_take_text(&rest, &text));
    assert_slice(text, "RTH");
    assert_true(exchange_key_take_u64(&rest, &number));
    assert_true(number == 0x0102030405060708u);
    assert_false(exchange_key_take_u64(&rest, &number));
    assert_false(exchange_key_take_text(&rest, &text));
    exchange_key_text(&key, slice_of("a\0b", 3));
    assert_true(key.failed);
    strbuf_release(&key);
}

static void what_was_written_is_there_after_reopening(void **state)
{
    struct fixture *self = *state;
    struct fault fault;
    put(self, EXCHANGE_PERSON, "1", "one");
    exchange_store_close(self->store);
    assert_true(open_store(self, false, &fault));
    assert_string_equal(get(self, EXCHANGE_PERSON, "1"), "one");
}

/* what SQLite's own program would do to the file, and then, if asked, seals for its pages */
static void alter(struct fixture *self, const char *sql, bool sealed)
{
    sqlite3 *db;
    size_t len;
    assert_int_equal(sqlite3_open(self->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    char *file = test_file_read(self->path, &len);
    assert_non_null(file);
    for (size_t i = 0; sealed && i < len / PAGE_BYTES; i++) {
        db_page_seal((unsigned char *)file + i * PAGE_BYTES, (uint32_t)i + 1);
    }
    test_file_write(self->path, file, len);
    free(file);
}

static void refuses(struct fixture *self, enum fault_code code, const char *message)
{
    struct fault fault;
    assert_false(open_store(self, false, &fault));
    assert_int_equal(fault.code, code);
    assert_slice(fault.message, message);
}

static void an_older_newer_or_foreign_file_is_refused(void **state)
{
    struct fixture *self = *state;
    exchange_store_close(self->store);
    self->store = NULL;
    alter(self, "PRAGMA user_version=999", true);
    refuses(self, FAULT_VERSION, "the exchange store was written by a newer Evenlode");
    alter(self, "PRAGMA user_version=1", true);
    refuses(self, FAULT_VERSION, "the exchange store was written by an older Evenlode");
    alter(self, "PRAGMA application_id=7", true);
    refuses(self, FAULT_CORRUPT, "the file is no exchange store");
    remove_files(self);
    refuses(self, FAULT_NOT_FOUND, "there is no such exchange store");
    alter(self, "PRAGMA page_size=8192; PRAGMA user_version=1; CREATE TABLE entry(x)", false);
    refuses(self, FAULT_VERSION, "the exchange store was written by an older Evenlode");
}

static void a_file_that_another_program_wrote_is_damaged(void **state)
{
    struct fixture *self = *state;
    put(self, EXCHANGE_PERSON, "1", "one");
    exchange_store_close(self->store);
    self->store = NULL;
    alter(self, "DELETE FROM entry; PRAGMA user_version=2", false);
    refuses(self, FAULT_CORRUPT, "the exchange store is damaged");
}

/*
 * Every call of every kind fails once. The write either says that it failed, or it is there; after
 * a failed sync the store takes nothing more until it is opened anew.
 */
static void each_failing_call_is_told(void **state)
{
    struct fixture *self = *state;
    struct fault fault;
    static const enum failing_call kinds[] = { FAIL_MALLOC, FAIL_PREAD, FAIL_PWRITE,
                                               FAIL_FDATASYNC };
    unsigned refused = 0;
    for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++) {
        for (uint64_t call = 1;; call++) {
            char value[32];
            (void)snprintf(value, sizeof value, "%zu.%u", k, (unsigned)call);
            struct exchange_step one = step(EXCHANGE_PUT, EXCHANGE_LOAD, "k", value);
            exchange_store_close(self->store);
            assert_true(open_store(self, false, &fault));
            failing_os_install();
            failing_os_fail(kinds[k], call, false, kinds[k] == FAIL_PWRITE ? ENOSPC : EIO);
            bool ok = commit(self, &one, 1, &fault);
            uint64_t failures = failing_os_failures();
            failing_os_remove();
            if (ok) {
                assert_string_equal(get(self, EXCHANGE_LOAD, "k"), value);
            } else {
                refused++;
                assert_int_not_equal(fault.code, FAULT_NONE);
                struct exchange_step after = step(EXCHANGE_PUT, EXCHANGE_LOAD, "after", value);
                bool goes_on = commit(self, &after, 1, &fault);
                assert_true(goes_on || kinds[k] == FAIL_FDATASYNC);
                if (kinds[k] == FAIL_FDATASYNC) {
                    assert_false(goes_on);
                }
            }
            if (failures == 0) {
                break;
            }
        }
    }
    assert_true(refused > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_kept_by_table_and_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_write_is_all_or_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(scans_are_in_order_and_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_keep_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_written_is_there_after_reopening, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_older_newer_or_foreign_file_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_another_program_wrote_is_damaged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_failing_call_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
