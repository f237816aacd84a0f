/*
 * register.c: the register as rows of the exchange store and as an immutable snapshot.
 *
 * A row is a small JSON object under the ODS code: readable by an operator with the sqlite3 shell,
 * and a member that a later version adds does not disturb this one. The snapshot is rebuilt from
 * the rows after each change: a register changes a few times a year and is read at every request,
 * so reading must cost nothing and changing may cost a scan. Snapshots are counted; the last holder
 * of an old one frees it.
 */
#include "organisation/register.h"

#include <pthread.h>

#include "base/json.h"
#include "base/limits.h"
#include "nhs/ods_code.h"
#include "base/utf8.h"

struct counted_snapshot {
    struct register_snapshot snapshot; /* first: what register_get() hands out */
    struct arena arena;
    unsigned holders;
};

struct organisation_register {
    struct exchange_store *store;
    pthread_mutex_t lock;   /* of `current` and of all holders' counts */
    pthread_mutex_t change; /* one change at a time */
    struct counted_snapshot *current;
};

struct word {
    const char *word;
    const char *people;
};

static const struct word statuses[] = {
#define X(name, word) { word, word },
    ORGANISATION_STATUSES(X)
#undef X
};
static const struct word types[] = {
#define X(name, word, people) { word, people },
    ORGANISATION_TYPES(X)
#undef X
};
static const struct word kinds[] = {
#define X(name, word) { word, word },
    SOURCE_KINDS(X)
#undef X
};

static bool word_find(const struct word *words, size_t count, struct slice word, size_t *ret_ix)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(word, slice_from_string(words[i].word))) {
            *ret_ix = i;
            return true;
        }
    }
    return false;
}

const char *organisation_status_word(enum organisation_status status)
{
    return statuses[status].word;
}

const char *organisation_type_word(enum organisation_type type)
{
    return types[type].word;
}

const char *organisation_type_people(enum organisation_type type)
{
    return types[type].people;
}

const char *source_kind_word(enum source_kind kind)
{
    return kinds[kind].word;
}

bool organisation_status_find(struct slice word, enum organisation_status *ret_status)
{
    size_t ix;
    if (!word_find(statuses, ARRAY_LENGTH(statuses), word, &ix)) {
        return false;
    }
    *ret_status = (enum organisation_status)ix;
    return true;
}

bool organisation_type_find(struct slice word, enum organisation_type *ret_type)
{
    size_t ix;
    if (!word_find(types, ARRAY_LENGTH(types), word, &ix)) {
        return false;
    }
    *ret_type = (enum organisation_type)ix;
    return true;
}

/* -- rows ---------------------------------------------------------------------------------- */

static void write_row(const struct organisation *organisation, struct strbuf *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_member_write(&writer, "name", organisation->name);
    json_member_write(&writer, "type", slice_from_string(types[organisation->type].word));
    json_member_write(&writer, "status", slice_from_string(statuses[organisation->status].word));
    json_member_write(&writer, "source", slice_from_string(kinds[organisation->source].word));
    json_member_write_u64(&writer, "since", (uint64_t)organisation->since);
    json_end_object(&writer);
}

static bool unreadable(const struct exchange_row *row, struct arena *arena, struct fault *fault)
{
    return fault_at(fault, arena, FAULT_CORRUPT, row->key,
                    "an entry of the register of organisations cannot be read");
}

static bool read_row(const struct exchange_row *row, struct arena *arena,
                     struct organisation *ret_organisation, struct fault *fault)
{
    struct json json;
    size_t type, status, kind;
    uint64_t since = 0;
    if (!json_parse(arena, row->value, &json, fault)) {
        return arena->exhausted ? fault_no_memory(fault, arena) : unreadable(row, arena, fault);
    }
    if (!word_find(types, ARRAY_LENGTH(types), json_member_string(&json, 0, SLICE("type"), arena),
                   &type) ||
        !word_find(statuses, ARRAY_LENGTH(statuses),
                   json_member_string(&json, 0, SLICE("status"), arena), &status) ||
        !word_find(kinds, ARRAY_LENGTH(kinds), json_member_string(&json, 0, SLICE("source"), arena),
                   &kind) ||
        !slice_to_u64(json_number(&json, json_member(&json, 0, SLICE("since"))), &since)) {
        return arena->exhausted ? fault_no_memory(fault, arena) : unreadable(row, arena, fault);
    }
    *ret_organisation = (struct organisation){
        .ods = row->key,
        .name = json_member_string(&json, 0, SLICE("name"), arena),
        .type = (enum organisation_type)type,
        .status = (enum organisation_status)status,
        .source = (enum source_kind)kind,
        .since = (walltime)since,
    };
    return true;
}

/* -- snapshots ----------------------------------------------------------------------------- */

struct loading {
    struct arena *arena;
    struct fault *fault;
    struct organisation *at;
    size_t count;
    size_t capacity;
    bool failed;
};

static bool load_row(void *context, const struct exchange_row *row)
{
    struct loading *loading = context;
    if (loading->count == loading->capacity) {
        size_t capacity = loading->capacity == 0 ? 64 : loading->capacity * 2;
        loading->at =
            arena_grow(loading->arena, loading->at, loading->capacity * sizeof *loading->at,
                       capacity * sizeof *loading->at);
        if (loading->at == NULL) {
            loading->failed = true;
            return fault_no_memory(loading->fault, loading->arena);
        }
        loading->capacity = capacity;
    }
    if (!read_row(row, loading->arena, &loading->at[loading->count], loading->fault)) {
        loading->failed = true;
        return false;
    }
    loading->count++;
    return true;
}

static void snapshot_free(struct counted_snapshot *snapshot)
{
    arena_release(&snapshot->arena);
    os_free(snapshot);
}

