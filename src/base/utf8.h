/*
 * utf8.h: check, normalise and fold text (utf8proc).
 *
 * Unicode 15, UAX #15. What was received is kept as it is; NFC and folding are for comparing.
 */
#ifndef EVENLODE_BASE_UTF8_H
#define EVENLODE_BASE_UTF8_H

#include "base/arena.h"

/* no overlong forms, no surrogates, nothing above U+10FFFF */
bool utf8_valid(struct slice text);
/* bytes of the first character (1..4), 0 when it is invalid or the text is empty */
size_t utf8_first(struct slice text, uint32_t *ret_code_point);
/* appends the UTF-8 form; returns bytes written, 1..4 */
size_t utf8_encode(uint32_t code_point, char ret_bytes[4]);
/* NFC; `text` itself when it is plain ASCII. {NULL,0} without memory or when invalid. */
struct slice utf8_nfc(struct slice text, struct arena *arena);
/*
 * For searching strings (FHIR R4 search.html#string): case folded, accents and combining marks
 * removed, punctuation kept, runs of white space made one space, trimmed. ASCII takes a fast path.
 */
struct slice utf8_search_key(struct slice text, struct arena *arena);

#endif
