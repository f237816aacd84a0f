/*
 * transcript.c: runs transcripts (transcript.h says what they are).
 *
 * Each step is a row of a table: a word, whether it needs an answer first, and a function that
 * gets the rest of the line and returns NULL or what went wrong. A failure ends its case, not the
 * file: the cases do not depend on each other. Answers are parsed by a reader of our own with no
 * mercy, since what the server writes is under test as well.
 */
#include "transcript.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT_MAX   ((size_t)4 * 1024 * 1024)
#define ANSWER_MS   5000
#define CLOSE_MS    2000
#define MESSAGE_MAX 400

struct run {
    uint16_t port;
    int fd; /* -1: not connected */
    char *input;
    size_t input_len; /* received and not yet taken by an answer */
    bool ended;       /* the peer has closed */
    bool reset;
    char *answer; /* the last, head and body */
    size_t head_len;
    char *body;
    size_t body_len;
    int status;
    char message[MESSAGE_MAX];
};

static const char *wrong(struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);

static const char *wrong(struct run *run, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(run->message, sizeof(run->message), format, arguments);
    va_end(arguments);
    return run->message;
}

/* ---- text of a step ---- */

static char escape(const char **at)
{
    char c = *(*at)++;
    if (c == 'r' || c == 'n' || c == 't' || c == '0') {
        return c == 'r' ? '\r' : (c == 'n' ? '\n' : (c == 't' ? '\t' : '\0'));
    }
    if (c == 'x') {
        char digits[3] = { (*at)[0], (*at)[1], '\0' };
        *at += 2;
        return (char)strtoul(digits, NULL, 16);
    }
    return c;
}

/* malloc'd bytes of `text` with escapes and repetitions done */
static char *expand(const char *text, size_t *ret_len)
{
    char *bytes = malloc(INPUT_MAX);
    size_t len = 0;
    assert(bytes != NULL);
    while (*text != '\0') {
        char *star;
        unsigned long times = *text == '{' ? strtoul(text + 1, &star, 10) : 0;
        if (times > 0 && *star == '*') {
            const char *end = strchr(star, '}');
            assert(end != NULL);
            for (unsigned long i = 0; i < times; i++) {
                const char *from = star + 1;
                while (from < end) {
                    assert(len < INPUT_MAX);
                    char c = *from++;
                    bytes[len++] = c == '\\' ? escape(&from) : c;
                }
            }
            text = end + 1;
            continue;
        }
        assert(len < INPUT_MAX);
        char c = *text++;
        bytes[len++] = c == '\\' ? escape(&text) : c;
    }
    *ret_len = len;
    return bytes;
}

/* ---- the connection ---- */

