/*
 * command_follow.c: options, tokens, signals, and the line at the end.
 *
 * SIGTERM and SIGINT are blocked and read through a descriptor that every wait watches, so that no
 * code runs in a signal handler and the sender ends between two steps.
 */
#include "program/command_follow.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/file_text.h"
#include "base/instant.h"
#include "base/limits.h"
#include "base/os.h"
#include "program/commands.h"
#include "program/follow_sender.h"

#define SHOW_EVERY_US 500000
#define TOKENS_MAX    64
#define SPEED_MAX     1000000
#define DAYS_MAX      7320 /* of a county of 20 years */

struct following {
    struct command_context *context;
    struct follow_sender_options options;
    struct follow_token tokens[TOKENS_MAX];
    struct slice token_text;
    monotime shown;
};

/* -- options ----------------------------------------------------------------------------------- */

/* "host:port", "[::1]:2575" */
static bool read_mllp(struct following *following, const char *text, struct fault *fault)
{
    struct arena *arena = following->context->arena;
    const char *colon = text != NULL ? strrchr(text, ':') : NULL;
    if (text == NULL) {
        return true;
    }
    if (colon == NULL || colon == text || colon[1] == '\0') {
        return fault_set(fault, arena, FAULT_INVALID, "--mllp needs HOST:PORT, not \"%s\"", text);
    }
    struct slice host = slice_of(text, (size_t)(colon - text));
    if (host.ptr[0] == '[' && host.ptr[host.len - 1] == ']') {
        host = slice_sub(host, 1, host.len - 2);
    }
    following->options.mllp_host = arena_string(arena, host);
    following->options.mllp_port = colon + 1;
    return following->options.mllp_host != NULL || fault_no_memory(fault, arena);
}

/* a line a token: "ODS TOKEN", or one token for all organisations */
static bool read_tokens(struct following *following, const char *path, struct fault *fault)
{
    struct arena *arena = following->context->arena;
    struct slice rest, line;
    size_t count = 0;
    if (path == NULL) {
        return true;
    }
    if (!file_text_map(path, arena, &following->token_text, fault)) {
        fault->where = slice_from_string(path);
        return false;
    }
    rest = following->token_text;
    while (slice_split(&rest, '\n', &line)) {
        struct slice token = slice_trim(line);
        struct slice ods = { NULL, 0 };
        size_t space = slice_find(token, ' ');
        if (space < token.len) {
            ods = slice_sub(token, 0, space);
            token = slice_trim(slice_from(token, space));
        }
        if (token.len > LIMIT_FOLLOW_TOKEN || (token.len > 0 && count == TOKENS_MAX)) {
            return fault_at(fault, arena, FAULT_INVALID, slice_from_string(path),
                            "a token that is too long, or too many of them");
        }
        if (token.len > 0) {
            following->tokens[count++] = (struct follow_token){ ods, token };
        }
    }
    following->options.tokens = following->tokens;
    following->options.token_count = count;
    return true;
}

static bool read_day(struct following *following, const char *text, struct fault *fault)
{
    struct instant date;
    following->options.first_day = SYNTH_DEFAULT_TODAY - (following->options.days - 1);
    if (text == NULL) {
        return true;
    }
    if (!instant_parse_date(slice_from_string(text), &date) || date.precision != INSTANT_DAY) {
        return fault_set(fault, following->context->arena, FAULT_INVALID,
                         "--from needs a date like 2026-11-20, not \"%s\"", text);
    }
    following->options.first_day =
        (int32_t)instant_days_from_civil(date.year, date.month, date.day);
    return true;
}

static bool read_options(struct following *following, const struct arguments *arguments,
                         struct fault *fault)
{
    uint64_t speed, days;
    const char *const *values = arguments->values;
    struct arena *arena = following->context->arena;
    following->options.http = values[SYNTH_HTTP];
    if (!command_number(following->context, "speed", values[SYNTH_SPEED], 1, &speed, fault) ||
        !command_number(following->context, "days", values[SYNTH_DAYS], 1, &days, fault) ||
        !read_mllp(following, values[SYNTH_MLLP], fault) ||
        !read_tokens(following, values[SYNTH_TOKEN_FILE], fault)) {
        return false;
    }
    if (days == 0 || days > DAYS_MAX) {
        return fault_set(fault, arena, FAULT_INVALID, "--days is 1 to %d", DAYS_MAX);
    }
    following->options.days = (int32_t)days;
    if (!read_day(following, values[SYNTH_FROM], fault)) {
        return false;
    }
    if (speed == 0 || speed > SPEED_MAX) {
        return fault_set(fault, arena, FAULT_INVALID, "--speed is 1 to %d", SPEED_MAX);
    }
    if (following->options.mllp_host == NULL && following->options.http == NULL) {
        return fault_set(fault, arena, FAULT_INVALID,
                         "--follow needs a receiver: --mllp HOST:PORT, --http URL, or both");
    }
    following->options.speed = (uint32_t)speed;
    return true;
}

/* -- showing ------------------------------------------------------------------------------------
 */

static bool may_show(struct following *following)
{
    monotime now = os_monotonic();
    bool may =
        following->context->terminal && monotime_since(now, following->shown) >= SHOW_EVERY_US;
    following->shown = may ? now : following->shown;
    return may;
}

