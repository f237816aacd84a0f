/*
 * synth.h: the synthetic county as files.
 *
 * synth_run() makes `people` invented people and what organisations would hold about them, and
 * writes into a new or empty folder:
 *
 *   organisations.ndjson  a FHIR Organization a line: the register
 *   <ODS>.<suffix>        what that organisation holds, a file for each format that it speaks
 *                         (format.h); as FHIR a transaction Bundle a line and person
 *   truth.ndjson          a line a person: which patients are theirs, and what is so. Never to be
 *                         loaded: it is what a linkage is judged by
 *   README.txt            what this is, seed and counts
 *
 * or, of the same people and lives, one part alone (`only`). docs/formats/synthetic-county.md
 * describes every file.
 *
 * The same options give the same bytes on every machine and with any number of threads. The folder
 * is filled under another name beside it (OUT.partial), then renamed: what is there is whole. A run
 * that was killed leaves OUT.partial with a journal; a run with the same options goes on from
 * there, and what it finishes has the same bytes. Memory does not grow with the number of people.
 *
 * Not thread-safe towards the same folder: a second run into it is refused (FAULT_BUSY).
 */
#ifndef EVENLODE_SYNTH_SYNTH_H
#define EVENLODE_SYNTH_SYNTH_H

#include "base/fault.h"

/* the day on which the county is looked at unless said: 2026-11-20, in days since 1970-01-01 */
#define SYNTH_DEFAULT_TODAY 20777
#define SYNTH_DEFAULT_YEARS 5

enum synth_compress {
    SYNTH_PLAIN,
    SYNTH_ZSTD, /* files are concatenated zstd frames (RFC 8878) and end in .zst */
};

struct synth_options {
    uint64_t people; /* 1 .. SYNTH_MAX_PEOPLE (household.h): the 999 range has few more numbers */
    uint64_t seed;
    struct slice out; /* path of the folder; must not exist, or be empty */
    int32_t years;    /* of encounters before `today`: 1 .. 20; 0: SYNTH_DEFAULT_YEARS */
    int32_t today;    /* days since 1970-01-01; 0: SYNTH_DEFAULT_TODAY */
    /* a list with commas: "own" (each organisation in its own tongue; also when empty), "fhir"
     * (every organisation as FHIR), or names of formats, for the organisations that speak them */
    struct slice formats;
    struct slice only; /* empty: the county; or one part of it (content.h) */
    enum synth_compress compress;
    uint32_t threads; /* 0: one a processor; at most LIMIT_SYNTH_THREADS */
    bool restart;     /* discard what an earlier run has left in OUT.partial */
    /* microseconds between entries of the journal; 0: LIMIT_SYNTH_JOURNAL_US; less is for tests */
    int64_t journal_us;
    /* called now and then, by one thread at a time, with the number of people made, `before` of
     * them by the run that this one continues; false stops the run (FAULT_TIMEOUT); may be NULL */
    bool (*progress)(void *context, uint64_t done, uint64_t before, uint64_t people);
    void *progress_context;
};

/* X(name): what is counted; also the lines of the journal. Only append. */
#define SYNTH_COUNTS(X)                                                                            \
    X(people)                                                                                      \
    X(deceased)                                                                                    \
    X(households)                                                                                  \
    X(organisations)                                                                               \
    X(patients)  /* records of a person that organisations keep */                                 \
    X(resources) /* entries of FHIR bundles */                                                     \
    X(records)   /* messages, documents and rows of the other formats */                           \
    X(events)    /* of --only events */                                                            \
    X(bytes)     /* of all files */

struct synth_report {
#define X(name) uint64_t name;
    SYNTH_COUNTS(X)
#undef X
};

MUST_CHECK bool synth_run(const struct synth_options *options, struct synth_report *ret_report,
                          struct arena *arena, struct fault *fault);

#endif
