/*
 * simdjson_shim.h: simdjson, which is C++, as the tests and the benchmark need it in C.
 */
#ifndef EVENLODE_TESTS_SIMDJSON_SHIM_H
#define EVENLODE_TESTS_SIMDJSON_SHIM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum simdjson_outcome {
    SIMDJSON_ACCEPTED,
    SIMDJSON_REFUSED,
    SIMDJSON_NUMBER_REFUSED, /* a number is malformed, or too large for it */
};

struct simdjson_reader;

struct simdjson_reader *simdjson_reader_new(void);
void simdjson_reader_free(struct simdjson_reader *reader);

/* bytes that must be readable behind a text that is given to simdjson_read_padded() */
size_t simdjson_padding(void);
/* reads into a document that is valid until the next call; copies the text first */
enum simdjson_outcome simdjson_read(struct simdjson_reader *reader, const char *text,
                                    size_t length);
/* the same without the copy */
enum simdjson_outcome simdjson_read_padded(struct simdjson_reader *reader, const char *text,
                                           size_t length);

/*
 * What the last accepted document means, in document order: n f t, # and the 16 hexadecimal digits
 * of a number as a double, s LENGTH: and the bytes of a string, [ items ], { keys and values }.
 */
void simdjson_describe(struct simdjson_reader *reader,
                       void (*add)(void *context, const char *text, size_t length), void *context);

#ifdef __cplusplus
}
#endif

#endif
