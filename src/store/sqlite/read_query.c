/*
 * read_query.c: cursors, and the queries about one resource or the list of changes.
 *
 * A cursor holds one reader's connection in one read transaction from opening to freeing: one
 * moment of the store. Nothing waits: rows come from the page cache or a pread.
 *
 * A total is counted by running the query once more without limit and position, on memory that is
 * given back; a search counts without reading bodies (read_search.c).
 */
#include "base/limits.h"
#include "store/sqlite/record_private.h"

/* the row as a result, if the decision allows it */
static enum cursor_step give(struct sqlite_cursor *cursor, const struct row *row, struct slice id,
                             struct stored_resource *ret_resource, bool *ret_given)
{
    if (!row_allowed(&cursor->reader, cursor->decision, row, ret_given)) {
        return CURSOR_FAULT;
    }
    if (*ret_given && !row_show(&cursor->reader, row, id, ret_resource)) {
        return CURSOR_FAULT;
    }
    return CURSOR_ROW;
}

/* -- READ, VERSION, HISTORY -------------------------------------------------------------------- */

struct read_state {
    struct row current;
    bool found;
    bool current_done;
    struct slice id;
    sqlite3_stmt *older; /* rows of history, being stepped */
};

static enum cursor_step give_current(struct sqlite_cursor *cursor, struct read_state *state,
                                     struct stored_resource *ret_resource,
                                     struct cursor_position *ret_position, bool *ret_given)
{
    const struct store_query *query = cursor->query;
    bool wanted = query->kind != QUERY_VERSION || query->version == state->current.version;
    bool behind = cursor->resumes && state->current.version >= cursor->after.number;
    state->current_done = true;
    *ret_given = false;
    ret_position->number = state->current.version;
    if (!wanted || behind) {
        return CURSOR_ROW;
    }
    return give(cursor, &state->current, state->id, ret_resource, ret_given);
}

static sqlite3_stmt *start_older(struct sqlite_cursor *cursor, struct read_state *state)
{
    bool one = cursor->query->kind == QUERY_VERSION;
    version_no before = state->current.version;
    if (cursor->resumes && cursor->after.number < before) {
        before = (version_no)cursor->after.number;
    }
    sqlite3_stmt *statement = reader_statement(&cursor->reader, one ? SQL_OLD_ROW : SQL_OLD_ROWS);
    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, (int64_t)state->current.sequence);
        sqlite3_bind_int64(statement, 2, one ? cursor->query->version : before);
    }
    return statement;
}

static enum cursor_step next_older(struct sqlite_cursor *cursor, struct read_state *state,
                                   struct stored_resource *ret_resource,
                                   struct cursor_position *ret_position, bool *ret_given)
{
    struct row row;
    bool more;
    *ret_given = false;
    if (state->older == NULL) {
        state->older = start_older(cursor, state);
        if (state->older == NULL) {
            return CURSOR_FAULT;
        }
    }
    if (!sql_next(cursor->reader.sql, state->older, &more, cursor->reader.arena,
                  cursor->reader.fault)) {
        return CURSOR_FAULT;
    }
    if (!more) {
        return CURSOR_END;
    }
    if (!row_take(&cursor->reader, state->older, true, &row)) {
        return CURSOR_FAULT;
    }
    ret_position->number = row.version;
    return give(cursor, &row, state->id, ret_resource, ret_given);
}

static enum cursor_step next_read(struct sqlite_cursor *cursor,
                                  struct stored_resource *ret_resource,
                                  struct cursor_position *ret_position)
{
    struct read_state *state = cursor->state;
    enum cursor_step step = CURSOR_ROW;
    bool given = false;
    if (!state->found) {
        return CURSOR_END;
    }
    while (step == CURSOR_ROW && !given) {
        if (!state->current_done) {
            step = give_current(cursor, state, ret_resource, ret_position, &given);
        } else if (cursor->query->kind == QUERY_READ) {
            step = CURSOR_END;
        } else {
            step = next_older(cursor, state, ret_resource, ret_position, &given);
        }
    }
    return step;
}

