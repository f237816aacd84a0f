/*
 * hl7v2_plan.c: from items to messages.
 *
 * Each kind of item has a function that says which messages it causes and when. Results of one
 * group that were taken and reported together are one report. Clinical facts that belong to a visit
 * travel with its discharge (DG1, PR1 in ADT^A03); what was recorded later follows in an ADT^A08;
 * what belongs to no visit is told by ADT^A31. An image is reported some time after it was made; on
 * a visit it is among the procedures too. What v2 has no message for in this set (medicines,
 * flags, care plans) is in the letters' text.
 *
 * Times between the messages of one item are fixed numbers of minutes: a format draws no chance.
 */
#include "synth/hl7v2_plan.h"

#include "synth/imaging.h"
#include "synth/mishaps.h"

#define MINUTES_TO_MERGE  (30 * SYNTH_DAY_MINUTES)
#define MINUTES_CORRECTED INT64_C(240)
#define MINUTES_WITHDRAWN INT64_C(180)

/* numbers of the messages of one item, part of control ids: only append */
enum step {
    STEP_FIRST,
    STEP_SECOND,
    STEP_TRANSFER,
    STEP_DISCHARGE,
    STEP_EARLY_DISCHARGE,
    STEP_CANCEL_DISCHARGE,
    STEP_CODED,
    STEP_BOOKED,
    STEP_CHANGED,
    STEP_NOT_KEPT,
    STEP_WITHDRAWN,
    STEP_PERSON,
    STEP_DEATH,
    STEP_MERGE,
};

struct planning {
    const struct synth_life *life;
    const struct synth_patient *patient;
    struct synth_hl7v2_plan *plan;
};

/* what is older than the window was told when it began; nothing is told after today */
static synth_when told_within(const struct synth_life *life, synth_when when)
{
    synth_when from = synth_when_of(life->window, 0);
    synth_when to = synth_when_of(life->world->today, SYNTH_DAY_MINUTES - 1);
    return when < from ? from : when > to ? to : when;
}

static struct synth_hl7v2_message *add(struct planning *at, enum synth_hl7v2_event event,
                                       uint32_t item, enum step step, synth_when when)
{
    struct synth_hl7v2_message *message = vector_push(&at->plan->messages, at->life->arena);
    if (message == NULL) {
        at->plan->failed = true;
        return NULL;
    }
    *message = (struct synth_hl7v2_message){ .sent = told_within(at->life, when),
                                             .recorded = when,
                                             .happened = when,
                                             .item = item,
                                             .count = 1,
                                             .event = (uint8_t)event,
                                             .step = (uint8_t)step };
    return message;
}

/* the first message of an item: what goes wrong on the way goes wrong with it */
static void add_first(struct planning *at, enum synth_hl7v2_event event, uint32_t index,
                      enum step step, synth_when when)
{
    const struct synth_item *item = &at->life->items.at[index];
    struct synth_hl7v2_message *message = add(at, event, index, step, when);
    if (message == NULL) {
        return;
    }
    if (item->recorded > when) { /* told late */
        message->sent = told_within(at->life, item->recorded);
    }
    message->out_of_order = mishap_is(item, SYNTH_MISHAP_OUT_OF_ORDER);
    struct synth_hl7v2_message again = *message; /* a push may move the list */
    again.out_of_order = false;
    if (mishap_is(item, SYNTH_MISHAP_REPEATED)) {
        message = add(at, event, index, step, when);
        if (message != NULL) {
            *message = again;
        }
    }
}

/* -- visits ------------------------------------------------------------------------------------ */

/* when the last fact of the visit was written down that its discharge could not carry */
static synth_when coded_after(const struct planning *at, uint32_t visit, synth_when end)
{
    synth_when last = SYNTH_NEVER;
    for (uint32_t i = 0; i < at->life->items.count; i++) {
        const struct synth_item *item = &at->life->items.at[i];
        bool fact = item->kind == SYNTH_CONDITION || item->kind == SYNTH_PROCEDURE;
        if (fact && item->encounter == visit && item->recorded > end &&
            life_holds(at->life, at->patient, i) &&
            (last == SYNTH_NEVER || item->recorded > last)) {
            last = item->recorded;
        }
    }
    return last;
}

static void coded(struct planning *at, uint32_t index, synth_when when)
{
    struct synth_hl7v2_message *message = add(at, SYNTH_HL7V2_A08, index, STEP_CODED, when);
    if (message != NULL) {
        message->happened = at->life->items.at[index].start;
    }
}

