/*
 * memory_write.c: the rules of a write, one by one.
 *
 * First every change of a write is judged against the store as it stands, and what it will add is
 * copied aside; then all of it is linked in. Only memory can end in between, and it ends before
 * anything is linked.
 */
#include "store/memory/memory_private.h"

/* what one change will do */
struct plan {
    struct memory_resource *resource; /* existing, or new */
    bool is_new;
    struct memory_version *version; /* to be added; NULL: nothing changes */
};

static bool fail(struct store_write *write, size_t at, enum fault_code code, const char *text)
{
    write->fault_change = at;
    return fault_set(&write->fault, write->arena, code, "%s", text);
}

static bool no_memory(struct store_write *write)
{
    return fault_no_memory(&write->fault, NULL);
}

/* a Patient that is stored and not deleted, or comes with this write */
static bool patient_is_known(struct memory_store *self, const struct store_write *write,
                             struct slice id)
{
    struct memory_resource *stored = memory_find(self, FHIR_PATIENT, id);
    if (stored != NULL && !memory_current(stored)->deleted) {
        return true;
    }
    for (size_t i = 0; i < write->count; i++) {
        const struct record_change *change = &write->changes[i];
        if (change->type == FHIR_PATIENT && change->kind != CHANGE_DELETE &&
            slice_equal(prepared_of(change)->id, id)) {
            return true;
        }
    }
    return false;
}

static bool patients_are_known(struct memory_store *self, struct store_write *write, size_t at)
{
    const struct prepared_change *prepared = prepared_of(&write->changes[at]);
    for (size_t i = 0; i < prepared->patients.count; i++) {
        if (!patient_is_known(self, write, prepared->patients.ids[i])) {
            return fail(write, at, FAULT_REFERENCE, "the patient is not in this store");
        }
    }
    return true;
}

/* may the change be made, given the current version (NULL: never was one)? */
static bool judge(struct store_write *write, size_t at, const struct memory_version *current)
{
    const struct record_change *change = &write->changes[at];
    bool is_there = current != NULL && !current->deleted;
    patient_key key;
    uint64_t sequence;
    if (change->if_match != 0 && (current == NULL || current->version != change->if_match)) {
        return fail(write, at, FAULT_PRECONDITION, "the resource has another version");
    }
    if (change->kind == CHANGE_DELETE) {
        return true;
    }
    if (change->kind == CHANGE_CREATE && is_there) {
        return fail(write, at, FAULT_CONFLICT, "there is a resource with this id already");
    }
    if (change->kind == CHANGE_UPDATE && current == NULL &&
        record_id_parse(change->id, &key, &sequence)) {
        return fail(write, at, FAULT_INVALID, "an id of this form is made by the server alone");
    }
    return true;
}

static bool copy_patients(struct arena *arena, const struct fhir_patients *from,
                          struct fhir_patients *to)
{
    to->ids = arena_array(arena, from->count + 1, struct slice);
    if (to->ids == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->count; i++) {
        to->ids[i] = arena_copy(arena, from->ids[i]);
        if (to->ids[i].ptr == NULL) {
            return false;
        }
    }
    to->count = from->count;
    return true;
}

/* the version that the change adds; NULL without memory */
static struct memory_version *make_version(struct memory_store *self,
                                           const struct record_change *change,
                                           const struct memory_version *current)
{
    const struct prepared_change *prepared = prepared_of(change);
    struct memory_version *version = arena_new(&self->arena, struct memory_version);
    if (version == NULL) {
        return NULL;
    }
    version->version = current == NULL ? 1 : current->version + 1;
    if (change->kind == CHANGE_DELETE) {
        version->deleted = true;
        version->labels = current->labels;
        version->home = current->home;
        version->patients = current->patients;
        return version;
    }
    version->labels = prepared->labels;
    version->body = prepared->body;
    version->body.text = arena_copy(&self->arena, prepared->body.text);
    bool ok = version->body.text.ptr != NULL &&
              copy_patients(&self->arena, &prepared->patients, &version->patients);
    return ok ? version : NULL;
}

static struct memory_resource *make_resource(struct memory_store *self,
                                             const struct record_change *change)
{
    struct memory_resource *resource = arena_new(&self->arena, struct memory_resource);
    if (resource != NULL) {
        resource->type = change->type;
        resource->id = arena_copy(&self->arena, prepared_of(change)->id);
        resource->sequence = prepared_of(change)->sequence;
    }
    return resource != NULL && resource->id.ptr != NULL ? resource : NULL;
}

static bool plan_change(struct memory_store *self, struct store_write *write, size_t at,
                        struct plan *plan)
{
    struct record_change *change = &write->changes[at];
    const struct prepared_change *prepared = prepared_of(change);
    plan->resource = memory_find(self, change->type, prepared->id);
    struct memory_version *current = plan->resource == NULL ? NULL : memory_current(plan->resource);
    bool is_there = current != NULL && !current->deleted;
    if (!judge(write, at, current)) {
        return false;
    }
    if (change->kind == CHANGE_DELETE && !is_there) {
        change->effect = EFFECT_NONE;
        return true;
    }
    if (change->kind == CHANGE_UPDATE && change->unchanged_is_none && is_there &&
        slice_equal(current->body.text, prepared->body.text)) {
        change->effect = EFFECT_UNCHANGED;
        return true;
    }
    change->effect = change->kind == CHANGE_DELETE ? EFFECT_DELETED
                     : is_there                    ? EFFECT_UPDATED
                                                   : EFFECT_CREATED;
    plan->is_new = plan->resource == NULL;
    if (plan->is_new) {
        plan->resource = make_resource(self, change);
    }
    plan->version = plan->resource == NULL ? NULL : make_version(self, change, current);
    return plan->version != NULL || no_memory(write);
}

