/*
 * command_synth.c: evenlode synth: options, progress on a terminal, what was made.
 */
#include "program/command_synth.h"

#include "base/os.h"
#include "program/command_follow.h"
#include "program/commands.h"

#define SHOW_EVERY_US 200000

struct showing {
    struct command_context *context;
    monotime start;
    monotime shown;
};

static bool show(void *context, uint64_t done, uint64_t before, uint64_t people)
{
    struct showing *showing = context;
    monotime now = os_monotonic();
    double seconds = (double)monotime_since(now, showing->start) / 1e6;
    if (!showing->context->terminal || done <= before ||
        (monotime_since(now, showing->shown) < SHOW_EVERY_US && done < people)) {
        return true;
    }
    double rate = (double)(done - before) / (seconds > 0 ? seconds : 1e-6);
    showing->shown = now;
    command_print(showing->context, OUTPUT_MESSAGE,
                  "\r\033[Kmaking people: %llu of %llu  %.0f/s  %.0f s left",
                  (unsigned long long)done, (unsigned long long)people, rate,
                  (double)(people - done) / rate);
    return true;
}

static void tell_report(struct command_context *context, const struct synth_options *options,
                        const struct synth_report *report)
{
    command_print(context, OUTPUT_MESSAGE, "synthetic: %llu people, %llu organisations",
                  (unsigned long long)report->people, (unsigned long long)report->organisations);
    const struct {
        const char *word;
        uint64_t count;
    } counts[] = { { "patients", report->patients },
                   { "resources", report->resources },
                   { "records of other formats", report->records },
                   { "events", report->events } };
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
        if (counts[i].count > 0) {
            command_print(context, OUTPUT_MESSAGE, ", %llu %s", (unsigned long long)counts[i].count,
                          counts[i].word);
        }
    }
    command_print(context, OUTPUT_MESSAGE, " in %.*s\n", SLICE_PRINT(options->out));
}

bool command_synth_run(struct command_context *context, struct synth_options *options,
                       struct fault *fault)
{
    struct synth_report report;
    struct showing showing = { .context = context, .start = os_monotonic() };
    options->progress = show;
    options->progress_context = &showing;
    bool ok = synth_run(options, &report, context->arena, fault);
    if (context->terminal) {
        command_print(context, OUTPUT_MESSAGE, "\r\033[K");
    }
    if (ok) {
        tell_report(context, options, &report);
    }
    return ok;
}

bool command_synth_years(struct command_context *context, const char *text, int32_t otherwise,
                         int32_t *ret_years, struct fault *fault)
{
    uint64_t years;
    if (!command_number(context, "years", text, (uint64_t)otherwise, &years, fault)) {
        return false;
    }
    if (years == 0 || years > INT32_MAX) {
        return fault_set(fault, context->arena, FAULT_INVALID, "--years is out of range");
    }
    *ret_years = (int32_t)years;
    return true;
}

static bool read_numbers(struct command_context *context, const struct arguments *arguments,
                         struct synth_options *options, struct fault *fault)
{
    uint64_t threads;
    const char *const *values = arguments->values;
    if (!command_number(context, "people", values[SYNTH_PEOPLE], 2000, &options->people, fault) ||
        !command_number(context, "seed", values[SYNTH_SEED], 1, &options->seed, fault) ||
        !command_synth_years(context, values[SYNTH_YEARS], SYNTH_DEFAULT_YEARS, &options->years,
                             fault) ||
        !command_number(context, "threads", values[SYNTH_THREADS], 0, &threads, fault)) {
        return false;
    }
    if (threads > INT32_MAX) {
        return fault_set(fault, context->arena, FAULT_INVALID, "--threads is out of range");
    }
    options->threads = (uint32_t)threads;
    return true;
}

static bool read_compress(struct command_context *context, const char *text,
                          enum synth_compress *ret_compress, struct fault *fault)
{
    if (text == NULL || strcmp(text, "none") == 0) {
        *ret_compress = SYNTH_PLAIN;
    } else if (strcmp(text, "zstd") == 0) {
        *ret_compress = SYNTH_ZSTD;
    } else {
        return fault_set(fault, context->arena, FAULT_INVALID,
                         "--compress is zstd or none, not \"%s\"", text);
    }
    return true;
}

int command_synth(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    struct synth_options options = {
        .out = slice_from_string(arguments->values[SYNTH_OUT]),
        .formats = slice_from_string(arguments->values[SYNTH_FORMATS]),
        .only = slice_from_string(arguments->values[SYNTH_ONLY]),
        .restart = arguments->values[SYNTH_RESTART] != NULL,
    };
    if (arguments->values[SYNTH_FOLLOW] != NULL) {
        return read_numbers(context, arguments, &options, &fault)
                   ? command_follow(context, arguments, &options)
                   : command_fail(context, &fault);
    }
    if (options.out.len == 0) {
        fault_set(&fault, context->arena, FAULT_INVALID, "--out DIR is needed");
        return command_fail(context, &fault);
    }
    bool ok =
        read_numbers(context, arguments, &options, &fault) &&
        read_compress(context, arguments->values[SYNTH_COMPRESS], &options.compress, &fault) &&
        command_synth_run(context, &options, &fault);
    return ok ? 0 : command_fail(context, &fault);
}
