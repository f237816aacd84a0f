/*
 * hl7v2_format.c: the plan of a patient, message by message.
 */
#include "synth/hl7v2_format.h"

#include "synth/hl7v2_context.h"

#define PATIENT_ITEM 99999U /* in control ids: about the patient, not an item */

static const struct {
    void (*write)(struct v2_context *at);
} families[SYNTH_HL7V2_EVENT_COUNT] = {
    [SYNTH_HL7V2_A28] = { v2_admission }, [SYNTH_HL7V2_A31] = { v2_admission },
    [SYNTH_HL7V2_A01] = { v2_admission }, [SYNTH_HL7V2_A02] = { v2_admission },
    [SYNTH_HL7V2_A03] = { v2_admission }, [SYNTH_HL7V2_A04] = { v2_admission },
    [SYNTH_HL7V2_A08] = { v2_admission }, [SYNTH_HL7V2_A11] = { v2_admission },
    [SYNTH_HL7V2_A13] = { v2_admission }, [SYNTH_HL7V2_A40] = { v2_merge },
    [SYNTH_HL7V2_R01] = { v2_results },   [SYNTH_HL7V2_T02] = { v2_document },
    [SYNTH_HL7V2_T04] = { v2_document },  [SYNTH_HL7V2_T08] = { v2_document },
    [SYNTH_HL7V2_T11] = { v2_document },  [SYNTH_HL7V2_S12] = { v2_booking },
    [SYNTH_HL7V2_S14] = { v2_booking },   [SYNTH_HL7V2_S15] = { v2_booking },
    [SYNTH_HL7V2_S26] = { v2_booking },
};

void synth_hl7v2_control_id(const struct synth_life *life, const struct synth_patient *patient,
                            const struct synth_hl7v2_message *message,
                            char ret_id[SYNTH_CONTROL_ID_SIZE])
{
    const struct slice ods = life->world->organisations[patient->organisation].ods;
    uint32_t item = message->item == SYNTH_NO_ITEM ? PATIENT_ITEM : message->item;
    assert(item <= PATIENT_ITEM && patient->copy < 10 && message->step < 100);
    int len = snprintf(ret_id, SYNTH_CONTROL_ID_SIZE, "%.*s%06llu%u%05u%02u", SLICE_PRINT(ods),
                       (unsigned long long)life->person->number, (unsigned)patient->copy,
                       (unsigned)item, (unsigned)message->step);
    assert(len > 0 && len < SYNTH_CONTROL_ID_SIZE);
}

void synth_hl7v2_message_write(const struct synth_life *life, const struct synth_patient *patient,
                               const struct synth_hl7v2_message *message, struct strbuf *out)
{
    struct v2_context at = {
        .life = life,
        .world = life->world,
        .who = patient,
        .hospital = &life->world->organisations[patient->organisation],
        .message = message,
        .item = message->item == SYNTH_NO_ITEM ? NULL : &life->items.at[message->item],
    };
    hl7v2_writer_init(&at.writer, out);
    v2_header(&at);
    families[message->event].write(&at);
    hl7v2_end(&at.writer);
}

static void write_patient(const struct synth_life *life, const struct synth_patient *patient,
                          struct strbuf *out, uint32_t *ret_records)
{
    struct synth_hl7v2_plan plan;
    synth_hl7v2_plan_make(life, patient, &plan);
    for (size_t i = 0; i < plan.messages.count; i++) {
        synth_hl7v2_message_write(life, patient, &plan.messages.at[i], out);
    }
    out->failed = out->failed || plan.failed;
    *ret_records = (uint32_t)plan.messages.count;
}

static bool speaks_hl7v2(const struct synth_org_info *organisation)
{
    return slice_equal(organisation->kind, SLICE("hospital"));
}

const struct synth_format synth_format_hl7v2 = {
    .name = SLICE_INIT("hl7v2"),
    .suffix = SLICE_INIT("hl7"),
    .own = speaks_hl7v2,
    .write = write_patient,
};
