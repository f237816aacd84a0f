/*
 * mllp_receiver.h: a receiver of MLLP messages for tests, on a port of the system's choice.
 *
 * It does as its script says, one letter a message: A, E, R answer AA, AE, AR; S stays silent;
 * C closes without an answer; H closes in the middle of the answer; X answers under another control
 * id; G answers what is no answer; T answers in single bytes; J puts junk around the answer; D goes
 * away without an answer, and nobody can connect any more. After the script's end it goes on with
 * its last letter. A thread of its own; several connections one after another.
 */
#ifndef EVENLODE_TESTS_MLLP_RECEIVER_H
#define EVENLODE_TESTS_MLLP_RECEIVER_H

#include "base/prelude.h"

#define RECEIVER_MESSAGES 4096

struct mllp_receiver;

struct mllp_receiver *mllp_receiver_start(const char *script, char ret_port[8]);
/* waits until a message has come; ends the program when none comes within two minutes */
void mllp_receiver_await(struct mllp_receiver *receiver);
/* on the port of one that is gone */
struct mllp_receiver *mllp_receiver_start_again(const char *script, const char *port);
/* waits until it has gone away by its script; to be stopped all the same */
void mllp_receiver_wait_gone(struct mllp_receiver *receiver);
/* stops it; the number of messages that came */
size_t mllp_receiver_stop(struct mllp_receiver *receiver);
/* after the stop: control id of message `index` */
const char *mllp_receiver_id(const struct mllp_receiver *receiver, size_t index);
size_t mllp_receiver_connections(const struct mllp_receiver *receiver);
void mllp_receiver_free(struct mllp_receiver *receiver);

#endif
