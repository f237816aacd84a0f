/*
 * search_index.c: a value as eight bytes.
 *
 * Exact kinds (token, reference, uri) are hashed, without their system: "any system" is the common
 * question, and the system is looked at when the candidate is judged. Strings keep their first
 * eight folded bytes, because the plain question is "starts with". Dates, numbers and quantities
 * keep their low end in order. An interval can begin long before the range that is asked for and
 * still reach into it; so values wider than WIDE_DATE (a year) are kept apart under a kind of their
 * own and always looked at, and the others are found at most that far before the range.
 */
#include "store/search_index.h"

#include "base/digest.h"
#include "base/utf8.h"

#define KIND_TYPE 0    /* search_entry_of_type() */
#define KIND_WIDE 0x40 /* set in the kind of a wide interval */
#define WIDE_DATE (INT64_C(366) * 86400 * 1000000)

void put_number40(char *at, uint64_t number)
{
    for (int i = NUMBER_BYTES - 1; i >= 0; i--) {
        at[i] = (char)(number & 0xff);
        number >>= 8;
    }
}

uint64_t get_number40(const char *at)
{
    uint64_t number = 0;
    for (int i = 0; i < NUMBER_BYTES; i++) {
        number = number << 8 | (uint8_t)at[i];
    }
    return number;
}

static void put_unsigned64(char *at, uint64_t number)
{
    for (int i = 7; i >= 0; i--) {
        at[i] = (char)(number & 0xff);
        number >>= 8;
    }
}

void put_signed64(char *at, int64_t number)
{
    put_unsigned64(at, (uint64_t)number ^ (UINT64_C(1) << 63));
}

int64_t get_signed64(const char *at)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) {
        number = number << 8 | (uint8_t)at[i];
    }
    return (int64_t)(number ^ (UINT64_C(1) << 63));
}

static void put_head(struct search_entry *entry, fhir_type type, uint32_t parameter, unsigned kind)
{
    char *at = entry->bytes;
    memset(at, 0, sizeof entry->bytes);
    at[0] = (char)type;
    for (int i = 4; i >= 1; i--) {
        at[i] = (char)(parameter & 0xff);
        parameter >>= 8;
    }
    at[5] = (char)kind;
}

static char *value_at(struct search_entry *entry)
{
    return entry->bytes + SEARCH_ENTRY_HEAD;
}

static void put_prefix(char *at, struct slice text)
{
    memset(at, 0, 8);
    if (text.len > 0) {
        memcpy(at, text.ptr, text.len < 8 ? text.len : 8);
    }
}

static bool is_wide(const struct index_value *value)
{
    int64_t width;
    if (value->kind == SEARCH_DATE) {
        return __builtin_sub_overflow(value->high, value->low, &width) || width > WIDE_DATE;
    }
    return value->kind == SEARCH_QUANTITY && value->low != value->high;
}

/* A local reference is found by its id, an absolute one by its URL, and by its id where the URL
 * ends in Type/id: it may name this very server. */
static size_t reference_entries(const struct index_value *value, struct search_entry *entries)
{
    size_t count = 0;
    entries[1] = entries[0];
    if (value->text.len > 0 || value->code.len == 0) {
        put_unsigned64(value_at(&entries[count++]), hash64(value->text, 0));
    }
    if (value->code.len > 0 && value->system.len > 0) {
        put_unsigned64(value_at(&entries[count++]), hash64(value->code, 0));
    }
    return count;
}

size_t search_entries_of(fhir_type type, const struct index_value *value,
                         struct search_entry ret_entries[SEARCH_ENTRIES_MOST])
{
    unsigned kind = value->kind | (is_wide(value) ? KIND_WIDE : 0u);
    char *at = value_at(&ret_entries[0]);
    put_head(&ret_entries[0], type, value->parameter_key, kind);
    switch ((enum search_kind)value->kind) {
    case SEARCH_TOKEN:
    case SEARCH_URI:
        put_unsigned64(at, hash64(value->code, 0));
        break;
    case SEARCH_REFERENCE:
        return reference_entries(value, ret_entries);
    case SEARCH_STRING:
        put_prefix(at, value->text);
        break;
    case SEARCH_DATE:
    case SEARCH_NUMBER:
    case SEARCH_QUANTITY:
        put_signed64(at, value->low);
        break;
    case SEARCH_COMPOSITE:
    case SEARCH_SPECIAL:
        return 0;
    }
    return 1;
}

void search_entry_of_type(fhir_type type, struct search_entry *ret_entry)
{
    put_head(ret_entry, type, 0, KIND_TYPE);
}

void search_entry_set_patient(struct search_entry *entry, uint64_t patient)
{
    put_number40(entry->bytes + SEARCH_ENTRY_SIZE - NUMBER_BYTES, patient);
}

uint64_t search_entry_patient(const struct search_entry *entry)
{
    return get_number40(entry->bytes + SEARCH_ENTRY_SIZE - NUMBER_BYTES);
}

