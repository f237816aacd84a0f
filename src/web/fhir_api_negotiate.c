/*
 * fhir_api_negotiate.c: small grammars of header fields.
 *
 * Accept is a list of ranges with weights (RFC 9110 section 12.5.1). Each type that is offered gets
 * the weight of the most specific range that covers it; the heaviest wins, the first of equals. A
 * range that asks for another version of FHIR (fhirVersion=3.0, FHIR R4
 * http.html#version-parameter) covers nothing here.
 *
 * Only the preferred form of HTTP dates is read (section 5.6.7); a date in one of the two obsolete
 * ones is treated as none, which costs the sender the body and nothing else.
 */
#include "web/fhir_api_negotiate.h"

#include "base/instant.h"

static const struct {
    struct slice media;
    struct slice answer;
} offered[] = {
    { SLICE_INIT("application/fhir+json"), SLICE_INIT("application/fhir+json; charset=utf-8") },
    { SLICE_INIT("application/json"), SLICE_INIT("application/json; charset=utf-8") },
    { SLICE_INIT("text/json"), SLICE_INIT("text/json; charset=utf-8") },
};

/* _format=json, and a '+' that a form has turned into a space */
static const struct {
    struct slice format;
    unsigned offer;
} formats[] = {
    { SLICE_INIT("json"), 0 },
    { SLICE_INIT("application/fhir json"), 0 },
};

/* -- parameters of a list's item -----------------------------------------------------------------
 */

/* takes the next ;name=value off *rest; quotes are removed */
static bool next_parameter(struct slice *rest, struct slice *ret_name, struct slice *ret_value)
{
    struct slice part;
    if (!slice_split(rest, ';', &part)) {
        return false;
    }
    size_t equals = slice_find(part, '=');
    *ret_name = slice_trim(slice_sub(part, 0, equals));
    struct slice value = slice_trim(slice_from(part, equals + 1));
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
        value = slice_sub(value, 1, value.len - 2);
    }
    *ret_value = value;
    return true;
}

/* 0, 0.5, 1.000 in thousandths; 0 when it is no weight */
static unsigned read_weight(struct slice text)
{
    unsigned weight = 0, scale = 1000;
    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.ptr[1] != '.')) {
        return 0;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (i == 1) {
            continue;
        }
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return 0;
        }
        weight += (unsigned)(text.ptr[i] - '0') * scale;
        scale /= 10;
    }
    return weight > 1000 ? 0 : weight;
}

static bool is_our_version(struct slice version)
{
    return slice_equal(version, SLICE("4.0")) || slice_equal(version, SLICE("4.0.1"));
}

/* -- Accept --------------------------------------------------------------------------------------
 */

struct range {
    struct slice media;
    unsigned weight;
};

static bool next_range(struct slice *rest, struct range *range)
{
    struct slice item, name, value;
    if (!slice_split(rest, ',', &item)) {
        return false;
    }
    struct slice parameters = item;
    slice_split(&parameters, ';', &item);
    *range = (struct range){ slice_trim(item), 1000 };
    while (next_parameter(&parameters, &name, &value)) {
        if (slice_equal_ascii_case(name, SLICE("q"))) {
            range->weight = read_weight(value);
        } else if (slice_equal_ascii_case(name, SLICE("fhirVersion")) && !is_our_version(value)) {
            range->media = (struct slice){ NULL, 0 };
        }
    }
    return true;
}

/* 0: does not cover; 1: everything; 2: all of the type; 3: this very one */
static unsigned covers(struct slice range, struct slice media)
{
    if (slice_equal_ascii_case(range, media)) {
        return 3;
    }
    if (slice_equal(range, SLICE("*/*"))) {
        return 1;
    }
    size_t slash = slice_find(media, '/');
    return slice_ends_with(range, SLICE("/*")) && range.len == slash + 2 &&
                   slice_equal_ascii_case(slice_sub(range, 0, slash), slice_sub(media, 0, slash))
               ? 2
               : 0;
}

static unsigned weight_of(struct slice accept, struct slice media)
{
    struct range range;
    unsigned best = 0, weight = 0;
    while (next_range(&accept, &range)) {
        unsigned how = covers(range.media, media);
        if (how > best) {
            best = how;
            weight = range.weight;
        }
    }
    return weight;
}

