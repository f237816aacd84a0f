/*
 * command_follow.h: `evenlode synth --follow`: one day of the county, sent as it happens.
 */
#ifndef EVENLODE_PROGRAM_COMMAND_FOLLOW_H
#define EVENLODE_PROGRAM_COMMAND_FOLLOW_H

#include "program/command.h"
#include "synth/synth.h"

/* people, seed and years of `options`; the rest from the arguments of `synth`; an exit status */
int command_follow(struct command_context *context, const struct arguments *arguments,
                   const struct synth_options *options);

#endif
