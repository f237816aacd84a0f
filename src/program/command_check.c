/*
 * command_check.c: evenlode check FILE...
 */
#include "base/limits.h"
#include "intake/check.h"
#include "program/commands.h"

struct telling {
    struct command_context *context;
    const char *path;
};

static void tell(void *context, const struct fault *fault)
{
    struct telling *telling = context;
    command_print(telling->context, OUTPUT_RESULT, "%s: %.*s%s%.*s%s%.*s%s\n", telling->path,
                  SLICE_PRINT(fault->where), fault->where.len > 0 ? ": " : "",
                  SLICE_PRINT(fault->message), fault->detail.len > 0 ? " (" : "",
                  SLICE_PRINT(fault->detail), fault->detail.len > 0 ? ")" : "");
}

static size_t check_file(struct command_context *context, const char *path, enum check_level level)
{
    struct telling telling = { context, path };
    struct check_setting setting = { level, tell, &telling };
    struct arena arena;
    struct text_source source;
    struct slice what;
    struct fault fault;
    if (!text_source_open(&source, path, context->arena, &fault)) {
        fault.where = slice_from_string(path);
        command_fail(context, &fault);
        return 1;
    }
    arena_init(&arena, LIMIT_TRANSACTION_ARENA);
    size_t faults = intake_check_source(&source, &setting, &arena, &what);
    command_print(context, OUTPUT_RESULT, "%s: %.*s: %s\n", path, SLICE_PRINT(what),
                  faults == 0 ? "valid" : "not valid");
    arena_release(&arena);
    text_source_close(&source);
    return faults;
}

int command_check(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    size_t faults = 0;
    enum check_level level = CHECK_LEVEL_CONTENT;
    if (arguments->values[CHECK_JSON] != NULL) {
        level = CHECK_LEVEL_JSON;
    } else if (arguments->values[CHECK_FHIR] != NULL) {
        level = CHECK_LEVEL_FHIR;
    }
    if (arguments->values[CHECK_HL7] != NULL || arguments->values[CHECK_CDA] != NULL) {
        fault_set(&fault, context->arena, FAULT_NOT_SUPPORTED,
                  "FHIR JSON and NDJSON can be checked; HL7 v2 and CDA cannot");
        return command_fail(context, &fault);
    }
    if (arguments->operand_count == 0) {
        fault_set(&fault, context->arena, FAULT_INVALID, "name the files to check");
        return command_fail(context, &fault);
    }
    for (size_t i = 0; i < arguments->operand_count; i++) {
        faults += check_file(context, arguments->operands[i], level);
    }
    return faults == 0 ? 0 : 1;
}
