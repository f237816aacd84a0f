/*
 * read_encounter.c: contacts, admissions, episodes and appointments.
 *
 * FHIR R4 encounter.html, episodeofcare.html, appointment.html. An encounter that is over is still
 * a fact and stands among the current lines; only what was cancelled does not. An appointment is
 * current as long as it lies ahead: one whose time has gone by without a word of what became of it
 * is past too, and its status is still shown.
 */
#include "record/record_internal.h"

/* v3-ActCode, for what sends a code without words */
static struct slice class_words(struct reading *reading, json_ix class)
{
    static const struct {
        struct slice code, words;
    } words[] = {
        { SLICE_INIT("AMB"), SLICE_INIT("Outpatient or surgery contact") },
        { SLICE_INIT("EMER"), SLICE_INIT("Emergency") },
        { SLICE_INIT("IMP"), SLICE_INIT("Inpatient stay") },
        { SLICE_INIT("ACUTE"), SLICE_INIT("Inpatient stay, acute") },
        { SLICE_INIT("NONAC"), SLICE_INIT("Inpatient stay, not acute") },
        { SLICE_INIT("OBSENC"), SLICE_INIT("Observation stay") },
        { SLICE_INIT("SS"), SLICE_INIT("Day case") },
        { SLICE_INIT("HH"), SLICE_INIT("At home") },
        { SLICE_INIT("VR"), SLICE_INIT("Remote contact") },
        { SLICE_INIT("FLD"), SLICE_INIT("In the field") },
    };
    struct slice code = record_member(reading, class, "code");
    struct slice display = record_member(reading, class, "display");
    for (size_t i = 0; display.len == 0 && i < ARRAY_LENGTH(words); i++) {
        if (slice_equal(code, words[i].code)) {
            return words[i].words;
        }
    }
    return display.len > 0 ? display : code;
}

static struct slice diagnoses(struct reading *reading)
{
    struct slice all = { NULL, 0 };
    json_each_element(reading->json, reading->field[FIELD_diagnosis], diagnosis)
    {
        json_ix condition = record_child(reading, diagnosis, "condition");
        if (condition != JSON_NONE) {
            all = record_join(reading->texts, all, ", ", record_reference_name(reading, condition));
        }
    }
    return all;
}

void refine_encounter(struct reading *reading)
{
    struct record_item *item = reading->item;
    struct slice class = class_words(reading, reading->field[FIELD_class]);
    if (item->title.len == 0 ||
        slice_equal(item->title, record_member(reading, reading->field[FIELD_class], "code"))) {
        item->title = class.len > 0                        ? class
                      : item->type == FHIR_EPISODE_OF_CARE ? SLICE("Episode of care")
                                                           : SLICE("Encounter");
    } else {
        record_detail(reading, NULL, record_beyond_title(reading, class));
    }
    struct slice reason = record_concepts_text(reading, reading->field[FIELD_reasonCode]);
    record_detail(reading, NULL, reason);
    json_each_element(reading->json, reading->field[FIELD_reasonReference], reference)
    {
        struct slice name = record_reference_name(reading, reference);
        if (!slice_equal(name, reason)) {
            record_detail(reading, NULL, name);
        }
    }
    record_detail(reading, "Diagnosis:", diagnoses(reading));
    json_ix stay = reading->field[FIELD_hospitalization];
    record_detail(
        reading, "Discharged to:",
        record_concept_text(reading, record_child(reading, stay, "dischargeDisposition")));
    item->location = record_reference_name(reading, reading->field[FIELD_location]);
    json_ix provider = reading->field[FIELD_serviceProvider];
    if (item->location.len == 0 && provider != JSON_NONE) {
        item->location = record_reference_name(reading, provider);
        if (slice_equal(item->location, item->author)) {
            item->location.len = 0;
        }
    }
}

/* whom it is with: participants that are not the patient */
static void read_participants(struct reading *reading)
{
    struct record_item *item = reading->item;
    json_each_element(reading->json, reading->field[FIELD_participant], participant)
    {
        json_ix actor = record_child(reading, participant, "actor");
        struct slice reference = record_member(reading, actor, "reference");
        if (actor == JSON_NONE || slice_find_slice(reference, SLICE("Patient/")) < reference.len) {
            continue;
        }
        struct slice name = record_reference_name(reading, actor);
        if (slice_find_slice(reference, SLICE("Location/")) < reference.len) {
            item->location = record_join(reading->texts, item->location, ", ", name);
        } else {
            item->author = record_join(reading->texts, item->author, ", ", name);
        }
    }
}

void refine_appointment(struct reading *reading)
{
    struct record_item *item = reading->item;
    read_participants(reading);
    struct slice description = record_string(reading, reading->field[FIELD_description]);
    record_detail(reading, NULL, record_beyond_title(reading, description));
    struct slice reason = record_concepts_text(reading, reading->field[FIELD_reasonCode]);
    record_note(reading, "Reason:", reason);
    record_note(reading, NULL, record_string(reading, reading->field[FIELD_comment]));
    record_note(reading, "For the patient:",
                record_string(reading, reading->field[FIELD_patientInstruction]));
    if (item->status == ITEM_CURRENT && item->has_date &&
        instant_range(&item->date).high <= reading->part->now) {
        item->status = ITEM_PAST;
    }
}
