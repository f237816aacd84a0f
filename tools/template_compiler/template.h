/*
 * template.h: what the parts of the template compiler share.
 *
 * A template is an HTML file with typed holes. parse.c reads it into a tree while scan.c follows
 * the HTML around it, so that every hole knows whether it stands in text, in an attribute or in an
 * address; emit.c writes the tree as C. The language: src/web/templates/README.md.
 *
 * A tool of the build: it prints its faults and ends. Memory comes from one pool and goes at the
 * end; a compiler lives for a fraction of a second.
 */
#ifndef EVENLODE_TOOLS_TEMPLATE_H
#define EVENLODE_TOOLS_TEMPLATE_H

#include "base/prelude.h"

/* ---- support.c ---- */

struct pool_block;

struct pool {
    struct pool_block *newest;
};

/* zeroed; ends the program without memory */
void *pool_alloc(struct pool *pool, size_t size);
char *pool_text(struct pool *pool, const char *start, size_t len);
void pool_release(struct pool *pool);

struct text {
    char *at;
    size_t len;
    size_t capacity;
};

void text_add(struct pool *pool, struct text *text, const char *start, size_t len);
void text_addf(struct pool *pool, struct text *text, const char *format, ...) PRINTF_LIKE(3, 4);
/* the whole file, NUL behind it; ends the program when it cannot be read */
struct text text_read(struct pool *pool, const char *path);
void text_write(const struct text *text, const char *path);

/* "path:line: message" on stderr, and the end */
void fail_at(const char *path, unsigned line, const char *format, ...) PRINTF_LIKE(3, 4)
    __attribute__((noreturn));

/* ---- scan.c: where in the HTML are we? ---- */

enum scan_state {
    SCAN_TEXT,
    SCAN_TAG_OPEN, /* after '<' */
    SCAN_TAG_NAME,
    SCAN_SPACE,     /* between attributes, after white space */
    SCAN_ATTRIBUTE, /* in an attribute's name */
    SCAN_EQUALS,    /* after "name=" */
    SCAN_DOUBLE,    /* in "..." */
    SCAN_SINGLE,    /* in '...' */
    SCAN_BOUNDARY,  /* behind a name or value: white space, '/' or '>' must follow */
    SCAN_COMMENT,
    SCAN_DECLARATION, /* <!doctype ...> */
    SCAN_SCRIPT,      /* content of <script>: must be empty */
};

/* how far the scheme of an address is settled by what stands before a hole */
enum scan_address {
    ADDRESS_NONE,  /* not an attribute that holds an address */
    ADDRESS_START, /* nothing yet: the hole may bring a scheme, which is checked */
    ADDRESS_OPEN,  /* letters that may still become a scheme: no hole here */
    ADDRESS_FIXED, /* '/', '?' or '#' has been seen: a hole is one part, percent-encoded */
};

#define SCAN_NAME 32

struct scan {
    enum scan_state state;
    enum scan_address address;
    bool end_tag;
    bool preformatted; /* in <pre> or <textarea>: white space is kept */
    char tag[SCAN_NAME];
    char attribute[SCAN_NAME];
    unsigned dashes; /* of the end of a comment */
};

struct place {
    const char *path;
    unsigned line;
};

void scan_init(struct scan *scan);
/* takes one character of the template's own text; fails on what no page of ours may hold */
void scan_character(struct scan *scan, struct place place, char character);

enum context {
    CONTEXT_TEXT,         /* text and quoted attributes: one escaper serves both */
    CONTEXT_ADDRESS,      /* a whole address, scheme checked */
    CONTEXT_ADDRESS_PART, /* a part of one, percent-encoded */
};

/* the context of a hole that stands here; fails where none may stand */
enum context scan_hole(struct scan *scan, struct place place);
/* may a block ({{#if}}, {{#each}}, {{> }}) begin or end here? normalises the state for comparing */
void scan_block_edge(struct scan *scan, struct place place);
bool scan_same(const struct scan *a, const struct scan *b);
const char *scan_words(const struct scan *scan);

/* ---- parse.c ---- */

enum field_type {
    FIELD_TEXT,
    FIELD_NUMBER,
    FIELD_FLAG,
    FIELD_HTML,
    FIELD_VIEW, /* the view of another template */
    FIELD_LIST, /* rows of its own, or views of another template */
};

struct record_type;

struct field {
    struct field *next;
    char *name;
    enum field_type type;
    unsigned line;
    char *view_name;          /* VIEW, and LIST of views: the other template */
    struct record_type *rows; /* LIST with its own rows; for views once all files are read */
};

struct record_type {
    char *name; /* C struct name without "view_" */
    struct field *fields;
};

enum node_kind {
    NODE_TEXT,
    NODE_FIELD,
    NODE_RAW,
    NODE_INDEX,
    NODE_ASSET,
    NODE_IF,
    NODE_EACH,
    NODE_PARTIAL
};

struct node {
    struct node *next;
    enum node_kind kind;
    struct place place;
    char *name;     /* path of the field; text; asset; partial */
    size_t len;     /* of text */
    char *argument; /* of a partial: path of its view; NULL for none */
    enum context context;
    struct node *body;
    struct node *otherwise;
};

struct template
{
    struct template *next;
    char *name;
    const char *path;
    struct record_type *view;
    struct node *body;
};

struct template *template_parse(struct pool *pool, const char *path);
const struct field *record_type_find(const struct record_type *type, const char *name, size_t len);

/* ---- emit.c ---- */

/* header and source for all templates; resolves names and fails on unknown ones */
void templates_emit(struct pool *pool, struct template *templates, const char *header_name,
                    struct text *header, struct text *source);

#endif
