/*
 * entry.c: one table of text members, read and written in one order.
 *
 * The bytes of an entry are what the tree holds, so there is one way to write an entry: members in
 * the order below, what is empty left out, no white space. The text members are an X-macro, so
 * that writing and reading cannot drift apart.
 */
#include "audit/entry.h"

#include "base/json.h"

/* X(member, key) */
#define WHO_TEXTS(X)                                                                               \
    X(user, "user")                                                                                \
    X(name, "name")                                                                                \
    X(role, "role")                                                                                \
    X(organisation, "organisation")                                                                \
    X(system, "system")                                                                            \
    X(person, "person")
#define WHY_TEXTS(X)                                                                               \
    X(scope, "scope")                                                                              \
    X(purpose, "purpose")                                                                          \
    X(reason, "reason")                                                                            \
    X(basis, "basis")
#define WHAT_TEXTS(X)                                                                              \
    X(request_id, "request")                                                                       \
    X(interaction, "interaction")                                                                  \
    X(resource_type, "type")

static const char *const kind_words[] = {
#define X(name, word) word,
    AUDIT_KINDS(X)
#undef X
};

const char *audit_kind_word(enum audit_kind kind)
{
    return kind_words[kind];
}

bool audit_kind_find(struct slice word, enum audit_kind *ret_kind)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kind_words); i++) {
        if (slice_equal(word, slice_from_string(kind_words[i]))) {
            *ret_kind = (enum audit_kind)i;
            return true;
        }
    }
    return false;
}

static void write_text(struct json_writer *writer, const char *key, struct slice value)
{
    if (value.len > 0) {
        json_member_write(writer, key, value);
    }
}

static void write_number(struct json_writer *writer, const char *key, uint64_t value)
{
    if (value > 0) {
        json_member_write_u64(writer, key, value);
    }
}

static void write_digest(struct json_writer *writer, const char *key, const struct digest *digest)
{
    char hex[DIGEST_HEX_SIZE + 1];
    if (digest != NULL) {
        digest_to_hex(digest, hex);
        json_member_write(writer, key, slice_from_string(hex));
    }
}

void audit_patient_write(const struct audit_patient *patient, struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_write(writer, "store", patient->store);
    write_text(writer, "id", patient->id);
    json_end_object(writer);
}

static void write_patients(struct json_writer *writer, const struct audit_entry *entry)
{
    if (entry->patient_count == 0) {
        return;
    }
    json_member_begin_array(writer, "patients");
    for (size_t i = 0; i < entry->patient_count; i++) {
        audit_patient_write(&entry->patients[i], writer);
    }
    json_end_array(writer);
}

