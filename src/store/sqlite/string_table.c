/*
 * string_table.c: a hash table one way, an array the other.
 *
 * Readers of numbers need no lock: an entry is complete before the count says that it is there, and
 * never changes again. The table is bounded in both directions, so a sender of ever new systems
 * fills it once and no more.
 */
#include "store/sqlite/string_table.h"

#include "base/limits.h"

void string_table_init(struct string_table *table)
{
    pthread_rwlock_init(&table->lock, NULL);
    arena_init(&table->arena, MIB(2));
    hash_table_init(&table->numbers, &table->arena);
    atomic_init(&table->count, 0);
    table->persisted = 0;
}

void string_table_release(struct string_table *table)
{
    arena_release(&table->arena);
    pthread_rwlock_destroy(&table->lock);
}

/* under the write lock */
static bool add(struct string_table *table, struct slice text, unsigned *ret_number)
{
    unsigned count = atomic_load(&table->count);
    if (count >= STRINGS_MOST) {
        return false;
    }
    struct slice copy = arena_copy(&table->arena, text);
    struct hash_slot *slot = copy.ptr == NULL ? NULL : hash_table_put(&table->numbers, copy, NULL);
    if (slot == NULL) {
        return false;
    }
    slot->value.number = count;
    table->texts[count] = copy;
    atomic_store_explicit(&table->count, count + 1, memory_order_release);
    *ret_number = count;
    return true;
}

bool string_table_number(struct string_table *table, struct slice text, unsigned *ret_number)
{
    if (text.len > STRING_LONGEST) {
        return false;
    }
    pthread_rwlock_rdlock(&table->lock);
    struct hash_slot *slot = hash_table_find(&table->numbers, text);
    bool known = slot != NULL;
    unsigned number = known ? (unsigned)slot->value.number : 0;
    pthread_rwlock_unlock(&table->lock);
    if (known) {
        *ret_number = number;
        return true;
    }
    if (atomic_load(&table->count) >= STRINGS_MOST) {
        return false;
    }
    pthread_rwlock_wrlock(&table->lock);
    slot = hash_table_find(&table->numbers, text);
    bool found = slot != NULL;
    if (found) {
        *ret_number = (unsigned)slot->value.number;
    } else {
        found = add(table, text, ret_number);
    }
    pthread_rwlock_unlock(&table->lock);
    return found;
}

bool string_table_text(const struct string_table *table, unsigned number, struct slice *ret_text)
{
    if (number >= atomic_load_explicit(&table->count, memory_order_acquire)) {
        return false;
    }
    *ret_text = table->texts[number];
    return true;
}

bool string_table_restore(struct string_table *table, struct slice text)
{
    unsigned number;
    if (!add(table, text, &number)) {
        return false;
    }
    table->persisted = number + 1;
    return true;
}
