/*
 * record_id.c: base 32 there and back.
 *
 * The parser takes only what the formatter writes (no leading zeros, no upper case, no number over
 * five bytes), so that one row cannot be reached under two names.
 */
#include "store/record_id.h"

static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

static size_t format_number(uint64_t number, char *at)
{
    char reversed[16];
    size_t len = 0;
    do {
        reversed[len++] = digits[number % 32];
        number /= 32;
    } while (number > 0);
    for (size_t i = 0; i < len; i++) {
        at[i] = reversed[len - 1 - i];
    }
    return len;
}

size_t record_id_format(patient_key key, uint64_t sequence, char ret_id[RESOURCE_ID_SIZE])
{
    size_t len = 0;
    ret_id[len++] = 'e';
    len += format_number(key, ret_id + len);
    ret_id[len++] = '.';
    len += format_number(sequence, ret_id + len);
    ret_id[len] = '\0';
    return len;
}

static bool parse_number(struct slice text, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (text.len == 0 || text.len > 8 || (text.len > 1 && text.ptr[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool digit = c >= '0' && c <= '9';
        if (!digit && (c < 'a' || c > 'v')) {
            return false;
        }
        number = number * 32 + (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    *ret_number = number;
    return true;
}

bool record_id_parse(struct slice id, patient_key *ret_key, uint64_t *ret_sequence)
{
    uint64_t key;
    uint64_t sequence;
    size_t dot = slice_find(id, '.');
    if (id.len == 0 || id.ptr[0] != 'e' || dot == id.len ||
        !parse_number(slice_sub(id, 1, dot - 1), &key) ||
        !parse_number(slice_from(id, dot + 1), &sequence)) {
        return false;
    }
    *ret_key = key;
    *ret_sequence = sequence;
    return true;
}
