/*
 * extract_apc.c: admitted patient care: a row a stay, which is one episode here.
 *
 * Codes are those of the NHS Data Dictionary: admission method 21 is through the emergency
 * department, discharge method 4 is death, patient classification 1 an ordinary admission and 2 a
 * day case. A stay that goes on has no end and is an unfinished episode.
 */
#include "synth/extract_row.h"

#define COLUMN(name) SYNTH_EXTRACT_COLUMN_APC_##name

static bool goes_on(const struct extract_row *row)
{
    return row->item->end == SYNTH_NEVER;
}

static int32_t end_day(const struct extract_row *row)
{
    return goes_on(row) ? SYNTH_NO_DAY : synth_day_of(row->item->end);
}

static bool is_elective(const struct extract_row *row)
{
    return row->visit.planned || slice_starts_with(row->visit.admission_method, SLICE("1"));
}

static bool was_asked_for(const struct extract_row *row)
{
    return is_elective(row) && row->visit.requested != SYNTH_NEVER && row->visit.requested > 0;
}

static void admission_day(struct extract_row *row, uint32_t column UNUSED)
{
    extract_day(row, row->begin);
}

static void last_day(struct extract_row *row, uint32_t column UNUSED)
{
    extract_day(row, end_day(row));
}

static void admission_method(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, row->visit.admission_method);
}

static void admission_source(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, row->visit.admission_source);
}

static void discharge_method(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, goes_on(row) ? SLICE("8") : row->visit.discharge_method);
}

static void discharge_destination(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, goes_on(row) ? SLICE("98") : row->visit.discharge_destination);
}

static void classification(struct extract_row *row, uint32_t column UNUSED)
{
    extract_digit(row, row->visit.day_case ? 2 : 1);
}

static void decided(struct extract_row *row, uint32_t column UNUSED)
{
    extract_day(row, was_asked_for(row) ? synth_day_of(row->visit.requested) : SYNTH_NO_DAY);
}

static void waited(struct extract_row *row, uint32_t column UNUSED)
{
    if (was_asked_for(row)) {
        csv_number(&row->csv, row->begin - synth_day_of(row->visit.requested));
    } else {
        csv_empty(&row->csv);
    }
}

static void days(struct extract_row *row, uint32_t column UNUSED)
{
    if (goes_on(row)) {
        csv_empty(&row->csv);
    } else {
        csv_number(&row->csv, end_day(row) - row->begin);
    }
}

static void one(struct extract_row *row, uint32_t column UNUSED)
{
    extract_digit(row, 1);
}

static void finished(struct extract_row *row, uint32_t column UNUSED)
{
    extract_digit(row, !goes_on(row));
}

static void episode_status(struct extract_row *row, uint32_t column UNUSED)
{
    extract_digit(row, goes_on(row) ? 1 : 3);
}

static void emergency(struct extract_row *row, uint32_t column UNUSED)
{
    extract_digit(row, slice_starts_with(row->visit.admission_method, SLICE("2")));
}

static void first_of_spell(struct extract_row *row, uint32_t column UNUSED)
{
    extract_digit(row, 2);
}

static void last_of_spell(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, goes_on(row) ? SLICE("N") : SLICE("Y"));
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
    [COLUMN(EPIKEY)] = extract_key,
    [COLUMN(PSEUDO_HESID)] = extract_pseudonym,
    [COLUMN(ADMIDATE)] = admission_day,
    [COLUMN(ADMIMETH)] = admission_method,
    [COLUMN(ADMISORC)] = admission_source,
    [COLUMN(CLASSPAT)] = classification,
    [COLUMN(DIAG_3_01)... COLUMN(DIAG_3_20)] = diagnosis3,
    [COLUMN(DIAG_4_01)... COLUMN(DIAG_4_20)] = diagnosis4,
    [COLUMN(DIAG_4_CONCAT)] = extract_diagnosis_all,
    [COLUMN(DIAG_COUNT)] = extract_diagnosis_count,
    [COLUMN(DISDATE)] = last_day,
    [COLUMN(DISDEST)] = discharge_destination,
    [COLUMN(DISMETH)] = discharge_method,
    [COLUMN(ELECDATE)] = decided,
    [COLUMN(ELECDUR)] = waited,
    [COLUMN(ELECDUR_CALC)] = waited,
    [COLUMN(EPIDUR)] = days,
    [COLUMN(EPIEND)] = last_day,
    [COLUMN(EPIORDER)] = one,
    [COLUMN(EPISTART)] = admission_day,
    [COLUMN(EPISTAT)] = episode_status,
    [COLUMN(EPITYPE)] = one,
    [COLUMN(ETHNOS)] = extract_ethnic,
    [COLUMN(FAE)] = one,
    [COLUMN(FAE_EMERGENCY)] = emergency,
    [COLUMN(FCE)] = finished,
    [COLUMN(FDE)] = finished,
    [COLUMN(GPPRAC)] = extract_practice,
    [COLUMN(MAINSPEF)] = extract_specialty,
    [COLUMN(MYDOB)] = extract_born,
    [COLUMN(OPERTN_3_01)... COLUMN(OPERTN_3_24)] = operation3,
    [COLUMN(OPERTN_3_CONCAT)] = extract_operation_all_3,
    [COLUMN(OPERTN_4_01)... COLUMN(OPERTN_4_24)] = operation4,
    [COLUMN(OPERTN_4_CONCAT)] = extract_operation_all,
    [COLUMN(OPERTN_COUNT)] = extract_operation_count,
    [COLUMN(PROCODE3)] = extract_provider,
    [COLUMN(PROCODET)] = extract_provider,
    [COLUMN(SEX)] = extract_sex,
    [COLUMN(SPELBGIN)] = first_of_spell,
    [COLUMN(SPELDUR)] = days,
    [COLUMN(SPELDUR_CALC)] = days,
    [COLUMN(SPELEND)] = last_of_spell,
    [COLUMN(STARTAGE)] = extract_age,
    [COLUMN(TRETSPEF)] = extract_specialty,
};

static bool is_stay(const struct synth_life *life UNUSED, const struct synth_item *item)
{
    return item->kind == SYNTH_ENCOUNTER && item->setting == SYNTH_ON_WARD;
}

/* an unfinished stay is of the year in which it began */
static int32_t counted_on(const struct synth_item *item)
{
    return synth_day_of(item->end == SYNTH_NEVER ? item->start : item->end);
}

static const struct extract apc = {
    .first = COLUMN(FYEAR),
    .last = COLUMN(NER_TREATMENT),
    .fills = fills,
    .counts = is_stay,
    .day = counted_on,
};

static void head(const struct synth_world *world UNUSED, synth_org organisation UNUSED,
                 struct strbuf *out)
{
    extract_head(&apc, out);
}

static void write(const struct synth_life *life, const struct synth_patient *patient,
                  struct strbuf *out, uint32_t *ret_records)
{
    extract_write(&apc, life, patient, out, ret_records);
}

const struct synth_format synth_format_apc = {
    .name = SLICE_INIT("apc"),
    .suffix = SLICE_INIT("apc.csv"),
    .own = extract_of_trust,
    .head = head,
    .write = write,
};
