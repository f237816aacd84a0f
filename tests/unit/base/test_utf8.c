/*
 * UTF-8: the decoder against utf8proc's on every lead and second byte and on random bytes, the
 * encoder against the decoder on every code point, normal forms and search keys on chosen cases.
 */
#include "base/utf8.h"

#include <utf8proc.h>

#include "base/limits.h"
#include "testing.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, MIB(16));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void check_against_utf8proc(const uint8_t *bytes, size_t length)
{
    utf8proc_int32_t theirs = -1;
    utf8proc_ssize_t their_bytes = utf8proc_iterate(bytes, (utf8proc_ssize_t)length, &theirs);
    uint32_t ours = 0xffffffffu;
    size_t our_bytes = utf8_first(slice_of((const char *)bytes, length), &ours);
    if (their_bytes <= 0 || theirs < 0) {
        assert_int_equal(our_bytes, 0);
        return;
    }
    assert_int_equal(our_bytes, their_bytes);
    assert_int_equal(ours, theirs);
}

static void test_every_pair_of_bytes(void **state)
{
    (void)state;
    static const uint8_t tails[][2] = { { 0x80, 0x80 }, { 0xbf, 0xbf }, { 0x80, 0x41 },
                                        { 0x41, 0x80 }, { 0xc0, 0x80 }, { 0x80, 0x7f } };
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        for (size_t tail = 0; tail < ARRAY_LENGTH(tails); tail++) {
            uint8_t bytes[4] = { (uint8_t)(pair >> 8), (uint8_t)pair, tails[tail][0],
                                 tails[tail][1] };
            for (size_t length = 1; length <= sizeof bytes; length++) {
                check_against_utf8proc(bytes, length);
            }
        }
    }
}

static void test_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c <= 0xdfff) {
            continue;
        }
        char bytes[4];
        uint32_t back = 0;
        size_t length = utf8_encode(c, bytes);
        assert_int_equal(utf8_first(slice_of(bytes, length), &back), length);
        assert_int_equal(back, c);
        assert_int_equal(utf8_first(slice_of(bytes, length - 1), &back), 0);
    }
}

static void test_valid(void **state)
{
    (void)state;
    assert_true(utf8_valid((struct slice){ NULL, 0 }));
    assert_true(utf8_valid(SLICE("plain ASCII of more than eight bytes\0too")));
    assert_true(utf8_valid(SLICE("Zo\xc3\xab Ng\xc5\xa9g\xc4\xa9 \xe6\x9d\x8e \xf0\x9f\x98\x80")));
    static const struct slice bad[] = {
        SLICE_INIT("\x80"),
        SLICE_INIT("abcdefgh\xff"),
        SLICE_INIT("\xc0\xaf"),
        SLICE_INIT("\xe0\x80\xaf"),
        SLICE_INIT("\xed\xa0\x80"),
        SLICE_INIT("\xf4\x90\x80\x80"),
        SLICE_INIT("caf\xc3"),
        SLICE_INIT("\xf0\x9f\x98"),
        SLICE_INIT("\xf8\x88\x80\x80\x80"),
        SLICE_INIT("\xc3\xc3\xa9"),
        SLICE_INIT("\xe2\x82\xac\xac"),
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_false(utf8_valid(bad[i]));
        assert_null(utf8_nfc(bad[i], &arena).ptr);
        assert_null(utf8_search_key(bad[i], &arena).ptr);
    }
}

struct pair {
    struct slice from;
    struct slice to;
};

static void check_pairs(const struct pair *pairs, size_t count,
                        struct slice (*function)(struct slice, struct arena *))
{
    for (size_t i = 0; i < count; i++) {
        struct slice got = function(pairs[i].from, &arena);
        if (got.ptr == NULL || !slice_equal(got, pairs[i].to)) {
            fail_msg("\"%.*s\" gave \"%.*s\", not \"%.*s\"", SLICE_PRINT(pairs[i].from),
                     SLICE_PRINT(got), SLICE_PRINT(pairs[i].to));
        }
        assert_true(slice_equal(function(got, &arena), got)); /* twice is once */
    }
}

