/*
 * write_terms.c: the terms and population entries of a batch, in the order of their keys.
 *
 * A B-tree takes sorted keys several times faster than scattered ones: neighbours go to the same
 * page, which is found once. So a batch collects its changes of both indexes, sorts them, and makes
 * them behind all its rows, several to a statement. Operations on the same key keep the order in
 * which they were asked for: a row may be written twice in one batch.
 *
 * The terms of an old version are computed from its body. When that gives another number than the
 * row says, or the file was written under another INDEX_GENERATION, they are looked for among all
 * terms of the patient and type instead: slower, and right whatever wrote them.
 */
#include "store/sqlite/record_private.h"

static uint64_t prefix_of(const char *key)
{
    uint64_t prefix;
    memcpy(&prefix, key, sizeof prefix);
    return __builtin_bswap64(prefix);
}

static bool queue(struct batch *batch, const char *key, size_t len, bool remove)
{
    struct term_change *change = vector_push(&batch->terms, batch->arena);
    if (change == NULL) {
        return fault_no_memory(&batch->fault, NULL);
    }
    batch->order += 2;
    *change = (struct term_change){ prefix_of(key), key, (uint32_t)len,
                                    batch->order + (remove ? 1u : 0u) };
    return true;
}

bool terms_add(struct batch *batch, struct encoded_change *encoded, uint64_t patient,
               uint64_t sequence)
{
    for (size_t i = 0; i < encoded->terms.items.count; i++) {
        struct term *term = &encoded->terms.items.at[i];
        term_set_place(term, patient, sequence);
        if (!queue(batch, term->ptr, term->len, false)) {
            return false;
        }
    }
    return true;
}

/* computes them; *ret_fits false when they are not the row's */
static bool remove_computed(struct batch *batch, const struct row *row, bool *ret_fits)
{
    struct index_values values;
    struct terms terms = { .items = { NULL, 0, 0 } };
    if (!row_values(&batch->reader, row, &values)) {
        return false;
    }
    if (!terms_encode(&batch->self->strings, row->type, &values, batch->arena, &terms)) {
        return fault_no_memory(&batch->fault, NULL);
    }
    *ret_fits = terms.items.count == row->terms;
    for (size_t i = 0; *ret_fits && i < terms.items.count; i++) {
        struct term *term = &terms.items.at[i];
        term_set_place(term, row->patient, row->sequence);
        if (!queue(batch, term->ptr, term->len, true)) {
            return false;
        }
    }
    return true;
}

