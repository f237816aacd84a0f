/*
 * primitive.c: is the text of a primitive well formed?
 *
 * FHIR R4 gives each primitive type a regular expression. They are small enough to be read by hand
 * in one pass without an engine, which also keeps hostile text from costing more than its length.
 * Where the expression and the prose differ (white space around strings) the expression counts.
 */
#include "fhir/primitive.h"

#include "base/instant.h"

/* FHIR R4 datatypes.html#string: "SHALL NOT exceed 1MB in size" */
#define STRING_MAX ((size_t)1024 * 1024)

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_boolean(struct slice text)
{
    (void)text;
    return true;
}

static bool is_decimal(struct slice text)
{
    return text.len > 0; /* the JSON reader has checked the grammar */
}

/* -?(0|[1-9][0-9]*) within 32 bits */
static bool read_integer(struct slice text, int64_t *ret_number)
{
    bool is_negative = slice_starts_with(text, SLICE("-"));
    uint64_t number;
    if (!slice_to_u64(slice_from(text, is_negative ? 1 : 0), &number) || number > (1ull << 31)) {
        return false;
    }
    *ret_number = is_negative ? -(int64_t)number : (int64_t)number;
    return *ret_number <= INT32_MAX && *ret_number >= INT32_MIN;
}

static bool is_integer(struct slice text)
{
    int64_t number;
    return read_integer(text, &number);
}

static bool is_unsigned(struct slice text)
{
    int64_t number;
    return read_integer(text, &number) && number >= 0 && text.ptr[0] != '-';
}

static bool is_positive(struct slice text)
{
    int64_t number;
    return read_integer(text, &number) && number > 0;
}

/* [ \r\n\t\S]+ */
static bool is_string(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((uint8_t)text.ptr[i] < 0x20 && !is_space(text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0 && text.len <= STRING_MAX;
}

/* \S* but never empty: json.html says that no string is */
static bool is_uri(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((uint8_t)text.ptr[i] <= 0x20) {
            return false;
        }
    }
    return text.len > 0;
}

/* [^\s]+(\s[^\s]+)* */
static bool is_code(struct slice text)
{
    bool after_space = true;
    for (size_t i = 0; i < text.len; i++) {
        bool is_blank = is_space(text.ptr[i]);
        if ((is_blank && after_space) || ((uint8_t)text.ptr[i] < 0x20 && !is_blank)) {
            return false;
        }
        after_space = is_blank;
    }
    return !after_space;
}

/* (\s*([0-9a-zA-Z\+/=]){4}\s*)+ with '=' at the end only */
static bool is_base64(struct slice text)
{
    size_t count = 0;
    size_t padding = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_space(c)) {
            continue;
        }
        bool is_letter =
            is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/';
        if ((!is_letter && c != '=') || (is_letter && padding > 0)) {
            return false;
        }
        padding += c == '=';
        count++;
    }
    return count > 0 && count % 4 == 0 && padding <= 2;
}

static bool is_instant(struct slice text)
{
    struct instant instant;
    return instant_parse_instant(text, &instant);
}

static bool is_date(struct slice text)
{
    struct instant instant;
    return instant_parse_date(text, &instant);
}

static bool is_date_time(struct slice text)
{
    struct instant instant;
    return instant_parse(text, &instant);
}

/* urn:oid:[0-2](\.(0|[1-9][0-9]*))+ */
static bool is_oid(struct slice text)
{
    if (!slice_starts_with(text, SLICE("urn:oid:"))) {
        return false;
    }
    struct slice rest = slice_from(text, 8), part;
    size_t count = 0;
    while (slice_split(&rest, '.', &part)) {
        bool is_first = count++ == 0;
        if (part.len == 0 || (part.len > 1 && part.ptr[0] == '0') ||
            (is_first && (part.len > 1 || part.ptr[0] > '2'))) {
            return false;
        }
        for (size_t i = 0; i < part.len; i++) {
            if (!is_digit(part.ptr[i])) {
                return false;
            }
        }
    }
    return count > 1;
}

/* urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} */
static bool is_uuid(struct slice text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    struct slice uuid = slice_from(text, 9);
    if (!slice_starts_with(text, SLICE("urn:uuid:")) || uuid.len != sizeof(form) - 1) {
        return false;
    }
    for (size_t i = 0; i < uuid.len; i++) {
        char c = uuid.ptr[i];
        if (form[i] == '-' ? c != '-' : !is_digit(c) && (c < 'a' || c > 'f')) {
            return false;
        }
    }
    return true;
}

