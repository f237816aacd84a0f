/* Sensitive values stay out, nothing escapes its line, long lines are cut at a field. */
#include "support/check.h"

#include "base/limits.h"
#include "base/log.h"

struct caught {
    char text[2 * LIMIT_LOG_LINE];
    size_t len;
    unsigned lines;
};

static void catch_line(struct slice line, void *context)
{
    struct caught *caught = context;
    assert_true(line.len < sizeof caught->text);
    memcpy(caught->text, line.ptr, line.len);
    caught->text[line.len] = '\0';
    caught->len = line.len;
    caught->lines++;
}

static struct caught caught;

static int setup(void **state)
{
    (void)state;
    caught.len = 0;
    caught.lines = 0;
    log_set_level(LOG_INFO);
    log_set_sink(catch_line, &caught);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL);
    return 0;
}

/* the line behind its time, which changes */
static const char *behind_time(void)
{
    const char *level = strstr(caught.text, "\"level\"");
    assert_non_null(level);
    assert_int_equal(level - caught.text, strlen("{\"time\":\"2026-11-23T12:31:05.123Z\","));
    return level;
}

static void test_a_line(void **state)
{
    (void)state;
    log_event(LOG_WARNING, "store.slow", LOG_PUBLIC("ods", SLICE("RTH")), LOG_COUNT("ms", -17));
    assert_string_equal(behind_time(), "\"level\":\"warning\",\"event\":\"store.slow\","
                                       "\"ods\":\"RTH\",\"ms\":-17}\n");
    log_event(LOG_INFO, "bare");
    assert_string_equal(behind_time(), "\"level\":\"info\",\"event\":\"bare\"}\n");
    assert_int_equal(caught.lines, 2);
}

static void test_levels(void **state)
{
    (void)state;
    log_event(LOG_DEBUG, "quiet");
    assert_int_equal(caught.lines, 0);
    log_set_level(LOG_DEBUG);
    log_event(LOG_DEBUG, "loud");
    assert_int_equal(caught.lines, 1);
    log_set_level(LOG_ERROR);
    log_event(LOG_WARNING, "quiet");
    assert_int_equal(caught.lines, 1);
}

static void test_sensitive_is_never_printed(void **state)
{
    (void)state;
    struct log_field filled_by_hand = { "nhs", LOG_SENSITIVE, SLICE("9434765919"), 9434765919 };
    log_event(LOG_ERROR, "identity.mismatch", LOG_SECRET("name"), filled_by_hand);
    assert_null(strstr(caught.text, "9434765919"));
    assert_string_equal(behind_time(), "\"level\":\"error\",\"event\":\"identity.mismatch\","
                                       "\"name\":\"sensitive\",\"nhs\":\"sensitive\"}\n");
}

static void test_every_byte_stays_inside_its_line(void **state)
{
    (void)state;
    char all[256];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (char)i;
    }
    log_event(LOG_INFO, "bytes", LOG_PUBLIC("all", slice_of(all, sizeof all)));
    for (size_t i = 0; i + 1 < caught.len; i++) {
        assert_in_range((unsigned char)caught.text[i], 0x20, 0x7e);
    }
    assert_int_equal(caught.text[caught.len - 1], '\n');
    assert_non_null(strstr(caught.text, "\\u0000\\u0001"));
    assert_non_null(strstr(caught.text, "\\u000a"));
    assert_non_null(strstr(caught.text, "!\\\"#"));
    assert_non_null(strstr(caught.text, "[\\\\]"));
    assert_non_null(strstr(caught.text, "~\\u007f\\u0080"));
    assert_non_null(strstr(caught.text, "\\u00ff\"}\n"));
}

/* whatever the length of the value, the line is whole JSON and within the limit */
static void test_cut_at_a_field(void **state)
{
    (void)state;
    static char value[2 * LIMIT_LOG_LINE];
    memset(value, 'x', sizeof value);
    bool cut_seen = false;
    bool whole_seen = false;
    for (size_t len = LIMIT_LOG_LINE - 160; len < LIMIT_LOG_LINE + 8; len++) {
        log_event(LOG_INFO, "long", LOG_COUNT("before", 1), LOG_PUBLIC("v", slice_of(value, len)),
                  LOG_COUNT("after", 2));
        assert_true(caught.len <= LIMIT_LOG_LINE);
        bool cut = strstr(caught.text, "\"cut\":true}\n") != NULL;
        bool has_value = strstr(caught.text, "\"v\":\"xxx") != NULL;
        bool has_after = strstr(caught.text, "\"after\":2") != NULL;
        assert_non_null(strstr(caught.text, "\"before\":1"));
        assert_true(cut == !has_after);
        assert_true(has_value || !has_after);
        if (has_value) {
            assert_non_null(
                strstr(caught.text, has_after ? "x\",\"after\":2}\n" : "x\",\"cut\":true}\n"));
        }
        cut_seen |= cut;
        whole_seen |= !cut;
    }
    assert_true(cut_seen && whole_seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_levels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sensitive_is_never_printed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_byte_stays_inside_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_at_a_field, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
