/*
 * search_in_patient.c: which rows of one patient may match, from the terms alone.
 *
 * For each condition the terms of its parameter are scanned (a range: they lie together), judged by
 * search_value_matches(), and give a set of sequence numbers. Sets are sorted arrays; a patient has
 * some thousand rows, so merging them costs less than any clever structure. Conditions that find
 * intersect; :not and :missing=true take away. Without a condition that finds, one begins with all
 * rows.
 *
 * A value that was cut is found as "doubtful": its row stays in, whatever the condition, and is
 * judged by its body. So are rows of which this patient is only a member: they are few, and their
 * terms lie with their home.
 */
#include "store/sqlite/record_private.h"

struct hits {
    struct match *at;
    size_t count;
    size_t capacity;
};

struct searching {
    struct row_reader *reader;
    const struct search_query *query;
    uint64_t patient;
};

static bool push(struct searching *now, struct hits *hits, uint64_t sequence, bool doubtful)
{
    struct match *hit = vector_push(hits, now->reader->arena);
    if (hit == NULL) {
        return fault_no_memory(now->reader->fault, now->reader->arena);
    }
    *hit = (struct match){ now->patient, sequence, doubtful };
    return true;
}

/* by sequence; of equal ones the sure first */
static int compare_hits(const void *a, const void *b)
{
    const struct match *left = a;
    const struct match *right = b;
    if (left->sequence != right->sequence) {
        return left->sequence < right->sequence ? -1 : 1;
    }
    return (int)left->doubtful - (int)right->doubtful;
}

static void sort_hits(struct hits *hits)
{
    size_t kept = 0;
    bool sorted = true;
    for (size_t i = 1; i < hits->count && sorted; i++) {
        sorted = hits->at[i - 1].sequence < hits->at[i].sequence;
    }
    if (sorted) {
        return;
    }
    qsort(hits->at, hits->count, sizeof *hits->at, compare_hits);
    for (size_t i = 0; i < hits->count; i++) {
        if (kept == 0 || hits->at[kept - 1].sequence != hits->at[i].sequence) {
            hits->at[kept++] = hits->at[i];
        }
    }
    hits->count = kept;
}

/* judges one term; `value` NULL: being there is enough */
static bool look_at_term(struct searching *now, const struct search_condition *condition,
                         const struct search_value *value, struct slice key, struct hits *hits)
{
    struct index_value index;
    bool cut;
    if (!term_decode(&now->reader->self->strings, key, &index, &cut)) {
        return fault_set(now->reader->fault, now->reader->arena, FAULT_CORRUPT,
                         "the index of the record store is damaged");
    }
    if (value == NULL) {
        return push(now, hits, term_sequence(key), false);
    }
    if (cut) {
        return push(now, hits, term_sequence(key), true);
    }
    return !search_value_matches(condition, value, &index) ||
           push(now, hits, term_sequence(key), false);
}

