/*
 * plan.h: what a run writes, and by whom it is written.
 *
 * A content names the files (begin) and appends to a block's part of each what one household adds
 * (write). The county is one content (county.c); people alone and events alone are others. write()
 * runs on many threads at once, for one block on each: what it appends depends on the plan and the
 * household alone. Blocks are made and put in order by blocks.c.
 */
#ifndef EVENLODE_SYNTH_PLAN_H
#define EVENLODE_SYNTH_PLAN_H

#include "base/strbuf.h"
#include "synth/life.h"
#include "synth/output.h"

struct synth_content;

struct synth_plan {
    const struct synth_options *options;
    const struct synth_content *content;
    struct synth_world world;
    struct output output;
    struct arena *arena; /* lasts as long as the run; one thread at a time */
    void *own;           /* the content's, set by begin() */
};

/* some households in a row, the unit of work */
struct synth_block {
    uint64_t number;
    uint64_t household, person; /* the first of each */
    uint64_t households, people;
    struct strbuf *parts; /* by number of file: what this block adds */
    struct arena *arena;  /* emptied after each household */
    struct synth_report counts;
    bool failed; /* no memory */
};

struct synth_content {
    struct slice name;     /* for --only; of the county: empty */
    uint32_t block_people; /* at least so many in a block; each block is a frame of a compressed
                            * file, so a change of this changes bytes */
    /* creates the files and writes what stands at their heads */
    bool (*begin)(struct synth_plan *plan, struct fault *fault);
    /* appends what the first `count` people of the household add */
    void (*write)(const struct synth_plan *plan, const struct synth_household *household,
                  uint32_t count, struct synth_block *block);
    /* after a block's last household; may be NULL */
    void (*close)(const struct synth_plan *plan, struct synth_block *block);
    /* for README.txt: what the files are */
    struct slice explanation;
};

/* the contents there are; NULL when none has that name */
extern const struct synth_content synth_content_county;
extern const struct synth_content synth_content_demographics;
extern const struct synth_content synth_content_events;
const struct synth_content *synth_content_named(struct slice name);

/* Creates a file that begins with `head`. `name` gets .zst behind it when the run compresses and
 * the file is not one that is always plain. */
MUST_CHECK bool synth_plan_file(struct synth_plan *plan, struct slice name, struct slice head,
                                bool always_plain, uint32_t *ret_file, struct fault *fault);
/* organisations.ndjson */
MUST_CHECK bool synth_plan_register(struct synth_plan *plan, struct fault *fault);
/* the life of one of the household's people, in the block's arena; NULL: block->failed is set */
const struct synth_life *synth_block_life(const struct synth_plan *plan,
                                          const struct synth_household *household, uint32_t index,
                                          struct synth_block *block);

#endif
