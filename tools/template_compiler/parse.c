/*
 * parse.c: from the text of a template to a tree of nodes.
 *
 * One pass, recursive for blocks. The template's own text runs through scan.c as it is read, in
 * document order, so a hole's context is known when it is met. A block must leave the HTML as it
 * found it: both branches of an {{#if}} and the body of an {{#each}} end in one state, otherwise
 * what follows would have two meanings.
 *
 * White space: a line that holds nothing but a block's tag disappears; elsewhere a run of white
 * space with a line end in it becomes one line end, and inside a tag one space. <pre> and
 * <textarea> keep theirs.
 */
#include "template.h"

struct parser {
    struct pool *pool;
    const char *path;
    const char *at;
    const char *start;
    unsigned line;
    struct scan scan;
    struct template *template;
};

struct tag {
    char *text; /* between {{ and }}, trimmed */
    unsigned line;
};

static struct place here(const struct parser *parser)
{
    return (struct place){ parser->path, parser->line };
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* the next word of *at on its line, or NULL */
static char *take_word(struct pool *pool, const char **at)
{
    while (**at == ' ' || **at == '\t') {
        (*at)++;
    }
    const char *start = *at;
    while (**at != '\0' && !is_space(**at)) {
        (*at)++;
    }
    return *at == start ? NULL : pool_text(pool, start, (size_t)(*at - start));
}

static void check_name(struct place place, const char *name, const char *what)
{
    bool good = name != NULL && name[0] >= 'a' && name[0] <= 'z';
    for (const char *c = name; good && *c != '\0'; c++) {
        good = is_word(*c);
    }
    if (!good) {
        fail_at(place.path, place.line, "%s must be a name of a-z, 0-9 and _, not '%s'", what,
                name != NULL ? name : "");
    }
}

/* ---- {{!view ... }} ---- */

const struct field *record_type_find(const struct record_type *type, const char *name, size_t len)
{
    for (const struct field *field = type->fields; field != NULL; field = field->next) {
        if (strlen(field->name) == len && memcmp(field->name, name, len) == 0) {
            return field;
        }
    }
    return NULL;
}

static bool field_type_find(const char *word, enum field_type *ret_type)
{
    static const struct {
        const char *word;
        enum field_type type;
    } types[] = { { "text", FIELD_TEXT }, { "number", FIELD_NUMBER }, { "flag", FIELD_FLAG },
                  { "html", FIELD_HTML }, { "view", FIELD_VIEW },     { "list", FIELD_LIST } };
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
        if (strcmp(types[i].word, word) == 0) {
            *ret_type = types[i].type;
            return true;
        }
    }
    return false;
}

static void append_field(struct record_type *type, struct field *field)
{
    struct field **end = &type->fields;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = field;
}

static void parse_fields(struct parser *parser, struct record_type *type, const char **at,
                         struct place *place, bool nested);

/* what follows "list NAME" or "view NAME" */
static void parse_field_rest(struct parser *parser, struct record_type *type, struct field *field,
                             const char **at, struct place *place)
{
    char *word = take_word(parser->pool, at);
    if (word != NULL && strcmp(word, "of") == 0) {
        field->view_name = take_word(parser->pool, at);
        check_name(*place, field->view_name, "the template behind 'of'");
        return;
    }
    if (word != NULL && word[0] != '#') {
        fail_at(place->path, place->line, "'of' expected, not '%s'", word);
    }
    if (field->type == FIELD_VIEW) {
        fail_at(place->path, place->line, "write: view %s of TEMPLATE", field->name);
    }
    while (**at != '\0' && **at != '\n') { /* a comment */
        (*at)++;
    }
    size_t size = strlen(type->name) + strlen(field->name) + 2;
    field->rows = pool_alloc(parser->pool, sizeof *field->rows);
    field->rows->name = pool_alloc(parser->pool, size);
    snprintf(field->rows->name, size, "%s_%s", type->name, field->name);
    parse_fields(parser, field->rows, at, place, true);
}

/* one "TYPE NAME ..." */
static void parse_field(struct parser *parser, struct record_type *type, const char *word,
                        const char **at, struct place *place)
{
    struct field *field = pool_alloc(parser->pool, sizeof *field);
    if (!field_type_find(word, &field->type)) {
        fail_at(place->path, place->line, "unknown type '%s': text, number, flag, html, view, list",
                word);
    }
    field->line = place->line;
    field->name = take_word(parser->pool, at);
    check_name(*place, field->name, "a field");
    if (record_type_find(type, field->name, strlen(field->name)) != NULL) {
        fail_at(place->path, place->line, "field '%s' is there twice", field->name);
    }
    append_field(type, field);
    if (field->type == FIELD_VIEW || field->type == FIELD_LIST) {
        parse_field_rest(parser, type, field, at, place);
    }
    char *more = take_word(parser->pool, at);
    if (more != NULL && more[0] != '#') {
        fail_at(place->path, place->line, "'%s' is too much", more);
    }
}

