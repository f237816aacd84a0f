/*
 * verify.c: everything again from the first byte, believing nothing.
 *
 * Each frame must hash to its leaf and stand at its place; each segment must say the root of all
 * before it; at the head's count the tree must have the head's root, the last frame the head's
 * digest and the file the head's length. So a changed bit, a frame removed, repeated or moved, and
 * a cut below the head all show, at the first place where they show.
 *
 * What lies beyond the head is younger than a second or belongs to a process that died; there a
 * write cut short is no fault. It may also be a frame that a running writer is just writing.
 *
 * Grants still open are kept as a bit for each entry; a `shown` clears its grant's bit. What is
 * left at the end was granted and, as far as anyone can prove, fully shown.
 */
#include "audit/audit.h"

#include "audit/head.h"
#include "audit/reader.h"

struct verifier {
    struct arena *arena;
    struct arena scratch; /* of one entry */
    struct fault *fault;
    struct audit_reader reader;
    struct audit_head head;
    struct audit_tree tree;
    struct digest last;
    struct audit_report report;
    unsigned char *open; /* a bit a grant */
    size_t open_size;
};

static void find_fault(struct verifier *verifier, const char *file, uint64_t sequence,
                       uint64_t offset, const char *text)
{
    struct audit_report *report = &verifier->report;
    if (report->intact) {
        report->intact = false;
        report->fault_sequence = sequence;
        report->fault_offset = offset;
        report->fault_file = arena_copy(verifier->arena, slice_from_string(file));
        report->fault_text = slice_from_string(text);
    }
}

static void find_fault_here(struct verifier *verifier, uint64_t sequence, uint64_t offset,
                            const char *text)
{
    char name[SEGMENT_NAME_SIZE];
    audit_segment_name(verifier->reader.segment, name);
    find_fault(verifier, name, sequence, offset, text);
}

static bool open_bits(struct verifier *verifier, uint64_t sequence)
{
    size_t needed = (size_t)(sequence / 8) + 1;
    if (needed <= verifier->open_size) {
        return true;
    }
    size_t size = verifier->open_size * 2 > KIB(4) ? verifier->open_size * 2 : KIB(4);
    unsigned char *more = needed > LIMIT_AUDIT_VERIFY ? NULL : os_realloc(verifier->open, size);
    if (more == NULL) {
        return fault_no_memory(verifier->fault, NULL);
    }
    memset(more + verifier->open_size, 0, size - verifier->open_size);
    verifier->open = more;
    verifier->open_size = size;
    return true;
}

static bool is_open(const struct verifier *verifier, uint64_t sequence)
{
    return sequence / 8 < verifier->open_size &&
           (verifier->open[sequence / 8] >> (sequence % 8) & 1);
}

static bool note_entry(struct verifier *verifier, const struct audit_frame *frame, uint64_t offset)
{
    struct audit_entry entry;
    struct fault ignored = FAULT_INIT;
    arena_reset(&verifier->scratch);
    if (!audit_entry_read(frame->entry, &verifier->scratch, &entry, &ignored)) {
        if (verifier->scratch.exhausted) {
            return fault_no_memory(verifier->fault, NULL);
        }
        find_fault_here(verifier, frame->sequence, offset, "an entry cannot be read");
        return true;
    }
    if (entry.kind == AUDIT_GRANTED) {
        if (!open_bits(verifier, frame->sequence)) {
            return false;
        }
        verifier->open[frame->sequence / 8] |= (unsigned char)(1u << frame->sequence % 8);
    } else if (entry.kind == AUDIT_SHOWN && is_open(verifier, entry.granted) &&
               !slice_equal(entry.outcome, (struct slice)AUDIT_CONTINUED)) {
        verifier->open[entry.granted / 8] &= (unsigned char)~(1u << entry.granted % 8);
    }
    return true;
}

static void check_segment(struct verifier *verifier)
{
    struct digest root = audit_tree_root(&verifier->tree);
    if (!digest_equal(&root, &verifier->reader.segment_root)) {
        find_fault_here(verifier, verifier->reader.segment, 0,
                        "a segment does not continue the one before");
    }
}

/* the tree has just reached the head's count */
static void check_head(struct verifier *verifier)
{
    const struct audit_head *head = &verifier->head;
    const struct audit_reader *reader = &verifier->reader;
    struct digest root = audit_tree_root(&verifier->tree);
    struct digest wanted = audit_tree_root(&head->tree);
    if (!digest_equal(&root, &wanted)) {
        find_fault_here(verifier, head->tree.count - 1, reader->offset,
                        "the tree's root is not what the head says");
    } else if (head->segment != reader->segment || head->offset != reader->offset ||
               !digest_equal(&head->last, &verifier->last)) {
        find_fault_here(verifier, head->tree.count - 1, reader->offset,
                        "the last entry is not where and what the head says");
    }
}

