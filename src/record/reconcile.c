/*
 * reconcile.c: the same fact of several sources, in one line, never merged.
 *
 * What is the same fact depends on the section. A problem, a medicine, an allergy, a plan is the
 * same when it has the same code in the same system, or, where one of them has no code, the same
 * words; it may be recorded many times. A result, a contact, a procedure is an event: the same only
 * when it has the same code or words at the same moment. Documents are never the same, for what
 * matters is their text. Withdrawn entries stand by themselves, and so does what says that there is
 * none. A fact that was refuted by one source stays with the same fact of another: that is a
 * difference to be seen.
 *
 * Facts arrive newest first and keep that order, so groups come out in the order of their newest
 * fact; severe ones are then put first. A line is current when any of its facts is. It is led by a
 * current fact, the newest of those that say most. Expected O(n).
 */
#include "base/utf8.h"
#include "record/record_internal.h"

struct group {
    struct fact *first; /* newest */
    struct fact *last;
    size_t count;
    bool current, severe, coded;
    enum record_section section;
    struct group *next; /* of the same section */
};

struct section_groups {
    struct group *first, *last;
    size_t current, past;
};

struct grouping {
    struct building *building;
    struct key_table table;
    struct section_groups sections[SECTION_COUNT];
};

enum fact_class { CLASS_FACT, CLASS_WITHDRAWN, CLASS_NEGATION };

/* by what facts of a section are the same */
enum sameness { SAME_THING, SAME_EVENT, NEVER_SAME };

static const enum sameness sameness[SECTION_COUNT] = {
    [SECTION_PROBLEMS] = SAME_THING,      [SECTION_MEDICATION] = SAME_THING,
    [SECTION_ALLERGIES] = SAME_THING,     [SECTION_RESULTS] = SAME_EVENT,
    [SECTION_OBSERVATIONS] = SAME_EVENT,  [SECTION_ENCOUNTERS] = SAME_EVENT,
    [SECTION_APPOINTMENTS] = SAME_EVENT,  [SECTION_PROCEDURES] = SAME_EVENT,
    [SECTION_IMMUNISATIONS] = SAME_EVENT, [SECTION_DOCUMENTS] = NEVER_SAME,
    [SECTION_CARE_PLANS] = SAME_THING,    [SECTION_ALERTS] = SAME_THING,
    [SECTION_CONTACTS] = SAME_THING,
};

bool record_in_force(const struct record_item *item)
{
    return item->status == ITEM_CURRENT || (item->status == ITEM_REFUTED && item->negation);
}

static enum fact_class class_of(const struct record_item *item)
{
    return item->status == ITEM_ENTERED_IN_ERROR ? CLASS_WITHDRAWN
           : item->negation                      ? CLASS_NEGATION
                                                 : CLASS_FACT;
}

static bool stands_alone(const struct fact *fact)
{
    enum sameness how = sameness[fact->item.section];
    bool nameless = fact->item.code.len == 0 && fact->folded.len == 0;
    return how == NEVER_SAME || nameless || (how == SAME_EVENT && fact->when == INSTANT_MIN);
}

static uint64_t key_number(const struct fact *fact)
{
    const struct record_item *item = &fact->item;
    uint64_t number = (uint64_t)item->section * 4 + class_of(item);
    if (sameness[item->section] == SAME_EVENT) {
        /* a day is not the midnight with which it begins */
        bool timed = item->has_date && item->date.precision >= INSTANT_MINUTE;
        number ^= ((uint64_t)fact->when << 8) ^ (uint64_t)timed << 7;
    }
    return number;
}

static struct group *group_new(struct grouping *grouping, const struct fact *fact)
{
    struct group *group = arena_new(grouping->building->arena, struct group);
    if (group == NULL) {
        return NULL;
    }
    struct section_groups *list = &grouping->sections[fact->item.section];
    group->section = fact->item.section;
    if (list->last == NULL) {
        list->first = group;
    } else {
        list->last->next = group;
    }
    list->last = group;
    return group;
}

