/*
 * The scanning loops agree with their byte-by-byte twins, on every byte value at every distance
 * from the start and the end of a text.
 */
#include "base/json_scan.h"

#include "testing.h"

#define LONGEST 70

static void check_at_every_place(uint8_t filler, uint8_t stop)
{
    for (size_t length = 0; length < LONGEST; length++) {
        /* ends with its allocation: a load behind the end is seen by the sanitizer */
        uint8_t *text = malloc(length + 1);
        for (size_t at = 0; at <= length; at++) {
            memset(text + 1, filler, length);
            if (at < length) {
                text[1 + at] = stop;
            }
            const uint8_t *start = text + 1;
            const uint8_t *end = start + length;
            assert_ptr_equal(json_scan_plain(start, end), json_scan_plain_bytes(start, end));
            assert_ptr_equal(json_scan_space(start, end), json_scan_space_bytes(start, end));
        }
        free(text);
    }
}

static void test_each_byte_at_each_place(void **state)
{
    (void)state;
    for (unsigned stop = 0; stop < 256; stop++) {
        check_at_every_place('a', (uint8_t)stop);
        check_at_every_place(' ', (uint8_t)stop);
    }
}

static void test_classes(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        bool space = byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d;
        bool plain = byte >= 0x20 && byte <= 0x7f && byte != 0x22 && byte != 0x5c;
        assert_int_equal(json_is_space((uint8_t)byte), space);
        assert_int_equal(json_is_plain((uint8_t)byte), plain);
    }
}

static void test_random_text(void **state)
{
    (void)state;
    static const uint8_t bytes[] = " \t\r\n\"\\a~\x7f\x80\xff\x1f\x00z";
    struct dice dice = dice_new();
    for (int round = 0; round < 20000; round++) {
        uint8_t text[100];
        size_t length = dice_below(&dice, sizeof text);
        size_t kinds = 1 + dice_below(&dice, sizeof bytes - 1);
        for (size_t i = 0; i < length; i++) {
            text[i] = bytes[dice_below(&dice, kinds)];
        }
        for (size_t from = 0; from <= length; from++) {
            const uint8_t *end = text + length;
            assert_ptr_equal(json_scan_plain(text + from, end),
                             json_scan_plain_bytes(text + from, end));
            assert_ptr_equal(json_scan_space(text + from, end),
                             json_scan_space_bytes(text + from, end));
        }
    }
}

int main(void)
{
    print_message("vector twin: %s\n", JSON_SCAN_SSE2 ? "SSE2" : "none on this processor");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_byte_at_each_place),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_random_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
