/*
 * ill_disk.c: linked to the whole program, a disk that hangs or fails under one store, and a clock
 * that can be put forward.
 *
 * Before main() it puts a table of its own behind base/os.h. Reads of the file whose path ends in
 * EVENLODE_ILL_FILE do what the file EVENLODE_ILL_MODE says at that moment: "hang" (until it says
 * something else), "fail" (EIO), or anything else, or no file: nothing. "unsync" hangs and
 * "badsync" fails the syncs of the audit's files. While it says "late", it is two days later.
 * Without the two variables the program is as it ships.
 */
#include "base/prelude.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/os.h"

#define DESCRIPTORS 1024

static const char *ill_file;
static const char *ill_mode;
static atomic_bool ill[DESCRIPTORS];     /* is this descriptor one of that file? */
static atomic_bool audited[DESCRIPTORS]; /* one of the audit's? */

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t tail = strlen(end);
    return len >= tail && strcmp(text + len - tail, end) == 0;
}

static int ill_open(const char *path, int flags, mode_t mode)
{
    int fd = os_system.open(path, flags, mode);
    if (fd >= 0 && fd < DESCRIPTORS) {
        atomic_store(&ill[fd], ends_with(path, ill_file));
        atomic_store(&audited[fd], strstr(path, "/audit/") != NULL);
    }
    return fd;
}

static bool mode_is(const char *word)
{
    char text[8] = "";
    int fd = open(ill_mode, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0) {
        close(fd);
    }
    return got > 0 && strcmp(text, word) == 0;
}

static ssize_t ill_pread(int fd, void *buffer, size_t len, off_t offset)
{
    bool is_ill = fd >= 0 && fd < DESCRIPTORS && atomic_load(&ill[fd]);
    while (is_ill && mode_is("hang")) {
        usleep(5000);
    }
    if (is_ill && mode_is("fail")) {
        errno = EIO;
        return -1;
    }
    return os_system.pread(fd, buffer, len, offset);
}

static int ill_fdatasync(int fd)
{
    bool is_ill = fd >= 0 && fd < DESCRIPTORS && atomic_load(&audited[fd]);
    while (is_ill && mode_is("unsync")) {
        usleep(5000);
    }
    if (is_ill && mode_is("badsync")) {
        errno = EIO;
        return -1;
    }
    return os_system.fdatasync(fd);
}

static walltime ill_now(void)
{
    const walltime day = INT64_C(86400) * 1000000;
    return os_system.now() + (mode_is("late") ? 2 * day : 0);
}

__attribute__((constructor)) static void fall_ill(void)
{
    static struct os_ops table;
    ill_file = getenv("EVENLODE_ILL_FILE");
    ill_mode = getenv("EVENLODE_ILL_MODE");
    if (ill_file != NULL && ill_mode != NULL) {
        table = os_system;
        table.open = ill_open;
        table.pread = ill_pread;
        table.fdatasync = ill_fdatasync;
        table.now = ill_now;
        os_install(&table);
    }
}
