/*
 * Our reader beside simdjson and jansson, on random documents and on mutations of them.
 *
 * All three must agree on which texts are JSON and on what they mean, except for these rules:
 *
 *  1. simdjson accepts a key that stands twice, U+0000 written as an escape, and a low half of a
 *     surrogate pair on its own. We refuse these (json.h); jansson does as it is called here.
 *  2. Depth over LIMIT_JSON_DEPTH is ours alone to refuse.
 *  3. We keep the digits of numbers and accept any number; simdjson refuses integers beyond 64 bits
 *     and numbers beyond a double, jansson numbers beyond a double. Such a refusal is right only
 *     when the document does hold such a number.
 *  4. jansson passes over a byte 0 behind a number or a word. Texts with such a byte that it
 * accepts and we do not are left to simdjson alone.
 *
 * Agreement is on a description of the whole document: types, order, strings decoded, numbers as
 * doubles.
 */
#include "base/json.h"

#include <math.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "jansson_shim.h"
#include "simdjson_shim.h"
#include "testing.h"

/* -- describing ------------------------------------------------------------------------------- */

static void describe_double(double number, struct strbuf *out)
{
    uint64_t bits;
    number = number == 0 ? 0.0 : number;
    memcpy(&bits, &number, sizeof bits);
    strbuf_addf(out, "#%016llx", (unsigned long long)bits);
}

static void describe_text(struct slice text, struct strbuf *out)
{
    strbuf_addf(out, "s%zu:", text.len);
    strbuf_add(out, text);
}

static double number_of(const struct json *json, json_ix ix, struct arena *arena)
{
    char *text = arena_string(arena, json_number(json, ix));
    assert_non_null(text);
    return strtod(text, NULL);
}

static void describe_ours(const struct json *json, json_ix ix, struct arena *arena,
                          struct strbuf *out)
{
    switch (json_type(json, ix)) {
    case JSON_NUMBER:
        describe_double(number_of(json, ix, arena), out);
        break;
    case JSON_STRING:
        describe_text(json_string(json, ix, arena), out);
        break;
    case JSON_ARRAY:
        strbuf_add_byte(out, '[');
        json_each_element(json, ix, item)
        {
            describe_ours(json, item, arena, out);
        }
        strbuf_add_byte(out, ']');
        break;
    case JSON_OBJECT:
        strbuf_add_byte(out, '{');
        json_each_member(json, ix, key, value)
        {
            describe_ours(json, key, arena, out);
            describe_ours(json, value, arena, out);
        }
        strbuf_add_byte(out, '}');
        break;
    default:
        strbuf_add_byte(out, "nft"[json_type(json, ix)]);
    }
}

static void add_to_strbuf(void *context, const char *text, size_t length)
{
    strbuf_add(context, slice_of(text, length));
}

/* -- random documents -------------------------------------------------------------------------- */

static void add_one_of(struct dice *dice, struct strbuf *out, const char *const *texts,
                       size_t count)
{
    strbuf_add_string(out, texts[dice_below(dice, count)]);
}

static void add_space(struct dice *dice, struct strbuf *out)
{
    static const char *const spaces[] = {
        " ", "\n", "\t", "\r\n", "  ", "\n    ", "\n            \t      ", ""
    };
    if (dice_below(dice, 3) == 0) {
        add_one_of(dice, out, spaces, ARRAY_LENGTH(spaces));
    }
}

static void add_string(struct dice *dice, struct strbuf *out)
{
    static const char *const pieces[] = {
        "a",
        "b",
        "name",
        "\\u0061",
        "\\u0041",
        "\\n",
        "\\\"",
        "\\\\",
        "\\/",
        "\xc3\xa9",
        "\\u00e9",
        "\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "\\ud83d\\ude00",
        " ",
        "valueCodeableConcept",
        "\x7f",
        "\\u0000",
        "\\udc00",
        "\\ud800",
    };
    /* the last three are refused, and rare, so that most documents are good */
    size_t count = dice_below(dice, 300) == 0 ? ARRAY_LENGTH(pieces) : ARRAY_LENGTH(pieces) - 3;
    strbuf_add_byte(out, '"');
    for (size_t i = dice_below(dice, 5); i > 0; i--) {
        add_one_of(dice, out, pieces, count);
    }
    strbuf_add_byte(out, '"');
}

static void add_number(struct dice *dice, struct strbuf *out)
{
    static const char *const numbers[] = {
        "0",
        "-0",
        "1",
        "-1",
        "1.50",
        "0.1",
        "1e5",
        "1E-7",
        "-2.5e+3",
        "9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "1e308",
        "1e309",
        "1e-400",
        "5e-324",
        "2.2250738585072011e-308",
        "123456789012345678901234567890",
        "0.30000000000000004",
    };
    if (dice_below(dice, 2) == 0) {
        add_one_of(dice, out, numbers, ARRAY_LENGTH(numbers));
    } else {
        strbuf_addf(out, "%d.%02d", (int)dice_below(dice, 1000) - 500, (int)dice_below(dice, 100));
    }
}

static void add_value(struct dice *dice, struct strbuf *out, size_t depth);