/* the group of a fact: by its code, then by its words where either has no code */
static struct group *find_group(struct grouping *grouping, struct fact *fact)
{
    if (stands_alone(fact)) {
        return group_new(grouping, fact);
    }
    const struct record_item *item = &fact->item;
    uint64_t number = key_number(fact);
    bool coded = item->code.len > 0;
    void **by_code = NULL, **by_words = NULL;
    if (coded) {
        struct record_key key = { number ^ UINT64_C(1) << 63, { item->system, item->code } };
        by_code = key_table_put(&grouping->table, &key);
    }
    if (coded && *by_code != NULL) {
        return *by_code;
    }
    if (fact->folded.len > 0) {
        struct record_key key = { number, { { NULL, 0 }, fact->folded } };
        by_words = key_table_put(&grouping->table, &key);
    }
    struct group *group = by_words == NULL ? NULL : *by_words;
    if (group == NULL || (coded && group->coded)) {
        group = group_new(grouping, fact);
    }
    if (coded) {
        *by_code = group;
    }
    if (by_words != NULL && *by_words == NULL) {
        *by_words = group;
    }
    if (group != NULL) {
        group->coded |= coded;
    }
    return group;
}

static void add_fact(struct group *group, struct fact *fact)
{
    if (group->last == NULL) {
        group->first = fact;
    } else {
        group->last->next = fact;
    }
    group->last = fact;
    group->count++;
    group->current |= record_in_force(&fact->item);
    group->severe |= fact->item.severe && record_in_force(&fact->item);
}

/* -- from groups to lines ---------------------------------------------------------------------- */

/* severe before mild, so that the line says it; then what has a dose, a reaction or a value */
static int weight(const struct record_item *item)
{
    bool says = item->detail.len > 0 || item->value.present || item->value_text.len > 0;
    return (item->severe ? 2 : 0) + (says ? 1 : 0);
}

static const struct fact *leader(const struct group *group)
{
    const struct fact *best = NULL;
    for (const struct fact *fact = group->first; fact != NULL; fact = fact->next) {
        if ((record_in_force(&fact->item) || !group->current) &&
            (best == NULL || weight(&fact->item) > weight(&best->item))) {
            best = fact;
        }
    }
    return best;
}

/* the leader, then what is in force, then the rest, newest first each */
static bool fill_line(struct building *building, const struct group *group,
                      struct record_line *line)
{
    line->items = arena_array(building->arena, group->count, const struct record_item *);
    if (line->items == NULL) {
        return false;
    }
    const struct fact *first = leader(group);
    line->items[line->count++] = &first->item;
    for (int in_force_first = 1; in_force_first >= 0; in_force_first--) {
        for (const struct fact *fact = group->first; fact != NULL; fact = fact->next) {
            if (fact != first && record_in_force(&fact->item) == (in_force_first == 1)) {
                line->items[line->count++] = &fact->item;
            }
        }
    }
    if (group->count > 1) {
        record_line_difference(building, line);
    }
    return true;
}

static bool fill_section(struct building *building, const struct section_groups *list,
                         struct record_section_view *view)
{
    view->current = arena_array(building->arena, list->current, struct record_line);
    view->past = arena_array(building->arena, list->past, struct record_line);
    if (view->current == NULL || view->past == NULL) {
        return false;
    }
    for (int severe = 1; severe >= 0; severe--) {
        for (const struct group *group = list->first; group != NULL; group = group->next) {
            if (group->severe != (severe == 1)) {
                continue;
            }
            struct record_line *line = group->current ? &view->current[view->current_count++]
                                                      : &view->past[view->past_count++];
            if (!fill_line(building, group, line)) {
                return false;
            }
            view->item_count += line->count;
        }
    }
    return true;
}

static bool group_facts(struct grouping *grouping)
{
    struct building *building = grouping->building;
    for (size_t i = 0; i < building->facts.count; i++) {
        struct fact *fact = building->facts.at[i];
        if (fact->item.code.len == 0 || sameness[fact->item.section] == SAME_THING) {
            fact->folded = utf8_search_key(fact->item.title, building->arena);
        }
        struct group *group = find_group(grouping, fact);
        if (group == NULL) {
            return false;
        }
        add_fact(group, fact);
    }
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        struct section_groups *list = &grouping->sections[i];
        for (const struct group *group = list->first; group != NULL; group = group->next) {
            list->current += group->current;
            list->past += !group->current;
        }
    }
    return true;
}

void record_reconcile(struct building *building)
{
    struct grouping grouping = { .building = building };
    if (!key_table_init(&grouping.table, building->arena, building->facts.count * 2) ||
        !group_facts(&grouping)) {
        return; /* the arena remembers */
    }
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        if (!fill_section(building, &grouping.sections[i], &building->record->sections[i])) {
            return;
        }
    }
    record_same_medicine(building, &building->record->sections[SECTION_MEDICATION]);
}
