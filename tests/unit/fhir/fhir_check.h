/*
 * fhir_check.h: what the tests of fhir/ share: a document from a literal, an index value found, a
 * search tried on a resource. JSON in tests is written with ' for ", which no test needs otherwise.
 */
#ifndef EVENLODE_TESTS_FHIR_CHECK_H
#define EVENLODE_TESTS_FHIR_CHECK_H

#include "support/check.h"

#include "base/limits.h"
#include "fhir/search_query.h"
#include "fhir/validate.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_REQUEST_ARENA);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* JSON text with ' for ", and a NUL behind it */
UNUSED static struct slice quoted(const char *text)
{
    size_t len = strlen(text);
    char *bytes = arena_alloc(&arena, len + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = text[i] == '\'' ? '"' : text[i];
    }
    bytes[len] = '\0';
    return slice_of(bytes, len);
}

UNUSED static struct json parse(const char *text)
{
    struct json json;
    struct fault fault = FAULT_INIT;
    if (!json_parse(&arena, quoted(text), &json, &fault)) {
        fail_msg("%.*s at %.*s: %s", SLICE_PRINT(fault.message), SLICE_PRINT(fault.where), text);
    }
    return json;
}

UNUSED static struct index_values index_of(const char *text)
{
    struct json json = parse(text);
    struct index_values values = { 0 };
    struct fault fault = FAULT_INIT;
    fhir_type type = fhir_type_of(&json, 0);
    assert_int_not_equal(type, FHIR_TYPE_NONE);
    assert_true(fhir_index(&json, 0, type, &arena, &values, &fault));
    return values;
}

UNUSED static uint32_t key_of(const char *type, const char *code)
{
    const struct fhir_parameter *parameter =
        fhir_parameter_find(fhir_type_find(slice_from_string(type)), slice_from_string(code));
    assert_non_null(parameter);
    return parameter->key;
}

#define TEST_BASE "http://here.example/fhir/"

UNUSED static bool parse_query(const char *type, const char *name, const char *value,
                               struct search_query *query, struct fault *fault)
{
    struct search_pair pair = { slice_from_string(name), slice_from_string(value) };
    struct search_options options = { .base = SLICE(TEST_BASE) };
    return search_query_parse(fhir_type_find(slice_from_string(type)), &pair, 1, &options, &arena,
                              query, fault);
}

/* does ?name=value find the resource? the search must be good */
UNUSED static bool finds(const char *resource, const char *name, const char *value)
{
    struct json json = parse(resource);
    struct search_query query;
    struct fault fault = FAULT_INIT;
    char *type = arena_string(&arena, fhir_type_name(fhir_type_of(&json, 0)));
    if (!parse_query(type, name, value, &query, &fault)) {
        fail_msg("%s=%s: %.*s", name, value, SLICE_PRINT(fault.message));
    }
    assert_int_equal(query.condition_count, 1);
    struct index_values values = index_of(resource);
    return search_condition_matches(&query.conditions[0], values.at, values.count);
}

#define assert_finds(resource, name, value)                                                        \
    do {                                                                                           \
        if (!finds((resource), (name), (value))) {                                                 \
            fail_msg("%s=%s does not find %s", (name), (value), (resource));                       \
        }                                                                                          \
    } while (0)

#define assert_misses(resource, name, value)                                                       \
    do {                                                                                           \
        if (finds((resource), (name), (value))) {                                                  \
            fail_msg("%s=%s finds %s", (name), (value), (resource));                               \
        }                                                                                          \
    } while (0)

#endif
