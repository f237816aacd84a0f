/*
 * extract_row.c: a row is a table of functions, one a column, run over the columns in order.
 *
 * So a column stands where the documentation has it, whatever is known of it, and a new column is a
 * row of data and perhaps a function.
 */
#include "synth/extract_row.h"

#include "base/digest.h"
#include "synth/mishaps.h"

#define PSEUDONYM_SIZE 32

/* -- rows -------------------------------------------------------------------------------------- */

void extract_head(const struct extract *extract, struct strbuf *out)
{
    struct csv_row row = csv_begin(out);
    for (uint32_t i = extract->first; i <= extract->last; i++) {
        csv_text(&row, synth_extract_column_table[i].name);
    }
    csv_end(&row);
}

/* who has no number is told by the local one, as nobody can trace it */
static void make_pseudonym(const struct synth_life *life, const struct synth_patient *patient,
                           char ret_text[DIGEST_HEX_SIZE + 1])
{
    char key[64];
    struct slice ods = life->world->organisations[patient->organisation].ods;
    bool numbered = patient->nhs_number[0] != '\0';
    struct slice parts[] = {
        numbered ? SLICE("nhs") : ods,
        slice_from_string(numbered ? patient->nhs_number : patient->local_id),
    };
    snprintf(key, sizeof(key), "evenlode synthetic extract %llu",
             (unsigned long long)life->world->seed);
    struct digest digest = digest_hmac(slice_from_string(key), parts, ARRAY_LENGTH(parts));
    digest_to_hex(&digest, ret_text);
    ret_text[PSEUDONYM_SIZE] = '\0';
}

static struct slice icd10_of(const struct synth_code *code)
{
    for (size_t i = 0; i < SYNTH_ICD10_COUNT; i++) {
        if (synth_icd10_table[i].code == code) {
            return synth_icd10_table[i].icd10;
        }
    }
    return (struct slice){ NULL, 0 };
}

static void add_diagnosis(struct extract_row *row, const struct synth_item *item)
{
    struct slice code = item->code != NULL ? icd10_of(item->code) : SLICE("");
    for (uint32_t i = 0; i < row->diagnosis_count; i++) {
        if (slice_equal(row->diagnoses[i], code)) {
            return;
        }
    }
    if (code.len > 0 && row->diagnosis_count < EXTRACT_DIAGNOSES) {
        row->diagnoses[row->diagnosis_count++] = code;
    }
}

/* the reason for the visit first, then what was found on it */
static void find_diagnoses(struct extract_row *row)
{
    const struct synth_life *life = row->life;
    uint32_t reason = row->item->reason;
    if (reason != SYNTH_NO_ITEM && life->items.at[reason].kind == SYNTH_CONDITION) {
        add_diagnosis(row, &life->items.at[reason]);
    }
    for (uint32_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->kind == SYNTH_CONDITION && item->encounter == row->index &&
            !mishap_withdrawn(item)) {
            add_diagnosis(row, item);
        }
    }
}

/* the codes of a procedure, of which some need more than one */
static void add_operation(struct extract_row *row, const struct synth_item *item)
{
    for (size_t i = 0; i < SYNTH_OPCS4_COUNT && row->operation_count < EXTRACT_OPERATIONS; i++) {
        if (synth_opcs4_table[i].code == item->code) {
            row->operations[row->operation_count++] = synth_opcs4_table[i].opcs4;
        }
    }
}

/* what was done on the visit, in the order in which the life has it */
static void find_operations(struct extract_row *row)
{
    const struct synth_life *life = row->life;
    for (uint32_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->kind == SYNTH_PROCEDURE && item->encounter == row->index && item->code != NULL &&
            !mishap_withdrawn(item)) {
            add_operation(row, item);
        }
    }
}

static void write_row(const struct extract *extract, struct extract_row *row, struct strbuf *out)
{
    row->csv = csv_begin(out);
    for (uint32_t i = extract->first; i <= extract->last; i++) {
        if (extract->fills[i] != NULL) {
            extract->fills[i](row, i);
        } else {
            csv_empty(&row->csv);
        }
    }
    csv_end(&row->csv);
}

void extract_write(const struct extract *extract, const struct synth_life *life,
                   const struct synth_patient *patient, struct strbuf *out, uint32_t *ret_records)
{
    char pseudonym[DIGEST_HEX_SIZE + 1] = "";
    *ret_records = 0;
    for (uint32_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (!life_holds(life, patient, i) || mishap_withdrawn(item) ||
            !extract->counts(life, item)) {
            continue;
        }
        if (pseudonym[0] == '\0') {
            make_pseudonym(life, patient, pseudonym);
        }
        struct extract_row row = { .life = life,
                                   .patient = patient,
                                   .item = item,
                                   .index = i,
                                   .day = extract->day(item),
                                   .begin = synth_day_of(item->start),
                                   .pseudonym = pseudonym };
        if (item->visit != NULL) {
            row.visit = *item->visit;
        } else {
            row.visit.requested = SYNTH_NEVER;
        }
        find_diagnoses(&row);
        find_operations(&row);
        write_row(extract, &row, out);
        ++*ret_records;
    }
}

/* -- columns of several extracts --------------------------------------------------------------- */

void extract_year(struct extract_row *row, uint32_t column UNUSED)
{
    char text[16];
    int32_t year = synth_year_of(row->day) - (synth_month_of(row->day) < 4);
    snprintf(text, sizeof(text), "%02d%02d", (int)(year % 100), (int)((year + 1) % 100));
    csv_string(&row->csv, text);
}

