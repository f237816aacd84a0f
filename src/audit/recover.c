/*
 * recover.c: where the log ends, after whatever happened.
 *
 * The head says how far the log had certainly come; the frames up to there must be there, and the
 * last of them is read again to be sure. Beyond it lie at most a second's frames. They are read one
 * by one and believed when whole: their hash and their place prove them. At the first that is not,
 * the log ends, if it was a write cut short: nothing behind it was ever acknowledged, since the
 * sync that would have covered it never returned. That is told from damage by what follows: a whole
 * frame of a later batch can only be there if the broken one had once been synced.
 *
 * What is believed may lie in the page cache only (the process died, not the machine), so it is
 * synced, with the directory, before anything is built on it. Then a new head is written.
 */
#include "audit/log.h"

#include <errno.h>
#include <fcntl.h>

#include "audit/reader.h"

static bool io_fault(struct arena *arena, struct fault *fault, const char *what)
{
    return fault_errno(fault, arena, errno, "cannot %s the audit log", what);
}

static bool corrupt(const struct audit_reader *reader, struct fault *fault, const char *problem)
{
    char name[SEGMENT_NAME_SIZE];
    audit_segment_name(reader->segment, name);
    fault_at(fault, reader->arena, FAULT_CORRUPT, slice_from_string(name),
             "the audit log is damaged: %s", problem);
    return fault_detail(fault, reader->arena, "entry %llu, at byte %llu",
                        (unsigned long long)reader->next, (unsigned long long)reader->offset);
}

static bool make_directory(const char *directory, struct arena *arena, struct fault *fault)
{
    if (os_mkdir(directory, 0700) != 0) {
        return errno == EEXIST || io_fault(arena, fault, "make a directory for");
    }
    struct slice path = slice_from_string(directory);
    size_t end = path.len;
    while (end > 0 && path.ptr[end - 1] != '/') {
        end--;
    }
    const char *parent = end == 0 ? "." : arena_string(arena, slice_of(path.ptr, end));
    if (parent == NULL) {
        return fault_no_memory(fault, arena);
    }
    return os_sync_directory(parent) == 0 || io_fault(arena, fault, "make a directory for");
}

/* a log begins with a head of nothing, so that frames without a head are known to be damage */
static bool begin(struct audit_log *log, struct arena *arena, struct fault *fault)
{
    struct stat info;
    char name[SEGMENT_NAME_SIZE];
    audit_segment_name(0, name);
    char *path = audit_path(arena, log->directory, name);
    if (path == NULL) {
        return fault_no_memory(fault, arena);
    }
    if (os_stat(path, &info) == 0) {
        return fault_at(fault, arena, FAULT_CORRUPT, SLICE("head"),
                        "the head of the audit log is missing");
    }
    if (errno != ENOENT) {
        return io_fault(arena, fault, "look for");
    }
    if (audit_head_write(log->directory, &log->end) != 0) {
        return io_fault(arena, fault, "begin");
    }
    return true;
}

/* the last frame that the head covers is still what it was */
static bool check_last(struct audit_log *log, struct arena *arena, struct fault *fault)
{
    const struct audit_head *head = &log->end;
    struct audit_reader reader;
    struct audit_frame frame;
    if (head->tree.count == 0) {
        return true;
    }
    if (!audit_reader_open(&reader, log->directory, head->segment, head->last_offset,
                           head->tree.count - 1, true, arena, fault)) {
        return false;
    }
    enum audit_read read = audit_reader_next(&reader, &frame, fault);
    bool ok = false;
    if (read == AUDIT_READ_FRAME) {
        struct digest last = digest_of_one(frame.bytes);
        ok = (digest_equal(&last, &head->last) && reader.offset == head->offset) ||
             corrupt(&reader, fault, "the last entry is not what the head says");
    } else if (read != AUDIT_READ_FAILED) {
        corrupt(&reader, fault,
                read == AUDIT_READ_END ? "it ends before its head" : reader.problem);
    }
    audit_reader_close(&reader);
    return ok;
}

static void believe(struct audit_head *end, const struct audit_reader *reader,
                    const struct audit_frame *frame)
{
    audit_tree_push(&end->tree, &frame->leaf);
    end->segment = reader->segment;
    end->offset = reader->offset;
    end->last_offset = reader->offset - frame->length;
    end->last = digest_of_one(frame->bytes);
}

