/*
 * read_everything.c: a patient's whole record (FHIR R4 patient-operation-everything.html).
 *
 * The Patient; then its cluster and the rows that it is a member of, by type and sequence; then
 * what those refer to that belongs to nobody. The places of the first part are listed when the
 * cursor opens, which reads keys only. References are looked for when that part has been given:
 * bodies that this cursor gave are still there; those of earlier pages are read once more.
 */
#include "store/referred.h"
#include "store/sqlite/record_private.h"

struct own_place {
    struct place place;
    uint8_t phase; /* 0: the Patient itself */
};

struct referred_row {
    struct row row;
    struct slice id;
};

struct everything_state {
    VECTOR(struct own_place) own;
    size_t next_own;
    VECTOR(struct slice) bodies; /* of the rows given */
    bool has_referred;
    VECTOR(struct referred_row) referred;
    size_t next_referred;
};

static bool add_own(struct sqlite_cursor *cursor, struct everything_state *state,
                    struct place place, uint8_t phase)
{
    struct own_place *own = vector_push(&state->own, cursor->reader.arena);
    if (own == NULL) {
        return fault_no_memory(cursor->reader.fault, cursor->reader.arena);
    }
    *own = (struct own_place){ place, phase };
    return true;
}

static int compare_own(const void *a, const void *b)
{
    const struct own_place *left = a;
    const struct own_place *right = b;
    if (left->phase != right->phase) {
        return left->phase < right->phase ? -1 : 1;
    }
    if (left->place.type != right->place.type) {
        return left->place.type < right->place.type ? -1 : 1;
    }
    return (left->place.sequence > right->place.sequence) -
           (left->place.sequence < right->place.sequence);
}

