/*
 * reader.c: a window over a segment, moved frame by frame, and the step to the next segment.
 *
 * A segment is named by its first sequence, so the next one's name follows from the count and no
 * directory needs listing: a missing, doubled or misnamed segment shows as an end that comes too
 * early or a header that disagrees. What does not fit is not judged here: the same broken frame is
 * a write cut short beyond the head and damage below it, which only the caller can tell.
 */
#include "audit/reader.h"

#include <errno.h>
#include <fcntl.h>

#define WINDOW ((size_t)256 * 1024)

static enum audit_read failed(struct audit_reader *reader, struct fault *fault, const char *what)
{
    fault_errno(fault, reader->arena, errno, "cannot %s the audit log", what);
    return AUDIT_READ_FAILED;
}

static enum audit_read broken(struct audit_reader *reader, const char *problem)
{
    reader->problem = problem;
    return AUDIT_READ_BROKEN;
}

static void close_segment(struct audit_reader *reader)
{
    if (reader->fd >= 0) {
        os_close(reader->fd);
        reader->fd = -1;
    }
}

void audit_reader_close(struct audit_reader *reader)
{
    close_segment(reader);
    os_free(reader->buffer);
    reader->buffer = NULL;
}

/*
 * Makes `len` bytes from `offset` readable at *ret_bytes; *ret_there says how many there are.
 * The window starts at `offset` after it had to be refilled.
 */
static bool window(struct audit_reader *reader, uint64_t offset, size_t len, const char **ret_bytes,
                   size_t *ret_there)
{
    uint64_t end = reader->buffer_offset + reader->filled;
    if (offset < reader->buffer_offset || offset + len > end) {
        ssize_t got = os_pread_all(reader->fd, reader->buffer, reader->capacity, (off_t)offset);
        if (got < 0) {
            return false;
        }
        reader->buffer_offset = offset;
        reader->filled = (size_t)got;
        end = offset + reader->filled;
    }
    *ret_bytes = reader->buffer + (offset - reader->buffer_offset);
    *ret_there = end - offset < len ? (size_t)(end - offset) : len;
    return true;
}

static int open_segment(struct audit_reader *reader, uint64_t first)
{
    char name[SEGMENT_NAME_SIZE];
    audit_segment_name(first, name);
    char *path = audit_path(reader->arena, reader->directory, name);
    if (path == NULL) {
        errno = ENOMEM;
        return -1;
    }
    return os_open(path, O_RDONLY, 0);
}

/* goes on to the segment that starts with the next frame */
static enum audit_read enter_segment(struct audit_reader *reader, struct fault *fault)
{
    int fd = open_segment(reader, reader->next);
    if (fd < 0) {
        return errno == ENOENT ? AUDIT_READ_END : failed(reader, fault, "open");
    }
    const char *bytes;
    size_t there;
    uint64_t first;
    close_segment(reader);
    reader->fd = fd;
    reader->segment = reader->next;
    reader->offset = 0;
    reader->buffer_offset = 0;
    reader->filled = 0;
    if (!window(reader, 0, SEGMENT_HEADER, &bytes, &there)) {
        return failed(reader, fault, "read");
    }
    if (there < SEGMENT_HEADER ||
        !audit_segment_header_read(bytes, &first, &reader->segment_root) || first != reader->next) {
        return broken(reader, "a segment's header is damaged");
    }
    reader->offset = SEGMENT_HEADER;
    reader->segment_entered = true;
    return AUDIT_READ_FRAME;
}

bool audit_reader_open(struct audit_reader *reader, const char *directory, uint64_t segment,
                       uint64_t offset, uint64_t next, bool hashes, struct arena *arena,
                       struct fault *fault)
{
    *reader = (struct audit_reader){
        .arena = arena,
        .directory = directory,
        .hashes = hashes,
        .fd = -1,
        .segment = segment,
        .offset = offset,
        .next = next,
        .capacity = WINDOW,
        .buffer = os_malloc(WINDOW),
    };
    if (reader->buffer == NULL) {
        return fault_no_memory(fault, NULL);
    }
    if (offset == 0) {
        return true;
    }
    reader->fd = open_segment(reader, segment);
    if (reader->fd < 0) {
        int error = errno;
        audit_reader_close(reader);
        return error == ENOENT
                   ? fault_set(fault, arena, FAULT_CORRUPT, "a segment of the audit log is missing")
                   : fault_errno(fault, arena, error, "cannot open the audit log");
    }
    return true;
}

