/*
 * memory_read.c: every query by looking at everything.
 *
 * The whole answer is made when the cursor opens, under the mutex: a list of versions, filtered,
 * judged and sorted. Versions never change afterwards, so the cursor sees that moment for as long
 * as it lives. Index values are taken from the bodies anew for each search: what the fast stores
 * keep in their indexes is compared with what the body says now.
 */
#include "fhir/compartment.h"
#include "store/memory/memory_private.h"
#include "store/referred.h"

struct answer_row {
    const struct memory_resource *resource;
    const struct memory_version *version;
    struct cursor_position position;
    bool hide_body;
};

struct memory_cursor {
    struct record_cursor cursor; /* must be first */
    VECTOR(struct answer_row) rows;
    size_t next;
};

/* while an answer is made */
struct answering {
    struct memory_store *self;
    const struct decision *decision;
    const struct store_query *query;
    const struct cursor_position *after;
    struct arena *arena;
    struct memory_cursor *cursor;
    struct fault *fault;
};

static bool allowed(const struct answering *now, const struct memory_resource *resource,
                    const struct memory_version *version)
{
    return row_is_allowed(&now->self->store, now->decision, resource->type, version->labels,
                          version->patients.ids, version->patients.count);
}

/* adds the row if the decision allows it */
static bool add(struct answering *now, const struct memory_resource *resource,
                const struct memory_version *version, struct cursor_position position,
                bool hide_body)
{
    if (!allowed(now, resource, version)) {
        return true;
    }
    struct answer_row *row = vector_push(&now->cursor->rows, now->arena);
    if (row == NULL) {
        return fault_no_memory(now->fault, now->arena);
    }
    *row = (struct answer_row){ resource, version, position, hide_body };
    return true;
}

static bool answer_read(struct answering *now)
{
    const struct store_query *query = now->query;
    const struct memory_resource *resource = memory_find(now->self, query->type, query->id);
    if (resource == NULL) {
        return true;
    }
    for (size_t i = resource->versions.count; i-- > 0;) {
        const struct memory_version *version = resource->versions.at[i];
        bool wanted = query->kind == QUERY_READ      ? i == resource->versions.count - 1
                      : query->kind == QUERY_VERSION ? version->version == query->version
                                                     : true;
        struct cursor_position position = { .number = version->version };
        if (wanted && !add(now, resource, version, position, false)) {
            return false;
        }
    }
    return true;
}

static bool matches(struct answering *now, const struct memory_resource *resource,
                    const struct memory_version *version, bool *ret_matches)
{
    struct json json;
    struct index_values values = { NULL, 0, 0 };
    if (!json_parse(now->arena, version->body.text, &json, now->fault) ||
        !fhir_index(&json, 0, resource->type, now->arena, &values, now->fault)) {
        return false;
    }
    *ret_matches =
        search_row_matches(now->query->search, resource->id, version->last_updated, &values);
    return true;
}

static bool answer_search(struct answering *now)
{
    for (size_t i = 0; i < now->self->resources.count; i++) {
        const struct memory_resource *resource = now->self->resources.at[i];
        const struct memory_version *version = memory_current(resource);
        struct slice patient = now->query->patient_id;
        bool fits;
        if (resource->type != now->query->search->type || version->deleted ||
            (patient.len > 0 && !memory_is_of_patient(version, patient))) {
            continue;
        }
        if (!matches(now, resource, version, &fits)) {
            return false;
        }
        struct cursor_position position = { .key = version->home,
                                            .sequence = resource->sequence,
                                            .time = version->last_updated,
                                            .id = resource->id };
        if (fits && !add(now, resource, version, position, false)) {
            return false;
        }
    }
    return true;
}

static bool answer_referred(struct answering *now)
{
    struct referred_set set;
    size_t own = now->cursor->rows.count;
    referred_set_init(&set, now->arena);
    for (size_t i = 0; i < own; i++) {
        if (!referred_set_add(&set, now->cursor->rows.at[i].version->body.text, now->fault)) {
            return false;
        }
    }
    for (size_t i = 0; i < set.items.count; i++) {
        const struct memory_resource *resource =
            memory_find(now->self, set.items.at[i].type, set.items.at[i].id);
        if (resource == NULL || memory_current(resource)->deleted) {
            continue;
        }
        struct cursor_position position = { .phase = 2,
                                            .number = resource->type,
                                            .sequence = resource->sequence };
        if (!add(now, resource, memory_current(resource), position, false)) {
            return false;
        }
    }
    return true;
}

