/*
 * testing.h: what the tests of base share: cmocka, random numbers that can be had again, and a
 * heap that fails on command.
 */
#ifndef EVENLODE_TESTS_BASE_TESTING_H
#define EVENLODE_TESTS_BASE_TESTING_H

#include "base/os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* xorshift64*; the seed comes from EVENLODE_SEED or is fixed, and is printed */
struct dice {
    uint64_t state;
};

static inline struct dice dice_new(void)
{
    const char *text = getenv("EVENLODE_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 20261123;
    print_message("seed %llu\n", (unsigned long long)seed);
    return (struct dice){ seed * 2 + 1 };
}

static inline uint64_t dice_u64(struct dice *dice)
{
    dice->state ^= dice->state >> 12;
    dice->state ^= dice->state << 25;
    dice->state ^= dice->state >> 27;
    return dice->state * 0x2545f4914f6cdd1du;
}

/* 0 to below - 1 */
static inline size_t dice_below(struct dice *dice, size_t below)
{
    return (size_t)((dice_u64(dice) >> 16) % below);
}

/* -- a heap in which one allocation fails ----------------------------------------------------- */

static size_t heap_calls;
static size_t heap_fails_at; /* counted from 1; 0: never */

static inline void *failing_malloc(size_t size)
{
    return ++heap_calls == heap_fails_at ? NULL : os_system.malloc(size);
}

static inline void *failing_realloc(void *old, size_t size)
{
    return ++heap_calls == heap_fails_at ? NULL : os_system.realloc(old, size);
}

static inline void heap_fail_at(size_t call)
{
    static struct os_ops ops;
    ops = os_system;
    ops.malloc = failing_malloc;
    ops.realloc = failing_realloc;
    heap_calls = 0;
    heap_fails_at = call;
    os_install(&ops);
}

/* true when the failure took place */
static inline bool heap_restore(void)
{
    os_install(NULL);
    return heap_fails_at != 0 && heap_calls >= heap_fails_at;
}

#endif
