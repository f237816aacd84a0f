/*
 * follow.h: a county's day as it happens: who tells whom what, and when.
 *
 * follow_plan() looks through the lives of a county for what is told on one day: the hospital's HL7
 * v2 messages (hl7v2_plan.h), and of practices and the community trust a FHIR transaction for each
 * patient and minute. The result is a list in the order of time; each row names what it is, and
 * follow_write() makes its text when its time has come. So a day of a million people is held in
 * some bytes a row, and nothing has to be kept between planning and sending.
 *
 * Pure: the same county and day give the same rows and texts, on every machine, so what was sent
 * before a break can be sent again under the same name: MSH-10 of a message, the ids of resources
 * (they are PUT) and the key of a transaction.
 */
#ifndef EVENLODE_SYNTH_FOLLOW_H
#define EVENLODE_SYNTH_FOLLOW_H

#include "base/fault.h"
#include "base/strbuf.h"
#include "synth/life.h"

enum follow_tongue {
    FOLLOW_HL7V2, /* a message */
    FOLLOW_FHIR,  /* a transaction bundle */
};

struct follow_row {
    int32_t minute;     /* of the day */
    uint32_t household; /* with the number of people before it: makes the life again */
    uint32_t first_number;
    uint16_t message; /* HL7 v2: index in the patient's plan */
    uint8_t person;   /* in the household */
    synth_org organisation;
    uint8_t copy;
    uint8_t tongue; /* enum follow_tongue */
};

struct follow_day {
    const struct synth_world *world;
    int32_t day;
    VECTOR(struct follow_row) rows;
    struct arena arena;     /* of the rows */
    struct arena household; /* of one household at a time */
};

/* what a county tells: all, or one tongue alone */
#define FOLLOW_TELL_HL7V2 1U
#define FOLLOW_TELL_FHIR  2U

/*
 * `world` outlives `ret_day`. False: out of memory, more than LIMIT_FOLLOW_ROWS rows, or stopped:
 * `progress` is called now and then with the number of people looked at and may answer false
 * (FAULT_TIMEOUT).
 */
MUST_CHECK bool follow_plan(const struct synth_world *world, int32_t day, unsigned tell,
                            bool (*progress)(void *context, uint64_t done, uint64_t people),
                            void *context, struct follow_day *ret_day, struct arena *arena,
                            struct fault *fault);
void follow_release(struct follow_day *day);

#define FOLLOW_KEY_SIZE 40

/*
 * Appends the text of a row; `ret_key` names it: MSH-10, or of a transaction a name of the same
 * kind. A failure shows in `out`.
 */
void follow_write(struct follow_day *day, const struct follow_row *row, struct strbuf *out,
                  char ret_key[FOLLOW_KEY_SIZE]);

#endif
