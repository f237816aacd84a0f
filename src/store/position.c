/*
 * position.c: where a cursor stands, as text that a client carries and hands back.
 *
 * A page's link must go on behind the last row that was given, whatever was written meanwhile; so
 * a position names that row by its place in the order, not by a count of rows. It opens nothing:
 * rows behind it are judged like any others. The check at its end is against accident and against
 * use with another query or store, where the numbers would mean something else.
 *
 * Bytes: format (1), phase, key, sequence, number, time (8 bytes each, big end first), the id, then
 * eight bytes of hash over the fingerprint and all of that; written in base64url.
 */
#include "base/base64url.h"
#include "base/strbuf.h"
#include "store/record_store_private.h"

#define POSITION_FORMAT 1
#define POSITION_FIXED  (2 + 4 * 8)
#define POSITION_CHECK  8
#define POSITION_MOST   (POSITION_FIXED + 64 + POSITION_CHECK)

static void put_u64(char *at, uint64_t number)
{
    for (int i = 7; i >= 0; i--) {
        at[i] = (char)(number & 0xff);
        number >>= 8;
    }
}

static uint64_t get_u64(const char *at)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) {
        number = number << 8 | (uint8_t)at[i];
    }
    return number;
}

static uint64_t mix(uint64_t hash, struct slice text)
{
    return hash64(text, hash + text.len);
}

static uint64_t mix_number(uint64_t hash, uint64_t number)
{
    char bytes[8];
    put_u64(bytes, number);
    return hash64(slice_of(bytes, sizeof bytes), hash);
}

uint64_t position_fingerprint(const struct record_store *store, const struct store_query *query)
{
    uint64_t hash = mix_number(store->seed, (uint64_t)query->kind);
    hash = mix_number(hash, query->type);
    hash = mix(hash, query->id);
    hash = mix(hash, query->patient_id);
    if (query->kind == QUERY_SEARCH) {
        const struct search_query *search = query->search;
        hash = mix_number(hash, search->type);
        for (size_t i = 0; i < search->condition_count; i++) {
            hash = mix(hash, search->conditions[i].name);
            hash = mix(hash, search->conditions[i].text);
        }
        for (size_t i = 0; i < search->sort_count; i++) {
            hash = mix_number(hash, (uint64_t)search->sort[i].column << 1 |
                                        search->sort[i].is_descending);
        }
    }
    return hash;
}

struct slice position_format(const struct cursor_position *position, uint64_t fingerprint,
                             uint64_t seed, struct arena *arena)
{
    char bytes[POSITION_MOST];
    size_t len = POSITION_FIXED;
    assert(position->id.len <= 64);
    bytes[0] = POSITION_FORMAT;
    bytes[1] = (char)position->phase;
    put_u64(bytes + 2, position->key);
    put_u64(bytes + 10, position->sequence);
    put_u64(bytes + 18, position->number);
    put_u64(bytes + 26, (uint64_t)position->time);
    if (position->id.len > 0) {
        memcpy(bytes + len, position->id.ptr, position->id.len);
        len += position->id.len;
    }
    put_u64(bytes + len, hash64(slice_of(bytes, len), mix_number(seed, fingerprint)));
    return base64url_encode(slice_of(bytes, len + POSITION_CHECK), arena);
}

bool position_parse(struct slice text, uint64_t fingerprint, uint64_t seed, struct arena *arena,
                    struct cursor_position *ret_position)
{
    struct slice bytes;
    if (!base64url_decode(text, arena, &bytes) || bytes.len < POSITION_FIXED + POSITION_CHECK ||
        bytes.len > POSITION_MOST || bytes.ptr[0] != POSITION_FORMAT) {
        return false;
    }
    size_t len = bytes.len - POSITION_CHECK;
    if (get_u64(bytes.ptr + len) !=
        hash64(slice_of(bytes.ptr, len), mix_number(seed, fingerprint))) {
        return false;
    }
    *ret_position = (struct cursor_position){
        .phase = (uint8_t)bytes.ptr[1],
        .key = get_u64(bytes.ptr + 2),
        .sequence = get_u64(bytes.ptr + 10),
        .number = get_u64(bytes.ptr + 18),
        .time = (int64_t)get_u64(bytes.ptr + 26),
        .id = slice_of(bytes.ptr + POSITION_FIXED, len - POSITION_FIXED),
    };
    return true;
}