static struct counted_snapshot *snapshot_load(struct exchange_store *store, struct arena *arena,
                                              struct fault *fault)
{
    struct counted_snapshot *snapshot = os_malloc(sizeof *snapshot);
    if (snapshot == NULL) {
        fault_no_memory(fault, NULL);
        return NULL;
    }
    *snapshot = (struct counted_snapshot){ .holders = 1 };
    arena_init(&snapshot->arena, LIMIT_REGISTER_ARENA);
    struct loading loading = { .arena = &snapshot->arena, .fault = fault };
    struct slice all = { NULL, 0 };
    bool scanned = exchange_store_scan(store, EXCHANGE_ORGANISATION, all, all, 0, &snapshot->arena,
                                       load_row, &loading, fault);
    if (!scanned || loading.failed) {
        struct fault kept = *fault;
        fault_copy(fault, arena, &kept);
        snapshot_free(snapshot);
        return NULL;
    }
    snapshot->snapshot = (struct register_snapshot){ loading.at, loading.count };
    return snapshot;
}

static void drop(struct organisation_register *reg, struct counted_snapshot *snapshot)
{
    pthread_mutex_lock(&reg->lock);
    bool last = --snapshot->holders == 0;
    pthread_mutex_unlock(&reg->lock);
    if (last) {
        snapshot_free(snapshot);
    }
}

const struct register_snapshot *register_get(struct organisation_register *reg)
{
    pthread_mutex_lock(&reg->lock);
    struct counted_snapshot *current = reg->current;
    current->holders++;
    pthread_mutex_unlock(&reg->lock);
    return &current->snapshot;
}

void register_put(struct organisation_register *reg, const struct register_snapshot *snapshot)
{
    drop(reg, (struct counted_snapshot *)snapshot);
}

const struct organisation *register_find(const struct register_snapshot *snapshot, struct slice ods)
{
    size_t low = 0;
    size_t high = snapshot->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(ods, snapshot->at[middle].ods);
        if (order == 0) {
            return &snapshot->at[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

struct organisation_register *register_open(struct exchange_store *store, struct fault *fault,
                                            struct arena *arena)
{
    struct organisation_register *reg = os_malloc(sizeof *reg);
    if (reg == NULL) {
        fault_no_memory(fault, NULL);
        return NULL;
    }
    *reg = (struct organisation_register){ .store = store };
    reg->current = snapshot_load(store, arena, fault);
    if (reg->current == NULL) {
        os_free(reg);
        return NULL;
    }
    pthread_mutex_init(&reg->lock, NULL);
    pthread_mutex_init(&reg->change, NULL);
    return reg;
}

void register_close(struct organisation_register *reg)
{
    if (reg == NULL) {
        return;
    }
    assert(reg->current->holders == 1); /* whoever took a snapshot has put it back */
    snapshot_free(reg->current);
    pthread_mutex_destroy(&reg->lock);
    pthread_mutex_destroy(&reg->change);
    os_free(reg);
}

/* -- change -------------------------------------------------------------------------------- */

static bool name_is_fit(struct slice name)
{
    if (slice_trim(name).len == 0 || name.len > 200 || !utf8_valid(name)) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.ptr[i];
        unsigned char next = i + 1 < name.len ? (unsigned char)name.ptr[i + 1] : 0;
        if (byte < 0x20 || byte == 0x7f || (byte == 0xc2 && next < 0xa0)) {
            return false; /* C0, DEL, C1 */
        }
    }
    return true;
}

static bool check(const struct organisation *organisation, struct arena *arena, struct fault *fault)
{
    if (!ods_code_valid(organisation->ods)) {
        fault_at(fault, arena, FAULT_INVALID, organisation->ods, "this is not an ODS code");
        return fault_hint(fault, arena, "an ODS code has 3 to 10 capital letters and digits");
    }
    if (!name_is_fit(organisation->name)) {
        return fault_at(fault, arena, FAULT_INVALID, organisation->ods,
                        "the organisation's name is empty, too long or has control characters");
    }
    if (organisation->source != SOURCE_KIND_HOSTED) {
        return fault_at(fault, arena, FAULT_NOT_SUPPORTED, organisation->ods,
                        "only hosted sources can be registered");
    }
    return true;
}

static bool set_locked(struct organisation_register *reg, const struct organisation *organisation,
                       struct arena *arena, struct fault *fault)
{
    struct strbuf value;
    strbuf_init(&value, LIMIT_EXCHANGE_VALUE);
    write_row(organisation, &value);
    struct exchange_step step = {
        .kind = EXCHANGE_PUT,
        .row = { EXCHANGE_ORGANISATION, organisation->ods, strbuf_slice(&value) },
    };
    struct exchange_write write = { .arena = arena, .steps = &step, .count = 1 };
    bool ok = !value.failed || fault_no_memory(fault, arena);
    ok = ok && exchange_store_commit(reg->store, &write, fault);
    strbuf_release(&value);
    struct counted_snapshot *fresh = ok ? snapshot_load(reg->store, arena, fault) : NULL;
    if (fresh == NULL) {
        return false;
    }
    pthread_mutex_lock(&reg->lock);
    struct counted_snapshot *old = reg->current;
    reg->current = fresh;
    pthread_mutex_unlock(&reg->lock);
    drop(reg, old);
    return true;
}

bool register_set(struct organisation_register *reg, const struct organisation *organisation,
                  struct arena *arena, struct fault *fault)
{
    if (!check(organisation, arena, fault)) {
        return false;
    }
    pthread_mutex_lock(&reg->change);
    bool ok = set_locked(reg, organisation, arena, fault);
    pthread_mutex_unlock(&reg->change);
    return ok;
}
