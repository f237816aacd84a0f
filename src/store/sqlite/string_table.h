/*
 * string_table.h: texts that come again and again, as small numbers.
 *
 * Code systems, units and displays are few and long; a term keeps their number. Numbers are given
 * when a change is prepared and written down by the next commit, in whose transaction the first
 * term that uses them lies at the earliest; a number that was never written is of no consequence.
 * At most STRINGS_MOST, and none longer than STRING_LONGEST: what does not fit is kept in the term.
 *
 * Any thread may look up and add. The committing thread alone persists.
 */
#ifndef EVENLODE_STORE_SQLITE_STRING_TABLE_H
#define EVENLODE_STORE_SQLITE_STRING_TABLE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/hash_table.h"
#include "base/limits.h"

#define STRINGS_MOST   LIMIT_STORE_STRINGS
#define STRING_LONGEST LIMIT_STORE_STRING

struct string_table {
    pthread_rwlock_t lock; /* of numbers and arena */
    struct arena arena;
    struct hash_table numbers;
    atomic_uint count;  /* texts[0..count) never change */
    unsigned persisted; /* the committing thread's */
    struct slice texts[STRINGS_MOST];
};

void string_table_init(struct string_table *table);
void string_table_release(struct string_table *table);
/* the number, added if need be; false when it has none: keep the text itself */
MUST_CHECK bool string_table_number(struct string_table *table, struct slice text,
                                    unsigned *ret_number);
/* false when there is no such number */
MUST_CHECK bool string_table_text(const struct string_table *table, unsigned number,
                                  struct slice *ret_text);
/* while opening: the next text as it was persisted; false without memory */
MUST_CHECK bool string_table_restore(struct string_table *table, struct slice text);

#endif
