/*
 * control.c: frames over a Unix socket, a thread a command.
 *
 * Commands are an operator's: a handful a day. So each connection gets a thread, at most
 * CONNECTIONS at once, and blocking calls; nothing here is on the path of a page.
 */
#include "program/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/os.h"
#include "base/strbuf.h"

#define PATIENCE_S   30 /* for an operator's process that neither asks nor listens */
#define CONNECTIONS  8
#define FRAME_MOST   MIB(4)
#define FRAME_WORDS  'A'
#define FRAME_STATUS 'X'
#define WORD_COUNT   (COMMAND_OPERANDS + 2 * COMMAND_OPTIONS + 8)

struct control {
    struct exchange *exchange;
    const char *path;
    int listener;
    int stop[2]; /* a pipe: closed to stop */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    unsigned running;
    struct arena arena;
};

/* -- frames ---------------------------------------------------------------------------------- */

static bool send_all(int fd, const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return false;
        }
        at += sent;
        len -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int fd, void *data, size_t len)
{
    char *at = data;
    while (len > 0) {
        ssize_t got = recv(fd, at, len, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        at += got;
        len -= (size_t)got;
    }
    return true;
}

static bool send_frame(int fd, uint8_t kind, struct slice data)
{
    uint8_t head[5] = { kind, (uint8_t)(data.len >> 24), (uint8_t)(data.len >> 16),
                        (uint8_t)(data.len >> 8), (uint8_t)data.len };
    return data.len <= FRAME_MOST && send_all(fd, head, sizeof head) &&
           send_all(fd, data.ptr, data.len);
}

static bool receive_frame(int fd, struct arena *arena, uint8_t *ret_kind, struct slice *ret_data)
{
    uint8_t head[5];
    if (!receive_all(fd, head, sizeof head)) {
        return false;
    }
    size_t len = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
    char *data = len <= FRAME_MOST ? arena_alloc(arena, len + 1) : NULL;
    if (data == NULL || !receive_all(fd, data, len)) {
        return false;
    }
    data[len] = '\0';
    *ret_kind = head[0];
    *ret_data = slice_of(data, len);
    return true;
}

/* -- the server's side ----------------------------------------------------------------------- */

struct conversation {
    struct control *control;
    int fd;
    bool gone; /* the operator's process: nothing more is sent to it */
    struct arena arena;
};

static void write_frame(void *sink, enum output_channel channel, struct slice text)
{
    struct conversation *conversation = sink;
    /* an operator who has gone away does not stop the command */
    conversation->gone =
        conversation->gone || !send_frame(conversation->fd, (uint8_t)channel, text);
}

static size_t split_words(struct slice data, const char **words)
{
    size_t count = 0;
    struct slice word;
    while (data.len > 0 && count < WORD_COUNT && slice_split(&data, '\0', &word)) {
        words[count++] = word.ptr;
    }
    return count;
}

static int run_words(struct conversation *conversation, struct slice data)
{
    struct command_context context = { .exchange = conversation->control->exchange,
                                       .arena = &conversation->arena,
                                       .write = write_frame,
                                       .sink = conversation,
                                       .served = true };
    struct fault fault = FAULT_INIT;
    struct arguments arguments;
    size_t used = 0;
    const char **words = arena_array(&conversation->arena, WORD_COUNT, const char *);
    if (words == NULL) {
        fault_no_memory(&fault, &conversation->arena);
        return command_fail(&context, &fault);
    }
    size_t count = split_words(data, words);
    const struct command *command = count > 1 ? command_find(words + 1, count - 1, &used) : NULL;
    if (command == NULL || !command->needs_exchange) {
        fault_set(&fault, &conversation->arena, FAULT_INVALID, "the server knows no such command");
        return command_fail(&context, &fault);
    }
    context.terminal = slice_equal(slice_from_string(words[0]), SLICE("terminal"));
    if (!command_parse(command, words + 1 + used, count - 1 - used, &conversation->arena,
                       &arguments, &fault)) {
        return command_fail(&context, &fault);
    }
    return command->run(&context, &arguments);
}

static void *converse(void *argument)
{
    struct conversation *conversation = argument;
    struct control *control = conversation->control;
    struct slice data;
    uint8_t kind;
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    arena_init(&conversation->arena, LIMIT_TRANSACTION_ARENA);
    bool timed =
        setsockopt(conversation->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        setsockopt(conversation->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0;
    if (timed && receive_frame(conversation->fd, &conversation->arena, &kind, &data) &&
        kind == FRAME_WORDS) {
        char status = (char)run_words(conversation, data);
        if (!conversation->gone) {
            (void)send_frame(conversation->fd, FRAME_STATUS, slice_of(&status, 1));
        }
    }
    close(conversation->fd);
    arena_release(&conversation->arena);
    os_free(conversation);
    pthread_mutex_lock(&control->lock);
    control->running--;
    pthread_cond_broadcast(&control->ended);
    pthread_mutex_unlock(&control->lock);
    return NULL;
}

static bool peer_is_owner(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == geteuid();
}

static bool take_place(struct control *control)
{
    pthread_mutex_lock(&control->lock);
    bool free_place = control->running < CONNECTIONS;
    control->running += free_place;
    pthread_mutex_unlock(&control->lock);
    return free_place;
}

static void give_place_back(struct control *control)
{
    pthread_mutex_lock(&control->lock);
    control->running--;
    pthread_mutex_unlock(&control->lock);
}

static void start_conversation(struct control *control, int fd)
{
    pthread_t thread;
    struct conversation *conversation = NULL;
    if (peer_is_owner(fd) && take_place(control)) {
        conversation = os_malloc(sizeof *conversation);
        if (conversation != NULL) {
            *conversation = (struct conversation){ .control = control, .fd = fd };
        }
        if (conversation != NULL && pthread_create(&thread, NULL, converse, conversation) == 0) {
            pthread_detach(thread);
            return;
        }
        os_free(conversation);
        give_place_back(control);
    }
    close(fd);
}

static void *listen_loop(void *argument)
{
    struct control *control = argument;
    struct pollfd polled[2] = { { control->listener, POLLIN, 0 }, { control->stop[0], POLLIN, 0 } };
    for (;;) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR) {
            log_event(LOG_ERROR, "control.poll-failed", LOG_COUNT("errno", errno));
            return NULL;
        }
        if (polled[1].revents != 0) {
            return NULL;
        }
        int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            start_conversation(control, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
            (void)poll(NULL, 0, 100); /* not in a tight loop until there is one free */
        }
    }
}

static bool address_of(const char *path, struct sockaddr_un *ret_address, struct arena *arena,
                       struct fault *fault)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t len = strlen(path);
    if (len >= sizeof address.sun_path) {
        fault_set(fault, arena, FAULT_INVALID, "the path of the data directory is too long");
        return fault_hint(fault, arena, "a Unix socket's path has at most %zu bytes",
                          sizeof address.sun_path - 1);
    }
    memcpy(address.sun_path, path, len);
    *ret_address = address;
    return true;
}