static bool answer_everything(struct answering *now)
{
    struct slice patient = now->query->patient_id;
    const struct memory_resource *self = memory_find(now->self, FHIR_PATIENT, patient);
    if (self == NULL || memory_current(self)->deleted) {
        return true;
    }
    for (size_t i = 0; i < now->self->resources.count; i++) {
        const struct memory_resource *resource = now->self->resources.at[i];
        const struct memory_version *version = memory_current(resource);
        struct cursor_position position = { .phase = resource == self ? 0 : 1,
                                            .number = resource->type,
                                            .sequence = resource->sequence };
        if (!version->deleted && memory_is_of_patient(version, patient) &&
            !add(now, resource, version, position, false)) {
            return false;
        }
    }
    return answer_referred(now);
}

static bool answer_changes(struct answering *now)
{
    for (size_t i = now->query->after; i < now->self->changes.count; i++) {
        const struct memory_change *change = &now->self->changes.at[i];
        struct cursor_position position = { .number = i + 1 };
        fhir_type wanted = now->query->type;
        if (wanted != FHIR_TYPE_NONE && change->resource->type != wanted) {
            continue;
        }
        bool stale = change->version != memory_current(change->resource);
        if (!add(now, change->resource, change->version, position, stale)) {
            return false;
        }
    }
    return true;
}

/* <0 when a comes first */
static int order(const struct store_query *query, const struct cursor_position *a,
                 const struct cursor_position *b)
{
    switch (query->kind) {
    case QUERY_SEARCH:
        return search_order_compare(query->search, a, b);
    case QUERY_EVERYTHING:
        if (a->phase != b->phase) {
            return a->phase < b->phase ? -1 : 1;
        }
        if (a->number != b->number) {
            return a->number < b->number ? -1 : 1;
        }
        return (a->sequence > b->sequence) - (a->sequence < b->sequence);
    case QUERY_HISTORY:
        return (a->number < b->number) - (a->number > b->number);
    default:
        return (a->number > b->number) - (a->number < b->number);
    }
}

static int compare_rows(const void *a, const void *b, void *query)
{
    return order(query, &((const struct answer_row *)a)->position,
                 &((const struct answer_row *)b)->position);
}

static bool answer(struct answering *now)
{
    switch (now->query->kind) {
    case QUERY_READ:
    case QUERY_VERSION:
    case QUERY_HISTORY:
        return answer_read(now);
    case QUERY_SEARCH:
        return answer_search(now);
    case QUERY_EVERYTHING:
        return answer_everything(now);
    case QUERY_CHANGES:
        return answer_changes(now);
    }
    return true;
}

static enum cursor_step cursor_next(struct record_cursor *base,
                                    struct stored_resource *ret_resource,
                                    struct cursor_position *ret_position, struct fault *fault)
{
    struct memory_cursor *cursor = (struct memory_cursor *)base;
    (void)fault;
    if (cursor->next >= cursor->rows.count) {
        return CURSOR_END;
    }
    const struct answer_row *row = &cursor->rows.at[cursor->next++];
    const struct memory_version *version = row->version;
    *ret_position = row->position;
    *ret_resource = (struct stored_resource){
        .type = row->resource->type,
        .id = row->resource->id,
        .version = version->version,
        .last_updated = version->last_updated,
        .change = version->change,
        .deleted = version->deleted,
        .labels = version->labels,
    };
    if (version->patients.count > 0) {
        ret_resource->patient_id = version->patients.ids[0];
    }
    if (!row->hide_body) {
        ret_resource->body = version->body.text;
        ret_resource->meta_at = version->body.meta_at;
        ret_resource->meta_comma = version->body.meta_comma;
    }
    return CURSOR_ROW;
}

static void cursor_free(struct record_cursor *base)
{
    (void)base; /* all of it lies in the arena */
}

static const struct record_cursor_ops cursor_ops = { cursor_next, cursor_free };

bool memory_query(struct record_store *store, const struct decision *decision,
                  const struct store_query *query, const struct cursor_position *after,
                  struct arena *arena, struct record_cursor **ret_cursor, struct fault *fault)
{
    struct memory_cursor *cursor = arena_new(arena, struct memory_cursor);
    struct answering now = { memory_of(store), decision, query, after, arena, cursor, fault };
    if (cursor == NULL) {
        return fault_no_memory(fault, arena);
    }
    pthread_mutex_lock(&now.self->mutex);
    bool ok = answer(&now);
    pthread_mutex_unlock(&now.self->mutex);
    if (!ok) {
        return false;
    }
    cursor->cursor.ops = &cursor_ops;
    cursor->cursor.total = cursor->rows.count;
    if (cursor->rows.count > 0) {
        qsort_r(cursor->rows.at, cursor->rows.count, sizeof *cursor->rows.at, compare_rows,
                (void *)query);
    }
    while (after != NULL && cursor->next < cursor->rows.count &&
           order(query, &cursor->rows.at[cursor->next].position, after) <= 0) {
        cursor->next++;
    }
    *ret_cursor = &cursor->cursor;
    return true;
}
