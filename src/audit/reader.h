/*
 * reader.h: frames of the log in order, from any point, with a place for what does not fit.
 *
 * Private to audit/: opening, scanning and verifying all read through it. One thread at a time.
 */
#ifndef EVENLODE_AUDIT_READER_H
#define EVENLODE_AUDIT_READER_H

#include "audit/frame.h"
#include "base/fault.h"

enum audit_read {
    AUDIT_READ_FRAME,
    AUDIT_READ_END,    /* after a whole frame, and no further segment */
    AUDIT_READ_BROKEN, /* `problem` says what, at `segment` and `offset` */
    AUDIT_READ_FAILED, /* the system refused; the fault is filled */
};

struct audit_reader {
    struct arena *arena; /* for names and faults */
    const char *directory;
    bool hashes; /* check leaves too */
    int fd;      /* -1: no segment open */
    uint64_t segment;
    uint64_t offset;            /* behind the last whole frame */
    uint64_t next;              /* sequence expected */
    uint64_t batch;             /* of the last frame */
    bool any;                   /* a frame has been read */
    struct digest segment_root; /* that the open segment says lies before it */
    bool segment_entered;       /* the last call opened a new segment */
    const char *problem;
    char *buffer; /* owned */
    size_t capacity;
    uint64_t buffer_offset; /* in the file */
    size_t filled;
};

/* From the frame `next` at `offset` of `segment`; offset 0: where that segment begins. To be closed
 * only when it succeeded. */
MUST_CHECK bool audit_reader_open(struct audit_reader *reader, const char *directory,
                                  uint64_t segment, uint64_t offset, uint64_t next, bool hashes,
                                  struct arena *arena, struct fault *fault);
void audit_reader_close(struct audit_reader *reader);
/* The frame's slices live until the next call. */
enum audit_read audit_reader_next(struct audit_reader *reader, struct audit_frame *ret_frame,
                                  struct fault *fault);
/* After BROKEN: true when a whole frame of a later batch follows in this segment. Then what is
 * broken had been made durable once, and is damage, not a write cut short. -1: cannot read. */
MUST_CHECK int audit_reader_later_batch(struct audit_reader *reader, struct fault *fault);
/* bytes of the open segment's file behind `offset`; -1 and the fault */
MUST_CHECK int64_t audit_reader_rest(struct audit_reader *reader, struct fault *fault);

#endif
