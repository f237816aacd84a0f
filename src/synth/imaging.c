/*
 * imaging.c: the report, from the row of its examination and the facts of the life.
 *
 * What was found is said by the item itself or, when the image was made on a visit, by the
 * diagnosis that it was made for; the conclusion is that diagnosis.
 */
#include "synth/imaging.h"

const struct synth_imaging *imaging_of(const struct synth_item *item)
{
    if (item->kind != SYNTH_PROCEDURE || item->organisation != SYNTH_ORGANISATION_HOSPITAL) {
        return NULL;
    }
    for (size_t i = 0; i < SYNTH_IMAGING_COUNT; i++) {
        if (synth_imaging_table[i].code == item->code) {
            return &synth_imaging_table[i];
        }
    }
    return NULL;
}

synth_when imaging_reported(const struct synth_life *life, const struct synth_item *item)
{
    static const synth_when day = SYNTH_DAY_MINUTES;
    static const synth_when hour = 60;
    if (item->encounter == SYNTH_NO_ITEM) {
        return item->recorded + 3 * day;
    }
    uint8_t setting = life->items.at[item->encounter].setting;
    return item->recorded + (setting == SYNTH_IN_EMERGENCY ? hour
                             : setting == SYNTH_ON_WARD    ? 6 * hour
                                                           : 2 * day);
}

struct slice imaging_asked_for(const struct synth_life *life, const struct synth_item *item)
{
    struct slice complaint = { NULL, 0 };
    if (item->encounter != SYNTH_NO_ITEM) {
        const struct synth_item *visit = &life->items.at[item->encounter];
        complaint = visit->note.len > 0 ? visit->note : visit->text;
    }
    return complaint.len > 0 ? complaint : SLICE("Request of the practice");
}

/* the diagnosis that the image was made for; NULL: none */
static const struct synth_item *diagnosis_of(const struct synth_life *life,
                                             const struct synth_item *item)
{
    const struct synth_item *reason =
        item->reason != SYNTH_NO_ITEM ? &life->items.at[item->reason] : NULL;
    return reason != NULL && reason->kind == SYNTH_CONDITION ? reason : NULL;
}

void imaging_report(const struct synth_life *life, const struct synth_item *item,
                    struct strbuf *out)
{
    const struct synth_imaging *row = imaging_of(item);
    const struct synth_item *diagnosis = diagnosis_of(life, item);
    struct slice complaint = imaging_asked_for(life, item);
    struct slice findings = item->text;
    struct slice conclusion = diagnosis != NULL ? diagnosis->code->display : row->conclusion;
    if (findings.len == 0 && diagnosis != NULL) {
        findings = diagnosis->note;
    }
    findings = findings.len > 0 ? findings : row->unremarkable;
    strbuf_addf(out, "%.*s\n\nClinical details: %.*s\n\nFindings: %.*s\n\nConclusion: %.*s\n",
                SLICE_PRINT(row->technique), SLICE_PRINT(complaint), SLICE_PRINT(findings),
                SLICE_PRINT(conclusion));
}
