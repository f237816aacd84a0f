#include "support/served.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 40

/* -- processes ------------------------------------------------------------------------------- */

/* the child, with what it prints in the two files */
static pid_t start(const char *program, char *const *words, int out, int err)
{
    pid_t pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int null = open("/dev/null", O_RDONLY);
        if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) {
            _exit(127);
        }
        execv(program, words);
        _exit(127);
    }
    return pid;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        assert(errno == EINTR);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

/* a file without a name, for what a child prints */
static int scratch_file(void)
{
    char path[] = "/tmp/evenlode-served-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    assert(fd >= 0);
    unlink(path);
    return fd;
}

static void take_text(int fd, char ret_text[SERVED_TEXT])
{
    if (ret_text != NULL) {
        ssize_t got = pread(fd, ret_text, SERVED_TEXT - 1, 0);
        ret_text[got > 0 ? got : 0] = '\0';
    }
    close(fd);
}

int served_run(const char *program, char ret_out[SERVED_TEXT], char ret_err[SERVED_TEXT], ...)
{
    char *words[WORDS] = { (char *)program };
    size_t count = 1;
    va_list arguments;
    va_start(arguments, ret_err);
    while ((words[count] = va_arg(arguments, char *)) != NULL) {
        count++;
        assert(count < WORDS);
    }
    va_end(arguments);
    int out = scratch_file();
    int err = scratch_file();
    int status = wait_for(start(program, words, out, err));
    take_text(out, ret_out);
    take_text(err, ret_err);
    return status;
}

bool served_start(struct served *served, const char *program, const char *data,
                  char ret_err[SERVED_TEXT])
{
    const char *words[] = { program, "serve", "--data", data, "--listen", "127.0.0.1:0", NULL };
    int out[2];
    char line[256];
    size_t len = 0;
    int err = scratch_file();
    int made = pipe2(out, O_CLOEXEC);
    assert(made == 0);
    pid_t pid = start(program, (char *const *)words, out[1], err);
    close(out[1]);
    while (len < sizeof line - 1) {
        ssize_t got = read(out[0], line + len, sizeof line - 1 - len);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        if (memchr(line, '\n', len) != NULL) {
            break;
        }
    }
    close(out[0]);
    line[len] = '\0';
    take_text(err, ret_err);
    const char *colon = strrchr(line, ':');
    if (strncmp(line, "serving http://", 15) != 0 || colon == NULL) {
        kill(pid, SIGKILL);
        wait_for(pid);
        served->pid = 0;
        return false;
    }
    *served = (struct served){ pid, (unsigned)strtoul(colon + 1, NULL, 10) };
    return true;
}

int served_end(struct served *served, int signal)
{
    assert(served->pid > 0);
    kill(served->pid, signal);
    int status = wait_for(served->pid);
    served->pid = 0;
    return status;
}

/* -- the client ------------------------------------------------------------------------------ */

static int connect_to(unsigned port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    const struct timeval patience = { .tv_sec = 30 };
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* all that comes until the peer closes, malloc'd, with NUL */
static char *receive_all(int fd, size_t *ret_len)
{
    size_t len = 0;
    size_t capacity = 8192;
    char *text = malloc(capacity);
    assert(text != NULL);
    for (;;) {
        ssize_t got = recv(fd, text + len, capacity - len - 1, 0);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        if (capacity - len < 4096) {
            capacity *= 2;
            text = realloc(text, capacity);
            assert(text != NULL);
        }
    }
    text[len] = '\0';
    *ret_len = len;
    return text;
}

static void take_apart(char *text, size_t len, struct served_answer *ret_answer)
{
    char *end = strstr(text, "\r\n\r\n");
    if (end == NULL || strncmp(text, "HTTP/1.1 ", 9) != 0 || end - text >= SERVED_HEAD) {
        free(text);
        return;
    }
    size_t head = (size_t)(end - text);
    memcpy(ret_answer->head, text, head);
    ret_answer->head[head] = '\0';
    ret_answer->status = (unsigned)strtoul(text + 9, NULL, 10);
    size_t body = len - head - 4;
    memmove(text, end + 4, body + 1);
    ret_answer->body = text;
    char length[32];
    served_field(ret_answer, "Content-Length", length, sizeof length);
    ret_answer->whole = length[0] != '\0' && strtoul(length, NULL, 10) == body;
}

void served_request(unsigned port, const char *method, const char *path, const char *token,
                    const char *body, void (*sent)(void *context), void *context,
                    struct served_answer *ret_answer)
{
    char head[2048];
    size_t len;
    *ret_answer = (struct served_answer){ 0 };
    int fd = connect_to(port);
    if (fd < 0) {
        return;
    }
    int head_len = snprintf(head, sizeof head,
                            "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n"
                            "Authorization: Bearer %s\r\n%sContent-Length: %zu\r\n\r\n",
                            method, path, port, token,
                            body != NULL ? "Content-Type: application/fhir+json\r\n" : "",
                            body != NULL ? strlen(body) : 0);
    assert(head_len > 0 && (size_t)head_len < sizeof head);
    bool ok =
        send_all(fd, head, (size_t)head_len) && (body == NULL || send_all(fd, body, strlen(body)));
    if (ok && sent != NULL) {
        sent(context);
    }
    /* also after a failed send: a refusal may have come first */
    char *text = receive_all(fd, &len);
    close(fd);
    take_apart(text, len, ret_answer);
}

void served_answer_free(struct served_answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}

void served_field(const struct served_answer *answer, const char *name, char *ret_value,
                  size_t size)
{
    size_t name_len = strlen(name);
    ret_value[0] = '\0';
    for (const char *line = answer->head; line != NULL && *line != '\0';) {
        const char *next = strstr(line, "\r\n");
        if (strncasecmp(line, name, name_len) == 0 && line[name_len] == ':') {
            const char *value = line + name_len + 1;
            while (*value == ' ') {
                value++;
            }
            size_t len = next != NULL ? (size_t)(next - value) : strlen(value);
            (void)snprintf(ret_value, size, "%.*s", (int)len, value);
            return;
        }
        line = next != NULL ? next + 2 : NULL;
    }
}
