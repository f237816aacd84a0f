/* RFC 4648: the vectors of section 10 in both alphabets, and what each reader refuses. */
#include "support/check.h"

#include "base/base64url.h"
#include "base/limits.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, MIB(1));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct slice padded(struct slice data)
{
    struct strbuf out;
    strbuf_init(&out, KIB(4));
    base64_append(&out, data);
    assert_false(out.failed);
    struct slice text = arena_copy(&arena, strbuf_slice(&out));
    strbuf_release(&out);
    return text;
}

static void test_vectors(void **state)
{
    (void)state;
    static const struct {
        struct slice data, text, url;
    } cases[] = {
        { SLICE_INIT("f"), SLICE_INIT("Zg=="), SLICE_INIT("Zg") },
        { SLICE_INIT("fo"), SLICE_INIT("Zm8="), SLICE_INIT("Zm8") },
        { SLICE_INIT("foo"), SLICE_INIT("Zm9v"), SLICE_INIT("Zm9v") },
        { SLICE_INIT("foobar"), SLICE_INIT("Zm9vYmFy"), SLICE_INIT("Zm9vYmFy") },
        { SLICE_INIT("\xfb\xff"), SLICE_INIT("+/8="), SLICE_INIT("-_8") },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct slice back;
        assert_true(slice_equal(padded(cases[i].data), cases[i].text));
        assert_true(slice_equal(base64url_encode(cases[i].data, &arena), cases[i].url));
        assert_true(base64_decode(cases[i].text, &arena, &back));
        assert_true(slice_equal(back, cases[i].data));
        assert_true(base64url_decode(cases[i].url, &arena, &back));
        assert_true(slice_equal(back, cases[i].data));
    }
    assert_int_equal(padded(SLICE("")).len, 0);
}

/* every length, every byte */
static void test_round_trip(void **state)
{
    (void)state;
    char data[256];
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (char)(i * 7);
    }
    for (size_t len = 1; len <= sizeof(data); len++) {
        struct slice back;
        struct slice in = slice_of(data, len);
        assert_true(base64_decode(padded(in), &arena, &back) && slice_equal(back, in));
        assert_true(base64url_decode(base64url_encode(in, &arena), &arena, &back) &&
                    slice_equal(back, in));
        arena_clear(&arena);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct slice url[] = { SLICE_INIT("Zg=="), SLICE_INIT("Zh"), SLICE_INIT("Z"),
                                        SLICE_INIT("Zm 8"), SLICE_INIT("+/8") };
    static const struct slice plain[] = { SLICE_INIT("-_8="), SLICE_INIT("Zm9v!"),
                                          SLICE_INIT("Z") };
    struct slice out;
    for (size_t i = 0; i < ARRAY_LENGTH(url); i++) {
        assert_false(base64url_decode(url[i], &arena, &out));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(plain); i++) {
        assert_false(base64_decode(plain[i], &arena, &out));
    }
    assert_true(base64_decode(SLICE("Zm9v\n YmFy"), &arena, &out)); /* as attachments are wrapped */
    assert_slice(out, "foobar");
}

/* a buffer that is full says so */
static void test_no_room(void **state)
{
    (void)state;
    struct strbuf out;
    strbuf_init(&out, 4);
    base64_append(&out, SLICE("more than fits"));
    assert_true(out.failed);
    strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
