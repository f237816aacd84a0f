/*
 * row.c: finding a row, and showing it.
 *
 * An id of the server's form says where the row lies; it is tried first, and believed only when the
 * row that lies there has that id. Any other id, and that of a row that does not lie where its id
 * says, is in `locator`, under a hash: what is found there is compared with the row, too.
 */
#include "base/instant.h"
#include "store/sqlite/codec.h"
#include "store/sqlite/record_private.h"

void row_reader_init(struct row_reader *reader, struct sqlite_store *self, struct sql *sql,
                     struct arena *arena, struct fault *fault)
{
    *reader = (struct row_reader){ .self = self, .sql = sql, .arena = arena, .fault = fault };
}

sqlite3_stmt *reader_statement(struct row_reader *reader, enum record_statement number)
{
    return sql_statement(reader->sql, (size_t)number, reader->arena, reader->fault);
}

void row_borrow(sqlite3_stmt *statement, struct row *ret_row)
{
    *ret_row = (struct row){
        .patient = (uint64_t)sqlite3_column_int64(statement, 0),
        .type = (fhir_type)sqlite3_column_int(statement, 1),
        .sequence = (uint64_t)sqlite3_column_int64(statement, 2),
        .id = sql_column_slice(statement, 3),
        .version = (version_no)sqlite3_column_int64(statement, 4),
        .updated = sqlite3_column_int64(statement, 5),
        .change = (change_no)sqlite3_column_int64(statement, 6),
        .labels = (uint32_t)sqlite3_column_int64(statement, 7),
        .members = sql_column_slice(statement, 8),
        .terms = (uint32_t)sqlite3_column_int64(statement, 9),
        .meta = (uint64_t)sqlite3_column_int64(statement, 10),
        .dictionary = sqlite3_column_int(statement, 11),
        .body = sql_column_slice(statement, 12),
    };
}

/* into the arena what lies in SQLite's memory */
static bool keep(struct row_reader *reader, struct slice *bytes)
{
    if (bytes->len == 0) {
        *bytes = (struct slice){ NULL, 0 };
        return true;
    }
    *bytes = arena_copy(reader->arena, *bytes);
    return bytes->ptr != NULL || fault_no_memory(reader->fault, reader->arena);
}

bool row_take(struct row_reader *reader, sqlite3_stmt *statement, bool with_body,
              struct row *ret_row)
{
    row_borrow(statement, ret_row);
    if (!with_body) {
        ret_row->body = (struct slice){ NULL, 0 };
    }
    return keep(reader, &ret_row->id) && keep(reader, &ret_row->members) &&
           keep(reader, &ret_row->body);
}

bool row_read(struct row_reader *reader, struct place place, bool with_body, struct row *ret_row,
              bool *ret_found)
{
    sqlite3_stmt *statement = reader_statement(reader, SQL_ROW);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)place.patient);
    sqlite3_bind_int(statement, 2, place.type);
    sqlite3_bind_int64(statement, 3, (int64_t)place.sequence);
    if (!sql_next(reader->sql, statement, ret_found, reader->arena, reader->fault)) {
        return false;
    }
    if (!*ret_found) {
        return true;
    }
    bool ok = row_take(reader, statement, with_body, ret_row);
    sqlite3_reset(statement);
    return ok;
}

int64_t locator_hash(const struct record_store *store, fhir_type type, struct slice id)
{
    return (int64_t)hash64(id, store->seed + type);
}

bool id_names_place(struct slice id, uint64_t patient, uint64_t sequence)
{
    uint64_t key;
    uint64_t number;
    return record_id_parse(id, &key, &number) && key == patient && number == sequence;
}

static bool row_has_id(const struct row *row, struct slice id)
{
    return row->id.len > 0 ? slice_equal(row->id, id)
                           : id_names_place(id, row->patient, row->sequence);
}

static bool find_by_locator(struct row_reader *reader, fhir_type type, struct slice id,
                            bool with_body, struct row *ret_row, bool *ret_found)
{
    bool more;
    sqlite3_stmt *statement = reader_statement(reader, SQL_LOCATE);
    *ret_found = false;
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, locator_hash(&reader->self->store, type, id));
    for (;;) {
        struct row row;
        bool found;
        if (!sql_next(reader->sql, statement, &more, reader->arena, reader->fault)) {
            return false;
        }
        if (!more) {
            return true;
        }
        struct place place = { (uint64_t)sqlite3_column_int64(statement, 0), type,
                               (uint64_t)sqlite3_column_int64(statement, 1) };
        if (!row_read(reader, place, with_body, &row, &found)) {
            sqlite3_reset(statement);
            return false;
        }
        if (found && row_has_id(&row, id)) {
            sqlite3_reset(statement);
            *ret_row = row;
            *ret_found = true;
            return true;
        }
    }
}

bool row_find(struct row_reader *reader, fhir_type type, struct slice id, bool with_body,
              struct row *ret_row, bool *ret_found)
{
    struct place place = { .type = type };
    if (record_id_parse(id, &place.patient, &place.sequence)) {
        struct row row;
        bool found;
        if (!row_read(reader, place, with_body, &row, &found)) {
            return false;
        }
        if (found && row_has_id(&row, id)) {
            *ret_row = row;
            *ret_found = true;
            return true;
        }
    }
    return find_by_locator(reader, type, id, with_body, ret_row, ret_found);
}

static bool made_id(struct row_reader *reader, uint64_t patient, uint64_t sequence,
                    struct slice *ret_id)
{
    char text[RESOURCE_ID_SIZE];
    size_t len = record_id_format(patient, sequence, text);
    *ret_id = arena_copy(reader->arena, slice_of(text, len));
    return ret_id->ptr != NULL || fault_no_memory(reader->fault, reader->arena);
}

