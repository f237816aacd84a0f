/*
 * community.c: care outside practice and hospital: district nurses, health visitors, therapy, plans
 * for the last year; and what others should be warned of. Mental health is in mind.c, the council's
 * social care in social.c.
 *
 * Who is on a caseload is drawn at the rates of people in a year (rate.csv); a course of visits
 * follows, of which a share is written down (contact.csv).
 */
#include "synth/community.h"

uint32_t community_contact(struct community *at, enum synth_contact_key kind,
                           synth_org organisation, int32_t day, enum synth_setting setting,
                           struct slice text, struct slice role)
{
    struct synth_life *life = at->life;
    if (!use_happens(life, kind, day, &at->random)) {
        return SYNTH_NO_ITEM;
    }
    const struct synth_contact *row = &synth_contact_table[kind];
    enum synth_calendar_key shape = (enum synth_calendar_key)(row->calendar - synth_calendar_table);
    synth_when from = calendar_when(shape, day, &at->random);
    uint32_t encounter = hospital_encounter(life, organisation, from,
                                            from + synth_random_between(&at->random, 20, 55),
                                            setting, text, life_staff(life, organisation, role));
    if (setting == SYNTH_IN_CLINIC && !life->failed) {
        life->items.at[encounter].code = &synth_code_table[SYNTH_CODE_CONSULTATION];
    }
    return life->failed ? SYNTH_NO_ITEM : encounter;
}

void community_procedure(struct community *at, uint32_t encounter, enum synth_code_key code,
                         struct slice role)
{
    struct synth_life *life = at->life;
    if (encounter == SYNTH_NO_ITEM) {
        return;
    }
    synth_org organisation = life->items.at[encounter].organisation;
    struct synth_item *item =
        life_add(life, SYNTH_PROCEDURE, organisation, life->items.at[encounter].start);
    item->code = &synth_code_table[code];
    item->status = SYNTH_ENDED;
    item->encounter = encounter;
    item->author = life_staff(life, organisation, role);
}

struct synth_item *community_plan(struct community *at, synth_org organisation, int32_t day,
                                  enum synth_code_key code, struct slice title, struct slice wishes,
                                  struct slice role)
{
    struct synth_life *life = at->life;
    struct synth_item *item =
        life_add(life, SYNTH_PLAN, organisation, synth_when_of(synth_working_day(day), 600));
    if (synth_day_of(item->start) > life->until) {
        item->start = synth_when_of(life->until, 600);
        item->recorded = item->start;
    }
    item->code = &synth_code_table[code];
    item->text = title;
    item->note = wishes;
    item->author = life_staff(life, organisation, role);
    item->status = life->person->death == SYNTH_NO_DAY ? SYNTH_ACTIVE : SYNTH_ENDED;
    return item;
}

void community_plan_document(struct community *at, const struct synth_item *of)
{
    struct synth_life *life = at->life;
    struct synth_item copy = *of;
    struct synth_item *item = life_add(life, SYNTH_DOCUMENT, copy.organisation, copy.start);
    item->code = copy.code;
    item->text = copy.text;
    item->author = copy.author;
    item->note = life_plan_text(life, copy.organisation, copy.text, copy.note);
}

void community_flag(struct community *at, synth_org organisation, int32_t day,
                    enum synth_code_key code, struct slice text, struct slice category,
                    struct slice role)
{
    struct synth_life *life = at->life;
    struct synth_item *item =
        life_add(life, SYNTH_FLAG, organisation, synth_when_of(synth_working_day(day), 640));
    if (synth_day_of(item->start) > life->until) {
        item->start = synth_when_of(life->until, 640);
        item->recorded = item->start;
    }
    item->code = &synth_code_table[code];
    item->text = text;
    item->text2 = category;
    item->status = life->person->death == SYNTH_NO_DAY ? SYNTH_ACTIVE : SYNTH_ENDED;
    item->author = life_staff(life, organisation, role);
}

