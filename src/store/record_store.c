/*
 * record_store.c: what every implementation would do alike.
 *
 * Submission and waiting, limits and positions of cursors, numbers for ids, the ODS codes of
 * involved organisations. A cursor's limit is kept here: when it is reached, one row more is read
 * only if somebody asks for the position, so that the last page has no link to an empty one.
 */
#include "base/hash_table.h"
#include "base/limits.h"
#include "store/record_store_private.h"

#define CHANGE_WEIGHT KIB(1) /* what a change costs a batch besides its body */

bool record_store_head_init(struct record_store *store, const struct record_store_ops *ops,
                            struct slice ods, struct arena *arena, struct fault *fault)
{
    if (ods.len == 0 || ods.len >= ODS_SIZE) {
        return fault_set(fault, arena, FAULT_INVALID, "this is not an ODS code");
    }
    memset(store, 0, sizeof *store);
    store->magic = RECORD_STORE_MAGIC;
    store->ops = ops;
    memcpy(store->ods, ods.ptr, ods.len);
    store->ods_len = ods.len;
    atomic_init(&store->next_patient, 1);
    atomic_init(&store->next_sequence, 1);
    if (os_random(&store->seed, sizeof store->seed) != 0) {
        return fault_set(fault, arena, FAULT_IO, "the system gives no random numbers");
    }
    return true;
}

struct slice record_store_ods(const struct record_store *store)
{
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    return slice_of(store->ods, store->ods_len);
}

patient_key record_store_new_patient(struct record_store *store)
{
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    return atomic_fetch_add(&store->next_patient, 1);
}

void record_store_new_id(struct record_store *store, patient_key patient,
                         char ret_id[RESOURCE_ID_SIZE])
{
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    record_id_format(patient, atomic_fetch_add(&store->next_sequence, 1), ret_id);
}

patient_key record_store_find_patient(struct record_store *store, struct slice patient_id)
{
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    return store->ops->find_patient(store, patient_id, false);
}

/* -- writing ---------------------------------------------------------------------------------- */

bool record_store_prepare(struct record_store *store, const struct decision *decision,
                          struct store_write *write, struct fault *fault)
{
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    write->store = store;
    return record_prepare(store, decision, write, fault) &&
           (store->ops->encode == NULL || store->ops->encode(store, write, fault));
}

static void item_done(struct commit_item *item)
{
    struct store_write *write = (struct store_write *)item;
    write->done(write);
}

void record_store_submit(struct record_store *store, struct store_write *write)
{
    size_t weight = CHANGE_WEIGHT;
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    assert(write->store == store);
    for (size_t i = 0; i < write->count; i++) {
        weight += CHANGE_WEIGHT + write->changes[i].body.len;
    }
    write->item = (struct commit_item){ .weight = weight, .done = item_done };
    write->outcome = WRITE_FAILED;
    write->fault = (struct fault)FAULT_INIT;
    write->fault_change = write->count;
    write->last_change = 0;
    commit_queue_submit(store->queue, &write->item);
}

static void wake(struct store_write *write)
{
    commit_wait_wake(write->context);
}

bool record_store_commit(struct record_store *store, const struct decision *decision,
                         struct store_write *write, struct fault *fault)
{
    struct commit_wait wait;
    if (!record_store_prepare(store, decision, write, fault)) {
        write->outcome = WRITE_FAILED;
        write->fault = *fault;
        return false;
    }
    commit_wait_init(&wait);
    write->done = wake;
    write->context = &wait;
    record_store_submit(store, write);
    commit_wait_block(&wait);
    commit_wait_release(&wait);
    if (write->outcome == WRITE_FAILED) {
        *fault = write->fault;
    }
    return write->outcome != WRITE_FAILED;
}

void record_store_flush(struct record_store *store)
{
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    commit_queue_flush(store->queue);
}

void record_store_close(struct record_store *store)
{
    if (store != NULL) {
        CHECK_OBJ(store, RECORD_STORE_MAGIC);
        store->ops->close(store);
    }
}

/* -- reading ---------------------------------------------------------------------------------- */

bool row_is_allowed(const struct record_store *store, const struct decision *decision,
                    fhir_type type, uint32_t labels, const struct slice *patients, size_t count)
{
    bool any_will_do = decision_scope(decision) == DECISION_PERSON;
    struct row_facts facts = { type, labels, count > 0, { NULL, 0 } };
    struct slice ods = record_store_ods(store);
    if (count == 0) {
        return decision_allows_row(decision, ods, &facts);
    }
    for (size_t i = 0; i < count; i++) {
        facts.patient_id = patients[i];
        if (decision_allows_row(decision, ods, &facts) == any_will_do) {
            return any_will_do;
        }
    }
    return !any_will_do;
}

