/*
 * mllp_client.c: one connection, non-blocking, and poll() with what is left of the deadline.
 *
 * A client that sends one message at a time needs no thread and no event loop of its own. Writing
 * and reading are two loops over the same wait(), which also watches stop_fd. Bytes before the
 * start of a frame (some receivers send a CR or NUL between frames) are skipped; bytes behind the
 * answer leave the receiver out of step, so the connection is closed after the answer was taken.
 */
#include "net/mllp_client.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/os.h"
#include "base/strbuf.h"
#include "net/mllp_frame.h"

#define MLLP_CLIENT_MAGIC 0x6d6c6c70U

struct mllp_client {
    unsigned magic;
    struct mllp_client_options options;
    char host[256];
    char port[8];
    int fd; /* -1: not connected */
    struct strbuf answer;
    int64_t wait_us;   /* after the next failure */
    monotime next_try; /* not before */
};

const char *mllp_outcome_word(enum mllp_outcome outcome)
{
    static const char *const words[] = {
#define X(name, word) word,
        MLLP_OUTCOMES(X)
#undef X
    };
    return words[outcome];
}

static int64_t or_default(int64_t given, int64_t otherwise)
{
    return given > 0 ? given : otherwise;
}

struct mllp_client *mllp_client_new(const struct mllp_client_options *options)
{
    struct mllp_client *client = os_malloc(sizeof(*client));
    if (client == NULL) {
        return NULL;
    }
    *client = (struct mllp_client){ .magic = MLLP_CLIENT_MAGIC, .options = *options, .fd = -1 };
    snprintf(client->host, sizeof(client->host), "%s", options->host);
    snprintf(client->port, sizeof(client->port), "%s", options->port);
    client->options.connect_us = or_default(options->connect_us, LIMIT_MLLP_CONNECT_US);
    client->options.answer_us = or_default(options->answer_us, LIMIT_MLLP_ANSWER_US);
    client->options.wait_first_us = or_default(options->wait_first_us, LIMIT_MLLP_WAIT_FIRST_US);
    client->options.wait_most_us = or_default(options->wait_most_us, LIMIT_MLLP_WAIT_MOST_US);
    client->wait_us = client->options.wait_first_us;
    client->next_try = os_monotonic();
    strbuf_init(&client->answer, LIMIT_MLLP_ANSWER);
    return client;
}

static void disconnect(struct mllp_client *client)
{
    if (client->fd >= 0) {
        close(client->fd);
    }
    client->fd = -1;
}

void mllp_client_free(struct mllp_client *client)
{
    if (client != NULL) {
        CHECK_OBJ(client, MLLP_CLIENT_MAGIC);
        disconnect(client);
        strbuf_release(&client->answer);
        client->magic = 0;
        os_free(client);
    }
}

/* -- waiting ----------------------------------------------------------------------------------- */

enum wait_end { WAIT_READY, WAIT_LATE, WAIT_STOPPED };

static enum wait_end wait_for(const struct mllp_client *client, int fd, short events,
                              monotime deadline)
{
    for (;;) {
        int64_t left = monotime_since(deadline, os_monotonic());
        if (left <= 0) {
            return WAIT_LATE;
        }
        struct pollfd fds[2] = { { .fd = fd, .events = events },
                                 { .fd = client->options.stop_fd, .events = POLLIN } };
        int64_t milliseconds = left / 1000 + 1;
        int ready = poll(fds, 2, milliseconds > 60000 ? 60000 : (int)milliseconds);
        if (ready > 0 && fds[1].revents != 0) {
            return WAIT_STOPPED;
        }
        if (ready > 0) {
            return WAIT_READY;
        }
    }
}

static monotime deadline_in(int64_t us)
{
    return (monotime){ os_monotonic().us + us };
}

/* -- connecting -------------------------------------------------------------------------------- */

