/*
 * csv_urgent.c: 111 and out-of-hours care: a row a call or contact.
 */
#include "synth/csv_formats.h"
#include "synth/csv_patient.h"
#include "synth/mishaps.h"

#define COLUMNS                                                                                    \
    "contact,status," CSV_PATIENT_COLUMNS ",began,ended,by,complaint,finding,acuity,outcome,"      \
    "clinician"

static struct slice by(const struct synth_item *item)
{
    switch (item->setting) {
    case SYNTH_BY_TELEPHONE:
        return SLICE("telephone");
    case SYNTH_AT_HOME:
        return SLICE("home visit");
    default:
        return SLICE("face to face");
    }
}

/* the first thing that was found at the contact, in words */
static struct slice finding(const struct synth_life *life, uint32_t encounter)
{
    for (uint32_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->encounter == encounter && item->kind == SYNTH_CONDITION && item->code != NULL) {
            return item->code->display;
        }
    }
    return SLICE("");
}

static void write_contact(const struct synth_life *life, const struct synth_patient *patient,
                          uint32_t index, struct strbuf *out)
{
    const struct synth_item *item = &life->items.at[index];
    struct csv_row row = csv_begin(out);
    csv_item_number(&row, life, patient, index);
    csv_text(&row, mishap_withdrawn(item) ? SLICE("withdrawn") : SLICE("closed"));
    csv_patient(&row, life->world, patient);
    csv_local_time(&row, item->start);
    csv_local_time(&row, item->end);
    csv_text(&row, by(item));
    csv_text(&row, item->text);
    csv_text(&row, finding(life, index));
    if (item->visit != NULL && item->visit->acuity != 0) {
        csv_number(&row, item->visit->acuity);
    } else {
        csv_empty(&row);
    }
    csv_text(&row, item->visit != NULL ? item->visit->outcome : SLICE(""));
    csv_author(&row, life, item);
    csv_end(&row);
}

static void write(const struct synth_life *life, const struct synth_patient *patient,
                  struct strbuf *out, uint32_t *ret_records)
{
    *ret_records = 0;
    for (uint32_t i = 0; i < life->items.count; i++) {
        if (life_holds(life, patient, i) && life->items.at[i].kind == SYNTH_ENCOUNTER) {
            write_contact(life, patient, i, out);
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
    return slice_equal(organisation->kind, SLICE("urgent"));
}

const struct synth_format synth_format_urgent = {
    .name = SLICE_INIT("urgent"),
    .suffix = SLICE_INIT("contacts.csv"),
    .own = own,
    .head = head,
    .write = write,
};
