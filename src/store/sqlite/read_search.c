/*
 * read_search.c: a search as a walk over patients.
 *
 * Within a patient the candidates are that patient; without one they come from the population
 * index (search_population.c). In each cluster the terms say which rows may match
 * (search_in_patient.c); here each is read, judged by the decision, and by its body when the terms
 * left a doubt. The natural order is home, then sequence, so a page needs no more than it shows.
 * A sorted search, on the other hand, has to see all matches first: it keeps their places, sorts
 * them, and reads a body only when its row's turn has come.
 */
#include "store/sqlite/record_private.h"

struct walk {
    const uint64_t *patients;
    size_t patients_count;
    size_t next_patient;
    bool with_members;
    struct patient_matches matches;
    size_t next_match;
};

struct search_state {
    struct walk walk;
    bool is_sorted;
    struct cursor_position *sorted;
    size_t sorted_count;
    size_t next_sorted;
};

static bool matches_columns(const struct search_query *query, struct slice id, int64_t updated)
{
    for (size_t i = 0; i < query->condition_count; i++) {
        const struct search_condition *condition = &query->conditions[i];
        bool fits = condition->column == SEARCH_ID ? search_id_matches(condition, id)
                    : condition->column == SEARCH_LAST_UPDATED
                        ? search_last_updated_matches(condition, updated)
                        : true;
        if (!fits) {
            return false;
        }
    }
    return true;
}

/* reads the row of a match and judges it; *ret_fits false: not a result */
static bool judge(struct sqlite_cursor *cursor, const struct match *match, bool with_body,
                  struct row *row, struct slice *ret_id, bool *ret_fits)
{
    const struct search_query *search = cursor->query->search;
    struct place place = { match->home, search->type, match->sequence };
    struct index_values values;
    bool found;
    *ret_fits = false;
    if (!row_read(&cursor->reader, place, with_body || match->doubtful, row, &found)) {
        return false;
    }
    if (!found || row_is_deleted(row)) {
        return true;
    }
    if (!row_id(&cursor->reader, row, ret_id)) {
        return false;
    }
    if (!matches_columns(search, *ret_id, row->updated)) {
        return true;
    }
    if (match->doubtful) {
        if (!row_values(&cursor->reader, row, &values)) {
            return false;
        }
        if (!search_row_matches(search, *ret_id, row->updated, &values)) {
            return true;
        }
    }
    return row_allowed(&cursor->reader, cursor->decision, row, ret_fits);
}

/* the next match of the walk; *ret_match NULL at the end */
static bool walk_on(struct sqlite_cursor *cursor, struct walk *walk, const struct match **ret_match)
{
    while (walk->next_match >= walk->matches.count) {
        if (walk->next_patient >= walk->patients_count) {
            *ret_match = NULL;
            return true;
        }
        uint64_t patient = walk->patients[walk->next_patient++];
        walk->next_match = 0;
        if (!search_in_patient(&cursor->reader, cursor->query->search, patient, walk->with_members,
                               &walk->matches)) {
            return false;
        }
    }
    *ret_match = &walk->matches.at[walk->next_match++];
    return true;
}

static bool is_behind(const struct sqlite_cursor *cursor, const struct match *match)
{
    if (!cursor->resumes) {
        return true;
    }
    return match->home != cursor->after.key ? match->home > cursor->after.key
                                            : match->sequence > cursor->after.sequence;
}

static enum cursor_step next_in_order(struct sqlite_cursor *cursor,
                                      struct stored_resource *ret_resource,
                                      struct cursor_position *ret_position)
{
    struct search_state *state = cursor->state;
    for (;;) {
        const struct match *match;
        struct row row;
        struct slice id;
        bool fits;
        if (!walk_on(cursor, &state->walk, &match)) {
            return CURSOR_FAULT;
        }
        if (match == NULL) {
            return CURSOR_END;
        }
        if (!is_behind(cursor, match)) {
            continue;
        }
        if (!judge(cursor, match, true, &row, &id, &fits)) {
            return CURSOR_FAULT;
        }
        if (fits) {
            ret_position->key = match->home;
            ret_position->sequence = match->sequence;
            return row_show(&cursor->reader, &row, id, ret_resource) ? CURSOR_ROW : CURSOR_FAULT;
        }
    }
}

