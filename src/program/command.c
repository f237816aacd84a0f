/*
 * command.c: finding a command, reading its words, saying what went wrong in one line.
 *
 * GNU style: --name VALUE, --name=VALUE, flags, operands anywhere, "--" ends the options.
 */
#include "program/command.h"

static bool names_match(const char *name, const char *const *words, size_t count, size_t *ret_used)
{
    struct slice rest = slice_from_string(name);
    struct slice part;
    size_t used = 0;
    while (slice_split(&rest, ' ', &part)) {
        if (used == count || !slice_equal(part, slice_from_string(words[used]))) {
            return false;
        }
        used++;
    }
    *ret_used = used;
    return true;
}

const struct command *command_find(const char *const *words, size_t count, size_t *ret_used)
{
    for (size_t i = 0; i < command_count; i++) {
        if (names_match(commands[i].name, words, count, ret_used)) {
            return &commands[i];
        }
    }
    return NULL;
}

static const struct command_option *find_option(const struct command *command, struct slice name)
{
    for (size_t i = 0; i < command->option_count; i++) {
        if (slice_equal(name, slice_from_string(command->options[i].name))) {
            return &command->options[i];
        }
    }
    return NULL;
}

struct reading {
    const struct command *command;
    const char *const *words;
    size_t count;
    size_t at;
    struct arguments *arguments;
    struct arena *arena;
    struct fault *fault;
};

/* a word that starts with "--" */
static bool read_option(struct reading *reading)
{
    struct slice word = slice_from(slice_from_string(reading->words[reading->at++]), 2);
    size_t equals = slice_find(word, '=');
    struct slice name = slice_sub(word, 0, equals);
    const struct command_option *option = find_option(reading->command, name);
    if (option == NULL) {
        fault_set(reading->fault, reading->arena, FAULT_INVALID, "there is no option --%.*s",
                  SLICE_PRINT(name));
        return fault_hint(reading->fault, reading->arena, "see: evenlode help %s",
                          reading->command->name);
    }
    const char *value;
    if (option->value == NULL) {
        if (equals != word.len) {
            return fault_set(reading->fault, reading->arena, FAULT_INVALID, "--%s takes no value",
                             option->name);
        }
        value = "yes";
    } else if (equals != word.len) {
        value = word.ptr + equals + 1;
    } else if (reading->at < reading->count) {
        value = reading->words[reading->at++];
    } else {
        return fault_set(reading->fault, reading->arena, FAULT_INVALID, "--%s needs a value (%s)",
                         option->name, option->value);
    }
    const char **slot = &reading->arguments->values[option - reading->command->options];
    if (*slot != NULL) {
        return fault_set(reading->fault, reading->arena, FAULT_INVALID, "--%s is given twice",
                         option->name);
    }
    *slot = value;
    return true;
}

static bool read_operand(struct reading *reading)
{
    struct arguments *arguments = reading->arguments;
    const char *word = reading->words[reading->at++];
    if (reading->command->operands == NULL) {
        return fault_set(reading->fault, reading->arena, FAULT_INVALID,
                         "evenlode %s takes no operand: %s", reading->command->name, word);
    }
    if (arguments->operand_count == COMMAND_OPERANDS) {
        return fault_set(reading->fault, reading->arena, FAULT_TOO_LARGE,
                         "at most %d files at once", COMMAND_OPERANDS);
    }
    arguments->operands[arguments->operand_count++] = word;
    return true;
}

bool command_parse(const struct command *command, const char *const *words, size_t count,
                   struct arena *arena, struct arguments *ret_arguments, struct fault *fault)
{
    assert(command->option_count <= COMMAND_OPTIONS);
    *ret_arguments = (struct arguments){ 0 };
    ret_arguments->operands = arena_array(arena, count + 1, const char *);
    if (ret_arguments->operands == NULL) {
        return fault_no_memory(fault, arena);
    }
    struct reading reading = { command, words, count, 0, ret_arguments, arena, fault };
    bool options_over = false;
    while (reading.at < count) {
        struct slice word = slice_from_string(words[reading.at]);
        if (!options_over && slice_equal(word, SLICE("--"))) {
            options_over = true;
            reading.at++;
        } else if (!options_over && slice_starts_with(word, SLICE("--"))) {
            if (!read_option(&reading)) {
                return false;
            }
        } else if (!read_operand(&reading)) {
            return false;
        }
    }
    return true;
}

const char *command_value(const struct command *command, const struct arguments *arguments,
                          const char *name)
{
    const struct command_option *option = find_option(command, slice_from_string(name));
    assert(option != NULL);
    return arguments->values[option - command->options];
}

bool command_number(struct command_context *context, const char *name, const char *text,
                    uint64_t otherwise, uint64_t *ret_number, struct fault *fault)
{
    uint64_t number = otherwise;
    if (text != NULL && !slice_to_u64(slice_from_string(text), &number)) {
        return fault_set(fault, context->arena, FAULT_INVALID, "--%s needs a number, not \"%s\"",
                         name, text);
    }
    *ret_number = number;
    return true;
}

void command_print(struct command_context *context, enum output_channel channel, const char *format,
                   ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice text = arena_vprintf(context->arena, format, arguments);
    va_end(arguments);
    context->write(context->sink, channel,
                   text.ptr != NULL ? text : SLICE("evenlode: out of memory\n"));
}

int command_fail(struct command_context *context, const struct fault *fault)
{
    command_print(context, OUTPUT_MESSAGE, "evenlode: %.*s%s%.*s%s%.*s%s\n",
                  SLICE_PRINT(fault->where), fault->where.len > 0 ? ": " : "",
                  SLICE_PRINT(fault->message), fault->detail.len > 0 ? " (" : "",
                  SLICE_PRINT(fault->detail), fault->detail.len > 0 ? ")" : "");
    if (fault->hint.len > 0) {
        command_print(context, OUTPUT_MESSAGE, "  %.*s\n", SLICE_PRINT(fault->hint));
    }
    return fault_exit_status(fault->code);
}
