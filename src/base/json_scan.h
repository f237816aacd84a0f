/*
 * json_scan.h: the two loops in which a JSON reader spends its time. Private to base/json_*.c.
 *
 * Finding the end of a run of plain string bytes, and of a run of white space. Both exist twice:
 * byte by byte, and 16 bytes at a time with SSE2, which every x86-64 processor has, so that there
 * is nothing to detect at run time. They agree on every input (tests/unit/base/test_json_scan.c).
 * No load ever touches a byte at or behind `end`.
 */
#ifndef EVENLODE_BASE_JSON_SCAN_H
#define EVENLODE_BASE_JSON_SCAN_H

#include "base/prelude.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#define JSON_SCAN_SSE2 1
#else
#define JSON_SCAN_SSE2 0
#endif

/* RFC 8259, 2: space, tab, line feed, carriage return */
static inline bool json_is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

/* a byte that stands for itself in a string: ASCII, no control character, no quote or backslash */
static inline bool json_is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static inline const uint8_t *json_scan_plain_bytes(const uint8_t *at, const uint8_t *end)
{
    while (at < end && json_is_plain(*at)) {
        at++;
    }
    return at;
}

static inline const uint8_t *json_scan_space_bytes(const uint8_t *at, const uint8_t *end)
{
    while (at < end && json_is_space(*at)) {
        at++;
    }
    return at;
}

#if JSON_SCAN_SSE2

/* a bit for each of 16 bytes that is not plain */
static inline unsigned json_special_mask(const uint8_t *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)at);
    /* signed: bytes from 0x80 up are negative, so one comparison finds them and the controls */
    __m128i stop = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                                _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                             _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    return (unsigned)_mm_movemask_epi8(stop);
}

/* 32 bytes a step: strings of 16 to 31 bytes are common, and a step less is a branch less to guess
 */
static inline const uint8_t *json_scan_plain_sse2(const uint8_t *at, const uint8_t *end)
{
    while (end - at >= 32) {
        unsigned mask = json_special_mask(at) | json_special_mask(at + 16) << 16;
        if (mask != 0) {
            return at + __builtin_ctz(mask);
        }
        at += 32;
    }
    if (end - at >= 16) {
        unsigned mask = json_special_mask(at);
        if (mask != 0) {
            return at + __builtin_ctz(mask);
        }
        at += 16;
    }
    return json_scan_plain_bytes(at, end);
}

static inline const uint8_t *json_scan_space_sse2(const uint8_t *at, const uint8_t *end)
{
    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)at);
        __m128i blank = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')),
                                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t')));
        __m128i line = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')),
                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(blank, line)) ^ 0xffffu;
        if (mask != 0) {
            return at + __builtin_ctz(mask);
        }
        at += 16;
    }
    return json_scan_space_bytes(at, end);
}

#endif

/* the first byte from `at` that is not plain, or `end` */
static inline const uint8_t *json_scan_plain(const uint8_t *at, const uint8_t *end)
{
#if JSON_SCAN_SSE2
    return json_scan_plain_sse2(at, end);
#else
    return json_scan_plain_bytes(at, end);
#endif
}

/* the first byte from `at` that is not white space, or `end` */
static inline const uint8_t *json_scan_space(const uint8_t *at, const uint8_t *end)
{
    if (at<end && * at> ' ') {
        return at;
    }
#if JSON_SCAN_SSE2
    return json_scan_space_sse2(at, end);
#else
    return json_scan_space_bytes(at, end);
#endif
}

#endif
