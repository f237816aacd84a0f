/*
 * command_load.c: evenlode load: progress on a terminal, faults as they come, the account at the
 * end.
 */
#include "base/limits.h"
#include "intake/load.h"
#include "program/commands.h"
#include "program/exchange.h"

struct showing {
    struct command_context *context;
    monotime start;
    bool drawn;
};

static void clear_line(struct showing *showing)
{
    if (showing->drawn) {
        command_print(showing->context, OUTPUT_MESSAGE, "\r\033[K");
        showing->drawn = false;
    }
}

static void tell(void *context, const struct fault *fault)
{
    struct showing *showing = context;
    clear_line(showing);
    command_fail(showing->context, fault);
}

#define BAR_WIDTH 24

static void progress(void *context, uint64_t done, uint64_t all, uint64_t stored)
{
    struct showing *showing = context;
    char bar[BAR_WIDTH + 1];
    double seconds = (double)monotime_since(os_monotonic(), showing->start) / 1e6;
    double part = all == 0 || done > all ? 1 : (double)done / (double)all;
    if (!showing->context->terminal || seconds <= 0) {
        return;
    }
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '#', (size_t)(part * BAR_WIDTH));
    bar[BAR_WIDTH] = '\0';
    command_print(showing->context, OUTPUT_MESSAGE,
                  "\r\033[K[%s] %3.0f %%  %llu resources  %.0f/s  %.0f s left", bar, part * 100,
                  (unsigned long long)stored, (double)stored / seconds,
                  part > 0 ? seconds / part - seconds : 0);
    showing->drawn = true;
}

static void print_report(struct command_context *context, const struct load_report *report)
{
    double seconds = (double)report->took_us / 1e6;
    command_print(context, OUTPUT_RESULT,
                  "bundles\t%llu\nstores\t%llu\ncommits\t%llu\npersons\t%llu\nseconds\t%.2f\n"
                  "resources a second\t%.0f\ncopies\t%llu\n"
                  "sent %llu = stored %llu + already known %llu + refused %llu\n",
                  (unsigned long long)report->bundles, (unsigned long long)report->stores,
                  (unsigned long long)report->commits, (unsigned long long)report->persons, seconds,
                  seconds > 0 ? (double)report->stored / seconds : 0,
                  (unsigned long long)report->copies, (unsigned long long)report->sent,
                  (unsigned long long)report->stored, (unsigned long long)report->known,
                  (unsigned long long)report->refused);
}

static bool check_target(struct command_context *context, const struct arguments *arguments,
                         struct fault *fault)
{
    struct slice ods = slice_from_string(arguments->values[LOAD_ORG]);
    bool split = arguments->values[LOAD_SPLIT] != NULL;
    if (arguments->operand_count == 0) {
        return fault_set(fault, context->arena, FAULT_INVALID, "name the files to load");
    }
    if (split == (ods.len > 0)) {
        return fault_set(fault, context->arena, FAULT_INVALID,
                         "say either --org ODS or --split-by-provider");
    }
    if (split) {
        return true;
    }
    const struct register_snapshot *snapshot = register_get(context->exchange->reg);
    const struct organisation *known = register_find(snapshot, ods);
    bool live = known != NULL && known->status == ORGANISATION_LIVE;
    register_put(context->exchange->reg, snapshot);
    if (!live) {
        fault_set(fault, context->arena, FAULT_NOT_FOUND, "%.*s is not live in the register",
                  SLICE_PRINT(ods));
        return fault_hint(fault, context->arena,
                          "evenlode org add --data DIR --ods %.*s --name NAME --status live",
                          SLICE_PRINT(ods));
    }
    return true;
}

int command_load(struct command_context *context, const struct arguments *arguments)
{
    struct exchange *exchange = context->exchange;
    struct fault fault = FAULT_INIT;
    struct load_report report;
    struct showing showing = { context, os_monotonic(), false };
    if (!check_target(context, arguments, &fault)) {
        return command_fail(context, &fault);
    }
    const char *base_url = arguments->values[LOAD_BASE_URL];
    struct load_setting setting = {
        .stores = exchange->stores,
        .exchange = exchange->store,
        .reg = exchange->reg,
        .people = exchange->people,
        .job = decision_for_job(exchange->governance, SLICE("load"), context->arena, &fault),
        .ods = slice_from_string(arguments->values[LOAD_ORG]),
        .split_by_provider = arguments->values[LOAD_SPLIT] != NULL,
        .assign_nhs_number = arguments->values[LOAD_ASSIGN] != NULL,
        .base_url = slice_from_string(base_url != NULL ? base_url : exchange->config.base_url),
        .threads = exchange->config.threads + 1, /* one waits for the exchange's tables at times */
        .files = (const char *const *)arguments->operands,
        .file_count = arguments->operand_count,
        .tell = tell,
        .progress = progress,
        .context = &showing,
    };
    if (setting.job == NULL) {
        return command_fail(context, &fault);
    }
    bool ok = intake_load(&setting, &report, context->arena, &fault);
    clear_line(&showing);
    print_report(context, &report);
    return ok ? 0 : fault_exit_status(fault.code);
}
