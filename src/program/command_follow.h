/*
 * command_follow.h: `evenlode synth --follow`: days of the county, sent as they happen.
 */
#ifndef EVENLODE_PROGRAM_COMMAND_FOLLOW_H
#define EVENLODE_PROGRAM_COMMAND_FOLLOW_H

#include "program/command.h"
#include "synth/synth.h"

/* people, seed and years of `options`; the rest from the arguments of `synth`. The exit status is 1
 * when something was refused, given up or still waiting at the end; also on SIGTERM or SIGINT. */
int command_follow(struct command_context *context, const struct arguments *arguments,
                   const struct synth_options *options);

#endif
