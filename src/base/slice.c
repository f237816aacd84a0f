/*
 * slice.c: pointer and length.
 *
 * memcmp and memchr get no NULL, even with length 0: an empty slice may have no pointer.
 */
#include "base/slice.h"

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool slice_equal_ascii_case(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool slice_equal_constant_time(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return false;
    }
    volatile unsigned char difference = 0;
    for (size_t i = 0; i < a.len; i++) {
        difference = (unsigned char)(difference | (a.ptr[i] ^ b.ptr[i]));
    }
    return difference == 0;
}

int slice_compare(struct slice a, struct slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool slice_starts_with(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && slice_equal(slice_sub(s, 0, prefix.len), prefix);
}

bool slice_ends_with(struct slice s, struct slice suffix)
{
    return s.len >= suffix.len && slice_equal(slice_from(s, s.len - suffix.len), suffix);
}

struct slice slice_sub(struct slice s, size_t start, size_t len)
{
    if (start >= s.len) {
        return (struct slice){ NULL, 0 };
    }
    size_t rest = s.len - start;
    return (struct slice){ s.ptr + start, len < rest ? len : rest };
}

struct slice slice_from(struct slice s, size_t start)
{
    return slice_sub(s, start, SIZE_MAX);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
    while (s.len > 0 && is_space(s.ptr[0])) {
        s = slice_from(s, 1);
    }
    while (s.len > 0 && is_space(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

size_t slice_find(struct slice s, char byte)
{
    const char *found = s.len == 0 ? NULL : memchr(s.ptr, byte, s.len);
    return found == NULL ? s.len : (size_t)(found - s.ptr);
}

size_t slice_find_slice(struct slice s, struct slice needle)
{
    if (needle.len == 0) {
        return 0;
    }
    const char *found = s.len < needle.len ? NULL : memmem(s.ptr, s.len, needle.ptr, needle.len);
    return found == NULL ? s.len : (size_t)(found - s.ptr);
}

bool slice_split(struct slice *rest, char separator, struct slice *ret_part)
{
    if (rest->ptr == NULL) {
        return false;
    }
    size_t end = slice_find(*rest, separator);
    *ret_part = (struct slice){ rest->ptr, end };
    if (end == rest->len) {
        *rest = (struct slice){ NULL, 0 };
    } else {
        *rest = (struct slice){ rest->ptr + end + 1, rest->len - end - 1 };
    }
    return true;
}

bool slice_to_u64(struct slice s, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value)) {
            return false;
        }
    }
    *ret_value = value;
    return true;
}
