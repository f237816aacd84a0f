/*
 * primitive.h: the form of FHIR R4's primitive types (datatypes.html#primitive).
 *
 * Pure checks on the unescaped text; each hand-coded from the type's regular expression, linear in
 * the text. Numbers come as they stand in the JSON.
 */
#ifndef EVENLODE_FHIR_PRIMITIVE_H
#define EVENLODE_FHIR_PRIMITIVE_H

#include "fhir/types.h"

/* the JSON type that a primitive of this structure number (FHIR_DATA_BOOLEAN ...) is written in */
enum json_type fhir_primitive_json(uint16_t structure);
/* has the text the form of its type? For booleans always true. */
bool fhir_primitive_valid(uint16_t structure, struct slice text);
/* what the type expects, in a few words: for messages */
const char *fhir_primitive_form(uint16_t structure);

#endif