static void parse_fields(struct parser *parser, struct record_type *type, const char **at,
                         struct place *place, bool nested)
{
    while (**at != '\0') {
        char *word = take_word(parser->pool, at);
        if (word != NULL && strcmp(word, "end") == 0 && nested) {
            return;
        }
        if (word != NULL && word[0] != '#') {
            parse_field(parser, type, word, at, place);
        }
        while (**at != '\0' && **at != '\n') { /* the rest is a comment */
            (*at)++;
        }
        if (**at == '\n') {
            (*at)++;
            place->line++;
        }
    }
    if (nested) {
        fail_at(place->path, place->line, "the list has no 'end'");
    }
}

/* ---- text ---- */

static void append_node(struct node ***end, struct node *node)
{
    **end = node;
    *end = &node->next;
}

static struct node *new_node(struct parser *parser, enum node_kind kind, unsigned line)
{
    struct node *node = pool_alloc(parser->pool, sizeof *node);
    node->kind = kind;
    node->place = (struct place){ parser->path, line };
    return node;
}

/* the run of white space at *at, as it is written out */
static void take_space(struct parser *parser, const char *end, struct text *out)
{
    bool in_tag = parser->scan.state == SCAN_SPACE || parser->scan.state == SCAN_BOUNDARY ||
                  parser->scan.state == SCAN_TAG_NAME || parser->scan.state == SCAN_ATTRIBUTE;
    bool has_line_end = false;
    size_t len = 0;
    while (parser->at < end && is_space(*parser->at)) {
        if (*parser->at == '\n') {
            has_line_end = true;
            parser->line++;
        }
        parser->at++;
        len++;
    }
    bool fold = in_tag || (parser->scan.state == SCAN_TEXT && has_line_end);
    scan_character(&parser->scan, here(parser), ' ');
    if (!fold) {
        text_add(parser->pool, out, parser->at - len, len);
    } else if (out->len == 0 || in_tag || out->at[out->len - 1] != '\n') {
        text_add(parser->pool, out, in_tag ? " " : "\n", 1);
    }
}

static void take_text(struct parser *parser, const char *end, struct node ***nodes)
{
    struct text out = { 0 };
    unsigned line = parser->line;
    while (parser->at < end) {
        if (is_space(*parser->at) && !parser->scan.preformatted) {
            take_space(parser, end, &out);
            continue;
        }
        scan_character(&parser->scan, here(parser), *parser->at);
        text_add(parser->pool, &out, parser->at, 1);
        if (*parser->at == '\n') {
            parser->line++;
        }
        parser->at++;
    }
    if (out.len > 0) {
        struct node *node = new_node(parser, NODE_TEXT, line);
        node->name = out.at;
        node->len = out.len;
        append_node(nodes, node);
    }
}

/* ---- tags ---- */

static bool vanishes(const char *tag)
{
    return tag[0] == '#' || tag[0] == '/' || tag[0] == '!' || tag[0] == '>' ||
           strncmp(tag, "else", 4) == 0;
}

/* if nothing else stands on the line of the tag from `open` to `close`: what to leave out */
static void whole_line(const struct parser *parser, const char **text_end, const char **after)
{
    const char *left = *text_end;
    while (left > parser->at && (left[-1] == ' ' || left[-1] == '\t')) {
        left--;
    }
    const char *right = *after;
    while (*right == ' ' || *right == '\t' || *right == '\r') {
        right++;
    }
    bool starts_line = left == parser->start || left[-1] == '\n';
    if (starts_line && (*right == '\n' || *right == '\0')) {
        *text_end = left;
        *after = *right == '\n' ? right + 1 : right;
    }
}

static void count_lines(struct parser *parser, const char *until)
{
    for (; parser->at < until; parser->at++) {
        if (*parser->at == '\n') {
            parser->line++;
        }
    }
}