static bool scan(struct searching *now, const struct search_condition *condition,
                 const struct search_value *value, const struct term_range *range,
                 struct hits *hits)
{
    struct row_reader *reader = now->reader;
    sqlite3_stmt *statement = reader_statement(reader, SQL_TERMS);
    bool more;
    if (statement == NULL) {
        return false;
    }
    sql_bind_slice(statement, 1, slice_of(range->from, range->from_len));
    sql_bind_slice(statement, 2, slice_of(range->to, range->to_len));
    for (;;) {
        if (!sql_next(reader->sql, statement, &more, reader->arena, reader->fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        if (!look_at_term(now, condition, value, sql_column_slice(statement, 0), hits)) {
            sqlite3_reset(statement);
            return false;
        }
    }
}

/* rows with a value that satisfies one of the alternatives; :missing: rows with any value */
static bool find_values(struct searching *now, const struct search_condition *condition,
                        struct hits *hits)
{
    struct term_range ranges[TERM_RANGES_MOST];
    fhir_type type = now->query->type;
    if (condition->modifier == SEARCH_MISSING) {
        term_range_of_parameter(now->patient, type, condition->parameter_key, ranges);
        if (!scan(now, condition, NULL, ranges, hits)) {
            return false;
        }
    }
    for (size_t i = 0; condition->modifier != SEARCH_MISSING && i < condition->value_count; i++) {
        const struct search_value *value = &condition->values[i];
        size_t count = term_ranges_of(now->patient, type, condition, value, ranges);
        for (size_t r = 0; r < count; r++) {
            if (!scan(now, condition, value, &ranges[r], hits)) {
                return false;
            }
        }
    }
    sort_hits(hits);
    return true;
}

static bool is_negative(const struct search_condition *condition)
{
    return condition->modifier == SEARCH_NOT ||
           (condition->modifier == SEARCH_MISSING && condition->is_missing);
}

/* keeps what is in both; doubtful when either is */
static void intersect(struct hits *left, const struct hits *right)
{
    size_t kept = 0;
    size_t r = 0;
    for (size_t l = 0; l < left->count; l++) {
        while (r < right->count && right->at[r].sequence < left->at[l].sequence) {
            r++;
        }
        if (r < right->count && right->at[r].sequence == left->at[l].sequence) {
            left->at[kept] = left->at[l];
            left->at[kept++].doubtful |= right->at[r].doubtful;
        }
    }
    left->count = kept;
}

/* takes away what is surely in `right`; what is doubtful there stays, doubtful */
static void subtract(struct hits *left, const struct hits *right)
{
    size_t kept = 0;
    size_t r = 0;
    for (size_t l = 0; l < left->count; l++) {
        while (r < right->count && right->at[r].sequence < left->at[l].sequence) {
            r++;
        }
        bool same = r < right->count && right->at[r].sequence == left->at[l].sequence;
        if (same && !right->at[r].doubtful) {
            continue;
        }
        left->at[kept] = left->at[l];
        left->at[kept++].doubtful |= same;
    }
    left->count = kept;
}

static bool all_rows(struct searching *now, struct hits *hits)
{
    struct row_reader *reader = now->reader;
    sqlite3_stmt *statement = reader_statement(reader, SQL_SEQUENCES);
    bool more;
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)now->patient);
    sqlite3_bind_int(statement, 2, now->query->type);
    for (;;) {
        if (!sql_next(reader->sql, statement, &more, reader->arena, reader->fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        if (!push(now, hits, (uint64_t)sqlite3_column_int64(statement, 0), false)) {
            sqlite3_reset(statement);
            return false;
        }
    }
}

static bool find_positive(struct searching *now, struct hits *hits, bool *ret_any)
{
    *ret_any = false;
    for (size_t i = 0; i < now->query->condition_count; i++) {
        const struct search_condition *condition = &now->query->conditions[i];
        struct hits found = { NULL, 0, 0 };
        if (condition->column != SEARCH_INDEX || is_negative(condition)) {
            continue;
        }
        if (!find_values(now, condition, &found)) {
            return false;
        }
        if (*ret_any) {
            intersect(hits, &found);
        } else {
            *hits = found;
        }
        *ret_any = true;
        if (hits->count == 0) {
            return true;
        }
    }
    return true;
}

static bool find_own(struct searching *now, struct hits *hits)
{
    bool any;
    if (!find_positive(now, hits, &any) || (!any && !all_rows(now, hits))) {
        return false;
    }
    for (size_t i = 0; hits->count > 0 && i < now->query->condition_count; i++) {
        const struct search_condition *condition = &now->query->conditions[i];
        struct hits found = { NULL, 0, 0 };
        if (condition->column != SEARCH_INDEX || !is_negative(condition)) {
            continue;
        }
        if (!find_values(now, condition, &found)) {
            return false;
        }
        subtract(hits, &found);
    }
    return true;
}

static int compare_matches(const void *a, const void *b)
{
    const struct match *left = a;
    const struct match *right = b;
    if (left->home != right->home) {
        return left->home < right->home ? -1 : 1;
    }
    return compare_hits(a, b);
}

static bool add_members(struct searching *now, struct hits *hits)
{
    struct row_reader *reader = now->reader;
    sqlite3_stmt *statement = reader_statement(reader, SQL_MEMBERS_OF_TYPE);
    bool more;
    size_t own = hits->count;
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)now->patient);
    sqlite3_bind_int(statement, 2, now->query->type);
    for (;;) {
        if (!sql_next(reader->sql, statement, &more, reader->arena, reader->fault)) {
            return false;
        }
        if (!more) {
            break;
        }
        if (!push(now, hits, (uint64_t)sqlite3_column_int64(statement, 1), true)) {
            sqlite3_reset(statement);
            return false;
        }
        hits->at[hits->count - 1].home = (uint64_t)sqlite3_column_int64(statement, 2);
    }
    if (hits->count > own) {
        qsort(hits->at, hits->count, sizeof *hits->at, compare_matches);
    }
    return true;
}

bool search_in_patient(struct row_reader *reader, const struct search_query *query,
                       uint64_t patient, bool with_members, struct patient_matches *ret_matches)
{
    struct searching now = { reader, query, patient };
    struct hits hits = { NULL, 0, 0 };
    if (!find_own(&now, &hits) || (with_members && !add_members(&now, &hits))) {
        return false;
    }
    ret_matches->at = hits.at;
    ret_matches->count = hits.count;
    return true;
}
