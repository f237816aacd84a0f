/*
 * read_problem.c: conditions, and what runs in the family.
 *
 * FHIR R4 condition.html: clinicalStatus says whether it is so now, verificationStatus whether it
 * is so at all; the second overrides the first. Without a clinicalStatus an abatement makes it
 * past. A refuted condition is kept and said, never dropped (hazard H12). "No known allergies"
 * written as a condition, and "Allergy to ..." likewise, belong to the allergies, where they are
 * looked for.
 */
#include "base/utf8.h"
#include "record/record_internal.h"

void record_verification(struct reading *reading)
{
    struct record_item *item = reading->item;
    struct concept concept = { 0 };
    if (!record_concept(reading, reading->field[FIELD_verificationStatus], &concept)) {
        return;
    }
    struct slice code = concept.code.len > 0 ? concept.code : concept.text;
    if (slice_equal(code, SLICE("confirmed"))) {
        return;
    }
    item->status_text = record_join(reading->texts, record_status_words(reading->arena, code), ", ",
                                    item->status_text);
    if (slice_equal(code, SLICE("refuted"))) {
        item->status = ITEM_REFUTED;
        item->status_text = SLICE("refuted");
    } else if (slice_equal(code, SLICE("entered-in-error"))) {
        item->status = ITEM_ENTERED_IN_ERROR;
        item->status_text = SLICE("entered in error");
    }
}

/* "Onset: 45 a", "Ended: in childhood" */
void record_words_of_time(struct reading *reading)
{
    static const struct {
        enum record_field field;
        const char *label;
    } words[] = {
        { FIELD_onsetString, "Onset:" },
        { FIELD_onsetAge, "Onset at age" },
        { FIELD_abatementString, "Ended:" },
        { FIELD_abatementAge, "Ended at age" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        record_note(reading, words[i].label,
                    record_value_text(reading, reading->field[words[i].field]));
    }
}

static void move_allergy(struct reading *reading)
{
    struct record_item *item = reading->item;
    struct slice folded = utf8_search_key(item->title, reading->arena);
    if (slice_find_slice(folded, SLICE("allerg")) == folded.len &&
        !slice_starts_with(folded, SLICE("nk"))) {
        return;
    }
    if (record_negation(item->title, item->code, reading->arena) != NEGATION_NONE) {
        item->section = SECTION_ALLERGIES;
        item->negation = true;
        item->status = item->status == ITEM_CURRENT ? ITEM_REFUTED : item->status;
    } else if (slice_starts_with(folded, SLICE("allergy to "))) {
        item->section = SECTION_ALLERGIES;
        record_note(reading, NULL, SLICE("Recorded as a problem"));
    }
}

void refine_condition(struct reading *reading)
{
    struct record_item *item = reading->item;
    bool ended = item->has_end || reading->field[FIELD_abatementString] != JSON_NONE ||
                 reading->field[FIELD_abatementAge] != JSON_NONE;
    if (reading->field[FIELD_clinicalStatus] == JSON_NONE && ended) {
        item->status = ITEM_PAST;
        item->status_text = SLICE("ended");
    }
    record_verification(reading);
    record_detail(reading, NULL, record_concept_text(reading, reading->field[FIELD_severity]));
    struct slice site = record_concepts_text(reading, reading->field[FIELD_bodySite]);
    record_detail(reading, NULL, record_beyond_title(reading, site));
    json_each_element(reading->json, reading->field[FIELD_stage], stage)
    {
        record_detail(reading, "Stage:",
                      record_concept_text(reading, record_child(reading, stage, "summary")));
    }
    record_words_of_time(reading);
    record_annotations(reading);
    move_allergy(reading);
}

/* "Mother: Breast cancer" */
void refine_family_history(struct reading *reading)
{
    struct record_item *item = reading->item;
    struct slice who = record_concept_text(reading, reading->field[FIELD_relationship]);
    struct slice what = { NULL, 0 };
    json_each_element(reading->json, reading->field[FIELD_condition], condition)
    {
        struct slice one = record_concept_text(reading, record_child(reading, condition, "code"));
        what = record_join(reading->texts, what, ", ", one);
        record_detail(reading, "Outcome:",
                      record_concept_text(reading, record_child(reading, condition, "outcome")));
    }
    if (who.len == 0) {
        who = SLICE("Relative");
    }
    item->title = record_join(reading->texts, SLICE("Family history"), ": ",
                              record_join(reading->texts, who, ", ", what));
    item->system = item->code = (struct slice){ NULL, 0 };
    record_annotations(reading);
}
