/*
 * output.h: a folder that appears whole or not at all.
 *
 * Files are written into OUT.partial, which is locked; output_finish() syncs them, renames the
 * folder to OUT and syncs its parent. output_abandon() removes what was written. A leftover of a
 * killed run is emptied by the next one.
 */
#ifndef EVENLODE_SYNTH_OUTPUT_H
#define EVENLODE_SYNTH_OUTPUT_H

#include "base/fault.h"
#include "base/strbuf.h"

#define OUTPUT_MAX_FILES 64

struct output_file {
    char *name;
    int fd;
    uint64_t written; /* bytes in the file, without what the buffer holds */
    struct strbuf buffer;
};

struct output {
    struct arena *arena;
    char *target;
    char *partial;
    int directory; /* descriptor of `partial`, locked */
    struct output_file files[OUTPUT_MAX_FILES];
    uint32_t count;
};

MUST_CHECK bool output_start(struct output *output, struct slice path, struct arena *arena,
                             struct fault *fault);
/* number of the file in *ret_file */
MUST_CHECK bool output_create(struct output *output, struct slice name, uint32_t *ret_file,
                              struct fault *fault);
/* the buffer to append to; call output_flush() after each line */
struct strbuf *output_buffer(struct output *output, uint32_t file);
/* writes the buffer out when it is large; a buffer that failed is FAULT_NO_MEMORY */
MUST_CHECK bool output_flush(struct output *output, uint32_t file, struct fault *fault);
/* all or nothing: on false everything has been removed as by output_abandon() */
MUST_CHECK bool output_finish(struct output *output, uint64_t *ret_bytes, struct fault *fault);
void output_abandon(struct output *output);

#endif
