/*
 * extract_op.c: outpatients: a row an appointment, kept or not.
 *
 * ATTENDED is as in the NHS Data Dictionary (5 seen, 3 did not attend, 2 and 4 cancelled, 7 too
 * late). A kept appointment is an encounter in a clinic; one that was not kept has no encounter, so
 * the appointment itself is counted. What is still to come is not.
 */
#include "synth/extract_row.h"

#define COLUMN(name) SYNTH_EXTRACT_COLUMN_OP_##name

static uint32_t attended_code(const struct extract_row *row)
{
    bool came = row->item->kind == SYNTH_ENCOUNTER;
    return row->visit.attended != 0 ? row->visit.attended : came ? 5 : 3;
}

static bool was_asked_for(const struct extract_row *row)
{
    return row->visit.requested != SYNTH_NEVER && row->visit.requested > 0;
}

static void appointment_day(struct extract_row *row, uint32_t column UNUSED)
{
    extract_day(row, row->begin);
}

static void attended(struct extract_row *row, uint32_t column UNUSED)
{
    extract_digit(row, attended_code(row));
}

static void missed_day(struct extract_row *row, uint32_t column UNUSED)
{
    extract_day(row, attended_code(row) == 3 ? row->begin : SYNTH_NO_DAY);
}

static void first(struct extract_row *row, uint32_t column UNUSED)
{
    bool by_telephone = row->item->setting == SYNTH_BY_TELEPHONE;
    extract_digit(row, (row->visit.first ? 1u : 2u) + (by_telephone ? 2u : 0u));
}

static void outcome(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, row->visit.attendance_outcome);
}

/* 1 routine, 3 two weeks for suspected cancer */
static void priority(struct extract_row *row, uint32_t column UNUSED)
{
    extract_digit(row, row->visit.urgent_cancer ? 3 : 1);
}

static void requested_day(struct extract_row *row, uint32_t column UNUSED)
{
    extract_day(row, was_asked_for(row) ? synth_day_of(row->visit.requested) : SYNTH_NO_DAY);
}

static void waited(struct extract_row *row, uint32_t column UNUSED)
{
    int32_t days = was_asked_for(row) ? row->begin - synth_day_of(row->visit.requested) : -1;
    if (days >= 0) {
        csv_number(&row->csv, days);
    } else {
        csv_empty(&row->csv);
    }
}

static void diagnosis3(struct extract_row *row, uint32_t column)
{
    extract_diagnosis(row, column - COLUMN(DIAG_3_01), false);
}

static void diagnosis4(struct extract_row *row, uint32_t column)
{
    extract_diagnosis(row, column - COLUMN(DIAG_4_01), true);
}

static void operation3(struct extract_row *row, uint32_t column)
{
    extract_operation(row, column - COLUMN(OPERTN_3_01), false);
}

static void operation4(struct extract_row *row, uint32_t column)
{
    extract_operation(row, column - COLUMN(OPERTN_4_01), true);
}

static const extract_fill fills[SYNTH_EXTRACT_COLUMN_COUNT] = {
    [COLUMN(FYEAR)] = extract_year,
    [COLUMN(PSEUDO_HESID)] = extract_pseudonym,
    [COLUMN(ATTENDKEY)] = extract_key,
    [COLUMN(APPTAGE)] = extract_age,
    [COLUMN(APPTDATE)] = appointment_day,
    [COLUMN(ATENTYPE)] = first,
    [COLUMN(ATTENDED)] = attended,
    [COLUMN(DIAG_3_01)... COLUMN(DIAG_3_12)] = diagnosis3,
    [COLUMN(DIAG_4_01)... COLUMN(DIAG_4_12)] = diagnosis4,
    [COLUMN(DIAG_4_CONCAT)] = extract_diagnosis_all,
    [COLUMN(DIAG_COUNT)] = extract_diagnosis_count,
    [COLUMN(DNADATE)] = missed_day,
    [COLUMN(ETHNOS)] = extract_ethnic,
    [COLUMN(FIRSTATT)] = first,
    [COLUMN(GPPRAC)] = extract_practice,
    [COLUMN(MAINSPEF)] = extract_specialty,
    [COLUMN(OUTCOME)] = outcome,
    [COLUMN(PRIORITY)] = priority,
    [COLUMN(OPERTN_3_01)... COLUMN(OPERTN_3_24)] = operation3,
    [COLUMN(OPERTN_3_CONCAT)] = extract_operation_all_3,
    [COLUMN(OPERTN_4_01)... COLUMN(OPERTN_4_24)] = operation4,
    [COLUMN(OPERTN_4_CONCAT)] = extract_operation_all,
    [COLUMN(OPERTN_COUNT)] = extract_operation_count,
    [COLUMN(PROCODE3)] = extract_provider,
    [COLUMN(PROCODET)] = extract_provider,
    [COLUMN(REQDATE)] = requested_day,
    [COLUMN(SEX)] = extract_sex,
    [COLUMN(TRETSPEF)] = extract_specialty,
    [COLUMN(WAITDAYS)] = waited,
    [COLUMN(WAITING)] = waited,
};

static bool is_appointment(const struct synth_life *life, const struct synth_item *item)
{
    bool kept = item->kind == SYNTH_ENCOUNTER && item->setting == SYNTH_IN_CLINIC;
    bool not_kept = item->kind == SYNTH_APPOINTMENT && item->visit != NULL &&
                    item->visit->specialty.len > 0 && item->encounter == SYNTH_NO_ITEM &&
                    (item->status == SYNTH_NO_SHOW ||
                     (item->visit->attended != 0 && item->visit->attended != 5));
    return (kept || not_kept) && synth_day_of(item->start) <= life->world->today;
}

static int32_t counted_on(const struct synth_item *item)
{
    return synth_day_of(item->start);
}

static const struct extract op = {
    .first = COLUMN(FYEAR),
    .last = COLUMN(NER_TREATMENT),
    .fills = fills,
    .counts = is_appointment,
    .day = counted_on,
};

static void head(const struct synth_world *world UNUSED, synth_org organisation UNUSED,
                 struct strbuf *out)
{
    extract_head(&op, out);
}

static void write(const struct synth_life *life, const struct synth_patient *patient,
                  struct strbuf *out, uint32_t *ret_records)
{
    extract_write(&op, life, patient, out, ret_records);
}

const struct synth_format synth_format_op = {
    .name = SLICE_INIT("op"),
    .suffix = SLICE_INIT("op.csv"),
    .own = extract_of_trust,
    .head = head,
    .write = write,
};
