/*
 * extract_ae.c: the emergency department: a row an attendance.
 *
 * Codes of the old A&E commissioning data set: arrival mode 1 by ambulance and 2 otherwise,
 * disposal 01 admitted, 03 discharged, 10 died, 12 left before treatment, department type 01 a
 * consultant-led one. Its diagnoses had a scheme of their own, of which no code is known here;
 * DIAGSCHEME 02 says ICD-10, which DIAG3 and DIAG2 then hold.
 */
#include "synth/extract_row.h"

#define COLUMN(name) SYNTH_EXTRACT_COLUMN_AE_##name

static void arrival_day(struct extract_row *row, uint32_t column UNUSED)
{
    extract_day(row, row->begin);
}

static void arrival_time(struct extract_row *row, uint32_t column UNUSED)
{
    extract_time(row, row->item->start);
}

static void departure_time(struct extract_row *row, uint32_t column UNUSED)
{
    extract_time(row, row->item->end);
}

static void stayed(struct extract_row *row, uint32_t column UNUSED)
{
    extract_minutes(row, row->item->start, row->item->end);
}

static void arrival_mode(struct extract_row *row, uint32_t column UNUSED)
{
    extract_digit(row, row->visit.arrival == 1 ? 1 : 2);
}

/* by the first words of how it ended; what none fits is discharged without follow-up */
static const struct {
    struct slice word, code;
} disposals[] = {
    { SLICE_INIT("Admitted"), SLICE_INIT("01") }, { SLICE_INIT("Transferred"), SLICE_INIT("07") },
    { SLICE_INIT("Died"), SLICE_INIT("10") },     { SLICE_INIT("Referred"), SLICE_INIT("11") },
    { SLICE_INIT("Left"), SLICE_INIT("12") },
};

static void disposal(struct extract_row *row, uint32_t column UNUSED)
{
    struct slice code = row->item->death ? SLICE("10") : SLICE("03");
    for (size_t i = 0; i < ARRAY_LENGTH(disposals) && !row->item->death; i++) {
        if (slice_starts_with(row->visit.outcome, disposals[i].word)) {
            code = disposals[i].code;
        }
    }
    csv_text(&row->csv, code);
}

static void first(struct extract_row *row, uint32_t column UNUSED)
{
    extract_digit(row, 1);
}

static void department(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, SLICE("01"));
}

/* 03 the emergency services, 01 oneself */
static void referrer(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, row->visit.arrival == 1 ? SLICE("03") : SLICE("01"));
}

static void scheme(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, row->diagnosis_count > 0 ? SLICE("02") : SLICE(""));
}

static void diagnosis(struct extract_row *row, uint32_t column)
{
    extract_diagnosis(row, column - COLUMN(DIAG3_01), false);
}

static const extract_fill fills[SYNTH_EXTRACT_COLUMN_COUNT] = {
    [COLUMN(FYEAR)] = extract_year,        [COLUMN(PSEUDO_HESID)] = extract_pseudonym,
    [COLUMN(AEKEY)] = extract_key,         [COLUMN(AEARRIVALMODE)] = arrival_mode,
    [COLUMN(AEATTENDCAT)] = first,         [COLUMN(AEATTENDDISP)] = disposal,
    [COLUMN(AEDEPTTYPE)] = department,     [COLUMN(AEREFSOURCE)] = referrer,
    [COLUMN(ARRIVALAGE)] = extract_age,    [COLUMN(ARRIVALDATE)] = arrival_day,
    [COLUMN(ARRIVALTIME)] = arrival_time,  [COLUMN(CONCLDUR)] = stayed,
    [COLUMN(CONCLTIME)] = departure_time,  [COLUMN(DEPDUR)] = stayed,
    [COLUMN(DEPTIME)] = departure_time,    [COLUMN(DIAG3_01)... COLUMN(DIAG3_12)] = diagnosis,
    [COLUMN(DIAGSCHEME)] = scheme,         [COLUMN(ETHNOS)] = extract_ethnic,
    [COLUMN(GPPRAC)] = extract_practice,   [COLUMN(PROCODE3)] = extract_provider,
    [COLUMN(PROCODET)] = extract_provider, [COLUMN(SEX)] = extract_sex,
};

static bool is_attendance(const struct synth_life *life UNUSED, const struct synth_item *item)
{
    return item->kind == SYNTH_ENCOUNTER && item->setting == SYNTH_IN_EMERGENCY;
}

static int32_t counted_on(const struct synth_item *item)
{
    return synth_day_of(item->start);
}

static const struct extract ae = {
    .first = COLUMN(FYEAR),
    .last = COLUMN(SITEDIST_FLAG),
    .fills = fills,
    .counts = is_attendance,
    .day = counted_on,
};

static void head(const struct synth_world *world UNUSED, synth_org organisation UNUSED,
                 struct strbuf *out)
{
    extract_head(&ae, out);
}

static void write(const struct synth_life *life, const struct synth_patient *patient,
                  struct strbuf *out, uint32_t *ret_records)
{
    extract_write(&ae, life, patient, out, ret_records);
}

static bool has_department(const struct synth_org_info *organisation)
{
    return slice_equal(organisation->kind, SLICE("hospital"));
}

const struct synth_format synth_format_ae = {
    .name = SLICE_INIT("ae"),
    .suffix = SLICE_INIT("ae.csv"),
    .own = has_department,
    .head = head,
    .write = write,
};
