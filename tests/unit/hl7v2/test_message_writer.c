/* The message writer: what is absent leaves no trace, what is data never becomes structure. */
#include "support/check.h"

#include "hl7v2/message_writer.h"

static struct strbuf out;
static struct hl7v2_writer writer;

static int setup(void **state)
{
    (void)state;
    strbuf_init(&out, 65536);
    hl7v2_writer_init(&writer, &out);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_release(&out);
    return 0;
}

static void test_header(void **state)
{
    (void)state;
    hl7v2_header(&writer);
    hl7v2_set(&writer, 9, 1, SLICE("ADT"));
    hl7v2_set(&writer, 9, 2, SLICE("A01"));
    hl7v2_set_number(&writer, 13, 1, 18446744073709551615U);
    hl7v2_end(&writer);
    assert_slice(strbuf_slice(&out), "MSH|^~\\&|||||||ADT^A01||||18446744073709551615\r");
}

static void test_absent_leaves_no_trace(void **state)
{
    (void)state;
    hl7v2_segment(&writer, "PID");
    hl7v2_set(&writer, 3, 1, SLICE(""));
    hl7v2_set(&writer, 5, 1, SLICE("SMITH"));
    hl7v2_set(&writer, 5, 2, SLICE(""));
    hl7v2_set(&writer, 5, 5, SLICE("Dr"));
    hl7v2_set(&writer, 5, 7, SLICE(""));
    hl7v2_set(&writer, 30, 1, SLICE(""));
    hl7v2_segment(&writer, "PV1");
    hl7v2_end(&writer);
    assert_slice(strbuf_slice(&out), "PID|||||SMITH^^^^Dr\rPV1\r");
}

static void test_repetitions(void **state)
{
    (void)state;
    hl7v2_segment(&writer, "PID");
    hl7v2_field(&writer, 3);
    hl7v2_repeat(&writer); /* nothing there yet: no empty repetition */
    hl7v2_set(&writer, 3, 1, SLICE("1"));
    hl7v2_set(&writer, 3, 4, SLICE("A"));
    hl7v2_repeat(&writer);
    hl7v2_repeat(&writer);
    hl7v2_set(&writer, 3, 1, SLICE("2"));
    hl7v2_repeat(&writer);
    hl7v2_set(&writer, 3, 1, SLICE(""));
    hl7v2_set(&writer, 5, 1, SLICE("X"));
    hl7v2_end(&writer);
    assert_slice(strbuf_slice(&out), "PID|||1^^^A~2||X\r");
}

static void test_subcomponents(void **state)
{
    (void)state;
    hl7v2_segment(&writer, "PID");
    hl7v2_field(&writer, 3);
    hl7v2_component(&writer, 4);
    hl7v2_subcomponent(&writer, 2);
    hl7v2_text(&writer, SLICE("1.2"));
    hl7v2_subcomponent(&writer, 3);
    hl7v2_text(&writer, SLICE("ISO"));
    hl7v2_component(&writer, 5);
    hl7v2_text(&writer, SLICE("NH"));
    hl7v2_end(&writer);
    assert_slice(strbuf_slice(&out), "PID|||^^^&1.2&ISO^NH\r");
}

static void test_data_is_no_structure(void **state)
{
    (void)state;
    hl7v2_segment(&writer, "OBX");
    hl7v2_set(&writer, 3, 2, SLICE("a|b^c\rMSH|x"));
    hl7v2_field(&writer, 5);
    hl7v2_formatted_text(&writer, SLICE("one\ntwo & three"));
    hl7v2_text(&writer, SLICE("~"));
    hl7v2_field(&writer, 6);
    hl7v2_null(&writer);
    hl7v2_end(&writer);
    assert_slice(strbuf_slice(&out), "OBX|||^a\\F\\b\\S\\c\\X0D\\MSH\\F\\x||"
                                     "one\\.br\\two \\T\\ three\\R\\|\"\"\r");
}

static void test_messages_follow(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        hl7v2_header(&writer);
        hl7v2_set(&writer, 10, 1, SLICE("1"));
        hl7v2_segment(&writer, "EVN");
        hl7v2_end(&writer);
    }
    assert_slice(strbuf_slice(&out), "MSH|^~\\&||||||||1\rEVN\rMSH|^~\\&||||||||1\rEVN\r");
}

static void test_full_buffer(void **state)
{
    (void)state;
    struct strbuf small;
    strbuf_init(&small, 16);
    hl7v2_writer_init(&writer, &small);
    hl7v2_header(&writer);
    hl7v2_set(&writer, 10, 1, SLICE("a control id that is too long"));
    hl7v2_end(&writer);
    assert_true(small.failed);
    assert_int_equal(strbuf_slice(&small).len, 0);
    strbuf_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_header, setup, teardown),
        cmocka_unit_test_setup_teardown(test_absent_leaves_no_trace, setup, teardown),
        cmocka_unit_test_setup_teardown(test_repetitions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_subcomponents, setup, teardown),
        cmocka_unit_test_setup_teardown(test_data_is_no_structure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_messages_follow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_buffer, setup, teardown),
    };
    return cmocka_run_group_tests_name("hl7v2_message_writer", tests, NULL, NULL);
}
