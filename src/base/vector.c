/*
 * vector.c: doubles, so that n pushes copy at most 2n elements.
 *
 * The arena does not take the outgrown array back unless it is its newest piece, in which case
 * nothing is copied at all; a vector that is filled without other allocations between grows in
 * place.
 */
#include "base/vector.h"

#define FIRST_CAPACITY ((size_t)8)

bool vector_reserve(void **at, size_t count, size_t *capacity, size_t size, struct arena *arena)
{
    if (count < *capacity) {
        return true;
    }
    size_t wanted;
    size_t bytes;
    if (!size_mul(*capacity, 2, &wanted)) {
        return false;
    }
    if (wanted < FIRST_CAPACITY) {
        wanted = FIRST_CAPACITY;
    }
    if (!size_mul(wanted, size, &bytes)) {
        return false;
    }
    void *grown = arena_grow(arena, *at, *capacity * size, bytes);
    if (grown == NULL) {
        return false;
    }
    *at = grown;
    *capacity = wanted;
    return true;
}
