/*
 * random.h: reproducible chance.
 *
 * A generator is keyed by (seed, stream, number): one for each person and each part of a life, so
 * that people can be made in any order and a change in one part leaves the others as they were.
 * All results are integers from integer arithmetic: the same seed gives the same bytes on every
 * machine, provided that no expression draws twice in an order that C leaves open (arguments of one
 * call, operands of +, initialisers of one list). Not for secrets (base/os.h has os_random for
 * those).
 */
#ifndef EVENLODE_SYNTH_RANDOM_H
#define EVENLODE_SYNTH_RANDOM_H

#include "base/prelude.h"

/* what the numbers are drawn for; the value is part of the output's definition: only append */
enum synth_stream {
    SYNTH_STREAM_STAFF = 1,
    SYNTH_STREAM_HOUSEHOLD,
    SYNTH_STREAM_NAME,
    SYNTH_STREAM_DISEASE,
    SYNTH_STREAM_MEDICINE,
    SYNTH_STREAM_BODY,
    SYNTH_STREAM_MEASURE,
    SYNTH_STREAM_PRACTICE,
    SYNTH_STREAM_EMERGENCY,
    SYNTH_STREAM_CLINIC,
    SYNTH_STREAM_MATERNITY,
    SYNTH_STREAM_COMMUNITY,
    SYNTH_STREAM_PREVENTION,
    SYNTH_STREAM_IDENTITY,
    SYNTH_STREAM_MISHAP,
    SYNTH_STREAM_URGENT,
    SYNTH_STREAM_ELECTIVE,
    SYNTH_STREAM_USE,
    SYNTH_STREAM_TRAIT,
    SYNTH_STREAM_COURSE,
    SYNTH_STREAM_CHOICES,
    SYNTH_STREAM_CENSUS,
    SYNTH_STREAM_COPIES,
    SYNTH_STREAM_OUT_OF_HOURS,
    SYNTH_STREAM_BIRTH,
    SYNTH_STREAM_MIND,
    SYNTH_STREAM_SOCIAL,
    SYNTH_STREAM_FOLLOW,
    SYNTH_STREAM_PLACES,
    SYNTH_STREAM_PERSON,
    SYNTH_STREAM_NUMBER,
};

struct synth_random {
    uint64_t state;
};

void synth_random_start(struct synth_random *random, uint64_t seed, enum synth_stream stream,
                        uint64_t number);
uint64_t synth_random_next(struct synth_random *random);
/* 0 .. limit - 1; limit at least 1 */
uint32_t synth_random_below(struct synth_random *random, uint32_t limit);
/* low .. high, both included */
int32_t synth_random_between(struct synth_random *random, int32_t low, int32_t high);
/* true in `part` of `whole` cases; never when part <= 0 */
bool synth_random_chance(struct synth_random *random, int32_t part, int32_t whole);
/* thousandths of a standard deviation, near enough normal, within +-6000 */
int32_t synth_random_normal(struct synth_random *random);
/* how often something happens whose mean is `per_1000` / 1000 (binomial of 16; mean up to 16) */
uint32_t synth_random_count(struct synth_random *random, int32_t per_1000);
/* a bijection of 0 .. domain - 1 for each key; `value` below domain, domain at most 2^30 */
uint32_t synth_random_permute(uint64_t key, uint32_t value, uint32_t domain);
/* 64 bits that depend on all of `a` and `b` */
uint64_t synth_random_mix(uint64_t a, uint64_t b);

#endif
