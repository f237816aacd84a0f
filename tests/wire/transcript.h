/*
 * transcript.h: what goes over the wire, as a text file.
 *
 * A file holds cases; each has a connection of its own, opened by its first `send`. A line is a
 * step; lines that are empty or start with '#' are passed over.
 *
 *   case NAME            begins a case
 *   send TEXT            sends bytes, exactly: \r \n \t \\ \0 \xHH are escapes, {N*TEXT} repeats
 * TEXT (which has no '}') N times; nothing is added at the end trickle MS TEXT      the same, a
 * byte each MS milliseconds, until the peer closes pause MS             waits shut says that
 * nothing more will be sent status N             reads an answer to the end; its status must be N
 *   status-head N        the same for an answer to HEAD, which has no body
 *   interim N            reads an interim answer (1xx)
 *   header NAME: VALUE   the last answer has this field with this value
 *   no-header NAME       it does not have this field
 *   once NAME            it has this field exactly once
 *   body TEXT            its body is exactly this (escapes as above)
 *   body-has TEXT        its body has this in it
 *   body-size N          its body is of N bytes
 *   open                 the connection is still open
 *   closed               the peer closes it within two seconds, sending nothing more
 *   aborted              the same, and a reset counts too
 *   gone-within MS       as aborted, with another time; bytes that still come are passed over
 *   cut-below N          reads to the end, which comes within five seconds, and before N bytes came
 *
 * The manner is that of curl's test files and Varnish's vtc.
 */
#ifndef EVENLODE_TESTS_WIRE_TRANSCRIPT_H
#define EVENLODE_TESTS_WIRE_TRANSCRIPT_H

#include "base/prelude.h"

struct transcript_count {
    unsigned cases;
    unsigned failed;
};

/*
 * Runs every case of the file against 127.0.0.1:port, prints a line for each failure (file, line,
 * case, what was expected and found) to standard output, and adds to *count. False when the file
 * cannot be read or has a step that is not understood.
 */
bool transcript_run(const char *path, uint16_t port, struct transcript_count *count);

#endif
