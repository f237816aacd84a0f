/*
 * main.c: one binary, a table of commands.
 *
 * A command that needs an exchange opens --data. When another process owns that directory, the
 * words go to its control socket instead, with paths made absolute, and the command runs there.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/limits.h"
#include "program/commands.h"
#include "program/control.h"
#include "program/exchange.h"

#define DATA_OPTION                                                                                \
    {                                                                                              \
        "data", "DIR", "the data directory", true                                                  \
    }
#define CONFIG_OPTION                                                                              \
    {                                                                                              \
        "config", "FILE", "the configuration file", true                                           \
    }

static const struct command_option init_options[] = { DATA_OPTION };
static const struct command_option serve_options[] = {
    DATA_OPTION,
    { "listen", "ADDRESS", "host:port, 127.0.0.1:8080 unless told otherwise", false },
    CONFIG_OPTION,
    { "base-url", "URL", "as others reach this server", false },
};
static const struct command_option demo_options[] = {
    DATA_OPTION,
    { "people", "N", "how many; 2000 unless told otherwise", false },
    { "seed", "S", "another county", false },
    { "listen", "ADDRESS", "host:port, 127.0.0.1:8080 unless told otherwise", false },
    { "years", "N", "of encounters, 2 unless told otherwise", false },
};
static const struct command_option synth_options[] = {
    { "out", "DIR", "a new or empty folder", true },
    { "people", "N", "how many", false },
    { "seed", "S", "the same seed gives the same bytes", false },
    { "years", "N", "of encounters, 5 unless told otherwise", false },
    { "formats", "LIST", "own (each organisation its own; the default), fhir, or names of formats",
      false },
    { "only", "PART", "one part of the county alone; demographics and events are parts", false },
    { "compress", "HOW", "zstd or none; none unless told otherwise", false },
    { "threads", "N", "one a processor unless told otherwise", false },
    { "restart", NULL, "discard what an unfinished run has left", false },
    { "follow", NULL, "send what is told day by day as it happens, instead of writing files",
      false },
    { "speed", "N", "with --follow: times faster than life, 1 unless told otherwise", false },
    { "from", "DATE", "with --follow: the first day; unless told otherwise the county's last days",
      false },
    { "days", "N", "with --follow: how many days, 1 unless told otherwise", false },
    { "mllp", "HOST:PORT", "with --follow: who gets the hospital's messages", false },
    { "http", "URL", "with --follow: whose /orgs/ODS/fhir/R4 get the others' bundles", false },
    { "token-file", "FILE", "with --http: lines of ODS TOKEN, or one token for all", true },
};
static const struct command_option endpoint_options[] = {
    { "people", "N", "how many; 2000 unless told otherwise", false },
    { "seed", "S", "of which county", false },
    { "years", "N", "of events, 5 unless told otherwise", false },
    { "org", "ODS", "the organisation that answers", false },
    { "listen", "ADDRESS", "host:port on loopback; any free port unless told otherwise", false },
};
static const struct command_option report_options[] = {
    { "people", "N", "how many lives are counted; 60000 unless told otherwise", false },
    { "seed", "S", "of which county", false },
    { "years", "N", "of events, 5 unless told otherwise", false },
    { "out", "FILE", "an HTML page instead of text", true },
};
static const struct command_option load_options[] = {
    DATA_OPTION,
    CONFIG_OPTION,
    { "org", "ODS", "the organisation whose store takes everything", false },
    { "split-by-provider", NULL, "to the organisation that each encounter names", false },
    { "assign-nhs-number", NULL, "made-up numbers of the 999 range where there is none", false },
    { "base-url", "URL", "for references between stores", false },
};
static const struct command_option check_options[] = {
    { "json", NULL, "only whether it is well-formed JSON", false },
    { "fhir", NULL, "as FHIR R4", false },
    { "hl7", NULL, "as HL7 v2", false },
    { "cda", NULL, "as CDA", false },
};
static const struct command_option token_options[] = {
    DATA_OPTION,
    CONFIG_OPTION,
    { "user", "NAME", "who it is for", false },
    { "name", "TEXT", "as shown to people", false },
    { "role", "ROLE", "gp, emergency-doctor, nurse, social-worker, receptionist, system", false },
    { "org", "ODS", "on whose behalf", false },
    { "seconds", "N", "until it expires; 3600 unless told otherwise", false },
};
static const struct command_option org_options[] = {
    DATA_OPTION,
    CONFIG_OPTION,
    { "ods", "CODE", "ODS code", false },
    { "name", "NAME", "as shown to people", false },
    { "type", "T", "practice, hospital, community, ambulance, council, urgent or other", false },
    { "status", "S", "planned, live or left", false },
};
static const struct command_option person_options[] = {
    DATA_OPTION,
    CONFIG_OPTION,
    { "nhs-number", "N", "ten digits", false },
    { "family", "NAME", "family name, with --born", false },
    { "born", "DATE", "YYYY-MM-DD", false },
};
static const struct command_option audit_options[] = {
    DATA_OPTION,
    CONFIG_OPTION,
    { "person", "ID", "as in the address of the record", false },
};

#define OPTIONS(table)  table, ARRAY_LENGTH(table)
#define ORG_LIST_COUNT  2 /* --data, --config */
#define ORG_SHOW_COUNT  3 /* and --ods */
#define AUDIT_ALL_COUNT 2