static bool batch_fits(const struct audit_reader *reader, const struct audit_frame *frame)
{
    bool starts = frame->batch == frame->sequence;
    bool goes_on = reader->any && frame->batch == reader->batch;
    bool unknown = !reader->any && frame->batch < frame->sequence;
    return starts || goes_on || unknown;
}

/* a frame at `offset`, by itself: NULL when whole, else what is wrong */
static const char *frame_at(struct audit_reader *reader, uint64_t offset, bool hashes,
                            struct audit_frame *ret_frame, bool *ret_io)
{
    const char *bytes;
    size_t there;
    *ret_io = !window(reader, offset, FRAME_HEADER, &bytes, &there);
    if (*ret_io || there < FRAME_HEADER || !audit_frame_header(bytes, ret_frame)) {
        return "a frame's header is damaged";
    }
    *ret_io = !window(reader, offset, ret_frame->length, &bytes, &there);
    if (*ret_io || there < ret_frame->length) {
        return "a frame is cut short";
    }
    audit_frame_body(bytes, ret_frame);
    if (hashes && !audit_frame_sound(ret_frame)) {
        return "a frame's content does not match its hash";
    }
    return NULL;
}

static enum audit_read next_in_segment(struct audit_reader *reader, struct audit_frame *ret_frame,
                                       struct fault *fault)
{
    struct audit_frame frame;
    bool io;
    const char *problem = frame_at(reader, reader->offset, reader->hashes, &frame, &io);
    if (io) {
        return failed(reader, fault, "read");
    }
    if (problem != NULL) {
        return broken(reader, problem);
    }
    if (frame.sequence != reader->next) {
        return broken(reader, "a frame is missing, repeated or out of order");
    }
    if (!batch_fits(reader, &frame)) {
        return broken(reader, "a frame's batch does not fit its neighbours");
    }
    reader->any = true;
    reader->batch = frame.batch;
    reader->next++;
    reader->offset += frame.length;
    *ret_frame = frame;
    return AUDIT_READ_FRAME;
}

enum audit_read audit_reader_next(struct audit_reader *reader, struct audit_frame *ret_frame,
                                  struct fault *fault)
{
    reader->segment_entered = false;
    if (reader->fd >= 0) {
        const char *bytes;
        size_t there;
        if (!window(reader, reader->offset, 1, &bytes, &there)) {
            return failed(reader, fault, "read");
        }
        if (there > 0) {
            return next_in_segment(reader, ret_frame, fault);
        }
    }
    enum audit_read entered = enter_segment(reader, fault);
    if (entered != AUDIT_READ_FRAME) {
        return entered;
    }
    const char *bytes;
    size_t there;
    if (!window(reader, reader->offset, 1, &bytes, &there)) {
        return failed(reader, fault, "read");
    }
    return there == 0 ? AUDIT_READ_END : next_in_segment(reader, ret_frame, fault);
}

int64_t audit_reader_rest(struct audit_reader *reader, struct fault *fault)
{
    struct stat info;
    if (reader->fd < 0) {
        return 0;
    }
    if (os_fstat(reader->fd, &info) != 0) {
        failed(reader, fault, "measure");
        return -1;
    }
    int64_t rest = (int64_t)info.st_size - (int64_t)reader->offset;
    return rest > 0 ? rest : 0;
}

int audit_reader_later_batch(struct audit_reader *reader, struct fault *fault)
{
    int64_t rest = audit_reader_rest(reader, fault);
    for (int64_t ahead = 1; ahead + FRAME_OVERHEAD <= rest; ahead++) {
        struct audit_frame frame;
        bool io;
        const char *problem = frame_at(reader, reader->offset + (uint64_t)ahead, true, &frame, &io);
        if (io) {
            failed(reader, fault, "read");
            return -1;
        }
        if (problem == NULL && frame.batch > reader->next) {
            return 1;
        }
    }
    return rest < 0 ? -1 : 0;
}