/* room for everything that link_in() will add, so that it cannot fail */
static bool reserve(struct memory_store *self, struct store_write *write, struct plan *plans)
{
    for (size_t at = 0; at < write->count; at++) {
        struct plan *plan = &plans[at];
        if (plan->version == NULL) {
            continue;
        }
        struct memory_version **slot = vector_push(&plan->resource->versions, &self->arena);
        if (slot == NULL) {
            return no_memory(write);
        }
        plan->resource->versions.count--;
    }
    return true;
}

static patient_key home_of(struct memory_store *self, const struct memory_version *version)
{
    if (version->patients.count == 0) {
        return 0;
    }
    struct memory_resource *patient = memory_find(self, FHIR_PATIENT, version->patients.ids[0]);
    assert(patient != NULL);
    return memory_current(patient)->home;
}

static bool name_resource(struct memory_store *self, struct memory_resource *resource)
{
    struct slice name = fhir_reference_local(resource->type, resource->id, &self->arena);
    struct hash_slot *slot = name.ptr == NULL ? NULL : hash_table_put(&self->names, name, NULL);
    struct memory_resource **at = slot == NULL ? NULL : vector_push(&self->resources, &self->arena);
    if (at == NULL) {
        return false;
    }
    slot->value.pointer = resource;
    *at = resource;
    return true;
}

static void link_version(struct memory_store *self, const struct record_change *change,
                         struct plan *plan)
{
    struct memory_change *entry = vector_push(&self->changes, &self->arena);
    struct memory_version **slot = vector_push(&plan->resource->versions, &self->arena);
    assert(entry != NULL && slot != NULL); /* a model that runs out of memory is of no use */
    *slot = plan->version;
    *entry = (struct memory_change){ plan->resource, plan->version };
    plan->version->change = self->changes.count;
    plan->version->last_updated = self->last_time;
    if (change->type == FHIR_PATIENT && change->kind != CHANGE_DELETE) {
        bool first = plan->resource->versions.count == 1;
        plan->version->home =
            first ? prepared_of(change)->key : plan->resource->versions.at[0]->home;
    }
}

static void link_in(struct memory_store *self, struct store_write *write, struct plan *plans)
{
    walltime now = os_now();
    self->last_time = now > self->last_time ? now : self->last_time + 1;
    for (size_t at = 0; at < write->count; at++) {
        if (plans[at].version != NULL) {
            if (plans[at].is_new) {
                bool named = name_resource(self, plans[at].resource);
                assert(named);
            }
            link_version(self, &write->changes[at], &plans[at]);
        }
    }
    for (size_t at = 0; at < write->count; at++) {
        struct memory_version *version = plans[at].version;
        if (version != NULL && !version->deleted && write->changes[at].type != FHIR_PATIENT) {
            version->home = home_of(self, version); /* all Patients of the write are there now */
        }
    }
    write->last_change = self->changes.count;
}

static void tell_results(struct store_write *write, const struct plan *plans)
{
    for (size_t at = 0; at < write->count; at++) {
        struct record_change *change = &write->changes[at];
        change->ret_id = prepared_of(change)->id;
        if (plans[at].resource != NULL && plans[at].resource->versions.count > 0) {
            const struct memory_version *version = memory_current(plans[at].resource);
            change->ret_version = version->version;
            change->ret_last_updated = version->last_updated;
        }
    }
}

/* the outcome when the inbox knows the key, else WRITE_DONE to go on */
static enum write_outcome look_in_inbox(struct memory_store *self, struct store_write *write)
{
    struct hash_slot *slot = hash_table_find(&self->inbox, write->inbox_key);
    if (write->inbox_key.len == 0 || slot == NULL) {
        return WRITE_DONE;
    }
    if (digest_equal(slot->value.pointer, &write->inbox_digest)) {
        write->last_change = self->changes.count;
        return WRITE_ALREADY_KNOWN;
    }
    fail(write, write->count, FAULT_CONFLICT, "this key was used for another message");
    return WRITE_FAILED;
}

static bool remember_in_inbox(struct memory_store *self, struct store_write *write)
{
    if (write->inbox_key.len == 0) {
        return true;
    }
    struct slice key = arena_copy(&self->arena, write->inbox_key);
    struct digest *digest = arena_new(&self->arena, struct digest);
    struct hash_slot *slot = NULL;
    if (key.ptr != NULL && digest != NULL) {
        slot = hash_table_put(&self->inbox, key, NULL);
    }
    if (slot == NULL) {
        return no_memory(write);
    }
    *digest = write->inbox_digest;
    slot->value.pointer = digest;
    return true;
}

static void commit_one(struct memory_store *self, struct store_write *write)
{
    write->outcome = look_in_inbox(self, write);
    if (write->outcome != WRITE_DONE) {
        return;
    }
    write->outcome = WRITE_FAILED;
    struct plan *plans = arena_array(write->arena, write->count + 1, struct plan);
    if (plans == NULL) {
        no_memory(write);
        return;
    }
    for (size_t at = 0; at < write->count; at++) {
        if (!plan_change(self, write, at, &plans[at])) {
            return;
        }
    }
    for (size_t at = 0; at < write->count; at++) {
        if (!patients_are_known(self, write, at)) {
            return;
        }
    }
    if (!reserve(self, write, plans) || !remember_in_inbox(self, write)) {
        return;
    }
    link_in(self, write, plans);
    tell_results(write, plans);
    write->outcome = WRITE_DONE;
}

void memory_commit(void *context, struct commit_item *first)
{
    struct memory_store *self = context;
    pthread_mutex_lock(&self->mutex);
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        commit_one(self, (struct store_write *)item);
    }
    pthread_mutex_unlock(&self->mutex);
}
