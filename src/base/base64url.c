/*
 * base64url.c: both alphabets of RFC 4648 over one loop.
 *
 * Decoding is exact: the bits that the last character carries beyond the data must be zero, so
 * that one datum has one text (a token's signature cannot be written in two ways).
 */
#include "base/base64url.h"

static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct slice base64url_encode(struct slice data, struct arena *arena)
{
    char *text = arena_alloc(arena, data.len / 3 * 4 + 5);
    size_t len = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    if (text == NULL) {
        return (struct slice){ NULL, 0 };
    }
    for (size_t i = 0; i < data.len; i++) {
        bits = bits << 8 | (unsigned char)data.ptr[i];
        held += 8;
        while (held >= 6) {
            held -= 6;
            text[len++] = url_digits[bits >> held & 63];
        }
    }
    if (held > 0) {
        text[len++] = url_digits[bits << (6 - held) & 63];
    }
    text[len] = '\0';
    return slice_of(text, len);
}

void base64_append(struct strbuf *out, struct slice data)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = (const uint8_t *)data.ptr;
    char *text = strbuf_room(out, (data.len + 2) / 3 * 4);
    size_t len = 0;
    if (text == NULL) {
        return;
    }
    for (size_t i = 0; i < data.len; i += 3) {
        size_t left = data.len - i;
        uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                        (left > 2 ? in[i + 2] : 0);
        text[len++] = digits[bits >> 18];
        text[len++] = digits[bits >> 12 & 63];
        text[len++] = left > 1 ? digits[bits >> 6 & 63] : '=';
        text[len++] = left > 2 ? digits[bits & 63] : '=';
    }
    strbuf_added(out, len);
}

static int digit_value(char c, char sixty_two, char sixty_three)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == sixty_two) {
        return 62;
    }
    return c == sixty_three ? 63 : -1;
}

struct decoder {
    char *data;
    size_t len;
    uint32_t bits;
    unsigned held;
    size_t digits;
};

static void decoder_add(struct decoder *decoder, int value)
{
    decoder->bits = decoder->bits << 6 | (uint32_t)value;
    decoder->held += 6;
    decoder->digits++;
    if (decoder->held >= 8) {
        decoder->held -= 8;
        decoder->data[decoder->len++] = (char)(decoder->bits >> decoder->held & 255);
    }
}

static bool decoder_ends_well(const struct decoder *decoder)
{
    return decoder->digits % 4 != 1 && (decoder->bits & ((1u << decoder->held) - 1)) == 0;
}

bool base64url_decode(struct slice text, struct arena *arena, struct slice *ret_data)
{
    struct decoder decoder = { .data = arena_alloc(arena, text.len / 4 * 3 + 3) };
    if (decoder.data == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(text.ptr[i], '-', '_');
        if (value < 0) {
            return false;
        }
        decoder_add(&decoder, value);
    }
    if (!decoder_ends_well(&decoder)) {
        return false;
    }
    *ret_data = slice_of(decoder.data, decoder.len);
    return true;
}

bool base64_decode(struct slice text, struct arena *arena, struct slice *ret_data)
{
    struct decoder decoder = { .data = arena_alloc(arena, text.len / 4 * 3 + 3) };
    size_t padding = 0;
    if (decoder.data == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            continue;
        }
        if (c == '=') {
            padding++;
            continue;
        }
        int value = digit_value(c, '+', '/');
        if (value < 0 || padding > 0) {
            return false;
        }
        decoder_add(&decoder, value);
    }
    if (!decoder_ends_well(&decoder) || (decoder.digits + padding) % 4 != 0 || padding > 2) {
        return false;
    }
    *ret_data = slice_of(decoder.data, decoder.len);
    return true;
}