static bool open_listener(struct control *control, struct arena *arena, struct fault *fault)
{
    struct sockaddr_un address;
    if (!address_of(control->path, &address, arena, fault)) {
        return false;
    }
    control->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->listener < 0) {
        return fault_errno(fault, arena, errno, "no socket can be made");
    }
    os_unlink(control->path); /* ours: we hold the directory's lock */
    mode_t before = umask(0177);
    int bound = bind(control->listener, (struct sockaddr *)&address, sizeof address);
    int error = errno;
    umask(before);
    if (bound != 0 || listen(control->listener, CONNECTIONS) != 0) {
        error = bound != 0 ? error : errno;
        close(control->listener);
        return fault_errno(fault, arena, error, "the control socket %s cannot be made",
                           control->path);
    }
    return true;
}

bool control_start(const char *path, struct exchange *exchange, struct control **ret_control,
                   struct arena *arena, struct fault *fault)
{
    struct control *control = os_malloc(sizeof *control);
    if (control == NULL) {
        return fault_no_memory(fault, NULL);
    }
    *control = (struct control){ .exchange = exchange };
    arena_init(&control->arena, LIMIT_FAULT_ARENA);
    control->path = arena_printf(&control->arena, "%s", path).ptr;
    pthread_mutex_init(&control->lock, NULL);
    pthread_cond_init(&control->ended, NULL);
    bool piped = control->path != NULL && pipe2(control->stop, O_CLOEXEC) == 0;
    if (!piped || !open_listener(control, arena, fault)) {
        if (!piped) {
            fault_errno(fault, arena, errno, "no pipe can be made");
        } else {
            close(control->stop[0]);
            close(control->stop[1]);
        }
        arena_release(&control->arena);
        os_free(control);
        return false;
    }
    if (pthread_create(&control->thread, NULL, listen_loop, control) != 0) {
        close(control->listener);
        close(control->stop[0]);
        close(control->stop[1]);
        os_unlink(control->path);
        arena_release(&control->arena);
        os_free(control);
        return fault_set(fault, arena, FAULT_NO_MEMORY, "no thread can be made");
    }
    *ret_control = control;
    return true;
}

