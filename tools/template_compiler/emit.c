/*
 * emit.c: from trees to C.
 *
 * For each template a struct with its fields and one function that appends the page to a strbuf:
 * literals become one strbuf_add each, holes a call of the escaper that their context asks for
 * (src/web/html.h). There is no interpreter, no map of names and no allocation at run time: a page
 * is a row of memcpy. A name that the view does not declare, or a type that does not fit, is a
 * fault with the template's line, before any C compiler sees it.
 *
 * Names are looked up from the innermost {{#each}} outwards, as in C.
 */
#include <stdarg.h>

#include "template.h"

struct scope {
    const struct scope *outer;
    const struct record_type *type;
    char variable[16];
    char index[16]; /* empty outside of lists */
};

struct emitter {
    struct pool *pool;
    struct template *templates;
    struct text *out;
    struct text pending; /* literal text not yet written */
    unsigned depth;
    unsigned rows; /* list variables given out in this template */
    bool uses_assets;
};

static void line(struct emitter *emitter, const char *format, ...) PRINTF_LIKE(2, 3);

static void line(struct emitter *emitter, const char *format, ...)
{
    char buffer[768];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < sizeof buffer);
    for (unsigned i = 0; i < emitter->depth; i++) {
        text_add(emitter->pool, emitter->out, "    ", 4);
    }
    text_add(emitter->pool, emitter->out, buffer, (size_t)len);
    text_add(emitter->pool, emitter->out, "\n", 1);
}

/* -- literals -- */

static void add_escaped(struct emitter *emitter, char c)
{
    unsigned char byte = (unsigned char)c;
    if (c == '"' || c == '\\') {
        text_addf(emitter->pool, emitter->out, "\\%c", c);
    } else if (byte < 0x20 || byte >= 0x7f || c == '?') {
        text_addf(emitter->pool, emitter->out, "\\%03o", byte);
    } else {
        text_add(emitter->pool, emitter->out, &c, 1);
    }
}

static void flush(struct emitter *emitter)
{
    if (emitter->pending.len == 0) {
        return;
    }
    line(emitter, "strbuf_add(out, SLICE(");
    text_add(emitter->pool, emitter->out, "\"", 1);
    for (size_t i = 0; i < emitter->pending.len; i++) {
        add_escaped(emitter, emitter->pending.at[i]);
        if (emitter->pending.at[i] == '\n' && i + 1 < emitter->pending.len) {
            text_addf(emitter->pool, emitter->out, "\"\n\"");
        }
    }
    text_addf(emitter->pool, emitter->out, "\"));\n");
    emitter->pending.len = 0;
}

/* -- names -- */

static struct template *find_template(struct template *templates, const char *name)
{
    while (templates != NULL && strcmp(templates->name, name) != 0) {
        templates = templates->next;
    }
    return templates;
}

static const struct record_type *view_of(struct emitter *emitter, const struct field *field,
                                         struct place place)
{
    if (field->rows != NULL) {
        return field->rows;
    }
    struct template *other = find_template(emitter->templates, field->view_name);
    if (other == NULL) {
        fail_at(place.path, place.line, "there is no template '%s'", field->view_name);
    }
    return other->view;
}

/* the field at `path`, and its C expression in ret_expression */
static const struct field *resolve(struct emitter *emitter, const struct scope *scope,
                                   struct place place, const char *path, char *ret_expression,
                                   size_t size)
{
    size_t len = strcspn(path, ".");
    const struct field *field = NULL;
    for (; scope != NULL && field == NULL; scope = scope->outer) {
        field = record_type_find(scope->type, path, len);
        if (field != NULL) {
            snprintf(ret_expression, size, "%s->%s", scope->variable, field->name);
        }
    }
    while (field != NULL && path[len] == '.') {
        path += len + 1;
        len = strcspn(path, ".");
        if (field->type != FIELD_VIEW) {
            fail_at(place.path, place.line, "'%s' is no view: it has no '%s'", field->name, path);
        }
        field = record_type_find(view_of(emitter, field, place), path, len);
        if (field != NULL) {
            size_t used = strlen(ret_expression);
            snprintf(ret_expression + used, size - used, "->%s", field->name);
        }
    }
    if (field == NULL) {
        fail_at(place.path, place.line, "there is no field '%.*s'", (int)len, path);
    }
    return field;
}

/* -- nodes -- */

static void emit_nodes(struct emitter *emitter, const struct scope *scope, const struct node *node);

static const char *escaper(enum context context)
{
    static const char *const names[] = { [CONTEXT_TEXT] = "html_text",
                                         [CONTEXT_ADDRESS] = "html_address",
                                         [CONTEXT_ADDRESS_PART] = "html_address_part" };
    return names[context];
}

