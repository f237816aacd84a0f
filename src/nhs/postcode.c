/*
 * postcode.c: the six outward forms (A9, A99, AA9, AA99, A9A, AA9A) before "9AA".
 */
#include "nhs/postcode.h"

static char kind_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return 'A';
    }
    return c >= '0' && c <= '9' ? '9' : '?';
}

static bool has_form(const char *text, size_t len, const char *form)
{
    if (strlen(form) != len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (kind_of(text[i]) != form[i]) {
            return false;
        }
    }
    return true;
}

bool postcode_parse(struct slice text, char ret_postcode[POSTCODE_SIZE])
{
    static const char *const outward[] = { "A9", "A99", "AA9", "AA99", "A9A", "AA9A" };
    char compact[8];
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ') {
            continue;
        }
        if (len == 7) {
            return false;
        }
        compact[len++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    if (len < 5 || !has_form(compact + len - 3, 3, "9AA")) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(outward); i++) {
        if (has_form(compact, len - 3, outward[i])) {
            snprintf(ret_postcode, POSTCODE_SIZE, "%.*s %.3s", (int)(len - 3), compact,
                     compact + len - 3);
            return true;
        }
    }
    return false;
}