int32_t community_day_after(struct community *at, int32_t from)
{
    const struct synth_life *life = at->life;
    from = from > life->window ? from : life->window;
    if (from >= life->until) {
        return life->until;
    }
    int32_t day = synth_working_day(synth_random_between(&at->random, from, life->until));
    return day > life->until ? life->until : day;
}

/* -- nurses at home ---------------------------------------------------------------------------- */

/* 24 visits in the mean, twice a week; most of those with one course have not another at once */
static void nursing_course(struct community *at, int32_t first)
{
    struct synth_life *life = at->life;
    int32_t visits = synth_random_between(&at->random, 4, 44);
    bool wound = synth_random_chance(&at->random, 60, 100);
    for (int32_t i = 0; i < visits && first + i * 3 <= life->until; i++) {
        uint32_t encounter = community_contact(
            at, SYNTH_CONTACT_DISTRICT_NURSE, SYNTH_ORGANISATION_COMMUNITY, first + i * 3,
            SYNTH_AT_HOME, wound ? SLICE("Wound care at home") : SLICE("District nurse visit"),
            SLICE("District nurse"));
        if (wound) {
            community_procedure(at, encounter, SYNTH_CODE_WOUND_CARE, SLICE("District nurse"));
        }
    }
    if (wound) {
        community_plan(at, SYNTH_ORGANISATION_COMMUNITY, first, SYNTH_CODE_CARE_PLAN,
                       SLICE("Wound and skin care at home"),
                       SLICE("Dressings twice a week; pressure areas checked at each visit."),
                       SLICE("District nurse"));
    }
}

static void district_nursing(struct community *at)
{
    int32_t days[HOSPITAL_MAX_DAYS];
    struct synth_life *life = at->life;
    uint32_t count = use_days(life, SYNTH_CONTACT_DISTRICT_NURSE, life->window, life->until,
                              &at->random, days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        nursing_course(at, days[i]);
    }
}

static void warn_of_falls(struct community *at)
{
    struct synth_life *life = at->life;
    if (life->age >= 65 && life->frailty >= 2 && synth_random_chance(&at->random, 70, 100)) {
        community_flag(at, SYNTH_ORGANISATION_COMMUNITY, community_day_after(at, life->until - 700),
                       SYNTH_CODE_FALL, SLICE("Falls risk: needs help of one person to stand"),
                       SLICE("safety"), SLICE("Physiotherapist"));
    }
}

/* -- the last year ----------------------------------------------------------------------------- */

static void end_of_life(struct community *at)
{
    struct synth_life *life = at->life;
    bool dying = life_has(life, SYNTH_DISEASE_PALLIATIVE);
    bool frail = life->frailty == 3 && life->age >= 80 && synth_random_chance(&at->random, 45, 100);
    if (!dying && !frail) {
        return;
    }
    int32_t from = dying ? life->onset[SYNTH_DISEASE_PALLIATIVE] : life->until - 400;
    int32_t day = community_day_after(at, from);
    struct slice wishes =
        synth_random_chance(&at->random, 65, 100)
            ? SLICE("Comfort first. Prefers to be cared for at home. Not for cardiopulmonary "
                    "resuscitation. Hospital only for what cannot be managed at home.")
            : SLICE("Would accept admission for reversible illness. Not for intensive care. Not "
                    "for cardiopulmonary resuscitation.");
    struct synth_item *item =
        community_plan(at, life->person->practice, day, SYNTH_CODE_RESPECT_FORM,
                       SLICE("ReSPECT: recommended summary plan for emergency care and treatment"),
                       wishes, SLICE("General practitioner"));
    community_plan_document(at, item);
    community_flag(at, life->person->practice, day, SYNTH_CODE_RESPECT_FORM,
                   SLICE("ReSPECT form in place"), SLICE("clinical"),
                   SLICE("General practitioner"));
    if (dying && life->age >= 18) {
        int visits = synth_random_between(&at->random, 3, 14);
        for (int i = 0; i < visits; i++) {
            community_contact(at, SYNTH_CONTACT_DISTRICT_NURSE, SYNTH_ORGANISATION_COMMUNITY,
                              community_day_after(at, from), SYNTH_AT_HOME,
                              SLICE("Palliative care visit"), SLICE("District nurse"));
        }
        community_plan(at, SYNTH_ORGANISATION_COMMUNITY, day, SYNTH_CODE_END_OF_LIFE_PLAN,
                       SLICE("End of life care plan"), wishes, SLICE("District nurse"));
    }
}

