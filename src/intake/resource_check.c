/*
 * resource_check.c: one check for every door: the API, a load, a split, `evenlode check`.
 */
#include "intake/resource_check.h"

#include "fhir/validate.h"
#include "nhs/nhs_number.h"

static bool is_wrong_number(const struct json *json, json_ix identifier, struct arena *arena)
{
    json_ix system = json_member(json, identifier, SLICE("system"));
    return json_is(json, system, JSON_STRING) &&
           json_string_equal(json, system, SLICE(NHS_NUMBER_SYSTEM)) &&
           !nhs_number_valid(json_member_string(json, identifier, SLICE("value"), arena));
}

void resource_wrong_numbers(const struct json *json, json_ix resource, struct arena *arena,
                            bool (*tell)(void *context, struct fault *fault), void *context)
{
    unsigned i = 0;
    struct fault fault;
    if (fhir_type_of(json, resource) != FHIR_PATIENT) {
        return;
    }
    json_each_element(json, json_member(json, resource, SLICE("identifier")), identifier)
    {
        if (is_wrong_number(json, identifier, arena)) {
            fault_at(&fault, arena, FAULT_CONTENT,
                     arena_printf(arena, "Patient.identifier[%u].value", i),
                     "this is not a valid NHS number: ten digits whose check digit (Modulus 11) is "
                     "right");
            if (!tell(context, &fault)) {
                return;
            }
        }
        i++;
    }
}

static bool keep_first(void *context, struct fault *fault)
{
    *(struct fault *)context = *fault;
    return false;
}

bool resource_check(const struct json *json, json_ix resource, struct arena *arena,
                    struct fault *fault)
{
    struct fhir_issues issues = { 0 };
    struct fault wrong = FAULT_INIT;
    if (!fhir_validate(json, resource, arena, &issues)) {
        return fhir_issues_fault(&issues, arena, fault);
    }
    resource_wrong_numbers(json, resource, arena, keep_first, &wrong);
    if (wrong.code != FAULT_NONE) {
        *fault = wrong;
        return false;
    }
    return true;
}