/* must see the terms of this batch, too: makes those that are queued first */
static bool remove_found(struct batch *batch, const struct row *row)
{
    struct term_range range;
    bool more;
    if (!terms_flush(batch)) {
        return false;
    }
    sqlite3_stmt *statement = reader_statement(&batch->reader, SQL_TERMS);
    if (statement == NULL) {
        return false;
    }
    term_range_of_type(row->patient, row->type, &range);
    sql_bind_slice(statement, 1, slice_of(range.from, range.from_len));
    sql_bind_slice(statement, 2, slice_of(range.to, range.to_len));
    for (;;) {
        if (!sql_next(batch->sql, statement, &more, batch->arena, &batch->fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        struct slice key = sql_column_slice(statement, 0);
        if (key.len >= TERM_HEAD + NUMBER_BYTES && term_sequence(key) == row->sequence) {
            struct slice copy = arena_copy(batch->arena, key);
            if (copy.ptr == NULL || !queue(batch, copy.ptr, copy.len, true)) {
                sqlite3_reset(statement);
                return fault_no_memory(&batch->fault, NULL);
            }
        }
    }
}

bool terms_remove(struct batch *batch, const struct row *row)
{
    bool fits = false;
    struct row whole = *row;
    bool found = row->body.len > 0;
    struct place place = { row->patient, row->type, row->sequence };
    if (batch->self->generation_fits) {
        if (!found && !row_read(&batch->reader, place, true, &whole, &found)) {
            return false;
        }
        if (found && !remove_computed(batch, &whole, &fits)) {
            return false;
        }
    }
    return fits || remove_found(batch, row);
}

static int compare_changes(const void *a, const void *b)
{
    const struct term_change *left = a;
    const struct term_change *right = b;
    if (left->prefix != right->prefix) {
        return left->prefix < right->prefix ? -1 : 1;
    }
    int order = slice_compare(slice_of(left->key, left->len), slice_of(right->key, right->len));
    return order != 0 ? order : (left->order > right->order) - (left->order < right->order);
}

/* keys on their way into one index, KEYS_AT_ONCE a statement, the last few one by one */
struct putting {
    struct batch *batch;
    enum record_statement one;
    enum record_statement many;
    struct slice keys[KEYS_AT_ONCE];
    size_t count;
};

static bool put_keys(struct putting *putting, enum record_statement number,
                     const struct slice *keys, size_t count)
{
    struct batch *batch = putting->batch;
    sqlite3_stmt *statement = reader_statement(&batch->reader, number);
    if (statement == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        sql_bind_slice(statement, (int)i + 1, keys[i]);
    }
    return sql_run(batch->sql, statement, batch->arena, &batch->fault);
}

static bool put_waiting(struct putting *putting)
{
    size_t count = putting->count;
    putting->count = 0;
    if (count == KEYS_AT_ONCE) {
        return put_keys(putting, putting->many, putting->keys, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (!put_keys(putting, putting->one, &putting->keys[i], 1)) {
            return false;
        }
    }
    return true;
}

static bool put_key(struct putting *putting, struct slice key)
{
    putting->keys[putting->count++] = key;
    return putting->count < KEYS_AT_ONCE || put_waiting(putting);
}

static bool remove_term(struct batch *batch, struct slice key)
{
    sqlite3_stmt *statement = reader_statement(&batch->reader, SQL_DELETE_TERM);
    if (statement == NULL) {
        return false;
    }
    sql_bind_slice(statement, 1, key);
    return sql_run(batch->sql, statement, batch->arena, &batch->fault) &&
           (sqlite3_changes(batch->sql->db) == 1 ||
            fault_set(&batch->fault, batch->arena, FAULT_CORRUPT,
                      "the index of the record store does not fit its rows"));
}

static int compare_entries(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct search_entry));
}

static bool flush_entries(struct batch *batch)
{
    struct putting putting = { batch, SQL_PUT_CANDIDATE, SQL_PUT_CANDIDATES, { { NULL, 0 } }, 0 };
    struct search_entry *at = batch->entries.at;
    size_t count = batch->entries.count;
    batch->entries.count = 0;
    if (count > 0) {
        qsort(at, count, sizeof *at, compare_entries);
    }
    for (size_t i = 0; i < count; i++) {
        bool repeats = i > 0 && compare_entries(&at[i], &at[i - 1]) == 0;
        if (!repeats && !put_key(&putting, slice_of(at[i].bytes, sizeof at[i].bytes))) {
            return false;
        }
    }
    return put_waiting(&putting);
}

/* a key may be put, removed and put again in one batch: a removal waits for what is before it */
static bool flush_terms(struct batch *batch)
{
    struct putting putting = { batch, SQL_PUT_TERM, SQL_PUT_TERMS, { { NULL, 0 } }, 0 };
    struct term_change *at = batch->terms.at;
    size_t count = batch->terms.count;
    batch->terms.count = 0;
    if (count > 0) {
        qsort(at, count, sizeof *at, compare_changes);
    }
    for (size_t i = 0; i < count; i++) {
        struct slice key = slice_of(at[i].key, at[i].len);
        bool remove = at[i].order % 2 != 0;
        bool ok =
            remove ? put_waiting(&putting) && remove_term(batch, key) : put_key(&putting, key);
        if (!ok) {
            return false;
        }
    }
    return put_waiting(&putting);
}

bool terms_flush(struct batch *batch)
{
    return flush_terms(batch) && flush_entries(batch);
}
