/*
 * follow.c: one pass over the county for the rows, then lives again one by one.
 *
 * A life is made in well under a millisecond, so making it twice costs less than keeping the texts:
 * a row is 24 bytes, a message two thousand. Rows are sorted by minute; within a minute they stay
 * in the order of people, and of one patient in that of the plan, which says what comes out of
 * turn.
 */
#include "synth/follow.h"

#include "base/limits.h"
#include "synth/fhir_writer.h"
#include "synth/hl7v2_format.h"

struct planning {
    struct follow_day *day;
    unsigned tell;
    const struct synth_life *life;
    struct follow_row like; /* household, person */
    bool failed;
};

static void add(struct planning *at, const struct follow_row *row)
{
    struct follow_day *day = at->day;
    struct follow_row *added =
        day->rows.count < LIMIT_FOLLOW_ROWS ? vector_push(&day->rows, &day->arena) : NULL;
    if (added == NULL) {
        at->failed = true;
        return;
    }
    *added = *row;
}

static void plan_messages(struct planning *at, const struct synth_patient *patient)
{
    struct synth_hl7v2_plan plan;
    struct follow_row row = at->like;
    int32_t last = -1;
    synth_hl7v2_plan_make(at->life, patient, &plan);
    at->failed = at->failed || plan.failed;
    row.tongue = FOLLOW_HL7V2;
    for (size_t i = 0; i < plan.messages.count && i < UINT16_MAX; i++) {
        const struct synth_hl7v2_message *message = &plan.messages.at[i];
        if (synth_day_of(message->sent) != at->day->day) {
            continue;
        }
        row.minute = (int32_t)(message->sent - synth_when_of(at->day->day, 0));
        row.minute = row.minute < last ? last : row.minute; /* out of turn: not before the other */
        last = row.minute;
        row.message = (uint16_t)i;
        add(at, &row);
    }
}

static int32_t told_at(const struct planning *at, uint32_t item)
{
    synth_when recorded = at->life->items.at[item].recorded;
    return synth_day_of(recorded) == at->day->day
               ? (int32_t)(recorded - synth_when_of(at->day->day, 0))
               : -1;
}

/* a transaction for each minute in which something was written down */
static void plan_bundles(struct planning *at, const struct synth_patient *patient)
{
    bool minutes[SYNTH_DAY_MINUTES] = { false };
    struct follow_row row = at->like;
    bool any = false;
    row.tongue = FOLLOW_FHIR;
    for (uint32_t i = 0; i < at->life->items.count; i++) {
        int32_t minute = life_holds(at->life, patient, i) ? told_at(at, i) : -1;
        if (minute >= 0) {
            minutes[minute] = any = true;
        }
    }
    for (int32_t minute = 0; any && minute < SYNTH_DAY_MINUTES; minute++) {
        if (minutes[minute]) {
            row.minute = minute;
            add(at, &row);
        }
    }
}

static void plan_organisation(struct planning *at, synth_org organisation)
{
    const struct synth_world *world = at->day->world;
    const struct synth_org_info *info = &world->organisations[organisation];
    bool messages = (at->tell & FOLLOW_TELL_HL7V2) != 0 && synth_format_hl7v2.own(info);
    bool bundles = (at->tell & FOLLOW_TELL_FHIR) != 0 && synth_format_fhir.own(info);
    if ((!messages && !bundles) || !life_known_to(at->life, organisation)) {
        return;
    }
    uint32_t copies = synth_patient_count(world, at->life->person, organisation);
    for (uint32_t copy = 0; copy < copies; copy++) {
        struct synth_patient patient;
        synth_patient_make(world, at->life->person, organisation, (uint8_t)copy, &patient);
        at->like.organisation = organisation;
        at->like.copy = (uint8_t)copy;
        if (messages) {
            plan_messages(at, &patient);
        }
        if (bundles) {
            plan_bundles(at, &patient);
        }
    }
}

static void plan_life(struct planning *at)
{
    for (synth_org i = 0; i < at->day->world->organisation_count; i++) {
        plan_organisation(at, i);
    }
}

/* the lives of a household, as many as the county has room for; false without memory */
static bool plan_household(struct planning *at, uint64_t number, uint64_t made,
                           const struct synth_household *household, uint32_t count)
{
    struct follow_day *day = at->day;
    at->like = (struct follow_row){ .household = (uint32_t)number, .first_number = (uint32_t)made };
    for (uint32_t i = 0; i < count && !at->failed; i++) {
        struct synth_life *life = arena_new(&day->household, struct synth_life);
        if (life == NULL) {
            return false;
        }
        synth_life_make(day->world, household, i, &day->household, life);
        at->life = life;
        at->like.person = (uint8_t)i;
        at->failed = at->failed || life->failed;
        plan_life(at);
    }
    at->failed = at->failed || day->household.exhausted;
    arena_reset(&day->household);
    return !at->failed;
}

