/*
 * difference.c: what sources say differently of one fact, in words.
 *
 * "Dose differs: Oxford Trust 2.5 mg since 09-Sep-2026." Compared with the leading entry is every
 * other entry in force, and of a source that has none in force its newest, since a source's own
 * older entries are its history and no contradiction. What one source leaves out is no difference
 * either. Texts are compared folded, so that capitals and spaces do not count; numbers are not
 * interpreted: "2.5 mg" and "2500 micrograms" differ, and a person shall look (hazard H7).
 */
#include "base/utf8.h"
#include "record/record_internal.h"

static const char *const detail_words[SECTION_COUNT] = {
    [SECTION_MEDICATION] = "Dose",
    [SECTION_ALLERGIES] = "Reaction",
    [SECTION_ENCOUNTERS] = "Details differ",
    [SECTION_PROCEDURES] = "Details differ",
    [SECTION_IMMUNISATIONS] = "Details differ",
    [SECTION_CARE_PLANS] = "Details differ",
    [SECTION_ALERTS] = "Details differ",
    [SECTION_CONTACTS] = "Relationship",
};

static bool differs(struct building *building, struct slice a, struct slice b)
{
    if (a.len == 0 || b.len == 0 || slice_equal(a, b)) {
        return false;
    }
    return !slice_equal(utf8_search_key(a, building->arena), utf8_search_key(b, building->arena));
}

static struct slice source_name(const struct building *building, const struct record_item *item)
{
    const struct record_source *source = &building->record->sources[item->source];
    return source->name.len > 0 ? source->name : source->ods;
}

/* "label differs: source what since date"; a part that is said already is not said again */
static void say(struct building *building, struct record_line *line, const char *label,
                const struct record_item *item, struct slice what)
{
    bool whole = strchr(label, ' ') != NULL;
    struct slice date = { NULL, 0 };
    if (item->has_date || item->has_recorded) {
        date = record_date_words(building->arena, item->has_date ? &item->date : &item->recorded);
    }
    struct slice text = record_join(&building->texts, slice_from_string(label),
                                    whole ? ": " : " differs: ", source_name(building, item));
    text = record_join(&building->texts, text, " ", what);
    text = record_join(&building->texts, text, " since ", date);
    if (slice_find_slice(line->difference, text) == line->difference.len || text.len == 0) {
        line->difference = record_join(&building->texts, line->difference, ". ", text);
    }
}

static struct slice value_words(struct building *building, const struct record_item *item)
{
    if (!item->value.present) {
        return item->value_text;
    }
    struct slice text =
        record_join(&building->texts, item->value.comparator, " ", item->value.value);
    return record_join(&building->texts, text, " ", item->value.unit);
}

static struct slice standing(const struct record_item *item)
{
    static const struct slice words[] = {
        [ITEM_CURRENT] = SLICE_INIT("current"),
        [ITEM_PAST] = SLICE_INIT("past"),
        [ITEM_ENTERED_IN_ERROR] = SLICE_INIT("withdrawn"),
        [ITEM_REFUTED] = SLICE_INIT("refuted"),
    };
    return item->status_text.len > 0 ? item->status_text : words[item->status];
}

static void compare(struct building *building, struct record_line *line,
                    const struct record_item *other)
{
    const struct record_item *lead = line->items[0];
    enum record_section section = lead->section;
    if (lead->status != other->status) {
        say(building, line, "Status", other, standing(other));
    }
    bool both = lead->status == other->status;
    if (both && detail_words[section] != NULL && differs(building, lead->detail, other->detail)) {
        say(building, line, detail_words[section], other, other->detail);
    }
    if (section == SECTION_RESULTS || section == SECTION_OBSERVATIONS) {
        struct slice value = value_words(building, other);
        if (differs(building, value_words(building, lead), value)) {
            say(building, line, "Value", other, value);
        }
    }
    if (section == SECTION_PROBLEMS && both && lead->has_date && other->has_date &&
        lead->date.year != other->date.year && record_in_force(lead)) {
        struct slice date = record_date_words(building->arena, &other->date);
        struct slice text =
            arena_printf(building->arena, "Date differs: %.*s %.*s",
                         SLICE_PRINT(source_name(building, other)), SLICE_PRINT(date));
        if (slice_find_slice(line->difference, text) == line->difference.len) {
            line->difference = record_join(&building->texts, line->difference, ". ", text);
        }
    }
}

void record_line_difference(struct building *building, struct record_line *line)
{
    uint64_t seen = UINT64_C(1) << line->items[0]->source % 64;
    bool in_force = record_in_force(line->items[0]);
    for (size_t i = 1; i < line->count; i++) {
        const struct record_item *item = line->items[i];
        uint64_t bit = UINT64_C(1) << item->source % 64;
        /* items in force come first, so a source that has one is seen before its history is met */
        if ((in_force && record_in_force(item)) || (seen & bit) == 0) {
            compare(building, line, item);
        }
        seen |= bit;
    }
}

/* -- the same medicine in another strength ----------------------------------------------------- */

struct medicine {
    struct record_line *lines[8];
    size_t count;
};

/* folded name up to the first digit: what is left of "ramipril 5 mg capsules" is "ramipril" */
static struct slice base_name(struct slice folded)
{
    size_t len = 0;
    while (len < folded.len && !(folded.ptr[len] >= '0' && folded.ptr[len] <= '9')) {
        len++;
    }
    struct slice base = slice_trim(slice_sub(folded, 0, len));
    return base.len >= 4 ? base : (struct slice){ NULL, 0 };
}

static void tell_each_other(struct building *building, const struct medicine *medicine)
{
    size_t count = medicine->count < ARRAY_LENGTH(medicine->lines) ? medicine->count
                                                                   : ARRAY_LENGTH(medicine->lines);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (k == i) {
                continue;
            }
            const struct record_item *other = medicine->lines[k]->items[0];
            struct slice text =
                arena_printf(building->arena, "Also current: %.*s (%.*s)",
                             SLICE_PRINT(other->title), SLICE_PRINT(source_name(building, other)));
            struct record_line *line = medicine->lines[i];
            line->difference = record_join(&building->texts, line->difference, ". ", text);
        }
    }
}

void record_same_medicine(struct building *building, struct record_section_view *view)
{
    struct key_table table;
    struct medicine *medicines = arena_array(building->arena, view->current_count, struct medicine);
    size_t count = 0;
    if (medicines == NULL || !key_table_init(&table, building->arena, view->current_count)) {
        return;
    }
    for (size_t i = 0; i < view->current_count; i++) {
        const struct fact *fact = (const struct fact *)view->current[i].items[0];
        struct record_key key = { 0, { base_name(fact->folded) } };
        if (key.parts[0].len == 0) {
            continue;
        }
        struct medicine **medicine = (struct medicine **)key_table_put(&table, &key);
        if (*medicine == NULL) {
            *medicine = &medicines[count++];
        }
        if ((*medicine)->count < ARRAY_LENGTH((*medicine)->lines)) {
            (*medicine)->lines[(*medicine)->count] = &view->current[i];
        }
        (*medicine)->count++;
    }
    for (size_t i = 0; i < count; i++) {
        tell_each_other(building, &medicines[i]);
    }
}
