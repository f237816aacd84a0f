/* The ceiling is exact, the failure sticks, and a failed buffer shows nothing. */
#include "support/check.h"

#include "base/os.h"
#include "base/strbuf.h"
#include "fault/failing_os.h"

static void test_building(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 1000);
    assert_slice(strbuf_slice(&buf), "");
    strbuf_add(&buf, (struct slice){ NULL, 0 });
    strbuf_add(&buf, SLICE("ab"));
    strbuf_add_byte(&buf, 'c');
    strbuf_add_string(&buf, "de");
    strbuf_addf(&buf, "%03d|%s", 7, "");
    strbuf_add_u64(&buf, 0);
    strbuf_add_u64(&buf, UINT64_MAX);
    assert_slice(strbuf_slice(&buf), "abcde007|018446744073709551615");
    char *room = strbuf_room(&buf, 3);
    memcpy(room, "xyz", 3);
    strbuf_added(&buf, 2);
    assert_true(slice_ends_with(strbuf_slice(&buf), SLICE("5xy")));
    strbuf_clear(&buf);
    assert_slice(strbuf_slice(&buf), "");
    strbuf_release(&buf);
}

/* for each ceiling: exactly that many bytes go in, not one more */
static void test_ceiling_is_exact(void **state)
{
    (void)state;
    for (size_t ceiling = 0; ceiling < 1200; ceiling += 7) {
        struct strbuf buf;
        strbuf_init(&buf, ceiling);
        for (size_t i = 0; i < ceiling; i++) {
            strbuf_add_byte(&buf, 'x');
        }
        assert_false(buf.failed);
        assert_int_equal(strbuf_slice(&buf).len, ceiling);
        strbuf_add_byte(&buf, 'y');
        assert_true(buf.failed);
        assert_int_equal(strbuf_slice(&buf).len, 0);
        strbuf_clear(&buf);
        if (ceiling >= 3) {
            strbuf_addf(&buf, "%*s", (int)ceiling, "z");
            assert_int_equal(strbuf_slice(&buf).len, ceiling);
            strbuf_clear(&buf);
            strbuf_addf(&buf, "%*s", (int)ceiling + 1, "z");
            assert_true(buf.failed);
        }
        strbuf_release(&buf);
    }
}

static void test_failure_sticks(void **state)
{
    (void)state;
    struct strbuf buf;
    size_t len = 77;
    strbuf_init(&buf, 4);
    strbuf_add(&buf, SLICE("12345")); /* dropped whole */
    strbuf_add(&buf, SLICE("1"));     /* would fit, but the text would lie */
    strbuf_addf(&buf, "2");
    assert_null(strbuf_room(&buf, 0));
    assert_true(buf.failed);
    assert_int_equal(strbuf_slice(&buf).len, 0);
    assert_null(strbuf_take(&buf, &len));
    assert_int_equal(len, 77);
    strbuf_clear(&buf);
    strbuf_add(&buf, SLICE("1234"));
    assert_slice(strbuf_slice(&buf), "1234");
    strbuf_release(&buf);
}

static void test_largest_ceiling(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, SIZE_MAX);
    strbuf_add(&buf, SLICE("a"));
    assert_slice(strbuf_slice(&buf), "a");
    assert_null(strbuf_room(&buf, SIZE_MAX - 1));
    assert_true(buf.failed);
    strbuf_release(&buf);
}

static void test_take(void **state)
{
    (void)state;
    struct strbuf buf;
    size_t len = 0;
    strbuf_init(&buf, 100);
    assert_null(strbuf_take(&buf, &len));
    strbuf_add(&buf, SLICE("mine"));
    char *text = strbuf_take(&buf, &len);
    assert_int_equal(len, 4);
    assert_memory_equal(text, "mine", 4);
    assert_int_equal(buf.len, 0);
    strbuf_add(&buf, SLICE("new"));
    assert_slice(strbuf_slice(&buf), "new");
    os_free(text);
    strbuf_release(&buf);
}

static void test_without_memory(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 1 << 20);
    failing_os_install();
    failing_os_fail(FAIL_MALLOC, 2, false, 0);
    strbuf_add(&buf, SLICE("fits the first piece"));
    strbuf_addf(&buf, "%*s", 5000, "");
    assert_true(buf.failed);
    strbuf_add(&buf, SLICE("later"));
    assert_int_equal(strbuf_slice(&buf).len, 0);
    strbuf_release(&buf);
    failing_os_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_building),       cmocka_unit_test(test_ceiling_is_exact),
        cmocka_unit_test(test_failure_sticks), cmocka_unit_test(test_largest_ceiling),
        cmocka_unit_test(test_take),           cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