/* text up to the next tag, then that tag; false at the end of the file */
static bool next_tag(struct parser *parser, struct node ***nodes, struct tag *ret_tag)
{
    const char *open = strstr(parser->at, "{{");
    if (open == NULL) {
        const char *end = parser->at + strlen(parser->at);
        while (end > parser->at && is_space(end[-1]) && !parser->scan.preformatted) {
            end--;
        }
        take_text(parser, end, nodes);
        return false;
    }
    const char *close = strstr(open, "}}");
    if (close == NULL) {
        count_lines(parser, open);
        fail_at(parser->path, parser->line, "'{{' without '}}'");
    }
    const char *first = open + 2;
    const char *last = close;
    while (first < last && is_space(*first)) {
        first++;
    }
    while (last > first && is_space(last[-1])) {
        last--;
    }
    ret_tag->text = pool_text(parser->pool, first, (size_t)(last - first));
    const char *after = close + 2;
    const char *text_end = open;
    if (vanishes(ret_tag->text)) {
        whole_line(parser, &text_end, &after);
    }
    take_text(parser, text_end, nodes);
    count_lines(parser, first);
    ret_tag->line = parser->line;
    count_lines(parser, after);
    return true;
}

static void check_path(struct place place, const char *path)
{
    bool good = path != NULL && path[0] != '\0';
    for (const char *c = path; good && *c != '\0'; c++) {
        good = is_word(*c) || *c == '.';
    }
    if (!good) {
        fail_at(place.path, place.line, "'%s' is not the name of a field",
                path != NULL ? path : "");
    }
}

static void parse_nodes(struct parser *parser, struct node ***nodes, struct tag *ret_end);

static void close_block(struct parser *parser, const struct node *block, const struct tag *end,
                        const char *word)
{
    if (end->text == NULL || end->text[0] != '/' || strcmp(end->text + 1, word) != 0) {
        fail_at(block->place.path, block->place.line, "{{#%s %s}} is not closed by {{/%s}}", word,
                block->name, word);
    }
    (void)parser;
}

static void check_state(const struct parser *parser, const struct scan *expected,
                        const struct node *block, const char *what)
{
    if (!scan_same(&parser->scan, expected)) {
        fail_at(block->place.path, block->place.line,
                "%s leaves the HTML in %s, but it must be in %s (tag '%s', attribute '%s')", what,
                scan_words(&parser->scan), scan_words(expected), expected->tag,
                expected->attribute);
    }
}

static void parse_if(struct parser *parser, struct node *node)
{
    scan_block_edge(&parser->scan, node->place);
    struct scan before = parser->scan;
    struct tag end = { 0 };
    struct node **body = &node->body;
    parse_nodes(parser, &body, &end);
    scan_block_edge(&parser->scan, node->place);
    struct scan after = parser->scan;
    parser->scan = before;
    if (end.text != NULL && strcmp(end.text, "else") == 0) {
        struct node **otherwise = &node->otherwise;
        parse_nodes(parser, &otherwise, &end);
        scan_block_edge(&parser->scan, node->place);
    }
    close_block(parser, node, &end, "if");
    check_state(parser, &after, node, "the other branch of this {{#if}}");
}

static void parse_each(struct parser *parser, struct node *node)
{
    scan_block_edge(&parser->scan, node->place);
    struct scan before = parser->scan;
    struct tag end = { 0 };
    struct node **body = &node->body;
    parse_nodes(parser, &body, &end);
    scan_block_edge(&parser->scan, node->place);
    close_block(parser, node, &end, "each");
    check_state(parser, &before, node, "the body of this {{#each}}");
}

static void parse_block(struct parser *parser, const struct tag *tag, struct node ***nodes)
{
    const char *at = tag->text + 1;
    char *word = take_word(parser->pool, &at);
    bool is_if = word != NULL && strcmp(word, "if") == 0;
    struct node *node = new_node(parser, is_if ? NODE_IF : NODE_EACH, tag->line);
    if (!is_if && (word == NULL || strcmp(word, "each") != 0)) {
        fail_at(parser->path, tag->line, "unknown block '#%s': if, each", word ? word : "");
    }
    node->name = take_word(parser->pool, &at);
    check_path(node->place, node->name);
    append_node(nodes, node);
    if (is_if) {
        parse_if(parser, node);
    } else {
        parse_each(parser, node);
    }
}

static void parse_partial(struct parser *parser, const struct tag *tag, struct node ***nodes)
{
    struct node *node = new_node(parser, NODE_PARTIAL, tag->line);
    const char *at = tag->text + 1;
    node->name = take_word(parser->pool, &at);
    check_name(node->place, node->name, "a partial");
    node->argument = take_word(parser->pool, &at);
    if (node->argument != NULL) {
        check_path(node->place, node->argument);
    }
    if (parser->scan.state != SCAN_TEXT) {
        fail_at(parser->path, tag->line, "a partial stands between tags, not in %s",
                scan_words(&parser->scan));
    }
    append_node(nodes, node);
}

