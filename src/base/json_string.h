/*
 * json_string.h: escapes of strings that the reader has accepted. Private to base/json_*.c.
 */
#ifndef EVENLODE_BASE_JSON_STRING_H
#define EVENLODE_BASE_JSON_STRING_H

#include "base/slice.h"

/*
 * Decodes the escape whose backslash is *at into at most 4 bytes of UTF-8 and moves *at behind it,
 * a surrogate pair as one. The text must have passed the reader. Returns the bytes written.
 */
size_t json_unescape(const char **at, char ret_bytes[4]);

/* four hexadecimal digits; -1 when one is none */
int32_t json_hex4(const char *at);

/* equality of what two accepted strings stand for, either possibly with escapes */
bool json_text_equal(struct slice a, struct slice b);
/* the same, where `plain` is taken as it is: a backslash in it is a backslash */
bool json_text_equals_plain(struct slice text, struct slice plain);

#endif
