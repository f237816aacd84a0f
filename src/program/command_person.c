/*
 * command_person.c: the person index for operators: ids, sources and links, nothing of a record.
 */
#include "nhs/nhs_number.h"
#include "program/commands.h"
#include "program/exchange.h"

static bool find(struct command_context *context, const struct arguments *arguments,
                 struct person_entry **ret_at, size_t *ret_count, struct fault *fault)
{
    struct person_index *people = context->exchange->people;
    struct instant birth;
    bool more;
    struct slice family = slice_from_string(arguments->values[PERSON_FAMILY]);
    if (arguments->values[PERSON_NUMBER] != NULL) {
        char digits[NHS_NUMBER_DIGITS + 1];
        if (!nhs_number_parse(slice_from_string(arguments->values[PERSON_NUMBER]), digits)) {
            return fault_set(fault, context->arena, FAULT_INVALID,
                             "--nhs-number is ten digits with the right check digit");
        }
        return person_index_by_number(people, slice_of(digits, NHS_NUMBER_DIGITS), context->arena,
                                      ret_at, ret_count, fault);
    }
    if (family.len == 0 ||
        !instant_parse_date(slice_from_string(arguments->values[PERSON_BORN]), &birth)) {
        return fault_set(fault, context->arena, FAULT_INVALID,
                         "--nhs-number N, or --family NAME and --born YYYY-MM-DD, are needed");
    }
    return person_index_by_name(people, family, (struct slice){ NULL, 0 }, &birth, 50,
                                context->arena, ret_at, ret_count, &more, fault);
}

int command_person_find(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    struct person_entry *people;
    struct person_links links;
    size_t count;
    /* who was looked for is no part of the entry: it would name a patient */
    const struct subject operator= { .user = SLICE("operator"),
                                     .name = SLICE("command line"),
                                     .role = ROLE_SYSTEM };
    if (!find(context, arguments, &people, &count, &fault) ||
        !governance_audit_act(context->exchange->governance, &operator, SLICE("person-find"),
                              SLICE("complete"), context->arena, &fault)) {
        return command_fail(context, &fault);
    }
    for (size_t i = 0; i < count; i++) {
        if (!person_index_get(context->exchange->people, people[i].person, context->arena, &links,
                              &fault)) {
            return command_fail(context, &fault);
        }
        for (size_t k = 0; k < links.count; k++) {
            command_print(context, OUTPUT_RESULT, "%.*s\t%.*s\t%.*s\n",
                          SLICE_PRINT(people[i].person), SLICE_PRINT(links.at[k].ods),
                          SLICE_PRINT(links.at[k].patient_id));
        }
    }
    return 0;
}
