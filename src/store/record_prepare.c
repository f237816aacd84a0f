/*
 * record_prepare.c: the slow half of a write, on the caller's thread.
 *
 * Everything that can be known without the store's lock is made here: the tree of the body, its
 * labels, index values, compartments and involvements; the final id; the body for keeping. The
 * committing thread then only compares versions and moves bytes.
 *
 * Two passes, because the order of a transaction's entries means nothing (FHIR R4
 * http.html#trules): the first reads all bodies and learns which Patients the write brings, the
 * second can then name the home of every row and make ids, which carry the home's key. The key is
 * known here only as of now: the committing thread finds the home anew, and a row that ends up
 * elsewhere gets a line in the locator.
 */
#include "base/hash_table.h"
#include "base/limits.h"
#include "store/record_store_private.h"
#include "store/row_label.h"

struct preparation {
    struct record_store *store;
    struct store_write *write;
    struct arena *arena;
    struct hash_table patients; /* ids of Patients in this write -> key */
    struct hash_table names;    /* Type/id, to refuse one that comes twice */
    struct json *trees;         /* by change */
    struct fault *fault;
};

static bool refuse(struct preparation *self, size_t at, enum fault_code code, const char *text)
{
    self->write->fault_change = at;
    return fault_set(self->fault, self->arena, code, "%s", text);
}

/* may the id stand in this change at all? */
static bool check_id(struct preparation *self, size_t at)
{
    const struct record_change *change = &self->write->changes[at];
    patient_key key;
    uint64_t sequence;
    if (change->id.len == 0) {
        return change->kind == CHANGE_CREATE ||
               refuse(self, at, FAULT_INVALID, "the resource has no id");
    }
    if (!fhir_id_valid(change->id)) {
        return refuse(self, at, FAULT_INVALID, "this is not a valid id");
    }
    if (change->kind == CHANGE_CREATE && record_id_parse(change->id, &key, &sequence) &&
        (key >= atomic_load(&self->store->next_patient) ||
         sequence >= atomic_load(&self->store->next_sequence))) {
        return refuse(self, at, FAULT_INVALID, "an id of this form is made by the server alone");
    }
    return true;
}

static bool remember_name(struct preparation *self, size_t at)
{
    const struct record_change *change = &self->write->changes[at];
    bool is_new;
    if (change->id.len == 0) {
        return true;
    }
    struct slice name = fhir_reference_local(change->type, change->id, self->arena);
    if (name.ptr == NULL || hash_table_put(&self->names, name, &is_new) == NULL) {
        return fault_no_memory(self->fault, self->arena);
    }
    return is_new || refuse(self, at, FAULT_INVALID, "one write changes the same resource twice");
}

/* ids are numbered here, so that one that is handed out is never handed out again */
static bool make_id(struct preparation *self, struct prepared_change *prepared)
{
    char text[RESOURCE_ID_SIZE];
    size_t len = record_id_format(prepared->key, prepared->sequence, text);
    prepared->id = arena_copy(self->arena, slice_of(text, len));
    return prepared->id.ptr != NULL || fault_no_memory(self->fault, self->arena);
}

/* numbers of a new row; of an id from record_store_new_id() those that it carries */
static void number_row(struct preparation *self, const struct record_change *change,
                       struct prepared_change *prepared)
{
    patient_key key;
    uint64_t sequence;
    if (change->kind == CHANGE_CREATE && record_id_parse(change->id, &key, &sequence)) {
        prepared->is_server_id = true;
        prepared->key = key;
        prepared->sequence = sequence;
        return;
    }
    prepared->is_server_id = change->id.len == 0;
    prepared->sequence = atomic_fetch_add(&self->store->next_sequence, 1);
}

/* a Patient: which key it has or will have, and its id */
static bool settle_patient(struct preparation *self, const struct record_change *change,
                           struct prepared_change *prepared)
{
    if (change->id.len > 0) {
        prepared->id = change->id;
        patient_key known = self->store->ops->find_patient(self->store, change->id, true);
        if (known != 0) {
            prepared->key = known;
        }
    }
    if (prepared->key == 0) {
        prepared->key = atomic_fetch_add(&self->store->next_patient, 1);
    }
    if (change->id.len == 0 && !make_id(self, prepared)) {
        return false;
    }
    struct hash_slot *slot = hash_table_put(&self->patients, prepared->id, NULL);
    if (slot == NULL) {
        return fault_no_memory(self->fault, self->arena);
    }
    slot->value.number = prepared->key;
    return true;
}