static void emit_field(struct emitter *emitter, const struct scope *scope, const struct node *node)
{
    char expression[256];
    const struct field *field =
        resolve(emitter, scope, node->place, node->name, expression, sizeof expression);
    flush(emitter);
    if (node->kind == NODE_RAW) {
        if (field->type != FIELD_HTML) {
            fail_at(node->place.path, node->place.line,
                    "{{raw %s}}: only a field of type html may be written as it is", node->name);
        }
        line(emitter, "html_raw(out, %s);", expression);
    } else if (field->type == FIELD_TEXT) {
        line(emitter, "%s(out, %s);", escaper(node->context), expression);
    } else if (field->type == FIELD_NUMBER) {
        line(emitter, "strbuf_add_u64(out, %s);", expression);
    } else {
        fail_at(node->place.path, node->place.line, "'%s' cannot be written out: %s", node->name,
                field->type == FIELD_HTML ? "use {{raw}}" : "use {{#if}}, {{#each}} or {{> }}");
    }
}

static void emit_index(struct emitter *emitter, const struct scope *scope, const struct node *node)
{
    while (scope != NULL && scope->index[0] == '\0') {
        scope = scope->outer;
    }
    if (scope == NULL) {
        fail_at(node->place.path, node->place.line, "{{@number}} stands only in {{#each}}");
    }
    flush(emitter);
    line(emitter, "strbuf_add_u64(out, %s + 1);", scope->index);
}

static void emit_if(struct emitter *emitter, const struct scope *scope, const struct node *node)
{
    static const char *const tests[] = {
        [FIELD_TEXT] = "%s.len > 0", [FIELD_NUMBER] = "%s != 0",
        [FIELD_FLAG] = "%s",         [FIELD_HTML] = "!html_is_empty(%s)",
        [FIELD_VIEW] = "%s != NULL", [FIELD_LIST] = "%s_count > 0",
    };
    char expression[256];
    const struct field *field =
        resolve(emitter, scope, node->place, node->name, expression, sizeof expression);
    flush(emitter);
    char test[300];
    const char *format = tests[field->type];
    const char *hole = strstr(format, "%s");
    snprintf(test, sizeof test, "%.*s%s%s", (int)(hole - format), format, expression, hole + 2);
    line(emitter, "if (%s) {", test);
    emitter->depth++;
    emit_nodes(emitter, scope, node->body);
    flush(emitter);
    emitter->depth--;
    if (node->otherwise != NULL) {
        line(emitter, "} else {");
        emitter->depth++;
        emit_nodes(emitter, scope, node->otherwise);
        flush(emitter);
        emitter->depth--;
    }
    line(emitter, "}");
}

static void emit_each(struct emitter *emitter, const struct scope *scope, const struct node *node)
{
    char expression[256];
    const struct field *field =
        resolve(emitter, scope, node->place, node->name, expression, sizeof expression);
    if (field->type != FIELD_LIST) {
        fail_at(node->place.path, node->place.line, "'%s' is no list", node->name);
    }
    flush(emitter);
    struct scope inner = { .outer = scope, .type = view_of(emitter, field, node->place) };
    unsigned number = ++emitter->rows;
    snprintf(inner.variable, sizeof inner.variable, "row%u", number);
    snprintf(inner.index, sizeof inner.index, "i%u", number);
    line(emitter, "for (size_t i%u = 0; i%u < %s_count; i%u++) {", number, number, expression,
         number);
    emitter->depth++;
    line(emitter, "const struct view_%s *row%u UNUSED = &%s[i%u];", inner.type->name, number,
         expression, number);
    emit_nodes(emitter, &inner, node->body);
    flush(emitter);
    emitter->depth--;
    line(emitter, "}");
}

static void emit_partial(struct emitter *emitter, const struct scope *scope,
                         const struct node *node)
{
    struct template *other = find_template(emitter->templates, node->name);
    if (other == NULL) {
        fail_at(node->place.path, node->place.line, "there is no template '%s'", node->name);
    }
    char expression[256] = "NULL";
    const struct record_type *given = NULL;
    if (node->argument != NULL && strcmp(node->argument, "this") == 0) {
        given = scope->type;
        snprintf(expression, sizeof expression, "%s", scope->variable);
    } else if (node->argument != NULL) {
        const struct field *field =
            resolve(emitter, scope, node->place, node->argument, expression, sizeof expression);
        if (field->type == FIELD_VIEW) {
            given = view_of(emitter, field, node->place);
        }
    }
    bool fits = node->argument == NULL ? other->view->fields == NULL : given == other->view;
    if (!fits) {
        fail_at(node->place.path, node->place.line, "template '%s' needs a view of its own type",
                node->name);
    }
    flush(emitter);
    line(emitter, "template_%s(%s, out);", other->name, expression);
}

