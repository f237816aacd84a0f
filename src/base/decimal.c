/*
 * decimal.c: numbers as their digits.
 *
 * A decimal is read once for its grammar and for three facts: sign, the power of ten in front of
 * which its first digit that is not zero stands, and the power of its last digit. With these two
 * decimals are compared exactly, sign first, then power, then digit by digit, without ever making
 * a binary fraction of them.
 *
 * Index keys are the one place where a double is made. It is made by the C library's strtod, which
 * rounds correctly and therefore keeps the order; it gets an integer and a power of ten ("540e-2"),
 * never a decimal point, so that the locale cannot change what it reads.
 *
 * The ends of an implicit range are found on the digits too: half a unit of the last place above
 * N is the digits of N with a 5 behind, half a unit below is those of N - 1 with a 5 behind. A
 * power of ten that makes the last place greater than one needs a decision: the specification's
 * table gives 1e2 the range [95, 105), a tenth of what its last digit would mean. We follow the
 * table, by writing one zero more (10e1).
 */
#include "base/decimal.h"

#define LONGEST_TEXT     128
#define GREATEST_POWER   10000
#define POWER_CHARACTERS 12
#define MOST_DIGITS      (LONGEST_TEXT + 2) /* a zero and a five more */
/* sign, digits, 'e', power, NUL */
#define NUMBER_SIZE (1 + MOST_DIGITS + 1 + POWER_CHARACTERS + 1)

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* digits at *at, moved behind them; how many */
static size_t skip_digits(const char **at, const char *end)
{
    const char *start = *at;
    while (*at < end && is_digit(**at)) {
        (*at)++;
    }
    return (size_t)(*at - start);
}

/* behind 'e': the power of ten */
static bool read_power(const char **at, const char *end, int32_t *ret_power)
{
    bool negative = *at < end && **at == '-';
    if (*at < end && (**at == '-' || **at == '+')) {
        (*at)++;
    }
    const char *digits = *at;
    if (skip_digits(at, end) == 0) {
        return false;
    }
    int32_t power = 0;
    for (; digits < *at; digits++) {
        power = power * 10 + (*digits - '0');
        if (power > GREATEST_POWER) {
            return false;
        }
    }
    *ret_power = negative ? -power : power;
    return true;
}

/* the digits of a decimal that has been parsed, from the first that is not zero */
struct digits {
    const char *at;
    const char *end;
};

/* the next digit, or -1 behind the last */
static int next_digit(struct digits *digits)
{
    if (digits->at < digits->end && *digits->at == '.') {
        digits->at++;
    }
    if (digits->at == digits->end || !is_digit(*digits->at)) {
        return -1;
    }
    return *digits->at++ - '0';
}

static struct digits digits_of(struct slice text)
{
    struct digits digits = { text.ptr, text.ptr + text.len };
    while (digits.at < digits.end &&
           (*digits.at == '-' || *digits.at == '0' || *digits.at == '.')) {
        digits.at++;
    }
    return digits;
}

/* power of ten in front of which the first digit that is not zero stands */
static int32_t exponent_of(struct slice text, int32_t precision)
{
    struct digits digits = digits_of(text);
    int32_t count = 0;
    while (next_digit(&digits) >= 0) {
        count++;
    }
    return count == 0 ? DECIMAL_ZERO : precision + count;
}

/* RFC 8259, 6 */
bool decimal_parse(struct slice text, struct decimal *ret_decimal)
{
    if (text.len == 0 || text.len > LONGEST_TEXT) {
        return false;
    }
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    bool negative = *at == '-';
    at += negative;
    const char *whole = at;
    size_t whole_digits = skip_digits(&at, end);
    if (whole_digits == 0 || (*whole == '0' && whole_digits > 1)) {
        return false;
    }
    size_t fraction_digits = 0;
    if (at < end && *at == '.') {
        at++;
        fraction_digits = skip_digits(&at, end);
        if (fraction_digits == 0) {
            return false;
        }
    }
    int32_t power = 0;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (!read_power(&at, end, &power)) {
            return false;
        }
    }
    if (at != end) {
        return false;
    }
    int32_t precision = power - (int32_t)fraction_digits;
    int32_t exponent = exponent_of(text, precision);
    *ret_decimal = (struct decimal){
        .text = text,
        .negative = negative && exponent != DECIMAL_ZERO,
        .exponent = exponent,
        .precision = precision,
    };
    return true;
}

static int compare_digits(struct slice a, struct slice b)
{
    struct digits left = digits_of(a);
    struct digits right = digits_of(b);
    for (;;) {
        int x = next_digit(&left);
        int y = next_digit(&right);
        if (x < 0 && y < 0) {
            return 0;
        }
        x = x < 0 ? 0 : x;
        y = y < 0 ? 0 : y;
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }
    int order = a->exponent != b->exponent ? (a->exponent < b->exponent ? -1 : 1)
                                           : compare_digits(a->text, b->text);
    return a->negative ? -order : order;
}

/* -- keys ------------------------------------------------------------------------------------- */

/* an integer of digits, times a power of ten */
struct number {
    bool negative;
    char digits[MOST_DIGITS];
    size_t count; /* 0: zero */
    int32_t power;
};

static struct number number_of(const struct decimal *decimal)
{
    struct number number = { .negative = decimal->negative, .power = decimal->precision };
    struct digits digits = digits_of(decimal->text);
    for (int digit = next_digit(&digits); digit >= 0; digit = next_digit(&digits)) {
        number.digits[number.count++] = (char)('0' + digit);
    }
    return number;
}

static double number_to_double(const struct number *number)
{
    char text[NUMBER_SIZE];
    if (number->count == 0) {
        return 0.0;
    }
    snprintf(text, sizeof text, "%s%.*se%d", number->negative ? "-" : "", (int)number->count,
             number->digits, number->power);
    return strtod(text, NULL);
}

/* the bits of a double order like integers, once those of the negative are turned round */
static int64_t key_of_double(double value)
{
    int64_t bits;
    value = value == 0 ? 0.0 : value; /* one zero */
    memcpy(&bits, &value, sizeof bits);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

static int64_t key_of_number(const struct number *number)
{
    return key_of_double(number_to_double(number));
}

double decimal_to_double(const struct decimal *decimal)
{
    struct number number = number_of(decimal);
    return number_to_double(&number);
}

int64_t decimal_key(const struct decimal *decimal)
{
    return key_of_double(decimal_to_double(decimal));
}

/* the integer one less; it is not zero */
static void decrement(struct number *number)
{
    size_t i = number->count;
    while (number->digits[i - 1] == '0') {
        number->digits[--i] = '9';
    }
    number->digits[i - 1]--;
}

static void append(struct number *number, char digit)
{
    number->digits[number->count++] = digit;
    number->power--;
}

void decimal_range(const struct decimal *decimal, int64_t *ret_low, int64_t *ret_high)
{
    struct number outer = number_of(decimal);
    if (outer.power > 0 && outer.count > 0) {
        append(&outer, '0');
    }
    struct number inner = outer;
    if (inner.count == 0) {
        inner.negative = true;
    } else {
        decrement(&inner);
    }
    append(&outer, '5');
    append(&inner, '5');
    bool outer_is_low = outer.negative;
    *ret_low = key_of_number(outer_is_low ? &outer : &inner);
    *ret_high = key_of_number(outer_is_low ? &inner : &outer);
}
