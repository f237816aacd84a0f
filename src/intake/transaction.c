/*
 * transaction.c: from entries to one write.
 *
 * Three passes over the entries. The first gives each entry that creates something its id: a new
 * Patient first, because the ids of what belongs to it carry its key. The second writes each body
 * anew: its id, and every reference that names another entry (by fullUrl, or by the Type/id that a
 * RESTful fullUrl ends in) changed to what that entry became; a urn: that no entry has leads
 * nowhere and fails the whole. The third hands the changes to the store in the order of the
 * specification: deletions, creations, updates (http.html#trules).
 *
 * The patient that an id is made for is read off the first subject-like member: a hint that saves
 * the store a look-up later. When it is wrong the store keeps a locator for that id instead.
 */
#include "intake/transaction.h"

#include "base/hash_table.h"
#include "base/limits.h"
#include "fhir/index.h"
#include "fhir/references.h"
#include "intake/resource_check.h"

struct target {
    fhir_type type;
    struct slice id;
    patient_key patient; /* of a Patient made here; else 0 */
};

struct work {
    struct transaction *transaction;
    const struct json *json;
    struct target *targets;   /* by entry */
    struct hash_table by_url; /* fullUrl, or Type/id of a RESTful fullUrl -> entry */
    bool single;              /* one resource and no bundle: places are the resource's own */
    struct arena *arena;
    struct fault *fault;
};

static struct slice place_of(const struct work *work, size_t entry)
{
    if (work->single) {
        return (struct slice){ NULL, 0 };
    }
    return arena_printf(work->arena, "Bundle.entry[%u]",
                        (unsigned)work->transaction->entries.at[entry].index);
}

/* -- ids ------------------------------------------------------------------------------------- */

static const struct slice patient_members[] = {
    SLICE_INIT("subject"),    SLICE_INIT("patient"), SLICE_INIT("beneficiary"),
    SLICE_INIT("individual"), SLICE_INIT("for"),
};

/* the reference of the first member that usually names the patient; empty when there is none */
static struct slice patient_reference(const struct json *json, json_ix resource,
                                      struct arena *arena)
{
    for (size_t i = 0; i < ARRAY_LENGTH(patient_members); i++) {
        json_ix member = json_member(json, resource, patient_members[i]);
        struct slice text = json_member_string(json, member, SLICE("reference"), arena);
        if (text.len > 0) {
            return text;
        }
    }
    return (struct slice){ NULL, 0 };
}

static patient_key patient_of_reference(const struct work *work, struct slice text)
{
    struct hash_slot *slot = hash_table_find(&work->by_url, text);
    if (slot != NULL && work->targets[slot->value.number].patient != 0) {
        return work->targets[slot->value.number].patient;
    }
    /* an update's reference is good as it stands, when the Patient is there already */
    struct fhir_reference reference;
    fhir_reference_parse(text, &reference);
    if (reference.type != FHIR_PATIENT || reference.base.len > 0) {
        return 0;
    }
    return record_store_find_patient(work->transaction->store, reference.id);
}

static bool make_id(struct work *work, patient_key patient, struct slice *ret_id)
{
    char id[RESOURCE_ID_SIZE];
    record_store_new_id(work->transaction->store, patient, id);
    *ret_id = arena_copy(work->arena, slice_from_string(id));
    return ret_id->ptr != NULL || fault_no_memory(work->fault, work->arena);
}

static bool remember_url(struct work *work, struct slice url, size_t entry)
{
    bool fresh;
    if (url.len == 0) {
        return true;
    }
    struct hash_slot *slot = hash_table_put(&work->by_url, url, &fresh);
    if (slot == NULL) {
        return fault_no_memory(work->fault, work->arena);
    }
    if (!fresh && slot->value.number != entry) {
        return fault_at(work->fault, work->arena, FAULT_INVALID, place_of(work, entry),
                        "two entries stand for the same resource");
    }
    slot->value.number = entry;
    return true;
}

/* an entry is known by its fullUrl, and by the Type/id that a RESTful one ends in */
static bool remember_entry(struct work *work, size_t entry)
{
    const struct fhir_entry *from = &work->transaction->entries.at[entry];
    struct fhir_reference reference;
    if (!remember_url(work, from->full_url, entry)) {
        return false;
    }
    fhir_reference_parse(from->full_url, &reference);
    if (reference.type == FHIR_TYPE_NONE || reference.id.len == 0 || reference.base.len == 0) {
        return true;
    }
    size_t base = reference.base.len;
    return remember_url(work, slice_from(reference.literal, base), entry);
}