static bool take_frame(struct verifier *verifier, const struct audit_frame *frame)
{
    audit_tree_push(&verifier->tree, &frame->leaf);
    if (verifier->tree.count == verifier->head.tree.count) {
        verifier->last = digest_of_one(frame->bytes);
        check_head(verifier);
    }
    return note_entry(verifier, frame, verifier->reader.offset - frame->length);
}

/* no further whole frame: an end, a write cut short, or damage? */
static bool judge_end(struct verifier *verifier, bool broken)
{
    struct audit_reader *reader = &verifier->reader;
    if (reader->next < verifier->head.tree.count) {
        find_fault_here(verifier, reader->next, reader->offset,
                        broken ? reader->problem : "entries that the head covers are missing");
        return true;
    }
    int64_t rest = audit_reader_rest(reader, verifier->fault);
    if (!broken || rest < 0) {
        return rest >= 0;
    }
    int later = 0;
    if (reader->offset == 0) {
        later = rest > SEGMENT_HEADER;
    } else {
        later = audit_reader_later_batch(reader, verifier->fault);
    }
    if (later > 0) {
        find_fault_here(verifier, reader->next, reader->offset, reader->problem);
    }
    verifier->report.torn_bytes = later == 0 ? (uint64_t)rest : 0;
    return later >= 0;
}

static bool read_all(struct verifier *verifier)
{
    for (;;) {
        struct audit_frame frame;
        enum audit_read read = audit_reader_next(&verifier->reader, &frame, verifier->fault);
        if (read == AUDIT_READ_FAILED) {
            return false;
        }
        if (verifier->reader.segment_entered) {
            check_segment(verifier);
        }
        if (read != AUDIT_READ_FRAME) {
            return judge_end(verifier, read == AUDIT_READ_BROKEN);
        }
        if (!take_frame(verifier, &frame)) {
            return false;
        }
    }
}

static void count_unshown(struct verifier *verifier)
{
    struct audit_report *report = &verifier->report;
    for (uint64_t sequence = 0; sequence < verifier->tree.count; sequence++) {
        if (is_open(verifier, sequence)) {
            if (report->unshown_count < AUDIT_UNSHOWN_LISTED) {
                report->unshown[report->unshown_count] = sequence;
            }
            report->unshown_count++;
        }
    }
}

/* a head that is missing or damaged is a finding; the frames are read all the same */
static bool read_head(struct verifier *verifier, const char *directory)
{
    bool exists = false;
    struct fault fault = FAULT_INIT;
    if (audit_head_read(directory, &verifier->head, &exists, verifier->arena, &fault)) {
        struct stat info;
        char name[SEGMENT_NAME_SIZE];
        audit_segment_name(0, name);
        char *path = audit_path(verifier->arena, directory, name);
        if (path == NULL) {
            return fault_no_memory(verifier->fault, verifier->arena);
        }
        if (!exists && os_stat(path, &info) != 0) {
            return fault_set(verifier->fault, verifier->arena, FAULT_NOT_FOUND,
                             "there is no audit log");
        }
        if (!exists) {
            find_fault(verifier, "head", 0, 0, "the head is missing");
        }
        return true;
    }
    if (fault.code == FAULT_CORRUPT || fault.code == FAULT_VERSION) {
        find_fault(verifier, "head", 0, 0, "the head is damaged");
        return true;
    }
    *verifier->fault = fault;
    return false;
}

bool audit_verify(const char *directory, struct audit_report *ret_report, struct arena *arena,
                  struct fault *fault)
{
    struct verifier verifier = { .arena = arena, .fault = fault, .report = { .intact = true } };
    if (!digest_start()) {
        return fault_set(fault, arena, FAULT_INTERNAL, "SHA-256 is not available");
    }
    if (!read_head(&verifier, directory) ||
        !audit_reader_open(&verifier.reader, directory, 0, 0, 0, true, arena, fault)) {
        return false;
    }
    arena_init(&verifier.scratch, MIB(1));
    bool ok = read_all(&verifier);
    if (ok) {
        count_unshown(&verifier);
        verifier.report.count = verifier.tree.count;
        verifier.report.root = audit_tree_root(&verifier.tree);
        verifier.report.head_count = verifier.head.tree.count;
        *ret_report = verifier.report;
    }
    audit_reader_close(&verifier.reader);
    arena_release(&verifier.scratch);
    os_free(verifier.open);
    return ok;
}
