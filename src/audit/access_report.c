/*
 * access_report.c: one person's accesses out of the log.
 *
 * Who reads a person's record names the person in the grant. Who reads a store (an organisation's
 * own system, a practice that searches) names the store in the grant, and in `shown` the patients
 * whose rows were read. So an access is the person's when its grant or refusal names the person or
 * one of the patients, or when its `shown` does; and when a grant over the store of such a patient
 * has no `shown`, because that counts as fully shown. The patients are those that are linked now:
 * one that was linked only after it was read, or to somebody else then, is found all the same.
 *
 * The log is read twice. First it is only chosen from, by texts as the writer writes them, between
 * unescaped quotes, which no other text of an entry can contain. A grant over a store is kept until
 * its `shown` has come and names others, so the list stays about as short as the answer. Then what
 * was chosen is read into the answer. A patient's question is rare, and an index by person would be
 * one more place that knows who was seen by whom.
 */
#include "audit/audit.h"

#include "audit/entry.h"
#include "base/limits.h"
#include "base/vector.h"

/* an access that may belong in the answer */
struct chosen {
    uint64_t sequence;
    bool named; /* by itself or by its `shown` */
};

struct access_search {
    struct arena *arena;
    struct fault *fault;
    bool failed;
    struct slice person;    /* "person":"..." */
    struct slice *patients; /* {"store":"...","id":"..."} */
    struct slice *stores;   /* {"store":"..." */
    size_t patient_count;
    VECTOR(struct chosen) chosen;  /* by sequence */
    uint64_t end;                  /* behind the last entry that was chosen from */
    struct audit_access *accesses; /* one for each chosen */
    struct arena scratch;          /* of one entry */
};

/* -- texts as they are written ------------------------------------------------------------- */

static bool has(struct slice entry, struct slice text)
{
    return slice_find_slice(entry, text) < entry.len;
}

static bool has_one(struct slice entry, const struct slice *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (has(entry, texts[i])) {
            return true;
        }
    }
    return false;
}

static bool is_of_kind(struct slice entry, enum audit_kind kind)
{
    char text[32];
    int len = snprintf(text, sizeof text, "\"kind\":\"%s\"", audit_kind_word(kind));
    return has(entry, slice_of(text, (size_t)len));
}

static bool names(const struct access_search *search, struct slice entry)
{
    return has(entry, search->person) || has_one(entry, search->patients, search->patient_count);
}

static bool is_over_a_store(const struct access_search *search, struct slice entry)
{
    return has(entry, SLICE("\"scope\":\"store\"")) &&
           has_one(entry, search->stores, search->patient_count);
}

static bool is_continued(struct slice entry)
{
    return has(entry, SLICE("\"outcome\":\"continued\""));
}

/* the sequence of the grant that a `shown` belongs to */
static uint64_t grant_of(struct slice entry)
{
    const struct slice key = SLICE("\"granted\":");
    uint64_t sequence = AUDIT_NO_SEQUENCE;
    struct slice rest = slice_from(entry, slice_find_slice(entry, key) + key.len);
    return slice_to_u64(slice_sub(rest, 0, slice_find(rest, ',')), &sequence) ? sequence
                                                                              : AUDIT_NO_SEQUENCE;
}

static bool keep_text(struct access_search *search, const struct strbuf *text, size_t len,
                      struct slice *ret_text)
{
    if (text->failed) {
        return fault_set(search->fault, search->arena, FAULT_INVALID, "no such person");
    }
    *ret_text = arena_copy(search->arena, slice_sub(strbuf_slice(text), 0, len));
    return ret_text->ptr != NULL || fault_no_memory(search->fault, search->arena);
}

static bool write_person(struct access_search *search, struct slice person, struct strbuf *text)
{
    struct json_writer writer;
    strbuf_add_string(text, "\"person\":");
    json_writer_init(&writer, text);
    json_write_string(&writer, person);
    return keep_text(search, text, text->len, &search->person);
}

static bool write_patient(struct access_search *search, struct audit_patient patient,
                          struct strbuf *text)
{
    struct json_writer writer;
    size_t at = search->patient_count++;
    strbuf_clear(text);
    json_writer_init(&writer, text);
    audit_patient_write(&patient, &writer);
    if (!keep_text(search, text, text->len, &search->patients[at])) {
        return false;
    }
    patient.id = (struct slice){ NULL, 0 };
    strbuf_clear(text);
    json_writer_init(&writer, text);
    audit_patient_write(&patient, &writer);
    return keep_text(search, text, text->len - 1, &search->stores[at]); /* an id may follow */
}

static bool write_texts(struct access_search *search, const struct audit_whom *whom)
{
    struct strbuf text;
    search->patients = arena_array(search->arena, whom->patient_count, struct slice);
    search->stores = arena_array(search->arena, whom->patient_count, struct slice);
    if (search->patients == NULL || search->stores == NULL) {
        return fault_no_memory(search->fault, search->arena);
    }
    strbuf_init(&text, LIMIT_AUDIT_ENTRY);
    bool ok = write_person(search, whom->person, &text);
    for (size_t i = 0; ok && i < whom->patient_count; i++) {
        ok = write_patient(search, whom->patients[i], &text);
    }
    strbuf_release(&text);
    return ok;
}

