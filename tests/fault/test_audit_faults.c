/*
 * Every call of the system fails once, and once for good, while the audit log is opened after a
 * crash, written, turned over to new segments, flushed and closed. Whatever happens, nothing that
 * was acknowledged is missing when the log is opened again, and it verifies.
 */
#include "support/check.h"

#include <errno.h>

#include "audit/log.h"
#include "base/limits.h"
#include "fault/failing_os.h"
#include "support/directory.h"

static char root[TEST_PATH];
static char crashed[TEST_PATH]; /* a log whose head is behind its frames, and a torn frame */
static char work[TEST_PATH];
static struct arena arena;
static struct committer *committer;
static const struct audit_options options = { 1200, 0 }; /* new segments and heads all the time */

static struct audit_entry an_entry(void)
{
    struct audit_entry entry = AUDIT_ENTRY_INIT;
    entry.kind = AUDIT_GRANTED;
    entry.user = SLICE("dr.okafor");
    entry.reason = SLICE("a reason that makes the entry long enough to fill a segment soon");
    return entry;
}

static int setup(void **state)
{
    (void)state;
    static const struct audit_options no_heads = { MIB(1), INT64_MAX };
    struct audit_log *log = NULL;
    struct fault fault;
    test_directory_make(root);
    test_path(crashed, root, "crashed");
    test_path(work, root, "work");
    arena_init(&arena, MIB(64));
    committer = committer_new(1);
    if (!audit_open_with(work, committer, &no_heads, &log, &arena, &fault)) {
        return -1;
    }
    for (uint64_t i = 0; i < 5; i++) {
        uint64_t sequence;
        struct audit_entry entry = an_entry();
        if (!audit_append_wait(log, &entry, &sequence, &arena, &fault) || sequence != i) {
            return -1;
        }
    }
    test_directory_copy(work, crashed);
    char path[TEST_PATH];
    size_t len;
    test_path(path, crashed, "segment-00000000000000000000.log");
    char *bytes = test_file_read(path, &len);
    test_file_write(path, bytes, len - 40); /* the fifth was being written: 4 are whole */
    free(bytes);
    return audit_close(log, &arena, &fault) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    committer_free(committer);
    arena_release(&arena);
    test_directory_remove(root);
    return 0;
}

/* works as far as it goes; returns how many entries, from 0, are known to be durable */
static uint64_t scenario(void)
{
    struct audit_log *log = NULL;
    struct fault fault = FAULT_INIT;
    uint64_t durable = 4;
    bool refused = false;
    if (!audit_open_with(work, committer, &options, &log, &arena, &fault)) {
        assert_true(fault.code != FAULT_NONE && fault.code != FAULT_CORRUPT);
        return durable;
    }
    for (int i = 0; i < 10; i++) {
        uint64_t sequence;
        struct audit_entry entry = an_entry();
        if (audit_append_wait(log, &entry, &sequence, &arena, &fault)) {
            assert_int_equal(sequence, durable); /* no gap, whatever was refused between */
            durable++;
        } else {
            refused = true;
        }
    }
    (void)!audit_flush(log, &arena, &fault);
    uint64_t count;
    struct digest tree;
    bool failed;
    audit_status(log, &count, &tree, &failed);
    assert_true(!failed || refused || failing_os_failures() > 0);
    (void)audit_close(log, &arena, &fault);
    return durable;
}

static void check(uint64_t durable, const char *what, uint64_t k)
{
    struct audit_log *log = NULL;
    struct audit_report report;
    struct fault fault = FAULT_INIT;
    if (!audit_open_with(work, committer, &options, &log, &arena, &fault)) {
        fail_msg("%s %llu: does not open again: %.*s", what, (unsigned long long)k,
                 SLICE_PRINT(fault.message));
    }
    uint64_t count;
    struct digest tree;
    bool failed;
    audit_status(log, &count, &tree, &failed);
    assert_true(audit_close(log, &arena, &fault));
    assert_true(audit_verify(work, &report, &arena, &fault));
    if (count < durable || !report.intact || report.count != count) {
        fail_msg("%s %llu: %llu durable, %llu there, %sintact", what, (unsigned long long)k,
                 (unsigned long long)durable, (unsigned long long)count,
                 report.intact ? "" : "not ");
    }
}

static uint64_t count_calls(enum failing_call call)
{
    test_directory_copy(crashed, work);
    failing_os_install();
    uint64_t durable = scenario();
    uint64_t calls = failing_os_count(call);
    failing_os_remove();
    assert_int_equal(durable, 14);
    return calls;
}

static void fail_each(enum failing_call call, bool from_on, int error, uint64_t least)
{
    uint64_t calls = count_calls(call);
    assert_true(calls >= least);
    for (uint64_t k = 1; k <= calls; k++) {
        arena_reset(&arena);
        test_directory_copy(crashed, work);
        failing_os_install();
        failing_os_fail(call, k, from_on, error);
        uint64_t durable = scenario();
        uint64_t failures = failing_os_failures();
        failing_os_remove();
        assert_true(failures > 0);
        check(durable, failing_os_name(call), k);
    }
}

static void test_any_call_fails_once(void **state)
{
    (void)state;
    fail_each(FAIL_ANY_FILE, false, EIO, 100);
}

static void test_any_call_and_all_after_it_fail(void **state)
{
    (void)state;
    fail_each(FAIL_ANY_FILE, true, ENOSPC, 100);
}

static void test_odd_errors(void **state)
{
    (void)state;
    fail_each(FAIL_FDATASYNC, false, EINTR, 10); /* an interrupted sync is a failed one too */
    fail_each(FAIL_RENAME, false, EPERM, 1);
    fail_each(FAIL_PWRITE, false, EDQUOT, 10);
}

static void test_memory_ends(void **state)
{
    (void)state;
    fail_each(FAIL_MALLOC, false, ENOMEM, 10);
    fail_each(FAIL_MALLOC, true, ENOMEM, 10);
    fail_each(FAIL_RANDOM, false, EIO, 1);
}

/* short writes are no failures */
static void test_short_writes(void **state)
{
    (void)state;
    test_directory_copy(crashed, work);
    failing_os_install();
    failing_os_short(33);
    assert_int_equal(scenario(), 14);
    failing_os_remove();
    check(14, "short writes", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_call_fails_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_call_and_all_after_it_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(test_odd_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_short_writes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
