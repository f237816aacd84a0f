/* Ceiling, growth in place, reset, alignment, and what happens when memory ends. */
#include "support/check.h"

#include "base/arena.h"
#include "fault/failing_os.h"

static void test_pieces_are_apart_and_aligned(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 16 * 1024 * 1024);
    static unsigned char *pieces[3000];
    static size_t sizes[3000];
    for (size_t i = 0; i < ARRAY_LENGTH(pieces); i++) {
        sizes[i] = (i * 7919) % 3001;
        pieces[i] = arena_alloc(&arena, sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)(i & 0xff), sizes[i]);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(pieces); i++) {
        for (size_t j = 0; j < sizes[i]; j++) {
            assert_int_equal(pieces[i][j], i & 0xff);
        }
    }
    arena_release(&arena);
}

static void test_ceiling(void **state)
{
    (void)state;
    for (size_t ceiling = 0; ceiling < 40000; ceiling += 997) {
        struct arena arena;
        arena_init(&arena, ceiling);
        size_t given = 0;
        while (arena_alloc(&arena, 100) != NULL) {
            given += 100;
            assert_true(arena.used <= ceiling);
        }
        assert_true(given <= ceiling);
        assert_true(arena.exhausted);
        if (ceiling > 20000) { /* most of what may be used can be used, book-keeping apart */
            assert_true(given > ceiling / 2);
        }
        assert_null(arena_alloc(&arena, ceiling + 1));
        arena_clear(&arena);
        assert_false(arena.exhausted);
        assert_int_equal(arena.used, 0);
        arena_release(&arena);
    }
}

static void test_overflowing_sizes(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 8));
    assert_null(arena_alloc(&arena, SIZE_MAX - 40));
    assert_null(arena_zeroed(&arena, SIZE_MAX / 2, 3));
    assert_null(arena_copy(&arena, slice_of("x", SIZE_MAX)).ptr);
    assert_true(arena.exhausted);
    arena_release(&arena);
}

static void test_zeroed(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    memset(arena_alloc(&arena, 2000), 0xff, 2000);
    arena_reset(&arena);
    const unsigned char *bytes = arena_zeroed(&arena, 500, 4);
    for (size_t i = 0; i < 2000; i++) {
        assert_int_equal(bytes[i], 0);
    }
    arena_release(&arena);
}

static void test_grow_in_place(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    char *first = arena_alloc(&arena, 40);
    memset(first, 'a', 40);
    char *grown = arena_grow(&arena, first, 40, 400);
    assert_ptr_equal(grown, first);
    memset(grown + 40, 'b', 360);
    char *other = arena_alloc(&arena, 8);
    memset(other, 'c', 8);
    char *moved = arena_grow(&arena, grown, 400, 800); /* no longer the newest */
    assert_ptr_not_equal(moved, grown);
    assert_int_equal(moved[0], 'a');
    assert_int_equal(moved[399], 'b');
    assert_int_equal(other[0], 'c');
    char *far = arena_grow(&arena, moved, 800, 100000); /* does not fit the block */
    assert_int_equal(far[39], 'a');
    assert_int_equal(far[40], 'b');
    char *fresh = arena_grow(&arena, NULL, 0, 16);
    assert_non_null(fresh);
    char *after = arena_alloc(&arena, 16);
    memset(after, 'd', 16);
    assert_null(arena_grow(&arena, after, 16, SIZE_MAX));
    assert_null(arena_grow(&arena, after, 16, 2 << 20));
    assert_int_equal(after[15], 'd');
    arena_release(&arena);
}

/* growing step by step, as a vector does, keeps every byte and neighbours apart */
static void test_grow_many_times(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 8 << 20);
    unsigned char *bytes = NULL;
    size_t size = 0;
    for (size_t step = 1; step < 300; step++) {
        unsigned char *more = arena_grow(&arena, bytes, size, size + step);
        assert_non_null(more);
        for (size_t i = 0; i < step; i++) {
            more[size + i] = (unsigned char)((size + i) % 251);
        }
        bytes = more;
        size += step;
        if (step % 17 == 0) {
            memset(arena_alloc(&arena, 24), 0xee, 24);
        }
    }
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(bytes[i], i % 251);
    }
    arena_release(&arena);
}

static void test_reset_keeps_one_block(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 16 << 20);
    failing_os_install();
    for (int i = 0; i < 200; i++) {
        assert_non_null(arena_alloc(&arena, 900));
    }
    arena_reset(&arena);
    size_t kept = arena.used;
    assert_true(kept > 0);
    failing_os_fail(FAIL_MALLOC, 0, false, 0);
    for (int round = 0; round < 100; round++) {
        assert_non_null(arena_alloc(&arena, 900));
        arena_reset(&arena);
        assert_int_equal(arena.used, kept);
    }
    assert_int_equal(failing_os_count(FAIL_MALLOC), 0);
    assert_non_null(arena_alloc(&arena, 4 << 20));
    arena_release(&arena);
    failing_os_remove();
    arena_reset(&arena); /* of an empty arena */
}

static void test_without_memory(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    failing_os_install();
    failing_os_fail(FAIL_MALLOC, 2, false, 0);
    assert_non_null(arena_alloc(&arena, 100));
    size_t used = arena.used;
    assert_null(arena_alloc(&arena, 100000));
    assert_true(arena.exhausted);
    assert_int_equal(arena.used, used);
    assert_non_null(arena_alloc(&arena, 100000)); /* the third call succeeds again */
    arena_release(&arena);
    failing_os_remove();
}

static void test_texts(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    struct slice copy = arena_copy(&arena, SLICE("abc"));
    assert_slice(copy, "abc");
    assert_int_equal(copy.ptr[3], '\0');
    struct slice empty = arena_copy(&arena, (struct slice){ NULL, 0 });
    assert_non_null(empty.ptr);
    assert_int_equal(empty.len, 0);
    assert_string_equal(arena_string(&arena, SLICE("path")), "path");
    assert_null(arena_string(&arena, SLICE("pa\0th")));
    assert_slice(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
    assert_slice(arena_printf(&arena, "%s", ""), "");
    struct slice huge = arena_printf(&arena, "%*d", 1 << 20, 1);
    assert_null(huge.ptr);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_apart_and_aligned),
        cmocka_unit_test(test_ceiling),
        cmocka_unit_test(test_overflowing_sizes),
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_grow_in_place),
        cmocka_unit_test(test_grow_many_times),
        cmocka_unit_test(test_reset_keeps_one_block),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
