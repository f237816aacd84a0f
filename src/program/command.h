/*
 * command.h: what every subcommand is.
 *
 * A command is a row of the table in main.c: name, options, what it needs, and a function. It never
 * prints by itself but through its context, because the same function runs in the process that the
 * operator started and, when a server owns the directory, inside that server, whose answer comes
 * through DIR/control (program/control.h). Its result is the process's exit status.
 */
#ifndef EVENLODE_PROGRAM_COMMAND_H
#define EVENLODE_PROGRAM_COMMAND_H

#include "base/fault.h"

struct exchange;

#define COMMAND_OPTIONS  16
#define COMMAND_OPERANDS 4096

struct command_option {
    const char *name;  /* without dashes */
    const char *value; /* word for its value in the help; NULL: a flag */
    const char *meaning;
    bool path; /* made absolute before it is sent to a server */
};

/* values of options that were given, operands behind them */
struct arguments {
    const char *values[COMMAND_OPTIONS]; /* by index in the command's table; NULL: not given */
    const char **operands;
    size_t operand_count;
};

enum output_channel { OUTPUT_RESULT = 1, OUTPUT_MESSAGE = 2 }; /* standard output, standard error */

struct command_context {
    struct exchange *exchange; /* open; NULL for a command that needs none */
    struct arena *arena;
    void (*write)(void *sink, enum output_channel channel, struct slice text);
    void *sink;
    bool terminal; /* messages go to a person: progress may be drawn */
    bool served;   /* runs inside a server */
};

struct command {
    const char *name;     /* one or two words: "serve", "org add" */
    const char *operands; /* for the help, e.g. "FILE..."; NULL: none allowed */
    const char *summary;
    const struct command_option *options;
    size_t option_count;
    bool needs_exchange; /* opens --data, or goes to its server */
    int (*run)(struct command_context *context, const struct arguments *arguments);
};

/* all commands; the table is in main.c */
extern const struct command commands[];
extern const size_t command_count;

const struct command *command_find(const char *const *words, size_t count, size_t *ret_used);
/* parses options and operands; false: fault says which is wrong */
MUST_CHECK bool command_parse(const struct command *command, const char *const *words, size_t count,
                              struct arena *arena, struct arguments *ret_arguments,
                              struct fault *fault);
/* the value of the option called `name` of this command, or NULL; asserts that it exists */
const char *command_value(const struct command *command, const struct arguments *arguments,
                          const char *name);

/* a number of an option; `otherwise` when it was not given */
MUST_CHECK bool command_number(struct command_context *context, const char *name, const char *text,
                               uint64_t otherwise, uint64_t *ret_number, struct fault *fault);

void command_print(struct command_context *context, enum output_channel channel, const char *format,
                   ...) PRINTF_LIKE(3, 4);
/* "evenlode: where: message (detail)\n  hint\n", and the fault's exit status */
int command_fail(struct command_context *context, const struct fault *fault);

#endif