static enum cursor_step next_sorted(struct sqlite_cursor *cursor,
                                    struct stored_resource *ret_resource,
                                    struct cursor_position *ret_position)
{
    struct search_state *state = cursor->state;
    struct row row;
    struct slice id;
    bool found;
    if (state->next_sorted >= state->sorted_count) {
        return CURSOR_END;
    }
    *ret_position = state->sorted[state->next_sorted++];
    struct place place = { ret_position->key, cursor->query->search->type, ret_position->sequence };
    if (!row_read(&cursor->reader, place, true, &row, &found) ||
        !row_id(&cursor->reader, &row, &id) || !row_show(&cursor->reader, &row, id, ret_resource)) {
        return CURSOR_FAULT;
    }
    return CURSOR_ROW;
}

struct place_list {
    struct cursor_position *at;
    size_t count;
    size_t capacity;
};

/* all results of a walk: their number, and their places unless `places` is NULL */
static bool walk_all(struct sqlite_cursor *cursor, struct walk walk, struct place_list *places)
{
    uint64_t total = 0;
    for (;;) {
        const struct match *match;
        struct row row;
        struct slice id;
        bool fits;
        if (!walk_on(cursor, &walk, &match)) {
            return false;
        }
        if (match == NULL) {
            cursor->cursor.total = total;
            return true;
        }
        if (!judge(cursor, match, false, &row, &id, &fits)) {
            return false;
        }
        total += fits;
        if (fits && places != NULL) {
            struct cursor_position *place = vector_push(places, cursor->reader.arena);
            if (place == NULL) {
                return fault_no_memory(cursor->reader.fault, cursor->reader.arena);
            }
            *place = (struct cursor_position){
                .key = match->home, .sequence = match->sequence, .time = row.updated, .id = id
            };
        }
    }
}

static int compare_places(const void *a, const void *b, void *query)
{
    return search_order_compare(query, a, b);
}

static bool sort_matches(struct sqlite_cursor *cursor, struct search_state *state)
{
    const struct search_query *search = cursor->query->search;
    struct place_list places = { NULL, 0, 0 };
    if (!walk_all(cursor, state->walk, &places)) {
        return false;
    }
    if (places.count > 1) {
        qsort_r(places.at, places.count, sizeof *places.at, compare_places, (void *)search);
    }
    state->sorted = places.at;
    state->sorted_count = places.count;
    while (cursor->resumes && state->next_sorted < places.count &&
           search_order_compare(search, &places.at[state->next_sorted], &cursor->after) <= 0) {
        state->next_sorted++;
    }
    return true;
}

/* the patient that the query names, or all that the population index gives */
static bool choose_patients(struct sqlite_cursor *cursor, struct walk *walk)
{
    struct slice patient = cursor->query->patient_id;
    struct row row;
    bool found;
    if (patient.len == 0) {
        uint64_t *keys;
        bool ok =
            search_candidates(&cursor->reader, cursor->query->search, &keys, &walk->patients_count);
        walk->patients = keys;
        return ok;
    }
    if (!row_find(&cursor->reader, FHIR_PATIENT, patient, false, &row, &found)) {
        return false;
    }
    walk->with_members = true;
    walk->patients_count = found;
    if (found) {
        uint64_t *key = arena_new(cursor->reader.arena, uint64_t);
        if (key == NULL) {
            return fault_no_memory(cursor->reader.fault, cursor->reader.arena);
        }
        *key = row.patient;
        walk->patients = key;
    }
    return true;
}

bool open_search(struct sqlite_cursor *cursor)
{
    const struct store_query *query = cursor->query;
    struct search_state *state = arena_new(cursor->reader.arena, struct search_state);
    if (state == NULL) {
        return fault_no_memory(cursor->reader.fault, cursor->reader.arena);
    }
    cursor->state = state;
    state->is_sorted = query->search->sort_count > 0;
    cursor->next = state->is_sorted ? next_sorted : next_in_order;
    if (!decision_covers_store(cursor->decision, record_store_ods(&cursor->reader.self->store)) ||
        !decision_allows_type(cursor->decision, query->search->type)) {
        return true; /* no patients: an empty walk */
    }
    if (!choose_patients(cursor, &state->walk)) {
        return false;
    }
    if (state->is_sorted) {
        return sort_matches(cursor, state);
    }
    if ((query->count_only || query->with_total) && !walk_all(cursor, state->walk, NULL)) {
        return false;
    }
    while (cursor->resumes && !state->walk.with_members &&
           state->walk.next_patient < state->walk.patients_count &&
           state->walk.patients[state->walk.next_patient] < cursor->after.key) {
        state->walk.next_patient++;
    }
    return true;
}
