/*
 * social.c: the council's adult social care.
 *
 * Somebody asks (rate.csv), half are assessed, some get help for six weeks after hospital, some a
 * package of hours a week or a place in a home, reviewed each year. Who is supported at one time
 * follows frailty and learning disability, so that it comes out near the published shares; carers
 * are assessed at their own rate.
 */
#include "synth/community.h"

#define ORG SYNTH_ORGANISATION_COUNCIL

static struct synth_visit *visit_of(struct community *at, uint32_t encounter)
{
    return life_add_visit(at->life, encounter);
}

/* hours a week: up to 7 21%, to 14 40, to 28 30, more 9 */
static int32_t hours_of(struct community *at)
{
    uint32_t drawn = synth_random_below(&at->random, 100);
    return drawn < 21   ? synth_random_between(&at->random, 3, 7)
           : drawn < 61 ? synth_random_between(&at->random, 8, 14)
           : drawn < 91 ? synth_random_between(&at->random, 15, 28)
                        : synth_random_between(&at->random, 29, 60);
}

static void reviews(struct community *at, int32_t first, struct slice text)
{
    for (int32_t day = first + 350; day <= at->life->until; day += 360) {
        int32_t held = synth_working_day(day);
        if (held >= at->life->window && held <= at->life->until) {
            community_contact(at, SYNTH_CONTACT_CARE_REVIEW, ORG, held, SYNTH_AT_HOME, text,
                              SLICE("Social worker"));
        }
    }
}

static bool assess(struct community *at, int32_t day, struct slice outcome, int32_t hours)
{
    uint32_t encounter =
        community_contact(at, SYNTH_CONTACT_CARE_ASSESSMENT, ORG, day, SYNTH_AT_HOME,
                          SLICE("Care Act needs assessment"), SLICE("Social worker"));
    if (encounter == SYNTH_NO_ITEM) {
        return false;
    }
    struct synth_visit *visit = visit_of(at, encounter);
    visit->outcome = outcome;
    visit->hours = hours;
    return true;
}

/* -- help that lasts --------------------------------------------------------------------------- */

static bool is_supported(struct community *at, bool *ret_learning)
{
    static const int32_t share[] = { 0, 2, 11, 34 };
    struct synth_life *life = at->life;
    bool learning = life_has(life, SYNTH_DISEASE_LEARNING_DISABILITY) && life->age >= 18;
    bool old = life->age >= 65 && synth_random_chance(&at->random, share[life->frailty], 100);
    bool disabled = synth_random_chance(&at->random, 45, 100) && learning;
    bool younger = life->age >= 18 && life->age < 65 && synth_random_chance(&at->random, 5, 1000);
    *ret_learning = disabled && !old;
    /* more than a third of those in homes pay for themselves and are not the council's */
    bool home = life->person->care_home && synth_random_chance(&at->random, 63, 100);
    return old || disabled || younger || home;
}

static struct slice package_text(struct community *at, bool learning, int32_t *ret_hours)
{
    struct synth_life *life = at->life;
    *ret_hours = 0;
    if (life->person->care_home) {
        return life->frailty == 3 ? SLICE("Nursing home placement, reviewed yearly.")
                                  : SLICE("Residential placement, reviewed yearly.");
    }
    *ret_hours = hours_of(at);
    return arena_printf(life->arena, "%s, %d hours a week.",
                        learning          ? "Supported living"
                        : *ret_hours > 14 ? "Home care four times a day"
                                          : "Home care, meals and washing",
                        (int)*ret_hours);
}

static void long_term(struct community *at)
{
    struct synth_life *life = at->life;
    bool learning;
    if (!is_supported(at, &learning)) {
        return;
    }
    int32_t first = community_day_after(at, life->until - 900);
    int32_t hours;
    struct slice what = package_text(at, learning, &hours);
    assess(at, first, hours > 0 ? SLICE("Package agreed") : SLICE("Placement agreed"), hours);
    int32_t agreed = first + 14 > life->until ? life->until : first + 14;
    use_happens(life, SYNTH_CONTACT_CARE_PACKAGE, agreed, &at->random);
    community_plan(at, ORG, agreed, SYNTH_CODE_SUPPORT_PLAN, SLICE("Care and support plan"), what,
                   SLICE("Social worker"))
        ->quantity = hours;
    reviews(at, first, hours > 0 ? SLICE("Review of care package") : SLICE("Review of placement"));
    if (life->person->alone && synth_random_chance(&at->random, 60, 100)) {
        community_flag(at, ORG, first, SYNTH_CODE_LIVES_ALONE,
                       SLICE("Lives alone; key safe at the front door"), SLICE("contact"),
                       SLICE("Social worker"));
    }
}

/* -- requests ---------------------------------------------------------------------------------- */

/* advice for nearly half; one in five has help for six weeks to find their feet again */
static void request(struct community *at, int32_t day)
{
    struct synth_life *life = at->life;
    uint32_t drawn = synth_random_below(&at->random, 100);
    uint32_t encounter = community_contact(
        at, SYNTH_CONTACT_CARE_REQUEST, ORG, day, SYNTH_BY_TELEPHONE,
        drawn < 22 ? SLICE("Request for support after hospital") : SLICE("Request for support"),
        SLICE("Social worker"));
    if (encounter != SYNTH_NO_ITEM) {
        visit_of(at, encounter)->outcome = drawn < 22   ? SLICE("Reablement")
                                           : drawn < 55 ? SLICE("Assessment")
                                                        : SLICE("Advice and information");
    }
    int32_t later = synth_working_day(day + synth_random_between(&at->random, 3, 40));
    if (drawn < 55 && later <= life->until) {
        assess(at, later,
               drawn < 22 ? SLICE("Reablement for six weeks") : SLICE("No lasting support needed"),
               drawn < 22 ? 7 : 0);
    }
    int32_t end = synth_working_day(day + 45);
    if (drawn < 22 && end <= life->until) {
        community_contact(at, SYNTH_CONTACT_CARE_REVIEW, ORG, end, SYNTH_AT_HOME,
                          SLICE("End of reablement: managing with less help"),
                          SLICE("Reablement worker"));
    }
}

static void requests(struct community *at)
{
    int32_t days[HOSPITAL_MAX_DAYS];
    struct synth_life *life = at->life;
    uint32_t count = use_days(life, SYNTH_CONTACT_CARE_REQUEST, life->window, life->until,
                              &at->random, days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        request(at, days[i]);
    }
    count = use_days(life, SYNTH_CONTACT_CARER_ASSESSMENT, life->window, life->until, &at->random,
                     days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        community_contact(at, SYNTH_CONTACT_CARER_ASSESSMENT, ORG, days[i], SYNTH_AT_HOME,
                          SLICE("Carer's assessment"), SLICE("Social worker"));
    }
}

void social_care(struct community *at)
{
    long_term(at);
    requests(at);
}