static void emit_asset(struct emitter *emitter, const struct node *node)
{
    char name[128];
    snprintf(name, sizeof name, "%s", node->name);
    for (char *c = name; *c != '\0'; c++) {
        if (*c == '.' || *c == '-') {
            *c = '_';
        }
    }
    flush(emitter);
    line(emitter, "strbuf_add(out, asset_%s.url);", name);
    emitter->uses_assets = true;
}

static void emit_nodes(struct emitter *emitter, const struct scope *scope, const struct node *node)
{
    for (; node != NULL; node = node->next) {
        switch (node->kind) {
        case NODE_TEXT:
            text_add(emitter->pool, &emitter->pending, node->name, node->len);
            break;
        case NODE_FIELD:
        case NODE_RAW:
            emit_field(emitter, scope, node);
            break;
        case NODE_INDEX:
            emit_index(emitter, scope, node);
            break;
        case NODE_ASSET:
            emit_asset(emitter, node);
            break;
        case NODE_IF:
            emit_if(emitter, scope, node);
            break;
        case NODE_EACH:
            emit_each(emitter, scope, node);
            break;
        case NODE_PARTIAL:
            emit_partial(emitter, scope, node);
            break;
        }
    }
}

/* -- declarations -- */

static void emit_type(struct emitter *emitter, const struct record_type *type, const char *path)
{
    for (const struct field *field = type->fields; field != NULL; field = field->next) {
        if (field->rows != NULL) {
            emit_type(emitter, field->rows, path);
        }
    }
    line(emitter, "struct view_%s {", type->name);
    emitter->depth++;
    for (const struct field *field = type->fields; field != NULL; field = field->next) {
        static const char *const types[] = { [FIELD_TEXT] = "struct slice",
                                             [FIELD_NUMBER] = "uint64_t",
                                             [FIELD_FLAG] = "bool",
                                             [FIELD_HTML] = "struct html" };
        if (field->type != FIELD_VIEW && field->type != FIELD_LIST) {
            line(emitter, "%s %s;", types[field->type], field->name);
            continue;
        }
        const struct record_type *other =
            view_of(emitter, field, (struct place){ path, field->line });
        line(emitter, "const struct view_%s *%s;", other->name, field->name);
        if (field->type == FIELD_LIST) {
            line(emitter, "size_t %s_count;", field->name);
        }
    }
    if (type->fields == NULL) {
        line(emitter, "char nothing; /* the template has no fields */");
    }
    emitter->depth--;
    line(emitter, "};\n");
}

static void emit_header(struct emitter *emitter)
{
    line(emitter, "/* Made by tools/template_compiler from the templates; not to be edited. */");
    line(emitter, "#pragma once\n#include \"web/html.h\"\n");
    for (struct template *t = emitter->templates; t != NULL; t = t->next) {
        line(emitter, "struct view_%s;", t->name);
    }
    for (struct template *t = emitter->templates; t != NULL; t = t->next) {
        line(emitter, "\n/* %s.html */", t->name);
        emit_type(emitter, t->view, t->path);
        line(emitter, "void template_%s(const struct view_%s *view, struct strbuf *out);", t->name,
             t->name);
    }
}

static void emit_function(struct emitter *emitter, const struct template *t)
{
    struct scope scope = { .type = t->view, .variable = "view" };
    emitter->rows = 0;
    line(emitter, "\nvoid template_%s(const struct view_%s *view UNUSED, struct strbuf *out)\n{",
         t->name, t->name);
    emitter->depth++;
    emit_nodes(emitter, &scope, t->body);
    flush(emitter);
    emitter->depth--;
    line(emitter, "}");
}

void templates_emit(struct pool *pool, struct template *templates, const char *header_name,
                    struct text *header, struct text *source)
{
    struct text bodies = { 0 };
    struct emitter emitter = { .pool = pool, .templates = templates, .out = header };
    emit_header(&emitter);
    emitter.out = &bodies;
    for (struct template *t = templates; t != NULL; t = t->next) {
        emit_function(&emitter, t);
    }
    emitter.out = source;
    line(&emitter, "/* Made by tools/template_compiler from the templates; not to be edited. */");
    line(&emitter, "#include \"%s\"", header_name);
    if (emitter.uses_assets) {
        line(&emitter, "#include \"assets.h\"");
    }
    text_add(pool, source, bodies.at != NULL ? bodies.at : "", bodies.len);
}