/* by minute; as they were made within it */
static int by_time(const void *a, const void *b)
{
    const struct follow_row *one = a;
    const struct follow_row *other = b;
    if (one->minute != other->minute) {
        return one->minute < other->minute ? -1 : 1;
    }
    if (one->first_number != other->first_number) {
        return one->first_number < other->first_number ? -1 : 1;
    }
    if (one->person != other->person) {
        return one->person - other->person;
    }
    if (one->organisation != other->organisation) {
        return one->organisation - other->organisation;
    }
    return one->copy != other->copy ? one->copy - other->copy : one->message - other->message;
}

bool follow_plan(const struct synth_world *world, int32_t day, unsigned tell,
                 bool (*progress)(void *context, uint64_t done, uint64_t people), void *context,
                 struct follow_day *ret_day, struct arena *arena, struct fault *fault)
{
    *ret_day = (struct follow_day){ .world = world, .day = day };
    struct planning at = { .day = ret_day, .tell = tell };
    uint64_t made = 0;
    arena_init(&ret_day->arena, LIMIT_FOLLOW_ARENA);
    arena_init(&ret_day->household, LIMIT_SYNTH_HOUSEHOLD);
    for (uint64_t number = 0; made < world->people; number++) {
        struct synth_household household;
        synth_household_make(world, number, made, &household);
        uint64_t left = world->people - made;
        uint32_t count = household.count < left ? household.count : (uint32_t)left;
        if (!plan_household(&at, number, made, &household, count)) {
            follow_release(ret_day);
            return fault_no_memory(fault, arena);
        }
        made += count;
        if (progress != NULL && number % 64 == 0 && !progress(context, made, world->people)) {
            follow_release(ret_day);
            return fault_set(fault, arena, FAULT_TIMEOUT, "stopped on request");
        }
    }
    if (ret_day->rows.count > 1) {
        qsort(ret_day->rows.at, ret_day->rows.count, sizeof(ret_day->rows.at[0]), by_time);
    }
    return true;
}

void follow_release(struct follow_day *day)
{
    arena_release(&day->arena);
    arena_release(&day->household);
    day->rows.count = 0;
}

/* -- the text of a row ------------------------------------------------------------------------- */

/* what was told in that minute, and what it refers to; NULL without memory */
static bool *told_items(struct planning *at, const struct synth_patient *patient, int32_t minute)
{
    uint32_t count = (uint32_t)at->life->items.count;
    bool *told = arena_zeroed(&at->day->household, count > 0 ? count : 1, sizeof(*told));
    for (uint32_t i = 0; told != NULL && i < count; i++) {
        uint32_t item =
            life_holds(at->life, patient, i) && told_at(at, i) == minute ? i : SYNTH_NO_ITEM;
        uint32_t pending[64] = { item };
        uint32_t left = item == SYNTH_NO_ITEM ? 0 : 1;
        while (left > 0) {
            const struct synth_item *one = &at->life->items.at[pending[--left]];
            bool known = told[pending[left]];
            told[pending[left]] = true;
            if (!known && one->encounter != SYNTH_NO_ITEM) {
                pending[left++] = one->encounter;
            }
            if (!known && one->reason != SYNTH_NO_ITEM && left < 63) {
                pending[left++] = one->reason;
            }
        }
    }
    return told;
}

static void write_row(struct planning *at, const struct follow_row *row, struct strbuf *out,
                      char ret_key[FOLLOW_KEY_SIZE])
{
    struct synth_patient patient;
    struct synth_hl7v2_plan plan;
    uint32_t resources;
    synth_patient_make(at->day->world, at->life->person, row->organisation, row->copy, &patient);
    if (row->tongue == FOLLOW_HL7V2) {
        char id[SYNTH_CONTROL_ID_SIZE];
        synth_hl7v2_plan_make(at->life, &patient, &plan);
        if (plan.failed || row->message >= plan.messages.count) {
            out->failed = true;
            return;
        }
        const struct synth_hl7v2_message *message = &plan.messages.at[row->message];
        synth_hl7v2_control_id(at->life, &patient, message, id);
        snprintf(ret_key, FOLLOW_KEY_SIZE, "%s", id);
        synth_hl7v2_message_write(at->life, &patient, message, out);
        return;
    }
    const bool *told = told_items(at, &patient, row->minute);
    snprintf(ret_key, FOLLOW_KEY_SIZE, "%.*s%06llu%u-%d-%04d",
             SLICE_PRINT(at->day->world->organisations[row->organisation].ods),
             (unsigned long long)at->life->person->number, (unsigned)row->copy, (int)at->day->day,
             (int)row->minute);
    out->failed = out->failed || told == NULL;
    if (told != NULL) {
        synth_fhir_update(at->life, &patient, told, out, &resources);
    }
}

void follow_write(struct follow_day *day, const struct follow_row *row, struct strbuf *out,
                  char ret_key[FOLLOW_KEY_SIZE])
{
    struct synth_household household;
    struct synth_life *life = arena_new(&day->household, struct synth_life);
    ret_key[0] = '\0';
    if (life == NULL) {
        out->failed = true;
        return;
    }
    synth_household_make(day->world, row->household, row->first_number, &household);
    synth_life_make(day->world, &household, row->person, &day->household, life);
    struct planning at = { .day = day, .life = life };
    write_row(&at, row, out, ret_key);
    out->failed = out->failed || life->failed;
    arena_reset(&day->household);
}
