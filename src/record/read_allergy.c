/*
 * read_allergy.c: what a person reacts to, how, and the statement that there is nothing known.
 *
 * FHIR R4 allergyintolerance.html. Cause is the title; reactions with their severity are the
 * detail, which is also what differs between sources. A high criticality or one severe reaction
 * makes the item severe, so that it is shown first. A negated entry is a statement of absence and
 * never counts as an allergy (negation.c); one without a clinicalStatus counts as in force, the
 * safe reading.
 */
#include "record/record_internal.h"

static struct slice reaction_text(struct reading *reading, json_ix reaction)
{
    struct arena *arena = reading->arena;
    struct slice text =
        record_concepts_text(reading, record_child(reading, reaction, "manifestation"));
    if (text.len == 0) {
        text = record_member(reading, reaction, "description");
    }
    struct slice severity = record_member(reading, reaction, "severity");
    if (slice_equal(severity, SLICE("severe"))) {
        reading->item->severe = true;
    }
    if (severity.len > 0) {
        text = text.len == 0
                   ? record_join(reading->texts, severity, " ", SLICE("reaction"))
                   : arena_printf(arena, "%.*s (%.*s)", SLICE_PRINT(text), SLICE_PRINT(severity));
    }
    return text;
}

static void read_reactions(struct reading *reading)
{
    json_each_element(reading->json, reading->field[FIELD_reaction], reaction)
    {
        struct slice text = reaction_text(reading, reaction);
        struct slice substance =
            record_concept_text(reading, record_child(reading, reaction, "substance"));
        if (reading->item->title.len == 0) {
            reading->item->title = substance;
        } else if (substance.len > 0 && !slice_equal(substance, reading->item->title)) {
            text = record_join(reading->texts, substance, ": ", text);
        }
        record_detail(reading, NULL, text);
    }
}

void refine_allergy(struct reading *reading)
{
    struct record_item *item = reading->item;
    record_verification(reading);
    read_reactions(reading);
    struct slice criticality = record_string(reading, reading->field[FIELD_criticality]);
    if (slice_equal(criticality, SLICE("high"))) {
        item->severe = true;
    } else if (slice_equal(criticality, SLICE("unable-to-assess"))) {
        record_note(reading, NULL, SLICE("Risk could not be assessed"));
    }
    if (slice_equal(record_string(reading, reading->field[FIELD_type]), SLICE("intolerance"))) {
        record_note(reading, NULL, SLICE("Intolerance"));
    }
    struct instant last;
    if (record_when(reading, reading->field[FIELD_lastOccurrence], false, &last)) {
        record_note(reading, "Last reaction:", record_date_words(reading->arena, &last));
    }
    record_words_of_time(reading);
    record_annotations(reading);
    if (item->status != ITEM_ENTERED_IN_ERROR && item->title.len > 0 &&
        record_negation(item->title, item->code, reading->arena) != NEGATION_NONE) {
        /* refuting or resolving "none known" does not state it: only what is in force is a negation
         */
        item->negation = item->status == ITEM_CURRENT;
        item->status = item->status == ITEM_CURRENT ? ITEM_REFUTED : item->status;
        item->severe = false;
    }
}
