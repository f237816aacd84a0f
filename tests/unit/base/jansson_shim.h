/*
 * jansson_shim.h: jansson, whose names meet ours (json_string, JSON_OBJECT), behind other names.
 */
#ifndef EVENLODE_TESTS_JANSSON_SHIM_H
#define EVENLODE_TESTS_JANSSON_SHIM_H

#include <stdbool.h>
#include <stddef.h>

enum jansson_outcome {
    JANSSON_ACCEPTED,
    JANSSON_REFUSED,
    JANSSON_NUMBER_REFUSED, /* beyond a double */
};

/* *ret_value: for the two below; written when accepted */
enum jansson_outcome jansson_read(const char *text, size_t length, void **ret_value);
void jansson_free(void *value);
/* as simdjson_describe() */
void jansson_describe(void *value, void (*add)(void *context, const char *text, size_t length),
                      void *context);

#endif
