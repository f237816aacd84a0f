/*
 * frame.c: putting frames into bytes and believing none that does not check.
 *
 * The header has a check of its own, so that a length is never followed before it is known to be
 * the length that was written. XXH3 there is against accidents; against intent stands the leaf,
 * which covers salt and entry, and the tree over the leaves, whose order is the sequence. The time
 * stands in the header for quick reading and in the entry for the tree; both must agree.
 */
#include "audit/frame.h"

#include <endian.h>
#include <inttypes.h>

#include "audit/tree.h"

static const char frame_magic[4] = { 'E', 'v', 'A', '1' };
static const char segment_magic[16] = "evenlode-audit\n1";

static void put32(char *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof value);
}

static void put64(char *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof value);
}

static uint32_t get32(const char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return le32toh(value);
}

static uint64_t get64(const char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return le64toh(value);
}

void audit_segment_name(uint64_t first, char ret_name[SEGMENT_NAME_SIZE])
{
    snprintf(ret_name, SEGMENT_NAME_SIZE, "segment-%020" PRIu64 ".log", first);
}

char *audit_path(struct arena *arena, const char *directory, const char *name)
{
    return (char *)arena_printf(arena, "%s/%s", directory, name).ptr;
}

static uint64_t header_check(const char *frame)
{
    return hash64(slice_of(frame, FRAME_HEADER - 8), 0);
}

void audit_frame_seal(char *frame, size_t length, uint64_t sequence, uint64_t batch, walltime time)
{
    assert(length >= FRAME_OVERHEAD && length <= FRAME_LIMIT);
    memcpy(frame, frame_magic, sizeof frame_magic);
    put32(frame + 4, (uint32_t)length);
    put64(frame + 8, sequence);
    put64(frame + 16, batch);
    put64(frame + 24, (uint64_t)time);
    put64(frame + 32, header_check(frame));
}

bool audit_frame_header(const char *bytes, struct audit_frame *ret_frame)
{
    if (memcmp(bytes, frame_magic, sizeof frame_magic) != 0 ||
        get64(bytes + 32) != header_check(bytes)) {
        return false;
    }
    uint32_t length = get32(bytes + 4);
    if (length < FRAME_OVERHEAD || length > FRAME_LIMIT) {
        return false;
    }
    *ret_frame = (struct audit_frame){
        .length = length,
        .sequence = get64(bytes + 8),
        .batch = get64(bytes + 16),
        .time = (walltime)get64(bytes + 24),
    };
    return true;
}

void audit_frame_body(const char *bytes, struct audit_frame *frame)
{
    size_t entry = frame->length - FRAME_OVERHEAD;
    frame->bytes = slice_of(bytes, frame->length);
    frame->salt = slice_of(bytes + FRAME_HEADER, FRAME_SALT);
    frame->entry = slice_of(bytes + FRAME_HEADER + FRAME_SALT, entry);
    memcpy(frame->leaf.bytes, bytes + frame->length - DIGEST_SIZE, DIGEST_SIZE);
}

bool audit_frame_sound(const struct audit_frame *frame)
{
    char time[40];
    struct digest leaf = audit_leaf(frame->salt, frame->entry);
    int len = snprintf(time, sizeof time, "{\"time\":%" PRId64 ",", frame->time);
    return digest_equal(&leaf, &frame->leaf) &&
           slice_starts_with(frame->entry, slice_of(time, (size_t)len));
}

static struct digest segment_digest(const char *bytes)
{
    return digest_of_one(slice_of(bytes, SEGMENT_HEADER - DIGEST_SIZE));
}

void audit_segment_header(char ret_bytes[SEGMENT_HEADER], uint64_t first, const struct digest *root)
{
    memcpy(ret_bytes, segment_magic, sizeof segment_magic);
    put64(ret_bytes + 16, first);
    memcpy(ret_bytes + 24, root->bytes, DIGEST_SIZE);
    struct digest check = segment_digest(ret_bytes);
    memcpy(ret_bytes + 56, check.bytes, DIGEST_SIZE);
}

bool audit_segment_header_read(const char bytes[SEGMENT_HEADER], uint64_t *ret_first,
                               struct digest *ret_root)
{
    struct digest check = segment_digest(bytes);
    if (memcmp(bytes, segment_magic, sizeof segment_magic) != 0 ||
        memcmp(bytes + 56, check.bytes, DIGEST_SIZE) != 0) {
        return false;
    }
    *ret_first = get64(bytes + 16);
    memcpy(ret_root->bytes, bytes + 24, DIGEST_SIZE);
    return true;
}