static void write_sources(struct json_writer *writer, const struct audit_entry *entry)
{
    if (entry->source_count == 0) {
        return;
    }
    json_member_begin_array(writer, "sources");
    for (size_t i = 0; i < entry->source_count; i++) {
        json_begin_object(writer);
        json_member_write(writer, "organisation", entry->sources[i].organisation);
        json_member_write(writer, "state", entry->sources[i].state);
        json_member_write_u64(writer, "items", entry->sources[i].items);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_shown(struct json_writer *writer, const struct audit_entry *entry)
{
    if (entry->granted != AUDIT_NO_SEQUENCE) {
        json_member_write_u64(writer, "granted", entry->granted);
    }
    write_digest(writer, "shown", entry->shown);
    if (entry->kind == AUDIT_SHOWN) {
        json_member_write_u64(writer, "bytes", entry->bytes);
        json_member_write_u64(writer, "items", entry->items);
    }
    write_sources(writer, entry);
}

void audit_entry_write(const struct audit_entry *entry, walltime time, struct strbuf *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_key(&writer, SLICE("time"));
    json_write_i64(&writer, time);
    json_member_write(&writer, "kind", slice_from_string(kind_words[entry->kind]));
#define X(member, key) write_text(&writer, key, entry->member);
    WHO_TEXTS(X)
    write_patients(&writer, entry);
    WHY_TEXTS(X)
    write_number(&writer, "policy", entry->policy_version);
    write_number(&writer, "links", entry->link_version);
    WHAT_TEXTS(X)
#undef X
    write_digest(&writer, "query", entry->query);
    write_shown(&writer, entry);
    write_text(&writer, "outcome", entry->outcome);
    json_end_object(&writer);
}

/* -- reading ------------------------------------------------------------------------------- */

struct reading {
    const struct json *json;
    struct arena *arena;
    bool failed;
};

static struct slice read_text(struct reading *reading, json_ix object, const char *key)
{
    bool failed = false;
    json_ix ix = json_member(reading->json, object, slice_from_string(key));
    if (ix == JSON_NONE) {
        return (struct slice){ NULL, 0 };
    }
    struct slice text = json_string(reading->json, ix, reading->arena);
    failed = text.ptr == NULL;
    reading->failed |= failed;
    return text;
}

static uint64_t read_number(struct reading *reading, json_ix object, const char *key,
                            uint64_t absent)
{
    json_ix ix = json_member(reading->json, object, slice_from_string(key));
    uint64_t value = absent;
    if (ix != JSON_NONE && !slice_to_u64(json_number(reading->json, ix), &value)) {
        reading->failed = true;
    }
    return value;
}

static const struct digest *read_digest(struct reading *reading, const char *key)
{
    struct slice hex = read_text(reading, 0, key);
    if (hex.len == 0) {
        return NULL;
    }
    struct digest *digest = arena_new(reading->arena, struct digest);
    if (digest == NULL || !digest_from_hex(hex, digest)) {
        reading->failed = true;
        return NULL;
    }
    return digest;
}

static void read_patients(struct reading *reading, struct audit_entry *entry)
{
    json_ix array = json_member(reading->json, 0, SLICE("patients"));
    if (array == JSON_NONE) {
        return;
    }
    struct audit_patient *patients =
        arena_array(reading->arena, json_size(reading->json, array), struct audit_patient);
    if (patients == NULL) {
        reading->failed = true;
        return;
    }
    json_each_element(reading->json, array, item)
    {
        patients[entry->patient_count].store = read_text(reading, item, "store");
        patients[entry->patient_count++].id = read_text(reading, item, "id");
    }
    entry->patients = patients;
}

static void read_sources(struct reading *reading, struct audit_entry *entry)
{
    json_ix array = json_member(reading->json, 0, SLICE("sources"));
    if (array == JSON_NONE) {
        return;
    }
    struct audit_source *sources =
        arena_array(reading->arena, json_size(reading->json, array), struct audit_source);
    if (sources == NULL) {
        reading->failed = true;
        return;
    }
    json_each_element(reading->json, array, item)
    {
        struct audit_source *source = &sources[entry->source_count++];
        source->organisation = read_text(reading, item, "organisation");
        source->state = read_text(reading, item, "state");
        source->items = read_number(reading, item, "items", 0);
    }
    entry->sources = sources;
}

static void read_members(struct reading *reading, struct audit_entry *entry)
{
    if (!audit_kind_find(read_text(reading, 0, "kind"), &entry->kind)) {
        reading->failed = true;
    }
#define X(member, key) entry->member = read_text(reading, 0, key);
    WHO_TEXTS(X)
    WHY_TEXTS(X)
    WHAT_TEXTS(X)
#undef X
    read_patients(reading, entry);
    entry->policy_version = read_number(reading, 0, "policy", 0);
    entry->link_version = read_number(reading, 0, "links", 0);
    entry->query = read_digest(reading, "query");
    entry->granted = read_number(reading, 0, "granted", AUDIT_NO_SEQUENCE);
    entry->shown = read_digest(reading, "shown");
    entry->bytes = read_number(reading, 0, "bytes", 0);
    entry->items = read_number(reading, 0, "items", 0);
    read_sources(reading, entry);
    entry->outcome = read_text(reading, 0, "outcome");
}

bool audit_entry_read(struct slice text, struct arena *arena, struct audit_entry *ret_entry,
                      struct fault *fault)
{
    struct json json;
    struct audit_entry entry = AUDIT_ENTRY_INIT;
    if (!json_parse(arena, text, &json, fault)) {
        return false;
    }
    struct reading reading = { &json, arena, false };
    read_members(&reading, &entry);
    if (reading.failed) {
        return arena->exhausted ? fault_no_memory(fault, arena)
                                : fault_set(fault, arena, FAULT_CORRUPT,
                                            "an audit entry holds what no writer writes");
    }
    *ret_entry = entry;
    return true;
}
