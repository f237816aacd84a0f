/*
 * csv_ocs.c: the export of the viewing system before this one, the Oxfordshire Care Summary.
 *
 * It knew sections and items, not resources: a row an item, with the words that it showed. It took
 * in what hospital, practices and community sent, so the rows are theirs, an organisation's in a
 * file. Nothing of who lives where is in it.
 */
#include "synth/csv_formats.h"
#include "synth/csv_patient.h"
#include "synth/mishaps.h"

#define COLUMNS "local_id,nhs_number,section,date,code,text,value,unit,source"

/* the old system's own words for its sections */
static const struct slice sections[] = {
    [SYNTH_CONDITION] = SLICE_INIT("Diagnoses"),
    [SYNTH_MEDICATION] = SLICE_INIT("Medication"),
    [SYNTH_ALLERGY_RECORD] = SLICE_INIT("Allergies"),
    [SYNTH_OBSERVATION] = SLICE_INIT("Results"),
    [SYNTH_ENCOUNTER] = SLICE_INIT("Encounters"),
    [SYNTH_PROCEDURE] = SLICE_INIT("Procedures"),
    [SYNTH_IMMUNISATION] = SLICE_INIT("Immunisations"),
    [SYNTH_PLAN] = SLICE_INIT("Care plans"),
    [SYNTH_FLAG] = SLICE_INIT("Alerts"),
    [SYNTH_DOCUMENT] = SLICE_INIT("Documents"),
    [SYNTH_APPOINTMENT] = SLICE_INIT("Appointments"),
    [SYNTH_RELATIVE] = SLICE_INIT("Contacts"),
    [SYNTH_REFERRAL] = SLICE_INIT("Referrals"),
};

static struct slice text_of(const struct synth_item *item)
{
    bool words =
        item->text.len > 0 && item->kind != SYNTH_MEDICATION && item->kind != SYNTH_ALLERGY_RECORD;
    return words || item->code == NULL ? item->text : item->code->display;
}

/* a medicine's value is its dose; a pressure is written with a stroke */
static void write_value(struct csv_row *row, const struct synth_item *item)
{
    char text[32];
    bool bare = mishap_is(item, SYNTH_MISHAP_NO_UNIT);
    if (item->kind == SYNTH_MEDICATION) {
        csv_text(row, item->text);
        csv_text(row, item->text2);
    } else if (item->kind != SYNTH_OBSERVATION || item->test == NULL) {
        csv_text(row, item->kind == SYNTH_OBSERVATION && item->other != NULL ? item->other->display
                                                                             : SLICE(""));
        csv_empty(row);
    } else if (item->value2 != 0) {
        snprintf(text, sizeof(text), "%d/%d", (int)(item->value / 1000),
                 (int)(item->value2 / 1000));
        csv_string(row, text);
        csv_text(row, bare ? SLICE("") : item->test->unit);
    } else {
        csv_thousandths(row, item->value);
        csv_text(row, bare ? SLICE("") : item->test->unit);
    }
}

static void write_item(const struct synth_life *life, const struct synth_patient *patient,
                       const struct synth_item *item, struct strbuf *out)
{
    struct csv_row row = csv_begin(out);
    csv_string(&row, patient->local_id);
    csv_string(&row, patient->nhs_number);
    csv_text(&row, sections[item->kind]);
    csv_local_time(&row, item->start);
    csv_item_code(&row, item);
    csv_text(&row, text_of(item));
    write_value(&row, item);
    csv_text(&row, life->world->organisations[item->organisation].ods);
    csv_end(&row);
}

static void write(const struct synth_life *life, const struct synth_patient *patient,
                  struct strbuf *out, uint32_t *ret_records)
{
    *ret_records = 0;
    for (uint32_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (life_holds(life, patient, i) && !mishap_withdrawn(item)) {
            write_item(life, patient, item, out);
            ++*ret_records;
        }
    }
}

static void head(const struct synth_world *world UNUSED, synth_org organisation UNUSED,
                 struct strbuf *out)
{
    csv_names(out, SLICE(COLUMNS));
}

static bool own(const struct synth_org_info *organisation)
{
    return slice_equal(organisation->kind, SLICE("practice")) ||
           slice_equal(organisation->kind, SLICE("hospital")) ||
           slice_equal(organisation->kind, SLICE("community"));
}

const struct synth_format synth_format_ocs = {
    .name = SLICE_INIT("ocs"),
    .suffix = SLICE_INIT("ocs.csv"),
    .own = own,
    .head = head,
    .write = write,
};
