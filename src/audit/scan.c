/*
 * scan.c: reading the log in order, and one person's accesses out of it.
 *
 * A scan trusts headers and sequence and leaves the hashes to audit_verify(): it runs at the speed
 * of the disk. It may run beside the writer, so what does not fit beyond the head is a frame being
 * written and ends the scan quietly; below the head it is damage.
 *
 * The access report looks for the person's id as the writer writes it, between unescaped quotes,
 * which no other text of an entry can contain; only entries that have it are parsed. It reads the
 * whole log: a patient's question is rare, and an index by person would be one more place that
 * knows who was seen by whom.
 */
#include "audit/audit.h"

#include "audit/head.h"
#include "audit/reader.h"
#include "base/json.h"
#include "base/vector.h"

static bool damaged(const struct audit_reader *reader, struct fault *fault, const char *problem)
{
    char name[SEGMENT_NAME_SIZE];
    audit_segment_name(reader->segment, name);
    return fault_at(fault, reader->arena, FAULT_CORRUPT, slice_from_string(name),
                    "the audit log is damaged: %s", problem);
}

static struct audit_record record_of(const struct audit_reader *reader,
                                     const struct audit_frame *frame, const char *name)
{
    return (struct audit_record){
        .sequence = frame->sequence,
        .time = frame->time,
        .entry = frame->entry,
        .leaf = frame->leaf,
        .file = slice_from_string(name),
        .offset = reader->offset - frame->length,
    };
}

static bool scan(struct audit_reader *reader, uint64_t covered,
                 bool (*each)(void *context, const struct audit_record *record), void *context,
                 struct fault *fault)
{
    for (;;) {
        struct audit_frame frame;
        char name[SEGMENT_NAME_SIZE];
        enum audit_read read = audit_reader_next(reader, &frame, fault);
        if (read == AUDIT_READ_FAILED) {
            return false;
        }
        if (read != AUDIT_READ_FRAME) {
            return reader->next >= covered ||
                   damaged(reader, fault,
                           read == AUDIT_READ_END ? "it ends before its head" : reader->problem);
        }
        audit_segment_name(reader->segment, name);
        struct audit_record record = record_of(reader, &frame, name);
        if (!each(context, &record)) {
            return true;
        }
    }
}

bool audit_scan(const char *directory,
                bool (*each)(void *context, const struct audit_record *record), void *context,
                struct arena *arena, struct fault *fault)
{
    struct audit_head head;
    struct audit_reader reader;
    bool exists = false;
    if (!digest_start()) {
        return fault_set(fault, arena, FAULT_INTERNAL, "SHA-256 is not available");
    }
    if (!audit_head_read(directory, &head, &exists, arena, fault)) {
        return false;
    }
    if (!exists) {
        return fault_set(fault, arena, FAULT_NOT_FOUND, "there is no audit log");
    }
    if (!audit_reader_open(&reader, directory, 0, 0, 0, false, arena, fault)) {
        return false;
    }
    bool ok = scan(&reader, head.tree.count, each, context, fault);
    audit_reader_close(&reader);
    return ok;
}

/* -- one person's accesses ----------------------------------------------------------------- */

struct person_search {
    struct slice needle; /* "person":"..." */
    struct arena *arena;
    struct fault *fault;
    bool failed;
    VECTOR(struct audit_access) found;
};

static struct audit_access *find(struct person_search *search, uint64_t sequence)
{
    size_t low = 0;
    size_t high = search->found.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (search->found.at[middle].sequence < sequence) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool hit = low < search->found.count && search->found.at[low].sequence == sequence;
    return hit ? &search->found.at[low] : NULL;
}

static void note_access(struct person_search *search, const struct audit_record *record,
                        const struct audit_entry *entry)
{
    struct audit_access *access = vector_push(&search->found, search->arena);
    if (access == NULL) {
        search->failed = !fault_no_memory(search->fault, search->arena);
        return;
    }
    *access = (struct audit_access){
        .sequence = record->sequence,
        .time = record->time,
        .kind = entry->kind,
        .user = entry->user,
        .name = entry->name,
        .role = entry->role,
        .organisation = entry->organisation,
        .interaction = entry->interaction,
        .purpose = entry->purpose,
        .reason = entry->reason,
        .basis = entry->basis,
        .outcome = entry->outcome,
    };
}

static void note_shown(struct person_search *search, const struct audit_entry *entry)
{
    struct audit_access *access = find(search, entry->granted);
    if (access != NULL) {
        access->has_shown = true;
        access->items = entry->items;
        access->outcome = entry->outcome;
    }
}

static bool look(void *context, const struct audit_record *record)
{
    struct person_search *search = context;
    if (slice_find_slice(record->entry, search->needle) == record->entry.len) {
        return true;
    }
    struct audit_entry entry;
    struct slice kept = arena_copy(search->arena, record->entry);
    if (kept.ptr == NULL) {
        search->failed = !fault_no_memory(search->fault, search->arena);
        return false;
    }
    if (!audit_entry_read(kept, search->arena, &entry, search->fault)) {
        search->failed = true;
        return false;
    }
    if (entry.kind == AUDIT_GRANTED || entry.kind == AUDIT_REFUSED) {
        note_access(search, record, &entry);
    } else if (entry.kind == AUDIT_SHOWN) {
        note_shown(search, &entry);
    }
    return !search->failed;
}

static struct slice needle_of(struct slice person, struct arena *arena)
{
    struct strbuf text;
    struct json_writer writer;
    strbuf_init(&text, LIMIT_AUDIT_ENTRY);
    strbuf_add_string(&text, "\"person\":");
    json_writer_init(&writer, &text);
    json_write_string(&writer, person);
    struct slice needle = { NULL, 0 };
    if (!text.failed) {
        needle = arena_copy(arena, strbuf_slice(&text));
    }
    strbuf_release(&text);
    return needle;
}

bool audit_for_person(const char *directory, struct slice person,
                      struct audit_access **ret_accesses, size_t *ret_count, struct arena *arena,
                      struct fault *fault)
{
    struct person_search search = { .arena = arena, .fault = fault };
    search.needle = needle_of(person, arena);
    if (search.needle.ptr == NULL) {
        return fault_set(fault, arena, FAULT_INVALID, "no such person");
    }
    if (!audit_scan(directory, look, &search, arena, fault) || search.failed) {
        return false;
    }
    *ret_accesses = search.found.at;
    *ret_count = search.found.count;
    return true;
}
