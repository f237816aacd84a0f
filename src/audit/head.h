/*
 * head.h: the small file that says how far the log reached.
 *
 * docs/formats/audit.md. Private to audit/. The head is replaced whole (written aside, synced,
 * renamed, directory synced), so it is the old one or the new one, never a mixture. What it covers
 * can neither be cut off nor changed unseen, and opening reads only what lies beyond it.
 */
#ifndef EVENLODE_AUDIT_HEAD_H
#define EVENLODE_AUDIT_HEAD_H

#include "audit/tree.h"
#include "base/fault.h"

struct audit_head {
    struct audit_tree tree;
    uint64_t segment;     /* first sequence of the segment in which the log ends */
    uint64_t offset;      /* end of the last frame in it; 0: there is no segment yet */
    uint64_t last_offset; /* start of the last frame, if count > 0 */
    struct digest last;   /* SHA-256 of the last frame's bytes */
};

/* -1 and errno */
MUST_CHECK int audit_head_write(const char *directory, const struct audit_head *head);
/* *ret_exists false: there is none. A head that does not check is FAULT_CORRUPT. */
MUST_CHECK bool audit_head_read(const char *directory, struct audit_head *ret_head,
                                bool *ret_exists, struct arena *arena, struct fault *fault);

#endif
