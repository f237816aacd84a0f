/*
 * referral.h: referrals by the practice to a clinic of the hospital.
 */
#ifndef EVENLODE_SYNTH_REFERRAL_H
#define EVENLODE_SYNTH_REFERRAL_H

#include "synth/hospital.h"

/* Decides whether the practice sent the person to that clinic, which sees them on the day `visit`
 * (perhaps after the end of the life: then the referral waits), and adds referral and letter when
 * it did. `requested`: when the pathway began; answers when that was by the practice's hours. */
synth_when referral_sent(struct hospital *at, const struct synth_clinic *row, synth_when requested,
                         int32_t visit, bool urgent);

#endif
