/*
 * vector.h: a growing array in an arena, typed by macro.
 *
 *   VECTOR(struct item) items = { 0 };
 *   struct item *one = vector_push(&items, arena);   // zeroed; NULL without memory
 *   for (size_t i = 0; i < items.count; i++) use(&items.at[i]);
 */
#ifndef EVENLODE_BASE_VECTOR_H
#define EVENLODE_BASE_VECTOR_H

#include "base/arena.h"

#define VECTOR(type)                                                                               \
    struct {                                                                                       \
        type *at;                                                                                  \
        size_t count;                                                                              \
        size_t capacity;                                                                           \
    }

/* makes room for one more of `size` bytes; false without memory */
MUST_CHECK bool vector_reserve(void **at, size_t count, size_t *capacity, size_t size,
                               struct arena *arena);

#define vector_push(vector, arena)                                                                 \
    (vector_reserve((void **)&(vector)->at, (vector)->count, &(vector)->capacity,                  \
                    sizeof(*(vector)->at), (arena))                                                \
         ? (memset(&(vector)->at[(vector)->count], 0, sizeof(*(vector)->at)),                      \
            &(vector)->at[(vector)->count++])                                                      \
         : NULL)

#endif
