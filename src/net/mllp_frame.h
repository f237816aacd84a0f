/*
 * mllp_frame.h: the bytes around an HL7 v2 message on a connection.
 *
 * HL7 v2 implementation guide, Minimal Lower Layer Protocol (Transport Specification: MLLP, release
 * 1): VT, the message, FS, CR. A message cannot hold them: control characters in it are escaped
 * (hl7v2/escape.h).
 */
#ifndef EVENLODE_NET_MLLP_FRAME_H
#define EVENLODE_NET_MLLP_FRAME_H

#define MLLP_START 0x0b
#define MLLP_END   0x1c
#define MLLP_CR    0x0d

#endif
