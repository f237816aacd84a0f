/*
 * fhir_wire.h: what the tests of the FHIR API share: one exchange a program, short requests, and
 * checks on answers. argv[1] says which stores: memory or sqlite.
 */
#ifndef EVENLODE_TESTS_FHIR_WIRE_H
#define EVENLODE_TESTS_FHIR_WIRE_H

#include "support/check.h"
#include "support/exchange_fixture.h"

extern struct exchange_fixture wire;
extern struct slice wire_system; /* token of FX1's own system */
extern unsigned wire_request_ms; /* set before wire_main(): what a request may take; 0: as usual */

#define WIRE_BASE "/orgs/FX1/fhir/R4"
#define NOTHING   ((struct slice){ NULL, 0 })
#define JSON_TYPE "Content-Type: application/fhir+json\r\n"

/* `path` below WIRE_BASE, printf-like arguments are the caller's; fails unless `status` comes */
struct fixture_answer wire_ask(unsigned status, const char *method, struct slice token,
                               const char *path, const char *fields, struct slice body);
/* the same as FX1's system, with a JSON body when `body` is not NULL */
struct fixture_answer wire_system_ask(unsigned status, const char *method, const char *path,
                                      const char *body);
/* text in the fixture's arena, NUL-terminated */
const char *wire_text(const char *format, ...) PRINTF_LIKE(1, 2);
/* the answer's body as JSON; fails when it is not */
struct json wire_json(const struct fixture_answer *answer);
/* a string or number along members; arrays: their first element; empty when absent */
struct slice wire_value(const struct json *json, const char *path);
/* number of entries of a bundle */
uint32_t wire_entries(const struct json *json);
/* the answer is an OperationOutcome with a severity, and nothing of HTML */
void wire_check_outcome(const struct fixture_answer *answer);
/* URL of the bundle's link, as a path for wire.c's requests; NULL when there is none */
const char *wire_link(const struct json *json, const char *relation);
/* id that a Location names: .../Type/<id>/_history/n */
const char *wire_location_id(const struct fixture_answer *answer);
/* a Patient of FX1 with this NHS number and date of birth; gives its id */
const char *wire_make_patient(const char *nhs_number, const char *family, const char *born);

bool wire_is_sqlite(void);
int wire_main(int argc, char **argv, const struct CMUnitTest *tests, size_t count);

#define WIRE_MAIN(tests)                                                                           \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return wire_main(argc, argv, (tests), sizeof(tests) / sizeof((tests)[0]));                 \
    }

#endif