bool search_row_matches(const struct search_query *query, struct slice id, int64_t last_updated,
                        const struct index_values *values)
{
    for (size_t i = 0; i < query->condition_count; i++) {
        const struct search_condition *condition = &query->conditions[i];
        bool matches = false;
        switch ((enum search_column)condition->column) {
        case SEARCH_INDEX:
            matches = search_condition_matches(condition, values->at, values->count);
            break;
        case SEARCH_ID:
            matches = search_id_matches(condition, id);
            break;
        case SEARCH_LAST_UPDATED:
            matches = search_last_updated_matches(condition, last_updated);
            break;
        }
        if (!matches) {
            return false;
        }
    }
    return true;
}

int search_order_compare(const struct search_query *query, const struct cursor_position *a,
                         const struct cursor_position *b)
{
    int order = 0;
    for (size_t i = 0; i < query->sort_count && order == 0; i++) {
        if (query->sort[i].column == SEARCH_ID) {
            order = slice_compare(a->id, b->id);
        } else {
            order = (a->time > b->time) - (a->time < b->time);
        }
        order = query->sort[i].is_descending ? -order : order;
    }
    if (order == 0) {
        order = (a->key > b->key) - (a->key < b->key);
    }
    if (order == 0) {
        order = (a->sequence > b->sequence) - (a->sequence < b->sequence);
    }
    return order;
}

static bool check_query(const struct store_query *query, struct arena *arena, struct fault *fault)
{
    if (query->kind == QUERY_SEARCH && query->search == NULL) {
        return fault_set(fault, arena, FAULT_INVALID, "the search is missing");
    }
    if (query->kind == QUERY_EVERYTHING && query->patient_id.len == 0) {
        return fault_set(fault, arena, FAULT_INVALID, "the patient is missing");
    }
    return true;
}

bool record_store_query(struct record_store *store, const struct decision *decision,
                        const struct store_query *query, struct arena *arena,
                        void (*notify)(void *context), void *context,
                        struct record_cursor **ret_cursor, struct fault *fault)
{
    struct cursor_position after;
    struct record_cursor *cursor;
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    (void)notify, (void)context; /* nothing here ever waits */
    if (!check_query(query, arena, fault)) {
        return false;
    }
    uint64_t fingerprint = position_fingerprint(store, query);
    bool resumes = query->resume.len > 0;
    if (resumes && !position_parse(query->resume, fingerprint, store->seed, arena, &after)) {
        return fault_set(fault, arena, FAULT_INVALID, "this page does not belong to this query");
    }
    if (!store->ops->query(store, decision, query, resumes ? &after : NULL, arena, &cursor,
                           fault)) {
        return false;
    }
    cursor->magic = RECORD_CURSOR_MAGIC;
    cursor->store = store;
    cursor->fingerprint = fingerprint;
    cursor->limit = query->limit;
    cursor->count_only = query->count_only;
    *ret_cursor = cursor;
    return true;
}

static enum cursor_step step(struct record_cursor *cursor, struct stored_resource *ret_resource,
                             struct fault *fault)
{
    enum cursor_step next = CURSOR_ROW;
    if (cursor->has_ahead) {
        *ret_resource = cursor->ahead;
        cursor->last = cursor->ahead_position;
        cursor->has_ahead = false;
        return CURSOR_ROW;
    }
    if (cursor->ended) {
        return CURSOR_END;
    }
    next = cursor->ops->next(cursor, ret_resource, &cursor->last, fault);
    cursor->ended = next == CURSOR_END;
    return next;
}

enum cursor_step record_cursor_next(struct record_cursor *cursor,
                                    struct stored_resource *ret_resource, struct fault *fault)
{
    CHECK_OBJ(cursor, RECORD_CURSOR_MAGIC);
    if (cursor->count_only || (cursor->limit > 0 && cursor->given == cursor->limit)) {
        return CURSOR_END;
    }
    enum cursor_step next = step(cursor, ret_resource, fault);
    cursor->given += next == CURSOR_ROW;
    return next;
}

uint64_t record_cursor_total(const struct record_cursor *cursor)
{
    CHECK_OBJ(cursor, RECORD_CURSOR_MAGIC);
    return cursor->total;
}

struct slice record_cursor_position(struct record_cursor *cursor, struct arena *arena)
{
    struct fault fault;
    CHECK_OBJ(cursor, RECORD_CURSOR_MAGIC);
    if (cursor->given == 0) {
        return (struct slice){ NULL, 0 };
    }
    if (!cursor->has_ahead && !cursor->ended) {
        enum cursor_step next =
            cursor->ops->next(cursor, &cursor->ahead, &cursor->ahead_position, &fault);
        cursor->ended = next == CURSOR_END;
        cursor->has_ahead = next == CURSOR_ROW;
    }
    if (cursor->ended && !cursor->has_ahead) {
        return (struct slice){ NULL, 0 };
    }
    return position_format(&cursor->last, cursor->fingerprint, cursor->store->seed, arena);
}

