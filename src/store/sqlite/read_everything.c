/*
 * read_everything.c: a patient's whole record (FHIR R4 patient-operation-everything.html).
 *
 * The Patient; then its cluster and the rows that it is a member of, by type and sequence; then
 * what those refer to that belongs to nobody. The cluster lies together on the disk and is read in
 * one walk, each row out of SQLite's own page; to look a thousand rows up by their keys took three
 * times as long. The places of memberships are few and are listed when the cursor opens.
 *
 * References are looked for when that part has been given: bodies that this cursor gave are still
 * there; those of earlier pages are read once more.
 */
#include "store/referred.h"
#include "store/sqlite/record_private.h"

/* a row of the first part, and where it is to be read */
struct own_row {
    struct place place;
    uint8_t phase;   /* 0: the Patient itself */
    bool in_cluster; /* the walk stands on it */
};

/* over the first part in its order: the Patient, then cluster and memberships merged */
struct own_walk {
    bool begun;
    bool taken;            /* the row that `cluster` stands on has been given */
    sqlite3_stmt *cluster; /* NULL at its end */
    size_t next_member;
};

struct referred_row {
    struct row row;
    struct slice id;
};

struct everything_state {
    bool empty; /* there is no such Patient, or it was deleted */
    struct place patient;
    VECTOR(struct place) members;
    struct own_walk walk;
    VECTOR(struct slice) bodies; /* of the rows given */
    bool has_referred;
    VECTOR(struct referred_row) referred;
    size_t next_referred;
};

static int compare_places(const struct place *left, const struct place *right)
{
    if (left->type != right->type) {
        return left->type < right->type ? -1 : 1;
    }
    return (left->sequence > right->sequence) - (left->sequence < right->sequence);
}