/* an object's keys are mostly its own: the index is in them */
static void add_container(struct dice *dice, struct strbuf *out, size_t depth, bool is_object)
{
    size_t count = dice_below(dice, dice_below(dice, 40) == 0 ? 60 : 6);
    strbuf_add_byte(out, is_object ? '{' : '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            strbuf_add_byte(out, ',');
        }
        add_space(dice, out);
        if (is_object) {
            if (dice_below(dice, 60) == 0) {
                add_string(dice, out);
            } else {
                strbuf_addf(out, "\"%s%zu\"", dice_below(dice, 2) == 0 ? "key" : "\\u006bey", i);
            }
            add_space(dice, out);
            strbuf_add_byte(out, ':');
            add_space(dice, out);
        }
        add_value(dice, out, depth + 1);
        add_space(dice, out);
    }
    strbuf_add_byte(out, is_object ? '}' : ']');
}

static void add_value(struct dice *dice, struct strbuf *out, size_t depth)
{
    static const char *const words[] = { "null", "true", "false" };
    size_t kind = dice_below(dice, depth > 6 ? 5 : 8);
    if (kind < 2) {
        add_number(dice, out);
    } else if (kind < 4) {
        add_string(dice, out);
    } else if (kind == 4) {
        add_one_of(dice, out, words, ARRAY_LENGTH(words));
    } else {
        add_container(dice, out, depth, kind > 5);
    }
}

static void add_document(struct dice *dice, struct strbuf *out)
{
    static const size_t depths[] = { 1, 10, LIMIT_JSON_DEPTH - 1, LIMIT_JSON_DEPTH, 70 };
    add_space(dice, out);
    if (dice_below(dice, 50) == 0) { /* deep */
        size_t depth = depths[dice_below(dice, ARRAY_LENGTH(depths))];
        for (size_t i = 0; i < depth; i++) {
            strbuf_add_byte(out, '[');
        }
        for (size_t i = 0; i < depth; i++) {
            strbuf_add_byte(out, ']');
        }
    } else {
        add_value(dice, out, 0);
    }
    add_space(dice, out);
}

/* -- mutations --------------------------------------------------------------------------------- */

static void mutate(struct dice *dice, struct strbuf *text)
{
    static const struct slice splices[] = {
        SLICE_INIT(","),
        SLICE_INIT(":"),
        SLICE_INIT("{"),
        SLICE_INIT("}"),
        SLICE_INIT("["),
        SLICE_INIT("]"),
        SLICE_INIT("\""),
        SLICE_INIT("\\"),
        SLICE_INIT("\0"),
        SLICE_INIT("0"),
        SLICE_INIT("-"),
        SLICE_INIT("."),
        SLICE_INIT("e"),
        SLICE_INIT("\x1f"),
        SLICE_INIT("\x80"),
        SLICE_INIT("\xff"),
        SLICE_INIT("\xc3"),
        SLICE_INIT("\\u"),
        SLICE_INIT("\xed\xa0\x80"),
        SLICE_INIT("\xc0\x80"),
        SLICE_INIT("\xf4\x90\x80\x80"),
        SLICE_INIT("\xef\xbb\xbf"),
        SLICE_INIT("\\ud83d"),
        SLICE_INIT("//"),
        SLICE_INIT(" "),
        SLICE_INIT("\f"),
        SLICE_INIT("tru"),
    };
    char copy[1 << 16];
    size_t length = text->len;
    if (length == 0 || length > sizeof copy) {
        return;
    }
    memcpy(copy, text->ptr, length);
    size_t at = dice_below(dice, length);
    size_t removed = 0;
    struct slice added = { NULL, 0 };
    size_t from = dice_below(dice, length);
    switch (dice_below(dice, 5)) {
    case 0: /* a bit turned */
        copy[at] = (char)(copy[at] ^ (1 << dice_below(dice, 8)));
        break;
    case 1: /* a piece put in */
        added = splices[dice_below(dice, ARRAY_LENGTH(splices))];
        break;
    case 2: /* a byte or a few taken out */
        removed = 1 + dice_below(dice, 4);
        break;
    case 3: /* the end cut off */
        removed = length;
        break;
    default: /* a piece of the text once more */
        added = slice_sub(slice_of(copy, length), from, 1 + dice_below(dice, 20));
        break;
    }
    strbuf_clear(text);
    strbuf_add(text, slice_of(copy, at));
    strbuf_add(text, added);
    strbuf_add(text, slice_from(slice_of(copy, length), at + removed));
}

/* -- the comparison ---------------------------------------------------------------------------- */

struct comparison {
    struct simdjson_reader *simdjson;
    struct arena arena;
    struct strbuf ours;
    struct strbuf theirs;
    struct json json;
    struct fault fault;
    bool accepted;
    size_t accepted_count;
    size_t refused_count;
    size_t stricter_count; /* by one of the rules */
};

/* rule 1 */
static bool refused_for_being_stricter(const struct comparison *c)
{
    static const char *const messages[] = {
        "a key stands twice in one object",
        "a string holds the character U+0000",
        "a string holds half of a surrogate pair",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(messages); i++) {
        if (slice_equal(c->fault.message, slice_from_string(messages[i]))) {
            return true;
        }
    }
    return false;
}

