/*
 * synth.h: the synthetic county as files.
 *
 * synth_run() makes `people` invented people and what organisations would hold about them, and
 * writes into a new or empty folder:
 *
 *   organisations.ndjson  a FHIR Organization a line: the register
 *   <ODS>.ndjson          for each organisation a FHIR R4 transaction Bundle a line, one a person
 *                         that it knows
 *   truth.ndjson          a line a person: which patients are theirs, and what is so. Never to be
 *                         loaded: it is what a linkage is judged by
 *   README.txt            what this is, seed and counts
 *
 * The same options give the same bytes on every machine. The folder is filled under another name
 * beside it (OUT.partial), then renamed: what is there is whole. Memory does not grow with the
 * number of people.
 *
 * Not thread-safe towards the same folder: a second run into it is refused (FAULT_BUSY).
 */
#ifndef EVENLODE_SYNTH_SYNTH_H
#define EVENLODE_SYNTH_SYNTH_H

#include "base/fault.h"

/* the day on which the county is looked at unless said: 2026-11-20, in days since 1970-01-01 */
#define SYNTH_DEFAULT_TODAY 20777
#define SYNTH_DEFAULT_YEARS 5

struct synth_options {
    uint64_t people; /* 1 .. SYNTH_MAX_PEOPLE (household.h): there are no more 999 numbers */
    uint64_t seed;
    struct slice out;     /* path of the folder; must not exist, or be empty */
    int32_t years;        /* of encounters before `today`: 1 .. 20; 0: SYNTH_DEFAULT_YEARS */
    int32_t today;        /* days since 1970-01-01; 0: SYNTH_DEFAULT_TODAY */
    struct slice formats; /* "fhir" or empty; anything else is refused */
    /* called now and then with the number of people made; false stops the run (FAULT_TIMEOUT);
     * may be NULL */
    bool (*progress)(void *context, uint64_t done, uint64_t people);
    void *progress_context;
};

struct synth_report {
    uint64_t people;
    uint64_t deceased;
    uint64_t households;
    uint64_t organisations;
    uint64_t patients;  /* bundles */
    uint64_t resources; /* entries of bundles */
    uint64_t bytes;     /* of all files */
};

MUST_CHECK bool synth_run(const struct synth_options *options, struct synth_report *ret_report,
                          struct arena *arena, struct fault *fault);

#endif
