/*
 * exchange_store.c: keys, submission and waiting; the rest is the implementation's.
 *
 * A key is a row of parts that keep their order when compared bytewise: text ends in a NUL, which
 * sorts before every other byte, so "ab" stands before "abc"; numbers are eight bytes, big end
 * first.
 */
#include "store/exchange_store_private.h"

void exchange_key_text(struct strbuf *key, struct slice text)
{
    if (slice_find(text, '\0') != text.len) {
        key->failed = true; /* would read back as two parts */
        return;
    }
    strbuf_add(key, text);
    strbuf_add_byte(key, '\0');
}

void exchange_key_u64(struct strbuf *key, uint64_t number)
{
    char bytes[8];
    for (int i = 7; i >= 0; i--) {
        bytes[i] = (char)(number & 0xff);
        number >>= 8;
    }
    strbuf_add(key, slice_of(bytes, sizeof bytes));
}

bool exchange_key_take_text(struct slice *rest, struct slice *ret_text)
{
    size_t end = slice_find(*rest, '\0');
    if (end == rest->len) {
        return false;
    }
    *ret_text = slice_sub(*rest, 0, end);
    *rest = slice_from(*rest, end + 1);
    return true;
}

bool exchange_key_take_u64(struct slice *rest, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (rest->len < 8) {
        return false;
    }
    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | (uint8_t)rest->ptr[i];
    }
    *rest = slice_from(*rest, 8);
    *ret_number = number;
    return true;
}

bool exchange_prefix_end(struct slice prefix, struct arena *arena, struct slice *ret_end,
                         bool *ret_failed)
{
    size_t len = prefix.len;
    *ret_failed = false;
    while (len > 0 && (uint8_t)prefix.ptr[len - 1] == 0xff) {
        len--;
    }
    if (len == 0) {
        return false;
    }
    char *end = arena_alloc(arena, len);
    if (end == NULL) {
        *ret_failed = true;
        return false;
    }
    memcpy(end, prefix.ptr, len);
    end[len - 1] = (char)((uint8_t)end[len - 1] + 1);
    *ret_end = slice_of(end, len);
    return true;
}

bool exchange_store_get(struct exchange_store *store, enum exchange_table table, struct slice key,
                        struct arena *arena, struct slice *ret_value, bool *ret_found,
                        struct fault *fault)
{
    CHECK_OBJ(store, EXCHANGE_STORE_MAGIC);
    return store->ops->get(store, table, key, arena, ret_value, ret_found, fault);
}

bool exchange_store_scan(struct exchange_store *store, enum exchange_table table,
                         struct slice prefix, struct slice after, uint32_t limit,
                         struct arena *arena,
                         bool (*row)(void *context, const struct exchange_row *row), void *context,
                         struct fault *fault)
{
    CHECK_OBJ(store, EXCHANGE_STORE_MAGIC);
    return store->ops->scan(store, table, prefix, after, limit, arena, row, context, fault);
}

static void item_done(struct commit_item *item)
{
    struct exchange_write *write = (struct exchange_write *)item;
    write->done(write);
}

void exchange_store_submit(struct exchange_store *store, struct exchange_write *write)
{
    CHECK_OBJ(store, EXCHANGE_STORE_MAGIC);
    write->item = (struct commit_item){ .weight = write->count + 1, .done = item_done };
    write->ok = false;
    write->fault = (struct fault)FAULT_INIT;
    commit_queue_submit(store->queue, &write->item);
}

static void wake(struct exchange_write *write)
{
    commit_wait_wake(write->context);
}

bool exchange_store_commit(struct exchange_store *store, struct exchange_write *write,
                           struct fault *fault)
{
    struct commit_wait wait;
    commit_wait_init(&wait);
    write->done = wake;
    write->context = &wait;
    exchange_store_submit(store, write);
    commit_wait_block(&wait);
    commit_wait_release(&wait);
    if (!write->ok) {
        *fault = write->fault;
    }
    return write->ok;
}

void exchange_store_close(struct exchange_store *store)
{
    if (store != NULL) {
        CHECK_OBJ(store, EXCHANGE_STORE_MAGIC);
        store->ops->close(store);
    }
}
