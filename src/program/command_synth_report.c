/*
 * command_synth_report.c: evenlode synth report: lives made in memory, counted and set beside what
 * is published. The tables go to standard output, or with --out FILE.html as a page into a file,
 * which appears whole or not at all.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/limits.h"
#include "base/os.h"
#include "program/command_synth.h"
#include "program/commands.h"
#include "synth/report.h"

#define DEFAULT_PEOPLE 60000 /* enough for the rarer registers; two or three seconds */
#define FILE_MODE      0644

static bool show(void *context, uint64_t done, uint64_t people)
{
    struct command_context *to = context;
    if (to->terminal) {
        command_print(to, OUTPUT_MESSAGE, "\r\033[Kcounting lives: %llu of %llu",
                      (unsigned long long)done, (unsigned long long)people);
    }
    return true;
}

static bool write_all(int fd, struct slice text)
{
    size_t at = 0;
    while (at < text.len) {
        ssize_t written = os_pwrite(fd, text.ptr + at, text.len - at, (off_t)at);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        at += (size_t)written;
    }
    return os_fsync(fd) == 0;
}

/* under another name first, so that what has the name is whole */
static bool write_page(struct command_context *context, const char *path, struct slice page,
                       struct fault *fault)
{
    struct slice partial = arena_printf(context->arena, "%s.partial", path);
    if (partial.ptr == NULL) {
        return fault_no_memory(fault, context->arena);
    }
    int fd = os_open(partial.ptr, O_WRONLY | O_CREAT | O_TRUNC, FILE_MODE);
    bool ok = fd >= 0 && write_all(fd, page);
    int why = errno;
    if (fd >= 0 && os_close(fd) != 0 && ok) {
        ok = false;
        why = errno;
    }
    if (ok && os_rename(partial.ptr, path) != 0) {
        ok = false;
        why = errno;
    }
    if (!ok) {
        if (fd >= 0) {
            os_unlink(partial.ptr);
        }
        fault_set(fault, context->arena, why == ENOSPC || why == EDQUOT ? FAULT_NO_SPACE : FAULT_IO,
                  "%s cannot be written: %s", path, strerror(why));
    }
    return ok;
}

static bool deliver(struct command_context *context, const char *path,
                    const struct synth_survey *survey, const struct synth_survey_of *of,
                    struct fault *fault)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_SYNTH_REPORT);
    if (path != NULL) {
        synth_survey_page(survey, of, &text);
    } else {
        synth_survey_text(survey, of, &text);
    }
    bool ok = !text.failed || fault_no_memory(fault, context->arena);
    if (ok && path != NULL) {
        ok = write_page(context, path, strbuf_slice(&text), fault);
    } else if (ok) {
        context->write(context->sink, OUTPUT_RESULT, strbuf_slice(&text));
    }
    strbuf_release(&text);
    return ok;
}

static bool read_options(struct command_context *context, const struct arguments *arguments,
                         struct synth_survey_options *options, struct fault *fault)
{
    const char *const *values = arguments->values;
    uint64_t years;
    if (!command_number(context, "people", values[REPORT_PEOPLE], DEFAULT_PEOPLE, &options->people,
                        fault) ||
        !command_number(context, "seed", values[REPORT_SEED], 1, &options->seed, fault) ||
        !command_number(context, "years", values[REPORT_YEARS], 0, &years, fault)) {
        return false;
    }
    options->years = years > INT32_MAX ? INT32_MAX : (int32_t)years;
    return true;
}

bool command_synth_survey(struct command_context *context,
                          const struct synth_survey_options *options, const char *path,
                          struct fault *fault)
{
    struct synth_survey_options shown = *options;
    struct synth_survey *survey = arena_new(context->arena, struct synth_survey);
    struct synth_survey_of of;
    if (survey == NULL) {
        return fault_no_memory(fault, context->arena);
    }
    shown.progress = show;
    shown.progress_context = context;
    bool ok = synth_survey_run(&shown, survey, &of, context->arena, fault);
    if (context->terminal) {
        command_print(context, OUTPUT_MESSAGE, "\r\033[K");
    }
    return ok && deliver(context, path, survey, &of, fault);
}

int command_synth_report(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    struct synth_survey_options options = { .people = 0 };
    bool ok = read_options(context, arguments, &options, &fault) &&
              command_synth_survey(context, &options, arguments->values[REPORT_OUT], &fault);
    return ok ? 0 : command_fail(context, &fault);
}
