/*
 * check_layers SRC TABLE: refuses includes that the table of layers does not allow.
 *
 * The order of the folders is a promise about what can be understood, replaced and trusted by
 * itself: that the store knows nothing of the web, and that nobody but governance makes a
 * decision. The linker notices a breach only when a function is called across it; a type, a macro
 * or an inline function crosses unseen. So this program reads the include lines themselves.
 *
 * It reads lines, not C: an include under #if counts, one within a comment that starts on the
 * same line does not, since the line must begin with '#'. Being strict there costs nothing. The
 * rules are data (tools/layers.txt), for they are read by people more often than by this program.
 * Each breach is one line "file:line: what"; the exit status is 1 if there was one, 2 if the table
 * or the tree could not be read.
 *
 * Compared with a list of dependencies in each folder's meson.build (which exists too): that says
 * what a folder links, not what it may. One table on one page can be reviewed.
 */
#include <errno.h>
#include <fts.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RULES = 128, MAX_WORDS = 64, MAX_LINE = 4096 };

struct rule {
    char *what;             /* layer: the folder; only: what is guarded */
    char *words[MAX_WORDS]; /* layer: what it may include; only: who may include it */
    size_t word_count;
    bool is_layer;
};

struct checker {
    struct rule rules[MAX_RULES];
    size_t rule_count;
    unsigned breaches;
    unsigned files;
    unsigned includes;
};

