/*
 * check.h: cmocka with the headers that it wants before it, checks on slices, rounds of long tests.
 */
#ifndef EVENLODE_TESTS_CHECK_H
#define EVENLODE_TESTS_CHECK_H

#include "base/prelude.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/slice.h"

/* the slice holds exactly these bytes; prints both when it does not */
#define assert_slice(actual, expected_literal)                                                     \
    do {                                                                                           \
        struct slice check_actual = (actual);                                                      \
        if (!slice_equal(check_actual, slice_from_string(expected_literal))) {                     \
            fail_msg("expected \"%s\", found \"%.*s\"", (expected_literal),                        \
                     SLICE_PRINT(check_actual));                                                   \
        }                                                                                          \
    } while (0)

/* of places that a test fails one by one: all in the build that ships, every third where all is
 * slow, and fewer where all is slower and the next round finds no other race */
#if defined(__SANITIZE_ADDRESS__)
#define CHECK_STEP 3
#elif defined(__SANITIZE_THREAD__)
#define CHECK_STEP 8
#else
#define CHECK_STEP 1
#endif

/* how often a test does a thing: as the variable of script/test says, else as it is given here */
static inline unsigned check_rounds(const char *variable, unsigned rounds)
{
    const char *text = getenv(variable);
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : rounds;
}

#endif
