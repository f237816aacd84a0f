/*
 * read_medication.c: requested, stated, dispensed and given medicines.
 *
 * The dose goes into `detail` and nothing else does, because it is what is compared between sources
 * (hazard H7). Dosage.text is shown as written; only where a source sends none is it put together
 * from its parts, digits and units as they stand (H8). Several dosage instructions are all shown.
 *
 * FHIR R4 dosage.html, medicationrequest.html: doNotPerform makes the request its opposite.
 */
#include "record/record_internal.h"

static struct slice timing_words(struct reading *reading, json_ix timing)
{
    struct slice words = record_concept_text(reading, record_child(reading, timing, "code"));
    json_ix repeat = record_child(reading, timing, "repeat");
    struct slice frequency = record_primitive(reading, record_child(reading, repeat, "frequency"));
    struct slice period = record_primitive(reading, record_child(reading, repeat, "period"));
    if (words.len == 0 && frequency.len > 0 && period.len > 0) {
        struct slice unit = record_member(reading, repeat, "periodUnit");
        words = arena_printf(reading->arena, "%.*s times every %.*s %.*s", SLICE_PRINT(frequency),
                             SLICE_PRINT(period), SLICE_PRINT(unit));
    }
    return words;
}

static struct slice dose_words(struct reading *reading, json_ix dosage)
{
    json_ix rate = record_first(reading->json, record_child(reading, dosage, "doseAndRate"));
    struct slice dose = record_value_text(reading, record_child(reading, rate, "doseQuantity"));
    if (dose.len == 0) {
        dose = record_value_text(reading, record_child(reading, rate, "doseRange"));
    }
    if (dose.len == 0) { /* MedicationAdministration.dosage */
        dose = record_value_text(reading, record_child(reading, dosage, "dose"));
    }
    return dose;
}

static struct slice dosage_text(struct reading *reading, json_ix dosage)
{
    struct slice text = record_member(reading, dosage, "text");
    if (text.len > 0) {
        return text;
    }
    text = dose_words(reading, dosage);
    text = record_join(reading->texts, text, ", ",
                       record_concept_text(reading, record_child(reading, dosage, "route")));
    text = record_join(reading->texts, text, ", ",
                       timing_words(reading, record_child(reading, dosage, "timing")));
    json_ix as_needed = record_child(reading, dosage, "asNeededBoolean");
    if (json_is(reading->json, as_needed, JSON_TRUE)) {
        text = record_join(reading->texts, text, ", ", SLICE("as needed"));
    }
    struct slice need =
        record_concept_text(reading, record_child(reading, dosage, "asNeededCodeableConcept"));
    if (need.len > 0) {
        text = record_join(reading->texts, text, ", ",
                           record_join(reading->texts, SLICE("as needed for"), " ", need));
    }
    return record_join(reading->texts, text, ", ",
                       record_member(reading, dosage, "patientInstruction"));
}

static void read_dosage(struct reading *reading, enum record_field field)
{
    json_ix dosage = reading->field[field];
    if (json_is(reading->json, dosage, JSON_ARRAY)) {
        json_each_element(reading->json, dosage, one)
        {
            record_detail(reading, NULL, dosage_text(reading, one));
        }
    } else if (dosage != JSON_NONE) {
        record_detail(reading, NULL, dosage_text(reading, dosage));
    }
}

/* what sort of entry it is, where that is not plain: a dose given is no standing medicine */
static const char *kind_words(fhir_type type)
{
    return type == FHIR_MEDICATION_DISPENSE         ? "Dispensed"
           : type == FHIR_MEDICATION_ADMINISTRATION ? "Given"
                                                    : NULL;
}

static void read_supply(struct reading *reading)
{
    json_ix supply = reading->field[FIELD_dispenseRequest];
    struct slice quantity = record_value_text(reading, record_child(reading, supply, "quantity"));
    if (quantity.len == 0) {
        quantity = record_value_text(reading, reading->field[FIELD_quantity]);
    }
    record_note(reading, "Quantity:", quantity);
    struct record_item *item = reading->item;
    json_ix validity = record_child(reading, supply, "validityPeriod");
    if (!item->has_end && item->status == ITEM_PAST) {
        item->has_end = record_when(reading, validity, true, &item->end);
    }
}

void refine_medication(struct reading *reading)
{
    struct record_item *item = reading->item;
    read_dosage(reading, FIELD_dosageInstruction);
    read_dosage(reading, FIELD_dosage);
    record_do_not_perform(reading, SLICE("not to be given"));
    struct slice intent = record_string(reading, reading->field[FIELD_intent]);
    if (intent.len > 0 && !slice_equal(intent, SLICE("order"))) {
        record_note(reading, "Intent:", record_status_words(reading->arena, intent));
    }
    if (kind_words(item->type) != NULL) {
        record_note(reading, NULL, slice_from_string(kind_words(item->type)));
    }
    read_supply(reading);
    record_reasons(reading);
    record_note(reading, "Status reason:",
                record_concepts_text(reading, reading->field[FIELD_statusReason]));
    record_annotations(reading);
}