bool open_read(struct sqlite_cursor *cursor)
{
    struct read_state *state = arena_new(cursor->reader.arena, struct read_state);
    if (state == NULL) {
        return fault_no_memory(cursor->reader.fault, cursor->reader.arena);
    }
    cursor->state = state;
    cursor->next = next_read;
    state->id = cursor->query->id;
    if (!row_find(&cursor->reader, cursor->query->type, cursor->query->id, true, &state->current,
                  &state->found)) {
        return false;
    }
    return !state->found || row_id(&cursor->reader, &state->current, &state->id);
}

/* -- CHANGES ----------------------------------------------------------------------------------- */

struct change_entry {
    change_no number;
    struct place place;
    version_no version;
};

/* where the row of an old change lies now */
static bool follow_move(struct sqlite_cursor *cursor, struct place *place)
{
    bool found;
    sqlite3_stmt *statement = reader_statement(&cursor->reader, SQL_MOVED);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)place->sequence);
    if (!sql_next(cursor->reader.sql, statement, &found, cursor->reader.arena,
                  cursor->reader.fault)) {
        return false;
    }
    if (found) {
        place->patient = (uint64_t)sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return true;
}

static bool read_old(struct sqlite_cursor *cursor, const struct change_entry *entry,
                     struct row *ret_row, bool *ret_found)
{
    sqlite3_stmt *statement = reader_statement(&cursor->reader, SQL_OLD_ROW);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)entry->place.sequence);
    sqlite3_bind_int64(statement, 2, entry->version);
    if (!sql_next(cursor->reader.sql, statement, ret_found, cursor->reader.arena,
                  cursor->reader.fault)) {
        return false;
    }
    bool ok = !*ret_found || row_take(&cursor->reader, statement, false, ret_row);
    sqlite3_reset(statement);
    return ok;
}

/* the version that the change made, without a body unless it is the current one */
static bool row_of_change(struct sqlite_cursor *cursor, struct change_entry *entry,
                          struct row *ret_row, struct slice *ret_id)
{
    bool found;
    bool with_body = true;
    if (!row_read(&cursor->reader, entry->place, with_body, ret_row, &found)) {
        return false;
    }
    if (!found) {
        if (!follow_move(cursor, &entry->place) ||
            !row_read(&cursor->reader, entry->place, with_body, ret_row, &found)) {
            return false;
        }
    }
    if (found && !row_id(&cursor->reader, ret_row, ret_id)) {
        return false;
    }
    if (found && ret_row->version != entry->version && !read_old(cursor, entry, ret_row, &found)) {
        return false;
    }
    return found || fault_set(cursor->reader.fault, cursor->reader.arena, FAULT_CORRUPT,
                              "a change of the record store has lost its row");
}

static enum cursor_step next_change(struct sqlite_cursor *cursor,
                                    struct stored_resource *ret_resource,
                                    struct cursor_position *ret_position)
{
    sqlite3_stmt *statement = cursor->state;
    bool given = false;
    bool more;
    while (!given) {
        struct row row;
        struct slice id;
        if (!sql_next(cursor->reader.sql, statement, &more, cursor->reader.arena,
                      cursor->reader.fault)) {
            return CURSOR_FAULT;
        }
        if (!more) {
            return CURSOR_END;
        }
        struct change_entry entry = {
            .number = (change_no)sqlite3_column_int64(statement, 0),
            .place = { (uint64_t)sqlite3_column_int64(statement, 2),
                       (fhir_type)sqlite3_column_int(statement, 1),
                       (uint64_t)sqlite3_column_int64(statement, 3) },
            .version = (version_no)sqlite3_column_int64(statement, 4),
        };
        fhir_type wanted = cursor->query->type;
        if (wanted != FHIR_TYPE_NONE && entry.place.type != wanted) {
            continue; /* its row is not touched */
        }
        ret_position->number = entry.number;
        if (!row_of_change(cursor, &entry, &row, &id) ||
            give(cursor, &row, id, ret_resource, &given) == CURSOR_FAULT) {
            return CURSOR_FAULT;
        }
    }
    return CURSOR_ROW;
}

bool open_changes(struct sqlite_cursor *cursor)
{
    change_no after = cursor->query->after;
    sqlite3_stmt *statement = reader_statement(&cursor->reader, SQL_CHANGES);
    if (statement == NULL) {
        return false;
    }
    if (cursor->resumes && cursor->after.number > after) {
        after = cursor->after.number;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)after);
    cursor->state = statement;
    cursor->next = next_change;
    return true;
}