/* an integer beyond 64 bits, or any number beyond a double */
static bool too_large_for_simdjson(struct slice text, double number)
{
    bool integer = slice_find(text, '.') == text.len && slice_find(text, 'e') == text.len &&
                   slice_find(text, 'E') == text.len;
    bool negative = slice_starts_with(text, SLICE("-"));
    uint64_t magnitude;
    if (!integer) {
        return isinf(number);
    }
    return !slice_to_u64(slice_from(text, negative), &magnitude) ||
           (negative && magnitude > (uint64_t)INT64_MAX + 1);
}

/* rule 3 */
static bool holds_large_number(struct comparison *c, bool for_simdjson)
{
    for (json_ix ix = 0; ix < c->json.count; ix++) {
        if (json_type(&c->json, ix) == JSON_NUMBER) {
            double number = number_of(&c->json, ix, &c->arena);
            if (for_simdjson ? too_large_for_simdjson(json_number(&c->json, ix), number)
                             : isinf(number)) {
                return true;
            }
        }
    }
    return false;
}

static bool agrees_with_simdjson(struct comparison *c, struct slice text)
{
    /* it reads its own padded copy, which ends where the text ends */
    enum simdjson_outcome outcome = simdjson_read(c->simdjson, text.ptr, text.len);
    if (!c->accepted) {
        return outcome != SIMDJSON_ACCEPTED || c->fault.code == FAULT_TOO_LARGE ||
               refused_for_being_stricter(c);
    }
    if (outcome != SIMDJSON_ACCEPTED) {
        c->stricter_count++;
        return outcome == SIMDJSON_NUMBER_REFUSED && holds_large_number(c, true);
    }
    strbuf_clear(&c->theirs);
    simdjson_describe(c->simdjson, add_to_strbuf, &c->theirs);
    return slice_equal(strbuf_slice(&c->ours), strbuf_slice(&c->theirs));
}

static bool agrees_with_jansson(struct comparison *c, struct slice text)
{
    void *value = NULL;
    enum jansson_outcome outcome = jansson_read(text.ptr, text.len, &value);
    if (outcome != JANSSON_ACCEPTED) {
        return !c->accepted || (outcome == JANSSON_NUMBER_REFUSED && holds_large_number(c, false));
    }
    strbuf_clear(&c->theirs);
    jansson_describe(value, add_to_strbuf, &c->theirs);
    jansson_free(value);
    return c->accepted ? slice_equal(strbuf_slice(&c->ours), strbuf_slice(&c->theirs))
                       : c->fault.code == FAULT_TOO_LARGE || slice_find(text, '\0') < text.len;
}

static void compare(struct comparison *c, struct slice text)
{
    /* behind the last byte lies nothing of ours */
    char *exact = malloc(text.len + 1);
    assert_non_null(exact);
    memcpy(exact + 1, text.ptr, text.len);
    text.ptr = exact + 1;
    arena_reset(&c->arena);
    strbuf_clear(&c->ours);
    c->accepted = json_parse(&c->arena, text, &c->json, &c->fault);
    if (c->accepted) {
        describe_ours(&c->json, 0, &c->arena, &c->ours);
    }
    *(c->accepted ? &c->accepted_count : &c->refused_count) += 1;
    if (!agrees_with_simdjson(c, text)) {
        fail_msg("simdjson differs (%s): %.*s", c->accepted ? "accepted" : c->fault.message.ptr,
                 SLICE_PRINT(text));
    }
    if (!agrees_with_jansson(c, text)) {
        fail_msg("jansson differs (%s): %.*s", c->accepted ? "accepted" : c->fault.message.ptr,
                 SLICE_PRINT(text));
    }
    free(exact);
}

static void test_agreement(void **state)
{
    (void)state;
    struct dice dice = dice_new();
    const char *rounds = getenv("EVENLODE_ROUNDS");
    struct comparison c = { .simdjson = simdjson_reader_new() };
    struct strbuf text;
    arena_init(&c.arena, MIB(16));
    strbuf_init(&c.ours, MIB(16));
    strbuf_init(&c.theirs, MIB(16));
    strbuf_init(&text, KIB(60));
    for (long i = rounds != NULL ? atol(rounds) : 40000; i > 0; i--) {
        strbuf_clear(&text);
        add_document(&dice, &text);
        if (text.failed) {
            continue;
        }
        compare(&c, strbuf_slice(&text));
        for (int mutation = 0; mutation < 3 && text.len > 0; mutation++) {
            mutate(&dice, &text);
            compare(&c, strbuf_slice(&text));
        }
    }
    print_message("%zu accepted, %zu refused, %zu with numbers beyond simdjson\n", c.accepted_count,
                  c.refused_count, c.stricter_count);
    assert_true(c.accepted_count > 1000 && c.refused_count > 1000);
    simdjson_reader_free(c.simdjson);
    arena_release(&c.arena);
    strbuf_release(&c.ours);
    strbuf_release(&c.theirs);
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_agreement) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
