/*
 * hl7v2_booking.c: SIU, HL7 v2.4 chapter 10: appointments of clinics.
 *
 * An appointment that was corrected was booked first for another day, a week before the right one.
 * An attended visit was booked too: its S12 comes from the visit's own item.
 */
#include "synth/hl7v2_context.h"

#define WRONG_BY (7 * SYNTH_DAY_MINUTES)

static synth_when begins(const struct v2_context *at)
{
    synth_when start = at->item->start;
    return at->message->wrong && start - WRONG_BY > at->message->sent ? start - WRONG_BY : start;
}

static synth_when minutes_long(const struct v2_context *at)
{
    return at->item->end == SYNTH_NEVER ? 20 : at->item->end - at->item->start;
}

/* SCH-25, table 0278 */
static void filler_status(struct v2_context *at)
{
    const char *word = at->message->event == SYNTH_HL7V2_S15   ? "Cancelled"
                       : at->message->event == SYNTH_HL7V2_S26 ? "Noshow"
                                                               : "Booked";
    v2_table_code(at, 25, word, word, "HL70278");
}

static void schedule(struct v2_context *at)
{
    static const char *const reasons[SYNTH_HL7V2_EVENT_COUNT] = {
        [SYNTH_HL7V2_S12] = "Booked",
        [SYNTH_HL7V2_S14] = "Changed",
        [SYNTH_HL7V2_S15] = "Cancelled",
        [SYNTH_HL7V2_S26] = "Did not attend",
    };
    const struct synth_visit *visit = at->item->visit;
    struct hl7v2_writer *writer = &at->writer;
    hl7v2_segment(writer, "SCH");
    v2_entity(at, 2, at->message->item, 'A');
    v2_text_code(at, 6, slice_from_string(reasons[at->message->event]));
    v2_text_code(at, 7, at->item->text);
    if (visit != NULL && visit->attended > 0) {
        v2_text_code(at, 8, visit->first ? SLICE("First attendance") : SLICE("Follow-up"));
    }
    v2_number(at, 9, (uint64_t)minutes_long(at));
    v2_table_code(at, 10, "min", "minute", "UCUM");
    hl7v2_field(writer, 11); /* TQ-4 and TQ-5: from and to */
    hl7v2_component(writer, 4);
    v2_when(at, 11, begins(at));
    hl7v2_component(writer, 5);
    v2_when(at, 11, begins(at) + minutes_long(at));
    v2_staff(at, 16, at->item->author);
    v2_staff(at, 20, at->item->author);
    filler_status(at);
}

static void resources(struct v2_context *at)
{
    const struct synth_visit *visit = at->item->visit;
    struct hl7v2_writer *writer = &at->writer;
    hl7v2_segment(writer, "RGS");
    v2_number(at, 1, 1);
    hl7v2_segment(writer, "AIS");
    v2_number(at, 1, 1);
    if (visit != NULL && visit->specialty.len > 0) { /* main specialty or treatment function */
        hl7v2_set(writer, 3, 1, visit->specialty);
        hl7v2_set(writer, 3, 2, at->item->text);
        hl7v2_set(writer, 3, 3, SLICE("NHS"));
    } else {
        v2_text_code(at, 3, at->item->text);
    }
    v2_when(at, 4, begins(at));
    hl7v2_segment(writer, "AIL");
    v2_number(at, 1, 1);
    hl7v2_set(writer, 3, 1, at->item->text);
    hl7v2_set(writer, 3, 4, at->hospital->ods);
    v2_table_code(at, 4, "C", "Clinic", "HL70305");
    hl7v2_segment(writer, "AIP");
    v2_number(at, 1, 1);
    v2_staff(at, 3, at->item->author);
    v2_text_code(at, 4, at->world->staff[at->item->author].role);
}

void v2_booking(struct v2_context *at)
{
    schedule(at);
    v2_patient(at);
    v2_practice(at);
    resources(at);
}
