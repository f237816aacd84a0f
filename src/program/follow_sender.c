/*
 * follow_sender.c: the lane that is ready first takes one step; then again.
 *
 * One thread is enough: a step waits at most as long as one answer may take. Threads would let a
 * silent receiver of messages hold up nobody else, but the lists, the lives and the counts would
 * need locks for what is a test tool.
 */
#include "program/follow_sender.h"

#include <poll.h>

#include "base/limits.h"
#include "base/os.h"
#include "net/http_client.h"
#include "net/mllp_client.h"

#define LANES 2

/* how one attempt ended */
enum attempt {
    ATTEMPT_DELIVERED,
    ATTEMPT_REFUSED,
    ATTEMPT_NOT_NOW,
    ATTEMPT_DOUBT, /* no answer, or no connection */
    ATTEMPT_STOPPED,
    ATTEMPT_HOPELESS,
};

struct lane {
    bool open;             /* there is a receiver */
    struct follow_day day; /* its rows are all of this lane's tongue */
    int32_t days_left;     /* behind this one */
    size_t next;           /* row, in the day's list */
    bool written;          /* `text` and `key` are of that row */
    uint32_t said;         /* answers of not now */
    uint32_t tried;
    struct strbuf text;
    char key[FOLLOW_KEY_SIZE];
    int64_t pause_us;
    monotime not_before;
    struct follow_counts counts;
};

struct sender {
    const struct follow_sender_options *options;
    struct mllp_client *mllp;
    struct http_client *http;
    struct lane lanes[LANES];
    monotime start;
    struct arena *faults;
    struct fault *fault;
};

/* -- time -------------------------------------------------------------------------------------- */

static const struct follow_row *row_of(const struct lane *lane)
{
    return &lane->day.rows.at[lane->next];
}

static bool has_row(const struct lane *lane)
{
    return lane->next < lane->day.rows.count;
}

static monotime due_at(const struct sender *sender, const struct lane *lane, size_t row)
{
    int64_t days = lane->day.day - sender->options->first_day;
    int64_t minute = days * SYNTH_DAY_MINUTES + lane->day.rows.at[row].minute;
    return (monotime){ sender->start.us + minute * 60000000 / sender->options->speed };
}

static monotime due(const struct sender *sender, const struct lane *lane)
{
    return due_at(sender, lane, lane->next);
}

static monotime ready(const struct sender *sender, const struct lane *lane)
{
    monotime at = due(sender, lane);
    return monotime_since(lane->not_before, at) > 0 ? lane->not_before : at;
}

/* the lane that is ready first; NULL when all have come to their end */
static struct lane *first_ready(struct sender *sender)
{
    struct lane *first = NULL;
    for (size_t i = 0; i < LANES; i++) {
        struct lane *lane = &sender->lanes[i];
        if (has_row(lane) &&
            (first == NULL || monotime_since(ready(sender, first), ready(sender, lane)) > 0)) {
            first = lane;
        }
    }
    return first;
}

/* false: stopped */
static bool wait_until(const struct sender *sender, monotime moment)
{
    for (;;) {
        int64_t left = monotime_since(moment, os_monotonic());
        struct pollfd stop = { .fd = sender->options->stop_fd, .events = POLLIN };
        int64_t milliseconds = left <= 0 ? 0 : left / 1000 + 1;
        int changed = poll(&stop, 1, milliseconds > 60000 ? 60000 : (int)milliseconds);
        if (changed > 0 && stop.revents != 0) {
            return false;
        }
        if (left <= 0) {
            return true;
        }
    }
}

/* -- one attempt --------------------------------------------------------------------------------
 */

static enum attempt send_message(struct sender *sender, struct lane *lane)
{
    enum mllp_outcome outcome =
        mllp_client_send(sender->mllp, strbuf_slice(&lane->text), slice_from_string(lane->key));
    switch (outcome) {
    case MLLP_ACCEPTED:
        return ATTEMPT_DELIVERED;
    case MLLP_REJECTED:
        return ATTEMPT_REFUSED;
    case MLLP_FAILED:
        return ATTEMPT_NOT_NOW;
    case MLLP_STOPPED:
        return ATTEMPT_STOPPED;
    default:
        return ATTEMPT_DOUBT;
    }
}

static struct slice token_of(const struct sender *sender, struct slice ods)
{
    for (size_t i = 0; i < sender->options->token_count; i++) {
        const struct follow_token *token = &sender->options->tokens[i];
        if (token->ods.len == 0 || slice_equal(token->ods, ods)) {
            return token->token;
        }
    }
    return SLICE("");
}

static enum attempt answered(unsigned status)
{
    if (status >= 200 && status < 300) {
        return ATTEMPT_DELIVERED;
    }
    return status >= 500 || status == 408 || status == 429 ? ATTEMPT_NOT_NOW : ATTEMPT_REFUSED;
}

