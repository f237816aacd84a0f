/*
 * scan.c: reading the log in order.
 *
 * A scan trusts headers and sequence and leaves the hashes to audit_verify(): it runs at the speed
 * of the disk. It may run beside the writer, so what does not fit beyond the head is a frame being
 * written and ends the scan quietly; below the head it is damage.
 */
#include "audit/audit.h"

#include "audit/head.h"
#include "audit/reader.h"

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
