/*
 * fuzz_instant_decimal.c: any bytes as a date, as a number, and as two numbers to compare.
 *
 * Checked: what is accepted can be written and read again with the same meaning; the strict
 * parsers accept nothing that the lenient one refuses; comparison is antisymmetric and agrees with
 * the order of the keys; a range holds its value. The bytes before the first '|' are the first
 * number, those behind it the second.
 */
#include "base/decimal.h"
#include "base/instant.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_instant(struct slice text, struct arena *arena)
{
    struct instant strict;
    struct instant instant;
    bool lenient = instant_parse_lenient(text, &instant);
    assert(lenient || !instant_parse(text, &strict));
    assert(lenient || !instant_parse_instant(text, &strict));
    assert(lenient || !instant_parse_date(text, &strict));
    (void)instant_is_time(text);
    if (!lenient) {
        return;
    }
    struct instant_range range = instant_range(&instant);
    assert(range.low < range.high && range.low == instant_microseconds(&instant));
    struct slice written = instant_format(&instant, arena);
    struct instant again;
    bool parsed = instant_parse(written, &again);
    assert(parsed && instant_microseconds(&again) == range.low);
    char utc[INSTANT_TEXT_SIZE];
    instant_format_utc(range.low, utc);
    parsed = instant_parse_instant(slice_from_string(utc), &again);
    assert(parsed);
}

static void check_decimal(const struct decimal *decimal)
{
    int64_t low;
    int64_t high;
    int64_t key = decimal_key(decimal);
    decimal_range(decimal, &low, &high);
    assert(low <= key && key <= high);
    assert(decimal_compare(decimal, decimal) == 0);
}

static void check_order(const struct decimal *a, const struct decimal *b)
{
    int order = decimal_compare(a, b);
    int64_t key_a = decimal_key(a);
    int64_t key_b = decimal_key(b);
    assert(decimal_compare(b, a) == -order);
    assert(order >= 0 || key_a <= key_b);
    assert(order <= 0 || key_a >= key_b);
    assert(order != 0 || key_a == key_b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    struct slice rest = text;
    struct slice part = { NULL, 0 };
    struct arena arena;
    struct decimal a;
    struct decimal b;
    arena_init(&arena, KIB(64));
    check_instant(text, &arena);
    if (slice_split(&rest, '|', &part) && decimal_parse(part, &a)) {
        check_decimal(&a);
        if (decimal_parse(rest, &b)) {
            check_decimal(&b);
            check_order(&a, &b);
        }
    }
    arena_release(&arena);
    return 0;
}