void extract_pseudonym(struct extract_row *row, uint32_t column UNUSED)
{
    csv_string(&row->csv, row->pseudonym);
}

void extract_key(struct extract_row *row, uint32_t column UNUSED)
{
    uint64_t item = row->index + (uint64_t)row->patient->organisation * 65536;
    uint64_t person = synth_random_mix(row->life->world->seed, row->life->person->number);
    csv_number(&row->csv, (int64_t)(synth_random_mix(person, item) >> 16));
}

void extract_age(struct extract_row *row, uint32_t column UNUSED)
{
    static const int32_t less_than[] = { 1, 7, 29, 91, 182, 273 };
    int32_t born = row->patient->birth;
    int32_t days = row->begin - born;
    if (born == SYNTH_NO_DAY || days < 0) {
        csv_empty(&row->csv);
        return;
    }
    int32_t years = synth_age_at(born, row->begin);
    int32_t band = 0;
    while (band < (int32_t)ARRAY_LENGTH(less_than) && days >= less_than[band]) {
        band++;
    }
    csv_number(&row->csv, years > 0 ? years : 7001 + band);
}

void extract_born(struct extract_row *row, uint32_t column UNUSED)
{
    char text[24];
    if (row->patient->birth == SYNTH_NO_DAY) {
        csv_empty(&row->csv);
        return;
    }
    snprintf(text, sizeof(text), "%02d%04d", (int)synth_month_of(row->patient->birth),
             (int)synth_year_of(row->patient->birth));
    csv_string(&row->csv, text);
}

void extract_sex(struct extract_row *row, uint32_t column UNUSED)
{
    char sex = row->patient->sex;
    extract_digit(row, sex == 'M' ? 1 : sex == 'F' ? 2 : 0);
}

void extract_ethnic(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv,
             row->patient->ethnicity != NULL ? row->patient->ethnicity->code : SLICE("Z"));
}

void extract_practice(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, row->life->world->organisations[row->patient->practice].ods);
}

void extract_provider(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, row->life->world->organisations[row->patient->organisation].ods);
}

void extract_specialty(struct extract_row *row, uint32_t column UNUSED)
{
    csv_text(&row->csv, row->visit.specialty);
}

void extract_diagnosis_count(struct extract_row *row, uint32_t column UNUSED)
{
    csv_number(&row->csv, row->diagnosis_count);
}

static size_t without_point(struct slice code, char ret_text[8])
{
    size_t len = 0;
    for (size_t i = 0; i < code.len && len < 7; i++) {
        if (code.ptr[i] != '.') {
            ret_text[len++] = code.ptr[i];
        }
    }
    return len;
}

/* all of them, `characters` of each, with bars between */
static void all_codes(struct extract_row *row, const struct slice *codes, uint32_t count,
                      size_t characters)
{
    char text[EXTRACT_OPERATIONS * 8];
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            text[len++] = '|';
        }
        size_t code = without_point(codes[i], text + len);
        len += code < characters ? code : characters;
    }
    csv_text(&row->csv, slice_of(text, len));
}

static void one_code(struct extract_row *row, const struct slice *codes, uint32_t count, uint32_t n,
                     bool whole)
{
    char text[8];
    if (n >= count) {
        csv_empty(&row->csv);
        return;
    }
    struct slice code = slice_of(text, without_point(codes[n], text));
    csv_text(&row->csv, whole ? code : slice_sub(code, 0, 3));
}

void extract_diagnosis_all(struct extract_row *row, uint32_t column UNUSED)
{
    all_codes(row, row->diagnoses, row->diagnosis_count, 8);
}

void extract_diagnosis(struct extract_row *row, uint32_t n, bool whole)
{
    one_code(row, row->diagnoses, row->diagnosis_count, n, whole);
}

void extract_operation_count(struct extract_row *row, uint32_t column UNUSED)
{
    csv_number(&row->csv, row->operation_count);
}

void extract_operation_all(struct extract_row *row, uint32_t column UNUSED)
{
    all_codes(row, row->operations, row->operation_count, 8);
}

void extract_operation_all_3(struct extract_row *row, uint32_t column UNUSED)
{
    all_codes(row, row->operations, row->operation_count, 3);
}

void extract_operation(struct extract_row *row, uint32_t n, bool whole)
{
    one_code(row, row->operations, row->operation_count, n, whole);
}

void extract_day(struct extract_row *row, int32_t day)
{
    csv_day(&row->csv, day);
}

void extract_time(struct extract_row *row, synth_when when)
{
    char text[8];
    if (when == SYNTH_NEVER) {
        csv_empty(&row->csv);
        return;
    }
    int32_t minute = (int32_t)(when - synth_when_of(synth_day_of(when), 0));
    snprintf(text, sizeof(text), "%02d%02d", (int)(minute / 60 % 24), (int)(minute % 60));
    csv_string(&row->csv, text);
}

void extract_digit(struct extract_row *row, uint32_t digit)
{
    csv_number(&row->csv, digit);
}

void extract_minutes(struct extract_row *row, synth_when from, synth_when to)
{
    if (from == SYNTH_NEVER || to == SYNTH_NEVER || to < from) {
        csv_empty(&row->csv);
    } else {
        csv_number(&row->csv, to - from);
    }
}

bool extract_of_trust(const struct synth_org_info *organisation)
{
    return slice_equal(organisation->kind, SLICE("hospital")) ||
           slice_equal(organisation->kind, SLICE("community"));
}
