/*
 * arena.c: blocks in a list, a pointer that moves.
 *
 * Blocks double from 4 KiB to 1 MiB, so that a small request costs one small block and a large one
 * few large ones; a piece over a quarter of the next block gets a block of its own behind the
 * current one, so that the room left in the current block is not lost. `used` counts whole blocks:
 * that is what the ceiling bounds.
 *
 * Under AddressSanitizer each piece ends in a poisoned gap, so that an overrun of one piece into
 * the next is found.
 */
#include "base/arena.h"

#include "base/os.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define GAP            ((size_t)16)
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define GAP            ((size_t)0)
#endif

#define ALIGNMENT   alignof(max_align_t)
#define FIRST_BLOCK ((size_t)4096)
#define LAST_BLOCK  ((size_t)1024 * 1024)

struct arena_block {
    struct arena_block *older;
    size_t size; /* of the whole block */
};

#define HEADER ((sizeof(struct arena_block) + ALIGNMENT - 1) & ~(ALIGNMENT - 1))

void arena_init(struct arena *arena, size_t ceiling)
{
    *arena = (struct arena){ .ceiling = ceiling };
}

static void free_blocks(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *older = block->older;
        UNPOISON(block, block->size);
        os_free(block);
        block = older;
    }
}

void arena_clear(struct arena *arena)
{
    free_blocks(arena->block);
    arena_init(arena, arena->ceiling);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = arena->block;
    if (kept == NULL || kept->size > LAST_BLOCK) {
        arena_clear(arena);
        return;
    }
    free_blocks(kept->older);
    kept->older = NULL;
    arena->used = kept->size;
    arena->free = (char *)kept + HEADER;
    arena->end = (char *)kept + kept->size;
    arena->exhausted = false;
    POISON(arena->free, kept->size - HEADER);
}

void arena_release(struct arena *arena)
{
    arena_clear(arena);
    arena->ceiling = 0;
}

static struct arena_block *new_block(struct arena *arena, size_t size)
{
    if (size > arena->ceiling || arena->used > arena->ceiling - size) {
        return NULL;
    }
    struct arena_block *block = os_malloc(size);
    if (block != NULL) {
        block->size = size;
        arena->used += size;
        POISON((char *)block + HEADER, size - HEADER);
    }
    return block;
}

static size_t next_block_size(const struct arena *arena)
{
    size_t size = FIRST_BLOCK;
    while (size < LAST_BLOCK && size <= arena->used) {
        size *= 2;
    }
    size_t room = arena->ceiling > arena->used ? arena->ceiling - arena->used : 0;
    return size < room ? size : room;
}

/* a piece too large to share a block: put behind the current one */
static void *alloc_alone(struct arena *arena, size_t rounded)
{
    size_t size;
    struct arena_block *block = size_add(HEADER, rounded, &size) ? new_block(arena, size) : NULL;
    if (block == NULL) {
        return NULL;
    }
    if (arena->block == NULL) {
        block->older = NULL;
        arena->block = block;
        arena->free = arena->end = (char *)block + block->size;
    } else {
        block->older = arena->block->older;
        arena->block->older = block;
    }
    return (char *)block + HEADER;
}

static void *alloc_slow(struct arena *arena, size_t rounded)
{
    size_t size = next_block_size(arena);
    if (size < HEADER || rounded > (size - HEADER) / 4) {
        return alloc_alone(arena, rounded);
    }
    struct arena_block *block = new_block(arena, size);
    if (block == NULL) {
        return NULL;
    }
    block->older = arena->block;
    arena->block = block;
    char *piece = (char *)block + HEADER;
    arena->free = piece + rounded;
    arena->end = (char *)block + size;
    return piece;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded;
    if (!size_add(size, ALIGNMENT - 1 + GAP, &rounded)) {
        arena->exhausted = true;
        return NULL;
    }
    rounded &= ~(ALIGNMENT - 1);
    if (rounded == 0) {
        rounded = ALIGNMENT;
    }
    char *piece;
    if ((size_t)(arena->end - arena->free) >= rounded && arena->free != NULL) {
        piece = arena->free;
        arena->free += rounded;
    } else {
        piece = alloc_slow(arena, rounded);
        if (piece == NULL) {
            arena->exhausted = true;
            return NULL;
        }
    }
    UNPOISON(piece, size);
    return piece;
}

void *arena_zeroed(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (!size_mul(count, size, &total)) {
        arena->exhausted = true;
        return NULL;
    }
    void *piece = arena_alloc(arena, total);
    if (piece != NULL) {
        memset(piece, 0, total);
    }
    return piece;
}

void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
    size_t held = (old_size + ALIGNMENT - 1 + GAP) & ~(ALIGNMENT - 1);
    size_t wanted;
    if (old != NULL && old_size > 0 && (char *)old + held == arena->free &&
        size_add(new_size, ALIGNMENT - 1 + GAP, &wanted)) {
        wanted &= ~(ALIGNMENT - 1);
        if (wanted <= (size_t)(arena->end - (char *)old)) {
            arena->free = (char *)old + wanted;
            UNPOISON(old, new_size);
            return old;
        }
    }
    void *piece = arena_alloc(arena, new_size);
    if (piece != NULL && old != NULL && old_size > 0) {
        memcpy(piece, old, old_size < new_size ? old_size : new_size);
    }
    return piece;
}

struct slice arena_copy(struct arena *arena, struct slice s)
{
    size_t size;
    char *piece = size_add(s.len, 1, &size) ? arena_alloc(arena, size) : NULL;
    if (piece == NULL) {
        return (struct slice){ NULL, 0 };
    }
    if (s.len > 0) {
        memcpy(piece, s.ptr, s.len);
    }
    piece[s.len] = '\0';
    return (struct slice){ piece, s.len };
}

char *arena_string(struct arena *arena, struct slice s)
{
    if (slice_find(s, '\0') != s.len) {
        return NULL;
    }
    return (char *)arena_copy(arena, s).ptr;
}

struct slice arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int needed = vsnprintf(NULL, 0, format, arguments);
    char *piece = needed < 0 ? NULL : arena_alloc(arena, (size_t)needed + 1);
    struct slice result = { NULL, 0 };
    if (piece != NULL) {
        vsnprintf(piece, (size_t)needed + 1, format, again);
        result = (struct slice){ piece, (size_t)needed };
    }
    va_end(again);
    return result;
}

struct slice arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice result = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return result;
}