static enum attempt send_bundle(struct sender *sender, struct lane *lane)
{
    char url[512];
    char bearer[LIMIT_FOLLOW_TOKEN + 32];
    char id[FOLLOW_KEY_SIZE + 16];
    unsigned status = 0;
    struct slice ods = sender->options->world->organisations[row_of(lane)->organisation].ods;
    struct slice token = token_of(sender, ods);
    snprintf(url, sizeof(url), "%s/orgs/%.*s/fhir/R4", sender->options->http, SLICE_PRINT(ods));
    snprintf(id, sizeof(id), "X-Request-ID: %s", lane->key);
    snprintf(bearer, sizeof(bearer), "Authorization: Bearer %.*s", SLICE_PRINT(token));
    const char *const headers[] = { "Content-Type: application/fhir+json", id,
                                    "Prefer: return=minimal", bearer };
    struct http_client_request request = { .method = "POST",
                                           .url = url,
                                           .headers = headers,
                                           .header_count = token.len > 0 ? 4 : 3,
                                           .body = strbuf_slice(&lane->text) };
    switch (http_client_send(sender->http, &request, &status)) {
    case HTTP_CLIENT_ANSWERED:
        return answered(status);
    case HTTP_CLIENT_STOPPED:
        return ATTEMPT_STOPPED;
    case HTTP_CLIENT_UNUSABLE:
    case HTTP_CLIENT_NO_MEMORY:
        return ATTEMPT_HOPELESS;
    default:
        return ATTEMPT_DOUBT;
    }
}

/* -- one step of a lane -------------------------------------------------------------------------
 */

static void row_ended(struct sender *sender, struct lane *lane)
{
    const struct follow_sender_options *options = sender->options;
    monotime now = os_monotonic();
    int64_t late = monotime_since(now, due(sender, lane));
    int32_t minute = row_of(lane)->minute;
    lane->counts.late_us = late > lane->counts.late_us ? late : lane->counts.late_us;
    lane->next++;
    lane->written = false;
    lane->said = lane->tried = 0;
    lane->pause_us = options->pause_us;
    lane->not_before = now;
    if (options->progress != NULL) {
        struct follow_counts counts[LANES] = { sender->lanes[0].counts, sender->lanes[1].counts };
        options->progress(options->context, counts, lane->day.day, minute);
    }
}

static void again_later(struct lane *lane)
{
    lane->not_before = (monotime){ os_monotonic().us + lane->pause_us };
    lane->pause_us = lane->pause_us * 2 < LIMIT_FOLLOW_PAUSE_MOST_US ? lane->pause_us * 2
                                                                     : LIMIT_FOLLOW_PAUSE_MOST_US;
}

static void settle(struct sender *sender, struct lane *lane, enum attempt attempt)
{
    lane->said += attempt == ATTEMPT_NOT_NOW;
    if (attempt == ATTEMPT_DELIVERED) {
        lane->counts.delivered++;
        row_ended(sender, lane);
    } else if (attempt == ATTEMPT_REFUSED) {
        lane->counts.refused++;
        row_ended(sender, lane);
    } else if (lane->said >= LIMIT_FOLLOW_ATTEMPTS) {
        lane->counts.failed++;
        row_ended(sender, lane);
    } else {
        again_later(lane);
    }
}

/* false: stopped, or hopeless with the fault set */
static bool step(struct sender *sender, struct lane *lane)
{
    if (!lane->written) {
        strbuf_clear(&lane->text);
        follow_write(&lane->day, row_of(lane), &lane->text, lane->key);
        lane->written = true;
    }
    if (lane->text.failed) {
        return fault_no_memory(sender->fault, sender->faults);
    }
    lane->counts.sent += lane->tried == 0;
    lane->counts.repeated += lane->tried > 0;
    lane->tried++;
    enum attempt attempt = lane == &sender->lanes[FOLLOW_HL7V2] ? send_message(sender, lane)
                                                                : send_bundle(sender, lane);
    if (attempt == ATTEMPT_HOPELESS) {
        return fault_set(sender->fault, sender->faults, FAULT_INVALID, "nothing can be sent to %s",
                         sender->options->http);
    }
    if (attempt != ATTEMPT_STOPPED) {
        settle(sender, lane, attempt);
    }
    return attempt != ATTEMPT_STOPPED;
}

/* -- day after day ------------------------------------------------------------------------------
 */

static bool keep_planning(void *context, uint64_t done, uint64_t people)
{
    const struct sender *sender = context;
    const struct follow_sender_options *options = sender->options;
    if (options->planning != NULL) {
        options->planning(options->context, done, people);
    }
    return wait_until(sender, os_monotonic());
}

