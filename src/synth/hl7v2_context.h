/*
 * hl7v2_context.h: what the sources that write HL7 v2 messages share. Not for others.
 */
#ifndef EVENLODE_SYNTH_HL7V2_CONTEXT_H
#define EVENLODE_SYNTH_HL7V2_CONTEXT_H

#include "hl7v2/message_writer.h"
#include "synth/hl7v2_format.h"

struct v2_context {
    struct hl7v2_writer writer;
    const struct synth_life *life;
    const struct synth_world *world;
    const struct synth_patient *who;
    const struct synth_org_info *hospital;
    const struct synth_hl7v2_message *message;
    const struct synth_item *item; /* of the message; NULL: about the patient */
};

/* -- data types ------------------------------------------------------------------------------- */

/* TS: local time to the minute, with its offset */
void v2_when(struct v2_context *at, uint16_t field, synth_when when);
void v2_date(struct v2_context *at, uint16_t field, int32_t day);
void v2_word(struct v2_context *at, uint16_t field, const char *word);
void v2_number(struct v2_context *at, uint16_t field, uint64_t number);
/* CE: code, text, system; a second code of the same, or NULL */
void v2_code(struct v2_context *at, uint16_t field, const struct synth_code *code,
             const struct synth_code *other);
/* CE of an item, as it was told: without its code when that is missing */
void v2_item_code(struct v2_context *at, uint16_t field, const struct synth_item *item,
                  const struct synth_code *other);
/* CE with text alone */
void v2_text_code(struct v2_context *at, uint16_t field, struct slice text);
/* CE of a table of HL7's: "HL70131" */
void v2_table_code(struct v2_context *at, uint16_t field, const char *code, const char *text,
                   const char *table);
/* XCN: a member of staff */
void v2_staff(struct v2_context *at, uint16_t field, uint16_t staff);
/* XCN: a member of another organisation's */
void v2_staff_of(struct v2_context *at, uint16_t field, uint16_t staff, synth_org organisation);
/* EI: the hospital's own number of an item */
void v2_entity(struct v2_context *at, uint16_t field, uint32_t item, char kind);
/* OBR-25: table 0123 knows no W; who told of another patient has no results of this one */
void v2_report_status(struct v2_context *at);
/* CX: a number of the hospital */
void v2_local_number(struct v2_context *at, uint16_t field, struct slice number, const char *type);

/* -- segments --------------------------------------------------------------------------------- */

void v2_header(struct v2_context *at);
void v2_event(struct v2_context *at);
void v2_patient(struct v2_context *at);
/* PD1: the registered practice */
void v2_practice(struct v2_context *at);
/* NK1, one a relative */
void v2_relatives(struct v2_context *at);
/* PV1 of the visit at items[visit]; SYNTH_NO_ITEM: not applicable */
void v2_visit(struct v2_context *at, uint32_t visit);
/* PV2 with what the patient came with */
void v2_visit_reason(struct v2_context *at, uint32_t visit);

/* -- messages, one function a family ----------------------------------------------------------- */

void v2_admission(struct v2_context *at); /* ADT but A40 */
void v2_merge(struct v2_context *at);     /* ADT^A40 */
void v2_results(struct v2_context *at);   /* ORU: values, or an image's report */
void v2_imaging(struct v2_context *at);   /* of those: OBR and OBX of the report */
void v2_document(struct v2_context *at);  /* MDM */
void v2_booking(struct v2_context *at);   /* SIU */

#endif
