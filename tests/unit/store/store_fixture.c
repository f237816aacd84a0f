#include "store_fixture.h"

#include "store/memory/record_store_memory.h"
#include "store/sqlite/record_store_sqlite.h"

struct decision decision_of_all(enum decision_scope scope)
{
    struct decision decision = {
        .magic = DECISION_MAGIC,
        .scope = scope,
        .purpose = PURPOSE_OPERATIONS,
        .user = SLICE("job:test"),
        .store = SLICE(STORE_ODS),
        .may_write = true,
    };
    for (size_t i = 0; i < TYPE_WORDS; i++) {
        decision.types[i] = decision.types_without_patient[i] = UINT64_MAX;
    }
    return decision;
}

void decision_forbid_type(struct decision *decision, fhir_type type)
{
    decision->types[type / 64] &= ~(UINT64_C(1) << (type % 64));
    decision->types_without_patient[type / 64] &= ~(UINT64_C(1) << (type % 64));
}

bool fixture_open(struct store_fixture *self, bool create)
{
    if (self->kind == STORE_MEMORY) {
        self->store =
            record_store_memory_open(SLICE(STORE_ODS), self->committer, &self->arena, &self->fault);
        return self->store != NULL;
    }
    char path[TEST_PATH];
    test_path(path, self->directory, STORE_ODS ".sqlite");
    self->store = record_store_sqlite_open(path, SLICE(STORE_ODS), create, self->committer,
                                           &self->arena, &self->fault);
    return self->store != NULL;
}

void fixture_init(struct store_fixture *self, enum store_kind kind)
{
    *self = (struct store_fixture){
        .kind = kind,
        .job = decision_of_all(DECISION_JOB),
    };
    test_directory_make(self->directory);
    arena_init(&self->arena, MIB(512));
    self->committer = committer_new(1);
    assert_non_null(self->committer);
    if (!fixture_open(self, true)) {
        fail_msg("%.*s: %.*s", SLICE_PRINT(self->fault.message), SLICE_PRINT(self->fault.detail));
    }
}

void fixture_reopen(struct store_fixture *self)
{
    record_store_close(self->store);
    assert_true(fixture_open(self, true));
}

void fixture_release(struct store_fixture *self)
{
    record_store_close(self->store);
    committer_free(self->committer);
    test_directory_remove(self->directory);
    arena_release(&self->arena);
}

void fixture_clear(struct store_fixture *self)
{
    arena_reset(&self->arena);
}

bool commit(struct store_fixture *self, struct record_change *changes, size_t count)
{
    struct store_write write = { .arena = &self->arena, .changes = changes, .count = count };
    return record_store_commit(self->store, &self->job, &write, &self->fault);
}

int put(struct store_fixture *self, fhir_type type, const char *id, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct record_change change = {
        .kind = id == NULL ? CHANGE_CREATE : CHANGE_UPDATE,
        .type = type,
        .id = slice_from_string(id),
        .body = arena_vprintf(&self->arena, format, arguments),
        .unchanged_is_none = true,
    };
    va_end(arguments);
    return commit(self, &change, 1) ? (int)change.effect : -1;
}

int delete_one(struct store_fixture *self, fhir_type type, const char *id, version_no if_match)
{
    struct record_change change = {
        .kind = CHANGE_DELETE, .type = type, .id = slice_from_string(id), .if_match = if_match
    };
    return commit(self, &change, 1) ? (int)change.effect : -1;
}

static const char *text_of(struct store_fixture *self, struct strbuf *text)
{
    char *copy = arena_string(&self->arena, strbuf_slice(text));
    strbuf_release(text);
    return copy == NULL ? "" : copy;
}

const char *ids_of(struct store_fixture *self, const struct decision *decision,
                   const struct store_query *query)
{
    struct record_cursor *cursor;
    struct stored_resource row;
    struct strbuf text;
    enum cursor_step step;
    strbuf_init(&text, MIB(16));
    if (!record_store_query(self->store, decision, query, &self->arena, NULL, NULL, &cursor,
                            &self->fault)) {
        strbuf_addf(&text, "!%s", fault_name(self->fault.code));
        return text_of(self, &text);
    }
    while ((step = record_cursor_next(cursor, &row, &self->fault)) == CURSOR_ROW) {
        strbuf_add(&text, row.id);
        strbuf_add_byte(&text, ' ');
    }
    if (step == CURSOR_FAULT) {
        strbuf_addf(&text, "!%s", fault_name(self->fault.code));
    }
    if (query->with_total || query->count_only) {
        strbuf_addf(&text, "of %u", (unsigned)record_cursor_total(cursor));
    }
    record_cursor_free(cursor);
    return text_of(self, &text);
}

struct search_query *parse_search(struct store_fixture *self, const char *address)
{
    struct slice rest = arena_copy(&self->arena, slice_from_string(address));
    struct slice type;
    struct slice part;
    struct search_pair *pairs = arena_array(&self->arena, 16, struct search_pair);
    size_t count = 0;
    assert_true(slice_split(&rest, '?', &type));
    while (rest.len > 0 && slice_split(&rest, '&', &part)) {
        size_t equals = slice_find(part, '=');
        pairs[count].name = slice_sub(part, 0, equals);
        pairs[count++].value = slice_from(part, equals + 1);
    }
    struct search_query *query = arena_new(&self->arena, struct search_query);
    const struct search_options options = { .now = 1700000000000000 };
    if (!search_query_parse(fhir_type_find(type), pairs, count, &options, &self->arena, query,
                            &self->fault)) {
        fail_msg("%s: %.*s", address, SLICE_PRINT(self->fault.message));
    }
    return query;
}

const char *search(struct store_fixture *self, const struct decision *decision, const char *patient,
                   const char *address)
{
    const struct store_query query = {
        .kind = QUERY_SEARCH,
        .patient_id = slice_from_string(patient),
        .search = parse_search(self, address),
    };
    return ids_of(self, decision, &query);
}

const char *read_one(struct store_fixture *self, const struct decision *decision, fhir_type type,
                     const char *id)
{
    struct stored_resource row;
    struct strbuf text;
    bool found;
    strbuf_init(&text, MIB(16));
    if (!record_store_read(self->store, decision, type, slice_from_string(id), &self->arena, &row,
                           &found, &self->fault)) {
        strbuf_addf(&text, "!%s", fault_name(self->fault.code));
    } else if (!found) {
        strbuf_add_string(&text, "none");
    } else if (row.deleted) {
        strbuf_addf(&text, "%u deleted", row.version);
    } else {
        strbuf_addf(&text, "%u:%.*s", row.version, SLICE_PRINT(row.body));
    }
    return text_of(self, &text);
}
