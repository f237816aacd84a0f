/*
 * names.h: what people are called.
 */
#ifndef EVENLODE_SYNTH_NAMES_H
#define EVENLODE_SYNTH_NAMES_H

#include "base/slice.h"

/* "Bill" for "William"; empty when the name has no short form */
struct slice synth_short_form(struct slice forename);

#endif
