/*
 * server.h: an open exchange, served until it is told to stop.
 */
#ifndef EVENLODE_PROGRAM_SERVER_H
#define EVENLODE_PROGRAM_SERVER_H

#include "program/command.h"
#include "program/exchange.h"

/*
 * Serves HTTP and the control socket until SIGTERM or SIGINT, then drains. The exit status. Prints
 * one line when it is ready: "serving http://127.0.0.1:8080".
 */
int server_run(struct command_context *context, struct exchange *exchange);

#endif