void record_cursor_free(struct record_cursor *cursor)
{
    if (cursor != NULL) {
        CHECK_OBJ(cursor, RECORD_CURSOR_MAGIC);
        cursor->magic = 0;
        cursor->ops->free(cursor);
    }
}

bool record_store_read(struct record_store *store, const struct decision *decision, fhir_type type,
                       struct slice id, struct arena *arena, struct stored_resource *ret_resource,
                       bool *ret_found, struct fault *fault)
{
    const struct store_query query = { .kind = QUERY_READ, .type = type, .id = id };
    struct record_cursor *cursor;
    if (!record_store_query(store, decision, &query, arena, NULL, NULL, &cursor, fault)) {
        return false;
    }
    enum cursor_step next = record_cursor_next(cursor, ret_resource, fault);
    record_cursor_free(cursor);
    if (next == CURSOR_FAULT) {
        return false;
    }
    *ret_found = next == CURSOR_ROW;
    return true;
}

/* -- involvements and figures ------------------------------------------------------------------ */

/* the ODS code of "Organization/x" of this store; the reference as it stands when it has none */
static bool resolve(struct record_store *store, struct slice organisation, struct arena *arena,
                    struct slice *ret_organisation, struct fault *fault)
{
    struct fhir_reference reference;
    struct slice body;
    struct json json;
    bool found;
    *ret_organisation = organisation;
    fhir_reference_parse(organisation, &reference);
    if (reference.type != FHIR_ORGANIZATION || reference.base.len > 0 || reference.id.len == 0) {
        return true;
    }
    if (!store->ops->peek(store, FHIR_ORGANIZATION, reference.id, arena, &body, &found, fault)) {
        return false;
    }
    if (found && !json_parse(arena, body, &json, fault)) {
        return false;
    }
    struct slice ods = found ? involvement_ods_of(&json, 0, arena) : (struct slice){ NULL, 0 };
    if (ods.len > 0) {
        *ret_organisation = ods;
    }
    return true;
}

/* as resolve(), looking each one up once: `known` maps a reference to a resolved slice */
static bool resolve_once(struct record_store *store, struct hash_table *known,
                         struct involvement *involvement, struct fault *fault)
{
    bool is_new;
    if (involvement->organisation.len == 0) {
        involvement->organisation = record_store_ods(store);
        return true;
    }
    struct hash_slot *slot = hash_table_put(known, involvement->organisation, &is_new);
    if (slot == NULL) {
        return fault_no_memory(fault, known->arena);
    }
    if (is_new) {
        struct slice *resolved = arena_new(known->arena, struct slice);
        if (resolved == NULL) {
            return fault_no_memory(fault, known->arena);
        }
        slot->value.pointer = resolved;
        if (!resolve(store, involvement->organisation, known->arena, resolved, fault)) {
            return false;
        }
    }
    involvement->organisation = *(struct slice *)slot->value.pointer;
    return true;
}

bool record_store_involvements(struct record_store *store, struct slice patient_id,
                               struct arena *arena, struct involvement **ret_at, size_t *ret_count,
                               struct fault *fault)
{
    struct involvement *at;
    size_t count;
    struct hash_table known;
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    if (!store->ops->involvements(store, patient_id, arena, &at, &count, fault)) {
        return false;
    }
    hash_table_init(&known, arena);
    for (size_t i = 0; i < count; i++) {
        at[i].patient_id = patient_id;
        if (!resolve_once(store, &known, &at[i], fault)) {
            return false;
        }
    }
    *ret_at = at;
    *ret_count = count;
    return true;
}

bool record_store_patient_of(struct record_store *store, fhir_type type, struct slice id,
                             struct arena *arena, struct slice *ret_patient_id, struct fault *fault)
{
    struct fhir_patients patients = { NULL, 0 };
    struct index_values values = { NULL, 0, 0 };
    struct slice body;
    struct json json;
    bool found;
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    if (!store->ops->peek(store, type, id, arena, &body, &found, fault)) {
        return false;
    }
    if (found && (!json_parse(arena, body, &json, fault) ||
                  !fhir_index(&json, 0, type, arena, &values, fault) ||
                  !fhir_compartment(&values, type, id, arena, &patients, fault))) {
        return false;
    }
    *ret_patient_id = patients.count > 0 ? patients.ids[0] : (struct slice){ NULL, 0 };
    return true;
}

bool record_store_figures(struct record_store *store, struct record_store_figures *ret_figures,
                          struct fault *fault)
{
    CHECK_OBJ(store, RECORD_STORE_MAGIC);
    return store->ops->figures(store, ret_figures, fault);
}
