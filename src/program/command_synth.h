/*
 * command_synth.h: the synthetic county, for `evenlode synth` and for the demo.
 */
#ifndef EVENLODE_PROGRAM_COMMAND_SYNTH_H
#define EVENLODE_PROGRAM_COMMAND_SYNTH_H

#include "program/command.h"
#include "synth/report.h"
#include "synth/synth.h"

/* --years: 1 and more; what is too many says synth_run() */
MUST_CHECK bool command_synth_years(struct command_context *context, const char *text,
                                    int32_t otherwise, int32_t *ret_years, struct fault *fault);
/* makes it with progress on a terminal, and says what was made */
MUST_CHECK bool command_synth_run(struct command_context *context, struct synth_options *options,
                                  struct fault *fault);
/* how like England the county of `options` is, as a page into `path`, or NULL: as text for the
 * result; the progress of `options` is not used */
MUST_CHECK bool command_synth_survey(struct command_context *context,
                                     const struct synth_survey_options *options, const char *path,
                                     struct fault *fault);

#endif
