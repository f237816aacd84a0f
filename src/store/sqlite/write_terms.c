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

static bool queue(struct batch *batch, const char *key, size_t len, bool remove)
{
    struct queued_key *queued = vector_push(&batch->terms.items, batch->arena);
    if (queued == NULL) {
        return fault_no_memory(&batch->fault, NULL);
    }
    *queued = queued_key_of(key, len, remove);
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

static bool put_in_order(struct putting *putting, const struct queued_keys *keys)
{
    for (size_t i = 0; i < keys->items.count; i++) {
        const struct queued_key *queued = &keys->items.at[i];
        struct slice key = slice_of(queued->key, queued->len);
        /* a removal may be of what waits to be put */
        bool ok = queued->remove ? put_waiting(putting) && remove_term(putting->batch, key)
                                 : put_key(putting, key);
        if (!ok) {
            return false;
        }
    }
    return put_waiting(putting);
}

bool terms_flush(struct batch *batch)
{
    struct putting terms = { .batch = batch, .one = SQL_PUT_TERM, .many = SQL_PUT_TERMS };
    struct putting entries = { .batch = batch,
                               .one = SQL_PUT_CANDIDATE,
                               .many = SQL_PUT_CANDIDATES };
    if (!queued_keys_sort(&batch->terms, batch->arena) ||
        !queued_keys_sort(&batch->entries, batch->arena)) {
        return fault_no_memory(&batch->fault, NULL);
    }
    queued_keys_drop_repeats(&batch->entries); /* rows of one patient share them */
    bool ok = put_in_order(&terms, &batch->terms) && put_in_order(&entries, &batch->entries);
    batch->terms.items.count = 0;
    batch->entries.items.count = 0;
    return ok;
}
