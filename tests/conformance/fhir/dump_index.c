/*
 * dump_index.c: index values as text, for search_expressions.mjs to compare.
 *
 * Reads one resource a line, prints for each value of the index: line number, parameter, kind,
 * system, code, text and "empty" for an interval that only says that the element is there,
 * separated by tabs (no test resource holds one).
 */
#include "base/limits.h"
#include "fhir/search_parameter.h"

static struct slice code_of(fhir_type type, uint32_t key)
{
    const struct fhir_parameter *parameter;
    for (size_t n = 0; (parameter = fhir_parameter_at(type, n)) != NULL; n++) {
        if (parameter->key == key) {
            return fhir_parameter_code(parameter);
        }
    }
    return SLICE("?");
}

static bool dump(struct arena *arena, struct slice line, size_t number)
{
    struct json json;
    struct fault fault = FAULT_INIT;
    struct index_values values = { 0 };
    if (!json_parse(arena, line, &json, &fault)) {
        return false;
    }
    fhir_type type = fhir_type_of(&json, 0);
    if (type == FHIR_TYPE_NONE || !fhir_index(&json, 0, type, arena, &values, &fault)) {
        return false;
    }
    for (size_t i = 0; i < values.count; i++) {
        const struct index_value *one = &values.at[i];
        printf("%zu\t%.*s\t%d\t%.*s\t%.*s\t%.*s\t%s\n", number,
               SLICE_PRINT(code_of(type, one->parameter_key)), one->kind, SLICE_PRINT(one->system),
               SLICE_PRINT(one->code), SLICE_PRINT(one->text),
               one->low == INT64_MAX && one->high == INT64_MIN ? "empty" : "");
    }
    return true;
}

int main(void)
{
    struct arena arena;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    arena_init(&arena, LIMIT_REQUEST_ARENA);
    for (size_t number = 0; (len = getline(&line, &capacity, stdin)) > 0; number++) {
        arena_reset(&arena);
        if (!dump(&arena, slice_trim(slice_of(line, (size_t)len)), number)) {
            fprintf(stderr, "line %zu cannot be indexed\n", number + 1);
            return 1;
        }
    }
    free(line);
    arena_release(&arena);
    return 0;
}