/* from `low` to `high`, both inclusive, of one kind; all patients */
static void make_range(struct search_range *range, fhir_type type, uint32_t parameter,
                       unsigned kind, const char low[8], const char high[8])
{
    put_head(&range->from, type, parameter, kind);
    put_head(&range->to, type, parameter, kind);
    memcpy(value_at(&range->from), low, 8);
    memcpy(value_at(&range->to), high, 8);
    memset(value_at(&range->to) + 8, 0xff, NUMBER_BYTES);
}

static void make_kind_range(struct search_range *range, fhir_type type, uint32_t parameter,
                            unsigned kind)
{
    static const char low[8];
    char high[8];
    memset(high, 0xff, sizeof high);
    make_range(range, type, parameter, kind, low, high);
}

static void make_point(struct search_range *range, fhir_type type,
                       const struct search_condition *condition, struct slice name)
{
    char value[8];
    put_unsigned64(value, hash64(name, 0));
    make_range(range, type, condition->parameter_key, condition->kind, value, value);
}

static size_t string_ranges(fhir_type type, const struct search_condition *condition,
                            struct slice text, struct search_range *ranges)
{
    char low[8];
    char high[8];
    put_prefix(low, text);
    memcpy(high, low, 8);
    for (size_t i = text.len; i < 8; i++) {
        high[i] = (char)0xff;
    }
    make_range(&ranges[0], type, condition->parameter_key, SEARCH_STRING, low, high);
    return 1;
}

static size_t interval_ranges(fhir_type type, const struct search_condition *condition,
                              const struct search_value *value, struct search_range *ranges)
{
    struct search_bounds bounds;
    char low[8];
    char high[8];
    int64_t low_min;
    search_value_bounds(condition, value, &bounds);
    low_min = bounds.low_min;
    if (condition->kind == SEARCH_DATE && bounds.high_min > INT64_MIN + WIDE_DATE &&
        bounds.high_min - WIDE_DATE > low_min) {
        low_min = bounds.high_min - WIDE_DATE;
    } else if (condition->kind != SEARCH_DATE && bounds.high_min > low_min) {
        low_min = bounds.high_min; /* those that are not wide have low = high */
    }
    put_signed64(low, low_min);
    put_signed64(high, bounds.low_max);
    make_range(&ranges[0], type, condition->parameter_key, condition->kind, low, high);
    if (condition->kind == SEARCH_NUMBER) {
        return 1;
    }
    make_kind_range(&ranges[1], type, condition->parameter_key, condition->kind | KIND_WIDE);
    return 2;
}

static size_t token_ranges(fhir_type type, const struct search_condition *condition,
                           const struct search_value *value, struct search_range *ranges)
{
    if (condition->modifier == SEARCH_TEXT || value->form == SEARCH_SYSTEM) {
        make_kind_range(&ranges[0], type, condition->parameter_key, SEARCH_TOKEN);
    } else {
        make_point(&ranges[0], type, condition, value->code);
    }
    return 1;
}

size_t search_ranges_of(fhir_type type, const struct search_condition *condition,
                        const struct search_value *value,
                        struct search_range ret_ranges[SEARCH_RANGES_MOST])
{
    if (condition->column != SEARCH_INDEX || condition->modifier == SEARCH_NOT ||
        condition->modifier == SEARCH_MISSING) {
        return 0;
    }
    switch ((enum search_kind)condition->kind) {
    case SEARCH_TOKEN:
        return token_ranges(type, condition, value, ret_ranges);
    case SEARCH_STRING:
        if (condition->modifier != SEARCH_PLAIN) {
            break;
        }
        return string_ranges(type, condition, value->text, ret_ranges);
    case SEARCH_DATE:
    case SEARCH_NUMBER:
    case SEARCH_QUANTITY:
        return interval_ranges(type, condition, value, ret_ranges);
    case SEARCH_REFERENCE:
        make_point(&ret_ranges[0], type, condition, value->is_local ? value->code : value->text);
        return 1;
    case SEARCH_URI:
        if (condition->modifier != SEARCH_PLAIN) {
            break;
        }
        make_point(&ret_ranges[0], type, condition, value->code);
        return 1;
    case SEARCH_COMPOSITE:
    case SEARCH_SPECIAL:
        return 0;
    }
    make_kind_range(&ret_ranges[0], type, condition->parameter_key, condition->kind);
    return 1;
}

void search_range_of_parameter(fhir_type type, uint32_t parameter_key,
                               struct search_range *ret_range)
{
    make_kind_range(ret_range, type, parameter_key, 0);
    memset(ret_range->to.bytes + SEARCH_ENTRY_HEAD - 1, 0xff, 1);
}

void search_range_of_type(fhir_type type, struct search_range *ret_range)
{
    make_kind_range(ret_range, type, 0, KIND_TYPE);
}