/* rows of the cluster, or those it is a member of */
static bool list_places(struct sqlite_cursor *cursor, struct everything_state *state,
                        const struct row *patient, bool members)
{
    struct row_reader *reader = &cursor->reader;
    sqlite3_stmt *statement = reader_statement(reader, members ? SQL_MEMBERS : SQL_ROWS_OF_PATIENT);
    bool more;
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)patient->patient);
    for (;;) {
        if (!sql_next(reader->sql, statement, &more, reader->arena, reader->fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        struct place place = { patient->patient, (fhir_type)sqlite3_column_int(statement, 0),
                               (uint64_t)sqlite3_column_int64(statement, 1) };
        if (members) {
            place.patient = (uint64_t)sqlite3_column_int64(statement, 2);
        }
        bool self = !members && place.type == FHIR_PATIENT && place.sequence == patient->sequence;
        if (!add_own(cursor, state, place, self ? 0 : 1)) {
            sqlite3_reset(statement);
            return false;
        }
    }
}

static bool is_passed(const struct sqlite_cursor *cursor, const struct own_place *own)
{
    struct own_place after = { { 0, (fhir_type)cursor->after.number, cursor->after.sequence },
                               cursor->after.phase };
    return cursor->resumes && compare_own(own, &after) <= 0;
}

static bool keep_body(struct sqlite_cursor *cursor, struct slice body)
{
    struct everything_state *state = cursor->state;
    struct slice *slot = vector_push(&state->bodies, cursor->reader.arena);
    if (slot == NULL) {
        return fault_no_memory(cursor->reader.fault, cursor->reader.arena);
    }
    *slot = body;
    return true;
}

/* reads, judges, shows one row of the first part */
static bool read_own(struct sqlite_cursor *cursor, const struct own_place *own,
                     struct stored_resource *ret_resource, bool *ret_given)
{
    struct row row;
    struct slice id;
    bool found;
    *ret_given = false;
    if (!row_read(&cursor->reader, own->place, true, &row, &found)) {
        return false;
    }
    if (!found || row_is_deleted(&row)) {
        return true;
    }
    if (!row_allowed(&cursor->reader, cursor->decision, &row, ret_given)) {
        return false;
    }
    return !*ret_given || (row_id(&cursor->reader, &row, &id) &&
                           row_show(&cursor->reader, &row, id, ret_resource) &&
                           keep_body(cursor, ret_resource->body));
}

static int compare_referred(const void *a, const void *b)
{
    const struct row *left = &((const struct referred_row *)a)->row;
    const struct row *right = &((const struct referred_row *)b)->row;
    if (left->type != right->type) {
        return left->type < right->type ? -1 : 1;
    }
    return (left->sequence > right->sequence) - (left->sequence < right->sequence);
}

/* bodies that were given on earlier pages */
static bool read_passed(struct sqlite_cursor *cursor, struct everything_state *state)
{
    struct stored_resource resource;
    bool given;
    for (size_t i = 0; i < state->own.count && is_passed(cursor, &state->own.at[i]); i++) {
        if (!read_own(cursor, &state->own.at[i], &resource, &given)) {
            return false;
        }
    }
    return true;
}

static bool find_referred(struct sqlite_cursor *cursor, struct everything_state *state)
{
    struct referred_set set;
    state->has_referred = true;
    if (!read_passed(cursor, state)) {
        return false;
    }
    referred_set_init(&set, cursor->reader.arena);
    for (size_t i = 0; i < state->bodies.count; i++) {
        if (!referred_set_add(&set, state->bodies.at[i], cursor->reader.fault)) {
            return false;
        }
    }
    for (size_t i = 0; i < set.items.count; i++) {
        struct row row;
        bool found;
        const struct referred *item = &set.items.at[i];
        if (!row_find(&cursor->reader, item->type, item->id, true, &row, &found)) {
            return false;
        }
        if (!found || row_is_deleted(&row)) {
            continue;
        }
        struct referred_row *referred = vector_push(&state->referred, cursor->reader.arena);
        if (referred == NULL) {
            return fault_no_memory(cursor->reader.fault, cursor->reader.arena);
        }
        *referred = (struct referred_row){ row, item->id };
    }
    if (state->referred.count > 1) {
        qsort(state->referred.at, state->referred.count, sizeof *state->referred.at,
              compare_referred);
    }
    return true;
}

static bool referred_is_passed(const struct sqlite_cursor *cursor, const struct row *row)
{
    const struct cursor_position *after = &cursor->after;
    if (!cursor->resumes || after->phase < 2) {
        return false;
    }
    return row->type != after->number ? row->type < after->number
                                      : row->sequence <= after->sequence;
}

static enum cursor_step next_referred(struct sqlite_cursor *cursor,
                                      struct stored_resource *ret_resource,
                                      struct cursor_position *ret_position)
{
    struct everything_state *state = cursor->state;
    if (!state->has_referred && !find_referred(cursor, state)) {
        return CURSOR_FAULT;
    }
    while (state->next_referred < state->referred.count) {
        const struct referred_row *referred = &state->referred.at[state->next_referred++];
        const struct row *row = &referred->row;
        bool allowed;
        if (referred_is_passed(cursor, row)) {
            continue;
        }
        if (!row_allowed(&cursor->reader, cursor->decision, row, &allowed)) {
            return CURSOR_FAULT;
        }
        if (allowed) {
            *ret_position = (struct cursor_position){ .phase = 2,
                                                      .number = row->type,
                                                      .sequence = row->sequence };
            return row_show(&cursor->reader, row, referred->id, ret_resource) ? CURSOR_ROW
                                                                              : CURSOR_FAULT;
        }
    }
    return CURSOR_END;
}

static enum cursor_step next_everything(struct sqlite_cursor *cursor,
                                        struct stored_resource *ret_resource,
                                        struct cursor_position *ret_position)
{
    struct everything_state *state = cursor->state;
    while (state->next_own < state->own.count) {
        const struct own_place *own = &state->own.at[state->next_own++];
        bool given;
        if (is_passed(cursor, own)) {
            continue;
        }
        if (!read_own(cursor, own, ret_resource, &given)) {
            return CURSOR_FAULT;
        }
        if (given) {
            *ret_position = (struct cursor_position){ .phase = own->phase,
                                                      .number = own->place.type,
                                                      .sequence = own->place.sequence };
            return CURSOR_ROW;
        }
    }
    return next_referred(cursor, ret_resource, ret_position);
}

bool open_everything(struct sqlite_cursor *cursor)
{
    struct everything_state *state = arena_new(cursor->reader.arena, struct everything_state);
    struct row patient;
    bool found;
    if (state == NULL) {
        return fault_no_memory(cursor->reader.fault, cursor->reader.arena);
    }
    cursor->state = state;
    cursor->next = next_everything;
    if (!row_find(&cursor->reader, FHIR_PATIENT, cursor->query->patient_id, false, &patient,
                  &found)) {
        return false;
    }
    if (!found || row_is_deleted(&patient)) {
        return true;
    }
    if (!list_places(cursor, state, &patient, false) ||
        !list_places(cursor, state, &patient, true)) {
        return false;
    }
    qsort(state->own.at, state->own.count, sizeof *state->own.at, compare_own);
    return true;
}
