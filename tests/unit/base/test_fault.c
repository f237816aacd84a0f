/* A fault is always told, with or without memory. */
#include "support/check.h"

#include <errno.h>

#include "base/fault.h"

static void test_table(void **state)
{
    (void)state;
    assert_int_equal(fault_http_status(FAULT_NONE), 200);
    assert_int_equal(fault_http_status(FAULT_GONE), 410);
    assert_string_equal(fault_issue_code(FAULT_GONE), "deleted");
    assert_int_equal(fault_http_status(FAULT_NO_SPACE), 507);
    assert_int_equal(fault_exit_status(FAULT_NO_SPACE), 4);
    assert_string_equal(fault_name(FAULT_NO_MEMORY), "NO_MEMORY");
    for (int code = FAULT_MALFORMED; code <= FAULT_NO_MEMORY; code++) {
        assert_in_range(fault_http_status((enum fault_code)code), 400, 599);
        assert_in_range(fault_exit_status((enum fault_code)code), 1, 5);
        assert_true(strlen(fault_issue_code((enum fault_code)code)) > 0);
    }
}

static void test_filling(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    struct fault fault = FAULT_INIT;
    assert_false(fault_set(&fault, &arena, FAULT_INVALID, "no such %s", "parameter"));
    assert_int_equal(fault.code, FAULT_INVALID);
    assert_slice(fault.message, "no such parameter");
    assert_int_equal(fault.detail.len, 0);
    assert_false(fault_detail(&fault, &arena, "found %d", 3));
    assert_false(fault_hint(&fault, &arena, "try %d", 4));
    assert_slice(fault.detail, "found 3");
    assert_slice(fault.hint, "try 4");
    assert_false(fault_at(&fault, &arena, FAULT_CONTENT, SLICE("Patient.name"), "empty"));
    assert_slice(fault.where, "Patient.name");
    assert_int_equal(fault.detail.len, 0); /* a new fault clears the old */
    arena_release(&arena);
}

static void test_errno(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    struct fault fault = FAULT_INIT;
    static const int full[] = { ENOSPC, EDQUOT, EFBIG };
    for (size_t i = 0; i < ARRAY_LENGTH(full); i++) {
        fault_errno(&fault, &arena, full[i], "cannot write %s", "x");
        assert_int_equal(fault.code, FAULT_NO_SPACE);
    }
    assert_false(fault_errno(&fault, &arena, EIO, "cannot write %s", "x"));
    assert_int_equal(fault.code, FAULT_IO);
    assert_slice(fault.message, "cannot write x");
    assert_slice(fault.detail, strerror(EIO));
    fault_errno(&fault, &arena, 99999, "odd"); /* any errno is a failure */
    assert_int_equal(fault.code, FAULT_IO);
    assert_true(fault.detail.len > 0);
    arena_release(&arena);
}

static void test_without_memory(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    struct fault fault = FAULT_INIT;
    assert_false(fault_set(&fault, &arena, FAULT_CONFLICT, "text %d", 1));
    assert_int_equal(fault.code, FAULT_CONFLICT);
    assert_slice(fault.message, "CONFLICT");
    assert_false(fault_errno(&fault, &arena, EIO, "text"));
    assert_slice(fault.message, "IO");
    assert_false(fault_no_memory(&fault, &arena));
    assert_int_equal(fault.code, FAULT_NO_MEMORY);
    assert_true(fault.message.len > 0);
    assert_false(fault_no_memory(&fault, NULL));
    assert_int_equal(fault.code, FAULT_NO_MEMORY);
    arena_release(&arena);
}

static void test_ceiling_is_too_large(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 10000);
    while (arena_alloc(&arena, 500) != NULL) {
    }
    struct fault fault = FAULT_INIT;
    assert_false(fault_no_memory(&fault, &arena));
    assert_int_equal(fault.code, FAULT_TOO_LARGE);
    arena_release(&arena);
}

static void test_copy_outlives(void **state)
{
    (void)state;
    struct arena from;
    struct arena to;
    arena_init(&from, 1 << 16);
    arena_init(&to, 1 << 16);
    struct fault fault = FAULT_INIT;
    struct fault copy = FAULT_INIT;
    fault_at(&fault, &from, FAULT_CONTENT, SLICE("line 3"), "message");
    fault_detail(&fault, &from, "detail");
    fault_hint(&fault, &from, "hint");
    fault_copy(&copy, &to, &fault);
    arena_release(&from);
    assert_int_equal(copy.code, FAULT_CONTENT);
    assert_slice(copy.message, "message");
    assert_slice(copy.detail, "detail");
    assert_slice(copy.hint, "hint");
    assert_slice(copy.where, "line 3");
    arena_release(&to);
    arena_init(&to, 0);
    fault_set(&fault, &to, FAULT_GONE, "x");
    fault_copy(&copy, &to, &fault);
    assert_slice(copy.message, "GONE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_filling),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_ceiling_is_too_large),
        cmocka_unit_test(test_copy_outlives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
