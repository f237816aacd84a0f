/*
 * read_contact.c: who else matters: relatives, teams, and the contacts in the Patient itself.
 *
 * FHIR R4 relatedperson.html, careteam.html, patient.html#contact. A contact's name is the title,
 * what they are to the patient the detail, how to reach them the note.
 */
#include "nhs/person_name.h"
#include "record/record_internal.h"

/* "01865 000000 (mobile), a@b" */
static struct slice telecoms(struct reading *reading, json_ix telecom)
{
    struct slice all = { NULL, 0 };
    json_each_element(reading->json, telecom, one)
    {
        struct slice value = record_member(reading, one, "value");
        struct slice use = record_member(reading, one, "use");
        if (slice_equal(use, SLICE("old"))) {
            continue;
        }
        if (value.len > 0 && use.len > 0) {
            value =
                arena_printf(reading->arena, "%.*s (%.*s)", SLICE_PRINT(value), SLICE_PRINT(use));
        }
        all = record_join(reading->texts, all, ", ", value);
    }
    return all;
}

/* name, relationship and telecom, which both kinds of contact have */
static void read_contact(struct reading *reading)
{
    struct record_item *item = reading->item;
    struct person_name name;
    json_ix names = reading->field[FIELD_name];
    struct slice relationship = record_concepts_text(reading, reading->field[FIELD_relationship]);
    item->title = (struct slice){ NULL, 0 };
    if (json_is(reading->json, names, JSON_ARRAY)
            ? person_name_read(reading->json, names, reading->arena, &name)
            : names != JSON_NONE) {
        if (!json_is(reading->json, names, JSON_ARRAY)) {
            person_name_read_one(reading->json, names, reading->arena, &name);
        }
        item->title = person_name_plain(&name, reading->arena);
    }
    item->system = item->code = (struct slice){ NULL, 0 };
    if (item->title.len == 0) {
        item->title = relationship;
    } else {
        record_detail(reading, NULL, relationship);
    }
    record_note(reading, NULL, telecoms(reading, reading->field[FIELD_telecom]));
    ((struct fact *)item)->next_of_kin = record_is_next_of_kin(reading);
}

void refine_related_person(struct reading *reading)
{
    struct record_item *item = reading->item;
    read_contact(reading);
    if (json_is(reading->json, reading->field[FIELD_active], JSON_FALSE)) {
        item->status = ITEM_PAST;
        item->status_text = SLICE("no longer");
    }
}

void refine_care_team(struct reading *reading)
{
    json_each_element(reading->json, reading->field[FIELD_participant], participant)
    {
        json_ix member = record_child(reading, participant, "member");
        struct slice name = record_reference_name(reading, member);
        struct slice role =
            record_concepts_text(reading, record_child(reading, participant, "role"));
        record_detail(reading, NULL, record_join(reading->texts, name, ", ", role));
    }
    record_note(reading, NULL, telecoms(reading, reading->field[FIELD_telecom]));
    record_reasons(reading);
    record_annotations(reading);
}

void record_patient_contacts(struct record_part *part, const struct source_resource *resource)
{
    struct reading patient = { 0 };
    record_reading_init(&patient, part, resource);
    json_ix contacts = json_member(patient.json, 0, SLICE("contact"));
    json_each_element(patient.json, contacts, contact)
    {
        struct reading reading = patient;
        if (!record_fields_read(&reading, contact)) {
            continue;
        }
        struct fact *fact = record_fact_new(part);
        if (fact == NULL) {
            return;
        }
        reading.item = &fact->item;
        fact->item.section = SECTION_CONTACTS;
        fact->item.source = part->source;
        fact->item.type = FHIR_PATIENT;
        fact->item.id = resource->stored.id;
        read_contact(&reading);
        fact->item.has_date =
            record_when(&reading, reading.field[FIELD_period], false, &fact->item.date);
        fact->item.has_end =
            record_when(&reading, reading.field[FIELD_period], true, &fact->item.end);
        if (fact->item.title.len == 0) {
            fact->item.title = SLICE("Not named by the source");
        }
        record_fact_done(fact);
    }
}
