/*
 * csv_patient.h: who a row is about, and how an item stands in it. For the writers of tables.
 */
#ifndef EVENLODE_SYNTH_CSV_PATIENT_H
#define EVENLODE_SYNTH_CSV_PATIENT_H

#include "synth/csv_writer.h"
#include "synth/life.h"

#define CSV_PATIENT_COLUMNS                                                                        \
    "local_id,nhs_number,family,given,sex,born,address,town,postcode,telephone,practice"

void csv_patient(struct csv_row *row, const struct synth_world *world,
                 const struct synth_patient *patient);
/* "RZX-0001234-12": the sender's number of an item */
void csv_item_number(struct csv_row *row, const struct synth_life *life,
                     const struct synth_patient *patient, uint32_t index);
/* the code as it was sent: none, or a wrong one, when that befell the item */
void csv_item_code(struct csv_row *row, const struct synth_item *item);
/* the result of that test at the encounter, or nothing */
void csv_result(struct csv_row *row, const struct synth_life *life, uint32_t encounter,
                enum synth_test_key test);
void csv_author(struct csv_row *row, const struct synth_life *life, const struct synth_item *item);

#endif
