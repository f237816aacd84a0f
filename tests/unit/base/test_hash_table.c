/*
 * Hash table and vector: against the published SipHash vectors, and against a plain array.
 */
#include "base/hash_table.h"

#include "base/limits.h"
#include "base/vector.h"
#include "testing.h"

/* the test vectors of the SipHash paper (appendix A): key 00..0f, message 00..0e */
static void test_siphash_of_the_paper(void **state)
{
    (void)state;
    uint64_t key[2] = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };
    char message[15];
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] = (char)i;
    }
    assert_true(hash_siphash(slice_of(message, 15), key) == 0xa129ca6149be45e5u);
    assert_true(hash_siphash(slice_of(message, 0), key) == 0x726fdb47dd0e0e31u);
    assert_true(hash_siphash(slice_of(message, 8), key) == 0x93f5f5799a932462u);
}

static void test_keyed_hash_is_stable_within_the_process(void **state)
{
    (void)state;
    assert_true(hash_keyed(SLICE("a")) == hash_keyed(SLICE("a")));
    assert_true(hash_keyed(SLICE("a")) != hash_keyed(SLICE("b")));
    uint64_t no_key[2] = { 0, 0 };
    assert_true(hash_keyed(SLICE("a")) != hash_siphash(SLICE("a"), no_key));
}

static void test_put_and_find(void **state)
{
    (void)state;
    struct arena arena;
    struct hash_table table;
    arena_init(&arena, MIB(16));
    hash_table_init(&table, &arena);
    assert_null(hash_table_find(&table, SLICE("nothing yet")));
    for (uint64_t i = 0; i < 20000; i++) {
        bool is_new = false;
        struct slice key = arena_printf(&arena, "%llu", (unsigned long long)(i % 10000));
        struct hash_slot *slot = hash_table_put(&table, key, &is_new);
        assert_non_null(slot);
        assert_int_equal(is_new, i < 10000);
        assert_true(slot->value.number == (is_new ? 0 : i - 10000 + 7));
        slot->value.number = i + 7;
        assert_int_equal(table.count, i < 10000 ? i + 1 : 10000);
        assert_true(table.count <= table.capacity / 4 * 3);
    }
    for (uint64_t i = 0; i < 10000; i++) {
        char text[20];
        snprintf(text, sizeof text, "%llu", (unsigned long long)i);
        struct hash_slot *slot = hash_table_find(&table, slice_from_string(text));
        assert_non_null(slot);
        assert_true(slot->value.number == i + 10000 + 7);
        snprintf(text, sizeof text, "x%llu", (unsigned long long)i);
        assert_null(hash_table_find(&table, slice_from_string(text)));
    }
    arena_release(&arena);
}

static void test_odd_keys(void **state)
{
    (void)state;
    struct arena arena;
    struct hash_table table;
    arena_init(&arena, MIB(1));
    hash_table_init(&table, &arena);
    assert_non_null(hash_table_put(&table, (struct slice){ NULL, 0 }, NULL));
    assert_non_null(hash_table_put(&table, SLICE("a\0b"), NULL));
    assert_non_null(hash_table_put(&table, SLICE("a"), NULL));
    assert_int_equal(table.count, 3);
    assert_non_null(hash_table_find(&table, SLICE("")));
    assert_null(hash_table_find(&table, SLICE("a\0c")));
    assert_int_equal(hash_table_find(&table, SLICE("a\0b"))->key.len, 3);
    arena_release(&arena);
}

/* a put that fails leaves the table as it was */
static void test_without_memory(void **state)
{
    (void)state;
    static char texts[3000][8];
    struct arena arena;
    struct hash_table table;
    arena_init(&arena, KIB(40));
    hash_table_init(&table, &arena);
    size_t stored = 0;
    for (; stored < ARRAY_LENGTH(texts); stored++) {
        snprintf(texts[stored], sizeof texts[stored], "%zu", stored);
        if (hash_table_put(&table, slice_from_string(texts[stored]), NULL) == NULL) {
            break;
        }
    }
    assert_true(stored > 10 && stored < ARRAY_LENGTH(texts));
    assert_int_equal(table.count, stored);
    for (size_t i = 0; i < stored; i++) {
        assert_non_null(hash_table_find(&table, slice_from_string(texts[i])));
    }
    assert_null(hash_table_find(&table, slice_from_string(texts[stored])));
    arena_release(&arena);
}

struct odd_size {
    char bytes[13];
};

static void test_vector(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, MIB(1));
    VECTOR(struct odd_size) vector = { 0 };
    for (size_t i = 0; i < 5000; i++) {
        struct odd_size *item = vector_push(&vector, &arena);
        assert_non_null(item);
        for (size_t b = 0; b < sizeof item->bytes; b++) {
            assert_int_equal(item->bytes[b], 0);
        }
        memset(item, (int)(i % 251), sizeof *item);
        if (i % 100 == 0) { /* something between, so that it must move */
            assert_non_null(arena_alloc(&arena, 1));
        }
    }
    assert_int_equal(vector.count, 5000);
    for (size_t i = 0; i < vector.count; i++) {
        assert_int_equal((unsigned char)vector.at[i].bytes[12], i % 251);
    }
    arena_release(&arena);
}

static void test_vector_without_memory(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, KIB(16));
    VECTOR(uint64_t) vector = { 0 };
    uint64_t *item;
    while ((item = vector_push(&vector, &arena)) != NULL) {
        *item = vector.count;
        assert_true(vector.count < KIB(16));
    }
    assert_true(arena.exhausted && vector.count >= 8);
    for (size_t i = 0; i < vector.count; i++) {
        assert_true(vector.at[i] == i + 1);
    }
    void *at = NULL;
    size_t capacity = SIZE_MAX;
    assert_false(vector_reserve(&at, SIZE_MAX, &capacity, 16, &arena));
    capacity = SIZE_MAX / 4;
    assert_false(vector_reserve(&at, SIZE_MAX / 4, &capacity, 16, &arena));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_siphash_of_the_paper),
        cmocka_unit_test(test_keyed_hash_is_stable_within_the_process),
        cmocka_unit_test(test_put_and_find),
        cmocka_unit_test(test_odd_keys),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_vector),
        cmocka_unit_test(test_vector_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