static bool connect_to(struct run *run)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(run->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    run->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    return run->fd >= 0 && setsockopt(run->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
           connect(run->fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static void disconnect(struct run *run)
{
    if (run->fd >= 0) {
        close(run->fd);
    }
    free(run->answer);
    run->answer = NULL;
    run->fd = -1;
    run->input_len = 0;
    run->ended = run->reset = false;
    run->status = 0;
}

/* takes what comes within `ms`; false when nothing did */
static bool receive(struct run *run, int ms)
{
    struct pollfd poller = { .fd = run->fd, .events = POLLIN };
    if (run->ended || poll(&poller, 1, ms) <= 0) {
        return false;
    }
    assert(run->input_len < INPUT_MAX);
    ssize_t got = recv(run->fd, run->input + run->input_len, INPUT_MAX - run->input_len, 0);
    run->ended = got <= 0;
    run->reset = got < 0;
    run->input_len += got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* false when the peer has closed: it may do so at any moment, and later steps say if it should */
static bool send_bytes(struct run *run, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(run->fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* ---- answers ---- */

static const char *find_field(const struct run *run, const char *name, size_t *ret_len,
                              unsigned *ret_count)
{
    const char *found = NULL;
    size_t name_len = strlen(name);
    const char *line = strstr(run->answer, "\r\n") + 2;
    const char *end = run->answer + run->head_len - 2;
    *ret_count = 0;
    while (line < end) {
        const char *stop = strstr(line, "\r\n");
        if (strncasecmp(line, name, name_len) == 0 && line[name_len] == ':') {
            const char *value = line + name_len + 1;
            value += *value == ' ';
            *ret_len = (size_t)(stop - value);
            found = value;
            ++*ret_count;
        }
        line = stop + 2;
    }
    return found;
}

static size_t head_size(const struct run *run)
{
    for (size_t i = 0; i + 4 <= run->input_len; i++) {
        if (memcmp(run->input + i, "\r\n\r\n", 4) == 0) {
            return i + 4;
        }
    }
    return 0;
}

/* takes the first `len` bytes of the input as the answer */
static void take_answer(struct run *run, size_t head, size_t len)
{
    free(run->answer);
    run->answer = malloc(len + 1);
    assert(run->answer != NULL);
    memcpy(run->answer, run->input, len);
    run->answer[len] = '\0';
    run->head_len = head;
    run->body = run->answer + head;
    run->body_len = len - head;
    memmove(run->input, run->input + len, run->input_len - len);
    run->input_len -= len;
}

static const char *read_answer(struct run *run, int status, bool no_body)
{
    size_t head;
    while ((head = head_size(run)) == 0) {
        if (!receive(run, ANSWER_MS)) {
            return wrong(run, "no answer (%s, %zu bytes received)",
                         run->reset ? "reset" : (run->ended ? "closed" : "nothing came"),
                         run->input_len);
        }
    }
    take_answer(run, head, head);
    if (strncmp(run->answer, "HTTP/1.1 ", 9) != 0) {
        return wrong(run, "not an HTTP/1.1 answer");
    }
    run->status = atoi(run->answer + 9);
    size_t field_len;
    unsigned count;
    const char *field = find_field(run, "Content-Length", &field_len, &count);
    size_t length = field == NULL || no_body ? 0 : strtoul(field, NULL, 10);
    if (count > 1 || (count == 0 && status >= 200 && run->status != 204 && run->status != 304)) {
        return wrong(run, "%u fields Content-Length", count);
    }
    while (run->input_len < length) {
        if (!receive(run, ANSWER_MS)) {
            return wrong(run, "the body ends after %zu of %zu bytes", run->input_len, length);
        }
    }
    char *whole = malloc(head + length + 1);
    assert(whole != NULL);
    memcpy(whole, run->answer, head);
    memcpy(whole + head, run->input, length);
    whole[head + length] = '\0';
    memmove(run->input, run->input + length, run->input_len - length);
    run->input_len -= length;
    free(run->answer);
    run->answer = whole;
    run->body = whole + head;
    run->body_len = length;
    if (run->status != status) {
        return wrong(run, "status %d instead of %d, body: %.200s", run->status, status, run->body);
    }
    return NULL;
}

/* ---- steps ---- */

static const char *step_send(struct run *run, const char *text)
{
    size_t len;
    char *bytes = expand(text, &len);
    send_bytes(run, bytes, len);
    free(bytes);
    return NULL;
}

static const char *step_trickle(struct run *run, const char *text)
{
    char *rest;
    useconds_t ms = (useconds_t)strtoul(text, &rest, 10);
    size_t len;
    char *bytes = expand(rest + 1, &len);
    for (size_t i = 0; i < len && !run->ended && send_bytes(run, bytes + i, 1); i++) {
        usleep(ms * 1000);
        receive(run, 0);
    }
    free(bytes);
    return NULL;
}

static const char *step_pause(struct run *run, const char *text)
{
    (void)run;
    usleep((useconds_t)strtoul(text, NULL, 10) * 1000);
    return NULL;
}

static const char *step_shut(struct run *run, const char *text)
{
    (void)text;
    shutdown(run->fd, SHUT_WR);
    return NULL;
}

static const char *step_status(struct run *run, const char *text)
{
    return read_answer(run, atoi(text), false);
}

static const char *step_status_head(struct run *run, const char *text)
{
    return read_answer(run, atoi(text), true);
}

static const char *step_header(struct run *run, const char *text)
{
    char name[80];
    const char *colon = strchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof(name)) {
        return wrong(run, "a step 'header' needs NAME: VALUE");
    }
    memcpy(name, text, (size_t)(colon - text));
    name[colon - text] = '\0';
    const char *expected = colon + 1 + (colon[1] == ' ');
    size_t len;
    unsigned count;
    const char *value = find_field(run, name, &len, &count);
    if (value == NULL || len != strlen(expected) || memcmp(value, expected, len) != 0) {
        return wrong(run, "%s is '%.*s' instead of '%s'", name, value == NULL ? 0 : (int)len,
                     value == NULL ? "" : value, expected);
    }
    return NULL;
}

static const char *count_field(struct run *run, const char *name, unsigned expected)
{
    size_t len;
    unsigned count;
    find_field(run, name, &len, &count);
    return count == expected ? NULL : wrong(run, "%u fields %s", count, name);
}

static const char *step_no_header(struct run *run, const char *text)
{
    return count_field(run, text, 0);
}

static const char *step_once(struct run *run, const char *text)
{
    return count_field(run, text, 1);
}

static const char *step_body(struct run *run, const char *text)
{
    size_t len;
    char *bytes = expand(text, &len);
    bool same = len == run->body_len && memcmp(bytes, run->body, len) == 0;
    free(bytes);
    return same ? NULL : wrong(run, "the body is '%.300s'", run->body);
}

static const char *step_body_has(struct run *run, const char *text)
{
    size_t len;
    char *bytes = expand(text, &len);
    bool has = memmem(run->body, run->body_len, bytes, len) != NULL;
    free(bytes);
    return has ? NULL : wrong(run, "not in the body '%.300s'", run->body);
}

static const char *step_body_size(struct run *run, const char *text)
{
    return run->body_len == strtoul(text, NULL, 10) ? NULL : wrong(run, "%zu bytes", run->body_len);
}

static const char *step_open(struct run *run, const char *text)
{
    (void)text;
    receive(run, 50);
    return run->ended ? wrong(run, "the connection is closed") : NULL;
}

static const char *step_aborted(struct run *run, const char *text)
{
    (void)text;
    receive(run, CLOSE_MS);
    if (run->input_len > 0) {
        return wrong(run, "%zu more bytes: %.*s", run->input_len, (int)run->input_len, run->input);
    }
    return run->ended ? NULL : wrong(run, "the connection is still open");
}

static const char *step_closed(struct run *run, const char *text)
{
    const char *fault = step_aborted(run, text);
    return fault == NULL && run->reset ? wrong(run, "the connection was reset") : fault;
}

static const char *step_gone_within(struct run *run, const char *text)
{
    int ms = atoi(text);
    while (!run->ended && ms > 0) {
        receive(run, 20);
        ms -= 20;
        run->input_len = 0;
    }
    return run->ended ? NULL : wrong(run, "the connection is still open");
}

static const char *step_cut_below(struct run *run, const char *text)
{
    size_t total = 0;
    while (!run->ended) {
        if (!receive(run, ANSWER_MS) && !run->ended) {
            return wrong(run, "the connection is still open");
        }
        total += run->input_len;
        run->input_len = 0;
    }
    return total < strtoul(text, NULL, 10) ? NULL : wrong(run, "%zu bytes came", total);
}

struct step {
    const char *word;
    bool of_answer; /* an answer must have been read */
    const char *(*run)(struct run *run, const char *text);
};

static const struct step steps[] = {
    { "send", false, step_send },
    { "trickle", false, step_trickle },
    { "pause", false, step_pause },
    { "shut", false, step_shut },
    { "status", false, step_status },
    { "status-head", false, step_status_head },
    { "interim", false, step_status_head },
    { "header", true, step_header },
    { "no-header", true, step_no_header },
    { "once", true, step_once },
    { "body", true, step_body },
    { "body-has", true, step_body_has },
    { "body-size", true, step_body_size },
    { "open", false, step_open },
    { "closed", false, step_closed },
    { "aborted", false, step_aborted },
    { "gone-within", false, step_gone_within },
    { "cut-below", false, step_cut_below },
};

static const struct step *find_step(const char *line, const char **ret_text)
{
    size_t len = strcspn(line, " ");
    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
        if (strlen(steps[i].word) == len && memcmp(steps[i].word, line, len) == 0) {
            *ret_text = line + len + (line[len] == ' ');
            return &steps[i];
        }
    }
    return NULL;
}

static const char *run_step(struct run *run, const struct step *step, const char *text)
{
    if (run->fd < 0 && !connect_to(run)) {
        return wrong(run, "cannot connect: %s", strerror(errno));
    }
    if (step->of_answer && run->status == 0) {
        return wrong(run, "there is no answer yet");
    }
    return step->run(run, text);
}

static bool run_lines(FILE *file, const char *path, struct run *run, struct transcript_count *count)
{
    char *line = NULL;
    size_t capacity = 0;
    char name[200] = "";
    bool failed = false;
    bool understood = true;
    for (unsigned number = 1; getline(&line, &capacity, file) >= 0; number++) {
        line[strcspn(line, "\n")] = '\0';
        const char *text;
        const struct step *step;
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        if (strncmp(line, "case ", 5) == 0) {
            disconnect(run);
            snprintf(name, sizeof(name), "%s", line + 5);
            count->cases++;
            failed = false;
        } else if ((step = find_step(line, &text)) == NULL) {
            printf("%s:%u: not understood: %s\n", path, number, line);
            understood = false;
        } else if (!failed) {
            const char *fault = run_step(run, step, text);
            if (fault != NULL) {
                printf("%s:%u: %s: %s: %s\n", path, number, name, step->word, fault);
                count->failed++;
                failed = true;
            }
        }
    }
    free(line);
    return understood;
}

bool transcript_run(const char *path, uint16_t port, struct transcript_count *count)
{
    FILE *file = fopen(path, "r");
    struct run run = { .port = port, .fd = -1, .input = malloc(INPUT_MAX) };
    if (file == NULL || run.input == NULL) {
        printf("%s: %s\n", path, strerror(errno));
        free(run.input);
        return false;
    }
    bool understood = run_lines(file, path, &run, count);
    disconnect(&run);
    free(run.input);
    fclose(file);
    return understood;
}
