/*
 * illness.c: acute illness at the practice, and what is given for it.
 *
 * An illness of acute.csv takes its share of the contacts that a person of that age and sex has
 * (rate.csv), so people who come often are ill often, and illness adds no contacts. When in the
 * year it comes is its own calendar's matter: coughs in winter, infected bites in summer.
 *
 * Rows without a code are illnesses that nobody coded: a third of the antibiotics of England's
 * practices have no coded reason. Then the record holds a contact and a prescription.
 *
 * What is given is a remedy: the product and dose of an adult, from which a chain of `younger`
 * leads to what a child of any age gets, and `instead` to what those get who must not have it.
 */
#include "synth/practice.h"

#define CHANCE 1000000

/* -- whether ----------------------------------------------------------------------------------- */

static int32_t rate_of(const struct synth_acute *row, int32_t age, char sex)
{
    int32_t rate = age < 5 ? row->infant : age < 18 ? row->child : age < 65 ? row->adult : row->old;
    int32_t women = row->female_pct; /* of men's */
    return sex == 'F' ? rate * 2 * women / (100 + women) : rate * 200 / (100 + women);
}

/* How many of a million contacts are about it. The rate is of all people of that age, so of their
 * contacts; of an illness that only those with a disease can have it is theirs, so of their own. */
static int64_t share_of(const struct synth_life *life, const struct synth_acute *row, int32_t day)
{
    int32_t age = life_age_at(life, day);
    int64_t rate = rate_of(row, age, life->person->sex);
    int64_t of = use_rate(life->world, SYNTH_CONTACT_PRACTICE, life->person->sex, age);
    if (row->disease != NULL) {
        bool has =
            life_had(life, (enum synth_disease_key)(row->disease - synth_disease_table), day);
        rate = has ? rate : 0;
        of = use_own_rate(life, SYNTH_CONTACT_PRACTICE, day);
    }
    return of > 0 ? rate * CHANCE / of : 0;
}

const struct synth_acute *illness_of_contact(const struct synth_life *life, int32_t day,
                                             struct synth_random *random)
{
    int64_t drawn = synth_random_below(random, CHANCE);
    for (size_t i = 0; i < SYNTH_ACUTE_COUNT; i++) {
        drawn -= share_of(life, &synth_acute_table[i], day);
        if (drawn < 0) {
            return &synth_acute_table[i];
        }
    }
    return NULL;
}

/* -- what is given ----------------------------------------------------------------------------- */

static bool forbidden(const struct synth_life *life, const struct synth_remedy *remedy, int32_t day)
{
    bool weak = life_has(life, SYNTH_DISEASE_CKD);
    switch (remedy->caution) {
    case 1: /* a penicillin */
        return life->caution[1];
    case 2: /* an anti-inflammatory */
        return life->caution[2] || life->age >= 70 || weak ||
               life_on(life, SLICE("anticoagulant"), day) >= 0;
    case 3: /* nitrofurantoin */
        return weak;
    default:
        return false;
    }
}

const struct synth_remedy *illness_remedy(const struct synth_life *life,
                                          const struct synth_remedy *remedy, int32_t day)
{
    int32_t age = life_age_at(life, day);
    while (remedy != NULL && (age < remedy->from_age || forbidden(life, remedy, day))) {
        remedy = age < remedy->from_age ? remedy->younger : remedy->instead;
    }
    return remedy;
}

/* what was chosen of the row's two remedies; `reason`: the condition, or none */
static void prescribe(struct synth_life *life, const struct synth_remedy *chosen,
                      uint32_t encounter, uint32_t reason)
{
    const struct synth_item seen = life->items.at[encounter];
    const struct synth_remedy *remedy = illness_remedy(life, chosen, synth_day_of(seen.start));
    if (remedy == NULL) {
        return;
    }
    struct synth_item *item = life_add(life, SYNTH_MEDICATION, life->person->practice, seen.start);
    item->code = remedy->code;
    item->text = remedy->dose;
    item->text2 = remedy->form;
    item->quantity = remedy->quantity;
    item->other = &synth_code_table[SYNTH_CODE_ORAL];
    item->status = SYNTH_COURSE;
    item->end = item->start + (synth_when)remedy->days * SYNTH_DAY_MINUTES;
    item->encounter = encounter;
    item->reason = reason;
    item->author = seen.author;
}