/* -- cursors ----------------------------------------------------------------------------------- */

static enum cursor_step cursor_next(struct record_cursor *base,
                                    struct stored_resource *ret_resource,
                                    struct cursor_position *ret_position, struct fault *fault)
{
    struct sqlite_cursor *cursor = (struct sqlite_cursor *)base;
    struct cursor_position position = { 0 };
    cursor->reader.fault = fault;
    enum cursor_step step = cursor->next(cursor, ret_resource, &position);
    if (step == CURSOR_ROW) {
        *ret_position = position;
    }
    return step;
}

static void cursor_free(struct record_cursor *base)
{
    struct sqlite_cursor *cursor = (struct sqlite_cursor *)base;
    if (cursor->reader.sql != NULL) {
        sql_end_read(cursor->reader.sql);
        database_reader_give(cursor->reader.sql);
        cursor->reader.sql = NULL;
    }
}

static const struct record_cursor_ops cursor_ops = { cursor_next, cursor_free };

static bool open_kind(struct sqlite_cursor *cursor)
{
    switch (cursor->query->kind) {
    case QUERY_READ:
    case QUERY_VERSION:
    case QUERY_HISTORY:
        return open_read(cursor);
    case QUERY_CHANGES:
        return open_changes(cursor);
    case QUERY_SEARCH:
        return open_search(cursor);
    case QUERY_EVERYTHING:
        return open_everything(cursor);
    }
    return false;
}

/* runs the whole query on memory of its own */
static bool count_rows(struct sqlite_cursor *cursor)
{
    struct arena scratch;
    struct sqlite_cursor counting = *cursor;
    struct stored_resource row;
    struct cursor_position position;
    enum cursor_step step = CURSOR_FAULT;
    uint64_t count = 0;
    arena_init(&scratch, LIMIT_TRANSACTION_ARENA);
    counting.reader.arena = &scratch;
    counting.reader.known_id = (struct slice){ NULL, 0 };
    counting.resumes = false;
    if (open_kind(&counting)) {
        while ((step = counting.next(&counting, &row, &position)) == CURSOR_ROW) {
            count++;
        }
    }
    if (step == CURSOR_FAULT) {
        struct fault copy = *cursor->reader.fault;
        fault_copy(cursor->reader.fault, cursor->reader.arena, &copy);
    }
    arena_release(&scratch);
    cursor->cursor.total = count;
    return step == CURSOR_END;
}

static bool open_cursor(struct sqlite_cursor *cursor)
{
    const struct store_query *query = cursor->query;
    bool counts = query->count_only || query->with_total;
    if (!sql_begin_read(cursor->reader.sql, cursor->reader.arena, cursor->reader.fault)) {
        return false;
    }
    if (counts && query->kind != QUERY_SEARCH && !count_rows(cursor)) {
        return false;
    }
    return open_kind(cursor);
}

bool sqlite_query(struct record_store *store, const struct decision *decision,
                  const struct store_query *query, const struct cursor_position *after,
                  struct arena *arena, struct record_cursor **ret_cursor, struct fault *fault)
{
    struct sqlite_store *self = sqlite_of(store);
    struct sqlite_cursor *cursor = arena_new(arena, struct sqlite_cursor);
    struct store_query *copy = arena_new(arena, struct store_query);
    if (cursor == NULL || copy == NULL) {
        return fault_no_memory(fault, arena);
    }
    struct sql *sql = database_reader_take(self->database, arena, fault);
    if (sql == NULL) {
        return false;
    }
    *copy = *query; /* the caller's may be gone at the next row */
    cursor->cursor.ops = &cursor_ops;
    cursor->decision = decision;
    cursor->query = copy;
    cursor->resumes = after != NULL;
    if (after != NULL) {
        cursor->after = *after;
    }
    row_reader_init(&cursor->reader, self, sql, arena, fault);
    if (!open_cursor(cursor)) {
        cursor_free(&cursor->cursor);
        return false;
    }
    *ret_cursor = &cursor->cursor;
    return true;
}