static void discharge(struct planning *at, uint32_t index)
{
    const struct synth_item *item = &at->life->items.at[index];
    bool stay = item->setting == SYNTH_ON_WARD && item->end - item->start > MINUTES_CORRECTED;
    bool corrected = mishap_is(item, SYNTH_MISHAP_CORRECTED);
    /* who was told late of the beginning was not told of the end before */
    synth_when end = item->end > item->recorded ? item->end : item->recorded + 1;
    synth_when after = coded_after(at, index, end);
    if (stay && corrected && end == item->end) {
        add(at, SYNTH_HL7V2_A03, index, STEP_EARLY_DISCHARGE, end - 90);
        add(at, SYNTH_HL7V2_A13, index, STEP_CANCEL_DISCHARGE, end - 60);
    }
    struct synth_hl7v2_message *message = add(at, SYNTH_HL7V2_A03, index, STEP_DISCHARGE, end);
    if (message != NULL) {
        message->recorded = message->happened = item->end;
    }
    if (after != SYNTH_NEVER) {
        coded(at, index, after);
    } else if (corrected && !stay) {
        coded(at, index, end + MINUTES_CORRECTED);
    }
}

static void booked_before(struct planning *at, uint32_t index)
{
    const struct synth_item *item = &at->life->items.at[index];
    if (item->setting != SYNTH_IN_CLINIC || item->visit == NULL ||
        item->visit->requested == SYNTH_NEVER || item->visit->requested >= item->start) {
        return;
    }
    add(at, SYNTH_HL7V2_S12, index, STEP_BOOKED, item->visit->requested);
}

static void visit(struct planning *at, uint32_t index)
{
    const struct synth_item *item = &at->life->items.at[index];
    bool ward = item->setting == SYNTH_ON_WARD;
    booked_before(at, index);
    add_first(at, ward ? SYNTH_HL7V2_A01 : SYNTH_HL7V2_A04, index, STEP_FIRST, item->start);
    if (mishap_withdrawn(item)) {
        struct synth_hl7v2_message *message =
            add(at, SYNTH_HL7V2_A11, index, STEP_WITHDRAWN, item->start + MINUTES_WITHDRAWN);
        if (message != NULL) {
            message->happened = item->start;
        }
        return;
    }
    if (item->visit != NULL && item->visit->moved_ward.len > 0 &&
        item->visit->moved > item->start) {
        add(at, SYNTH_HL7V2_A02, index, STEP_TRANSFER, item->visit->moved);
    }
    if (item->end != SYNTH_NEVER) {
        discharge(at, index);
    }
}

/* -- results ----------------------------------------------------------------------------------- */

const struct synth_panel *synth_hl7v2_panel(const struct synth_item *item)
{
    for (size_t i = 0; item->test != NULL && i < SYNTH_PANEL_TEST_COUNT; i++) {
        if (synth_panel_test_table[i].test == item->test) {
            return synth_panel_test_table[i].panel;
        }
    }
    return NULL;
}

static bool same_report(const struct synth_item *a, const struct synth_item *b)
{
    return b->kind == SYNTH_OBSERVATION && a->organisation == b->organisation &&
           a->copy == b->copy && a->start == b->start && a->recorded == b->recorded &&
           a->encounter == b->encounter && a->author == b->author && a->test != NULL &&
           b->test != NULL && synth_hl7v2_panel(a) == synth_hl7v2_panel(b);
}

/* what the messages from `from` on, all of one item, say of it */
static void describe(struct planning *at, size_t from, uint32_t count, char status, bool wrong)
{
    for (size_t i = from; i < at->plan->messages.count; i++) {
        struct synth_hl7v2_message *message = &at->plan->messages.at[i];
        message->count = count;
        message->status = status;
        message->wrong = wrong;
        message->happened = at->life->items.at[message->item].start;
    }
}

static void add_status(struct planning *at, uint32_t first, uint32_t count, enum step step,
                       synth_when when, char status)
{
    size_t from = at->plan->messages.count;
    add(at, SYNTH_HL7V2_R01, first, step, when);
    describe(at, from, count, status, false);
}

