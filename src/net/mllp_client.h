/*
 * mllp_client.h: sends HL7 v2 messages over MLLP, one after another, and waits for each answer.
 *
 * A message counts as delivered only when the receiver has acknowledged it: MSA-1 of an answer
 * whose MSA-2 is the message's control id. Everything else leaves the sender in doubt, and the
 * message must be sent again under the same control id; the receiver takes care that a repeat has
 * one effect. After a doubtful end the connection is closed, so that an answer that comes late is
 * never taken for that of the next message.
 *
 * No call waits beyond its deadline. Between failed attempts to connect the client waits longer and
 * longer (doubling, from first to most); mllp_client_wait_us() says how long still.
 *
 * One thread at a time. `stop_fd`, when it becomes readable, ends any waiting at once.
 */
#ifndef EVENLODE_NET_MLLP_CLIENT_H
#define EVENLODE_NET_MLLP_CLIENT_H

#include "base/slice.h"

struct mllp_client_options {
    const char *host; /* name or address */
    const char *port;
    int64_t connect_us; /* to connect; 0: LIMIT_MLLP_CONNECT_US */
    int64_t answer_us;  /* from the first byte sent to the whole answer; 0: LIMIT_MLLP_ANSWER_US */
    int64_t wait_first_us; /* after the first failed attempt; 0: LIMIT_MLLP_WAIT_FIRST_US */
    int64_t wait_most_us;  /* 0: LIMIT_MLLP_WAIT_MOST_US */
    int stop_fd;           /* -1: none */
};

/* X(constant, word): how sending one message ended */
#define MLLP_OUTCOMES(X)                                                                           \
    X(ACCEPTED, "accepted")       /* AA or CA: delivered */                                        \
    X(FAILED, "failed")           /* AE or CE: the receiver could not take it */                   \
    X(REJECTED, "rejected")       /* AR or CR: it will not take it, now or ever */                 \
    X(UNREACHABLE, "unreachable") /* no connection, or still waiting before the next attempt */    \
    X(SILENT, "silent")           /* no answer by the deadline: in doubt */                        \
    X(CLOSED, "closed")           /* the connection ended before the answer: in doubt */           \
    X(GARBLED, "garbled")         /* what came is no answer to this message: in doubt */           \
    X(STOPPED, "stopped")         /* stop_fd became readable: in doubt */

enum mllp_outcome {
#define X(name, word) MLLP_##name,
    MLLP_OUTCOMES(X)
#undef X
        MLLP_OUTCOME_COUNT
};

const char *mllp_outcome_word(enum mllp_outcome outcome);

struct mllp_client;

/* connects with the first message; NULL without memory */
MUST_CHECK struct mllp_client *mllp_client_new(const struct mllp_client_options *options);
void mllp_client_free(struct mllp_client *client);

/* `message`: segments ended by CR, at most LIMIT_MLLP_MESSAGE; `control_id`: its MSH-10 */
enum mllp_outcome mllp_client_send(struct mllp_client *client, struct slice message,
                                   struct slice control_id);
/* the answer to the last message, without its frame; valid until the next call */
struct slice mllp_client_answer(const struct mllp_client *client);
/* until another attempt to connect is made; 0: now */
int64_t mllp_client_wait_us(const struct mllp_client *client);

#endif