/* a segment of which not even the header was finished: its name is taken back */
static bool drop_segment(struct audit_log *log, struct audit_reader *reader, struct fault *fault)
{
    char name[SEGMENT_NAME_SIZE];
    int64_t rest = audit_reader_rest(reader, fault);
    if (rest < 0) {
        return false;
    }
    if (rest > SEGMENT_HEADER) {
        return corrupt(reader, fault, reader->problem);
    }
    audit_segment_name(reader->segment, name);
    char *path = audit_path(reader->arena, log->directory, name);
    if (path == NULL) {
        return fault_no_memory(fault, reader->arena);
    }
    return os_unlink(path) == 0 || io_fault(reader->arena, fault, "repair");
}

static bool judge_break(struct audit_log *log, struct audit_reader *reader, struct fault *fault)
{
    if (reader->offset == 0) {
        return drop_segment(log, reader, fault);
    }
    int later = audit_reader_later_batch(reader, fault);
    if (later < 0) {
        return false;
    }
    return later == 0 || corrupt(reader, fault, reader->problem);
}

static bool root_agrees(const struct audit_reader *reader, const struct audit_head *end)
{
    struct digest root = audit_tree_root(&end->tree);
    return !reader->segment_entered || digest_equal(&root, &reader->segment_root);
}

/* reads what lies beyond the head; log->end moves to the last frame that is believed */
static bool read_tail(struct audit_log *log, struct audit_reader *reader, struct fault *fault)
{
    for (;;) {
        struct audit_frame frame;
        enum audit_read read = audit_reader_next(reader, &frame, fault);
        if (read == AUDIT_READ_FAILED) {
            return false;
        }
        if (reader->segment_entered && read != AUDIT_READ_FAILED) {
            if (!root_agrees(reader, &log->end)) {
                return corrupt(reader, fault, "a segment does not continue the one before");
            }
            log->end.segment = reader->segment;
            log->end.offset = SEGMENT_HEADER;
        }
        if (read == AUDIT_READ_BROKEN) {
            return judge_break(log, reader, fault);
        }
        if (read == AUDIT_READ_END) {
            return true;
        }
        believe(&log->end, reader, &frame);
    }
}

/* opens the segment in which the log ends, cuts what lies behind the end and syncs the rest */
static bool settle_end(struct audit_log *log, struct arena *arena, struct fault *fault)
{
    char name[SEGMENT_NAME_SIZE];
    struct stat info;
    if (os_sync_directory(log->directory) != 0) {
        return io_fault(arena, fault, "sync");
    }
    if (log->end.offset == 0) {
        return true;
    }
    audit_segment_name(log->end.segment, name);
    char *path = audit_path(arena, log->directory, name);
    if (path == NULL) {
        return fault_no_memory(fault, arena);
    }
    log->fd = os_open(path, O_RDWR, 0);
    if (log->fd < 0 || os_fstat(log->fd, &info) != 0) {
        return io_fault(arena, fault, "open");
    }
    if ((uint64_t)info.st_size != log->end.offset &&
        os_ftruncate(log->fd, (off_t)log->end.offset) != 0) {
        return io_fault(arena, fault, "repair");
    }
    return os_fdatasync(log->fd) == 0 || io_fault(arena, fault, "sync");
}

static bool recover_tail(struct audit_log *log, struct arena *arena, struct fault *fault)
{
    struct audit_reader reader;
    uint64_t covered = log->end.tree.count;
    if (!audit_reader_open(&reader, log->directory, log->end.segment, log->end.offset, covered,
                           true, arena, fault)) {
        return false;
    }
    bool ok = read_tail(log, &reader, fault);
    audit_reader_close(&reader);
    if (!ok || !settle_end(log, arena, fault)) {
        return false;
    }
    if (log->end.tree.count != covered && audit_head_write(log->directory, &log->end) != 0) {
        return io_fault(arena, fault, "write the head of");
    }
    return true;
}

bool audit_recover(struct audit_log *log, struct arena *arena, struct fault *fault)
{
    bool exists = false;
    audit_tree_init(&log->end.tree);
    if (!make_directory(log->directory, arena, fault) ||
        !audit_head_read(log->directory, &log->end, &exists, arena, fault)) {
        return false;
    }
    if (!exists) {
        return begin(log, arena, fault);
    }
    return check_last(log, arena, fault) && recover_tail(log, arena, fault);
}
