/*
 * hl7v2_admission.c: ADT, HL7 v2.4 chapter 3.
 *
 * A discharge carries what was found and done (DG1, PR1), in the order of the structure ADT_A03;
 * arrivals, admissions and messages about the person carry allergies and next of kin. A fact shows
 * in no message that was sent before it was written down.
 */
#include "synth/hl7v2_context.h"

#include "synth/imaging.h"
#include "synth/mishaps.h"

/* how the three kinds of structure differ in what follows PV1; those of ADT_A09 have nothing */
enum part {
    PART_RELATIVES = 1,
    PART_REASON = 2,
    PART_ALLERGIES = 4,
    PART_DIAGNOSES = 8,
    PART_PROCEDURES = 16,
};

static const uint8_t parts[SYNTH_HL7V2_EVENT_COUNT] = {
    [SYNTH_HL7V2_A28] = PART_RELATIVES | PART_ALLERGIES,
    [SYNTH_HL7V2_A31] = PART_RELATIVES | PART_ALLERGIES | PART_DIAGNOSES | PART_PROCEDURES,
    [SYNTH_HL7V2_A01] = PART_RELATIVES | PART_REASON | PART_ALLERGIES,
    [SYNTH_HL7V2_A02] = 0,
    [SYNTH_HL7V2_A03] = PART_REASON | PART_DIAGNOSES | PART_PROCEDURES,
    [SYNTH_HL7V2_A04] = PART_RELATIVES | PART_REASON | PART_ALLERGIES,
    [SYNTH_HL7V2_A08] = PART_REASON | PART_ALLERGIES | PART_DIAGNOSES | PART_PROCEDURES,
    [SYNTH_HL7V2_A13] = PART_REASON,
};

static void allergy(struct v2_context *at, const struct synth_item *item, uint32_t number)
{
    static const struct {
        struct slice category;
        const char *code, *text;
    } types[] = {
        { SLICE_INIT("medication"), "DA", "Drug allergy" },
        { SLICE_INIT("food"), "FA", "Food allergy" },
        { SLICE_INIT("environment"), "EA", "Environmental Allergy" },
        { SLICE_INIT(""), "MA", "Miscellaneous allergy" },
    };
    size_t type = 0;
    while (type + 1 < ARRAY_LENGTH(types) && !slice_equal(types[type].category, item->text)) {
        type++;
    }
    hl7v2_segment(&at->writer, "AL1");
    v2_number(at, 1, number);
    v2_table_code(at, 2, types[type].code, types[type].text, "HL70127");
    v2_item_code(at, 3, item, NULL);
    if (item->text2.len > 0) {
        bool severe = slice_equal(item->text2, SLICE("high"));
        v2_table_code(at, 4, severe ? "SV" : "MI", severe ? "Severe" : "Mild", "HL70128");
    }
    if (item->other != NULL) {
        hl7v2_set(&at->writer, 5, 1, item->other->display);
    }
    v2_date(at, 6, synth_day_of(item->recorded));
}

static void diagnosis(struct v2_context *at, const struct synth_item *item, uint32_t number)
{
    hl7v2_segment(&at->writer, "DG1");
    v2_number(at, 1, number);
    v2_item_code(at, 3, item, NULL);
    hl7v2_set(&at->writer, 4, 1, item->note);
    v2_when(at, 5, item->start);
    v2_word(at, 6, "F"); /* table 0052: final */
    v2_number(at, 15, number == 1 ? 1 : 2);
    v2_staff(at, 16, item->author);
}

static void procedure(struct v2_context *at, const struct synth_item *item, uint32_t number)
{
    hl7v2_segment(&at->writer, "PR1");
    v2_number(at, 1, number);
    v2_item_code(at, 3, item, NULL);
    v2_when(at, 5, item->start);
    v2_staff(at, 12, item->author);
}

/* facts of one kind that were known when the message was sent */
static void facts(struct v2_context *at, enum synth_kind kind, uint32_t visit,
                  void (*write)(struct v2_context *at, const struct synth_item *item,
                                uint32_t number))
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < at->life->items.count; i++) {
        const struct synth_item *item = &at->life->items.at[i];
        bool here = kind == SYNTH_ALLERGY_RECORD || item->encounter == visit;
        here = here && (visit != SYNTH_NO_ITEM || imaging_of(item) == NULL); /* that has a report */
        if (item->kind == kind && here && item->recorded <= at->message->sent &&
            !mishap_withdrawn(item) && life_holds(at->life, at->who, i)) {
            write(at, item, ++number);
        }
    }
}

void v2_admission(struct v2_context *at)
{
    uint8_t has = parts[at->message->event];
    bool of_person = at->message->event == SYNTH_HL7V2_A28 || at->message->event == SYNTH_HL7V2_A31;
    uint32_t visit = of_person ? SYNTH_NO_ITEM : at->message->item;
    v2_event(at);
    v2_patient(at);
    v2_practice(at);
    if ((has & PART_RELATIVES) != 0) {
        v2_relatives(at);
    }
    v2_visit(at, visit);
    if ((has & PART_REASON) != 0) {
        v2_visit_reason(at, visit);
    }
    if ((has & PART_ALLERGIES) != 0) {
        facts(at, SYNTH_ALLERGY_RECORD, visit, allergy);
    }
    if ((has & PART_DIAGNOSES) != 0) {
        facts(at, SYNTH_CONDITION, visit, diagnosis);
    }
    if ((has & PART_PROCEDURES) != 0) {
        facts(at, SYNTH_PROCEDURE, visit, procedure);
    }
}

/* the patient that stays, and by its number the one that ends */
void v2_merge(struct v2_context *at)
{
    const struct synth_patient *duplicate = at->who;
    struct synth_patient kept;
    synth_patient_make(at->world, at->life->person, duplicate->organisation, 0, &kept);
    v2_event(at);
    at->who = &kept;
    v2_patient(at);
    v2_practice(at);
    at->who = duplicate;
    hl7v2_segment(&at->writer, "MRG");
    v2_local_number(at, 1, slice_from_string(duplicate->local_id), "PI");
    hl7v2_set(&at->writer, 7, 1, slice_from_string(duplicate->family));
    hl7v2_set(&at->writer, 7, 2, slice_from_string(duplicate->given));
}
