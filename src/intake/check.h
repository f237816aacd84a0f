/*
 * check.h: says what a text is and names every fault in it.
 *
 * JSON: one fault, with line and column. FHIR: every issue of fhir_validate() (at most
 * LIMIT_VALIDATION_FAULTS), NHS numbers with a wrong check digit, references of a transaction that
 * name no entry. NDJSON: each line. Other formats are named, and refused as not supported.
 */
#ifndef EVENLODE_INTAKE_CHECK_H
#define EVENLODE_INTAKE_CHECK_H

#include "base/fault.h"
#include "intake/text_source.h"

enum check_level { CHECK_LEVEL_CONTENT, CHECK_LEVEL_JSON, CHECK_LEVEL_FHIR };

struct check_setting {
    enum check_level level; /* CONTENT: as far as its kind allows */
    /* one for each fault; `where` is inside the text: "line 3, column 7", "line 12: Patient.name"
     */
    void (*tell)(void *context, const struct fault *fault);
    void *context;
};

/* Number of faults told. *ret_what: for people, e.g. "FHIR JSON, Bundle of 340 entries". */
size_t intake_check(struct slice text, const struct check_setting *setting, struct arena *arena,
                    struct slice *ret_what);

/* the same of a file, plain or compressed, that has been opened */
size_t intake_check_source(struct text_source *source, const struct check_setting *setting,
                           struct arena *arena, struct slice *ret_what);

#endif
