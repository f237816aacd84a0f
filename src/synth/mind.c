/*
 * mind.c: mental health: community teams, inpatient stays, crises, talking therapy, memory clinic.
 *
 * People with psychosis or bipolar disorder stay with a team; others come and go at the rate of
 * rate.csv. Half of the inpatient stays are under the Mental Health Act (section 2 or 3).
 */
#include "synth/community.h"

#define ORG SYNTH_ORGANISATION_COMMUNITY

static struct slice worker_of(const struct synth_life *life, int32_t day)
{
    return life_age_at(life, day) < 18 ? SLICE("Child and adolescent")
                                       : SLICE("mental health nurse");
}

static void team_visits(struct community *at, int32_t first, int32_t visits, int32_t apart)
{
    struct synth_life *life = at->life;
    for (int32_t i = 0; i < visits; i++) {
        int32_t day = synth_working_day(first + i * apart);
        bool doctor = i % 4 == 3 && life_age_at(life, day) >= 18;
        if (day > life->until) {
            return;
        }
        uint32_t drawn = synth_random_below(&at->random, 100);
        community_contact(at, SYNTH_CONTACT_MENTAL_TEAM, ORG, day,
                          drawn < 35   ? SYNTH_AT_HOME
                          : drawn < 55 ? SYNTH_BY_TELEPHONE
                                       : SYNTH_IN_CLINIC,
                          doctor   ? SLICE("Psychiatric outpatient review")
                          : i == 0 ? SLICE("Mental health assessment")
                                   : SLICE("Care coordinator contact"),
                          doctor ? SLICE("psychiatrist") : worker_of(life, day));
    }
}

static int32_t severe_since(const struct synth_life *life)
{
    int32_t one = life->onset[SYNTH_DISEASE_SCHIZOPHRENIA];
    int32_t other = life->onset[SYNTH_DISEASE_BIPOLAR];
    return one < other ? one : other;
}

/* those who stay with the team: every three weeks or so */
static void long_term(struct community *at)
{
    struct synth_life *life = at->life;
    int32_t since = severe_since(life);
    if (since >= life->until || life->age < 16) {
        return;
    }
    int32_t first = since > life->window ? since : life->window;
    first += synth_random_between(&at->random, 0, 25);
    int32_t apart = synth_random_between(&at->random, 20, 60);
    team_visits(at, first, (life->until - first) / apart + 1, apart);
    struct synth_item *item = community_plan(
        at, ORG, community_day_after(at, since), SYNTH_CODE_CRISIS_PLAN,
        SLICE("Mental health crisis plan"),
        SLICE("Early signs: poor sleep, not answering the telephone. Call the crisis team first; "
              "family may be told."),
        SLICE("mental health nurse"));
    community_plan_document(at, item);
}

static void short_term(struct community *at)
{
    int32_t days[HOSPITAL_MAX_DAYS];
    struct synth_life *life = at->life;
    uint32_t count = use_days(life, SYNTH_CONTACT_MENTAL_TEAM, life->window, life->until,
                              &at->random, days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        team_visits(at, days[i], synth_random_between(&at->random, 1, 10), 18);
    }
}

/* -- in hospital ------------------------------------------------------------------------------- */

static void say_stay(struct community *at, uint32_t ward, bool detained, bool ended)
{
    struct synth_life *life = at->life;
    struct synth_visit *visit = life_add_visit(life, ward);
    bool second = synth_random_chance(&at->random, 55, 100);
    visit->specialty = life->age >= 70 ? SLICE("715") : SLICE("710");
    visit->requested = life->items.at[ward].start;
    visit->admission_method = detained ? SLICE("28") : SLICE("25");
    visit->admission_source = SLICE("19");
    visit->discharge_method = ended ? SLICE("1") : SLICE("8");
    visit->discharge_destination = ended ? SLICE("19") : SLICE("98");
    visit->ward = life->age >= 70 ? SLICE("Rowan Ward") : SLICE("Kestrel Ward");
    visit->detained = detained;
    visit->category = !detained ? SLICE("") : second ? SLICE("section 2") : SLICE("section 3");
    visit->outcome = ended ? SLICE("Discharged to the community team") : SLICE("In hospital");
}

