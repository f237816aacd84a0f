/*
 * command_audit.c: is the audit whole, and who saw this person?
 *
 * The log is read from its files, beside the server that writes it; flushed first, so that the
 * answer is about everything that has been appended.
 */
#include "base/instant.h"
#include "program/commands.h"
#include "program/exchange.h"

static void print_unshown(struct command_context *context, const struct audit_report *report)
{
    if (report->unshown_count == 0) {
        return;
    }
    command_print(context, OUTPUT_RESULT,
                  "granted without shown (to be taken as fully shown)\t%llu",
                  (unsigned long long)report->unshown_count);
    for (uint64_t i = 0; i < report->unshown_count && i < AUDIT_UNSHOWN_LISTED; i++) {
        command_print(context, OUTPUT_RESULT, "%s%llu", i == 0 ? "\t" : " ",
                      (unsigned long long)report->unshown[i]);
    }
    command_print(context, OUTPUT_RESULT, "\n");
}

int command_audit_verify(struct command_context *context, const struct arguments *arguments UNUSED)
{
    struct fault fault = FAULT_INIT;
    struct audit_report report;
    char root[DIGEST_HEX_SIZE + 1];
    if (!audit_flush(context->exchange->audit, context->arena, &fault) ||
        !audit_verify(context->exchange->directory.audit, &report, context->arena, &fault)) {
        return command_fail(context, &fault);
    }
    digest_to_hex(&report.root, root);
    command_print(context, OUTPUT_RESULT, "entries\t%llu\nroot\t%s\n",
                  (unsigned long long)report.count, root);
    print_unshown(context, &report);
    if (report.intact) {
        command_print(context, OUTPUT_RESULT, "intact\n");
        return 0;
    }
    fault_at(&fault, context->arena, FAULT_CORRUPT, report.fault_file, "%.*s",
             SLICE_PRINT(report.fault_text));
    fault_detail(&fault, context->arena, "entry %llu, byte %llu",
                 (unsigned long long)report.fault_sequence,
                 (unsigned long long)report.fault_offset);
    return command_fail(context, &fault);
}

int command_audit_person(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    struct audit_access *accesses;
    size_t count;
    struct slice person = slice_from_string(arguments->values[AUDIT_PERSON]);
    if (person.len == 0) {
        fault_set(&fault, context->arena, FAULT_INVALID, "--person ID is needed");
        return command_fail(context, &fault);
    }
    if (!audit_flush(context->exchange->audit, context->arena, &fault) ||
        !audit_for_person(context->exchange->directory.audit, person, &accesses, &count,
                          context->arena, &fault)) {
        return command_fail(context, &fault);
    }
    for (size_t i = 0; i < count; i++) {
        const struct audit_access *access = &accesses[i];
        char time[INSTANT_TEXT_SIZE];
        instant_format_utc(access->time, time);
        command_print(context, OUTPUT_RESULT, "%llu\t%s\t%s\t%.*s\t%.*s\t%.*s\t%.*s\t%.*s\n",
                      (unsigned long long)access->sequence, time, audit_kind_word(access->kind),
                      SLICE_PRINT(access->user), SLICE_PRINT(access->organisation),
                      SLICE_PRINT(access->interaction), SLICE_PRINT(access->basis),
                      SLICE_PRINT(access->reason));
    }
    return 0;
}
