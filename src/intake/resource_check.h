/*
 * resource_check.h: may this resource come in?
 *
 * Structure by the tables of FHIR R4 (fhir/validate.h), and what the NHS adds to it: an identifier
 * that says it is an NHS number must be one (Modulus 11). A number with a mistyped digit is another
 * person's, or nobody's; it is told to the sender, who alone can mend it.
 */
#ifndef EVENLODE_INTAKE_RESOURCE_CHECK_H
#define EVENLODE_INTAKE_RESOURCE_CHECK_H

#include "base/fault.h"
#include "base/json.h"

/* the first thing that is wrong, CONTENT, `where` beginning at the resource: Patient.identifier[0]
 */
MUST_CHECK bool resource_check(const struct json *json, json_ix resource, struct arena *arena,
                               struct fault *fault);
/* calls `tell` for each NHS number of a Patient that is not valid, in order, until it returns false
 */
void resource_wrong_numbers(const struct json *json, json_ix resource, struct arena *arena,
                            bool (*tell)(void *context, struct fault *fault), void *context);

#endif