static _Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("check_layers: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

static char *copy(const char *text, size_t length)
{
    char *made = strndup(text, length);
    if (!made)
        die("out of memory");
    return made;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    size_t length = strlen(text), tail = strlen(with);
    return length >= tail && strcmp(text + length - tail, with) == 0;
}

/* True when `path` is `pattern`, or lies in the folder that `pattern` (ending in /) names. */
static bool covers(const char *pattern, const char *path)
{
    return ends(pattern, "/") ? begins(path, pattern) : strcmp(pattern, path) == 0;
}

static struct rule *layer_of(struct checker *checker, const char *folder, size_t length)
{
    for (size_t i = 0; i < checker->rule_count; i++) {
        struct rule *rule = &checker->rules[i];
        if (rule->is_layer && strlen(rule->what) == length &&
            memcmp(rule->what, folder, length) == 0)
            return rule;
    }
    return NULL;
}

/* ---- the table ------------------------------------------------------------------------------ */

/* A layer may name only layers above it: that makes a circle impossible. */
static void check_word(struct checker *checker, const struct rule *rule, const char *word, int line)
{
    if (rule->is_layer && !layer_of(checker, word, strcspn(word, "/")))
        die("line %d of the table: %s names %s, which is no layer above it", line, rule->what,
            word);
}

static void read_rule(struct checker *checker, char *text, int line)
{
    char *colon = strchr(text, ':');
    bool is_layer = begins(text, "layer ");
    if (!colon || (!is_layer && !begins(text, "only ")))
        die("line %d of the table: neither 'layer FOLDER: ...' nor 'only WHAT: ...'", line);
    if (checker->rule_count == MAX_RULES)
        die("line %d of the table: more than %d rules", line, (int)MAX_RULES);

    *colon = '\0';
    const char *what = strchr(text, ' ') + 1;
    if (is_layer && layer_of(checker, what, strlen(what)))
        die("line %d of the table: %s has a line already", line, what);

    struct rule rule = { .what = copy(what, strlen(what)), .is_layer = is_layer };
    char *rest = NULL;
    for (char *word = strtok_r(colon + 1, " \t\n", &rest); word;
         word = strtok_r(NULL, " \t\n", &rest)) {
        if (rule.word_count == MAX_WORDS)
            die("line %d of the table: more than %d words", line, (int)MAX_WORDS);
        check_word(checker, &rule, word, line);
        rule.words[rule.word_count++] = copy(word, strlen(word));
    }
    checker->rules[checker->rule_count++] = rule;
}

static void read_table(struct checker *checker, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        die("%s: %s", path, strerror(errno));
    char line[MAX_LINE];
    for (int number = 1; fgets(line, sizeof(line), file); number++) {
        if (line[0] != '#' && line[strspn(line, " \t\n")] != '\0')
            read_rule(checker, line, number);
    }
    if (ferror(file))
        die("%s: %s", path, strerror(errno));
    fclose(file);
    if (checker->rule_count == 0)
        die("%s: no rule in it", path);
}

static void free_table(struct checker *checker)
{
    for (size_t i = 0; i < checker->rule_count; i++) {
        for (size_t j = 0; j < checker->rules[i].word_count; j++)
            free(checker->rules[i].words[j]);
        free(checker->rules[i].what);
    }
}

/* ---- one include ---------------------------------------------------------------------------- */

struct place {
    const char *file; /* from SRC, as it would be included */
    int line;
    const char *header; /* as included; with its <> when of the system */
};

static void breach(struct checker *checker, const struct place *at, const char *why)
{
    printf("src/%s:%d: includes %s: %s\n", at->file, at->line, at->header, why);
    checker->breaches++;
}

static bool any_covers(const struct rule *rule, const char *path)
{
    for (size_t i = 0; i < rule->word_count; i++) {
        if (covers(rule->words[i], path))
            return true;
    }
    return false;
}

static void check_guards(struct checker *checker, const struct place *at)
{
    for (size_t i = 0; i < checker->rule_count; i++) {
        const struct rule *rule = &checker->rules[i];
        if (!rule->is_layer && covers(rule->what, at->header) && !any_covers(rule, at->file)) {
            breach(checker, at, "kept for others alone ('only' in the table)");
            return;
        }
    }
}

static void check_internal(struct checker *checker, const struct place *at)
{
    size_t folder = (size_t)(strrchr(at->header, '/') + 1 - at->header);
    if (ends(at->header, "_internal.h") && strncmp(at->file, at->header, folder) != 0)
        breach(checker, at, "internal to its folder");
}

static bool layer_allows(const struct rule *layer, const char *header, size_t folder)
{
    for (size_t i = 0; i < layer->word_count; i++) {
        const char *word = layer->words[i];
        bool whole = strlen(word) == folder && memcmp(word, header, folder) == 0;
        if (whole || strcmp(word, header) == 0)
            return true;
    }
    return false;
}

static void check_layer(struct checker *checker, const struct place *at)
{
    size_t from = strcspn(at->file, "/"), to = strcspn(at->header, "/");
    const struct rule *layer = layer_of(checker, at->file, from);
    bool same = from == to && memcmp(at->file, at->header, from) == 0;
    if (!layer)
        breach(checker, at, "the including folder has no line in the table");
    else if (!same && !layer_allows(layer, at->header, to))
        breach(checker, at, "not allowed from this folder");
}

static void check_include(struct checker *checker, const struct place *at)
{
    checker->includes++;
    check_guards(checker, at);
    if (at->header[0] == '<')
        return;
    if (!strchr(at->header, '/') || strstr(at->header, "..")) {
        breach(checker, at, "write it from src/, as \"folder/name.h\"");
        return;
    }
    check_layer(checker, at);
    check_internal(checker, at);
}

/* ---- the tree ------------------------------------------------------------------------------- */

/* The header of an include line, with its <> but without its quotes; NULL for any other line. */
static char *included(const char *line)
{
    line += strspn(line, " \t");
    if (*line != '#')
        return NULL;
    line++;
    line += strspn(line, " \t");
    if (!begins(line, "include"))
        return NULL;
    line += strlen("include");
    line += strspn(line, " \t");
    if (*line != '"' && *line != '<')
        return NULL;
    size_t length = strcspn(line + 1, *line == '"' ? "\"" : ">");
    return *line == '"' ? copy(line + 1, length) : copy(line, length + 2);
}

static void check_file(struct checker *checker, const char *path, const char *name)
{
    FILE *file = fopen(path, "re");
    if (!file)
        die("%s: %s", path, strerror(errno));
    char *line = NULL;
    size_t size = 0;
    for (int number = 1; getline(&line, &size, file) >= 0; number++) {
        char *header = included(line);
        if (header)
            check_include(checker, &(struct place){ name, number, header });
        free(header);
    }
    if (ferror(file))
        die("%s: %s", path, strerror(errno));
    free(line);
    fclose(file);
    checker->files++;
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

static void check_tree(struct checker *checker, char *source)
{
    char *roots[] = { source, NULL };
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        die("%s: %s", source, strerror(errno));
    size_t prefix = strlen(source) + 1;
    for (FTSENT *entry = fts_read(tree); entry; entry = fts_read(tree)) {
        if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS)
            die("%s: %s", entry->fts_path, strerror(entry->fts_errno));
        bool is_c = ends(entry->fts_path, ".c") || ends(entry->fts_path, ".h");
        if (entry->fts_info == FTS_F && is_c)
            check_file(checker, entry->fts_path, entry->fts_path + prefix);
    }
    fts_close(tree);
    if (checker->files == 0)
        die("%s: no C source in it", source);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: check_layers SRC TABLE\n", stderr);
        return 2;
    }
    static struct checker checker;
    size_t length = strlen(argv[1]);
    while (length > 1 && argv[1][length - 1] == '/')
        argv[1][--length] = '\0';
    read_table(&checker, argv[2]);
    check_tree(&checker, argv[1]);
    free_table(&checker);
    printf("%u includes in %u files, %u not allowed\n", checker.includes, checker.files,
           checker.breaches);
    return checker.breaches > 0;
}