/* -- children and therapy ---------------------------------------------------------------------- */

static void health_visitor(struct community *at)
{
    static const struct {
        int32_t after;
        struct slice text;
    } mandated[] = {
        { 12, SLICE_INIT("Health visitor: new birth visit") },
        { 49, SLICE_INIT("Health visitor: six to eight week review") },
        { 330, SLICE_INIT("Health visitor: one year review") },
        { 820, SLICE_INIT("Health visitor: two year review") },
    };
    struct synth_life *life = at->life;
    for (size_t i = 0; i < ARRAY_LENGTH(mandated); i++) {
        int32_t day = synth_working_day(life->person->birth + mandated[i].after);
        if (day >= life->window && day <= life->until &&
            synth_random_chance(&at->random, i < 2 ? 92 : 80, 100)) {
            community_contact(at, SYNTH_CONTACT_HEALTH_VISITOR, SYNTH_ORGANISATION_COMMUNITY, day,
                              i < 2 ? SYNTH_AT_HOME : SYNTH_IN_CLINIC, mandated[i].text,
                              SLICE("Health visitor"));
        }
    }
}

static void therapy_course(struct community *at, int32_t first)
{
    struct synth_life *life = at->life;
    bool old = life->age >= 75 && synth_random_chance(&at->random, 55, 100);
    struct slice role = old ? SLICE("Occupational therapist") : SLICE("Physiotherapist");
    int32_t visits = synth_random_between(&at->random, 1, 6);
    for (int32_t i = 0; i < visits && first + i * 14 <= life->until; i++) {
        uint32_t encounter = community_contact(
            at, SYNTH_CONTACT_THERAPY, SYNTH_ORGANISATION_COMMUNITY, first + i * 14,
            old ? SYNTH_AT_HOME : SYNTH_IN_CLINIC,
            i == 0 ? SLICE("Therapy assessment") : SLICE("Therapy session"), role);
        if (!old) {
            community_procedure(at, encounter, SYNTH_CODE_PHYSIOTHERAPY, role);
        }
    }
}

static void therapy(struct community *at)
{
    int32_t days[HOSPITAL_MAX_DAYS];
    struct synth_life *life = at->life;
    uint32_t count = use_days(life, SYNTH_CONTACT_THERAPY, life->window, life->until, &at->random,
                              days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        therapy_course(at, days[i]);
    }
}

static void interpreter(struct community *at)
{
    struct synth_life *life = at->life;
    const struct synth_heritage *heritage = life->person->ethnicity->heritage;
    if (slice_equal(heritage->language, SLICE("English")) || life->age < 18 ||
        !synth_random_chance(&at->random, life->age >= 60 ? 30 : 7, 100)) {
        return;
    }
    struct slice text =
        arena_printf(life->arena, "Interpreter needed: %.*s", SLICE_PRINT(heritage->language));
    community_flag(at, life->person->practice, life_any_day(life, &at->random),
                   SYNTH_CODE_INTERPRETER_NEEDED, text, SLICE("admin"),
                   SLICE("General practitioner"));
}

void life_community(struct synth_life *life)
{
    struct community at = { .life = life, .random = life_random(life, SYNTH_STREAM_COMMUNITY) };
    district_nursing(&at);
    warn_of_falls(&at);
    end_of_life(&at);
    health_visitor(&at);
    therapy(&at);
    interpreter(&at);
    at.random = life_random(life, SYNTH_STREAM_MIND);
    mind_care(&at);
    at.random = life_random(life, SYNTH_STREAM_SOCIAL);
    social_care(&at);
}
