/*
 * csv_patient.c: fields that the tables share.
 */
#include "synth/csv_patient.h"

#include "synth/mishaps.h"

void csv_patient(struct csv_row *row, const struct synth_world *world,
                 const struct synth_patient *patient)
{
    char line[96] = "";
    bool traced = (patient->alterations >> SYNTH_ALTERED_NUMBER_TRACED & 1) != 0;
    if (patient->address != NULL) {
        synth_address_line(patient->address, line, sizeof(line));
    }
    csv_string(row, patient->local_id);
    csv_string(row, traced ? "" : patient->nhs_number);
    csv_string(row, patient->family);
    csv_string(row, patient->given);
    csv_byte(row, patient->sex);
    csv_day(row, patient->birth);
    csv_string(row, line);
    csv_text(row, patient->address != NULL ? patient->address->place->name : SLICE(""));
    csv_string(row, patient->postcode);
    csv_text(row, patient->phone);
    csv_text(row, world->organisations[patient->practice].ods);
}

void csv_item_number(struct csv_row *row, const struct synth_life *life,
                     const struct synth_patient *patient, uint32_t index)
{
    char text[48];
    snprintf(text, sizeof(text), "%.*s-%07llu-%u",
             SLICE_PRINT(life->world->organisations[patient->organisation].ods),
             (unsigned long long)life->person->number, index);
    csv_string(row, text);
}

void csv_item_code(struct csv_row *row, const struct synth_item *item)
{
    if (item->code == NULL || mishap_is(item, SYNTH_MISHAP_UNCODED)) {
        csv_empty(row);
    } else if (mishap_is(item, SYNTH_MISHAP_WRONG_CODE)) {
        csv_text(row, mishap_wrong_code(item)->code);
    } else {
        csv_text(row, item->code->code);
    }
}

void csv_result(struct csv_row *row, const struct synth_life *life, uint32_t encounter,
                enum synth_test_key test)
{
    for (uint32_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->encounter == encounter && item->test == &synth_test_table[test] &&
            !mishap_withdrawn(item)) {
            csv_thousandths(row, item->value);
            return;
        }
    }
    csv_empty(row);
}

void csv_author(struct csv_row *row, const struct synth_life *life, const struct synth_item *item)
{
    char text[128];
    const struct synth_staff_member *author = &life->world->staff[item->author];
    snprintf(text, sizeof(text), "%.*s %.*s", SLICE_PRINT(author->given),
             SLICE_PRINT(author->family));
    csv_string(row, text);
}
