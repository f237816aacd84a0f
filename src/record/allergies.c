/*
 * allergies.c: the one word of the banner that can kill (hazard H4).
 *
 * "Known allergies" as soon as one source knows one. Without one, a source that did not answer, was
 * not asked or may not tell makes it "unavailable", whatever the others say; so does an allergy
 * that could not be read. "No known allergies" is said only when a source says so of all allergies,
 * and all that may hold any have answered; "No known drug allergies" when one says just that. Else
 * they are not recorded.
 */
#include "record/record_internal.h"

static bool may_hide_some(const struct building *building)
{
    const struct record_section_view *view = &building->record->sections[SECTION_ALLERGIES];
    for (size_t i = 0; i < building->record->source_count; i++) {
        enum source_state state = view->states[i];
        if (state != SOURCE_OK && state != SOURCE_NONE_RECORDED && state != SOURCE_NOT_SUPPORTED) {
            return true;
        }
    }
    return view->unreadable > 0;
}

void record_allergies(struct building *building)
{
    struct record *record = building->record;
    struct record_section_view *view = &record->sections[SECTION_ALLERGIES];
    bool none = false;
    bool no_drug = false;
    record->allergies_count = 0;
    for (size_t i = 0; i < view->current_count; i++) {
        const struct record_item *item = view->current[i].items[0];
        if (!item->negation) {
            record->allergies_count++;
            continue;
        }
        enum negation means = record_negation(item->title, item->code, building->arena);
        none |= means == NEGATION_ALL;
        no_drug |= means == NEGATION_DRUGS;
    }
    for (size_t i = 0; record->allergies_count > 0 && i < view->current_count; i++) {
        struct record_line *line = &view->current[i];
        if (line->items[0]->negation) { /* one source says none where another knows one */
            line->difference = record_join(&building->texts, line->difference, ". ",
                                           SLICE("Contradicted by the allergies recorded here"));
        }
    }
    if (!record_section_allowed(building->decision, SECTION_ALLERGIES)) {
        record->allergies = ALLERGIES_NOT_FOR_ROLE;
    } else if (record->allergies_count > 0) {
        record->allergies = ALLERGIES_KNOWN;
    } else if (may_hide_some(building)) {
        record->allergies = ALLERGIES_UNAVAILABLE;
    } else {
        record->allergies = none      ? ALLERGIES_NONE_KNOWN
                            : no_drug ? ALLERGIES_NO_DRUG_KNOWN
                                      : ALLERGIES_NOT_RECORDED;
    }
}