/* median 24 days, mean 42 */
static void inpatient(struct community *at, int32_t day)
{
    struct synth_life *life = at->life;
    if (!use_happens(life, SYNTH_CONTACT_MENTAL_ADMISSION, day, &at->random)) {
        return;
    }
    int64_t length = (int64_t)24 * use_log_normal(&at->random, false) / 1000;
    int32_t last = day + (int32_t)(length < 2 ? 2 : length > 300 ? 300 : length);
    bool ended = last <= life->until;
    if (!ended && life->person->death != SYNTH_NO_DAY) {
        return; /* would have ended in a death that the household does not know of */
    }
    bool detained = synth_random_chance(&at->random, 52, 100);
    synth_when from = calendar_when(SYNTH_CALENDAR_ADMISSION, day, &at->random);
    uint16_t author = life_staff(life, ORG, SLICE("psychiatrist"));
    uint32_t ward = hospital_encounter(
        life, ORG, from, ended ? synth_when_of(last, 840) : SYNTH_NEVER, SYNTH_ON_WARD,
        detained ? SLICE("Admission under the Mental Health Act") : SLICE("Informal admission"),
        author);
    if (life->failed) {
        return;
    }
    life->items.at[ward].status = ended ? SYNTH_ENDED : SYNTH_ACTIVE;
    say_stay(at, ward, detained, ended);
    if (ended) {
        team_visits(at, last + 3, 3, 9);
    }
}

static void inpatient_stays(struct community *at)
{
    int32_t days[HOSPITAL_MAX_DAYS];
    struct synth_life *life = at->life;
    bool severe = severe_since(life) <= life->window;
    /* nearly half of stays are of the one in a hundred with a severe illness */
    int32_t rate =
        use_rate(life->world, SYNTH_CONTACT_MENTAL_ADMISSION, life->person->sex, life->age) *
        (severe ? 5000 : 55) / 100;
    uint32_t count = use_days_at(life, SYNTH_CALENDAR_ADMISSION, rate, life->window,
                                 life->until - 1, &at->random, days, 6);
    int32_t free_from = life->window;
    for (uint32_t i = 0; i < count; i++) {
        if (days[i] >= free_from && life_age_at(life, days[i]) >= 18) {
            inpatient(at, days[i]);
            free_from = days[i] + 330;
        }
    }
}

static void crises(struct community *at)
{
    int32_t days[HOSPITAL_MAX_DAYS];
    struct synth_life *life = at->life;
    uint32_t count = use_days(life, SYNTH_CONTACT_CRISIS, life->window, life->until, &at->random,
                              days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        community_contact(at, SYNTH_CONTACT_CRISIS, ORG, days[i],
                          synth_random_chance(&at->random, 60, 100) ? SYNTH_AT_HOME
                                                                    : SYNTH_BY_TELEPHONE,
                          SLICE("Crisis team assessment"), worker_of(life, days[i]));
    }
}

/* -- talking therapy --------------------------------------------------------------------------- */

/* two of three who are referred start; those who do have about seven sessions */
static void talking_course(struct community *at, int32_t first)
{
    struct synth_life *life = at->life;
    int32_t sessions =
        synth_random_chance(&at->random, 67, 100) ? synth_random_between(&at->random, 2, 12) : 1;
    for (int32_t i = 0; i < sessions && first + i * 10 <= life->until; i++) {
        uint32_t encounter = community_contact(
            at, SYNTH_CONTACT_TALKING_THERAPY, ORG,
            synth_working_day(first + i * 10) > life->until ? first + i * 10
                                                            : synth_working_day(first + i * 10),
            synth_random_chance(&at->random, 70, 100) ? SYNTH_BY_TELEPHONE : SYNTH_IN_CLINIC,
            i == 0 ? SLICE("Talking therapy assessment") : SLICE("Talking therapy session"),
            SLICE("Psychological therapist"));
        if (i == 1) {
            community_procedure(at, encounter, SYNTH_CODE_CBT, SLICE("Psychological therapist"));
        }
    }
}

/* four times as often for those with depression or anxiety */
static void talking(struct community *at)
{
    int32_t days[HOSPITAL_MAX_DAYS];
    struct synth_life *life = at->life;
    bool low = life_had(life, SYNTH_DISEASE_DEPRESSION, life->until) ||
               life_had(life, SYNTH_DISEASE_ANXIETY, life->until);
    int32_t rate =
        use_rate(life->world, SYNTH_CONTACT_TALKING_THERAPY, life->person->sex, life->age) *
        (low ? 260 : 65) / 100;
    uint32_t count = use_days_at(life, SYNTH_CALENDAR_OFFICE, rate, life->window, life->until,
                                 &at->random, days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        talking_course(at, days[i]);
    }
}

static void memory_clinic(struct community *at)
{
    struct synth_life *life = at->life;
    int32_t onset = life->onset[SYNTH_DISEASE_DEMENTIA];
    if (onset > life->until || onset < life->window || !synth_random_chance(&at->random, 70, 100)) {
        return;
    }
    int32_t day = synth_working_day(onset);
    community_contact(at, SYNTH_CONTACT_MENTAL_TEAM, SYNTH_ORGANISATION_COMMUNITY,
                      day > life->until ? onset : day, SYNTH_IN_CLINIC,
                      SLICE("Memory clinic assessment"), SLICE("psychiatrist"));
}

void mind_care(struct community *at)
{
    long_term(at);
    short_term(at);
    inpatient_stays(at);
    crises(at);
    talking(at);
    memory_clinic(at);
}