/* what is told of a report and what befalls it; `all` has the mishaps of its items */
static void tell_report(struct planning *at, uint32_t index, uint32_t count,
                        const struct synth_item *all, synth_when told)
{
    bool waits = synth_day_of(told) + 3 > at->life->world->today; /* for the final word */
    size_t from = at->plan->messages.count;
    if (mishap_is(all, SYNTH_MISHAP_PRELIMINARY)) {
        add_first(at, SYNTH_HL7V2_R01, index, STEP_FIRST, told);
        describe(at, from, count, 'P', false);
        if (!waits) {
            add_status(at, index, count, STEP_SECOND, told + MINUTES_CORRECTED, 'F');
        }
    } else {
        add_first(at, SYNTH_HL7V2_R01, index, STEP_FIRST, told);
        describe(at, from, count, 'F', mishap_is(all, SYNTH_MISHAP_CORRECTED));
    }
    if (mishap_is(all, SYNTH_MISHAP_CANCELLED)) {
        add_status(at, index, count, STEP_WITHDRAWN, told + MINUTES_WITHDRAWN, 'X');
    } else if (mishap_is(all, SYNTH_MISHAP_WRONG_PATIENT)) {
        add_status(at, index, count, STEP_WITHDRAWN, told + MINUTES_WITHDRAWN, 'W');
    } else if (mishap_is(all, SYNTH_MISHAP_CORRECTED)) {
        add_status(at, index, count, STEP_CHANGED, told + MINUTES_CORRECTED, 'C');
    }
}

/* the number of items that the report holds */
static uint32_t report(struct planning *at, uint32_t index)
{
    const struct synth_life *life = at->life;
    struct synth_item all = life->items.at[index];
    uint32_t count = 1;
    while (index + count < life->items.count && same_report(&all, &life->items.at[index + count])) {
        all.mishaps |= life->items.at[index + count].mishaps;
        count++;
    }
    tell_report(at, index, count, &all, all.recorded);
    return count;
}

/* what is not reported yet is not told yet */
static void image(struct planning *at, uint32_t index)
{
    const struct synth_item *item = &at->life->items.at[index];
    synth_when told = imaging_reported(at->life, item);
    if (synth_day_of(told) <= at->life->world->today) {
        tell_report(at, index, 1, item, told);
    }
}

/* -- documents and appointments ---------------------------------------------------------------- */

static void document(struct planning *at, uint32_t index)
{
    const struct synth_item *item = &at->life->items.at[index];
    size_t from = at->plan->messages.count;
    bool draft = mishap_is(item, SYNTH_MISHAP_PRELIMINARY);
    add_first(at, SYNTH_HL7V2_T02, index, STEP_FIRST, item->recorded);
    describe(at, from, 1, draft ? 'P' : 'F', mishap_is(item, SYNTH_MISHAP_CORRECTED));
    from = at->plan->messages.count;
    if (mishap_withdrawn(item)) {
        add(at, SYNTH_HL7V2_T11, index, STEP_WITHDRAWN, item->recorded + MINUTES_WITHDRAWN);
        describe(at, from, 1, 'X', false);
    } else if (mishap_is(item, SYNTH_MISHAP_CORRECTED)) {
        add(at, SYNTH_HL7V2_T08, index, STEP_CHANGED, item->recorded + MINUTES_CORRECTED);
        describe(at, from, 1, 'C', false);
    } else if (draft) {
        add(at, SYNTH_HL7V2_T04, index, STEP_SECOND, item->recorded + MINUTES_CORRECTED);
        describe(at, from, 1, 'F', false);
    }
}

static void appointment(struct planning *at, uint32_t index)
{
    const struct synth_item *item = &at->life->items.at[index];
    uint8_t attended = item->visit != NULL ? item->visit->attended : 0;
    bool cancelled = attended == 2 || attended == 4 || mishap_withdrawn(item);
    bool missed = item->status == SYNTH_NO_SHOW || attended == 3 || attended == 7;
    synth_when told = item->recorded < item->start ? item->recorded : item->start;
    size_t from = at->plan->messages.count;
    add_first(at, SYNTH_HL7V2_S12, index, STEP_FIRST, told);
    describe(at, from, 1, '\0', mishap_is(item, SYNTH_MISHAP_CORRECTED));
    if (mishap_is(item, SYNTH_MISHAP_CORRECTED)) {
        add(at, SYNTH_HL7V2_S14, index, STEP_CHANGED, told + (item->start - told) / 4);
    }
    if (cancelled) {
        add(at, SYNTH_HL7V2_S15, index, STEP_WITHDRAWN, told + (item->start - told) / 2);
    } else if (missed) {
        add(at, SYNTH_HL7V2_S26, index, STEP_NOT_KEPT, item->start + 60);
    }
}