static bool answer_in_format(struct slice format, struct slice *ret_type)
{
    struct slice media = slice_trim(slice_sub(format, 0, slice_find(format, ';')));
    for (size_t i = 0; i < ARRAY_LENGTH(offered); i++) {
        if (slice_equal_ascii_case(media, offered[i].media)) {
            *ret_type = offered[i].answer;
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
        if (slice_equal_ascii_case(media, formats[i].format)) {
            *ret_type = offered[formats[i].offer].answer;
            return true;
        }
    }
    return false;
}

bool negotiate_answer(struct slice format, struct slice accept, struct slice *ret_type)
{
    unsigned best = 0;
    if (format.len > 0) {
        return answer_in_format(format, ret_type);
    }
    if (slice_trim(accept).len == 0) {
        *ret_type = offered[0].answer;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(offered); i++) {
        unsigned weight = weight_of(accept, offered[i].media);
        if (weight > best) {
            best = weight;
            *ret_type = offered[i].answer;
        }
    }
    return best > 0;
}

bool negotiate_is_json(struct slice content_type)
{
    struct slice rest = content_type, media, name, value;
    bool is_offered = false;
    if (!slice_split(&rest, ';', &media)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(offered); i++) {
        is_offered |= slice_equal_ascii_case(slice_trim(media), offered[i].media);
    }
    while (is_offered && next_parameter(&rest, &name, &value)) {
        if (slice_equal_ascii_case(name, SLICE("charset"))) {
            is_offered = slice_equal_ascii_case(value, SLICE("utf-8")) ||
                         slice_equal_ascii_case(value, SLICE("us-ascii"));
        } else if (slice_equal_ascii_case(name, SLICE("fhirVersion"))) {
            is_offered = is_our_version(value);
        }
    }
    return is_offered;
}

/* -- Prefer --------------------------------------------------------------------------------------
 */

struct prefer negotiate_prefer(struct slice prefer)
{
    struct prefer result = { RETURN_REPRESENTATION, false };
    bool has_return = false, has_handling = false;
    struct slice item, name, value;
    while (slice_split(&prefer, ',', &item)) {
        if (!next_parameter(&item, &name, &value)) {
            continue;
        }
        if (slice_equal_ascii_case(name, SLICE("return")) && !has_return) {
            has_return = true;
            if (slice_equal_ascii_case(value, SLICE("minimal"))) {
                result.result = RETURN_MINIMAL;
            } else if (slice_equal_ascii_case(value, SLICE("OperationOutcome"))) {
                result.result = RETURN_OUTCOME;
            }
        } else if (slice_equal_ascii_case(name, SLICE("handling")) && !has_handling) {
            has_handling = true;
            result.is_strict = slice_equal_ascii_case(value, SLICE("strict"));
        }
    }
    return result;
}

/* -- versions ------------------------------------------------------------------------------------
 */

/* W/"3" or "3" */
static bool read_etag(struct slice text, version_no *ret_version)
{
    uint64_t version;
    text = slice_trim(text);
    if (slice_starts_with(text, SLICE("W/"))) {
        text = slice_from(text, 2);
    }
    if (text.len < 3 || text.ptr[0] != '"' || text.ptr[text.len - 1] != '"' ||
        !slice_to_u64(slice_sub(text, 1, text.len - 2), &version) || version == 0 ||
        version > UINT32_MAX) {
        return false;
    }
    *ret_version = (version_no)version;
    return true;
}

bool negotiate_if_match(struct slice field, struct arena *arena, version_no *ret_version,
                        struct fault *fault)
{
    if (read_etag(field, ret_version)) {
        return true;
    }
    if (slice_equal(slice_trim(field), SLICE("*")) || slice_find(field, ',') < field.len) {
        return fault_set(fault, arena, FAULT_NOT_SUPPORTED, "If-Match takes one version here");
    }
    fault_set(fault, arena, FAULT_INVALID, "If-Match is not the ETag of a version");
    return fault_hint(fault, arena, "an ETag is written W/\"3\"");
}

bool negotiate_none_match(struct slice field, version_no version)
{
    struct slice item;
    version_no named;
    while (slice_split(&field, ',', &item)) {
        if (slice_equal(slice_trim(item), SLICE("*")) ||
            (read_etag(item, &named) && named == version)) {
            return true;
        }
    }
    return false;
}

size_t etag_format(version_no version, char ret_text[ETAG_SIZE])
{
    return (size_t)snprintf(ret_text, ETAG_SIZE, "W/\"%u\"", version);
}

/* -- dates ---------------------------------------------------------------------------------------
 */

static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static void put_digits(char *at, unsigned number, size_t width)
{
    while (width-- > 0) {
        at[width] = (char)('0' + number % 10);
        number /= 10;
    }
}

void http_date_format(walltime time, char ret_text[HTTP_DATE_SIZE])
{
    static const char form[HTTP_DATE_SIZE] = "ddd, 00 mmm 0000 00:00:00 GMT";
    struct instant at = instant_from_microseconds(time);
    int64_t day = instant_days_from_civil(at.year, at.month, at.day);
    memcpy(ret_text, form, HTTP_DATE_SIZE);
    memcpy(ret_text, days[((day % 7) + 7) % 7], 3);
    put_digits(ret_text + 5, at.day, 2);
    memcpy(ret_text + 8, months[at.month - 1], 3);
    put_digits(ret_text + 12, (unsigned)at.year, 4);
    put_digits(ret_text + 17, at.hour, 2);
    put_digits(ret_text + 20, at.minute, 2);
    put_digits(ret_text + 23, at.second, 2);
}

/* the number in a fixed place of the date; the whole is compared with what it would print as */
static unsigned digits_at(struct slice text, size_t at, size_t width)
{
    uint64_t number = 0;
    if (!slice_to_u64(slice_sub(text, at, width), &number)) {
        return 0;
    }
    return (unsigned)number;
}

static bool read_http_date(struct slice text, int64_t *ret_microseconds)
{
    char again[HTTP_DATE_SIZE];
    unsigned month = 0;
    if (text.len != HTTP_DATE_SIZE - 1) {
        return false;
    }
    while (month < 12 && memcmp(text.ptr + 8, months[month], 3) != 0) {
        month++;
    }
    if (month == 12) {
        return false;
    }
    int64_t day = instant_days_from_civil(digits_at(text, 12, 4), month + 1, digits_at(text, 5, 2));
    int64_t seconds = day * 86400 + (int64_t)digits_at(text, 17, 2) * 3600 +
                      (int64_t)digits_at(text, 20, 2) * 60 + digits_at(text, 23, 2);
    http_date_format(seconds * 1000000, again);
    if (memcmp(again, text.ptr, text.len) != 0) {
        return false;
    }
    *ret_microseconds = seconds * 1000000;
    return true;
}

bool negotiate_not_modified(struct slice field, walltime last_updated)
{
    int64_t since;
    return read_http_date(slice_trim(field), &since) && last_updated < since + 1000000;
}
