/*
 * hl7v2_plan.h: which HL7 v2 messages a hospital sends about one patient, and in which order.
 *
 * A life holds facts; a trust sends messages about events. The plan turns one into the other:
 * an admission is A01, A02 and A03; a result is ORU^R01, perhaps first preliminary; what went wrong
 * on the way (the items' mishaps) becomes a message sent twice, too late, taken back or out of
 * turn. The messages are written one by one (hl7v2_writer.h), all of them for a file, or those of a
 * day for a stream.
 *
 * Pure; depends on life and patient alone. The list lies in the life's arena.
 */
#ifndef EVENLODE_SYNTH_HL7V2_PLAN_H
#define EVENLODE_SYNTH_HL7V2_PLAN_H

#include "synth/life.h"

/*
 * X(trigger, message type, structure, what it says). Structures are those of HL7 v2.4 table 0354.
 */
/* clang-format off */
#define SYNTH_HL7V2_EVENTS(X)                                                                      \
    X(A28, "ADT", "ADT_A05", "a person is entered into the index")                                 \
    X(A31, "ADT", "ADT_A05", "what is known of a person has changed")                              \
    X(A01, "ADT", "ADT_A01", "admitted to a ward")                                                 \
    X(A02, "ADT", "ADT_A02", "moved to another ward")                                              \
    X(A03, "ADT", "ADT_A03", "discharged; left the emergency department or the clinic")            \
    X(A04, "ADT", "ADT_A01", "arrived in the emergency department or a clinic")                    \
    X(A08, "ADT", "ADT_A01", "a visit was coded or changed afterwards")                            \
    X(A11, "ADT", "ADT_A09", "an arrival or admission is taken back")                              \
    X(A13, "ADT", "ADT_A01", "a discharge is taken back")                                          \
    X(A40, "ADT", "ADT_A39", "two patients are one: the second is merged into the first")          \
    X(R01, "ORU", "ORU_R01", "results")                                                            \
    X(T02, "MDM", "MDM_T02", "a document with its text")                                           \
    X(T04, "MDM", "MDM_T02", "a document has been signed")                                         \
    X(T08, "MDM", "MDM_T02", "a document was edited")                                              \
    X(T11, "MDM", "MDM_T01", "a document is withdrawn")                                            \
    X(S12, "SIU", "SIU_S12", "an appointment is booked")                                           \
    X(S14, "SIU", "SIU_S12", "an appointment is changed")                                          \
    X(S15, "SIU", "SIU_S12", "an appointment is cancelled")                                        \
    X(S26, "SIU", "SIU_S12", "a patient did not come")
/* clang-format on */

enum synth_hl7v2_event {
#define X(trigger, type, structure, meaning) SYNTH_HL7V2_##trigger,
    SYNTH_HL7V2_EVENTS(X)
#undef X
        SYNTH_HL7V2_EVENT_COUNT
};

struct synth_hl7v2_message {
    synth_when sent;     /* MSH-7; the order of the list, but for what is out of turn */
    synth_when recorded; /* EVN-2 */
    synth_when happened; /* EVN-6 */
    uint32_t item;       /* SYNTH_NO_ITEM: about the patient */
    uint32_t count;      /* results of one report: so many items from `item` on */
    uint8_t event;       /* enum synth_hl7v2_event */
    uint8_t step;        /* which message of the item, part of the control id */
    char status;         /* of results and documents: P preliminary, F final, C corrected, X none
                          * could be obtained, W of another patient; 0 otherwise */
    bool wrong;          /* says it as it was first told, before it was corrected */
    bool out_of_order;
};

struct synth_hl7v2_plan {
    VECTOR(struct synth_hl7v2_message) messages;
    bool failed; /* no memory: the list is not whole */
};

/* the messages about that patient of the hospital, in the order in which they are sent */
void synth_hl7v2_plan_make(const struct synth_life *life, const struct synth_patient *patient,
                           struct synth_hl7v2_plan *ret_plan);

/* the test group that a result belongs to; NULL: in none */
const struct synth_panel *synth_hl7v2_panel(const struct synth_item *item);

#endif
