/*
 * choices.h: what a person has decided about the use of their record.
 *
 * Each choice is a thing of its own with its own reach (docs/ARCHITECTURE.md, section 4, number 7):
 * none follows from another, and none is drawn from another. Rates: src/synth/data/choice.csv and
 * opt_out.csv.
 */
#ifndef EVENLODE_SYNTH_CHOICES_H
#define EVENLODE_SYNTH_CHOICES_H

#include "base/prelude.h"

/* X(constant, word): the Summary Care Record; implied is what holds without having been asked,
 * which since 2020 includes additional information */
#define SYNTH_SUMMARIES(X)                                                                         \
    X(IMPLIED, "implied")                                                                          \
    X(ADDITIONAL, "core-and-additional")                                                           \
    X(CORE, "core-only")                                                                           \
    X(DISSENT, "dissent")

enum synth_summary {
#define X(name, word) SYNTH_SUMMARY_##name,
    SYNTH_SUMMARIES(X)
#undef X
};

struct synth_choices {
    uint8_t summary;           /* enum synth_summary */
    bool sharing_objection;    /* to the local shared record */
    bool national_opt_out;     /* confidential data for research and planning */
    bool type1_opt_out;        /* nothing leaves the practice but for direct care */
    bool population_objection; /* to population health management */
    bool restricted;           /* S-flag: whereabouts are not to be shown */
};

struct synth_world;

/* of a person of that sex and age; depends on the seed and these alone */
struct synth_choices synth_choices_of(const struct synth_world *world, uint64_t person, char sex,
                                      int32_t age);

#endif