/*
 * narrative.html: one <div> in the XHTML namespace (txt-1) with some content that is not white
 * space, an image counts (txt-2). That it is well-formed XHTML without scripts is judged where it
 * is shown, by a filter that lets known elements pass.
 */
static bool is_xhtml(struct slice text)
{
    struct slice div = slice_trim(text);
    size_t end = slice_find(div, '>');
    struct slice start = slice_sub(div, 0, end);
    if (!slice_starts_with(start, SLICE("<div")) || end == div.len ||
        slice_find_slice(start, SLICE("http://www.w3.org/1999/xhtml")) == start.len ||
        !slice_ends_with(div, SLICE("</div>"))) {
        return false;
    }
    bool in_tag = false;
    for (size_t i = end + 1; i < div.len; i++) {
        if (div.ptr[i] == '<') {
            in_tag = true;
            if (slice_starts_with(slice_from(div, i), SLICE("<img"))) {
                return true;
            }
        } else if (div.ptr[i] == '>') {
            in_tag = false;
        } else if (!in_tag && !is_space(div.ptr[i])) {
            return true;
        }
    }
    return false;
}

#define FIRST FHIR_DATA_FIRST_PRIMITIVE

static const struct {
    bool (*is_valid)(struct slice text);
    const char *form;
    enum json_type json;
} primitives[FHIR_DATA_LAST_PRIMITIVE - FIRST + 1] = {
    [FHIR_DATA_BASE64_BINARY - FIRST] = { is_base64, "base64 text", JSON_STRING },
    [FHIR_DATA_BOOLEAN - FIRST] = { is_boolean, "true or false", JSON_TRUE },
    [FHIR_DATA_CANONICAL - FIRST] = { is_uri, "a canonical URL without spaces", JSON_STRING },
    [FHIR_DATA_CODE -
        FIRST] = { is_code, "a code without leading, trailing or double spaces", JSON_STRING },
    [FHIR_DATA_DATE - FIRST] = { is_date, "a date: YYYY, YYYY-MM or YYYY-MM-DD", JSON_STRING },
    [FHIR_DATA_DATE_TIME - FIRST] = { is_date_time,
                                      "a date, or date and time with seconds and time zone",
                                      JSON_STRING },
    [FHIR_DATA_DECIMAL - FIRST] = { is_decimal, "a number", JSON_NUMBER },
    [FHIR_DATA_ID - FIRST] = { fhir_id_valid, "1 to 64 letters, digits, '-' or '.'", JSON_STRING },
    [FHIR_DATA_INSTANT -
        FIRST] = { is_instant, "date and time with seconds and time zone", JSON_STRING },
    [FHIR_DATA_INTEGER - FIRST] = { is_integer, "a whole number of 32 bits", JSON_NUMBER },
    [FHIR_DATA_MARKDOWN - FIRST] = { is_string, "text that is not empty", JSON_STRING },
    [FHIR_DATA_OID - FIRST] = { is_oid, "urn:oid: and an OID", JSON_STRING },
    [FHIR_DATA_POSITIVE_INT - FIRST] = { is_positive, "a whole number from 1 up", JSON_NUMBER },
    [FHIR_DATA_STRING - FIRST] = { is_string, "text that is not empty", JSON_STRING },
    [FHIR_DATA_TIME - FIRST] = { instant_is_time, "a time: hh:mm:ss", JSON_STRING },
    [FHIR_DATA_UNSIGNED_INT - FIRST] = { is_unsigned, "a whole number from 0 up", JSON_NUMBER },
    [FHIR_DATA_URI - FIRST] = { is_uri, "a URI without spaces", JSON_STRING },
    [FHIR_DATA_URL - FIRST] = { is_uri, "a URL without spaces", JSON_STRING },
    [FHIR_DATA_UUID - FIRST] = { is_uuid, "urn:uuid: and a UUID in lower case", JSON_STRING },
    [FHIR_DATA_XHTML - FIRST] = { is_xhtml, "an XHTML <div> with content", JSON_STRING },
};

enum json_type fhir_primitive_json(uint16_t structure)
{
    return primitives[structure - FIRST].json;
}

bool fhir_primitive_valid(uint16_t structure, struct slice text)
{
    return primitives[structure - FIRST].is_valid(text);
}

const char *fhir_primitive_form(uint16_t structure)
{
    return primitives[structure - FIRST].form;
}
