/*
 * content.c: a look at the first lines.
 *
 * NDJSON is told from a JSON document by its first line: a document that is spread over lines
 * leaves its first brace open there.
 */
#include "intake/content.h"

const char *content_kind_name(enum content_kind kind)
{
    static const char *const names[] = {
        [CONTENT_EMPTY] = "empty",     [CONTENT_JSON] = "FHIR JSON", [CONTENT_NDJSON] = "NDJSON",
        [CONTENT_HL7V2] = "HL7 v2",    [CONTENT_XML] = "XML",        [CONTENT_CSV] = "CSV",
        [CONTENT_UNKNOWN] = "unknown",
    };
    return names[kind];
}

/* does every brace and bracket of the line close, and is it followed by another line? */
static bool first_line_is_whole(struct slice text)
{
    size_t end = slice_find(text, '\n');
    if (end == text.len || slice_trim(slice_from(text, end)).len == 0) {
        return false;
    }
    long depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < end; i++) {
        char c = text.ptr[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else {
            in_string = c == '"';
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        }
    }
    return depth == 0 && !in_string;
}

static bool looks_like_csv(struct slice text)
{
    struct slice line = slice_sub(text, 0, slice_find(text, '\n'));
    size_t commas = 0;
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];
        if (c < 0x20 && c != '\t' && c != '\r') {
            return false;
        }
        commas += c == ',';
    }
    return commas > 0;
}

enum content_kind content_kind_of(struct slice text)
{
    struct slice body = slice_trim(text);
    if (slice_starts_with(body, SLICE("\xef\xbb\xbf"))) {
        body = slice_from(body, 3);
    }
    if (body.len == 0) {
        return CONTENT_EMPTY;
    }
    if (body.ptr[0] == '{' || body.ptr[0] == '[') {
        return first_line_is_whole(body) ? CONTENT_NDJSON : CONTENT_JSON;
    }
    if (slice_starts_with(body, SLICE("MSH")) || slice_starts_with(body, SLICE("FHS")) ||
        slice_starts_with(body, SLICE("BHS")) || body.ptr[0] == 0x0b) {
        return CONTENT_HL7V2;
    }
    if (body.ptr[0] == '<') {
        return CONTENT_XML;
    }
    return looks_like_csv(body) ? CONTENT_CSV : CONTENT_UNKNOWN;
}
