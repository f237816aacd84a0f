/*
 * mllp_receiver.c: accept, read a frame, answer as the script says.
 */
#include "support/mllp_receiver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX (1 << 22)
#define AWAIT_S   120

struct mllp_receiver {
    pthread_t thread;
    int listening; /* -1: gone */
    int stop;
    sem_t came; /* one for each message */
    int gone;   /* readable when it is */
    const char *script;
    size_t messages;
    size_t connections;
    char ids[RECEIVER_MESSAGES][24];
    char frame[FRAME_MAX];
};

/* false: stopped */
static bool wait_readable(const struct mllp_receiver *receiver, int fd)
{
    struct pollfd fds[2] = { { .fd = fd, .events = POLLIN },
                             { .fd = receiver->stop, .events = POLLIN } };
    return poll(fds, 2, -1) > 0 && fds[1].revents == 0;
}

/* length of the message between VT and FS CR; 0: the connection has ended */
static size_t read_frame(struct mllp_receiver *receiver, int fd)
{
    size_t len = 0;
    while (len < 2 || receiver->frame[len - 2] != 0x1c || receiver->frame[len - 1] != 0x0d) {
        if (len == FRAME_MAX || !wait_readable(receiver, fd)) {
            return 0;
        }
        ssize_t got = recv(fd, receiver->frame + len, FRAME_MAX - len, 0);
        if (got <= 0) {
            return 0;
        }
        len += (size_t)got;
    }
    return receiver->frame[0] == 0x0b ? len : 0;
}

static void note_id(struct mllp_receiver *receiver, size_t len)
{
    const char *at = receiver->frame;
    const char *end = receiver->frame + len;
    for (int bar = 0; bar < 9 && at != NULL; bar++) {
        at = memchr(at, '|', (size_t)(end - at));
        at = at != NULL ? at + 1 : NULL;
    }
    const char *stop = at != NULL ? memchr(at, '|', (size_t)(end - at)) : NULL;
    if (stop != NULL && receiver->messages < RECEIVER_MESSAGES) {
        snprintf(receiver->ids[receiver->messages++], sizeof(receiver->ids[0]), "%.*s",
                 (int)(stop - at), at);
    }
}

static void send_text(int fd, const char *text, size_t len)
{
    ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);
    (void)sent; /* a client that has gone is what some tests want */
}

/* false: close the connection */
static bool answer(struct mllp_receiver *receiver, int fd, char letter)
{
    char text[256];
    const char *id = receiver->messages > 0 ? receiver->ids[receiver->messages - 1] : "";
    char code = letter == 'E' ? 'E' : letter == 'R' ? 'R' : 'A';
    int len = snprintf(text, sizeof(text),
                       "%s\x0bMSH|^~\\&|R|R|S|S|20260101||ACK|1|T|2.4\rMSA|A%c|%s%s\r\x1c\r%s",
                       letter == 'J' ? "\r\n" : "", code, letter == 'X' ? "other" : "", id,
                       letter == 'J' ? "\x0bMSH" : "");
    if (letter == 'S') {
        return true;
    }
    if (letter == 'C') {
        return false;
    }
    if (letter == 'D') {
        close(receiver->listening);
        receiver->listening = -1;
        return false;
    }
    if (letter == 'G') {
        send_text(fd, "\x0bnonsense\x1c\r", 11);
        return true;
    }
    size_t part = letter == 'H' ? (size_t)len / 2 : letter == 'T' ? 1 : (size_t)len;
    for (size_t at = 0; at < (size_t)len; at += part) {
        send_text(fd, text + at, (size_t)len - at < part ? (size_t)len - at : part);
        if (letter == 'H') {
            return false;
        }
    }
    return true;
}

static void converse(struct mllp_receiver *receiver, int fd)
{
    for (;;) {
        size_t len = read_frame(receiver, fd);
        if (len == 0) {
            return;
        }
        char letter = receiver->script[0];
        receiver->script += receiver->script[1] != '\0';
        note_id(receiver, len);
        sem_post(&receiver->came);
        if (!answer(receiver, fd, letter)) {
            return;
        }
    }
}

static void *run(void *context)
{
    struct mllp_receiver *receiver = context;
    uint64_t one = 1;
    while (receiver->listening >= 0 && wait_readable(receiver, receiver->listening)) {
        int fd = accept(receiver->listening, NULL, NULL);
        if (fd >= 0) {
            receiver->connections++;
            converse(receiver, fd);
            close(fd);
        }
    }
    ssize_t written = write(receiver->gone, &one, sizeof(one));
    assert(written == sizeof(one));
    return NULL;
}

/* `port` 0: of the system's choice */
static struct mllp_receiver *start(const char *script, uint16_t port, char ret_port[8])
{
    int on = 1;
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof(address);
    struct mllp_receiver *receiver = calloc(1, sizeof(*receiver));
    assert(receiver != NULL);
    receiver->script = script;
    sem_init(&receiver->came, 0, 0);
    receiver->stop = eventfd(0, EFD_CLOEXEC);
    receiver->gone = eventfd(0, EFD_CLOEXEC);
    receiver->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(receiver->listening >= 0 && receiver->stop >= 0 && receiver->gone >= 0);
    int again = setsockopt(receiver->listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    int bound = bind(receiver->listening, (struct sockaddr *)&address, size);
    int named = getsockname(receiver->listening, (struct sockaddr *)&address, &size);
    int listens = listen(receiver->listening, 8);
    assert(again == 0 && bound == 0 && named == 0 && listens == 0);
    snprintf(ret_port, 8, "%u", (unsigned)ntohs(address.sin_port));
    int started = pthread_create(&receiver->thread, NULL, run, receiver);
    assert(started == 0);
    return receiver;
}

void mllp_receiver_await(struct mllp_receiver *receiver)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += AWAIT_S;
    int came;
    do {
        came = sem_timedwait(&receiver->came, &until);
    } while (came != 0 && errno == EINTR);
    assert(came == 0);
}

struct mllp_receiver *mllp_receiver_start(const char *script, char ret_port[8])
{
    return start(script, 0, ret_port);
}

struct mllp_receiver *mllp_receiver_start_again(const char *script, const char *port)
{
    char same[8];
    return start(script, (uint16_t)strtoul(port, NULL, 10), same);
}

void mllp_receiver_wait_gone(struct mllp_receiver *receiver)
{
    struct pollfd gone = { .fd = receiver->gone, .events = POLLIN };
    int changed = poll(&gone, 1, 60000);
    assert(changed == 1);
}

size_t mllp_receiver_stop(struct mllp_receiver *receiver)
{
    uint64_t one = 1;
    ssize_t written = write(receiver->stop, &one, sizeof(one));
    assert(written == sizeof(one));
    pthread_join(receiver->thread, NULL);
    if (receiver->listening >= 0) {
        close(receiver->listening);
    }
    close(receiver->stop);
    close(receiver->gone);
    return receiver->messages;
}

const char *mllp_receiver_id(const struct mllp_receiver *receiver, size_t index)
{
    assert(index < receiver->messages);
    return receiver->ids[index];
}

size_t mllp_receiver_connections(const struct mllp_receiver *receiver)
{
    return receiver->connections;
}

void mllp_receiver_free(struct mllp_receiver *receiver)
{
    sem_destroy(&receiver->came);
    free(receiver);
}
