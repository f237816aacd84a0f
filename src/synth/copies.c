/*
 * copies.c: which of an organisation's patients of one person holds which item.
 *
 * A hospital that registered somebody twice keeps writing into both records. Items that refer to
 * one another (an observation to its encounter, an encounter to its reason) must stay together,
 * because a writer tells one patient at a time and references do not leave it. So items are
 * gathered into groups by their references (union-find), and a group goes to one copy whole:
 *
 * - the duplicate takes a third of the groups, or for someone born within the window what was
 *   recorded around birth;
 * - the temporary number takes the last emergency attendance;
 * - what holds a problem, an allergy or a repeat medicine stays in the first record, where those
 *   who keep it look for it.
 *
 * Runs last: parts of a life that run before need not know of copies.
 */
#include "synth/life.h"

#define AROUND_BIRTH_DAYS 14
#define DUPLICATE_TAKES   3 /* one group in so many */

struct groups {
    struct synth_life *life;
    synth_org organisation;
    uint32_t *leader; /* of each item's group: its smallest index, when followed to its end */
    bool *kept;       /* of leaders: stays in the first record */
    bool *emergency;
};

static uint32_t leader_of(const struct groups *groups, uint32_t item)
{
    while (groups->leader[item] != item) {
        groups->leader[item] = groups->leader[groups->leader[item]];
        item = groups->leader[item];
    }
    return item;
}

static void join(const struct groups *groups, uint32_t a, uint32_t b)
{
    if (b == SYNTH_NO_ITEM) {
        return;
    }
    a = leader_of(groups, a);
    b = leader_of(groups, b);
    groups->leader[a < b ? b : a] = a < b ? a : b;
}

static bool stays(const struct synth_item *item)
{
    return item->kind == SYNTH_ALLERGY_RECORD || (item->kind == SYNTH_CONDITION && item->problem) ||
           (item->kind == SYNTH_MEDICATION && item->repeat);
}

static void gather(const struct groups *groups)
{
    const struct synth_life *life = groups->life;
    uint32_t count = (uint32_t)life->items.count;
    for (uint32_t i = 0; i < count; i++) {
        groups->leader[i] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        join(groups, i, life->items.at[i].encounter);
        join(groups, i, life->items.at[i].reason);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct synth_item *item = &life->items.at[i];
        uint32_t leader = leader_of(groups, i);
        groups->kept[leader] = groups->kept[leader] || stays(item);
        groups->emergency[leader] =
            groups->emergency[leader] ||
            (item->kind == SYNTH_ENCOUNTER && item->setting == SYNTH_IN_EMERGENCY);
    }
}

static bool duplicate_takes(const struct groups *groups, uint32_t leader)
{
    const struct synth_life *life = groups->life;
    if (life->person->birth >= life->world->today - life->world->years * 1461 / 4) {
        return synth_day_of(life->items.at[leader].start) <=
               life->person->birth + AROUND_BIRTH_DAYS;
    }
    uint64_t drawn =
        synth_random_mix(life->world->seed ^ SYNTH_STREAM_COPIES, life->person->number);
    return synth_random_mix(drawn, leader) % DUPLICATE_TAKES == 0;
}

/* the group of the last emergency attendance; SYNTH_NO_ITEM: none */
static uint32_t last_emergency(const struct groups *groups)
{
    const struct synth_life *life = groups->life;
    uint32_t found = SYNTH_NO_ITEM;
    for (uint32_t i = 0; i < life->items.count; i++) {
        bool may = life->items.at[i].organisation == groups->organisation &&
                   leader_of(groups, i) == i && groups->emergency[i] && !groups->kept[i];
        if (may &&
            (found == SYNTH_NO_ITEM || life->items.at[i].start > life->items.at[found].start)) {
            found = i;
        }
    }
    return found;
}

static void assign(const struct groups *groups, uint8_t copy, enum synth_copy kind)
{
    struct synth_life *life = groups->life;
    uint32_t temporary = kind == SYNTH_COPY_TEMPORARY ? last_emergency(groups) : SYNTH_NO_ITEM;
    for (uint32_t i = 0; i < life->items.count; i++) {
        struct synth_item *item = &life->items.at[i];
        uint32_t leader = leader_of(groups, i);
        if (item->organisation != groups->organisation || groups->kept[leader]) {
            continue;
        }
        if (kind == SYNTH_COPY_TEMPORARY ? leader == temporary : duplicate_takes(groups, leader)) {
            item->copy = copy;
        }
    }
}

static bool start(struct synth_life *life, synth_org organisation, struct groups *ret_groups)
{
    size_t count = life->items.count;
    *ret_groups = (struct groups){ .life = life, .organisation = organisation };
    ret_groups->leader = arena_array(life->arena, count, uint32_t);
    ret_groups->kept = arena_array(life->arena, count, bool);
    ret_groups->emergency = arena_array(life->arena, count, bool);
    if (ret_groups->leader == NULL || ret_groups->kept == NULL || ret_groups->emergency == NULL) {
        life->failed = true;
        return false;
    }
    gather(ret_groups);
    return true;
}

void life_copies(struct synth_life *life)
{
    for (uint32_t i = 0; i < SYNTH_ORGANISATION_COUNT; i++) {
        struct groups groups;
        synth_org organisation = (synth_org)i;
        uint32_t copies = synth_patient_count(life->world, life->person, organisation);
        if (copies == 1 || life->items.count == 0 || !start(life, organisation, &groups)) {
            continue;
        }
        for (uint32_t copy = 1; copy < copies; copy++) {
            assign(&groups, (uint8_t)copy,
                   synth_patient_copy(life->world, life->person, organisation, (uint8_t)copy));
        }
    }
}
