/*
 * json_string.c: what an escaped string stands for (RFC 8259, 7).
 *
 * Only strings that the reader has accepted come here, so nothing is checked twice: each backslash
 * is followed by a legal escape, each high surrogate by a low one. Comparison decodes on the fly,
 * a byte at a time; it is rare (an escaped key, or an escaped value compared with a constant), so
 * it is plain.
 */
#include "base/json_string.h"

#include "base/utf8.h"

int32_t json_hex4(const char *at)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned digit = (unsigned char)at[i];
        unsigned letter = (digit | 0x20u) - 'a';
        if (digit - '0' < 10) {
            value = value * 16 + (int32_t)(digit - '0');
        } else if (letter < 6) {
            value = value * 16 + (int32_t)letter + 10;
        } else {
            return -1;
        }
    }
    return value;
}

static char simple_escape(char letter)
{
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return letter; /* quote, backslash, slash */
    }
}

size_t json_unescape(const char **at, char ret_bytes[4])
{
    const char *escape = *at;
    if (escape[1] != 'u') {
        ret_bytes[0] = simple_escape(escape[1]);
        *at = escape + 2;
        return 1;
    }
    uint32_t code_point = (uint32_t)json_hex4(escape + 2);
    *at = escape + 6;
    if (code_point >= 0xd800 && code_point < 0xdc00) {
        uint32_t low = (uint32_t)json_hex4(escape + 8);
        code_point = 0x10000 + ((code_point - 0xd800) << 10) + (low - 0xdc00);
        *at = escape + 12;
    }
    return utf8_encode(code_point, ret_bytes);
}

struct cursor {
    const char *at;
    const char *end;
    char decoded[4];
    size_t pending; /* bytes of `decoded` still to give */
    size_t given;
};

/* the next byte that the string stands for, or -1 */
static int next_byte(struct cursor *c)
{
    if (c->pending > 0) {
        c->pending--;
        return (unsigned char)c->decoded[c->given++];
    }
    if (c->at == c->end) {
        return -1;
    }
    if (*c->at != '\\') {
        return (unsigned char)*c->at++;
    }
    c->pending = json_unescape(&c->at, c->decoded) - 1;
    c->given = 1;
    return (unsigned char)c->decoded[0];
}

bool json_text_equal(struct slice a, struct slice b)
{
    struct cursor left = { .at = a.ptr, .end = a.ptr + a.len };
    struct cursor right = { .at = b.ptr, .end = b.ptr + b.len };
    int byte;
    do {
        byte = next_byte(&left);
        if (byte != next_byte(&right)) {
            return false;
        }
    } while (byte >= 0);
    return true;
}

bool json_text_equals_plain(struct slice text, struct slice plain)
{
    struct cursor left = { .at = text.ptr, .end = text.ptr + text.len };
    for (size_t i = 0; i < plain.len; i++) {
        if (next_byte(&left) != (unsigned char)plain.ptr[i]) {
            return false;
        }
    }
    return next_byte(&left) < 0;
}
