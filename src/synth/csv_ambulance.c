/*
 * csv_ambulance.c: the ambulance service's incidents, a row each, with what the crew measured.
 *
 * What was told twice stands twice, as a table that is appended to has it; what was taken back
 * later has the status "withdrawn".
 */
#include "synth/csv_formats.h"
#include "synth/csv_patient.h"
#include "synth/mishaps.h"

#define COLUMNS                                                                                    \
    "incident,status," CSV_PATIENT_COLUMNS ",called,category,at_scene,left_scene,handed_over,"     \
    "closed,complaint,outcome,temperature,pulse,respiratory_rate,oxygen_saturation,news2,"         \
    "clinician"

static void optional_time(struct csv_row *row, synth_when when)
{
    csv_local_time(row, when <= 0 ? SYNTH_NEVER : when);
}

static void write_times(struct csv_row *row, const struct synth_item *item)
{
    static const struct synth_visit nothing = { .requested = SYNTH_NEVER };
    const struct synth_visit *visit = item->visit != NULL ? item->visit : &nothing;
    csv_local_time(row, item->start);
    csv_text(row, visit->category);
    optional_time(row, visit->at_scene);
    optional_time(row, visit->left_scene);
    optional_time(row, visit->handed_over);
    csv_local_time(row, item->end);
    csv_text(row, item->text);
    csv_text(row, visit->outcome);
}

static void write_incident(const struct synth_life *life, const struct synth_patient *patient,
                           uint32_t index, struct strbuf *out)
{
    static const enum synth_test_key tests[] = { SYNTH_TEST_TEMPERATURE, SYNTH_TEST_PULSE,
                                                 SYNTH_TEST_RESPIRATION, SYNTH_TEST_SATURATION,
                                                 SYNTH_TEST_NEWS2 };
    const struct synth_item *item = &life->items.at[index];
    struct csv_row row = csv_begin(out);
    csv_item_number(&row, life, patient, index);
    csv_text(&row, mishap_withdrawn(item) ? SLICE("withdrawn") : SLICE("closed"));
    csv_patient(&row, life->world, patient);
    write_times(&row, item);
    for (size_t i = 0; i < ARRAY_LENGTH(tests); i++) {
        csv_result(&row, life, index, tests[i]);
    }
    csv_author(&row, life, item);
    csv_end(&row);
}

static void write(const struct synth_life *life, const struct synth_patient *patient,
                  struct strbuf *out, uint32_t *ret_records)
{
    *ret_records = 0;
    for (uint32_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (!life_holds(life, patient, i) || item->kind != SYNTH_ENCOUNTER) {
            continue;
        }
        uint32_t times = mishap_is(item, SYNTH_MISHAP_REPEATED) ? 2 : 1;
        for (uint32_t n = 0; n < times; n++) {
            write_incident(life, patient, i, out);
        }
        *ret_records += times;
    }
}

static void head(const struct synth_world *world UNUSED, synth_org organisation UNUSED,
                 struct strbuf *out)
{
    csv_names(out, SLICE(COLUMNS));
}

static bool own(const struct synth_org_info *organisation)
{
    return slice_equal(organisation->kind, SLICE("ambulance"));
}

const struct synth_format synth_format_ambulance = {
    .name = SLICE_INIT("ambulance"),
    .suffix = SLICE_INIT("incidents.csv"),
    .own = own,
    .head = head,
    .write = write,
};
