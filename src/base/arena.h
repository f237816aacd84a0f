/*
 * arena.h: memory by lifetime.
 *
 * An arena is made for one request, message or batch, gives out memory without book-keeping for
 * each piece, and returns all of it at once. It has a ceiling: past it, and when the system has no
 * more, arena_alloc() answers NULL and the caller reports a fault. Nothing aborts.
 *
 * One thread at a time. Memory is aligned for any type and is not cleared unless said.
 */
#ifndef EVENLODE_BASE_ARENA_H
#define EVENLODE_BASE_ARENA_H

#include <stdarg.h>

#include "base/prelude.h"
#include "base/slice.h"

struct arena_block;

struct arena {
    struct arena_block *block; /* newest first */
    char *free;
    char *end;
    size_t used;    /* bytes held in blocks */
    size_t ceiling; /* of `used` */
    bool exhausted; /* an allocation has failed since init or clear */
};

/* `ceiling` in bytes, from base/limits.h. Allocates nothing yet. */
void arena_init(struct arena *arena, size_t ceiling);
/* gives everything back; the arena may be used again */
void arena_clear(struct arena *arena);
/* as clear, but keeps one block for the next round: for arenas that are used again and again */
void arena_reset(struct arena *arena);
/* gives everything back; the arena is finished */
void arena_release(struct arena *arena);

/* NULL past the ceiling or without memory. Size 0 gives a unique, unusable address. */
MUST_CHECK void *arena_alloc(struct arena *arena, size_t size);
/* count * size bytes, all zero; NULL also when the product overflows */
MUST_CHECK void *arena_zeroed(struct arena *arena, size_t count, size_t size);
/* enlarges the array at `old` (of `old_size` bytes, possibly NULL/0), in place when it is newest */
MUST_CHECK void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size);

#define arena_new(arena, type)          ((type *)arena_zeroed((arena), 1, sizeof(type)))
#define arena_array(arena, count, type) ((type *)arena_zeroed((arena), (count), sizeof(type)))

/* A copy that lives as long as the arena, with a NUL behind it. {NULL, 0} on failure. */
MUST_CHECK struct slice arena_copy(struct arena *arena, struct slice s);
/* the same as a C string; NULL on failure or when `s` holds a NUL */
MUST_CHECK char *arena_string(struct arena *arena, struct slice s);
/* formatted text; {NULL, 0} on failure */
struct slice arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct slice arena_vprintf(struct arena *arena, const char *format, va_list arguments)
    PRINTF_LIKE(2, 0);

#endif
