/*
 * control.h: commands beside a running server (ARCHITECTURE invariant 12).
 *
 * DIR/control is a Unix stream socket of mode 0600. The operator's process sends the words of its
 * command in one frame; the server runs the same function that a process of its own would, and
 * sends back what it prints and its exit status.
 *
 *   frame: 1 byte kind, 4 bytes length (big end first), bytes
 *   'A' words, each ended by NUL; the first is "terminal" or "file"     to the server, once
 *    1  for standard output,  2  for standard error                     from the server
 *   'X' one byte: the exit status                                       from the server, last
 *
 * Only the owner of the directory gets in: the socket's mode, and the peer's user id is compared.
 */
#ifndef EVENLODE_PROGRAM_CONTROL_H
#define EVENLODE_PROGRAM_CONTROL_H

#include "program/command.h"

struct control;

/* Serves commands until control_stop(). `exchange` is borrowed. */
MUST_CHECK bool control_start(const char *path, struct exchange *exchange,
                              struct control **ret_control, struct arena *arena,
                              struct fault *fault);
/* waits for commands that run, and 30 s at most for who neither asks nor listens; removes the
 * socket */
void control_stop(struct control *control);

/*
 * Sends a command to the server at `path` and prints what it answers; the command's exit status.
 * Relative paths among options and operands must have been made absolute. A server that cannot be
 * reached is a fault: false.
 */
MUST_CHECK bool control_call(const char *path, const char *const *words, size_t count,
                             struct command_context *context, int *ret_status, struct fault *fault);

#endif