bool row_id(struct row_reader *reader, const struct row *row, struct slice *ret_id)
{
    if (row->id.len > 0) {
        *ret_id = row->id;
        return keep(reader, ret_id);
    }
    return made_id(reader, row->patient, row->sequence, ret_id);
}

static bool look_up_patient(struct row_reader *reader, uint64_t key, struct slice *ret_id)
{
    bool found;
    sqlite3_stmt *statement = reader_statement(reader, SQL_PATIENT);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)key);
    if (!sql_next(reader->sql, statement, &found, reader->arena, reader->fault)) {
        return false;
    }
    if (!found) {
        return fault_set(reader->fault, reader->arena, FAULT_CORRUPT,
                         "a row belongs to a patient that the record store does not know");
    }
    uint64_t sequence = (uint64_t)sqlite3_column_int64(statement, 0);
    struct slice id = sql_column_slice(statement, 1);
    bool ok = keep(reader, &id);
    sqlite3_reset(statement);
    if (!ok || (id.len == 0 && !made_id(reader, key, sequence, &id))) {
        return false;
    }
    *ret_id = id;
    return true;
}

/* the id into the arena: the memo's place may be taken by another patient */
static bool recall_patient(struct row_reader *reader, uint64_t key, struct slice *ret_id)
{
    const struct patient_memo *memo = reader->sql->memo;
    size_t at = (size_t)(key % PATIENT_MEMO);
    if (memo->names[at].key != key) {
        return false;
    }
    *ret_id = arena_copy(reader->arena, slice_of(memo->names[at].id, memo->names[at].len));
    return ret_id->ptr != NULL;
}

static void memorise_patient(struct row_reader *reader, uint64_t key, struct slice id)
{
    struct patient_memo *memo = reader->sql->memo;
    size_t at = (size_t)(key % PATIENT_MEMO);
    if (id.len < RESOURCE_ID_SIZE) {
        memo->names[at].key = key;
        memo->names[at].len = (uint8_t)id.len;
        memcpy(memo->names[at].id, id.ptr, id.len);
    }
}

bool patient_id(struct row_reader *reader, uint64_t key, struct slice *ret_id)
{
    if (key != reader->known_key || reader->known_id.len == 0) {
        struct slice id;
        if (!recall_patient(reader, key, &id)) {
            if (!look_up_patient(reader, key, &id)) {
                return false;
            }
            memorise_patient(reader, key, id);
        }
        reader->known_key = key;
        reader->known_id = id;
    }
    *ret_id = reader->known_id;
    return true;
}

bool row_patients(struct row_reader *reader, const struct row *row, struct slice **ret_ids,
                  size_t *ret_count)
{
    size_t members = row->members.len / NUMBER_BYTES;
    struct slice *ids = NULL;
    *ret_ids = NULL;
    *ret_count = 0;
    if (row->patient == 0) {
        return true;
    }
    ids = arena_array(reader->arena, members + 1, struct slice);
    if (ids == NULL) {
        return fault_no_memory(reader->fault, reader->arena);
    }
    if (!patient_id(reader, row->patient, &ids[0])) {
        return false;
    }
    for (size_t i = 0; i < members; i++) {
        uint64_t key = get_number40(row->members.ptr + i * NUMBER_BYTES);
        if (!patient_id(reader, key, &ids[i + 1])) {
            return false;
        }
    }
    *ret_ids = ids;
    *ret_count = members + 1;
    return true;
}

bool row_allowed(struct row_reader *reader, const struct decision *decision, const struct row *row,
                 bool *ret_allowed)
{
    struct slice home;
    struct slice *ids = &home;
    size_t count = row->patient != 0;
    if (row->members.len > 0) {
        if (!row_patients(reader, row, &ids, &count)) {
            return false;
        }
    } else if (count > 0 && !patient_id(reader, row->patient, &home)) {
        return false;
    }
    *ret_allowed =
        row_is_allowed(&reader->self->store, decision, row->type, row->labels, ids, count);
    return true;
}

bool row_show(struct row_reader *reader, const struct row *row, struct slice id,
              struct stored_resource *ret_resource)
{
    *ret_resource = (struct stored_resource){
        .type = row->type,
        .id = id,
        .version = row->version,
        .last_updated = row->updated,
        .change = row->change,
        .deleted = row_is_deleted(row),
        .labels = row->labels,
        .meta_at = (size_t)(row->meta / 2),
        .meta_comma = row->meta % 2 != 0,
    };
    if (row->patient != 0 && !patient_id(reader, row->patient, &ret_resource->patient_id)) {
        return false;
    }
    if (row->body.len == 0) {
        return true;
    }
    if (!codec_expand(row->body, (unsigned)row->dictionary, reader->arena, &ret_resource->body,
                      reader->fault)) {
        return false;
    }
    return ret_resource->meta_at <= ret_resource->body.len ||
           fault_set(reader->fault, reader->arena, FAULT_CORRUPT, "a stored row is damaged");
}

bool row_values(struct row_reader *reader, const struct row *row, struct index_values *ret_values)
{
    struct slice body;
    struct json json;
    *ret_values = (struct index_values){ NULL, 0, 0 };
    return codec_expand(row->body, (unsigned)row->dictionary, reader->arena, &body,
                        reader->fault) &&
           json_parse(reader->arena, body, &json, reader->fault) &&
           fhir_index(&json, 0, row->type, reader->arena, ret_values, reader->fault);
}
