/*
 * build.c: the record from the answers.
 *
 * Stages, each linear but for one sort: take the facts of every answer (part.c, which has mostly
 * run already where the answer came in), sort them newest first, group them into lines
 * (reconcile.c) and series (trends.c), then say what the whole means: states, allergies, who it is.
 * Nothing is read twice and nothing is kept but in arenas.
 */
#include "base/limits.h"
#include "record/record_internal.h"

/* the older of two, or the later come of a tie, is not before (hazard H15: a tie is no order) */
static bool before(const struct fact *one, const struct fact *other)
{
    return one->when > other->when;
}

/*
 * Newest first, undated last, ties as they came: a stable merge from short runs up. qsort() would
 * call back for each comparison and was a tenth of the whole.
 */
static bool sort_facts(struct building *building)
{
    size_t count = building->facts.count;
    struct fact **from = building->facts.at;
    struct fact **to = arena_alloc(building->arena, count * sizeof(struct fact *));
    for (size_t run = 1; to != NULL && run < count; run *= 2) {
        for (size_t start = 0; start < count; start += 2 * run) {
            size_t middle = start + run < count ? start + run : count;
            size_t end = middle + run < count ? middle + run : count;
            size_t left = start, right = middle;
            for (size_t i = start; i < end; i++) {
                bool take_right =
                    right < end && (left == middle || before(from[right], from[left]));
                to[i] = from[take_right ? right++ : left++];
            }
        }
        struct fact **swap = from;
        from = to;
        to = swap;
    }
    building->facts.at = from;
    return to != NULL;
}

static void make_timeline(struct building *building)
{
    struct record *record = building->record;
    record->item_count = building->facts.count;
    record->timeline = arena_array(building->arena, record->item_count, struct record_event);
    for (size_t i = 0; record->timeline != NULL && i < record->item_count; i++) {
        record->timeline[i].item = &building->facts.at[i]->item;
        record->undated_count += building->facts.at[i]->when == INSTANT_MIN;
    }
    record->timeline_count = record->timeline == NULL ? 0 : record->item_count;
}

/* -- sources and states ------------------------------------------------------------------------ */

static void fill_source(struct record_source *source, const struct record_input *input)
{
    *source = (struct record_source){
        .ods = input->ods, .name = input->name, .own = input->own, .asked = input->asked
    };
    source->state =
        record_state(input, true, true, input->answer != NULL && input->answer->count > 0);
    if (input->answer != NULL) {
        source->as_at = input->answer->as_at;
        source->resources = input->answer->count;
        source->took_us = input->answer->took_us;
    }
}

static void fill_states(struct building *building, enum record_section section)
{
    struct record *record = building->record;
    struct record_section_view *view = &record->sections[section];
    bool allowed = record_section_allowed(building->decision, section);
    bool whole = record_section_allowed_whole(building->decision, section);
    record->some_denied |= !whole;
    for (size_t i = 0; i < record->source_count; i++) {
        const struct record_input *input = &building->inputs[i];
        view->states[i] = record_state(input, allowed, whole,
                                       building->present[section * record->source_count + i]);
        record->sources[i].denied_some |= input->answer != NULL && input->asked &&
                                          (!whole || record->sources[i].counts.refused > 0);
    }
}

/* which source has items in which section, and room for the states that follow from it */
static bool note_presence(struct building *building)
{
    struct record *record = building->record;
    building->present = arena_array(building->arena, SECTION_COUNT * record->source_count, bool);
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        record->sections[i].section = (enum record_section)i;
        record->sections[i].states =
            arena_array(building->arena, record->source_count, enum source_state);
    }
    if (building->arena->exhausted) {
        return false;
    }
    for (size_t i = 0; i < building->facts.count; i++) {
        const struct record_item *item = &building->facts.at[i]->item;
        building->present[item->section * record->source_count + item->source] = true;
    }
    return true;
}

static bool begin(struct building *building, size_t count)
{
    struct record *record = building->record;
    record->sources = arena_array(building->arena, count, struct record_source);
    building->parts = arena_array(building->arena, count, struct record_part *);
    if (record->sources == NULL || building->parts == NULL) {
        return false;
    }
    record->source_count = count;
    for (size_t i = 0; i < count; i++) {
        fill_source(&record->sources[i], &building->inputs[i]);
        record->answered += record->sources[i].state == SOURCE_OK ||
                            record->sources[i].state == SOURCE_NONE_RECORDED;
    }
    return true;
}

/* the facts of one source behind those of the sources before it */
static bool take_part(struct building *building, size_t source, const struct record_part *part)
{
    struct record *record = building->record;
    record->sources[source].counts = part->counts;
    record->unshown_count += part->counts.not_shown + part->counts.unreadable;
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        record->sections[i].unreadable += part->unreadable[i];
    }
    for (size_t i = 0; i < part->facts.count; i++) {
        struct fact **place = vector_push(&building->facts, building->arena);
        if (place == NULL) {
            return false;
        }
        *place = part->facts.at[i];
    }
    return true;
}

static bool take_parts(struct building *building, walltime now)
{
    for (size_t i = 0; i < building->record->source_count; i++) {
        const struct record_input *input = &building->inputs[i];
        if (input->answer == NULL) {
            continue;
        }
        building->parts[i] =
            input->part != NULL
                ? input->part
                : record_part_read(building->arena, building->decision, input->answer, i, now);
        if (building->parts[i] == NULL || !take_part(building, i, building->parts[i])) {
            return false;
        }
    }
    return true;
}

static bool too_many(const struct record_input *inputs, size_t count)
{
    size_t resources = 0;
    for (size_t i = 0; i < count; i++) {
        resources += inputs[i].answer == NULL ? 0 : inputs[i].answer->count;
    }
    return count > LIMIT_RECORD_SOURCES || resources > LIMIT_RECORD_ITEMS;
}

static void build(struct building *building)
{
    struct record *record = building->record;
    if (!take_parts(building, record->made) || !sort_facts(building)) {
        return;
    }
    make_timeline(building);
    if (!note_presence(building)) {
        return;
    }
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        fill_states(building, (enum record_section)i);
    }
    record_reconcile(building);
    if (building->arena->exhausted) {
        return; /* half a record is none: what follows counts on the lines */
    }
    record_trends(building, SECTION_RESULTS);
    record_trends(building, SECTION_OBSERVATIONS);
    record_allergies(building);
    record_person_read(building);
}

bool record_build(struct arena *arena, const struct decision *decision, struct slice person,
                  const struct record_input *inputs, size_t count, walltime now,
                  struct record *ret_record, struct fault *fault)
{
    if (too_many(inputs, count)) {
        return fault_set(fault, arena, FAULT_TOO_LARGE,
                         "the record has more items than can be shown");
    }
    struct record record = { .arena = arena, .made = now, .person.person = person };
    struct building *building = arena_new(arena, struct building);
    if (building == NULL) {
        return fault_no_memory(fault, arena);
    }
    *building = (struct building){ .arena = arena,
                                   .decision = decision,
                                   .inputs = inputs,
                                   .record = &record,
                                   .texts.arena = arena };
    if (begin(building, count)) {
        build(building);
    }
    if (arena->exhausted) {
        return fault_no_memory(fault, arena);
    }
    if (record.item_count > LIMIT_RECORD_ITEMS) {
        return fault_set(fault, arena, FAULT_TOO_LARGE,
                         "the record has more items than can be shown");
    }
    *ret_record = record;
    return true;
}
