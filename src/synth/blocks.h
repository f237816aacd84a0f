/*
 * blocks.h: threads that make blocks of the county, written in order.
 *
 * synth_blocks_run() deals the households to as many threads as there are processors (or as the
 * options say), each makes the block that it was dealt, and the parts are appended in the order of
 * the blocks, however the threads finish. At most two blocks more than threads are in memory. Every
 * few seconds the journal is written (output_save); a resumed output goes on after it.
 */
#ifndef EVENLODE_SYNTH_BLOCKS_H
#define EVENLODE_SYNTH_BLOCKS_H

#include "synth/plan.h"

/* *ret_counts: of all people, those of the run that this one continues included */
MUST_CHECK bool synth_blocks_run(struct synth_plan *plan, struct synth_report *ret_counts,
                                 struct fault *fault);

#endif
