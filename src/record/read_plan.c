/*
 * read_plan.c: plans, goals, requests and alerts.
 *
 * FHIR R4 careplan.html, goal.html, servicerequest.html, task.html, flag.html. Titles are what a
 * plan is called; what it consists of is the detail, nothing left out. An active alert is severe by
 * being one: it is there to be seen first (nhs-rules A4).
 */
#include "record/record_internal.h"

static struct slice activity_words(struct reading *reading, json_ix activity)
{
    json_ix detail = record_child(reading, activity, "detail");
    struct slice words = record_concept_text(reading, record_child(reading, detail, "code"));
    words = record_join(reading->texts, words, ": ", record_member(reading, detail, "description"));
    if (words.len == 0) {
        json_ix reference = record_child(reading, activity, "reference");
        words = reference == JSON_NONE ? words : record_member(reading, reference, "display");
    }
    struct slice status = record_member(reading, detail, "status");
    if (words.len > 0 && status.len > 0 && !slice_equal(status, SLICE("in-progress"))) {
        words = arena_printf(reading->arena, "%.*s (%.*s)", SLICE_PRINT(words),
                             SLICE_PRINT(record_status_words(reading->arena, status)));
    }
    return words;
}

void refine_plan(struct reading *reading)
{
    struct slice description = record_string(reading, reading->field[FIELD_description]);
    record_detail(reading, NULL, record_beyond_title(reading, description));
    struct slice category = record_concepts_text(reading, reading->field[FIELD_category]);
    record_note(reading, "Kind:", record_beyond_title(reading, category));
    json_each_element(reading->json, reading->field[FIELD_activity], activity)
    {
        record_detail(reading, NULL, activity_words(reading, activity));
    }
    record_annotations(reading);
}

void refine_goal(struct reading *reading)
{
    json_each_element(reading->json, reading->field[FIELD_target], target)
    {
        static const char *const values[] = {
            "detailQuantity", "detailRange",   "detailCodeableConcept",
            "detailString",   "detailBoolean", "detailInteger",
            "detailRatio"
        };
        struct slice words = record_concept_text(reading, record_child(reading, target, "measure"));
        for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
            words =
                record_join(reading->texts, words, " ",
                            record_value_text(reading, record_child(reading, target, values[i])));
        }
        record_detail(reading, "Target:", words);
        record_detail(reading, "by", record_member(reading, target, "dueDate"));
    }
    record_detail(
        reading, NULL,
        record_status_words(reading->arena,
                            record_concept_text(reading, reading->field[FIELD_achievementStatus])));
    record_annotations(reading);
}

static struct slice kind_of_request(fhir_type type)
{
    switch (type) {
    case FHIR_TASK:
        return SLICE("Task");
    case FHIR_NUTRITION_ORDER:
        return SLICE("Nutrition order");
    case FHIR_IMMUNIZATION_RECOMMENDATION:
        return SLICE("Immunisation recommended");
    default:
        return SLICE("Request");
    }
}

/* That it is asked for is said: "Physiotherapy" alone reads as if it had been given. */
void refine_request(struct reading *reading)
{
    struct record_item *item = reading->item;
    struct slice kind = kind_of_request(item->type);
    record_do_not_perform(reading, SLICE("not to be done"));
    if (item->title.len == 0) {
        item->title = kind;
    }
    record_detail(reading, NULL, record_beyond_title(reading, kind));
    struct slice description = record_string(reading, reading->field[FIELD_description]);
    record_detail(reading, NULL, record_beyond_title(reading, description));
    record_detail(reading, NULL, record_concepts_text(reading, reading->field[FIELD_orderDetail]));
    struct slice urgency = record_string(reading, reading->field[FIELD_priority]);
    if (urgency.len > 0 && !slice_equal(urgency, SLICE("routine"))) {
        record_detail(reading, "Priority:", urgency);
    }
    record_note(reading, "To:", record_reference_name(reading, reading->field[FIELD_performer]));
    record_note(reading, "For the patient:",
                record_string(reading, reading->field[FIELD_patientInstruction]));
    record_reasons(reading);
    record_annotations(reading);
}

void refine_alert(struct reading *reading)
{
    struct record_item *item = reading->item;
    item->severe = item->status == ITEM_CURRENT && item->type == FHIR_FLAG;
    struct slice severity = record_string(reading, reading->field[FIELD_severity]);
    if (slice_equal(severity, SLICE("high"))) {
        item->severe = item->status == ITEM_CURRENT;
    }
    record_detail(reading, "Severity:", severity);
    struct slice category = record_concepts_text(reading, reading->field[FIELD_category]);
    record_note(reading, "Kind:", record_beyond_title(reading, category));
    struct slice detail = record_string(reading, reading->field[FIELD_detail]);
    record_detail(reading, NULL, record_beyond_title(reading, detail));
    json_each_element(reading->json, reading->field[FIELD_prediction], prediction)
    {
        json_ix outcome = record_child(reading, prediction, "outcome");
        struct slice words = record_concept_text(reading, outcome);
        struct slice likely =
            record_concept_text(reading, record_child(reading, prediction, "qualitativeRisk"));
        record_detail(reading, NULL, record_join(reading->texts, words, ": ", likely));
    }
    record_reasons(reading);
    record_annotations(reading);
}
