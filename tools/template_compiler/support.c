/*
 * support.c: memory, text and the one way to fail, for a tool that runs in a build.
 *
 * Nothing is freed before the end. A fault names file and line in the form that editors and meson's
 * output understand, so that a mistake in a template reads like a mistake in C.
 */
#include <stdarg.h>

#include "template.h"

struct pool_block {
    struct pool_block *older;
    size_t used;
    size_t size;
    alignas(max_align_t) char bytes[];
};

void *pool_alloc(struct pool *pool, size_t size)
{
    size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    struct pool_block *block = pool->newest;
    if (block == NULL || block->size - block->used < size) {
        size_t room = size > 65536 ? size : 65536;
        block = calloc(1, sizeof *block + room);
        if (block == NULL) {
            fputs("template_compiler: no memory\n", stderr);
            exit(1);
        }
        block->size = room;
        block->older = pool->newest;
        pool->newest = block;
    }
    void *result = block->bytes + block->used;
    block->used += size;
    return result;
}

char *pool_text(struct pool *pool, const char *start, size_t len)
{
    char *copy = pool_alloc(pool, len + 1);
    memcpy(copy, start, len);
    return copy;
}

void pool_release(struct pool *pool)
{
    while (pool->newest != NULL) {
        struct pool_block *older = pool->newest->older;
        free(pool->newest);
        pool->newest = older;
    }
}

void text_add(struct pool *pool, struct text *text, const char *start, size_t len)
{
    if (text->capacity - text->len < len + 1) {
        size_t capacity = (text->capacity + len + 256) * 2;
        char *at = pool_alloc(pool, capacity);
        if (text->len > 0) {
            memcpy(at, text->at, text->len);
        }
        text->at = at;
        text->capacity = capacity;
    }
    memcpy(text->at + text->len, start, len);
    text->len += len;
    text->at[text->len] = '\0';
}

void text_addf(struct pool *pool, struct text *text, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < sizeof line);
    text_add(pool, text, line, (size_t)len);
}

struct text text_read(struct pool *pool, const char *path)
{
    struct text text = { 0 };
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_at(path, 0, "cannot be read");
    }
    char piece[8192];
    size_t len;
    while ((len = fread(piece, 1, sizeof piece, file)) > 0) {
        text_add(pool, &text, piece, len);
    }
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed) {
        fail_at(path, 0, "cannot be read");
    }
    if (text.at == NULL) {
        text_add(pool, &text, "", 0);
    }
    return text;
}

void text_write(const struct text *text, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(text->at, 1, text->len, file) != text->len) {
        fail_at(path, 0, "cannot be written");
    }
    if (fclose(file) != 0) {
        fail_at(path, 0, "cannot be written");
    }
}

void fail_at(const char *path, unsigned line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%u: ", path, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}