static bool plan(struct sender *sender, struct lane *lane, int32_t day)
{
    unsigned tell = lane == &sender->lanes[FOLLOW_HL7V2] ? FOLLOW_TELL_HL7V2 : FOLLOW_TELL_FHIR;
    lane->next = 0;
    if (!follow_plan(sender->options->world, day, tell, keep_planning, sender, &lane->day,
                     sender->faults, sender->fault)) {
        return false;
    }
    lane->counts.rows += lane->day.rows.count;
    return true;
}

/* days on which nothing more is to be sent give way to the next; false with the fault */
static bool turn_page(struct sender *sender, struct lane *lane)
{
    while (lane->open && !has_row(lane) && lane->days_left > 0) {
        int32_t day = lane->day.day + 1;
        follow_release(&lane->day);
        lane->days_left--;
        if (!plan(sender, lane, day)) {
            return false;
        }
    }
    return true;
}

/* -- the whole ----------------------------------------------------------------------------------
 */

static bool open_clients(struct sender *sender)
{
    const struct follow_sender_options *options = sender->options;
    if (options->mllp_host != NULL) {
        sender->mllp =
            mllp_client_new(&(struct mllp_client_options){ .host = options->mllp_host,
                                                           .port = options->mllp_port,
                                                           .answer_us = options->answer_us,
                                                           .wait_first_us = options->pause_us,
                                                           .stop_fd = options->stop_fd });
    }
    if (options->http != NULL) {
        sender->http = http_client_new(&(struct http_client_options){
            .answer_us = options->answer_us, .stop_fd = options->stop_fd });
    }
    return (options->mllp_host == NULL || sender->mllp != NULL) &&
           (options->http == NULL || sender->http != NULL);
}

static void open_lanes(struct sender *sender)
{
    const struct follow_sender_options *options = sender->options;
    sender->lanes[FOLLOW_HL7V2].open = options->mllp_host != NULL;
    sender->lanes[FOLLOW_FHIR].open = options->http != NULL;
    for (size_t i = 0; i < LANES; i++) {
        struct lane *lane = &sender->lanes[i];
        strbuf_init(&lane->text, LIMIT_SYNTH_PART);
        lane->pause_us = options->pause_us;
        lane->day.day = options->first_day - 1; /* an empty page before the first */
        lane->days_left = options->days;
    }
}

static void close_lanes(struct sender *sender)
{
    mllp_client_free(sender->mllp);
    http_client_free(sender->http);
    for (size_t i = 0; i < LANES; i++) {
        follow_release(&sender->lanes[i].day);
        strbuf_release(&sender->lanes[i].text);
    }
}

/* both lanes have rows of their day, or none are left; the clock starts when the first day is known
 */
static bool first_pages(struct sender *sender)
{
    for (size_t i = 0; i < LANES; i++) {
        if (!turn_page(sender, &sender->lanes[i])) {
            return false;
        }
    }
    sender->start = os_monotonic();
    return true;
}

/* *ret_stopped: before the end; false with the fault */
static bool run(struct sender *sender, bool *ret_stopped)
{
    struct lane *lane;
    bool ok = first_pages(sender);
    while (ok && (lane = first_ready(sender)) != NULL) {
        ok = wait_until(sender, ready(sender, lane)) && step(sender, lane) &&
             turn_page(sender, lane);
    }
    *ret_stopped = !ok;
    if (sender->fault->code == FAULT_TIMEOUT) { /* asked to stop while it looked through a day */
        *sender->fault = (struct fault)FAULT_INIT;
    }
    return sender->fault->code == FAULT_NONE;
}

static uint64_t waiting(const struct sender *sender, const struct lane *lane)
{
    uint64_t count = 0;
    monotime now = os_monotonic();
    for (size_t row = lane->next; row < lane->day.rows.count; row++) {
        count += monotime_since(now, due_at(sender, lane, row)) >= 0;
    }
    return count;
}

bool follow_send(const struct follow_sender_options *options, struct follow_counts ret_counts[2],
                 bool *ret_stopped, struct arena *arena, struct fault *fault)
{
    struct follow_sender_options filled = *options;
    if (filled.pause_us <= 0) {
        filled.pause_us = LIMIT_FOLLOW_PAUSE_US;
    }
    assert(filled.speed > 0 && filled.days > 0);
    struct sender sender = {
        .options = &filled, .start = os_monotonic(), .faults = arena, .fault = fault
    };
    *fault = (struct fault)FAULT_INIT;
    *ret_stopped = false;
    open_lanes(&sender);
    bool ok = open_clients(&sender) ? run(&sender, ret_stopped) : fault_no_memory(fault, arena);
    for (size_t i = 0; i < LANES; i++) {
        sender.lanes[i].counts.waiting = waiting(&sender, &sender.lanes[i]);
        ret_counts[i] = sender.lanes[i].counts;
    }
    close_lanes(&sender);
    return ok;
}
