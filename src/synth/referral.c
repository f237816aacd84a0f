/*
 * referral.c: what a practice sends before a hospital's clinic sees somebody.
 *
 * Of the pathways that begin at a clinic some come from the practice, the rest from other clinics
 * and wards: as many as rate.csv has referrals for each first attendance at that age. A referral is
 * an item of the practice with its letter; it waits (active) until the clinic has seen the person,
 * and both say the same day on which it was asked for.
 */
#include "synth/referral.h"

static bool from_practice(struct hospital *at, int32_t day)
{
    const struct synth_life *life = at->life;
    int32_t age = life_age_at(life, day);
    char sex = life->person->sex;
    int32_t referrals = use_rate(life->world, SYNTH_CONTACT_REFERRAL, sex, age);
    int32_t first = use_rate(life->world, SYNTH_CONTACT_OUTPATIENT_FIRST, sex, age);
    return synth_random_chance(&at->random, (uint32_t)referrals, (uint32_t)first);
}

/* in the practice's hours, before the day of the visit and not before birth */
static synth_when asked_at(struct hospital *at, synth_when requested, int32_t visit)
{
    int32_t day = synth_working_day(synth_day_of(requested));
    synth_when when = calendar_when(SYNTH_CALENDAR_PRACTICE, day, &at->random);
    return synth_day_of(when) < visit ? when : requested;
}

static void write_letter(struct synth_life *life, const struct synth_clinic *row, synth_when when,
                         bool urgent, uint32_t referral)
{
    struct slice title = arena_printf(life->arena, "Referral letter: %.*s", SLICE_PRINT(row->name));
    struct slice text = life_referral_text(life, row, when, urgent);
    uint16_t author = life->items.at[referral].author;
    struct synth_item *letter =
        hospital_document(life, life->person->practice, SYNTH_CODE_REFERRAL_NOTE, when, title, text,
                          author, SYNTH_NO_ITEM);
    letter->reason = referral;
}

synth_when referral_sent(struct hospital *at, const struct synth_clinic *row, synth_when requested,
                         int32_t visit, bool urgent)
{
    struct synth_life *life = at->life;
    synth_org practice = life->person->practice;
    if (!from_practice(at, visit)) {
        return requested;
    }
    synth_when when = asked_at(at, requested, visit);
    if (!use_happens(life, SYNTH_CONTACT_REFERRAL, synth_day_of(when), &at->random)) {
        return when;
    }
    uint16_t author = life_staff(life, practice, SLICE("General practitioner"));
    struct synth_item *item = life_add(life, SYNTH_REFERRAL, practice, when);
    item->code = &synth_code_table[SYNTH_CODE_PATIENT_REFERRAL];
    item->status = visit <= life->until ? SYNTH_ENDED : SYNTH_ACTIVE;
    item->text = row->name;
    item->note = row->reason;
    item->author = author;
    if (row->disease != NULL) {
        item->reason = life->problem[row->disease - synth_disease_table];
    }
    uint32_t referral = life_last(life);
    struct synth_visit *what = life_add_visit(life, referral);
    what->specialty = row->specialty->code;
    what->urgent_cancer = urgent;
    what->requested = when;
    if (!life->failed) {
        write_letter(life, row, when, urgent, referral);
    }
    return when;
}
