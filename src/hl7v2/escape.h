/*
 * escape.h: text inside a field of an HL7 v2 message.
 *
 * HL7 v2.5.1 chapter 2, section 2.7 (the same in v2.4): what would be taken for a delimiter is
 * written as an escape sequence between two escape characters: \F\ field, \S\ component,
 * \T\ subcomponent, \R\ repetition, \E\ the escape character itself, \Xhh\ any byte. In formatted
 * text (data type FT) \.br\ ends a line. Other bytes, also those of UTF-8, stay as they are.
 *
 * Control characters are written as \Xhh\: a CR would end the segment, VT and FS the frame
 * (net/mllp_frame.h), NUL the string of many a receiver. So no text can end anything.
 */
#ifndef EVENLODE_HL7V2_ESCAPE_H
#define EVENLODE_HL7V2_ESCAPE_H

#include "base/strbuf.h"

/* HL7 v2.5.1 section 2.5.4: MSH-1 and the four characters of MSH-2, in the order of MSH-2 */
struct hl7v2_delimiters {
    char field;
    char component;
    char repetition;
    char escape;
    char subcomponent;
};

/* the recommended ones, which every sender uses: | ^ ~ \ & */
extern const struct hl7v2_delimiters hl7v2_delimiters_recommended;

/* appends `text` as data of types ST, TX, ID, ...; a line break becomes \X0D\ or \X0A\ */
void hl7v2_escape(struct strbuf *out, const struct hl7v2_delimiters *delimiters, struct slice text);
/* the same as data of type FT: LF, CR and CR LF become \.br\ */
void hl7v2_escape_formatted(struct strbuf *out, const struct hl7v2_delimiters *delimiters,
                            struct slice text);

#endif