/* -- what is known of the person --------------------------------------------------------------- */

static bool of_person(const struct synth_item *item)
{
    return item->kind == SYNTH_ALLERGY_RECORD ||
           (item->kind == SYNTH_CONDITION && item->encounter == SYNTH_NO_ITEM) ||
           (item->kind == SYNTH_PROCEDURE && item->encounter == SYNTH_NO_ITEM &&
            imaging_of(item) == NULL);
}

/* one message for all that was written down in the same minute */
static void person_fact(struct planning *at, uint32_t index)
{
    const struct synth_life *life = at->life;
    const struct synth_item *item = &life->items.at[index];
    for (uint32_t i = 0; i < index; i++) {
        if (of_person(&life->items.at[i]) && life->items.at[i].recorded == item->recorded &&
            life_holds(life, at->patient, i)) {
            return;
        }
    }
    add_first(at, SYNTH_HL7V2_A31, index, STEP_PERSON, item->recorded);
}

static void death(struct planning *at)
{
    int32_t day = at->patient->death;
    if (day != SYNTH_NO_DAY && at->plan->messages.count > 0) {
        add(at, SYNTH_HL7V2_A31, SYNTH_NO_ITEM, STEP_DEATH, synth_when_of(day, 23 * 60));
    }
}

/* -- the order --------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const struct synth_hl7v2_message *one = a;
    const struct synth_hl7v2_message *other = b;
    if (one->sent != other->sent) {
        return one->sent < other->sent ? -1 : 1;
    }
    if (one->item != other->item) {
        return one->item < other->item ? -1 : 1;
    }
    if (one->step != other->step) {
        return one->step - other->step;
    }
    return other->out_of_order - one->out_of_order; /* of a message and its repeat */
}

static void sort(struct synth_hl7v2_plan *plan)
{
    if (plan->messages.count > 1) {
        qsort(plan->messages.at, plan->messages.count, sizeof(plan->messages.at[0]), by_time);
    }
    for (size_t i = 0; i + 1 < plan->messages.count; i++) {
        struct synth_hl7v2_message *message = &plan->messages.at[i];
        if (message->out_of_order) { /* told after what came later */
            struct synth_hl7v2_message held = message[0];
            message[0] = message[1];
            message[1] = held;
            i++;
        }
    }
}

/* the index comes first; a duplicate is found and merged in the end, unless that is still to come
 */
static void frame(struct planning *at)
{
    struct synth_hl7v2_plan *plan = at->plan;
    size_t count = plan->messages.count;
    synth_when opened = synth_when_of(at->life->window, 9 * 60);
    synth_when first = count > 0 ? plan->messages.at[0].sent : opened;
    synth_when last = count > 0 ? plan->messages.at[count - 1].sent : opened;
    if (add(at, SYNTH_HL7V2_A28, SYNTH_NO_ITEM, STEP_PERSON, first) == NULL) {
        return;
    }
    struct synth_hl7v2_message index = plan->messages.at[count];
    memmove(&plan->messages.at[1], &plan->messages.at[0], count * sizeof(index));
    plan->messages.at[0] = index;
    if (at->patient->copy > 0 && synth_day_of(last + MINUTES_TO_MERGE) <= at->life->world->today) {
        add(at, SYNTH_HL7V2_A40, SYNTH_NO_ITEM, STEP_MERGE, last + MINUTES_TO_MERGE);
    }
}

void synth_hl7v2_plan_make(const struct synth_life *life, const struct synth_patient *patient,
                           struct synth_hl7v2_plan *ret_plan)
{
    *ret_plan = (struct synth_hl7v2_plan){ .failed = false };
    struct planning at = { .life = life, .patient = patient, .plan = ret_plan };
    for (uint32_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (!life_holds(life, patient, i)) {
            continue;
        }
        if (item->kind == SYNTH_ENCOUNTER) {
            visit(&at, i);
        } else if (item->kind == SYNTH_OBSERVATION) {
            i += report(&at, i) - 1;
        } else if (item->kind == SYNTH_DOCUMENT) {
            document(&at, i);
        } else if (item->kind == SYNTH_APPOINTMENT) {
            appointment(&at, i);
        } else if (imaging_of(item) != NULL) {
            image(&at, i);
        } else if (of_person(item)) {
            person_fact(&at, i);
        }
    }
    death(&at);
    sort(ret_plan);
    frame(&at);
}
