/*
 * cda_schema.h: is it a CDA document, for the part of the schema that the writer uses?
 *
 * No package carries CDA.xsd, so a table of our own says which elements may stand in which, in
 * which order, and which must be there (read off POCD_MT000040 and the C-CDA examples). Expat says
 * whether the XML is well-formed.
 */
#ifndef EVENLODE_TESTS_CDA_SCHEMA_H
#define EVENLODE_TESTS_CDA_SCHEMA_H

#include "base/slice.h"

struct cda_findings {
    char fault[200]; /* empty: none */
    size_t elements;
    size_t entries;
    size_t null_flavors;
    size_t dangling; /* references to rows that are not there */
};

struct cda_findings cda_schema_check(struct slice document);

#endif
