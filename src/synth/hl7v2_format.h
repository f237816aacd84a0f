/*
 * hl7v2_format.h: a hospital's part of a life as HL7 v2.4 messages.
 *
 * Version 2.4 is what patient administration systems of NHS trusts send, and what the NHS
 * Interoperability Toolkit's HL7 v2 message specification (HL7V2 DMS 1.1) profiles; where that
 * says how the NHS number (PID-3, assigning authority NHS, type NH), its status (PID-32) or a code
 * of the NHS Data Dictionary (PV1) is carried, this follows it. Times carry their offset. MSH-11
 * is T (training) in every message: it is synthetic. MSH-18 is UNICODE UTF-8, which names the
 * encoding, although only table 0211 of v2.5 lists it.
 *
 * In a file messages follow one another; each begins with "MSH|" behind a CR or at the beginning
 * of the file, and segments end in CR (docs/formats/synthetic-county.md).
 */
#ifndef EVENLODE_SYNTH_HL7V2_FORMAT_H
#define EVENLODE_SYNTH_HL7V2_FORMAT_H

#include "synth/format.h"
#include "synth/hl7v2_plan.h"

#define SYNTH_CONTROL_ID_SIZE 21 /* MSH-10 has at most 20 characters in v2.4; and NUL */

/*
 * Unique in a county, the same for the same message: ODS code, person, copy, item and step in
 * digits. A message that is sent twice has the same.
 */
void synth_hl7v2_control_id(const struct synth_life *life, const struct synth_patient *patient,
                            const struct synth_hl7v2_message *message,
                            char ret_id[SYNTH_CONTROL_ID_SIZE]);

/* appends the message, segments ended by CR; a failure shows in `out` */
void synth_hl7v2_message_write(const struct synth_life *life, const struct synth_patient *patient,
                               const struct synth_hl7v2_message *message, struct strbuf *out);

/* all messages of a patient in the order of the plan */
extern const struct synth_format synth_format_hl7v2;

#endif
