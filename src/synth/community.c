/*
 * community.c: care outside practice and hospital: district nurses, mental health teams, health
 * visitors, therapy, the council's social care; and what others should be warned of.
 */
#include "synth/life.h"

static uint32_t contact(struct synth_life *life, synth_org organisation, int32_t day,
                        enum synth_setting at, struct slice text, struct slice role,
                        struct synth_random *random)
{
    synth_when from = synth_when_of(day, life_any_minute(random));
    struct synth_item *item = life_add(life, SYNTH_ENCOUNTER, organisation, from);
    item->status = SYNTH_ENDED;
    item->setting = (uint8_t)at;
    item->end = from + synth_random_between(random, 20, 55);
    item->text = text;
    item->code =
        &synth_code_table[at == SYNTH_AT_HOME ? SYNTH_CODE_HOME_VISIT : SYNTH_CODE_CONSULTATION];
    item->author = life_staff(life, organisation, role);
    return life_last(life);
}

static struct synth_item *plan(struct synth_life *life, synth_org organisation, int32_t day,
                               enum synth_code_key code, struct slice title, struct slice wishes,
                               struct slice role)
{
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

static void plan_document(struct synth_life *life, const struct synth_item *of)
{
    struct synth_item copy = *of;
    struct synth_item *item = life_add(life, SYNTH_DOCUMENT, copy.organisation, copy.start);
    item->code = copy.code;
    item->text = copy.text;
    item->author = copy.author;
    item->note = life_plan_text(life, copy.text, copy.note);
}

static void flag(struct synth_life *life, synth_org organisation, int32_t day,
                 enum synth_code_key code, struct slice text, struct slice category,
                 struct slice role)
{
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

static int32_t later_of(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t day_after(const struct synth_life *life, int32_t from, struct synth_random *random)
{
    from = later_of(from, life->window);
    if (from >= life->until) {
        return life->until;
    }
    int32_t day = synth_working_day(synth_random_between(random, from, life->until));
    return day > life->until ? life->until : day;
}

/* -- frailty at home --------------------------------------------------------------------------- */

static void district_nursing(struct synth_life *life, struct synth_random *random)
{
    static const int32_t share[] = { 0, 4, 22, 55 };
    if (life->age < 65 || !synth_random_chance(random, share[life->frailty], 100)) {
        return;
    }
    int32_t first = day_after(life, life->until - 500, random);
    int visits = synth_random_between(random, 2, 6);
    for (int i = 0; i < visits; i++) {
        int32_t day = first + i * 9;
        if (day > life->until) {
            break;
        }
        uint32_t encounter =
            contact(life, SYNTH_ORGANISATION_COMMUNITY, day, SYNTH_AT_HOME,
                    SLICE("District nurse visit"), SLICE("District nurse"), random);
        if (i % 2 == 0 && !life->failed) {
            struct synth_item *item = life_add(life, SYNTH_PROCEDURE, SYNTH_ORGANISATION_COMMUNITY,
                                               life->items.at[encounter].start);
            item->code = &synth_code_table[SYNTH_CODE_WOUND_CARE];
            item->status = SYNTH_ENDED;
            item->encounter = encounter;
            item->author = life_staff(life, SYNTH_ORGANISATION_COMMUNITY, SLICE("District nurse"));
        }
    }
    plan(life, SYNTH_ORGANISATION_COMMUNITY, first, SYNTH_CODE_CARE_PLAN,
         SLICE("Wound and skin care at home"),
         SLICE("Dressings twice a week; pressure areas checked at each visit."),
         SLICE("District nurse"));
}

static void warn_of_falls(struct synth_life *life, struct synth_random *random)
{
    if (life->age >= 65 && life->frailty >= 2 && synth_random_chance(random, 70, 100)) {
        flag(life, SYNTH_ORGANISATION_COMMUNITY, day_after(life, life->until - 700, random),
             SYNTH_CODE_FALL, SLICE("Falls risk: needs help of one person to stand"),
             SLICE("safety"), SLICE("Physiotherapist"));
    }
}

static void social_care(struct synth_life *life, struct synth_random *random)
{
    static const int32_t share[] = { 0, 3, 16, 42 };
    bool learning = life_has(life, SYNTH_DISEASE_LEARNING_DISABILITY) && life->age >= 18;
    bool old = life->age >= 65 && synth_random_chance(random, share[life->frailty], 100);
    if (!old && !(learning && synth_random_chance(random, 45, 100)) && !life->person->care_home) {
        return;
    }
    int32_t first = day_after(life, life->until - 900, random);
    contact(life, SYNTH_ORGANISATION_COUNCIL, first, SYNTH_AT_HOME,
            SLICE("Care Act needs assessment"), SLICE("Social worker"), random);
    if (first + 210 < life->until) {
        contact(life, SYNTH_ORGANISATION_COUNCIL, synth_working_day(first + 200), SYNTH_AT_HOME,
                SLICE("Review of care package"), SLICE("Social worker"), random);
    }
    struct slice visits = life->frailty == 3 ? SLICE("Home care four times a day, two carers.")
                                             : SLICE("Home care twice a day, meals and washing.");
    struct slice what = life->person->care_home ? SLICE("Residential placement, reviewed yearly.")
                        : learning && !old      ? SLICE("Supported living, twelve hours a week.")
                                                : visits;
    plan(life, SYNTH_ORGANISATION_COUNCIL, first + 14, SYNTH_CODE_SUPPORT_PLAN,
         SLICE("Care and support plan"), what, SLICE("Social worker"));
    if (life->person->alone && synth_random_chance(random, 60, 100)) {
        flag(life, SYNTH_ORGANISATION_COUNCIL, first, SYNTH_CODE_LIVES_ALONE,
             SLICE("Lives alone; key safe at the front door"), SLICE("contact"),
             SLICE("Social worker"));
    }
}

/* -- the last year ----------------------------------------------------------------------------- */

static void end_of_life(struct synth_life *life, struct synth_random *random)
{
    bool dying = life_has(life, SYNTH_DISEASE_PALLIATIVE);
    bool frail = life->frailty == 3 && life->age >= 80 && synth_random_chance(random, 45, 100);
    if (!dying && !frail) {
        return;
    }
    int32_t from = dying ? life->onset[SYNTH_DISEASE_PALLIATIVE] : life->until - 400;
    int32_t day = day_after(life, from, random);
    struct slice wishes =
        synth_random_chance(random, 65, 100)
            ? SLICE("Comfort first. Prefers to be cared for at home. Not for cardiopulmonary "
                    "resuscitation. Hospital only for what cannot be managed at home.")
            : SLICE("Would accept admission for reversible illness. Not for intensive care. Not "
                    "for cardiopulmonary resuscitation.");
    struct synth_item *item =
        plan(life, life->person->practice, day, SYNTH_CODE_RESPECT_FORM,
             SLICE("ReSPECT: recommended summary plan for emergency care and treatment"), wishes,
             SLICE("General practitioner"));
    plan_document(life, item);
    flag(life, life->person->practice, day, SYNTH_CODE_RESPECT_FORM, SLICE("ReSPECT form in place"),
         SLICE("clinical"), SLICE("General practitioner"));
    if (dying && life->age >= 18) {
        int visits = synth_random_between(random, 1, 4);
        for (int i = 0; i < visits; i++) {
            contact(life, SYNTH_ORGANISATION_COMMUNITY, day_after(life, from, random),
                    SYNTH_AT_HOME, SLICE("Palliative care visit"), SLICE("District nurse"), random);
        }
        plan(life, SYNTH_ORGANISATION_COMMUNITY, day, SYNTH_CODE_END_OF_LIFE_PLAN,
             SLICE("End of life care plan"), wishes, SLICE("District nurse"));
    }
}

/* -- mind -------------------------------------------------------------------------------------- */

static void mental_health(struct synth_life *life, struct synth_random *random)
{
    bool severe =
        life_has(life, SYNTH_DISEASE_SCHIZOPHRENIA) || life_has(life, SYNTH_DISEASE_BIPOLAR);
    int32_t since = life_has(life, SYNTH_DISEASE_SCHIZOPHRENIA)
                        ? life->onset[SYNTH_DISEASE_SCHIZOPHRENIA]
                        : life->onset[SYNTH_DISEASE_BIPOLAR];
    if (!severe || life->age < 16) {
        return;
    }
    int visits = synth_random_between(random, 3, 8);
    for (int i = 0; i < visits; i++) {
        bool doctor = i % 4 == 3;
        int32_t day = day_after(life, since, random);
        contact(life, SYNTH_ORGANISATION_COMMUNITY, day,
                synth_random_chance(random, 40, 100) ? SYNTH_AT_HOME : SYNTH_IN_CLINIC,
                doctor ? SLICE("Psychiatric outpatient review") : SLICE("Care coordinator contact"),
                doctor ? SLICE("psychiatrist") : SLICE("mental health nurse"), random);
    }
    struct synth_item *item =
        plan(life, SYNTH_ORGANISATION_COMMUNITY, day_after(life, since, random),
             SYNTH_CODE_CRISIS_PLAN, SLICE("Mental health crisis plan"),
             SLICE("Early signs: poor sleep, not answering the telephone. Call the crisis team "
                   "first; family may be told."),
             SLICE("mental health nurse"));
    plan_document(life, item);
}

static void talking_therapy(struct synth_life *life, struct synth_random *random)
{
    int32_t onset = life->onset[SYNTH_DISEASE_DEPRESSION] < life->onset[SYNTH_DISEASE_ANXIETY]
                        ? life->onset[SYNTH_DISEASE_DEPRESSION]
                        : life->onset[SYNTH_DISEASE_ANXIETY];
    if (onset > life->until || life->age < 16 || !synth_random_chance(random, 14, 100)) {
        return;
    }
    int32_t first = day_after(life, onset, random);
    for (int i = 0; i < 4 && first + i * 14 <= life->until; i++) {
        uint32_t encounter =
            contact(life, SYNTH_ORGANISATION_COMMUNITY, first + i * 14, SYNTH_BY_TELEPHONE,
                    SLICE("Talking therapy session"), SLICE("mental health nurse"), random);
        if (i == 0 && !life->failed) {
            struct synth_item *item = life_add(life, SYNTH_PROCEDURE, SYNTH_ORGANISATION_COMMUNITY,
                                               life->items.at[encounter].start);
            item->code = &synth_code_table[SYNTH_CODE_CBT];
            item->status = SYNTH_ENDED;
            item->encounter = encounter;
            item->author =
                life_staff(life, SYNTH_ORGANISATION_COMMUNITY, SLICE("mental health nurse"));
        }
    }
}

static void memory_clinic(struct synth_life *life, struct synth_random *random)
{
    int32_t onset = life->onset[SYNTH_DISEASE_DEMENTIA];
    if (onset > life->until || onset < life->window || !synth_random_chance(random, 70, 100)) {
        return;
    }
    contact(life, SYNTH_ORGANISATION_COMMUNITY,
            synth_working_day(onset) > life->until ? onset : synth_working_day(onset),
            SYNTH_IN_CLINIC, SLICE("Memory clinic assessment"), SLICE("psychiatrist"), random);
}

/* -- children and therapy ---------------------------------------------------------------------- */

static void health_visitor(struct synth_life *life, struct synth_random *random)
{
    static const int32_t after[] = { 12, 45, 330, 800 };
    for (size_t i = 0; i < ARRAY_LENGTH(after); i++) {
        int32_t day = synth_working_day(life->person->birth + after[i]);
        if (day >= life->window && day <= life->until && synth_random_chance(random, 85, 100)) {
            contact(life, SYNTH_ORGANISATION_COMMUNITY, day, SYNTH_AT_HOME,
                    SLICE("Health visitor review"), SLICE("Health visitor"), random);
        }
    }
}

static void physiotherapy(struct synth_life *life, struct synth_random *random)
{
    bool joints =
        life_has(life, SYNTH_DISEASE_OSTEOARTHRITIS) || life_has(life, SYNTH_DISEASE_BACK_PAIN);
    if (!joints || !synth_random_chance(random, 18, 100)) {
        return;
    }
    int32_t day = life_any_day(life, random);
    int32_t onset = life->onset[SYNTH_DISEASE_OSTEOARTHRITIS];
    onset =
        onset < life->onset[SYNTH_DISEASE_BACK_PAIN] ? onset : life->onset[SYNTH_DISEASE_BACK_PAIN];
    day = later_of(day, onset);
    uint32_t encounter =
        contact(life, SYNTH_ORGANISATION_COMMUNITY, day, SYNTH_IN_CLINIC,
                SLICE("Physiotherapy assessment"), SLICE("Physiotherapist"), random);
    if (life->failed) {
        return;
    }
    struct synth_item *item = life_add(life, SYNTH_PROCEDURE, SYNTH_ORGANISATION_COMMUNITY,
                                       life->items.at[encounter].start);
    item->code = &synth_code_table[SYNTH_CODE_PHYSIOTHERAPY];
    item->status = SYNTH_ENDED;
    item->encounter = encounter;
    item->author = life_staff(life, SYNTH_ORGANISATION_COMMUNITY, SLICE("Physiotherapist"));
}

static void interpreter(struct synth_life *life, struct synth_random *random)
{
    const struct synth_heritage *heritage = life->person->ethnicity->heritage;
    if (slice_equal(heritage->language, SLICE("English")) || life->age < 18 ||
        !synth_random_chance(random, life->age >= 60 ? 30 : 7, 100)) {
        return;
    }
    struct slice text =
        arena_printf(life->arena, "Interpreter needed: %.*s", SLICE_PRINT(heritage->language));
    flag(life, life->person->practice, life_any_day(life, random), SYNTH_CODE_INTERPRETER_NEEDED,
         text, SLICE("admin"), SLICE("General practitioner"));
}

void life_community(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_COMMUNITY);
    district_nursing(life, &random);
    warn_of_falls(life, &random);
    social_care(life, &random);
    end_of_life(life, &random);
    mental_health(life, &random);
    talking_therapy(life, &random);
    memory_clinic(life, &random);
    health_visitor(life, &random);
    physiotherapy(life, &random);
    interpreter(life, &random);
}