static bool list_members(struct sqlite_cursor *cursor, struct everything_state *state)
{
    struct row_reader *reader = &cursor->reader;
    sqlite3_stmt *statement = reader_statement(reader, SQL_MEMBERS);
    bool more;
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)state->patient.patient);
    for (;;) {
        if (!sql_next(reader->sql, statement, &more, reader->arena, reader->fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        struct place *place = vector_push(&state->members, reader->arena);
        if (place == NULL) {
            sqlite3_reset(statement);
            return fault_no_memory(reader->fault, reader->arena);
        }
        *place = (struct place){ (uint64_t)sqlite3_column_int64(statement, 2),
                                 (fhir_type)sqlite3_column_int(statement, 0),
                                 (uint64_t)sqlite3_column_int64(statement, 1) };
    }
}

/* -- the walk ---------------------------------------------------------------------------------- */

static struct place place_of(sqlite3_stmt *cluster)
{
    return (struct place){ (uint64_t)sqlite3_column_int64(cluster, 0),
                           (fhir_type)sqlite3_column_int(cluster, 1),
                           (uint64_t)sqlite3_column_int64(cluster, 2) };
}

/* to the next row of the cluster that is not the Patient itself */
static bool step_cluster(struct sqlite_cursor *cursor, struct own_walk *walk)
{
    const struct everything_state *state = cursor->state;
    struct row_reader *reader = &cursor->reader;
    bool more = true;
    bool self = true;
    walk->taken = false;
    while (more && self) {
        if (!sql_next(reader->sql, walk->cluster, &more, reader->arena, reader->fault)) {
            return false;
        }
        struct place place = more ? place_of(walk->cluster) : (struct place){ 0 };
        self = more && compare_places(&place, &state->patient) == 0;
    }
    if (!more) {
        walk->cluster = NULL;
    }
    return true;
}

static bool begin_walk(struct sqlite_cursor *cursor, struct own_walk *walk)
{
    const struct everything_state *state = cursor->state;
    *walk = (struct own_walk){ .begun = true };
    walk->cluster = reader_statement(&cursor->reader, SQL_ROWS_OF_PATIENT);
    if (walk->cluster == NULL) {
        return false;
    }
    sqlite3_bind_int64(walk->cluster, 1, (int64_t)state->patient.patient);
    return step_cluster(cursor, walk);
}

/* *ret_end: there is no row left */
static bool walk_on(struct sqlite_cursor *cursor, struct own_walk *walk, struct own_row *ret_own,
                    bool *ret_end)
{
    const struct everything_state *state = cursor->state;
    *ret_end = state->empty;
    if (state->empty) {
        return true;
    }
    if (!walk->begun) {
        *ret_own = (struct own_row){ .place = state->patient };
        return begin_walk(cursor, walk);
    }
    if (walk->taken && !step_cluster(cursor, walk)) {
        return false;
    }
    const struct place *member =
        walk->next_member < state->members.count ? &state->members.at[walk->next_member] : NULL;
    struct own_row own = { .phase = 1, .in_cluster = walk->cluster != NULL };
    if (walk->cluster != NULL) {
        own.place = place_of(walk->cluster);
    }
    if (member != NULL && (!own.in_cluster || compare_places(member, &own.place) < 0)) {
        own = (struct own_row){ .place = *member, .phase = 1 };
        walk->next_member++;
    }
    walk->taken = own.in_cluster;
    *ret_own = own;
    *ret_end = !own.in_cluster && member == NULL;
    return true;
}

static bool is_passed(const struct sqlite_cursor *cursor, const struct own_row *own)
{
    const struct cursor_position *after = &cursor->after;
    struct place last = { 0, (fhir_type)after->number, after->sequence };
    if (!cursor->resumes || own->phase != after->phase) {
        return cursor->resumes && own->phase < after->phase;
    }
    return compare_places(&own->place, &last) <= 0;
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

/* the row as far as judging needs it; it may lie in SQLite's memory until the walk goes on */
static bool find_own(struct sqlite_cursor *cursor, const struct own_walk *walk,
                     const struct own_row *own, struct row *ret_row, bool *ret_found)
{
    *ret_found = own->in_cluster;
    if (!own->in_cluster) {
        return row_read(&cursor->reader, own->place, true, ret_row, ret_found);
    }
    row_borrow(walk->cluster, ret_row);
    return true;
}

/* reads, judges, shows one row of the first part */
static bool read_own(struct sqlite_cursor *cursor, const struct own_walk *walk,
                     const struct own_row *own, struct stored_resource *ret_resource,
                     bool *ret_given)
{
    struct row row;
    struct slice id;
    bool found;
    *ret_given = false;
    if (!find_own(cursor, walk, own, &row, &found)) {
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

/* bodies that were given on earlier pages; the walk of this page has ended */
static bool read_passed(struct sqlite_cursor *cursor)
{
    struct own_walk walk = { 0 };
    struct own_row own;
    bool ok = true;
    bool end = !cursor->resumes;
    while (ok && !end) {
        struct stored_resource resource;
        bool given;
        ok = walk_on(cursor, &walk, &own, &end);
        end = end || !is_passed(cursor, &own);
        ok = ok && (end || read_own(cursor, &walk, &own, &resource, &given));
    }
    return ok;
}

static bool find_referred(struct sqlite_cursor *cursor, struct everything_state *state)
{
    struct referred_set set;
    state->has_referred = true;
    if (!read_passed(cursor)) {
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
    for (;;) {
        struct own_row own;
        bool end;
        bool given = false;
        if (!walk_on(cursor, &state->walk, &own, &end)) {
            return CURSOR_FAULT;
        }
        if (end) {
            return next_referred(cursor, ret_resource, ret_position);
        }
        if (!is_passed(cursor, &own) &&
            !read_own(cursor, &state->walk, &own, ret_resource, &given)) {
            return CURSOR_FAULT;
        }
        if (given) {
            *ret_position = (struct cursor_position){ .phase = own.phase,
                                                      .number = own.place.type,
                                                      .sequence = own.place.sequence };
            return CURSOR_ROW;
        }
    }
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
    state->empty = !found || row_is_deleted(&patient);
    state->patient = (struct place){ patient.patient, FHIR_PATIENT, patient.sequence };
    return state->empty || list_members(cursor, state);
}
