/*
 * template_compiler: HTML templates in, C out.
 *
 *   template_compiler SOURCE.c HEADER.h TEMPLATE.html...
 *
 * The language and its rules: src/web/templates/README.md. Ends with status 1 and one line
 * "file:line: what is wrong" at the first fault, and then writes nothing.
 */
#include "template.h"

static int by_name(const void *left, const void *right)
{
    struct template *const *a = left;
    struct template *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

/* in the order of their names, so that the output does not depend on how they were listed */
static struct template *parse_all(struct pool *pool, char **paths, size_t count)
{
    struct template **all = pool_alloc(pool, count * sizeof(struct template *));
    for (size_t i = 0; i < count; i++) {
        all[i] = template_parse(pool, paths[i]);
    }
    qsort(all, count, sizeof all[0], by_name);
    for (size_t i = 0; i + 1 < count; i++) {
        if (strcmp(all[i]->name, all[i + 1]->name) == 0) {
            fail_at(all[i + 1]->path, 0, "a second template '%s'", all[i]->name);
        }
        all[i]->next = all[i + 1];
    }
    return all[0];
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: template_compiler SOURCE.c HEADER.h TEMPLATE.html...\n", stderr);
        return 2;
    }
    struct pool pool = { 0 };
    struct text header = { 0 };
    struct text source = { 0 };
    const char *slash = strrchr(argv[2], '/');
    struct template *templates = parse_all(&pool, argv + 3, (size_t)argc - 3);
    templates_emit(&pool, templates, slash != NULL ? slash + 1 : argv[2], &header, &source);
    text_write(&source, argv[1]);
    text_write(&header, argv[2]);
    pool_release(&pool);
    return 0;
}
