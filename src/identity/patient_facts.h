/*
 * patient_facts.h: what linking reads of a FHIR Patient.
 *
 * FHIR R4 patient.html, UK Core Patient: identifier with system nhs-number, name, birthDate,
 * gender, address, generalPractitioner (its identifier, or a reference that ends in an ODS code).
 */
#ifndef EVENLODE_IDENTITY_PATIENT_FACTS_H
#define EVENLODE_IDENTITY_PATIENT_FACTS_H

#include "base/instant.h"
#include "nhs/person_name.h"

#define PATIENT_FAMILIES 8

struct patient_facts {
    struct slice nhs_number; /* valid, ten digits; else empty */
    struct slice birth_text; /* birthDate when it is a date to the day; else empty */
    struct instant birth;
    bool has_birth;
    struct person_name name;
    struct slice families[PATIENT_FAMILIES]; /* all family names, folded for searching, each once */
    size_t family_count;
    struct slice given; /* folded */
    struct slice gender;
    struct slice address; /* in one line */
    struct slice postcode;
    struct slice practice; /* ODS code; else empty */
    bool deceased;
};

/*
 * Texts longer than this are cut at a character: a row of the index has a ceiling, and one absurd
 * name must not stop the linking of everybody behind it.
 */
#define PATIENT_TEXT_MOST    128
#define PATIENT_ADDRESS_MOST 256

/* a family name as the index keeps it and looks for it: folded, cut. {NULL, 0} without memory */
struct slice patient_family_key(struct slice family, struct arena *arena);

/* slices of the document or `arena`; false without memory */
MUST_CHECK bool patient_facts_read(const struct json *json, struct arena *arena,
                                   struct patient_facts *ret_facts);

#endif
