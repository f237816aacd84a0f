/*
 * search_population.c: which patients may have rows that match.
 *
 * Each condition that the population index can answer gives a sorted list of patient keys; the
 * lists are intersected. A condition on a compartment's reference names its patients itself, so it
 * needs no index; and an _id is found by the locator. When no condition helps, it is all patients
 * that have rows of the type.
 */
#include "store/sqlite/record_private.h"

struct keys {
    uint64_t *at;
    size_t count;
    size_t capacity;
};

struct choosing {
    struct row_reader *reader;
    const struct search_query *query;
};

static bool push(struct choosing *now, struct keys *keys, uint64_t key)
{
    uint64_t *slot = vector_push(keys, now->reader->arena);
    if (slot == NULL) {
        return fault_no_memory(now->reader->fault, now->reader->arena);
    }
    *slot = key;
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void sort_keys(struct keys *keys)
{
    size_t kept = 0;
    if (keys->count > 1) {
        qsort(keys->at, keys->count, sizeof *keys->at, compare_keys);
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (kept == 0 || keys->at[kept - 1] != keys->at[i]) {
            keys->at[kept++] = keys->at[i];
        }
    }
    keys->count = kept;
}

static void intersect(struct keys *left, const struct keys *right)
{
    size_t kept = 0;
    size_t r = 0;
    for (size_t l = 0; l < left->count; l++) {
        while (r < right->count && right->at[r] < left->at[l]) {
            r++;
        }
        if (r < right->count && right->at[r] == left->at[l]) {
            left->at[kept++] = left->at[l];
        }
    }
    left->count = kept;
}

static bool scan(struct choosing *now, const struct search_range *range, struct keys *keys)
{
    struct row_reader *reader = now->reader;
    sqlite3_stmt *statement = reader_statement(reader, SQL_CANDIDATES);
    bool more;
    if (statement == NULL) {
        return false;
    }
    sql_bind_slice(statement, 1, slice_of(range->from.bytes, sizeof range->from.bytes));
    sql_bind_slice(statement, 2, slice_of(range->to.bytes, sizeof range->to.bytes));
    for (;;) {
        if (!sql_next(reader->sql, statement, &more, reader->arena, reader->fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        struct slice entry = sql_column_slice(statement, 0);
        bool whole = entry.len == SEARCH_ENTRY_SIZE;
        if (!whole || !push(now, keys, get_number40(entry.ptr + entry.len - NUMBER_BYTES))) {
            sqlite3_reset(statement);
            return whole ? false
                         : fault_set(reader->fault, reader->arena, FAULT_CORRUPT,
                                     "the index of the record store is damaged");
        }
    }
}

/* homes of the rows that the patient is a member of */
static bool add_homes_of_members(struct choosing *now, uint64_t patient, struct keys *keys)
{
    struct row_reader *reader = now->reader;
    sqlite3_stmt *statement = reader_statement(reader, SQL_MEMBERS_OF_TYPE);
    bool more;
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)patient);
    sqlite3_bind_int(statement, 2, now->query->type);
    for (;;) {
        if (!sql_next(reader->sql, statement, &more, reader->arena, reader->fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        if (!push(now, keys, (uint64_t)sqlite3_column_int64(statement, 2))) {
            sqlite3_reset(statement);
            return false;
        }
    }
}

static bool is_compartment_condition(const struct choosing *now,
                                     const struct search_condition *condition)
{
    size_t count;
    const uint32_t *keys = fhir_compartment_keys(now->query->type, &count);
    for (size_t i = 0; condition->kind == SEARCH_REFERENCE && i < count; i++) {
        if (keys[i] == condition->parameter_key) {
            return true;
        }
    }
    return false;
}

/* the patient that the alternative names, and those in whose clusters it is a member */
static bool add_named_patient(struct choosing *now, const struct search_value *value,
                              struct keys *keys)
{
    struct row row;
    bool found;
    bool may_be_patient = value->system.len == 0 || slice_equal(value->system, SLICE("Patient"));
    if (!value->is_local || !may_be_patient) {
        return true;
    }
    if (!row_find(now->reader, FHIR_PATIENT, value->code, false, &row, &found)) {
        return false;
    }
    return !found || (push(now, keys, row.patient) && add_homes_of_members(now, row.patient, keys));
}

/* *ret_useful false: the condition does not narrow */
static bool choose_by_index(struct choosing *now, const struct search_condition *condition,
                            struct keys *keys, bool *ret_useful)
{
    struct search_range ranges[SEARCH_RANGES_MOST];
    bool names_patients =
        is_compartment_condition(now, condition) && condition->modifier != SEARCH_MISSING;
    *ret_useful = condition->modifier != SEARCH_NOT &&
                  !(condition->modifier == SEARCH_MISSING &&
                    (condition->is_missing || is_compartment_condition(now, condition)));
    if (!*ret_useful) {
        return true;
    }
    if (condition->modifier == SEARCH_MISSING) {
        search_range_of_parameter(now->query->type, condition->parameter_key, ranges);
        return scan(now, ranges, keys);
    }
    for (size_t i = 0; i < condition->value_count; i++) {
        const struct search_value *value = &condition->values[i];
        if (names_patients && !add_named_patient(now, value, keys)) {
            return false;
        }
        size_t count = search_ranges_of(now->query->type, condition, value, ranges);
        for (size_t r = 0; r < count; r++) {
            if (!scan(now, &ranges[r], keys)) {
                return false;
            }
        }
    }
    return true;
}

static bool choose_by_id(struct choosing *now, const struct search_condition *condition,
                         struct keys *keys)
{
    for (size_t i = 0; i < condition->value_count; i++) {
        struct row row;
        bool found;
        if (!row_find(now->reader, now->query->type, condition->values[i].code, false, &row,
                      &found) ||
            (found && !push(now, keys, row.patient))) {
            return false;
        }
    }
    return true;
}

static bool choose(struct choosing *now, const struct search_condition *condition,
                   struct keys *keys, bool *ret_useful)
{
    *ret_useful = false;
    switch ((enum search_column)condition->column) {
    case SEARCH_INDEX:
        return choose_by_index(now, condition, keys, ret_useful);
    case SEARCH_ID:
        *ret_useful = condition->modifier == SEARCH_PLAIN;
        return !*ret_useful || choose_by_id(now, condition, keys);
    case SEARCH_LAST_UPDATED:
        break;
    }
    return true;
}

bool search_candidates(struct row_reader *reader, const struct search_query *query,
                       uint64_t **ret_keys, size_t *ret_count)
{
    struct choosing now = { reader, query };
    struct keys chosen = { NULL, 0, 0 };
    bool any = false;
    for (size_t i = 0; i < query->condition_count; i++) {
        struct keys keys = { NULL, 0, 0 };
        bool useful;
        if (!choose(&now, &query->conditions[i], &keys, &useful)) {
            return false;
        }
        if (!useful) {
            continue;
        }
        sort_keys(&keys);
        if (any) {
            intersect(&chosen, &keys);
        } else {
            chosen = keys;
        }
        any = true;
    }
    if (!any) {
        struct search_range range;
        search_range_of_type(query->type, &range);
        if (!scan(&now, &range, &chosen)) {
            return false;
        }
        sort_keys(&chosen);
    }
    *ret_keys = chosen.at;
    *ret_count = chosen.count;
    return true;
}
