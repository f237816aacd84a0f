/*
 * nhs_number.c: Modulus 11.
 *
 * Numbers of one repeated digit can pass Modulus 11 and are refused: they are what is typed to get
 * past a form (nhs-number 0000000000).
 */
#include "nhs/nhs_number.h"

static bool all_digits(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

int nhs_number_check_digit(struct slice nine)
{
    int sum = 0;
    assert(nine.len == NHS_NUMBER_DIGITS - 1 && all_digits(nine));
    for (int i = 0; i < NHS_NUMBER_DIGITS - 1; i++) {
        sum += (nine.ptr[i] - '0') * (NHS_NUMBER_DIGITS - i);
    }
    int check = (11 - sum % 11) % 11;
    return check == 10 ? -1 : check;
}

static bool one_digit_repeated(struct slice digits)
{
    for (size_t i = 1; i < digits.len; i++) {
        if (digits.ptr[i] != digits.ptr[0]) {
            return false;
        }
    }
    return true;
}

bool nhs_number_valid(struct slice digits)
{
    return digits.len == NHS_NUMBER_DIGITS && all_digits(digits) && !one_digit_repeated(digits) &&
           nhs_number_check_digit(slice_sub(digits, 0, NHS_NUMBER_DIGITS - 1)) ==
               digits.ptr[NHS_NUMBER_DIGITS - 1] - '0';
}

bool nhs_number_parse(struct slice text, char ret_digits[NHS_NUMBER_DIGITS + 1])
{
    char digits[NHS_NUMBER_DIGITS + 1] = { 0 };
    size_t len = 0;
    text = slice_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ' || c == '-') {
            continue;
        }
        if (len == NHS_NUMBER_DIGITS) {
            return false;
        }
        digits[len++] = c;
    }
    if (!nhs_number_valid(slice_of(digits, len))) {
        return false;
    }
    memcpy(ret_digits, digits, sizeof digits);
    return true;
}

void nhs_number_show(struct slice digits, char ret_text[NHS_NUMBER_SHOWN + 1])
{
    assert(digits.len == NHS_NUMBER_DIGITS);
    snprintf(ret_text, NHS_NUMBER_SHOWN + 1, "%.3s %.3s %.4s", digits.ptr, digits.ptr + 3,
             digits.ptr + 6);
}

bool nhs_number_is_test(struct slice digits)
{
    return digits.len == NHS_NUMBER_DIGITS && slice_starts_with(digits, SLICE("999"));
}