const struct command commands[] = {
    { "init", NULL, "make an empty exchange", OPTIONS(init_options), false, command_init },
    { "serve", NULL, "serve it", OPTIONS(serve_options), false, command_serve },
    { "demo", NULL, "make, fill and serve a synthetic county", OPTIONS(demo_options), false,
      command_demo },
    { "synth endpoint", NULL, "a synthetic organisation as a live FHIR server, for tests",
      OPTIONS(endpoint_options), false, command_synth_endpoint },
    { "synth report", NULL, "how like England the synthetic county is", OPTIONS(report_options),
      false, command_synth_report },
    { "synth", NULL, "write a synthetic county as files", OPTIONS(synth_options), false,
      command_synth },
    { "load", "FILE...", "load FHIR JSON and NDJSON, plain or zstd", OPTIONS(load_options), true,
      command_load },
    { "check", "FILE...", "say what files are and name their faults", OPTIONS(check_options), false,
      command_check },
    { "token", NULL, "a short-lived signed token", OPTIONS(token_options), true, command_token },
    { "org add", NULL, "add an organisation to the register", OPTIONS(org_options), true,
      command_org_add },
    { "org set", NULL, "change an organisation", OPTIONS(org_options), true, command_org_set },
    { "org list", NULL, "a line for each organisation", org_options, ORG_LIST_COUNT, true,
      command_org_list },
    { "org show", NULL, "one organisation and its store", org_options, ORG_SHOW_COUNT, true,
      command_org_show },
    { "person find", NULL, "find people in the person index", OPTIONS(person_options), true,
      command_person_find },
    { "audit verify", NULL, "is the audit whole?", audit_options, AUDIT_ALL_COUNT, true,
      command_audit_verify },
    { "audit person", NULL, "who saw this person's record?", OPTIONS(audit_options), true,
      command_audit_person },
    { "help", "COMMAND", "what a command takes", NULL, 0, false, command_help },
};
const size_t command_count = ARRAY_LENGTH(commands);

/* -- output ---------------------------------------------------------------------------------- */

static void write_out(void *sink UNUSED, enum output_channel channel, struct slice text)
{
    FILE *file = channel == OUTPUT_RESULT ? stdout : stderr;
    fwrite(text.ptr, 1, text.len, file);
    fflush(file);
}

static void help_all(struct command_context *context)
{
    command_print(context, OUTPUT_RESULT, "evenlode COMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < command_count; i++) {
        command_print(context, OUTPUT_RESULT, "  %-14s %s\n", commands[i].name,
                      commands[i].summary);
    }
    command_print(context, OUTPUT_RESULT, "\nevenlode help COMMAND tells what it takes\n");
}

static void help_one(struct command_context *context, const struct command *command)
{
    command_print(context, OUTPUT_RESULT, "evenlode %s%s%s: %s\n", command->name,
                  command->operands != NULL ? " " : "",
                  command->operands != NULL ? command->operands : "", command->summary);
    for (size_t i = 0; i < command->option_count; i++) {
        const struct command_option *option = &command->options[i];
        struct slice name =
            arena_printf(context->arena, "--%s%s%s", option->name, option->value != NULL ? " " : "",
                         option->value != NULL ? option->value : "");
        command_print(context, OUTPUT_RESULT, "  %-22.*s %s\n", SLICE_PRINT(name), option->meaning);
    }
}

int command_help(struct command_context *context, const struct arguments *arguments)
{
    size_t used;
    const struct command *command =
        command_find(arguments->operands, arguments->operand_count, &used);
    if (command == NULL) {
        help_all(context);
        return arguments->operand_count == 0 ? 0 : 1;
    }
    help_one(context, command);
    return 0;
}

/* -- running --------------------------------------------------------------------------------- */

static const char *absolute(struct arena *arena, const char *path)
{
    char *directory;
    if (path[0] == '/') {
        return path;
    }
    directory = getcwd(NULL, 0);
    struct slice joined = arena_printf(arena, "%s/%s", directory != NULL ? directory : "", path);
    free(directory);
    return joined.ptr;
}

