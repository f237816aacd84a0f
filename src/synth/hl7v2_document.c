/*
 * hl7v2_document.c: MDM, HL7 v2.4 chapter 9: letters and summaries with their text.
 *
 * The text is one OBX of formatted text; its lines end in \.br\. A document that was corrected was
 * told first without its last paragraph. A withdrawal (T11) has no text.
 */
#include "synth/hl7v2_context.h"

#include "synth/mishaps.h"

/* table 0270: the types that it suggests */
static const char *type_of(const struct synth_item *item)
{
    size_t code = (size_t)(item->code - synth_code_table);
    return code == SYNTH_CODE_DISCHARGE_SUMMARY ? "DS"
           : code == SYNTH_CODE_CLINIC_LETTER   ? "CN"
                                                : "PN";
}

/* table 0271: PA pre-authenticated, AU authenticated */
static void about(struct v2_context *at)
{
    const struct synth_item *item = at->item;
    bool preliminary = at->message->status == 'P';
    hl7v2_segment(&at->writer, "TXA");
    v2_number(at, 1, 1);
    v2_word(at, 2, type_of(item));
    v2_word(at, 3, "FT");
    v2_when(at, 4, item->start);
    v2_staff(at, 5, item->author);
    v2_when(at, 6, item->recorded);
    if (at->message->event == SYNTH_HL7V2_T08) {
        v2_when(at, 8, at->message->sent);
    }
    v2_staff(at, 9, item->author);
    v2_entity(at, 12, at->message->item, 'D');
    hl7v2_set(&at->writer, 16, 1, item->text);
    v2_word(at, 17, preliminary ? "PA" : "AU");
    v2_word(at, 19, at->message->event == SYNTH_HL7V2_T11 ? "CA" : "AV"); /* table 0273 */
    if (at->message->event == SYNTH_HL7V2_T08) {
        v2_word(at, 21, "Amended after it was sent");
    }
}

static void content(struct v2_context *at)
{
    const struct synth_item *item = at->item;
    hl7v2_segment(&at->writer, "OBX");
    v2_number(at, 1, 1);
    v2_word(at, 2, "FT");
    v2_item_code(at, 3, item, NULL);
    hl7v2_field(&at->writer, 5);
    hl7v2_formatted_text(&at->writer,
                         at->message->wrong ? mishap_cut_short(item->note) : item->note);
    v2_word(at, 11, (char[]){ at->message->status, '\0' });
    v2_when(at, 14, item->start);
    v2_staff(at, 16, item->author);
}

void v2_document(struct v2_context *at)
{
    v2_event(at);
    v2_patient(at);
    v2_visit(at, at->item->encounter);
    about(at);
    if (at->message->event != SYNTH_HL7V2_T11) {
        content(at);
    }
}
