/*
 * choices_files.h: what people have decided about their records, each choice in a file of its own.
 *
 * They come from different places and have different reach, so nothing joins them
 * (docs/ARCHITECTURE.md, section 4, number 7): the national opt-outs are a list of NHS numbers
 * alone, the others are kept by the practice.
 */
#ifndef EVENLODE_SYNTH_CHOICES_FILES_H
#define EVENLODE_SYNTH_CHOICES_FILES_H

#include "synth/plan.h"

#define SYNTH_CHOICES_FILES 6

struct synth_choices_files {
    uint32_t at[SYNTH_CHOICES_FILES];
};

MUST_CHECK bool synth_choices_files_begin(struct synth_plan *plan,
                                          struct synth_choices_files *ret_files,
                                          struct fault *fault);
/* appends a row to the file of each choice that the person has made */
void synth_choices_files_write(const struct synth_plan *plan,
                               const struct synth_choices_files *files,
                               const struct synth_person *person, struct synth_block *block);

#endif
