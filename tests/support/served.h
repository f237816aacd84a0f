/*
 * served.h: the program itself, run as an operator runs it: commands, a server that can be killed,
 * and a client of few lines.
 *
 * The client opens a connection a request, so that an answer that a kill cut short is told from a
 * whole one. Nothing here goes through base/os.h.
 */
#ifndef EVENLODE_TESTS_SERVED_H
#define EVENLODE_TESTS_SERVED_H

#include "base/prelude.h"

#include <sys/types.h>

/* Runs PROGRAM with these words (NULL at the end) and waits. What it printed, cut to fit, with NUL;
 * either may be NULL. The exit status, or 256 + the signal that ended it. */
#define SERVED_TEXT 16384
int served_run(const char *program, char ret_out[SERVED_TEXT], char ret_err[SERVED_TEXT], ...)
    __attribute__((sentinel));

struct served {
    pid_t pid; /* 0: not running */
    unsigned port;
};

/* `serve` on a port of the system's choice; false when it ends before it serves */
bool served_start(struct served *served, const char *program, const char *data,
                  char ret_err[SERVED_TEXT]);
/* sends the signal and waits for the end; status as served_run() */
int served_end(struct served *served, int signal);

#define SERVED_HEAD 2048

struct served_answer {
    unsigned status; /* 0: no whole head came */
    char head[SERVED_HEAD];
    char *body; /* malloc'd, with NUL; NULL without a head */
    bool whole; /* as long as Content-Length says */
};

/* `sent` is called, if not NULL, once the request has gone out */
void served_request(unsigned port, const char *method, const char *path, const char *token,
                    const char *body, void (*sent)(void *context), void *context,
                    struct served_answer *ret_answer);
void served_answer_free(struct served_answer *answer);
/* the value of a field, cut to fit; empty when there is none */
void served_field(const struct served_answer *answer, const char *name, char *ret_value,
                  size_t size);

#endif