static bool give_id(struct work *work, size_t entry)
{
    const struct fhir_entry *from = &work->transaction->entries.at[entry];
    struct target *target = &work->targets[entry];
    if (from->method != FHIR_POST) {
        target->id = from->id;
        return true;
    }
    patient_key patient = target->patient;
    if (target->type != FHIR_PATIENT) {
        patient =
            patient_of_reference(work, patient_reference(work->json, from->resource, work->arena));
    }
    return make_id(work, patient, &target->id);
}

static bool give_ids(struct work *work)
{
    const struct fhir_entries *entries = &work->transaction->entries;
    for (size_t i = 0; i < entries->count; i++) {
        work->targets[i].type = entries->at[i].type;
        if (entries->at[i].type == FHIR_PATIENT && entries->at[i].method == FHIR_POST) {
            work->targets[i].patient = record_store_new_patient(work->transaction->store);
        }
        if (!remember_entry(work, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < entries->count; i++) {
        if (!give_id(work, i)) {
            return false;
        }
    }
    return true;
}

/* -- bodies ---------------------------------------------------------------------------------- */

struct rewriting {
    struct work *work;
    size_t entry;
};

/* what a link becomes; a conditional reference or a urn: that leads nowhere fails the whole */
static bool replace_link(void *context, const struct fhir_link *link, struct slice *ret_text,
                         bool *ret_failed)
{
    struct rewriting *rewriting = context;
    struct work *work = rewriting->work;
    struct slice text = link->text;
    size_t fragment = slice_find(text, '#');
    struct hash_slot *slot = hash_table_find(&work->by_url, slice_sub(text, 0, fragment));
    if (slot != NULL && fragment > 0) {
        const struct target *target = &work->targets[slot->value.number];
        *ret_text =
            arena_printf(work->arena, "%.*s/%.*s%.*s", SLICE_PRINT(fhir_type_name(target->type)),
                         SLICE_PRINT(target->id), SLICE_PRINT(slice_from(text, fragment)));
        *ret_failed = ret_text->ptr == NULL && !fault_no_memory(work->fault, work->arena);
        return true;
    }
    if (link->kind != FHIR_LINK_REFERENCE) {
        return false;
    }
    if (slice_starts_with(text, SLICE("urn:uuid:")) || slice_starts_with(text, SLICE("urn:oid:"))) {
        fault_at(work->fault, work->arena, FAULT_REFERENCE, place_of(work, rewriting->entry),
                 "a reference names no entry of this bundle");
        *ret_failed = true;
    } else if (fhir_type_find(slice_sub(text, 0, slice_find(text, '?'))) != FHIR_TYPE_NONE) {
        fault_at(work->fault, work->arena, FAULT_NOT_SUPPORTED, place_of(work, rewriting->entry),
                 "conditional references are not supported");
        *ret_failed = true;
    }
    return false;
}

static bool validate(struct work *work, json_ix resource, struct slice place)
{
    if (resource_check(work->json, resource, work->arena, work->fault)) {
        return true;
    }
    if (place.len > 0) {
        work->fault->where = arena_printf(work->arena, "%.*s.resource: %.*s", SLICE_PRINT(place),
                                          SLICE_PRINT(work->fault->where));
    }
    return false;
}

static bool rewrite_body(struct work *work, json_ix resource, size_t entry, struct slice id,
                         struct slice *ret_body)
{
    struct rewriting rewriting = { work, entry };
    struct fhir_rewrite rewrite = { .id = id, .replace = replace_link, .context = &rewriting };
    struct strbuf body;
    strbuf_init(&body, LIMIT_RESOURCE_BODY);
    work->fault->code = FAULT_NONE;
    bool ok = fhir_rewrite(work->json, resource, &rewrite, work->arena, &body);
    if (ok) {
        *ret_body = arena_copy(work->arena, strbuf_slice(&body));
        ok = ret_body->ptr != NULL || fault_no_memory(work->fault, work->arena);
    } else if (work->fault->code == FAULT_NONE) {
        fault_at(work->fault, work->arena, FAULT_TOO_LARGE, place_of(work, entry),
                 "a resource is larger than one may be");
    }
    strbuf_release(&body);
    return ok;
}

/* W/"3", as If-Match gives it; RFC 9110 section 13.1.1 */
static bool parse_etag(struct slice text, version_no *ret_version)
{
    uint64_t version;
    text = slice_trim(text);
    if (!slice_starts_with(text, SLICE("W/\"")) || !slice_ends_with(text, SLICE("\"")) ||
        text.len < 5 || !slice_to_u64(slice_sub(text, 3, text.len - 4), &version) || version == 0 ||
        version > UINT32_MAX) {
        return false;
    }
    *ret_version = (version_no)version;
    return true;
}

static bool check_entry(struct work *work, size_t entry)
{
    const struct fhir_entry *from = &work->transaction->entries.at[entry];
    const char *refused = NULL;
    if (from->if_none_exist.len > 0 || from->if_none_match.len > 0 || from->query.len > 0) {
        refused = "conditional interactions are not supported in a transaction";
    } else if (from->method == FHIR_PATCH) {
        refused = "PATCH is not supported in a transaction";
    } else if (from->method == FHIR_GET || from->method == FHIR_HEAD) {
        refused = "reading is not supported in a transaction";
    }
    if (refused != NULL) {
        return fault_at(work->fault, work->arena, FAULT_NOT_SUPPORTED, place_of(work, entry), "%s",
                        refused);
    }
    return true;
}

static bool fill_change(struct work *work, size_t entry, struct record_change *change)
{
    const struct fhir_entry *from = &work->transaction->entries.at[entry];
    change->type = from->type;
    change->id = work->targets[entry].id;
    if (from->if_match.len > 0 && !parse_etag(from->if_match, &change->if_match)) {
        return fault_at(work->fault, work->arena, FAULT_INVALID, place_of(work, entry),
                        "ifMatch is no weak ETag of a version");
    }
    if (from->method == FHIR_DELETE) {
        change->kind = CHANGE_DELETE;
        return true;
    }
    change->kind = from->method == FHIR_POST ? CHANGE_CREATE : CHANGE_UPDATE;
    change->unchanged_is_none = from->method == FHIR_PUT;
    return validate(work, from->resource, place_of(work, entry)) &&
           rewrite_body(work, from->resource, entry, change->id, &change->body);
}

/* changes in the order of the specification; change_of leads from each entry to its own */
static bool fill_changes(struct work *work)
{
    struct transaction *transaction = work->transaction;
    const struct fhir_entries *entries = &transaction->entries;
    struct record_change *changes = arena_array(work->arena, entries->count, struct record_change);
    transaction->change_of = arena_array(work->arena, entries->count, size_t);
    if (changes == NULL || transaction->change_of == NULL) {
        return fault_no_memory(work->fault, work->arena);
    }
    size_t count = 0;
    for (unsigned rank = 0; rank <= fhir_entry_rank(FHIR_GET); rank++) {
        for (size_t i = 0; i < entries->count; i++) {
            if (fhir_entry_rank(entries->at[i].method) != rank) {
                continue;
            }
            if (!fill_change(work, i, &changes[count])) {
                return false;
            }
            transaction->change_of[i] = count++;
        }
    }
    transaction->write.changes = changes;
    transaction->write.count = count;
    return true;
}

static bool refuse_twice(struct work *work)
{
    struct hash_table seen;
    hash_table_init(&seen, work->arena);
    for (size_t i = 0; i < work->transaction->entries.count; i++) {
        const struct target *target = &work->targets[i];
        struct slice name =
            arena_printf(work->arena, "%u/%.*s", target->type, SLICE_PRINT(target->id));
        bool fresh;
        struct hash_slot *slot = name.ptr == NULL ? NULL : hash_table_put(&seen, name, &fresh);
        if (slot == NULL) {
            return fault_no_memory(work->fault, work->arena);
        }
        if (!fresh) {
            return fault_at(work->fault, work->arena, FAULT_INVALID, place_of(work, i),
                            "two entries stand for the same resource");
        }
    }
    return true;
}

/* -- the faces ------------------------------------------------------------------------------- */

static void begin(struct transaction *transaction, struct record_store *store,
                  const struct decision *decision, struct arena *arena)
{
    *transaction = (struct transaction){ .store = store, .decision = decision, .arena = arena };
    transaction->write.arena = arena;
}

static bool finish(struct transaction *transaction, struct fault *fault)
{
    return record_store_prepare(transaction->store, transaction->decision, &transaction->write,
                                fault);
}

void transaction_name_entry(const struct transaction *transaction, struct arena *arena,
                            struct fault *fault)
{
    for (size_t i = 0; fault->where.len == 0 && i < transaction->entries.count; i++) {
        if (transaction->change_of[i] == transaction->write.fault_change) {
            fault->where =
                arena_printf(arena, "Bundle.entry[%u]", (unsigned)transaction->entries.at[i].index);
        }
    }
}

bool transaction_of_bundle(struct transaction *transaction, struct record_store *store,
                           const struct decision *decision, const struct json *json, json_ix bundle,
                           struct arena *arena, struct fault *fault)
{
    struct work work = { .transaction = transaction, .json = json, .arena = arena, .fault = fault };
    begin(transaction, store, decision, arena);
    if (!fhir_bundle_read(json, bundle, arena, &transaction->entries, fault)) {
        return false;
    }
    if (transaction->entries.kind != FHIR_BUNDLE_TRANSACTION) {
        return fault_at(fault, arena, FAULT_NOT_SUPPORTED, SLICE("Bundle.type"),
                        "only bundles of type transaction are taken");
    }
    size_t count = transaction->entries.count;
    work.targets = arena_array(arena, count, struct target);
    if (work.targets == NULL) {
        return fault_no_memory(fault, arena);
    }
    hash_table_init(&work.by_url, arena);
    for (size_t i = 0; i < count; i++) {
        if (!check_entry(&work, i)) {
            return false;
        }
    }
    if (!give_ids(&work) || !refuse_twice(&work) || !fill_changes(&work)) {
        return false;
    }
    if (!finish(transaction, fault)) {
        transaction_name_entry(transaction, arena, fault);
        return false;
    }
    return true;
}

static bool check_type(const struct json *json, fhir_type type, struct arena *arena,
                       struct fault *fault)
{
    return fhir_type_of(json, 0) == type ||
           fault_at(fault, arena, FAULT_INVALID, SLICE("resourceType"),
                    "the resource is not of the type that the address names");
}

/* one change with a body, outside a bundle */
static bool one_body(struct transaction *transaction, const struct json *json,
                     struct record_change *change, struct arena *arena, struct fault *fault)
{
    struct work work = { .transaction = transaction, .json = json, .arena = arena, .fault = fault };
    work.single = true;
    hash_table_init(&work.by_url, arena);
    if (change->kind == CHANGE_CREATE) {
        patient_key patient = change->type == FHIR_PATIENT
                                  ? record_store_new_patient(transaction->store)
                                  : patient_of_reference(&work, patient_reference(json, 0, arena));
        if (!make_id(&work, patient, &change->id)) {
            return false;
        }
    }
    return validate(&work, 0, (struct slice){ NULL, 0 }) &&
           rewrite_body(&work, 0, 0, change->id, &change->body);
}

static struct record_change *one_change(struct transaction *transaction, enum change_kind kind,
                                        fhir_type type, struct slice id, version_no if_match,
                                        struct fault *fault)
{
    struct record_change *change = arena_new(transaction->arena, struct record_change);
    if (change == NULL) {
        fault_no_memory(fault, transaction->arena);
        return NULL;
    }
    *change = (struct record_change){ .kind = kind,
                                      .type = type,
                                      .id = id,
                                      .if_match = if_match,
                                      .unchanged_is_none = kind == CHANGE_UPDATE };
    transaction->write.changes = change;
    transaction->write.count = 1;
    return change;
}

bool transaction_of_create(struct transaction *transaction, struct record_store *store,
                           const struct decision *decision, const struct json *json, fhir_type type,
                           struct arena *arena, struct fault *fault)
{
    begin(transaction, store, decision, arena);
    struct record_change *change =
        one_change(transaction, CHANGE_CREATE, type, (struct slice){ NULL, 0 }, 0, fault);
    return change != NULL && check_type(json, type, arena, fault) &&
           one_body(transaction, json, change, arena, fault) && finish(transaction, fault);
}

bool transaction_of_update(struct transaction *transaction, struct record_store *store,
                           const struct decision *decision, const struct json *json, fhir_type type,
                           struct slice id, version_no if_match, struct arena *arena,
                           struct fault *fault)
{
    begin(transaction, store, decision, arena);
    struct record_change *change =
        one_change(transaction, CHANGE_UPDATE, type, id, if_match, fault);
    if (change == NULL || !check_type(json, type, arena, fault)) {
        return false;
    }
    if (!slice_equal(json_member_string(json, 0, SLICE("id"), arena), id)) {
        return fault_at(fault, arena, FAULT_INVALID, SLICE("id"),
                        "the resource's id is not that of the address");
    }
    return one_body(transaction, json, change, arena, fault) && finish(transaction, fault);
}

bool transaction_of_delete(struct transaction *transaction, struct record_store *store,
                           const struct decision *decision, fhir_type type, struct slice id,
                           version_no if_match, struct arena *arena, struct fault *fault)
{
    begin(transaction, store, decision, arena);
    return one_change(transaction, CHANGE_DELETE, type, id, if_match, fault) != NULL &&
           finish(transaction, fault);
}