/* the words of a command for a server: options by name, paths absolute */
static const char **words_for_server(const struct command *command,
                                     const struct arguments *arguments, struct arena *arena,
                                     size_t *ret_count)
{
    const char **words =
        arena_array(arena, arguments->operand_count + 2 * command->option_count + 4, const char *);
    size_t count = 0;
    struct slice rest = slice_from_string(command->name);
    struct slice part;
    while (words != NULL && slice_split(&rest, ' ', &part)) {
        words[count++] = arena_string(arena, part);
    }
    for (size_t i = 0; words != NULL && i < command->option_count; i++) {
        const struct command_option *option = &command->options[i];
        const char *value = arguments->values[i];
        if (value == NULL) {
            continue;
        }
        words[count++] = arena_printf(arena, "--%s", option->name).ptr;
        if (option->value != NULL) {
            words[count++] = option->path ? absolute(arena, value) : value;
        }
    }
    if (words != NULL && arguments->operand_count > 0) {
        words[count++] = "--";
    }
    for (size_t i = 0; words != NULL && i < arguments->operand_count; i++) {
        words[count++] = absolute(arena, arguments->operands[i]);
    }
    *ret_count = count;
    return arena->exhausted ? NULL : words;
}

static int send_to_server(struct command_context *context, const struct command *command,
                          const struct arguments *arguments, const struct data_directory *directory,
                          long holder)
{
    struct fault fault = FAULT_INIT;
    size_t count;
    int status;
    const char **words = words_for_server(command, arguments, context->arena, &count);
    if (words == NULL) {
        fault_no_memory(&fault, context->arena);
        return command_fail(context, &fault);
    }
    if (!control_call(directory->control, words, count, context, &status, &fault)) {
        if (fault.code ==
            FAULT_IO) { /* a command of its own holds it, or a server that is starting */
            fault_at(&fault, context->arena, FAULT_BUSY, slice_from_string(directory->path),
                     "owned by process %ld, which takes no commands", holder);
        }
        return command_fail(context, &fault);
    }
    return status;
}

static int run_with_exchange(struct command_context *context, const struct command *command,
                             const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    struct data_directory directory;
    struct exchange exchange;
    struct config config;
    long holder = 0;
    const char *path = command_value(command, arguments, "data");
    if (path == NULL) {
        fault_set(&fault, context->arena, FAULT_INVALID, "--data DIR is needed");
        return command_fail(context, &fault);
    }
    if (!config_read(command_value(command, arguments, "config"), context->arena, &config,
                     &fault)) {
        return command_fail(context, &fault);
    }
    switch (data_directory_open(path, context->arena, &directory, &holder, &fault)) {
    case DIRECTORY_FAULT:
        return command_fail(context, &fault);
    case DIRECTORY_SERVED:
        return send_to_server(context, command, arguments, &directory, holder);
    case DIRECTORY_OURS:
        break;
    }
    log_set_level(config.log_level);
    if (!exchange_open(&exchange, &directory, &config, context->arena, &fault)) {
        return command_fail(context, &fault);
    }
    context->exchange = &exchange;
    int status = command->run(context, arguments);
    context->exchange = NULL;
    if (!exchange_close(&exchange, context->arena, &fault) && status == 0) {
        status = command_fail(context, &fault);
    }
    return status;
}

static int run(struct command_context *context, const char *const *words, size_t count)
{
    struct fault fault = FAULT_INIT;
    struct arguments arguments;
    size_t used = 0;
    if (count == 0 || strcmp(words[0], "--help") == 0) {
        help_all(context);
        return count == 0 ? 1 : 0;
    }
    const struct command *command = command_find(words, count, &used);
    if (command == NULL) {
        fault_set(&fault, context->arena, FAULT_INVALID, "there is no command %s", words[0]);
        fault_hint(&fault, context->arena, "see: evenlode help");
        return command_fail(context, &fault);
    }
    if (!command_parse(command, words + used, count - used, context->arena, &arguments, &fault)) {
        return command_fail(context, &fault);
    }
    return command->needs_exchange ? run_with_exchange(context, command, &arguments)
                                   : command->run(context, &arguments);
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct command_context context = { .arena = &arena,
                                       .write = write_out,
                                       .terminal = isatty(STDERR_FILENO) == 1 };
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);  /* a file at its ceiling is a full disk: an error, and no end */
    prctl(PR_SET_DUMPABLE, 0); /* records and keys do not belong in a core file */
    /* a page's arenas come and go: keep their memory, rather than ask the kernel for it again */
    mallopt(M_MMAP_THRESHOLD, (int)MIB(4));
    mallopt(M_TRIM_THRESHOLD, (int)MIB(8));
    mallopt(M_ARENA_MAX, 2);
    if (!digest_start()) {
        fputs("evenlode: the cryptographic library offers no SHA-256\n", stderr);
        return 2;
    }
    arena_init(&arena, LIMIT_TRANSACTION_ARENA);
    int status = run(&context, (const char *const *)argv + 1, argc > 0 ? (size_t)argc - 1 : 0);
    arena_release(&arena);
    return status;
}
