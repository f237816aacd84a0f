/* Escapes: each delimiter, each control character, and back again by another hand. */
#include "support/check.h"

#include "hl7v2/escape.h"

#define CEILING 65536

static struct strbuf out;

static int setup(void **state)
{
    (void)state;
    strbuf_init(&out, CEILING);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_release(&out);
    return 0;
}

static struct slice escaped(struct slice text)
{
    strbuf_clear(&out);
    hl7v2_escape(&out, &hl7v2_delimiters_recommended, text);
    return strbuf_slice(&out);
}

static struct slice formatted(struct slice text)
{
    strbuf_clear(&out);
    hl7v2_escape_formatted(&out, &hl7v2_delimiters_recommended, text);
    return strbuf_slice(&out);
}

static void test_delimiters(void **state)
{
    (void)state;
    assert_slice(escaped(SLICE("a|b^c&d~e\\f")), "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f");
    assert_slice(escaped(SLICE("|")), "\\F\\");
    assert_slice(escaped(SLICE("Zo\xc3\xab at 38\xc2\xb0")), "Zo\xc3\xab at 38\xc2\xb0");
    assert_slice(escaped(SLICE("")), "");
}

static void test_controls(void **state)
{
    (void)state;
    assert_slice(escaped(SLICE("a\rb\nc\x0b\x1c\x7f")), "a\\X0D\\b\\X0A\\c\\X0B\\\\X1C\\\\X7F\\");
    assert_slice(escaped(slice_of("a\0b", 3)), "a\\X00\\b");
}

static void test_formatted_lines(void **state)
{
    (void)state;
    assert_slice(formatted(SLICE("one\ntwo\r\nthree\rfour|\n\n")),
                 "one\\.br\\two\\.br\\three\\.br\\four\\F\\\\.br\\\\.br\\");
    assert_slice(formatted(SLICE("tab\there")), "tab\\X09\\here");
}

static void test_other_delimiters(void **state)
{
    (void)state;
    const struct hl7v2_delimiters odd = {
        .field = '#', .component = ':', .repetition = '+', .escape = '!', .subcomponent = '@'
    };
    strbuf_clear(&out);
    hl7v2_escape(&out, &odd, SLICE("|^~\\&#:+!@\r"));
    assert_slice(strbuf_slice(&out), "|^~\\&!F!!S!!R!!E!!T!!X0D!");
}

static int hex_digit(char digit)
{
    return digit >= 'A' ? digit - 'A' + 10 : digit - '0';
}

/* a second reading of section 2.7, as plain as it can be; the length of what it wrote */
static size_t unescape(struct slice text, char *ret)
{
    static const char letters[] = "FSTRE";
    static const char delimiters[] = "|^&~\\";
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\\') {
            ret[len++] = text.ptr[i];
        } else if (text.ptr[i + 1] == 'X') {
            ret[len++] = (char)(hex_digit(text.ptr[i + 2]) << 4 | hex_digit(text.ptr[i + 3]));
            i += 4;
        } else {
            const char *letter = strchr(letters, text.ptr[i + 1]);
            assert_non_null(letter);
            ret[len++] = delimiters[letter - letters];
            i += 2;
        }
        assert_true(i < text.len);
    }
    return len;
}

/* every pair of bytes comes back, and nothing that could end a field, segment or frame is left */
static void test_round_trip(void **state)
{
    (void)state;
    char back[64];
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second++) {
            char pair[2] = { (char)first, (char)second };
            struct slice text = escaped(slice_of(pair, 2));
            for (size_t i = 0; i < text.len; i++) {
                assert_true((unsigned char)text.ptr[i] >= 0x20 && text.ptr[i] != 0x7f);
                assert_null(memchr("|^~&", text.ptr[i], 4));
            }
            assert_int_equal(unescape(text, back), 2);
            assert_memory_equal(back, pair, 2);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delimiters),      cmocka_unit_test(test_controls),
        cmocka_unit_test(test_formatted_lines), cmocka_unit_test(test_other_delimiters),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests_name("hl7v2_escape", tests, setup, teardown);
}
