/*
 * content.h: what is this? Told by the bytes, never by the name.
 */
#ifndef EVENLODE_INTAKE_CONTENT_H
#define EVENLODE_INTAKE_CONTENT_H

#include "base/slice.h"

enum content_kind {
    CONTENT_EMPTY,
    CONTENT_JSON,   /* one value: a resource or a bundle */
    CONTENT_NDJSON, /* a value a line */
    CONTENT_HL7V2,  /* MSH, FHS or BHS first */
    CONTENT_XML,    /* CDA, FHIR XML */
    CONTENT_CSV,
    CONTENT_UNKNOWN,
};

enum content_kind content_kind_of(struct slice text);
/* for people: "FHIR JSON", "HL7 v2", ... */
const char *content_kind_name(enum content_kind kind);

#endif