/* -- choosing ------------------------------------------------------------------------------ */

/* its place among the chosen, or their count */
static size_t find(const struct access_search *search, uint64_t sequence)
{
    size_t low = 0;
    size_t high = search->chosen.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (search->chosen.at[middle].sequence < sequence) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool hit = low < search->chosen.count && search->chosen.at[low].sequence == sequence;
    return hit ? low : search->chosen.count;
}

static void choose(struct access_search *search, uint64_t sequence, bool named)
{
    struct chosen *chosen = vector_push(&search->chosen, search->arena);
    if (chosen == NULL) {
        search->failed = !fault_no_memory(search->fault, search->arena);
        return;
    }
    *chosen = (struct chosen){ sequence, named };
}

static void drop(struct access_search *search, size_t at)
{
    struct chosen *chosen = &search->chosen.at[at];
    search->chosen.count--;
    memmove(chosen, chosen + 1, (search->chosen.count - at) * sizeof *chosen);
}

/* what was shown tells whether a grant over a store was of this person */
static void choose_by_shown(struct access_search *search, struct slice entry)
{
    size_t at = find(search, grant_of(entry));
    if (at == search->chosen.count || search->chosen.at[at].named) {
        return;
    }
    if (names(search, entry)) {
        search->chosen.at[at].named = true;
    } else if (!is_continued(entry)) {
        drop(search, at);
    }
}

static bool choose_from(void *context, const struct audit_record *record)
{
    struct access_search *search = context;
    struct slice entry = record->entry;
    bool granted = is_of_kind(entry, AUDIT_GRANTED);
    search->end = record->sequence + 1;
    if (is_of_kind(entry, AUDIT_SHOWN)) {
        choose_by_shown(search, entry);
    } else if (granted || is_of_kind(entry, AUDIT_REFUSED)) {
        bool named = names(search, entry);
        if (named || (granted && is_over_a_store(search, entry))) {
            choose(search, record->sequence, named);
        }
    }
    return !search->failed;
}

/* -- reading what was chosen --------------------------------------------------------------- */

static void read_access(struct access_search *search, const struct audit_record *record, size_t at)
{
    struct audit_entry entry;
    struct slice kept = arena_copy(search->arena, record->entry);
    if (kept.ptr == NULL) {
        search->failed = !fault_no_memory(search->fault, search->arena);
    } else if (!audit_entry_read(kept, search->arena, &entry, search->fault)) {
        search->failed = true;
    } else {
        search->accesses[at] = (struct audit_access){
            .sequence = record->sequence,
            .time = record->time,
            .kind = entry.kind,
            .named = search->chosen.at[at].named,
            .user = entry.user,
            .name = entry.name,
            .role = entry.role,
            .organisation = entry.organisation,
            .interaction = entry.interaction,
            .purpose = entry.purpose,
            .reason = entry.reason,
            .basis = entry.basis,
            .outcome = entry.outcome,
        };
    }
}

static void read_shown(struct access_search *search, struct slice text, struct audit_access *access)
{
    struct audit_entry entry;
    arena_reset(&search->scratch);
    if (is_continued(text)) {
        return;
    }
    if (!audit_entry_read(text, &search->scratch, &entry, search->fault)) {
        search->failed = true;
        return;
    }
    access->has_shown = true;
    access->items = entry.items;
    access->outcome = arena_copy(search->arena, entry.outcome);
}

static bool read_chosen(void *context, const struct audit_record *record)
{
    struct access_search *search = context;
    if (record->sequence >= search->end) {
        return false; /* came since */
    }
    size_t at = find(search, record->sequence);
    if (at < search->chosen.count) {
        read_access(search, record, at);
    } else if (is_of_kind(record->entry, AUDIT_SHOWN)) {
        at = find(search, grant_of(record->entry));
        if (at < search->chosen.count) {
            read_shown(search, record->entry, &search->accesses[at]);
        }
    }
    return !search->failed;
}

static bool read_log(struct access_search *search, const char *directory)
{
    struct arena *arena = search->arena;
    if (!audit_scan(directory, choose_from, search, arena, search->fault) || search->failed) {
        return false;
    }
    search->accesses = arena_array(arena, search->chosen.count, struct audit_access);
    if (search->accesses == NULL) {
        return fault_no_memory(search->fault, arena);
    }
    return audit_scan(directory, read_chosen, search, arena, search->fault) && !search->failed;
}

bool audit_for_person(const char *directory, const struct audit_whom *whom,
                      struct audit_access **ret_accesses, size_t *ret_count, struct arena *arena,
                      struct fault *fault)
{
    struct access_search search = { .arena = arena, .fault = fault };
    arena_init(&search.scratch, MIB(1));
    bool ok = write_texts(&search, whom) && read_log(&search, directory);
    arena_release(&search.scratch);
    if (ok) {
        *ret_accesses = search.accesses;
        *ret_count = search.chosen.count;
    }
    return ok;
}