static void parse_asset(struct parser *parser, const struct tag *tag, struct node ***nodes)
{
    struct node *node = new_node(parser, NODE_ASSET, tag->line);
    const char *at = tag->text + strlen("asset");
    node->name = take_word(parser->pool, &at);
    bool quoted = parser->scan.state == SCAN_DOUBLE || parser->scan.state == SCAN_SINGLE;
    if (node->name == NULL || !quoted || parser->scan.address != ADDRESS_START) {
        fail_at(parser->path, tag->line, "{{asset NAME}} is the whole value of an address");
    }
    parser->scan.address = ADDRESS_OPEN;
    append_node(nodes, node);
}

static void parse_hole(struct parser *parser, const struct tag *tag, struct node ***nodes)
{
    bool raw = strncmp(tag->text, "raw ", 4) == 0;
    bool index = strcmp(tag->text, "@number") == 0;
    struct node *node = new_node(parser,
                                 raw     ? NODE_RAW
                                 : index ? NODE_INDEX
                                         : NODE_FIELD,
                                 tag->line);
    const char *at = tag->text + (raw ? 4 : 0);
    if (!index) {
        node->name = take_word(parser->pool, &at);
        check_path(node->place, node->name);
    }
    if (!index && take_word(parser->pool, &at) != NULL) {
        fail_at(parser->path, tag->line, "'{{%s}}' is not understood", tag->text);
    }
    if (raw && parser->scan.state != SCAN_TEXT) {
        fail_at(parser->path, tag->line, "{{raw}} stands between tags only, not in %s",
                scan_words(&parser->scan));
    }
    node->context = scan_hole(&parser->scan, node->place);
    append_node(nodes, node);
}

static void parse_view(struct parser *parser, const struct tag *tag)
{
    if (parser->template->view->fields != NULL) {
        fail_at(parser->path, tag->line, "a second {{!view}}");
    }
    const char *at = tag->text + strlen("!view");
    struct place place = { parser->path, tag->line };
    parse_fields(parser, parser->template->view, &at, &place, false);
}

static bool is_view(const char *tag)
{
    return strncmp(tag, "!view", 5) == 0 && (tag[5] == '\0' || is_space(tag[5]));
}

/* up to the end of the file or a tag that closes or divides a block, which goes to *ret_end */
static void parse_nodes(struct parser *parser, struct node ***nodes, struct tag *ret_end)
{
    struct tag tag = { 0 };
    while (next_tag(parser, nodes, &tag)) {
        if (tag.text[0] == '/' || strcmp(tag.text, "else") == 0) {
            *ret_end = tag;
            return;
        }
        if (is_view(tag.text)) {
            parse_view(parser, &tag);
        } else if (tag.text[0] == '#') {
            parse_block(parser, &tag, nodes);
        } else if (tag.text[0] == '>') {
            parse_partial(parser, &tag, nodes);
        } else if (strncmp(tag.text, "asset ", 6) == 0) {
            parse_asset(parser, &tag, nodes);
        } else if (tag.text[0] != '!') {
            parse_hole(parser, &tag, nodes);
        }
    }
    *ret_end = (struct tag){ 0 };
}

static char *name_of_file(struct pool *pool, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *start = slash != NULL ? slash + 1 : path;
    const char *dot = strchr(start, '.');
    size_t len = dot != NULL ? (size_t)(dot - start) : strlen(start);
    char *name = pool_text(pool, start, len);
    check_name((struct place){ path, 0 }, name, "the file of a template");
    return name;
}

struct template *template_parse(struct pool *pool, const char *path)
{
    struct template *template = pool_alloc(pool, sizeof *template);
    template->path = path;
    template->name = name_of_file(pool, path);
    template->view = pool_alloc(pool, sizeof *template->view);
    template->view->name = template->name;
    struct text text = text_read(pool, path);
    if (memchr(text.at, '\0', text.len) != NULL) {
        fail_at(path, 0, "holds a NUL byte");
    }
    struct parser parser = { .pool = pool, .path = path, .line = 1, .template = template };
    parser.at = parser.start = text.at;
    scan_init(&parser.scan);
    struct node **nodes = &template->body;
    struct tag end = { 0 };
    parse_nodes(&parser, &nodes, &end);
    if (end.text != NULL) {
        fail_at(path, end.line, "'{{%s}}' closes no block", end.text);
    }
    if (parser.scan.state != SCAN_TEXT) {
        fail_at(path, parser.line, "the template ends in %s", scan_words(&parser.scan));
    }
    return template;
}
