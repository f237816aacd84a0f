/* directory.c: plain system calls, not through os.h, so that a failing system does not reach here.
 */
#include "support/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void test_path(char ret_path[TEST_PATH], const char *directory, const char *name)
{
    int len = snprintf(ret_path, TEST_PATH, "%s/%s", directory, name);
    assert(len > 0 && len < TEST_PATH);
}

static void make_under(const char *parent, char ret_path[TEST_PATH])
{
    const char *chosen = getenv("TMPDIR");
    test_path(ret_path, chosen != NULL ? chosen : parent, "evenlode-test-XXXXXX");
    char *made = mkdtemp(ret_path);
    assert(made != NULL);
}

void test_directory_make(char ret_path[TEST_PATH])
{
    make_under(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", ret_path);
}

void test_directory_make_on_disk(char ret_path[TEST_PATH])
{
    make_under("/var/tmp", ret_path);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

void test_directory_remove(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char inner[TEST_PATH];
        struct stat info;
        if (is_dots(entry->d_name)) {
            continue;
        }
        test_path(inner, path, entry->d_name);
        if (lstat(inner, &info) == 0 && S_ISDIR(info.st_mode)) {
            test_directory_remove(inner);
        } else {
            unlink(inner);
        }
    }
    closedir(directory);
    rmdir(path);
}

void test_directory_copy(const char *from, const char *to)
{
    test_directory_remove(to);
    int made = mkdir(to, 0700);
    assert(made == 0);
    DIR *directory = opendir(from);
    assert(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char source[TEST_PATH];
        char target[TEST_PATH];
        size_t len;
        if (is_dots(entry->d_name)) {
            continue;
        }
        test_path(source, from, entry->d_name);
        test_path(target, to, entry->d_name);
        char *bytes = test_file_read(source, &len);
        if (bytes != NULL) {
            test_file_write(target, bytes, len);
            free(bytes);
        }
    }
    closedir(directory);
}

char *test_file_read(const char *path, size_t *ret_len)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return NULL;
    }
    char *bytes = malloc((size_t)info.st_size + 1);
    assert(bytes != NULL);
    ssize_t got = pread(fd, bytes, (size_t)info.st_size, 0);
    assert(got == info.st_size);
    close(fd);
    *ret_len = (size_t)got;
    return bytes;
}

void test_file_write(const char *path, const void *bytes, size_t len)
{
    /* not O_TRUNC: ext4 writes a file out when it is closed after being emptied */
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert(fd >= 0);
    ssize_t written = pwrite(fd, bytes, len, 0);
    assert(written == (ssize_t)len);
    int cut = ftruncate(fd, (off_t)len);
    assert(cut == 0);
    close(fd);
}
