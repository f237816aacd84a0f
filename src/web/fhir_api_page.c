/*
 * fhir_api_page.c: _page = <expiry, hexadecimal>.<position>.<MAC, base64url>
 *
 * The key is that of tokens; the first part of what is authenticated says that this is a page link
 * and contains a byte that no token has, so that neither can be taken for the other. Parts are
 * preceded by their lengths: two different lists of parts never look the same to the MAC.
 */
#include "web/fhir_api_page.h"

#include "base/base64url.h"
#include "base/limits.h"

#define MAC_SIZE 16 /* bytes of HMAC-SHA-256 kept */

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == ':' || c == ',' || c == '/' || c == '$';
}

static void add_encoded(struct strbuf *url, struct slice text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.ptr[i];
        if (is_unreserved(text.ptr[i])) {
            strbuf_add_byte(url, text.ptr[i]);
        } else {
            strbuf_add_byte(url, '%');
            strbuf_add_byte(url, digits[byte >> 4]);
            strbuf_add_byte(url, digits[byte & 15]);
        }
    }
}

void page_add_parameter(struct strbuf *url, struct slice name, struct slice value)
{
    struct slice so_far = strbuf_slice(url);
    strbuf_add_byte(url, slice_find(so_far, '?') < so_far.len ? '&' : '?');
    add_encoded(url, name);
    strbuf_add_byte(url, '=');
    add_encoded(url, value);
}

enum { BOUND_PARTS = 7 };

static struct digest mac_of(const struct page_binding *binding, const struct secret_key *key,
                            struct slice expiry, struct slice position)
{
    static const char label[] = "evenlode page link\0v1";
    const struct subject *subject = binding->subject;
    const struct slice bound[BOUND_PARTS] = {
        { label, sizeof label },
        expiry,
        position,
        subject->user,
        slice_from_string(governance_role_word(subject->role)),
        subject->organisation,
        binding->url,
    };
    uint64_t lengths[BOUND_PARTS];
    struct slice parts[2 * BOUND_PARTS];
    for (size_t i = 0; i < BOUND_PARTS; i++) {
        lengths[i] = bound[i].len;
        parts[2 * i] = slice_of((const char *)&lengths[i], sizeof lengths[i]);
        parts[2 * i + 1] = bound[i];
    }
    return digest_hmac(slice_of((const char *)key->bytes, sizeof key->bytes), parts,
                       ARRAY_LENGTH(parts));
}

struct slice page_seal(const struct page_binding *binding, struct slice position, walltime now,
                       struct arena *arena)
{
    uint64_t ends = (uint64_t)(now / 1000000) + LIMIT_PAGE_LINK_S;
    struct slice expiry = arena_printf(arena, "%llx", (unsigned long long)ends);
    struct digest mac = mac_of(binding, &binding->keys->keys[0], expiry, position);
    struct slice text = base64url_encode(slice_of((const char *)mac.bytes, MAC_SIZE), arena);
    if (expiry.ptr == NULL || text.ptr == NULL) {
        return (struct slice){ NULL, 0 };
    }
    return arena_printf(arena, "%.*s.%.*s.%.*s", SLICE_PRINT(expiry), SLICE_PRINT(position),
                        SLICE_PRINT(text));
}

static bool read_expiry(struct slice text, uint64_t *ret_seconds)
{
    uint64_t seconds = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (c < 'a' || c > 'f')) {
            return false;
        }
        seconds = seconds << 4 | (uint64_t)(is_digit ? c - '0' : c - 'a' + 10);
    }
    *ret_seconds = seconds;
    return text.len > 0 && text.len <= 10;
}

static bool mac_fits(const struct page_binding *binding, struct slice expiry, struct slice position,
                     struct slice mac)
{
    bool fits = false;
    for (size_t i = 0; i < binding->keys->count; i++) {
        struct digest expected = mac_of(binding, &binding->keys->keys[i], expiry, position);
        fits |= slice_equal_constant_time(mac, slice_of((const char *)expected.bytes, MAC_SIZE));
    }
    return fits;
}

bool page_open(const struct page_binding *binding, struct slice page, walltime now,
               struct arena *arena, struct slice *ret_position, struct fault *fault)
{
    struct slice rest = page, expiry, position, text, mac;
    uint64_t ends;
    if (slice_split(&rest, '.', &expiry) && slice_split(&rest, '.', &position) &&
        slice_split(&rest, '.', &text) && rest.ptr == NULL && read_expiry(expiry, &ends) &&
        base64url_decode(text, arena, &mac) && mac_fits(binding, expiry, position, mac) &&
        now / 1000000 < (int64_t)ends) {
        *ret_position = position;
        return true;
    }
    fault_set(fault, arena, FAULT_INVALID, "this page link is not valid, or its time is over");
    return fault_hint(fault, arena, "ask the first page again");
}
