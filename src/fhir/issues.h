/*
 * issues.h: collecting issues with their places. For sources of fhir/ only.
 */
#ifndef EVENLODE_FHIR_ISSUES_H
#define EVENLODE_FHIR_ISSUES_H

#include "fhir/validate.h"

/* where the walk is: a list from the element to the root, on the walker's stack */
struct fhir_place {
    const struct fhir_place *up;
    struct slice name;
    int64_t index; /* within its list; -1: no list */
};

/* Adds an issue at `place`; false when no more are taken. */
bool fhir_issue_add(struct fhir_issues *issues, struct arena *arena, enum fhir_severity severity,
                    const char *code, const struct fhir_place *place, const char *format, ...)
    PRINTF_LIKE(6, 7);

#endif
