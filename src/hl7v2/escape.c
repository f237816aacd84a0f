/*
 * escape.c: runs of plain bytes are copied at once; only what needs it is looked at one by one.
 *
 * Most text holds nothing to escape, so the search for the next special byte is the cost. A table
 * of 256 flags would have to be made for each set of delimiters; comparing with five characters
 * and one bound is as fast on text of this length.
 */
#include "hl7v2/escape.h"

const struct hl7v2_delimiters hl7v2_delimiters_recommended = {
    .field = '|', .component = '^', .repetition = '~', .escape = '\\', .subcomponent = '&'
};

static bool is_control(char byte)
{
    return (unsigned char)byte < 0x20 || byte == 0x7f;
}

/* the letter of the sequence that stands for a delimiter, or 0 */
static char letter_of(const struct hl7v2_delimiters *delimiters, char byte)
{
    return byte == delimiters->field          ? 'F'
           : byte == delimiters->component    ? 'S'
           : byte == delimiters->subcomponent ? 'T'
           : byte == delimiters->repetition   ? 'R'
           : byte == delimiters->escape       ? 'E'
                                              : '\0';
}

static size_t plain_length(const struct hl7v2_delimiters *delimiters, struct slice text)
{
    size_t len = 0;
    while (len < text.len && !is_control(text.ptr[len]) &&
           letter_of(delimiters, text.ptr[len]) == '\0') {
        len++;
    }
    return len;
}

static void add_sequence(struct strbuf *out, const struct hl7v2_delimiters *delimiters,
                         struct slice code)
{
    strbuf_add_byte(out, delimiters->escape);
    strbuf_add(out, code);
    strbuf_add_byte(out, delimiters->escape);
}

static void add_special(struct strbuf *out, const struct hl7v2_delimiters *delimiters, char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    char letter = letter_of(delimiters, byte);
    const char hex[] = { 'X', digits[(unsigned char)byte >> 4], digits[(unsigned char)byte & 15] };
    add_sequence(out, delimiters,
                 letter != '\0' ? slice_of(&letter, 1) : slice_of(hex, sizeof(hex)));
}

void hl7v2_escape(struct strbuf *out, const struct hl7v2_delimiters *delimiters, struct slice text)
{
    while (text.len > 0) {
        size_t plain = plain_length(delimiters, text);
        strbuf_add(out, slice_sub(text, 0, plain));
        if (plain == text.len) {
            return;
        }
        add_special(out, delimiters, text.ptr[plain]);
        text = slice_from(text, plain + 1);
    }
}

static size_t line_length(struct slice text)
{
    size_t len = 0;
    while (len < text.len && text.ptr[len] != '\n' && text.ptr[len] != '\r') {
        len++;
    }
    return len;
}

void hl7v2_escape_formatted(struct strbuf *out, const struct hl7v2_delimiters *delimiters,
                            struct slice text)
{
    while (text.len > 0) {
        size_t line = line_length(text);
        hl7v2_escape(out, delimiters, slice_sub(text, 0, line));
        if (line == text.len) {
            return;
        }
        add_sequence(out, delimiters, SLICE(".br"));
        bool pair = text.ptr[line] == '\r' && line + 1 < text.len && text.ptr[line + 1] == '\n';
        text = slice_from(text, line + (pair ? 2 : 1));
    }
}
