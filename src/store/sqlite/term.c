/*
 * term.c: keys of the patient-first index, there and back.
 *
 * Texts that decide the order (code, folded string) come first and end in NUL, which no JSON string
 * holds here; what merely has to be known (system, display, unit) follows as a number of the string
 * table, or in full when it has none. A reference's type is its number in R4's list.
 */
#include "store/sqlite/term.h"

#include "base/digest.h"
#include "base/limits.h"

/* room for a value before it is cut: what a key may take in all */
#define TERM_ROOM (TERM_HEAD + LIMIT_TERM_BYTES + NUMBER_BYTES)
#define CUT_KEEP  ((size_t)160) /* bytes of a cut value that keep its place in the order */

struct writer {
    struct string_table *strings;
    char *at;
    size_t len;
    size_t room;
    bool overflow;
};

static void put(struct writer *writer, struct slice bytes)
{
    size_t fits = writer->room - writer->len;
    if (bytes.len > fits) {
        writer->overflow = true;
        bytes.len = fits; /* what fits still orders it */
    }
    if (bytes.len > 0) {
        memcpy(writer->at + writer->len, bytes.ptr, bytes.len);
        writer->len += bytes.len;
    }
}

static void put_byte(struct writer *writer, unsigned byte)
{
    char c = (char)byte;
    put(writer, slice_of(&c, 1));
}

static void put_signed(struct writer *writer, int64_t number)
{
    char bytes[8];
    put_signed64(bytes, number);
    put(writer, slice_of(bytes, sizeof bytes));
}

/* 7 bits a byte, least first, as in many formats */
static void put_varint(struct writer *writer, size_t number)
{
    while (number >= 0x80) {
        put_byte(writer, (unsigned)(number & 0x7f) | 0x80);
        number >>= 7;
    }
    put_byte(writer, (unsigned)number);
}

/* 0: empty; 1: length and bytes follow; 2 + n: number n of the string table */
static void put_shared(struct writer *writer, struct slice text)
{
    unsigned number;
    if (text.len == 0) {
        put_varint(writer, 0);
    } else if (string_table_number(writer->strings, text, &number)) {
        put_varint(writer, number + 2u);
    } else {
        put_varint(writer, 1);
        put_varint(writer, text.len);
        put(writer, text);
    }
}

static void put_text(struct writer *writer, struct slice text)
{
    put(writer, text);
    put_byte(writer, 0);
}

static void put_value(struct writer *writer, const struct index_value *value)
{
    switch ((enum search_kind)value->kind) {
    case SEARCH_TOKEN:
        put_text(writer, value->code);
        put_shared(writer, value->system);
        put_shared(writer, value->text);
        break;
    case SEARCH_STRING:
        put_text(writer, value->text);
        put(writer, value->code);
        break;
    case SEARCH_DATE:
        put_signed(writer, value->low);
        put_signed(writer, value->high);
        break;
    case SEARCH_NUMBER:
        put_signed(writer, value->low);
        break;
    case SEARCH_QUANTITY:
        put_signed(writer, value->low);
        put_signed(writer, value->high);
        put_text(writer, value->code);
        put_shared(writer, value->system);
        put_shared(writer, value->text);
        break;
    case SEARCH_REFERENCE: {
        fhir_type type = fhir_type_find(value->system);
        put_byte(writer, type);
        put_text(writer, value->code);
        if (type == FHIR_TYPE_NONE) {
            put_shared(writer, value->system);
        }
        put(writer, value->text);
        break;
    }
    case SEARCH_URI:
        put(writer, value->code);
        break;
    case SEARCH_COMPOSITE:
    case SEARCH_SPECIAL:
        break;
    }
}

static void put_head(char *at, fhir_type type, uint32_t parameter, unsigned kind)
{
    at[TERM_TYPE_AT] = (char)type;
    for (int i = 4; i >= 1; i--) {
        at[TERM_TYPE_AT + i] = (char)(parameter & 0xff);
        parameter >>= 8;
    }
    at[TERM_HEAD - 1] = (char)kind;
}

/* behind the beginning of a cut value stands a hash of the whole, so that two keep apart */
static uint64_t value_hash(const struct index_value *value)
{
    uint64_t hash = hash64(value->code, (uint64_t)value->low);
    hash = hash64(value->text, hash);
    return hash64(value->system, hash + (uint64_t)value->high);
}

/* the length of the key at `at`, which has TERM_ROOM bytes */
static size_t encode(struct string_table *strings, fhir_type type, const struct index_value *value,
                     char *at)
{
    struct writer writer = { strings, at, TERM_HEAD, TERM_HEAD + LIMIT_TERM_BYTES, false };
    memset(at, 0, TERM_HEAD);
    put_head(at, type, value->parameter_key, value->kind);
    put_value(&writer, value);
    if (writer.overflow) {
        put_head(at, type, value->parameter_key, value->kind | TERM_CUT);
        put_signed64(at + TERM_HEAD + CUT_KEEP, (int64_t)value_hash(value));
        writer.len = TERM_HEAD + CUT_KEEP + 8;
    }
    memset(at + writer.len, 0, NUMBER_BYTES);
    return writer.len + NUMBER_BYTES;
}

static bool is_known(const struct terms *terms, size_t first, const char *ptr, size_t len)
{
    for (size_t i = first; i < terms->items.count; i++) {
        if (terms->items.at[i].len == len && memcmp(terms->items.at[i].ptr, ptr, len) == 0) {
            return true;
        }
    }
    return false;
}

static int compare_terms(const void *a, const void *b)
{
    const struct term *left = a;
    const struct term *right = b;
    return slice_compare(slice_of(left->ptr, left->len), slice_of(right->ptr, right->len));
}