/* -- an episode -------------------------------------------------------------------------------- */

/* by the illness's own calendar, within half a year of the contact that was drawn */
static int32_t day_near(const struct synth_life *life, const struct synth_acute *row, int32_t day,
                        struct synth_random *random)
{
    enum synth_calendar_key shape = (enum synth_calendar_key)(row->calendar - synth_calendar_table);
    int32_t from = day - 182 < life->window ? life->window : day - 182;
    int32_t to = day + 182 > life->until ? life->until : day + 182;
    return calendar_day(life->world->calendar, shape, from, to, random);
}

/* the condition of the encounter; none when nobody coded it */
static uint32_t diagnose(struct synth_life *life, const struct synth_acute *row, uint32_t encounter,
                         struct synth_random *random)
{
    int32_t days = synth_random_between(random, 5, 28);
    if (row->code == NULL) {
        return SYNTH_NO_ITEM;
    }
    const struct synth_item seen = life->items.at[encounter];
    uint32_t condition = hospital_diagnosis(life, life->person->practice, row->code, row->reason,
                                            seen.start, encounter, seen.author);
    if (life->failed) {
        return SYNTH_NO_ITEM;
    }
    struct synth_item *item = &life->items.at[condition];
    item->end = item->start + (synth_when)days * SYNTH_DAY_MINUTES;
    if (synth_day_of(item->end) > life->until) {
        item->end = SYNTH_NEVER;
        item->status = SYNTH_ACTIVE;
    }
    life->items.at[encounter].reason = condition;
    return condition;
}

/* a contact about it; index of the encounter, or none when memory ran out */
static uint32_t visit(struct practice *at, int32_t day, struct slice text)
{
    struct synth_life *life = at->life;
    bool online;
    uint16_t author = life_staff(life, life->person->practice, SLICE("General practitioner"));
    enum synth_setting setting = practice_setting(life, day, &online, &at->random);
    uint32_t encounter = practice_encounter(life, day, setting, text, author, &at->random);
    use_written(life, SYNTH_CONTACT_PRACTICE, day);
    return life->failed ? SYNTH_NO_ITEM : encounter;
}

static void take_pressure(struct practice *at, uint32_t encounter)
{
    struct synth_life *life = at->life;
    const struct synth_item seen = life->items.at[encounter];
    bool measured = synth_random_chance(&at->random, 24, 100);
    if (measured && seen.setting == SYNTH_AT_SURGERY &&
        life_age_at(life, synth_day_of(seen.start)) >= 18) {
        life_measure(life, SYNTH_PANEL_BLOOD_PRESSURE, life->person->practice, seen.author,
                     encounter, seen.start, false);
    }
}

/* a week or two later, for a second course; it takes the place of another contact */
static void come_again(struct practice *at, const struct synth_acute *row, int32_t day,
                       uint32_t condition)
{
    struct synth_life *life = at->life;
    int32_t again = synth_working_day(day + synth_random_between(&at->random, 5, 16));
    bool other = row->other != NULL && synth_random_chance(&at->random, 1, 2);
    if (again > life->until) {
        return;
    }
    uint32_t encounter = visit(at, again, SLICE("Not better after antibiotics"));
    if (encounter != SYNTH_NO_ITEM) {
        at->spent++;
        prescribe(life, other ? row->other : row->remedy, encounter, condition);
    }
}

void illness_seen(struct practice *at, const struct synth_acute *row, int32_t day)
{
    struct synth_life *life = at->life;
    day = day_near(life, row, day, &at->random);
    bool given = synth_random_chance(&at->random, row->remedy_pct, 100);
    bool other = synth_random_chance(&at->random, row->other_pct, 100);
    bool again = synth_random_chance(&at->random, row->again_pct, 100);
    uint32_t encounter = visit(at, day, row->reason);
    if (encounter == SYNTH_NO_ITEM) {
        return;
    }
    uint32_t condition = diagnose(life, row, encounter, &at->random);
    take_pressure(at, encounter);
    if (given && row->remedy != NULL && !life->failed) {
        prescribe(life, other ? row->other : row->remedy, encounter, condition);
        if (again) {
            come_again(at, row, day, condition);
        }
    }
}
