/*
 * command_token.c: a signed token on standard output, for tests and operators.
 */
#include "governance/token.h"
#include "program/commands.h"
#include "program/exchange.h"

static bool read_subject(struct command_context *context, const struct arguments *arguments,
                         struct subject *ret_subject, uint32_t *ret_seconds, struct fault *fault)
{
    struct slice seconds = slice_from_string(arguments->values[TOKEN_SECONDS]);
    uint64_t number = 3600;
    struct subject subject = {
        .user = slice_from_string(arguments->values[TOKEN_USER]),
        .name = slice_from_string(arguments->values[TOKEN_NAME]),
        .organisation = slice_from_string(arguments->values[TOKEN_ORG]),
    };
    if (subject.user.len == 0 || subject.organisation.len == 0) {
        return fault_set(fault, context->arena, FAULT_INVALID,
                         "--user NAME, --role ROLE and --org ODS are needed");
    }
    if (!governance_role_find(slice_from_string(arguments->values[TOKEN_ROLE]), &subject.role)) {
        return fault_set(fault, context->arena, FAULT_INVALID,
                         "--role is gp, emergency-doctor, nurse, social-worker, receptionist or "
                         "system");
    }
    if (seconds.ptr != NULL && (!slice_to_u64(seconds, &number) || number > UINT32_MAX)) {
        return fault_set(fault, context->arena, FAULT_INVALID, "--seconds needs a number");
    }
    *ret_subject = subject;
    *ret_seconds = (uint32_t)number;
    return true;
}

int command_token(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    struct subject subject;
    struct slice token;
    uint32_t seconds;
    if (!read_subject(context, arguments, &subject, &seconds, &fault) ||
        !token_make(&context->exchange->token_keys, &subject, seconds, context->arena, &token,
                    &fault) ||
        !governance_audit_act(context->exchange->governance, &subject, SLICE("token"),
                              SLICE("complete"), context->arena, &fault)) {
        return command_fail(context, &fault);
    }
    command_print(context, OUTPUT_RESULT, "%.*s\n", SLICE_PRINT(token));
    return 0;
}
