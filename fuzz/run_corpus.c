/*
 * run_corpus.c: a fuzz target without a fuzzer: runs it on each file of the folders given, so that
 * what once was found is tested for ever, with any compiler.
 */
#include <dirent.h>

#include "base/prelude.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(size + 1);
    if (data == NULL || fread(data + 1, 1, size, file) != size) {
        perror(path);
        exit(1);
    }
    LLVMFuzzerTestOneInput(data + 1, size); /* ends with its allocation, for the sanitizer */
    free(data);
    fclose(file);
}

static unsigned run_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    unsigned count = 0;
    if (dir == NULL) {
        perror(folder);
        exit(1);
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            run_file(path);
            count++;
        }
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++) {
        count += run_folder(argv[i]);
    }
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1; /* an empty corpus tests nothing */
}
