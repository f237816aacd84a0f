/*
 * jansson_shim.c: jansson as strict as it can be: any value at the top, no key twice, all numbers
 * as doubles.
 */
#include "jansson_shim.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct output {
    void (*add)(void *context, const char *text, size_t length);
    void *context;
};

enum jansson_outcome jansson_read(const char *text, size_t length, void **ret_value)
{
    json_error_t error;
    json_t *value = json_loadb(
        text, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    if (value != NULL) {
        *ret_value = value;
        return JANSSON_ACCEPTED;
    }
    return json_error_code(&error) == json_error_numeric_overflow ? JANSSON_NUMBER_REFUSED
                                                                  : JANSSON_REFUSED;
}

void jansson_free(void *value)
{
    json_decref(value);
}

static void put(struct output *out, const char *text)
{
    out->add(out->context, text, strlen(text));
}

static void put_string(struct output *out, const char *text, size_t length)
{
    char head[32];
    snprintf(head, sizeof head, "s%zu:", length);
    put(out, head);
    out->add(out->context, text, length);
}

static void put_double(struct output *out, double number)
{
    uint64_t bits;
    char text[32];
    number = number == 0 ? 0.0 : number;
    memcpy(&bits, &number, sizeof bits);
    snprintf(text, sizeof text, "#%016llx", (unsigned long long)bits);
    put(out, text);
}

static void describe(json_t *value, struct output *out)
{
    if (json_is_string(value)) {
        put_string(out, json_string_value(value), json_string_length(value));
    } else if (json_is_number(value)) {
        put_double(out, json_number_value(value));
    } else if (json_is_array(value)) {
        size_t index;
        json_t *item;
        put(out, "[");
        json_array_foreach(value, index, item)
        {
            describe(item, out);
        }
        put(out, "]");
    } else if (json_is_object(value)) {
        put(out, "{");
        for (void *at = json_object_iter(value); at != NULL;
             at = json_object_iter_next(value, at)) {
            const char *key = json_object_iter_key(at);
            put_string(out, key, strlen(key)); /* jansson's keys hold no NUL */
            describe(json_object_iter_value(at), out);
        }
        put(out, "}");
    } else {
        put(out, json_is_true(value) ? "t" : json_is_false(value) ? "f" : "n");
    }
}

void jansson_describe(void *value, void (*add)(void *context, const char *text, size_t length),
                      void *context)
{
    struct output out = { add, context };
    describe(value, &out);
}
