/*
 * record_store_memory.c: life, look-ups and figures of the memory store.
 */
#include "store/memory/record_store_memory.h"

#include "base/limits.h"
#include "store/memory/memory_private.h"

static struct slice name_of(char buffer[160], fhir_type type, struct slice id)
{
    struct slice name = fhir_type_name(type);
    int len = snprintf(buffer, 160, "%.*s/%.*s", SLICE_PRINT(name), SLICE_PRINT(id));
    return slice_of(buffer, (size_t)len);
}

struct memory_resource *memory_find(struct memory_store *self, fhir_type type, struct slice id)
{
    char buffer[160];
    if (id.len >= RESOURCE_ID_SIZE) {
        return NULL;
    }
    struct hash_slot *slot = hash_table_find(&self->names, name_of(buffer, type, id));
    return slot == NULL ? NULL : slot->value.pointer;
}

bool memory_is_of_patient(const struct memory_version *version, struct slice patient_id)
{
    for (size_t i = 0; i < version->patients.count; i++) {
        if (slice_equal(version->patients.ids[i], patient_id)) {
            return true;
        }
    }
    return false;
}

static patient_key memory_find_patient(struct record_store *store, struct slice id,
                                       bool deleted_too)
{
    struct memory_store *self = memory_of(store);
    patient_key key = 0;
    pthread_mutex_lock(&self->mutex);
    struct memory_resource *resource = memory_find(self, FHIR_PATIENT, id);
    if (resource != NULL && (deleted_too || !memory_current(resource)->deleted)) {
        key = memory_current(resource)->home;
    }
    pthread_mutex_unlock(&self->mutex);
    return key;
}

static bool memory_peek(struct record_store *store, fhir_type type, struct slice id,
                        struct arena *arena, struct slice *ret_body, bool *ret_found,
                        struct fault *fault)
{
    struct memory_store *self = memory_of(store);
    (void)arena, (void)fault;
    pthread_mutex_lock(&self->mutex);
    struct memory_resource *resource = memory_find(self, type, id);
    *ret_found = resource != NULL && !memory_current(resource)->deleted;
    if (*ret_found) {
        *ret_body = memory_current(resource)->body.text;
    }
    pthread_mutex_unlock(&self->mutex);
    return true;
}

struct involvement_list {
    VECTOR(struct involvement) items;
};

static bool add_involvements(const struct memory_resource *resource, struct arena *arena,
                             struct involvement_list *list, struct fault *fault)
{
    struct json json;
    struct involvement_notes notes;
    if (!json_parse(arena, memory_current(resource)->body.text, &json, fault) ||
        !involvement_derive(&json, 0, resource->type, arena, &notes, fault)) {
        return false;
    }
    for (size_t i = 0; i < notes.count; i++) {
        struct involvement *item = vector_push(&list->items, arena);
        if (item == NULL) {
            return fault_no_memory(fault, arena);
        }
        *item = (struct involvement){
            .organisation = notes.at[i].organisation,
            .kind = notes.at[i].kind,
            .from = notes.at[i].from,
            .to = notes.at[i].to,
        };
    }
    return true;
}

static bool memory_involvements(struct record_store *store, struct slice patient_id,
                                struct arena *arena, struct involvement **ret_at, size_t *ret_count,
                                struct fault *fault)
{
    struct memory_store *self = memory_of(store);
    struct involvement_list list = { .items = { NULL, 0, 0 } };
    bool ok = true;
    pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; ok && i < self->resources.count; i++) {
        const struct memory_resource *resource = self->resources.at[i];
        const struct memory_version *version = memory_current(resource);
        if (!version->deleted && memory_is_of_patient(version, patient_id)) {
            ok = add_involvements(resource, arena, &list, fault);
        }
    }
    pthread_mutex_unlock(&self->mutex);
    *ret_at = list.items.at;
    *ret_count = list.items.count;
    return ok;
}

static bool memory_figures(struct record_store *store, struct record_store_figures *ret_figures,
                           struct fault *fault)
{
    struct memory_store *self = memory_of(store);
    struct record_store_figures figures = { 0 };
    (void)fault;
    pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < self->resources.count; i++) {
        const struct memory_resource *resource = self->resources.at[i];
        if (!memory_current(resource)->deleted) {
            figures.resources++;
            figures.patients += resource->type == FHIR_PATIENT;
        }
    }
    figures.last_change = self->changes.count;
    pthread_mutex_unlock(&self->mutex);
    *ret_figures = figures;
    return true;
}

static void memory_close(struct record_store *store)
{
    struct memory_store *self = memory_of(store);
    if (store->queue != NULL) {
        commit_queue_free(store->queue);
    }
    pthread_mutex_destroy(&self->mutex);
    arena_release(&self->arena);
    store->magic = 0;
    os_free(self);
}

static const struct record_store_ops ops = {
    .find_patient = memory_find_patient,
    .query = memory_query,
    .involvements = memory_involvements,
    .peek = memory_peek,
    .figures = memory_figures,
    .close = memory_close,
};

struct record_store *record_store_memory_open(struct slice ods, struct committer *committer,
                                              struct arena *arena, struct fault *fault)
{
    struct memory_store *self = os_malloc(sizeof *self);
    if (self == NULL) {
        fault_no_memory(fault, arena);
        return NULL;
    }
    memset(self, 0, sizeof *self);
    if (!record_store_head_init(&self->store, &ops, ods, arena, fault)) {
        os_free(self);
        return NULL;
    }
    pthread_mutex_init(&self->mutex, NULL);
    arena_init(&self->arena, LIMIT_MEMORY_STORE);
    hash_table_init(&self->names, &self->arena);
    hash_table_init(&self->inbox, &self->arena);
    self->store.queue = commit_queue_new(committer, LIMIT_COMMIT_BYTES, memory_commit, self);
    if (self->store.queue == NULL) {
        fault_no_memory(fault, arena);
        memory_close(&self->store);
        return NULL;
    }
    return &self->store;
}

static struct record_store *open_by_pool(void *context, struct slice ods, bool create,
                                         struct committer *committer, struct arena *arena,
                                         struct fault *fault)
{
    (void)context;
    if (!create) {
        fault_set(fault, arena, FAULT_NOT_FOUND, "there is no such record store");
        return NULL;
    }
    return record_store_memory_open(ods, committer, arena, fault);
}

struct store_opener record_store_memory_opener(void)
{
    return (struct store_opener){ open_by_pool, NULL };
}
