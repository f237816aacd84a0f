/*
 * decimal.h: a decimal number that keeps its digits.
 *
 * FHIR R4 datatypes.html#decimal: the precision is part of the value. The text stays where it is
 * (a slice of the JSON); here are its checks, comparison by value (1.50 equals 1.5; exact, never
 * through a double), and the implicit range of a search value: 5.4 means [5.35, 5.45), and 1e2
 * means [95, 105), as the table in FHIR R4 search.html#number says.
 */
#ifndef EVENLODE_BASE_DECIMAL_H
#define EVENLODE_BASE_DECIMAL_H

#include "base/arena.h"

#define DECIMAL_ZERO INT32_MIN

struct decimal {
    struct slice text; /* as given */
    bool negative;     /* never for zero */
    int32_t exponent;  /* value = 0.d1d2d3... * 10^exponent, d1 not 0; DECIMAL_ZERO for zero */
    int32_t precision; /* exponent of the last digit given: 5.40 -> -2, 1e2 -> 2 */
};

/* the JSON grammar of numbers; at most 128 characters, |exponent| at most 10000 */
MUST_CHECK bool decimal_parse(struct slice text, struct decimal *ret_decimal);
int decimal_compare(const struct decimal *a, const struct decimal *b); /* by value */

/*
 * An order-preserving key for indexes: a < b by value gives key(a) <= key(b), differing from about
 * the 16th significant digit up. IEEE double bits mapped to int64 order.
 */
int64_t decimal_key(const struct decimal *decimal);
/* keys of the implicit range [low, high) */
void decimal_range(const struct decimal *decimal, int64_t *ret_low, int64_t *ret_high);
double decimal_to_double(const struct decimal *decimal); /* for charts, never for storage */

#endif
