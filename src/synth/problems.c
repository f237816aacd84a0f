/*
 * problems.c: diseases and medicines as organisations hold them.
 *
 * The practice holds every problem and every repeat medicine. The hospital holds those that it
 * follows, from the day on which it first heard of them, and takes the medicines down as the
 * patient tells them: now and then with another strength. The mental health and community trust
 * holds what its teams treat. So the same fact comes from several sources with honest differences.
 */
#include "synth/life.h"

static const struct synth_code *code_of(const struct synth_life *life, size_t disease)
{
    if (disease == SYNTH_DISEASE_CANCER && life->cancer != NULL) {
        return life->cancer->code;
    }
    return synth_disease_table[disease].code;
}

static struct synth_item *add_problem(struct synth_life *life, size_t disease,
                                      synth_org organisation, int32_t day,
                                      struct synth_random *random)
{
    synth_when when = synth_when_of(day, life_any_minute(random));
    struct synth_item *item = life_add(life, SYNTH_CONDITION, organisation, when);
    item->code = code_of(life, disease);
    item->problem = true;
    item->status = SYNTH_ACTIVE;
    int32_t over = life->onset[disease] + 250 + (int32_t)synth_random_below(random, 900);
    if (life->resolved[disease] && over < life->until && over > day) {
        item->status = SYNTH_ENDED;
        item->end = synth_when_of(over, 0);
    }
    return item;
}

/* had it once: on the list among the past problems */
static void in_the_past(struct synth_life *life, size_t disease, struct synth_random *random)
{
    synth_when when = synth_when_of(life->past_from[disease], life_any_minute(random));
    struct synth_item *item = life_add(life, SYNTH_CONDITION, life->person->practice, when);
    item->code = synth_disease_table[disease].code;
    item->problem = true;
    item->status = SYNTH_ENDED;
    item->end = synth_when_of(life->past_to[disease], 0);
    item->author = life_staff(life, life->person->practice, SLICE("General practitioner"));
}

static void at_practice(struct synth_life *life, size_t disease, struct synth_random *random)
{
    synth_org practice = life->person->practice;
    int32_t onset = life->onset[disease];
    struct synth_item *item = add_problem(life, disease, practice, onset, random);
    int32_t written = onset + (int32_t)synth_random_below(random, 4);
    item->recorded =
        synth_when_of(written > life->until ? onset : written, life_any_minute(random));
    item->author = life_staff(life, practice, SLICE("General practitioner"));
    life->problem[disease] = life_last(life);
}

/* who follows that disease: the clinic of clinic.csv, else general medicine */
static struct slice follows(size_t disease)
{
    for (size_t i = 0; i < SYNTH_CLINIC_COUNT; i++) {
        if (synth_clinic_table[i].disease == &synth_disease_table[disease]) {
            return synth_clinic_table[i].specialty->role;
        }
    }
    return SLICE("General Internal");
}

static void at_hospital(struct synth_life *life, size_t disease, struct synth_random *random)
{
    int32_t day = life->onset[disease] - 20 + (int32_t)synth_random_below(random, 160);
    if (day > life->until || day < life->person->birth) {
        day = life->onset[disease];
    }
    struct synth_item *item = add_problem(life, disease, SYNTH_ORGANISATION_HOSPITAL, day, random);
    item->author = life_staff(life, SYNTH_ORGANISATION_HOSPITAL, follows(disease));
    int32_t heard =
        day > life->window ? day : life->window + (int32_t)synth_random_below(random, 60);
    heard = synth_working_day(heard);
    item->recorded = synth_when_of(heard > life->until ? day : heard, life_any_minute(random));
}

static void at_community(struct synth_life *life, size_t disease, struct synth_random *random)
{
    int32_t day = life->onset[disease] + (int32_t)synth_random_below(random, 90);
    if (day > life->until) {
        day = life->onset[disease];
    }
    struct synth_item *item = add_problem(life, disease, SYNTH_ORGANISATION_COMMUNITY, day, random);
    item->author = life_staff(life, SYNTH_ORGANISATION_COMMUNITY,
                              synth_disease_table[disease].mind != 0 ? SLICE("psychiatrist")
                                                                     : SLICE("District nurse"));
}

static const struct synth_code *route_of(const struct synth_medicine *medicine)
{
    bool inhaled = slice_equal(medicine->form, SLICE("inhaler")) ||
                   slice_starts_with(medicine->class, SLICE("lama"));
    bool swallowed = slice_equal(medicine->form, SLICE("tablet")) ||
                     slice_equal(medicine->form, SLICE("capsule")) ||
                     slice_equal(medicine->form, SLICE("ml"));
    return inhaled     ? &synth_code_table[SYNTH_CODE_INHALATION]
           : swallowed ? &synth_code_table[SYNTH_CODE_ORAL]
                       : NULL;
}

