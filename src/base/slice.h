/*
 * slice.h: text to read, as pointer and length.
 *
 * A slice owns nothing and need not end in NUL; it is valid as long as what it points into. Pass
 * it by value. The empty slice may have a NULL pointer.
 */
#ifndef EVENLODE_BASE_SLICE_H
#define EVENLODE_BASE_SLICE_H

#include "base/prelude.h"

struct slice {
    const char *ptr;
    size_t len;
};

/* a slice of a string literal; refuses anything else at compile time */
#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })
/* the same where a constant initialiser is needed */
/* clang-format off */
#define SLICE_INIT(literal) { "" literal, sizeof(literal) - 1 }
/* clang-format on */
/* for printf: printf("%.*s", SLICE_PRINT(s)) */
#define SLICE_PRINT(s) (int)(s).len, (s).ptr

static inline struct slice slice_of(const char *ptr, size_t len)
{
    return (struct slice){ ptr, len };
}

/* the characters before the NUL; NULL gives the empty slice */
static inline struct slice slice_from_string(const char *string)
{
    return slice_of(string, string == NULL ? 0 : strlen(string));
}

/*
 * Here, so that comparing with a literal is a few words and no call. A slice of some length has
 * bytes; the analyzer, which sees each caller's test for NULL, supposes slices that have none.
 */
static inline bool slice_equal(struct slice a, struct slice b)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* without regard to the case of A to Z; other bytes as they are */
bool slice_equal_ascii_case(struct slice a, struct slice b);
/* equality in time that depends on the lengths alone: for secrets */
bool slice_equal_constant_time(struct slice a, struct slice b);
/* bytewise order, shorter first: <0, 0, >0 */
int slice_compare(struct slice a, struct slice b);
bool slice_starts_with(struct slice s, struct slice prefix);
bool slice_ends_with(struct slice s, struct slice suffix);

/* the part from `start` for at most `len` bytes; beyond the end gives less */
struct slice slice_sub(struct slice s, size_t start, size_t len);
/* the part from `start` to the end */
struct slice slice_from(struct slice s, size_t start);
/* without space, tab, CR and LF at both ends */
struct slice slice_trim(struct slice s);
/* index of the first such byte, or s.len */
size_t slice_find(struct slice s, char byte);
/* index of the first occurrence of `needle`, or s.len */
size_t slice_find_slice(struct slice s, struct slice needle);
/*
 * Takes the part before the first `separator` off *rest into *ret_part; false when *rest is
 * exhausted. An input that ends in the separator gives a last empty part.
 * Start with `struct slice rest = s;`; *rest becomes {NULL, 0} after the last part.
 */
bool slice_split(struct slice *rest, char separator, struct slice *ret_part);

/* decimal digits only, the whole slice, no sign, no overflow */
MUST_CHECK bool slice_to_u64(struct slice s, uint64_t *ret_value);

#endif
