/*
 * message_writer.h: an HL7 v2 message, written into a strbuf.
 *
 *   hl7v2_writer_init(&writer, &out);
 *   hl7v2_header(&writer);                       MSH|^~\&
 *   hl7v2_set(&writer, 9, 1, SLICE("ADT"));      field, component
 *   hl7v2_segment(&writer, "PID");
 *   hl7v2_set(&writer, 5, 1, SLICE("SMITH"));
 *   hl7v2_repeat(&writer);                       the next repetition of the same field
 *   ...
 *   hl7v2_end(&writer);
 *
 * One says where one is (segment, field, repetition, component, subcomponent, each numbered from 1
 * as in the standard) and what stands there. Within a segment places come in ascending order: one
 * that was passed is gone (asserted). Empty text writes nothing, and delimiters appear only before
 * something that stands behind them, so what is absent leaves no trace and no delimiter trails
 * (HL7 v2.5.1 section 2.6). Text is escaped (hl7v2/escape.h); segments end in CR.
 *
 * Tables of what a segment may hold are not looked at: that is for who maps to it. A failure shows
 * in the strbuf. Messages may follow one another in one strbuf.
 */
#ifndef EVENLODE_HL7V2_MESSAGE_WRITER_H
#define EVENLODE_HL7V2_MESSAGE_WRITER_H

#include "hl7v2/escape.h"

/* a place within a segment; repetition, component and subcomponent from 1, field 0 before any */
struct hl7v2_place {
    uint16_t field;
    uint16_t repetition;
    uint16_t component;
    uint16_t subcomponent;
};

struct hl7v2_writer {
    struct strbuf *out;
    struct hl7v2_delimiters delimiters;
    struct hl7v2_place written; /* up to where the segment's text goes */
    struct hl7v2_place wanted;
    bool open; /* a segment has begun */
};

void hl7v2_writer_init(struct hl7v2_writer *writer, struct strbuf *out);

/* begins a message: MSH with MSH-1 and MSH-2; fields from 3 on follow */
void hl7v2_header(struct hl7v2_writer *writer);
/* ends the segment before it and begins the next; `name` of three letters */
void hl7v2_segment(struct hl7v2_writer *writer, const char *name);
/* ends the message */
void hl7v2_end(struct hl7v2_writer *writer);

/* goes to the first component of the first repetition of `field` */
void hl7v2_field(struct hl7v2_writer *writer, uint16_t field);
/* goes to the next repetition of the field; stays when this one holds nothing */
void hl7v2_repeat(struct hl7v2_writer *writer);
/* goes to a component of the repetition, or a subcomponent of the component */
void hl7v2_component(struct hl7v2_writer *writer, uint16_t component);
void hl7v2_subcomponent(struct hl7v2_writer *writer, uint16_t subcomponent);

/* text at the place where it is, escaped; more text goes to the same place */
void hl7v2_text(struct hl7v2_writer *writer, struct slice text);
/* the same with line breaks as \.br\: data type FT */
void hl7v2_formatted_text(struct hl7v2_writer *writer, struct slice text);
/* two quotes: what was there before is to be removed (HL7 v2.5.1 section 2.5.3) */
void hl7v2_null(struct hl7v2_writer *writer);

/* text at a component of a field; a field that is already begun stays in its repetition */
void hl7v2_set(struct hl7v2_writer *writer, uint16_t field, uint16_t component, struct slice text);
void hl7v2_set_number(struct hl7v2_writer *writer, uint16_t field, uint16_t component,
                      uint64_t number);

#endif