static struct synth_item *add_medicine(struct synth_life *life, synth_org organisation,
                                       const struct synth_taking *taking,
                                       const struct synth_medicine *as, int32_t from,
                                       struct synth_random *random)
{
    synth_when when = synth_when_of(from, life_any_minute(random));
    struct synth_item *item = life_add(life, SYNTH_MEDICATION, organisation, when);
    item->code = as->code;
    item->text = as->dose;
    item->text2 = as->form;
    item->quantity = as->quantity;
    item->other = route_of(as);
    item->repeat = true;
    item->status = taking->to == SYNTH_NO_DAY ? SYNTH_ACTIVE : SYNTH_ENDED;
    item->end = taking->to == SYNTH_NO_DAY ? SYNTH_NEVER : synth_when_of(taking->to, 0);
    return item;
}

static struct slice first_word(struct slice text)
{
    return slice_sub(text, 0, slice_find(text, ' '));
}

static bool same_drug(const struct synth_medicine *a, const struct synth_medicine *b)
{
    return a->disease == b->disease &&
           slice_equal(first_word(a->code->display), first_word(b->code->display));
}

/* the same drug in another strength or dose: the one from before, or misheard */
static const struct synth_medicine *misremembered(const struct synth_medicine *medicine)
{
    const struct synth_medicine *first = synth_medicine_table;
    const struct synth_medicine *last = first + SYNTH_MEDICINE_COUNT - 1;
    if (medicine > first && same_drug(medicine - 1, medicine)) {
        return medicine - 1;
    }
    if (medicine < last && same_drug(medicine + 1, medicine)) {
        return medicine + 1;
    }
    return medicine;
}

static void prescribe(struct synth_life *life, const struct synth_taking *taking,
                      struct synth_random *random)
{
    synth_org practice = life->person->practice;
    const struct synth_disease *disease = taking->medicine->disease;
    struct synth_item *item =
        add_medicine(life, practice, taking, taking->medicine, taking->from, random);
    item->author = life_staff(life, practice, SLICE("General practitioner"));
    item->reason = disease != NULL ? life->problem[disease - synth_disease_table] : SYNTH_NO_ITEM;
    if (taking->stopped != NULL) {
        item->note = taking->stopped->reason;
    }
}

/* what the hospital wrote down about medicines taken at home, at its first contact in the window */
static void take_history(struct synth_life *life, struct synth_random *random)
{
    int32_t day = life_any_day(life, random);
    uint16_t author = life_staff(life, SYNTH_ORGANISATION_HOSPITAL, SLICE("General Internal"));
    for (uint32_t i = 0; i < life->taking_count; i++) {
        const struct synth_taking *taking = &life->taking[i];
        if (taking->from > day || taking->to <= day || synth_random_chance(random, 6, 100)) {
            continue; /* not yet, no more, or not mentioned */
        }
        bool other = synth_random_chance(random, 18, 100);
        const struct synth_medicine *as =
            other ? misremembered(taking->medicine) : taking->medicine;
        int32_t from = taking->from + (synth_random_chance(random, 1, 3) ? 0 : 14);
        struct synth_item *item = add_medicine(life, SYNTH_ORGANISATION_HOSPITAL, taking, as,
                                               from > day ? taking->from : from, random);
        item->recorded = synth_when_of(day, life_any_minute(random));
        item->author = author;
        if (synth_random_chance(random, 70, 100)) { /* nobody told the hospital that it stopped */
            item->status = SYNTH_ACTIVE;
            item->end = SYNTH_NEVER;
        }
    }
}

void life_problems(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_IDENTITY);
    bool hospital = false;
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        const struct synth_disease *row = &synth_disease_table[i];
        bool attends = synth_random_chance(&random, row->hospital_pct, 100);
        bool community = synth_random_chance(&random, row->community_pct, 100);
        if (i == SYNTH_DISEASE_SMOKER) {
            continue;
        }
        if (life->past_from[i] != SYNTH_NO_DAY) {
            in_the_past(life, i, &random);
        }
        if (!life_has(life, (enum synth_disease_key)i)) {
            continue;
        }
        at_practice(life, i, &random);
        if (attends) {
            life->attends[i] = true;
            hospital = true;
            at_hospital(life, i, &random);
        }
        if (community) {
            at_community(life, i, &random);
        }
    }
    for (uint32_t i = 0; i < life->taking_count; i++) {
        prescribe(life, &life->taking[i], &random);
    }
    if (hospital && life->taking_count > 0) {
        take_history(life, &random);
    }
}
