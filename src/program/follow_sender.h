/*
 * follow_sender.h: sends what a county tells, day after day, in time, over MLLP and HTTP.
 *
 * Two lanes, one for each tongue, each strictly in the order of its rows: a message is sent when
 * the one before it has been answered. A row is due at its minute of its day, `speed` times faster
 * than real; who is late catches up as fast as the receiver answers.
 *
 * What waits is bounded. No text is held but that of the row that is being sent, and a lane looks
 * no further than the day it is in: the rows of the next one are made when the last of this one has
 * been answered. So a receiver that is away for a week costs a list of one day, and nothing is
 * lost, because any day of a county can be made later.
 *
 * What was not answered for sure is sent again, the same bytes under the same name, with longer and
 * longer pauses, until it is answered or the sender is stopped. An answer that says no (AR; HTTP
 * 4xx) ends the row; one that says not now (AE; 5xx, 429, 408) ends it after some attempts.
 *
 * One thread; ends at once when `stop_fd` becomes readable.
 */
#ifndef EVENLODE_PROGRAM_FOLLOW_SENDER_H
#define EVENLODE_PROGRAM_FOLLOW_SENDER_H

#include "synth/follow.h"

/* X(name): what is counted in a lane */
#define FOLLOW_COUNTS(X)                                                                           \
    X(rows)      /* of the days that have been looked at */                                        \
    X(sent)      /* rows of which at least one attempt was made */                                 \
    X(delivered) /* answered with yes */                                                           \
    X(repeated)  /* attempts beyond the first */                                                   \
    X(refused)   /* answered with no */                                                            \
    X(failed)    /* given up after LIMIT_FOLLOW_ATTEMPTS answers of not now */                     \
    X(waiting)   /* when it ended: due on the day that its lane had reached, not answered yet */

struct follow_counts {
#define X(name) uint64_t name;
    FOLLOW_COUNTS(X)
#undef X
    int64_t late_us; /* how far behind its time the latest row was answered */
};

/* which token goes with which organisation; ods empty: with all */
struct follow_token {
    struct slice ods;
    struct slice token;
};

struct follow_sender_options {
    const struct synth_world *world;
    int32_t first_day;
    int32_t days;          /* at least 1; all within the county's years */
    uint32_t speed;        /* 1: as fast as life */
    const char *mllp_host; /* NULL: nothing over MLLP */
    const char *mllp_port;
    const char *http; /* "http://127.0.0.1:8080"; NULL: nothing over HTTP */
    const struct follow_token *tokens;
    size_t token_count;
    int64_t answer_us; /* to wait for one answer; 0: the clients' own */
    int64_t pause_us;  /* before the first repeat; 0: LIMIT_FOLLOW_PAUSE_US */
    int stop_fd;       /* -1: none */
    /* called now and then while a day is looked through, and after each answer; may be NULL */
    void (*planning)(void *context, uint64_t done, uint64_t people);
    void (*progress)(void *context, const struct follow_counts *counts, int32_t day,
                     int32_t minute);
    void *context;
};

/*
 * ret_counts[FOLLOW_HL7V2], ret_counts[FOLLOW_FHIR]; *ret_stopped: ended before all rows were
 * answered. False only when it cannot go on: no memory, an address that is none.
 */
MUST_CHECK bool follow_send(const struct follow_sender_options *options,
                            struct follow_counts ret_counts[2], bool *ret_stopped,
                            struct arena *arena, struct fault *fault);

#endif
