/*
 * read_procedure.c: procedures, immunisations, and what else was done or found.
 *
 * FHIR R4 procedure.html, immunization.html. "not-done" is a statement that it was not, shown as
 * such with its reason (hazard H12).
 */
#include "record/record_internal.h"

void refine_procedure(struct reading *reading)
{
    struct record_item *item = reading->item;
    record_detail(reading, NULL, record_concepts_text(reading, reading->field[FIELD_bodySite]));
    record_detail(reading, "Outcome:", record_concept_text(reading, reading->field[FIELD_outcome]));
    if (item->status == ITEM_REFUTED) {
        item->status_text = SLICE("not done");
    }
    record_detail(reading, "Status reason:",
                  record_concepts_text(reading, reading->field[FIELD_statusReason]));
    record_note(reading,
                "When:", record_value_text(reading, reading->field[FIELD_performedString]));
    record_note(reading, "At age", record_value_text(reading, reading->field[FIELD_performedAge]));
    item->location = record_reference_name(reading, reading->field[FIELD_location]);
    record_detail(reading, NULL, record_string(reading, reading->field[FIELD_description]));
    record_reasons(reading);
    record_annotations(reading);
}

static void read_doses(struct reading *reading)
{
    json_each_element(reading->json, reading->field[FIELD_protocolApplied], protocol)
    {
        struct slice dose =
            record_primitive(reading, record_child(reading, protocol, "doseNumberPositiveInt"));
        if (dose.len == 0) {
            dose = record_member(reading, protocol, "doseNumberString");
        }
        record_detail(reading, "Dose", dose);
        record_detail(
            reading, "Against",
            record_concepts_text(reading, record_child(reading, protocol, "targetDisease")));
    }
}

void refine_immunisation(struct reading *reading)
{
    struct record_item *item = reading->item;
    read_doses(reading);
    record_detail(reading, NULL, record_concept_text(reading, reading->field[FIELD_site]));
    record_detail(reading, NULL, record_concept_text(reading, reading->field[FIELD_route]));
    record_detail(reading, "Batch", record_string(reading, reading->field[FIELD_lotNumber]));
    if (item->status == ITEM_REFUTED) {
        item->status_text = SLICE("not given");
    }
    record_detail(reading, "Status reason:",
                  record_concept_text(reading, reading->field[FIELD_statusReason]));
    record_note(reading, "When:", record_string(reading, reading->field[FIELD_occurrenceString]));
    record_note(reading,
                "Maker:", record_reference_name(reading, reading->field[FIELD_manufacturer]));
    item->location = record_reference_name(reading, reading->field[FIELD_location]);
    json_each_element(reading->json, reading->field[FIELD_reaction], reaction)
    {
        record_note(reading, "Reaction:",
                    record_reference_name(reading, record_child(reading, reaction, "detail")));
    }
    record_reasons(reading);
    record_annotations(reading);
}
