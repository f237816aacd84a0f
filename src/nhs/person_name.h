/*
 * person_name.h: a person's name in its parts, and as it is shown.
 *
 * FHIR R4 datatypes.html#HumanName; shown as the NHS patient banner has it (ISB 1505): FAMILY,
 * Given (Title). Parts are as recorded; only the family name is put in capitals for showing.
 */
#ifndef EVENLODE_NHS_PERSON_NAME_H
#define EVENLODE_NHS_PERSON_NAME_H

#include "base/json.h"

struct person_name {
    struct slice family;
    struct slice given;  /* first given name */
    struct slice middle; /* the others, separated by spaces */
    struct slice prefix; /* title */
    struct slice text;   /* HumanName.text, when the parts are not given */
};

/*
 * The name to show of HumanName[] at `names`: use official, else usual, else the first that is not
 * old, nickname, anonymous or maiden. False when there is none. Slices of the document or `arena`.
 */
MUST_CHECK bool person_name_read(const struct json *json, json_ix names, struct arena *arena,
                                 struct person_name *ret_name);
/* one HumanName */
void person_name_read_one(const struct json *json, json_ix name, struct arena *arena,
                          struct person_name *ret_name);
/* "HALLAM, Margaret (Mrs)"; text when there are no parts; "Not Known" when there is nothing */
struct slice person_name_show(const struct person_name *name, struct arena *arena);
/* "Mrs Margaret Hallam": in running text */
struct slice person_name_plain(const struct person_name *name, struct arena *arena);

#endif