static void drop_repeats(struct terms *terms)
{
    size_t kept = 0;
    for (size_t i = 0; i < terms->items.count; i++) {
        const struct term *term = &terms->items.at[i];
        if (kept == 0 || compare_terms(term, &terms->items.at[kept - 1]) != 0) {
            terms->items.at[kept++] = *term;
        }
    }
    terms->items.count = kept;
}

#define FEW_VALUES 64

bool terms_encode(struct string_table *strings, fhir_type type, const struct index_values *values,
                  struct arena *arena, struct terms *ret_terms)
{
    char buffer[TERM_ROOM + 16];
    for (size_t i = 0; i < values->count; i++) {
        size_t len = encode(strings, type, &values->at[i], buffer);
        if (values->count <= FEW_VALUES && is_known(ret_terms, 0, buffer, len)) {
            continue;
        }
        struct term *term = vector_push(&ret_terms->items, arena);
        char *copy = term == NULL ? NULL : arena_alloc(arena, len);
        if (copy == NULL) {
            return false;
        }
        memcpy(copy, buffer, len);
        *term = (struct term){ copy, (uint32_t)len };
    }
    if (values->count > FEW_VALUES) {
        qsort(ret_terms->items.at, ret_terms->items.count, sizeof(struct term), compare_terms);
        drop_repeats(ret_terms);
    }
    return true;
}

void term_set_place(struct term *term, uint64_t patient, uint64_t sequence)
{
    put_number40(term->ptr + TERM_PATIENT_AT, patient);
    put_number40(term->ptr + term->len - NUMBER_BYTES, sequence);
}

uint64_t term_sequence(struct slice key)
{
    return get_number40(key.ptr + key.len - NUMBER_BYTES);
}

/* -- back ------------------------------------------------------------------------------------- */

struct reader {
    const struct string_table *strings;
    struct slice rest;
    bool bad;
};

static int64_t take_signed(struct reader *reader)
{
    if (reader->rest.len < 8) {
        reader->bad = true;
        return 0;
    }
    int64_t number = get_signed64(reader->rest.ptr);
    reader->rest = slice_from(reader->rest, 8);
    return number;
}

static unsigned take_byte(struct reader *reader)
{
    if (reader->rest.len == 0) {
        reader->bad = true;
        return 0;
    }
    unsigned byte = (uint8_t)reader->rest.ptr[0];
    reader->rest = slice_from(reader->rest, 1);
    return byte;
}

static size_t take_varint(struct reader *reader)
{
    size_t number = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        unsigned byte = take_byte(reader);
        number |= (size_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return number;
        }
    }
    reader->bad = true;
    return 0;
}

static struct slice take_text(struct reader *reader)
{
    size_t end = slice_find(reader->rest, '\0');
    struct slice text = slice_sub(reader->rest, 0, end);
    reader->bad |= end == reader->rest.len;
    reader->rest = slice_from(reader->rest, end + 1);
    return text;
}

static struct slice take_shared(struct reader *reader)
{
    struct slice text = { NULL, 0 };
    size_t number = take_varint(reader);
    if (number == 1) {
        size_t len = take_varint(reader);
        reader->bad |= len > reader->rest.len;
        text = slice_sub(reader->rest, 0, len);
        reader->rest = slice_from(reader->rest, len);
    } else if (number >= 2) {
        reader->bad |= !string_table_text(reader->strings, (unsigned)number - 2, &text);
    }
    return text;
}

static void take_value(struct reader *reader, struct index_value *value)
{
    switch ((enum search_kind)value->kind) {
    case SEARCH_TOKEN:
        value->code = take_text(reader);
        value->system = take_shared(reader);
        value->text = take_shared(reader);
        break;
    case SEARCH_STRING:
        value->text = take_text(reader);
        value->code = reader->rest;
        break;
    case SEARCH_DATE:
        value->low = take_signed(reader);
        value->high = take_signed(reader);
        break;
    case SEARCH_NUMBER:
        value->low = value->high = take_signed(reader);
        break;
    case SEARCH_QUANTITY:
        value->low = take_signed(reader);
        value->high = take_signed(reader);
        value->code = take_text(reader);
        value->system = take_shared(reader);
        value->text = take_shared(reader);
        break;
    case SEARCH_REFERENCE: {
        fhir_type type = (fhir_type)take_byte(reader);
        value->code = take_text(reader);
        value->system = type == FHIR_TYPE_NONE ? take_shared(reader) : fhir_type_name(type);
        value->text = reader->rest;
        break;
    }
    case SEARCH_URI:
        value->code = reader->rest;
        break;
    case SEARCH_COMPOSITE:
    case SEARCH_SPECIAL:
    default:
        reader->bad = true;
    }
}

bool term_decode(const struct string_table *strings, struct slice key,
                 struct index_value *ret_value, bool *ret_cut)
{
    if (key.len < TERM_HEAD + NUMBER_BYTES) {
        return false;
    }
    struct index_value value = { 0 };
    unsigned kind = (uint8_t)key.ptr[TERM_HEAD - 1];
    for (size_t i = TERM_TYPE_END; i < TERM_PARAMETER_END; i++) {
        value.parameter_key = value.parameter_key << 8 | (uint8_t)key.ptr[i];
    }
    value.kind = (uint8_t)(kind & ~(unsigned)TERM_CUT);
    *ret_cut = (kind & TERM_CUT) != 0;
    if (!*ret_cut) {
        struct reader reader = { strings,
                                 slice_sub(key, TERM_HEAD, key.len - TERM_HEAD - NUMBER_BYTES),
                                 false };
        take_value(&reader, &value);
        if (reader.bad) {
            return false;
        }
    }
    *ret_value = value;
    return true;
}