void control_stop(struct control *control)
{
    if (control == NULL) {
        return;
    }
    close(control->stop[1]);
    pthread_join(control->thread, NULL);
    close(control->stop[0]);
    close(control->listener);
    os_unlink(control->path);
    pthread_mutex_lock(&control->lock);
    while (control->running > 0) {
        pthread_cond_wait(&control->ended, &control->lock);
    }
    pthread_mutex_unlock(&control->lock);
    arena_release(&control->arena);
    os_free(control);
}

/* -- the operator's side --------------------------------------------------------------------- */

static bool connect_to(const char *path, int *ret_fd, struct arena *arena, struct fault *fault)
{
    struct sockaddr_un address;
    if (!address_of(path, &address, arena, fault)) {
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int error = errno;
        if (fd >= 0) {
            close(fd);
        }
        return fault_errno(fault, arena, error, "the server's control socket cannot be reached");
    }
    *ret_fd = fd;
    return true;
}

static bool send_words(int fd, const char *const *words, size_t count, bool terminal,
                       struct arena *arena, struct fault *fault)
{
    struct strbuf data;
    strbuf_init(&data, FRAME_MOST);
    strbuf_add_string(&data, terminal ? "terminal" : "file");
    strbuf_add_byte(&data, '\0');
    for (size_t i = 0; i < count; i++) {
        strbuf_add_string(&data, words[i]);
        strbuf_add_byte(&data, '\0');
    }
    bool ok = !data.failed;
    if (!ok) {
        fault_set(fault, arena, FAULT_TOO_LARGE, "too many words for one command");
    } else if (!send_frame(fd, FRAME_WORDS, strbuf_slice(&data))) {
        ok = fault_errno(fault, arena, errno, "the server has closed its control socket");
    }
    strbuf_release(&data);
    return ok;
}

static bool receive_result(int fd, struct command_context *context, int *ret_status,
                           struct fault *fault)
{
    struct arena arena;
    struct slice data;
    uint8_t kind = 0;
    bool ended = false;
    arena_init(&arena, FRAME_MOST * 2);
    while (!ended && receive_frame(fd, &arena, &kind, &data)) {
        if (kind == FRAME_STATUS && data.len == 1) {
            *ret_status = (unsigned char)data.ptr[0];
            ended = true;
        } else if (kind == OUTPUT_RESULT || kind == OUTPUT_MESSAGE) {
            context->write(context->sink, (enum output_channel)kind, data);
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
    return ended ||
           fault_set(fault, context->arena, FAULT_BUSY, "the server ended before the command did");
}

bool control_call(const char *path, const char *const *words, size_t count,
                  struct command_context *context, int *ret_status, struct fault *fault)
{
    int fd;
    if (!connect_to(path, &fd, context->arena, fault)) {
        return false;
    }
    bool ok = send_words(fd, words, count, context->terminal, context->arena, fault) &&
              receive_result(fd, context, ret_status, fault);
    close(fd);
    return ok;
}