static void show_planning(void *context, uint64_t done, uint64_t people)
{
    struct following *following = context;
    if (may_show(following)) {
        command_print(following->context, OUTPUT_MESSAGE,
                      "\r\033[Klooking for what happens that day: %llu of %llu people",
                      (unsigned long long)done, (unsigned long long)people);
    }
}

static void show_sending(void *context, const struct follow_counts *counts, int32_t day,
                         int32_t minute)
{
    struct following *following = context;
    char date[SYNTH_WHEN_SIZE];
    if (may_show(following)) {
        synth_day_text(day, date);
        command_print(following->context, OUTPUT_MESSAGE,
                      "\r\033[K%s %02d:%02d  messages %llu of %llu  bundles %llu of %llu", date,
                      (int)minute / 60, (int)minute % 60,
                      (unsigned long long)counts[FOLLOW_HL7V2].delivered,
                      (unsigned long long)counts[FOLLOW_HL7V2].rows,
                      (unsigned long long)counts[FOLLOW_FHIR].delivered,
                      (unsigned long long)counts[FOLLOW_FHIR].rows);
    }
}

static void tell_lane(struct following *following, const char *word,
                      const struct follow_counts *counts)
{
    command_print(following->context, OUTPUT_RESULT,
                  "%s: %llu of %llu sent, %llu acknowledged, %llu refused, %llu given up, %llu "
                  "waiting; %llu sent again, at most %.1f s late\n",
                  word, (unsigned long long)counts->sent, (unsigned long long)counts->rows,
                  (unsigned long long)counts->delivered, (unsigned long long)counts->refused,
                  (unsigned long long)counts->failed, (unsigned long long)counts->waiting,
                  (unsigned long long)counts->repeated, (double)counts->late_us / 1e6);
}

/* -- running ------------------------------------------------------------------------------------
 */

static bool all_arrived(const struct follow_counts counts[2])
{
    uint64_t missing = 0;
    for (size_t i = 0; i < 2; i++) {
        missing += counts[i].refused + counts[i].failed + counts[i].waiting;
    }
    return missing == 0;
}

static bool send_days(struct following *following, bool *ret_whole, struct fault *fault)
{
    struct follow_counts counts[2];
    bool stopped = false;
    const struct follow_sender_options *options = &following->options;
    bool ok = follow_send(options, counts, &stopped, following->context->arena, fault);
    if (following->context->terminal) {
        command_print(following->context, OUTPUT_MESSAGE, "\r\033[K");
    }
    if (!ok) {
        return false;
    }
    if (options->mllp_host != NULL) {
        tell_lane(following, "messages", &counts[FOLLOW_HL7V2]);
    }
    if (options->http != NULL) {
        tell_lane(following, "bundles", &counts[FOLLOW_FHIR]);
    }
    if (stopped) {
        command_print(following->context, OUTPUT_RESULT, "stopped before the end\n");
    }
    *ret_whole = all_arrived(counts);
    return true;
}

/* signals are taken from here on by reading; -1 when the system has no descriptor */
static int take_signals(sigset_t *ret_before)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, ret_before);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void give_signals_back(int fd, const sigset_t *before)
{
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof(info)) == sizeof(info)) {
        /* what ended the run must not end the process behind it */
    }
    close(fd);
    sigprocmask(SIG_SETMASK, before, NULL);
}

static bool follow(struct following *following, const struct synth_options *options,
                   bool *ret_whole, struct fault *fault)
{
    struct arena *arena = following->context->arena;
    struct follow_sender_options *sending = &following->options;
    sigset_t before;
    struct synth_world *world = arena_new(arena, struct synth_world);
    if (world == NULL) {
        return fault_no_memory(fault, arena);
    }
    int32_t years = options->years == 0 ? SYNTH_DEFAULT_YEARS : options->years;
    int32_t today = options->today == 0 ? SYNTH_DEFAULT_TODAY : options->today;
    if (sending->first_day > today - (sending->days - 1) ||
        sending->first_day < today - years * 365) {
        return fault_set(fault, arena, FAULT_INVALID,
                         "--from and --days reach beyond the county's %d years", (int)years);
    }
    if (!synth_world_make(world, options->seed, options->people, years, today, arena, fault)) {
        return false;
    }
    sending->world = world;
    sending->stop_fd = take_signals(&before);
    sending->planning = show_planning;
    sending->progress = show_sending;
    sending->context = following;
    bool ok = send_days(following, ret_whole, fault);
    give_signals_back(sending->stop_fd, &before);
    return ok;
}

int command_follow(struct command_context *context, const struct arguments *arguments,
                   const struct synth_options *options)
{
    struct fault fault = FAULT_INIT;
    bool whole = false;
    struct following *following = arena_new(context->arena, struct following);
    if (following == NULL) {
        fault_no_memory(&fault, context->arena);
        return command_fail(context, &fault);
    }
    following->context = context;
    bool ok =
        read_options(following, arguments, &fault) && follow(following, options, &whole, &fault);
    if (following->token_text.ptr != NULL) {
        file_text_unmap(following->token_text);
    }
    return !ok ? command_fail(context, &fault) : whole ? 0 : 1;
}
