/*
 * directory.h: a directory for one test, and what tests do to its files.
 */
#ifndef EVENLODE_TESTS_DIRECTORY_H
#define EVENLODE_TESTS_DIRECTORY_H

#include "base/prelude.h"

#define TEST_PATH 512

/* makes a fresh directory under $TMPDIR, else in memory (/dev/shm), else under /tmp */
void test_directory_make(char ret_path[TEST_PATH]);
/* the same on a disk, for what is measured: under $TMPDIR or /var/tmp */
void test_directory_make_on_disk(char ret_path[TEST_PATH]);
/* removes it with all that is in it */
void test_directory_remove(const char *path);
/* the regular files of a directory, copied into another, which is emptied (made if missing) */
void test_directory_copy(const char *from, const char *to);
/* "directory/name" */
void test_path(char ret_path[TEST_PATH], const char *directory, const char *name);
/* the whole file, malloc'd; NULL when there is none */
char *test_file_read(const char *path, size_t *ret_len);
void test_file_write(const char *path, const void *bytes, size_t len);

#endif
