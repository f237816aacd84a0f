/*
 * output.h: a folder that appears whole or not at all.
 *
 * Files are written into OUT.partial, which is locked; output_finish() syncs them, renames the
 * folder to OUT and syncs its parent. output_save() writes the journal, from which a later run goes
 * on: its output_start() says `resumed`, and files that are created again are cut to what the
 * journal says. Without a journal a leftover of a killed run is emptied by the next one.
 *
 * One thread at a time.
 */
#ifndef EVENLODE_SYNTH_OUTPUT_H
#define EVENLODE_SYNTH_OUTPUT_H

#include "base/limits.h"
#include "synth/journal.h"

struct output_file {
    char *path;
    struct slice name;
    int fd;
    uint64_t length;
};

struct output {
    struct arena *arena;
    char *target;
    char *partial;
    int directory; /* descriptor of `partial`, locked */
    struct output_file files[LIMIT_SYNTH_FILES];
    uint32_t count;
    bool resumed;           /* `journal` is of the run that this one continues */
    bool kept;              /* a journal lies in the folder */
    struct journal journal; /* the last one read or written */
};

/* `options`: one line that says all on which the bytes depend; a leftover made with others is
 * FAULT_CONFLICT, unless `restart` discards it */
MUST_CHECK bool output_start(struct output *output, struct slice path, struct slice options,
                             bool restart, struct arena *arena, struct fault *fault);
/* number of the file in *ret_file; they count up from 0 */
MUST_CHECK bool output_create(struct output *output, struct slice name, uint32_t *ret_file,
                              struct fault *fault);
MUST_CHECK bool output_append(struct output *output, uint32_t file, struct slice bytes,
                              struct fault *fault);
/* syncs the files, then writes the journal: `block`, `first` and `counts` as in journal.h */
MUST_CHECK bool output_save(struct output *output, uint64_t block, const struct digest *first,
                            const struct synth_report *counts, struct fault *fault);
/* all or nothing: on false it is as after output_abandon() */
MUST_CHECK bool output_finish(struct output *output, uint64_t *ret_bytes, struct fault *fault);
/* Removes what was written; but with a journal it stays, for a run that goes on. */
void output_abandon(struct output *output);

#endif
