/*
 * fuzz_hl7v2_text.c: any bytes as text in a message.
 *
 * Checked by a reader of its own, which knows delimiters and escapes and nothing of the writer: the
 * message has the segments that were begun and no more, the text stands in its place and reads back
 * byte for byte, formatted text with its line breaks as LF; nothing but the ends of segments is a
 * control character, so no text can end a segment or a frame.
 */
#include "base/limits.h"
#include "hl7v2/message_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* the part number `number`, from 1, of what `delimiter` parts; empty: none */
static struct slice part_of(struct slice text, char delimiter, int number)
{
    struct slice part = { NULL, 0 };
    for (int i = 0; i < number; i++) {
        if (!slice_split(&text, delimiter, &part)) {
            return (struct slice){ NULL, 0 };
        }
    }
    return part;
}

static int hex_digit(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

/* what stands between two escape characters */
static void unescape(struct slice escape, struct strbuf *out)
{
    static const char letters[] = "FSTRE";
    static const char meant[] = "|^&~\\";
    if (slice_equal(escape, SLICE(".br"))) {
        strbuf_add_byte(out, '\n');
        return;
    }
    if (escape.len == 1) {
        const char *letter = strchr(letters, escape.ptr[0]);
        assert(letter != NULL && *letter != '\0');
        strbuf_add_byte(out, meant[letter - letters]);
        return;
    }
    assert(escape.len >= 3 && escape.len % 2 == 1 && escape.ptr[0] == 'X');
    for (size_t i = 1; i < escape.len; i += 2) {
        int high = hex_digit(escape.ptr[i]);
        int low = hex_digit(escape.ptr[i + 1]);
        assert(high >= 0 && low >= 0);
        strbuf_add_byte(out, (char)(high * 16 + low));
    }
}

static void read_text(struct slice text, struct strbuf *out)
{
    while (text.len > 0) {
        size_t escape = slice_find(text, '\\');
        strbuf_add(out, slice_sub(text, 0, escape));
        if (escape == text.len) {
            return;
        }
        text = slice_from(text, escape + 1);
        size_t end = slice_find(text, '\\');
        assert(end < text.len);
        unescape(slice_sub(text, 0, end), out);
        text = slice_from(text, end + 1);
    }
}

/* LF, CR and CR LF as LF */
static void break_lines(struct slice text, struct strbuf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        bool pair = text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n';
        if (!pair) {
            strbuf_add_byte(out, text.ptr[i] == '\r' ? '\n' : text.ptr[i]);
        }
    }
}

static void check_equal(struct slice written, struct slice expected)
{
    struct strbuf read;
    strbuf_init(&read, LIMIT_SYNTH_PART);
    read_text(written, &read);
    struct slice got = strbuf_slice(&read);
    assert(!read.failed && slice_equal(got, expected));
    strbuf_release(&read);
}

static void write_message(struct slice text, struct strbuf *out)
{
    struct hl7v2_writer writer;
    hl7v2_writer_init(&writer, out);
    hl7v2_header(&writer);
    hl7v2_set(&writer, 9, 1, SLICE("ADT"));
    hl7v2_segment(&writer, "PID");
    hl7v2_set(&writer, 3, 1, SLICE("1"));
    hl7v2_repeat(&writer);
    hl7v2_set(&writer, 3, 4, text);
    hl7v2_set(&writer, 5, 1, text);
    hl7v2_subcomponent(&writer, 2);
    hl7v2_text(&writer, text);
    hl7v2_set(&writer, 8, 1, SLICE("F"));
    hl7v2_segment(&writer, "OBX");
    hl7v2_field(&writer, 5);
    hl7v2_formatted_text(&writer, text);
    hl7v2_set(&writer, 11, 1, SLICE("F"));
    hl7v2_end(&writer);
}

static void check_message(struct slice message, struct slice text)
{
    struct slice pid = part_of(message, '\r', 2);
    struct slice obx = part_of(message, '\r', 3);
    size_t ends = 0;
    for (size_t i = 0; i < message.len; i++) {
        unsigned char byte = (unsigned char)message.ptr[i];
        ends += byte == '\r';
        assert(byte == '\r' || (byte >= ' ' && byte != 0x7f));
    }
    assert(ends == 3 && slice_ends_with(message, SLICE("\r")));
    assert(slice_starts_with(message, SLICE("MSH|^~\\&|")));
    assert(slice_equal(part_of(pid, '|', 1), SLICE("PID")));
    assert(slice_equal(part_of(obx, '|', 1), SLICE("OBX")));
    check_equal(part_of(part_of(part_of(pid, '|', 4), '~', text.len > 0 ? 2 : 9), '^', 4), text);
    check_equal(part_of(part_of(pid, '|', 6), '&', 1), text);
    check_equal(part_of(part_of(pid, '|', 6), '&', 2), text);
    assert(slice_equal(part_of(pid, '|', 9), SLICE("F")));
    struct strbuf lines;
    strbuf_init(&lines, LIMIT_SYNTH_PART);
    break_lines(text, &lines);
    check_equal(part_of(obx, '|', 6), strbuf_slice(&lines));
    strbuf_release(&lines);
    assert(slice_equal(part_of(obx, '|', 12), SLICE("F")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    struct strbuf out;
    strbuf_init(&out, LIMIT_SYNTH_PART);
    write_message(text, &out);
    if (!out.failed) { /* a text that does not fit */
        check_message(strbuf_slice(&out), text);
    }
    strbuf_release(&out);
    return 0;
}
