/*
 * csv_council.c: adult social care: contacts, packages of care and alerts, a row each.
 */
#include "synth/csv_formats.h"
#include "synth/csv_patient.h"
#include "synth/mishaps.h"

#define COLUMNS                                                                                    \
    "record,kind,status," CSV_PATIENT_COLUMNS ",began,ended,recorded,title,detail,hours_a_week,"   \
    "code,worker"

static struct slice kind_of(const struct synth_item *item)
{
    switch (item->kind) {
    case SYNTH_ENCOUNTER:
        return SLICE("contact");
    case SYNTH_PLAN:
        return SLICE("package");
    case SYNTH_FLAG:
        return SLICE("alert");
    default:
        return SLICE("");
    }
}

static struct slice status_of(const struct synth_item *item)
{
    return mishap_withdrawn(item)         ? SLICE("withdrawn")
           : item->status == SYNTH_ACTIVE ? SLICE("open")
                                          : SLICE("closed");
}

static void write_record(const struct synth_life *life, const struct synth_patient *patient,
                         uint32_t index, struct strbuf *out)
{
    const struct synth_item *item = &life->items.at[index];
    struct csv_row row = csv_begin(out);
    csv_item_number(&row, life, patient, index);
    csv_text(&row, kind_of(item));
    csv_text(&row, status_of(item));
    csv_patient(&row, life->world, patient);
    csv_local_time(&row, item->start);
    csv_local_time(&row, item->end);
    csv_local_time(&row, item->recorded);
    csv_text(&row, item->text);
    csv_text(&row, item->note);
    if (item->visit != NULL && item->visit->hours > 0) {
        csv_number(&row, item->visit->hours);
    } else {
        csv_empty(&row);
    }
    csv_item_code(&row, item);
    csv_author(&row, life, item);
    csv_end(&row);
}

static void write(const struct synth_life *life, const struct synth_patient *patient,
                  struct strbuf *out, uint32_t *ret_records)
{
    *ret_records = 0;
    for (uint32_t i = 0; i < life->items.count; i++) {
        if (life_holds(life, patient, i) && kind_of(&life->items.at[i]).len > 0) {
            write_record(life, patient, i, out);
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
    return slice_equal(organisation->kind, SLICE("council"));
}

const struct synth_format synth_format_council = {
    .name = SLICE_INIT("council"),
    .suffix = SLICE_INIT("care.csv"),
    .own = own,
    .head = head,
    .write = write,
};