/* a connected socket, or -1 */
static int connect_to(const struct mllp_client *client, const struct addrinfo *address,
                      monotime deadline)
{
    int one = 1;
    int error = 0;
    socklen_t size = sizeof(error);
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    bool waits = connect(fd, address->ai_addr, address->ai_addrlen) != 0;
    if (waits && (errno != EINPROGRESS || wait_for(client, fd, POLLOUT, deadline) != WAIT_READY ||
                  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

static void attempt(struct mllp_client *client)
{
    struct addrinfo *found = NULL;
    struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
    monotime deadline = deadline_in(client->options.connect_us);
    if (getaddrinfo(client->host, client->port, &wanted, &found) != 0) {
        return;
    }
    for (const struct addrinfo *one = found; one != NULL && client->fd < 0; one = one->ai_next) {
        client->fd = connect_to(client, one, deadline);
    }
    freeaddrinfo(found);
}

static bool connected(struct mllp_client *client)
{
    if (client->fd >= 0) {
        return true;
    }
    if (mllp_client_wait_us(client) > 0) {
        return false;
    }
    attempt(client);
    if (client->fd < 0) {
        client->next_try = deadline_in(client->wait_us);
        client->wait_us = client->wait_us * 2 < client->options.wait_most_us
                              ? client->wait_us * 2
                              : client->options.wait_most_us;
    }
    return client->fd >= 0;
}

int64_t mllp_client_wait_us(const struct mllp_client *client)
{
    int64_t left = monotime_since(client->next_try, os_monotonic());
    return left > 0 && client->fd < 0 ? left : 0;
}

/* -- one message --------------------------------------------------------------------------------
 */

static enum mllp_outcome ended(enum wait_end end)
{
    return end == WAIT_STOPPED ? MLLP_STOPPED : MLLP_SILENT;
}

/* MLLP_ACCEPTED: all of it is on its way */
static enum mllp_outcome write_all(struct mllp_client *client, struct slice bytes,
                                   monotime deadline)
{
    while (bytes.len > 0) {
        ssize_t sent = send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes = slice_from(bytes, (size_t)sent);
        } else if (errno == EAGAIN || errno == EINTR) {
            enum wait_end end = wait_for(client, client->fd, POLLOUT, deadline);
            if (end != WAIT_READY) {
                return ended(end);
            }
        } else {
            return MLLP_CLOSED;
        }
    }
    return MLLP_ACCEPTED;
}

static enum mllp_outcome write_frame(struct mllp_client *client, struct slice message,
                                     monotime deadline)
{
    static const char start[] = { MLLP_START };
    static const char end[] = { MLLP_END, MLLP_CR };
    enum mllp_outcome outcome = write_all(client, slice_of(start, sizeof(start)), deadline);
    if (outcome == MLLP_ACCEPTED) {
        outcome = write_all(client, message, deadline);
    }
    return outcome == MLLP_ACCEPTED ? write_all(client, slice_of(end, sizeof(end)), deadline)
                                    : outcome;
}

/* where the answer ends, when it is whole: behind FS CR */
static bool whole_answer(struct slice got, struct slice *ret_answer, size_t *ret_end)
{
    static const char end[] = { MLLP_END, MLLP_CR };
    size_t start = slice_find(got, MLLP_START);
    struct slice body = slice_from(got, start + 1);
    size_t len = slice_find_slice(body, slice_of(end, sizeof(end)));
    if (start >= got.len || len >= body.len) {
        return false;
    }
    *ret_answer = slice_sub(body, 0, len);
    *ret_end = start + 1 + len + sizeof(end);
    return true;
}

static enum mllp_outcome read_answer(struct mllp_client *client, monotime deadline,
                                     struct slice *ret_answer)
{
    size_t end;
    while (!whole_answer(strbuf_slice(&client->answer), ret_answer, &end)) {
        enum wait_end waited = wait_for(client, client->fd, POLLIN, deadline);
        if (waited != WAIT_READY) {
            return ended(waited);
        }
        char room[4096];
        ssize_t got = recv(client->fd, room, sizeof(room), 0);
        if (got > 0) {
            strbuf_add(&client->answer, slice_of(room, (size_t)got));
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            return MLLP_CLOSED;
        }
        if (client->answer.failed) {
            return MLLP_GARBLED;
        }
    }
    if (end < client->answer.len) { /* out of step: this answer counts, the connection does not */
        disconnect(client);
    }
    return MLLP_ACCEPTED;
}

static bool is_code(struct slice code, char letter)
{
    return code.len == 2 && (code.ptr[0] == 'A' || code.ptr[0] == 'C') && code.ptr[1] == letter;
}

/* HL7 v2.5.1 sections 2.9.2 and 2.14.8: the little of HL7 that a client must understand */
static enum mllp_outcome understand(struct slice answer, struct slice control_id)
{
    char bar = answer.len > 3 ? answer.ptr[3] : '|';
    struct slice segment;
    bool header = slice_starts_with(answer, SLICE("MSH"));
    while (header && slice_split(&answer, '\r', &segment)) {
        struct slice name, code, id;
        bool acknowledges = slice_split(&segment, bar, &name) && slice_equal(name, SLICE("MSA")) &&
                            slice_split(&segment, bar, &code) && slice_split(&segment, bar, &id);
        if (!acknowledges) {
            continue;
        }
        return !slice_equal(id, control_id) ? MLLP_GARBLED
               : is_code(code, 'A')         ? MLLP_ACCEPTED
               : is_code(code, 'E')         ? MLLP_FAILED
               : is_code(code, 'R')         ? MLLP_REJECTED
                                            : MLLP_GARBLED;
    }
    return MLLP_GARBLED;
}

enum mllp_outcome mllp_client_send(struct mllp_client *client, struct slice message,
                                   struct slice control_id)
{
    CHECK_OBJ(client, MLLP_CLIENT_MAGIC);
    assert(message.len <= LIMIT_MLLP_MESSAGE);
    struct slice answer = { NULL, 0 };
    strbuf_clear(&client->answer);
    if (!connected(client)) {
        return MLLP_UNREACHABLE;
    }
    monotime deadline = deadline_in(client->options.answer_us);
    enum mllp_outcome outcome = write_frame(client, message, deadline);
    if (outcome == MLLP_ACCEPTED) {
        outcome = read_answer(client, deadline, &answer);
    }
    if (outcome == MLLP_ACCEPTED) {
        outcome = understand(answer, control_id);
    }
    bool doubt = outcome == MLLP_SILENT || outcome == MLLP_CLOSED || outcome == MLLP_GARBLED ||
                 outcome == MLLP_STOPPED;
    if (doubt) {
        disconnect(client);
    } else {
        client->wait_us = client->options.wait_first_us;
    }
    return outcome;
}

struct slice mllp_client_answer(const struct mllp_client *client)
{
    struct slice answer = { NULL, 0 };
    size_t end;
    return whole_answer(strbuf_slice(&client->answer), &answer, &end) ? answer
                                                                      : (struct slice){ NULL, 0 };
}
