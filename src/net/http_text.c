/*
 * http_text.c: request targets, parameters, cookies, tokens.
 *
 * The rule throughout is that a spelling with two readings is refused and never repaired. A proxy,
 * a log and a handler must agree on which resource was meant; "%2e%2e", "%2F", an overlong UTF-8
 * form or a NUL are the classic ways to make them disagree. Decoding works in one pass into arena
 * memory of the input's length (decoding never grows), then checks the result as a whole.
 */
#include "net/http_text.h"

#include "base/utf8.h"

static bool is_token_byte(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool http_is_token(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_byte((unsigned char)text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

bool http_is_field_value(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

bool http_is_length(struct slice text)
{
    uint64_t ignored;
    return slice_to_u64(text, &ignored);
}

bool http_is_request_id(struct slice text)
{
    if (text.len < 8 || text.len > 64) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

static bool skip_scheme(struct slice *target)
{
    static const struct slice schemes[] = { SLICE_INIT("http://"), SLICE_INIT("https://") };
    for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++) {
        struct slice start = slice_sub(*target, 0, schemes[i].len);
        if (slice_equal_ascii_case(start, schemes[i])) {
            *target = slice_from(*target, schemes[i].len);
            return true;
        }
    }
    return false;
}

bool http_split_target(struct slice target, struct slice *ret_path, struct slice *ret_query)
{
    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.ptr[i];
        if (c <= 0x20 || c >= 0x7f || c == '#' || c == '\\') {
            return false;
        }
    }
    if (skip_scheme(&target)) {
        size_t authority = 0;
        while (authority < target.len && target.ptr[authority] != '/' &&
               target.ptr[authority] != '?') {
            authority++;
        }
        if (authority == 0) {
            return false;
        }
        target = slice_from(target, authority);
    }
    if (target.len == 0 || target.ptr[0] != '/') {
        return false;
    }
    size_t mark = slice_find(target, '?');
    *ret_path = slice_sub(target, 0, mark);
    *ret_query = mark < target.len ? slice_from(target, mark + 1) : (struct slice){ NULL, 0 };
    return true;
}

static int hexadecimal(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum decode_as { AS_PATH, AS_PARAMETER };

/* NULL, or what is wrong; writes at most raw.len bytes to `to` */
static const char *decode(struct slice raw, enum decode_as as, char *to, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '%') {
            int high = i + 2 < raw.len ? hexadecimal(raw.ptr[i + 1]) : -1;
            int low = i + 2 < raw.len ? hexadecimal(raw.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return "'%' is not followed by two hexadecimal digits";
            }
            c = (char)(high * 16 + low);
            i += 2;
            if (as == AS_PATH && (c == '/' || c == '\\')) {
                return "an encoded slash has no place in a path";
            }
        } else if (c == '+' && as == AS_PARAMETER) {
            c = ' ';
        }
        if (c == '\0') {
            return "a NUL byte";
        }
        if (as == AS_PATH && ((unsigned char)c < 0x20 || c == 0x7f)) {
            return "a control byte";
        }
        to[len++] = c;
    }
    *ret_len = len;
    return utf8_valid((struct slice){ to, len }) ? NULL : "not valid UTF-8";
}

static bool has_dot_segment(struct slice path)
{
    struct slice rest = path;
    struct slice segment;
    while (slice_split(&rest, '/', &segment)) {
        if (slice_equal(segment, SLICE(".")) || slice_equal(segment, SLICE(".."))) {
            return true;
        }
    }
    return false;
}

bool http_decode_path(struct slice raw, struct arena *arena, struct slice *ret_path,
                      struct fault *fault)
{
    char *to = arena_alloc(arena, raw.len + 1);
    size_t len = 0;
    if (to == NULL) {
        return fault_no_memory(fault, arena);
    }
    const char *wrong = decode(raw, AS_PATH, to, &len);
    if (wrong == NULL && has_dot_segment((struct slice){ to, len })) {
        wrong = "a segment '.' or '..'";
    }
    if (wrong != NULL) {
        fault_set(fault, arena, FAULT_MALFORMED, "The address of the request is malformed");
        return fault_detail(fault, arena, "In the path: %s", wrong);
    }
    to[len] = '\0';
    *ret_path = (struct slice){ to, len };
    return true;
}

static bool decode_text(struct slice raw, struct arena *arena, struct slice *ret_text,
                        struct fault *fault)
{
    if (raw.len == 0) {
        *ret_text = SLICE("");
        return true;
    }
    char *to = arena_alloc(arena, raw.len);
    if (to == NULL) {
        return fault_no_memory(fault, arena);
    }
    size_t len = 0;
    const char *wrong = decode(raw, AS_PARAMETER, to, &len);
    if (wrong != NULL) {
        fault_set(fault, arena, FAULT_MALFORMED, "A parameter is malformed");
        return fault_detail(fault, arena, "In a name or value: %s", wrong);
    }
    *ret_text = (struct slice){ to, len };
    return true;
}

static size_t count_pieces(struct slice raw)
{
    size_t count = 1;
    for (size_t i = 0; i < raw.len; i++) {
        count += raw.ptr[i] == '&';
    }
    return count;
}

bool http_decode_parameters(struct slice raw, struct arena *arena,
                            const struct http_parameter **ret_parameters, size_t *ret_count,
                            struct fault *fault)
{
    if (raw.len == 0) {
        *ret_parameters = NULL;
        *ret_count = 0;
        return true;
    }
    size_t pieces = count_pieces(raw);
    if (pieces > LIMIT_HTTP_PARAMETERS) {
        return fault_set(fault, arena, FAULT_TOO_LARGE, "More than %d parameters",
                         LIMIT_HTTP_PARAMETERS);
    }
    struct http_parameter *parameters = arena_array(arena, pieces, struct http_parameter);
    if (parameters == NULL) {
        return fault_no_memory(fault, arena);
    }
    size_t count = 0;
    struct slice rest = raw;
    struct slice piece;
    while (slice_split(&rest, '&', &piece)) {
        if (piece.len == 0) {
            continue;
        }
        size_t equals = slice_find(piece, '=');
        if (!decode_text(slice_sub(piece, 0, equals), arena, &parameters[count].name, fault) ||
            !decode_text(slice_from(piece, equals < piece.len ? equals + 1 : equals), arena,
                         &parameters[count].value, fault)) {
            return false;
        }
        count++;
    }
    *ret_parameters = parameters;
    *ret_count = count;
    return true;
}

bool http_find_cookie(struct slice field, struct slice name, struct slice *ret_value)
{
    struct slice rest = field;
    struct slice piece;
    while (slice_split(&rest, ';', &piece)) {
        piece = slice_trim(piece);
        size_t equals = slice_find(piece, '=');
        if (equals == piece.len || !slice_equal(slice_sub(piece, 0, equals), name)) {
            continue;
        }
        struct slice value = slice_from(piece, equals + 1);
        if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
            value = slice_sub(value, 1, value.len - 2);
        }
        *ret_value = value;
        return true;
    }
    return false;
}
