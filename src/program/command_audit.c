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

/*
 * The person as the log may name it: by id, and by the patients that are linked to it. An id that
 * the index no longer has is looked for all the same.
 */
static bool find_whom(struct command_context *context, struct slice person,
                      struct audit_whom *ret_whom, struct fault *fault)
{
    struct person_links links = { 0 };
    if (!person_index_get(context->exchange->people, person, context->arena, &links, fault) &&
        fault->code != FAULT_NOT_FOUND) {
        return false;
    }
    struct audit_patient *patients = arena_array(context->arena, links.count, struct audit_patient);
    if (patients == NULL) {
        return fault_no_memory(fault, context->arena);
    }
    for (size_t i = 0; i < links.count; i++) {
        patients[i] = (struct audit_patient){ links.at[i].ods, links.at[i].patient_id };
    }
    *ret_whom = (struct audit_whom){ person, patients, links.count };
    return true;
}

int command_audit_person(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    struct audit_access *accesses;
    struct audit_whom whom;
    size_t count;
    struct slice person = slice_from_string(arguments->values[AUDIT_PERSON]);
    if (person.len == 0) {
        fault_set(&fault, context->arena, FAULT_INVALID, "--person ID is needed");
        return command_fail(context, &fault);
    }
    if (!find_whom(context, person, &whom, &fault) ||
        !audit_flush(context->exchange->audit, context->arena, &fault) ||
        !audit_for_person(context->exchange->directory.audit, &whom, &accesses, &count,
                          context->arena, &fault)) {
        return command_fail(context, &fault);
    }
    for (size_t i = 0; i < count; i++) {
        const struct audit_access *access = &accesses[i];
        char time[INSTANT_TEXT_SIZE];
        instant_format_utc(access->time, time);
        command_print(context, OUTPUT_RESULT, "%llu\t%s\t%s\t%.*s\t%.*s\t%.*s\t%.*s\t%.*s%s\n",
                      (unsigned long long)access->sequence, time, audit_kind_word(access->kind),
                      SLICE_PRINT(access->user), SLICE_PRINT(access->organisation),
                      SLICE_PRINT(access->interaction), SLICE_PRINT(access->basis),
                      SLICE_PRINT(access->reason),
                      access->named ? "" : "of the whole store; what was shown is not known");
    }
    return 0;
}
