/*
 * prelude.h: what every source of Evenlode includes first.
 *
 * The fixed-width types, assertions that stay on in release builds, the attributes we use by
 * short names, and a poison list: C functions that write without knowing where their buffer ends,
 * or that depend on the locale, do not compile here (the idea is git's banned.h).
 */
#ifndef EVENLODE_BASE_PRELUDE_H
#define EVENLODE_BASE_PRELUDE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef NDEBUG
#error "assertions stay on: build with b_ndebug=false"
#endif
#include <assert.h>

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define UNUSED            __attribute__((unused))

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* sizes add and multiply through these, so that an overflow is an error and never a small number */
#define size_add(a, b, ret) (!__builtin_add_overflow((size_t)(a), (size_t)(b), (ret)))
#define size_mul(a, b, ret) (!__builtin_mul_overflow((size_t)(a), (size_t)(b), (ret)))

/*
 * Objects that cross threads or callbacks carry a magic number in their first member, `magic`:
 * a freed or wrong object stops the program at the border instead of being believed (Varnish's
 * miniobj.h). Clear the magic before freeing.
 */
#define CHECK_OBJ(object, number)                                                                  \
    do {                                                                                           \
        assert((object) != NULL);                                                                  \
        assert((object)->magic == (number));                                                       \
    } while (0)

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok
#undef gets
#undef alloca
#define BANNED(function) sorry_##function##_is_banned
#define strcpy(...)      BANNED(strcpy)
#define strcat(...)      BANNED(strcat)
#define strncpy(...)     BANNED(strncpy)
#define strncat(...)     BANNED(strncat)
#define sprintf(...)     BANNED(sprintf)
#define vsprintf(...)    BANNED(vsprintf)
#define strtok(...)      BANNED(strtok)
#define gets(...)        BANNED(gets)
#define alloca(...)      BANNED(alloca)

#endif