static bool read_body(struct preparation *self, size_t at)
{
    struct record_change *change = &self->write->changes[at];
    struct prepared_change *prepared = prepared_of(change);
    struct json *json = &self->trees[at];
    if (change->body.len > LIMIT_RESOURCE_BODY) {
        return refuse(self, at, FAULT_TOO_LARGE, "the resource is too large");
    }
    if (!json_parse(self->arena, change->body, json, self->fault)) {
        return false;
    }
    if (fhir_type_of(json, 0) != change->type) {
        return refuse(self, at, FAULT_CONTENT, "resourceType is not the type of this address");
    }
    number_row(self, change, prepared);
    if (change->type == FHIR_PATIENT && !settle_patient(self, change, prepared)) {
        return false;
    }
    prepared->labels = row_labels_of(json, 0, change->type, self->arena);
    return fhir_index(json, 0, change->type, self->arena, &prepared->values, self->fault) &&
           fhir_compartment(&prepared->values, change->type, prepared->id, self->arena,
                            &prepared->patients, self->fault) &&
           involvement_derive(json, 0, change->type, self->arena, &prepared->involvements,
                              self->fault);
}

static bool first_pass(struct preparation *self, size_t at)
{
    struct record_change *change = &self->write->changes[at];
    struct prepared_change *prepared = arena_new(self->arena, struct prepared_change);
    self->write->fault_change = at;
    if (prepared == NULL) {
        return fault_no_memory(self->fault, self->arena);
    }
    change->prepared = prepared;
    change->effect = EFFECT_NONE;
    prepared->id = change->id;
    if (fhir_type_name(change->type).len == 0) {
        return refuse(self, at, FAULT_INVALID, "there is no such resource type");
    }
    if (!check_id(self, at) || !remember_name(self, at)) {
        return false;
    }
    return change->kind == CHANGE_DELETE || read_body(self, at);
}

/* the home's key as far as it is known now; 0 when it is not */
static patient_key home_key(struct preparation *self, const struct prepared_change *prepared)
{
    if (prepared->patients.count == 0) {
        return 0;
    }
    struct slice id = prepared->patients.ids[0];
    struct hash_slot *slot = hash_table_find(&self->patients, id);
    if (slot == NULL) {
        slot = hash_table_put(&self->patients, id, NULL);
        if (slot == NULL) {
            return 0;
        }
        slot->value.number = self->store->ops->find_patient(self->store, id, false);
    }
    return slot->value.number;
}

static bool second_pass(struct preparation *self, size_t at)
{
    struct record_change *change = &self->write->changes[at];
    struct prepared_change *prepared = prepared_of(change);
    self->write->fault_change = at;
    if (change->kind == CHANGE_DELETE) {
        return true;
    }
    if (change->type != FHIR_PATIENT && change->id.len == 0) {
        prepared->key = home_key(self, prepared);
        if (!make_id(self, prepared)) {
            return false;
        }
    }
    return resource_body_make(&self->trees[at], 0, prepared->id, self->arena, &prepared->body,
                              self->fault);
}

bool record_prepare(struct record_store *store, const struct decision *decision,
                    struct store_write *write, struct fault *fault)
{
    struct preparation self = {
        .store = store,
        .write = write,
        .arena = write->arena,
        .trees = arena_array(write->arena, write->count + 1, struct json),
        .fault = fault,
    };
    if (!decision_may_write(decision) ||
        !decision_covers_store(decision, record_store_ods(store))) {
        return fault_set(fault, write->arena, FAULT_FORBIDDEN, "this store may not be written to");
    }
    if (self.trees == NULL) {
        return fault_no_memory(fault, write->arena);
    }
    hash_table_init(&self.patients, write->arena);
    hash_table_init(&self.names, write->arena);
    for (size_t at = 0; at < write->count; at++) {
        if (!first_pass(&self, at)) {
            return false;
        }
    }
    for (size_t at = 0; at < write->count; at++) {
        if (!second_pass(&self, at)) {
            return false;
        }
    }
    write->fault_change = write->count;
    return true;
}
