/*
 * html.c: the escapers.
 *
 * A page is thousands of short texts, nearly all of them harmless. So the common case is one look
 * at each byte in a table of 256 and one memcpy of the whole; only a byte that the table marks is
 * looked at closely. One escaper serves text and quoted attributes: it writes & < > " ' as entities
 * wherever they stand (HTML Living Standard 13.1.2.3 allows all of them in both).
 *
 * The characters that are named instead of written are those that show nothing themselves and
 * change how others are read: bidirectional controls (UAX #9), joiners of words, tags,
 * byte-order marks, and controls. Joiners that scripts need (ZWJ, ZWNJ) stay, and so does the
 * zero-width space: names of laboratory tests have it where a line may break.
 *
 * An address is judged by what a browser would do with it (URL Standard 4.4): it drops leading
 * controls and white space, and tabs and line ends anywhere, before it looks for a scheme. So
 * whatever has one of these is refused rather than cleaned.
 */
#include "web/html.h"

enum byte_class {
    BYTE_PLAIN = 0,
    BYTE_ENTITY,
    BYTE_CONTROL,
    BYTE_LEAD, /* the first or a stray byte of a character above U+007F */
};

/* clang-format off */
static const uint8_t byte_classes[256] = {
    [0 ... 8] = BYTE_CONTROL, [11 ... 12] = BYTE_CONTROL, [14 ... 31] = BYTE_CONTROL,
    ['"'] = BYTE_ENTITY, ['&'] = BYTE_ENTITY, ['\''] = BYTE_ENTITY, ['<'] = BYTE_ENTITY,
    ['>'] = BYTE_ENTITY, [127] = BYTE_CONTROL, [128 ... 255] = BYTE_LEAD,
};
/* clang-format on */

/* inclusive ranges of code points that are named instead of written, ascending */
static const struct {
    uint32_t first, last;
} hidden[] = {
    { 0x80, 0x9F },     { 0x061C, 0x061C }, { 0x180E, 0x180E },
    { 0x200E, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F },
    { 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F },
};

static bool is_hidden(uint32_t code_point)
{
    for (size_t i = 0; i < ARRAY_LENGTH(hidden); i++) {
        if (code_point <= hidden[i].last) {
            return code_point >= hidden[i].first;
        }
    }
    return false;
}

/*
 * Length of the well-formed UTF-8 character at `at` (RFC 3629), 0 when it is not one. base/utf8.h
 * has the same for whole texts; here one character at a time is needed, inlined.
 */
static size_t character(const unsigned char *at, size_t len, uint32_t *ret_code_point)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t size = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || len < size) {
        return 0;
    }
    uint32_t code_point = at[0] & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
        code_point = code_point << 6 | (at[i] & 0x3Fu);
    }
    if (code_point < least[size] || code_point > 0x10FFFF ||
        (code_point >= 0xD800 && code_point <= 0xDFFF)) {
        return 0;
    }
    *ret_code_point = code_point;
    return size;
}

static void add_entity(struct strbuf *out, char c)
{
    switch (c) {
    case '&':
        strbuf_add(out, SLICE("&amp;"));
        break;
    case '<':
        strbuf_add(out, SLICE("&lt;"));
        break;
    case '>':
        strbuf_add(out, SLICE("&gt;"));
        break;
    case '"':
        strbuf_add(out, SLICE("&#34;"));
        break;
    default:
        strbuf_add(out, SLICE("&#39;"));
        break;
    }
}

/* writes what stands at `at`, which is not plain; returns how many bytes that were */
static size_t add_special(struct strbuf *out, const char *at, size_t len)
{
    uint32_t code_point = (unsigned char)*at;
    size_t size = 1;
    switch (byte_classes[(unsigned char)*at]) {
    case BYTE_ENTITY:
        add_entity(out, *at);
        return 1;
    case BYTE_LEAD:
        size = character((const unsigned char *)at, len, &code_point);
        if (size == 0) {
            strbuf_add(out, SLICE("\xEF\xBF\xBD"));
            return 1;
        }
        if (!is_hidden(code_point)) {
            strbuf_add(out, slice_of(at, size));
            return size;
        }
        break;
    default:
        break;
    }
    strbuf_addf(out, "[U+%04X]", (unsigned)code_point);
    return size;
}

void html_text(struct strbuf *out, struct slice text)
{
    size_t start = 0;
    size_t i = 0;
    while (i < text.len) {
        if (byte_classes[(unsigned char)text.ptr[i]] == BYTE_PLAIN) {
            i++;
            continue;
        }
        strbuf_add(out, slice_of(text.ptr + start, i - start));
        i += add_special(out, text.ptr + i, text.len - i);
        start = i;
    }
    if (start < i) {
        strbuf_add(out, slice_of(text.ptr + start, i - start));
    }
}

static bool is_scheme_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
}

static bool address_is_safe(struct slice address)
{
    for (size_t i = 0; i < address.len; i++) {
        if ((unsigned char)address.ptr[i] <= ' ' || address.ptr[i] == 127 ||
            address.ptr[i] == '\\') {
            return false;
        }
    }
    size_t scheme = 0;
    while (scheme < address.len && is_scheme_byte(address.ptr[scheme])) {
        scheme++;
    }
    if (scheme < address.len && address.ptr[scheme] == ':') {
        struct slice name = slice_sub(address, 0, scheme);
        return slice_equal_ascii_case(name, SLICE("https")) ||
               slice_equal_ascii_case(name, SLICE("http"));
    }
    /* "//host" would leave this site without a scheme; a ':' before any '/' is no path of ours */
    return !slice_starts_with(address, SLICE("//")) &&
           (scheme == address.len || memchr("/?#%_~=&", address.ptr[scheme], 8) != NULL);
}

void html_address(struct strbuf *out, struct slice address)
{
    if (address_is_safe(address)) {
        html_text(out, address);
    } else {
        strbuf_add_byte(out, '#');
    }
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void html_address_part(struct strbuf *out, struct slice part)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < part.len; i++) {
        unsigned char byte = (unsigned char)part.ptr[i];
        if (is_unreserved(part.ptr[i])) {
            strbuf_add_byte(out, part.ptr[i]);
        } else {
            const char escaped[3] = { '%', digits[byte >> 4], digits[byte & 15] };
            strbuf_add(out, slice_of(escaped, sizeof escaped));
        }
    }
}

struct html html_lines(struct slice text, struct arena *arena)
{
    struct strbuf out;
    strbuf_init(&out, text.len > SIZE_MAX / 16 ? SIZE_MAX - 1 : text.len * 16 + 16);
    struct slice rest = text;
    struct slice part;
    bool first = true;
    while (slice_split(&rest, '\n', &part)) {
        if (!first) {
            strbuf_add(&out, SLICE("<br>"));
        }
        first = false;
        html_text(&out, part);
    }
    struct html html = { arena_copy(arena, strbuf_slice(&out)) };
    strbuf_release(&out);
    return html;
}

void html_raw(struct strbuf *out, struct html html)
{
    strbuf_add(out, html.sanctioned);
}

bool html_is_empty(struct html html)
{
    return html.sanctioned.len == 0;
}
