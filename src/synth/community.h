/*
 * community.h: what the sources about care outside practice and hospital share. Not for others.
 */
#ifndef EVENLODE_SYNTH_COMMUNITY_H
#define EVENLODE_SYNTH_COMMUNITY_H

#include "synth/hospital.h"

struct community {
    struct synth_life *life;
    struct synth_random random;
};

/* one contact of that kind, counted; SYNTH_NO_ITEM when it is not written down */
uint32_t community_contact(struct community *at, enum synth_contact_key kind,
                           synth_org organisation, int32_t day, enum synth_setting setting,
                           struct slice text, struct slice role);
/* something done at that contact */
void community_procedure(struct community *at, uint32_t encounter, enum synth_code_key code,
                         struct slice role);
struct synth_item *community_plan(struct community *at, synth_org organisation, int32_t day,
                                  enum synth_code_key code, struct slice title, struct slice wishes,
                                  struct slice role);
void community_plan_document(struct community *at, const struct synth_item *of);
void community_flag(struct community *at, synth_org organisation, int32_t day,
                    enum synth_code_key code, struct slice text, struct slice category,
                    struct slice role);
/* some working day from the later of `from` and the window's first day */
int32_t community_day_after(struct community *at, int32_t from);

/* mind.c: mental health teams, inpatient stays, crises, talking therapy, memory clinic */
void mind_care(struct community *at);
/* social.c: requests, assessments, packages, placements, reviews, carers */
void social_care(struct community *at);

#endif
