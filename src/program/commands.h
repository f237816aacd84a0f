/*
 * commands.h: the functions behind the table in main.c; each file holds one family.
 */
#ifndef EVENLODE_PROGRAM_COMMANDS_H
#define EVENLODE_PROGRAM_COMMANDS_H

#include "program/command.h"

/* command_*.c: `options` tables are exported beside the functions that read them */
#define COMMAND_FUNCTION(name)                                                                     \
    int command_##name(struct command_context *context, const struct arguments *arguments)

COMMAND_FUNCTION(init);
COMMAND_FUNCTION(serve);
COMMAND_FUNCTION(demo);
COMMAND_FUNCTION(synth);
COMMAND_FUNCTION(synth_report);
COMMAND_FUNCTION(synth_endpoint);
COMMAND_FUNCTION(load);
COMMAND_FUNCTION(check);
COMMAND_FUNCTION(token);
COMMAND_FUNCTION(org_add);
COMMAND_FUNCTION(org_set);
COMMAND_FUNCTION(org_list);
COMMAND_FUNCTION(org_show);
COMMAND_FUNCTION(person_find);
COMMAND_FUNCTION(audit_verify);
COMMAND_FUNCTION(audit_person);
COMMAND_FUNCTION(help);

/* options by index, in the order of the tables in main.c */
enum { INIT_DATA };
enum { SERVE_DATA, SERVE_LISTEN, SERVE_CONFIG, SERVE_BASE_URL };
enum { DEMO_DATA, DEMO_PEOPLE, DEMO_SEED, DEMO_LISTEN, DEMO_YEARS };
enum {
    SYNTH_OUT,
    SYNTH_PEOPLE,
    SYNTH_SEED,
    SYNTH_YEARS,
    SYNTH_FORMATS,
    SYNTH_ONLY,
    SYNTH_COMPRESS,
    SYNTH_THREADS,
    SYNTH_RESTART,
    SYNTH_FOLLOW,
    SYNTH_SPEED,
    SYNTH_FROM,
    SYNTH_DAYS,
    SYNTH_MLLP,
    SYNTH_HTTP,
    SYNTH_TOKEN_FILE
};
enum { REPORT_PEOPLE, REPORT_SEED, REPORT_YEARS, REPORT_OUT };
enum { ENDPOINT_PEOPLE, ENDPOINT_SEED, ENDPOINT_YEARS, ENDPOINT_ORG, ENDPOINT_LISTEN };
enum { LOAD_DATA, LOAD_CONFIG, LOAD_ORG, LOAD_SPLIT, LOAD_ASSIGN, LOAD_BASE_URL };
enum { CHECK_JSON, CHECK_FHIR, CHECK_HL7, CHECK_CDA };
enum { TOKEN_DATA, TOKEN_CONFIG, TOKEN_USER, TOKEN_NAME, TOKEN_ROLE, TOKEN_ORG, TOKEN_SECONDS };
enum { ORG_DATA, ORG_CONFIG, ORG_ODS, ORG_NAME, ORG_TYPE, ORG_STATUS };
enum { PERSON_DATA, PERSON_CONFIG, PERSON_NUMBER, PERSON_FAMILY, PERSON_BORN };
enum { AUDIT_DATA, AUDIT_CONFIG, AUDIT_PERSON };

#endif
