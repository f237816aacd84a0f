/*
 * testing.h: what the tests of what base reads and writes share: random numbers that can be had
 * again, and a heap in which one allocation fails.
 */
#ifndef EVENLODE_TESTS_BASE_TESTING_H
#define EVENLODE_TESTS_BASE_TESTING_H

#include <errno.h>

#include "base/os.h"
#include "fault/failing_os.h"
#include "support/check.h"

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

/* from here on the `call`th allocation fails, counted from 1 */
static inline void heap_fail_at(uint64_t call)
{
    failing_os_install();
    failing_os_fail(FAIL_MALLOC, call, false, ENOMEM);
}

/* puts the heap right again; true when the failure took place */
static inline bool heap_restore(void)
{
    bool failed = failing_os_failures() > 0;
    failing_os_remove();
    return failed;
}

#endif
