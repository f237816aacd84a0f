/*
 * hl7v2_imaging.c: what a radiology system sends: ORU^R01, HL7 v2.4 chapter 7, with a report in
 * words.
 *
 * OBR says which examination, by both numbers (the placer's order, the department's accession), who
 * asked and why, who reported and how far it is. The report is one OBX of type TX a line, told
 * apart by OBX-4, as departments send it: a reader has to put it together again. A corrected report
 * was told first without its conclusion; of a withdrawn one (X) no line is sent.
 */
#include "synth/hl7v2_context.h"

#include "base/limits.h"
#include "synth/imaging.h"
#include "synth/mishaps.h"

static uint16_t radiologist(const struct v2_context *at)
{
    return synth_world_staff(at->world, at->who->organisation, SLICE("Radiologist"),
                             at->life->person->number);
}

/* who asked: of a visit who saw the patient, otherwise the practice */
static void asked_by(struct v2_context *at)
{
    if (at->item->encounter != SYNTH_NO_ITEM) {
        v2_staff(at, 16, at->life->items.at[at->item->encounter].author);
        return;
    }
    synth_org practice = at->life->person->practice;
    v2_staff_of(at, 16, life_staff(at->life, practice, SLICE("General practitioner")), practice);
}

/* OBR-32: a name whose parts are subcomponents */
static void reported_by(struct v2_context *at)
{
    const struct synth_staff_member *member = &at->world->staff[radiologist(at)];
    const struct slice parts[] = { member->id, member->family, member->given,
                                   SLICE(""),  SLICE(""),      member->prefix };
    hl7v2_field(&at->writer, 32);
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        hl7v2_subcomponent(&at->writer, (uint16_t)(i + 1));
        hl7v2_text(&at->writer, parts[i]);
    }
}

static void examination(struct v2_context *at)
{
    hl7v2_segment(&at->writer, "OBR");
    v2_number(at, 1, 1);
    v2_entity(at, 2, at->message->item, 'O');
    v2_entity(at, 3, at->message->item, 'R');
    v2_item_code(at, 4, at->item, NULL);
    v2_when(at, 7, at->item->start);
    asked_by(at);
    v2_when(at, 22, at->message->sent);
    hl7v2_set(&at->writer, 24, 1, imaging_of(at->item)->section);
    v2_report_status(at);
    v2_text_code(at, 31, imaging_asked_for(at->life, at->item));
    reported_by(at);
}

static void line(struct v2_context *at, uint32_t number, struct slice text)
{
    hl7v2_segment(&at->writer, "OBX");
    v2_number(at, 1, number);
    v2_word(at, 2, "TX");
    v2_item_code(at, 3, at->item, NULL);
    v2_number(at, 4, number);
    hl7v2_set(&at->writer, 5, 1, text);
    v2_word(at, 11, (char[]){ at->message->status, '\0' });
    v2_when(at, 14, at->item->start);
    hl7v2_set(&at->writer, 15, 1, at->hospital->ods);
    hl7v2_set(&at->writer, 15, 2, at->hospital->name);
    v2_staff(at, 16, radiologist(at));
}

static void report(struct v2_context *at)
{
    struct strbuf text;
    struct slice one;
    uint32_t number = 1;
    strbuf_init(&text, LIMIT_SYNTH_PART);
    imaging_report(at->life, at->item, &text);
    struct slice rest = strbuf_slice(&text);
    rest = at->message->wrong ? mishap_cut_short(rest) : rest;
    while (slice_split(&rest, '\n', &one)) {
        if (one.len > 0) {
            line(at, number++, one);
        }
    }
    at->writer.out->failed = at->writer.out->failed || text.failed;
    strbuf_release(&text);
}

void v2_imaging(struct v2_context *at)
{
    examination(at);
    if (at->message->status == 'X') {
        line(at, 1, SLICE(""));
    } else {
        report(at);
    }
}
