/*
 * The writer: its commas, its escapes, what makes it fail, and that the reader gives back what was
 * written.
 */
#include "base/json.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "testing.h"

static void assert_text(const struct strbuf *buf, const char *expected)
{
    if (!slice_equal(strbuf_slice(buf), slice_from_string(expected))) {
        fail_msg("%.*s instead of %s", SLICE_PRINT(strbuf_slice(buf)), expected);
    }
}

static void write_sample(struct strbuf *buf)
{
    struct json_writer w;
    json_writer_init(&w, buf);
    json_begin_object(&w);
    json_member_write(&w, "resourceType", SLICE("Bundle"));
    json_member_write_u64(&w, "total", UINT64_MAX);
    json_member_write_bool(&w, "active", true);
    json_member_write_raw(&w, "value", SLICE("1.50"));
    json_member_begin_array(&w, "entry");
    json_begin_array(&w);
    json_end_array(&w);
    json_begin_object(&w);
    json_end_object(&w);
    json_write_i64(&w, INT64_MIN);
    json_write_i64(&w, 42);
    json_write_bool(&w, false);
    json_write_null(&w);
    json_write_string(&w, SLICE(""));
    json_end_array(&w);
    json_member_begin_object(&w, "last");
    json_key(&w, SLICE("x"));
    json_begin_array(&w);
    json_end_array(&w);
    json_end_object(&w);
    json_end_object(&w);
}

static void test_document(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, KIB(4));
    write_sample(&buf);
    assert_text(&buf, "{\"resourceType\":\"Bundle\",\"total\":18446744073709551615,\"active\":true,"
                      "\"value\":1.50,\"entry\":[[],{},-9223372036854775808,42,false,null,\"\"],"
                      "\"last\":{\"x\":[]}}");
    strbuf_release(&buf);
}

static void test_escapes(void **state)
{
    (void)state;
    struct strbuf buf;
    struct json_writer w;
    strbuf_init(&buf, KIB(4));
    json_writer_init(&w, &buf);
    json_begin_array(&w);
    json_write_string(&w, SLICE("\"\\/\b\f\n\r\t\x01\x1f\x7f"));
    json_write_string(
        &w, SLICE("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 and then some more \n text"));
    json_end_array(&w);
    assert_text(&buf, "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\","
                      "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 and then some more \\n text\"]");
    strbuf_release(&buf);
}

static void test_text_that_no_reader_accepts_fails(void **state)
{
    (void)state;
    static const struct slice texts[] = {
        SLICE_INIT("a\0b"),         SLICE_INIT("\xff"),     SLICE_INIT("caf\xe9"),
        SLICE_INIT("\xed\xa0\x80"), SLICE_INIT("\xc0\x80"), SLICE_INIT("\xe2\x82"),
    };
    for (size_t i = 0; i < ARRAY_LENGTH(texts) * 2; i++) {
        struct strbuf buf;
        struct json_writer w;
        strbuf_init(&buf, KIB(4));
        json_writer_init(&w, &buf);
        json_begin_object(&w);
        json_key(&w, i % 2 == 0 ? texts[i / 2] : SLICE("k"));
        json_write_string(&w, i % 2 == 0 ? SLICE("v") : texts[i / 2]);
        json_end_object(&w);
        assert_true(buf.failed);
        assert_int_equal(strbuf_slice(&buf).len, 0);
        strbuf_release(&buf);
    }
}

static void test_depth(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth <= LIMIT_JSON_DEPTH + 3; depth++) {
        struct strbuf buf;
        struct json_writer w;
        strbuf_init(&buf, KIB(4));
        json_writer_init(&w, &buf);
        for (unsigned i = 0; i < depth; i++) {
            if (i % 2 == 0) {
                json_begin_array(&w);
                continue;
            }
            json_begin_object(&w);
            json_key(&w, SLICE("k"));
        }
        if (depth % 2 == 0) {
            json_write_null(&w);
        }
        for (unsigned i = depth; i-- > 0;) {
            if (i % 2 == 0) {
                json_end_array(&w);
            } else {
                json_end_object(&w);
            }
        }
        assert_int_equal(buf.failed, depth > LIMIT_JSON_DEPTH);
        if (!buf.failed) {
            struct arena arena;
            struct json json;
            struct fault fault = FAULT_INIT;
            arena_init(&arena, MIB(1));
            assert_true(json_parse(&arena, strbuf_slice(&buf), &json, &fault));
            arena_release(&arena);
        }
        strbuf_release(&buf);
    }
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t call = 1; failed; call++) {
        struct strbuf buf;
        strbuf_init(&buf, KIB(64));
        heap_fail_at(call);
        for (int i = 0; i < 20; i++) {
            write_sample(&buf);
        }
        failed = heap_restore();
        assert_int_equal(buf.failed, failed);
        assert_true(failed || call > 2);
        strbuf_release(&buf);
    }
}

static void test_ceiling_makes_it_fail(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, KIB(4));
    write_sample(&buf);
    size_t whole = strbuf_slice(&buf).len;
    strbuf_release(&buf);
    for (size_t ceiling = 0; ceiling <= whole; ceiling++) {
        strbuf_init(&buf, ceiling);
        write_sample(&buf);
        assert_int_equal(buf.failed, ceiling < whole);
        strbuf_release(&buf);
    }
}

/* any valid text comes back as it went in */
static void test_round_trip_of_random_strings(void **state)
{
    (void)state;
    struct dice dice = dice_new();
    struct strbuf buf;
    struct arena arena;
    strbuf_init(&buf, KIB(64));
    arena_init(&arena, MIB(1));
    for (int round = 0; round < 20000; round++) {
        char text[400];
        size_t length = 0;
        size_t characters = dice_below(&dice, 90);
        for (size_t i = 0; i < characters; i++) {
            static const uint32_t most[] = { 0x22, 0x7f, 0x7ff, 0xd7ff, 0xffff, 0x10ffff };
            uint32_t c =
                1 + (uint32_t)dice_below(&dice, most[dice_below(&dice, ARRAY_LENGTH(most))]);
            c = c >= 0xd800 && c <= 0xdfff ? '\\' : c;
            length += utf8_encode(c, text + length);
        }
        struct json_writer w;
        struct json json;
        struct fault fault = FAULT_INIT;
        strbuf_clear(&buf);
        arena_reset(&arena);
        json_writer_init(&w, &buf);
        json_write_string(&w, slice_of(text, length));
        assert_true(json_parse(&arena, strbuf_slice(&buf), &json, &fault));
        assert_true(slice_equal(json_string(&json, 0, &arena), slice_of(text, length)));
        assert_true(json_string_equal(&json, 0, slice_of(text, length)));
    }
    arena_release(&arena);
    strbuf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_text_that_no_reader_accepts_fails),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_ceiling_makes_it_fail),
        cmocka_unit_test(test_round_trip_of_random_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
