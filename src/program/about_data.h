/*
 * about_data.h: the page that says how like England a demo's county is.
 *
 * The report of the county (synth/report.h) as one file in the demo's data directory, made once
 * with the county and served to everybody: who looks at a demo should know that all of it is made
 * up, and how far it can be trusted to look real. The file brings its own style sheet, which the
 * site's policy for pages forbids; so it has a policy of its own that allows this one style by its
 * digest and nothing else.
 */
#ifndef EVENLODE_PROGRAM_ABOUT_DATA_H
#define EVENLODE_PROGRAM_ABOUT_DATA_H

#include "program/command.h"
#include "synth/synth.h"

/* makes the page of the county of `options` (people, seed, years) in DIR */
MUST_CHECK bool about_data_make(struct command_context *context, const char *directory,
                                const struct synth_options *options, struct fault *fault);

struct about_data {
    struct slice page;   /* mapped; {NULL, 0}: this directory has none */
    struct slice policy; /* Content-Security-Policy, in the arena */
};

/* a directory without the page, or with one that cannot be read, has none; the log says why */
void about_data_open(const char *directory, struct arena *arena, struct about_data *ret_about);
void about_data_close(struct about_data *about);

#endif
