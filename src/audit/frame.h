/*
 * frame.h: the bytes of the log: frames, segment headers, names.
 *
 * docs/formats/audit.md. Private to audit/. Numbers are little-endian.
 *
 *   frame:    magic 4 | length 4 | sequence 8 | batch 8 | time 8 | check 8 | salt 16 | entry | leaf
 * 32 segment:  magic 16 | first sequence 8 | root before it 32 | SHA-256 of these 56 bytes 32 |
 * frames
 *
 * `length` is of the whole frame. `batch` is the sequence of the first frame that was written and
 * synced together with this one; `check` is XXH3 of the 32 bytes before it.
 */
#ifndef EVENLODE_AUDIT_FRAME_H
#define EVENLODE_AUDIT_FRAME_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/os.h"

#define FRAME_HEADER   40
#define FRAME_SALT     16
#define FRAME_OVERHEAD (FRAME_HEADER + FRAME_SALT + DIGEST_SIZE)
#define FRAME_LIMIT    (FRAME_OVERHEAD + LIMIT_AUDIT_ENTRY)
#define SEGMENT_HEADER 88

struct audit_frame {
    uint32_t length;
    uint64_t sequence;
    uint64_t batch;
    walltime time;
    struct slice bytes; /* the whole frame */
    struct slice salt;
    struct slice entry;
    struct digest leaf; /* as stored */
};

/* "segment-00000000000000000042.log" and NUL */
#define SEGMENT_NAME_SIZE 33
void audit_segment_name(uint64_t first, char ret_name[SEGMENT_NAME_SIZE]);
/* "directory/name"; NULL without memory */
MUST_CHECK char *audit_path(struct arena *arena, const char *directory, const char *name);

/* fills the header of a frame whose salt, entry and leaf are in place */
void audit_frame_seal(char *frame, size_t length, uint64_t sequence, uint64_t batch, walltime time);
/* magic, check and bounds of a header (FRAME_HEADER bytes) */
MUST_CHECK bool audit_frame_header(const char *bytes, struct audit_frame *ret_frame);
/* the rest, when `length` bytes are there */
void audit_frame_body(const char *bytes, struct audit_frame *frame);
/* leaf and time agree with the entry */
MUST_CHECK bool audit_frame_sound(const struct audit_frame *frame);

void audit_segment_header(char ret_bytes[SEGMENT_HEADER], uint64_t first,
                          const struct digest *root);
MUST_CHECK bool audit_segment_header_read(const char bytes[SEGMENT_HEADER], uint64_t *ret_first,
                                          struct digest *ret_root);

#endif
