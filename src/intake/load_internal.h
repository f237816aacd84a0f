/*
 * load_internal.h: what the sources of a load share.
 *
 * load.c runs readers until everything has come back; load_file.c makes units of files; load_unit.c
 * makes writes of units, submits them and counts what became of them.
 */
#ifndef EVENLODE_INTAKE_LOAD_INTERNAL_H
#define EVENLODE_INTAKE_LOAD_INTERNAL_H

#include <pthread.h>

#include "base/digest.h"
#include "base/hash_table.h"
#include "base/json.h"
#include "intake/load.h"
#include "intake/made_up_number.h"
#include "intake/text_source.h"
#include "intake/transaction.h"

/* under way at once: texts, whose tapes and writes take about six times their size, and units */
#define FLIGHT_BYTES MIB(7)
#define FLIGHT_UNITS 256u
#define FILES_OPEN   4u /* several, so that several stores commit side by side */

struct load_file {
    const char *path;
    struct slice ods;
    struct text_source source;
    uint64_t told;  /* bytes of it that units stand for, for the progress */
    unsigned users; /* units under way, and the queue while it is not exhausted */
};

struct load {
    const struct load_setting *setting;
    struct load_report report;
    struct arena *arena; /* of the report's fault and the list of stores; under `lock` */
    struct fault first;
    bool stopped; /* disk full or a store failed: nothing more is begun */
    pthread_mutex_t lock;
    pthread_cond_t landed; /* a unit is done */
    unsigned flying;
    size_t flying_bytes;
    struct unit *deferred; /* refer to a patient that has not come yet: tried again at the end */
    size_t deferred_count;
    size_t deferred_bytes; /* of texts that are their own */
    struct unit *again;    /* being tried again */
    bool last_try;
    struct made_up_numbers *numbers;
    size_t next_file;
    struct load_file *open[FILES_OPEN]; /* units are taken from each in turn */
    size_t turn;
    uint64_t all_bytes;
    monotime last_progress;
    struct hash_table stores; /* ODS codes touched */
};

/*
 * What the committing thread writes its results into is the part's own arena: the reader goes on
 * making the unit's other parts meanwhile.
 */
struct part {
    struct arena arena; /* of a split's part; a transaction uses the unit's */
    struct store_write write;
    struct transaction transaction;
    struct record_store *store;
    struct unit *unit;
    size_t homes; /* entries that are sent to this part */
    size_t copies;
};

struct unit {
    struct unit *next; /* of those deferred */
    bool is_deferred;
    bool counted;
    struct load *load;
    struct load_file *file;
    struct slice text;
    char *own;           /* the text, when the file only lends it; else NULL */
    uint64_t file_bytes; /* of the file, that it stands for */
    size_t line;         /* 0: the whole file */
    struct arena arena;
    struct json json;
    struct digest digest;
    struct part *parts;
    size_t part_count;
    size_t sent;
    unsigned users; /* parts under way, and its reader */
};

/* -- load_unit.c -- */

/* where a unit stands, for a fault: the file, or file:line */
struct slice load_unit_place(const struct unit *unit, struct arena *arena);
/* Under the lock: tells the caller, and remembers the first. */
void load_tell(struct load *load, struct slice place, const struct fault *fault);
/* reads a unit, makes its writes, submits them; the reader's hold stays */
void load_unit_run(struct unit *unit);
/* gives one hold back; the last one frees the unit, or keeps it to be tried again */
void load_unit_drop(struct unit *unit);

/* the last of a unit that no part has */
void load_unit_free(struct unit *unit);

/* -- load_file.c: under the lock -- */

void load_file_drop(struct load_file *file);
/* the next unit of the files that are open; NULL when there is none, or the load has stopped */
struct unit *load_next_unit(struct load *load);

#endif
