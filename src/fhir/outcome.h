/*
 * outcome.h: OperationOutcome, FHIR R4 operationoutcome.html.
 *
 * severity, code, details.text (the message), diagnostics (detail and hint), expression (where).
 * `location` is deprecated in R4 and not written. A fault whose `where` is no FHIRPath (a line and
 * column, a file) has it in diagnostics. Never an implementation's name or a stack.
 */
#ifndef EVENLODE_FHIR_OUTCOME_H
#define EVENLODE_FHIR_OUTCOME_H

#include "fhir/validate.h"

/* appends a whole OperationOutcome resource */
void fhir_outcome_of_fault(const struct fault *fault, struct strbuf *out);
/* An issue for each; with none, one of severity information that says all is well ($validate). */
void fhir_outcome_of_issues(const struct fhir_issues *issues, struct strbuf *out);
/* one issue: for warnings in a searchset and answers that are no fault */
void fhir_outcome_of_text(const char *severity, const char *code, struct slice text,
                          struct strbuf *out);

#endif