static void test_nfc(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        { SLICE_INIT(""), SLICE_INIT("") },
        { SLICE_INIT("plain"), SLICE_INIT("plain") },
        { SLICE_INIT("e\xcc\x81"), SLICE_INIT("\xc3\xa9") },
        { SLICE_INIT("\xc3\xa9"), SLICE_INIT("\xc3\xa9") },
        { SLICE_INIT("\xe2\x84\xab"), SLICE_INIT("\xc3\x85") },                 /* Angstrom sign */
        { SLICE_INIT("q\xcc\x87\xcc\xa3"), SLICE_INIT("q\xcc\xa3\xcc\x87") },   /* mark order */
        { SLICE_INIT("\xe1\x84\x80\xe1\x85\xa1"), SLICE_INIT("\xea\xb0\x80") }, /* Hangul */
        { SLICE_INIT("\xef\xac\x81"), SLICE_INIT("\xef\xac\x81") },             /* fi stays */
        { SLICE_INIT("A\0\xcc\x80"), SLICE_INIT("A\0\xcc\x80") },
    };
    check_pairs(pairs, ARRAY_LENGTH(pairs), utf8_nfc);
    struct slice ascii = SLICE("the same slice");
    assert_ptr_equal(utf8_nfc(ascii, &arena).ptr, ascii.ptr);
}

static void test_search_key(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        { SLICE_INIT(""), SLICE_INIT("") },
        { SLICE_INIT("  \t\n "), SLICE_INIT("") },
        { SLICE_INIT("O'Brien-SMITH"), SLICE_INIT("o'brien-smith") },
        { SLICE_INIT("  Mary \t\r\n Ann "), SLICE_INIT("mary ann") },
        { SLICE_INIT("Zo\xc3\x8b"), SLICE_INIT("zoe") },
        { SLICE_INIT("Zoe\xcc\x88"), SLICE_INIT("zoe") },
        { SLICE_INIT("STRA\xc3\x9f"
                     "E"),
          SLICE_INIT("strasse") },
        { SLICE_INIT("Si\xc3\xb4n\xc2\xa0 \xe2\x80\x83Jones"), SLICE_INIT("sion jones") },
        { SLICE_INIT("\xc2\xa0\xc3\x89va\xe3\x80\x80"), SLICE_INIT("eva") },
        { SLICE_INIT("\xce\xa3\xce\x99\xce\xa3\xce\xa5\xce\xa6\xce\x9f\xce\xa3"),
          SLICE_INIT("\xcf\x83\xce\xb9\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83") },
        { SLICE_INIT("\xc4\xb0stanbul"), SLICE_INIT("istanbul") },
        { SLICE_INIT("\xef\xbc\xa1\xef\xbc\xa2"), SLICE_INIT("ab") },
        { SLICE_INIT("\xef\xac\x81n"), SLICE_INIT("fin") },
        { SLICE_INIT("\xe6\x9d\x8e"), SLICE_INIT("\xe6\x9d\x8e") },
    };
    check_pairs(pairs, ARRAY_LENGTH(pairs), utf8_search_key);
}

/* the key of a key is the key, on every code point that is not ASCII */
static void test_search_key_is_idempotent(void **state)
{
    (void)state;
    size_t different = 0;
    for (uint32_t c = 0x80; c <= 0x1ffff; c++) {
        if (c >= 0xd800 && c <= 0xdfff) {
            continue;
        }
        char text[6] = { 'A' };
        size_t length = 1 + utf8_encode(c, text + 1);
        text[length++] = 'Z';
        struct slice once = utf8_search_key(slice_of(text, length), &arena);
        assert_non_null(once.ptr);
        assert_true(utf8_valid(once));
        struct slice twice = utf8_search_key(once, &arena);
        different += !slice_equal(once, twice);
        arena_reset(&arena);
    }
    assert_int_equal(different, 0);
}

static void test_without_memory(void **state)
{
    (void)state;
    struct arena none;
    arena_init(&none, 0);
    assert_null(utf8_nfc(SLICE("e\xcc\x81"), &none).ptr);
    assert_null(utf8_search_key(SLICE("e\xcc\x81"), &none).ptr);
    assert_null(utf8_search_key(SLICE("plain"), &none).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pair_of_bytes),
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test_setup_teardown(test_valid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nfc, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search_key_is_idempotent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
