/*
 * references.c: finding and rewriting references, every other byte kept.
 *
 * One walk serves both: it follows the tables to know which strings are references, URIs or
 * narrative, and copies what it passes. Copying goes by spans of the source: while the next piece
 * lies right behind the last one the span only grows, so a body that was already without white
 * space is copied in a few pieces. With no output the same walk just visits.
 *
 * Nodes below an element that the tables do not know are copied likewise; nothing in them is a
 * reference.
 */
#include "fhir/references.h"

#include "fhir/index_take.h"
#include "fhir/narrative.h"
#include "base/limits.h"

#define NO_STRUCTURE FHIR_TYPE_NONE

struct rewriter {
    const struct json *json;
    struct arena *arena;
    struct strbuf *out; /* NULL: visit only */
    const struct fhir_rewrite *rewrite;
    size_t start; /* of the pending span of json->text */
    size_t end;
    bool has_failed;
};

/* -- output by spans -------------------------------------------------------------------------- */

static void flush(struct rewriter *r)
{
    if (r->end > r->start && r->out != NULL) {
        strbuf_add(r->out, slice_of(r->json->text.ptr + r->start, r->end - r->start));
    }
    r->start = r->end = 0;
}

static void put_byte(struct rewriter *r, char c)
{
    if (r->end > r->start && r->end < r->json->text.len && r->json->text.ptr[r->end] == c) {
        r->end++;
        return;
    }
    flush(r);
    if (r->out != NULL) {
        strbuf_add_byte(r->out, c);
    }
}

/* a token as it stands, a string with its quotes */
static void put_token(struct rewriter *r, json_ix ix)
{
    const struct json_node *node = &r->json->nodes[ix];
    size_t quotes = node->type == JSON_STRING ? 1 : 0;
    size_t start = node->offset - quotes;
    size_t end = node->offset + node->length + quotes;
    if (r->end != start || r->end == r->start) {
        flush(r);
        r->start = start;
    }
    r->end = end;
}

static void put_string(struct rewriter *r, struct slice text)
{
    flush(r);
    if (r->out != NULL) {
        struct json_writer writer;
        json_writer_init(&writer, r->out);
        json_write_string(&writer, text);
    }
}

static void put_member(struct rewriter *r, struct slice name, struct slice text)
{
    put_string(r, name);
    put_byte(r, ':');
    put_string(r, text);
}

/* -- links ------------------------------------------------------------------------------------ */

static struct slice text_of(struct rewriter *r, json_ix ix)
{
    const struct json_node *node = &r->json->nodes[ix];
    if (!node->escaped) {
        return slice_of(r->json->text.ptr + node->offset, node->length);
    }
    struct slice text = json_string(r->json, ix, r->arena);
    r->has_failed |= text.ptr == NULL;
    return text;
}

static bool ask(struct rewriter *r, const struct fhir_link *link, struct slice *ret_text)
{
    return !r->has_failed &&
           r->rewrite->replace(r->rewrite->context, link, ret_text, &r->has_failed) &&
           !r->has_failed;
}

static void write_link(struct rewriter *r, enum fhir_link_kind kind, json_ix ix)
{
    struct fhir_link link = { kind, ix, text_of(r, ix) };
    struct slice text;
    if (ask(r, &link, &text)) {
        put_string(r, text);
    } else {
        put_token(r, ix);
    }
}

static void add_attribute(struct strbuf *out, struct slice text)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '"', "&quot;" }, { '\'', "&#39;" } };
    for (size_t i = 0; i < text.len; i++) {
        const char *entity = NULL;
        for (size_t k = 0; k < ARRAY_LENGTH(entities); k++) {
            entity = text.ptr[i] == entities[k].c ? entities[k].entity : entity;
        }
        if (entity != NULL) {
            strbuf_add_string(out, entity);
        } else {
            strbuf_add_byte(out, text.ptr[i]);
        }
    }
}

/* A div has a URL in few resources; letters of "href" written as \u escapes are not looked for. */
static bool may_have_url(const struct rewriter *r, json_ix ix)
{
    const struct json_node *node = &r->json->nodes[ix];
    const char *text = r->json->text.ptr + node->offset;
    return memmem(text, node->length, "href", 4) != NULL ||
           memmem(text, node->length, "src", 3) != NULL;
}

static void write_narrative(struct rewriter *r, json_ix ix)
{
    if (!may_have_url(r, ix)) {
        put_token(r, ix);
        return;
    }
    struct slice div = text_of(r, ix), url, text;
    struct strbuf changed;
    strbuf_init(&changed, LIMIT_RESOURCE_BODY);
    size_t copied = 0;
    size_t at = 0;
    while (fhir_narrative_url(div, &at, &url)) {
        struct fhir_link link = { FHIR_LINK_NARRATIVE, ix, url };
        if (ask(r, &link, &text)) {
            size_t start = (size_t)(url.ptr - div.ptr);
            strbuf_add(&changed, slice_sub(div, copied, start - copied));
            add_attribute(&changed, text);
            copied = start + url.len;
        }
    }
    if (copied == 0) {
        put_token(r, ix);
    } else {
        strbuf_add(&changed, slice_from(div, copied));
        r->has_failed |= changed.failed;
        put_string(r, strbuf_slice(&changed));
    }
    strbuf_release(&changed);
}

/* -- the walk --------------------------------------------------------------------------------- */

static void write_object(struct rewriter *r, uint16_t structure, json_ix object);

static void write_leaf(struct rewriter *r, uint16_t owner, uint16_t structure, json_ix ix)
{
    bool is_string = json_is(r->json, ix, JSON_STRING) && r->rewrite->replace != NULL;
    if (!is_string) {
        put_token(r, ix);
        return;
    }
    switch (structure) {
    case FHIR_DATA_URI:
    case FHIR_DATA_URL:
    case FHIR_DATA_OID:
    case FHIR_DATA_UUID:
        write_link(r, FHIR_LINK_URI, ix);
        break;
    case FHIR_DATA_CANONICAL:
        write_link(r, FHIR_LINK_CANONICAL, ix);
        break;
    case FHIR_DATA_XHTML:
        write_narrative(r, ix);
        break;
    case FHIR_DATA_STRING:
        if (owner == FHIR_DATA_REFERENCE && JSON_KEY_IS(r->json, ix - 1, "reference")) {
            write_link(r, FHIR_LINK_REFERENCE, ix);
            break;
        }
        put_token(r, ix);
        break;
    default:
        put_token(r, ix);
    }
}

/* `owner`: the structure whose element this is */
static void write_value(struct rewriter *r, uint16_t owner, uint16_t structure, json_ix ix)
{
    if (r->has_failed) {
        return;
    }
    if (json_is(r->json, ix, JSON_OBJECT)) {
        write_object(r, structure == FHIR_DATA_ANY_RESOURCE ? fhir_type_of(r->json, ix) : structure,
                     ix);
    } else if (json_is(r->json, ix, JSON_ARRAY)) {
        bool is_first = true;
        put_byte(r, '[');
        json_each_element(r->json, ix, item)
        {
            if (!is_first) {
                put_byte(r, ',');
            }
            is_first = false;
            /* a Reference's only string does not repeat: ix - 1 is a key in write_leaf */
            write_value(r, NO_STRUCTURE, structure, item);
        }
        put_byte(r, ']');
    } else {
        write_leaf(r, owner, structure, ix);
    }
}

static uint16_t structure_of(const struct rewriter *r, uint16_t structure, json_ix key)
{
    if (structure == NO_STRUCTURE || r->rewrite->replace == NULL) {
        return NO_STRUCTURE;
    }
    const struct json_node *node = &r->json->nodes[key];
    struct slice name = slice_of(r->json->text.ptr + node->offset, node->length);
    if (name.len > 1 && name.ptr[0] == '_') {
        return FHIR_DATA_ELEMENT;
    }
    const struct fhir_element *element = fhir_element_find(structure, name);
    return element == NULL ? NO_STRUCTURE : element->structure;
}

static void write_pair(struct rewriter *r, uint16_t structure, json_ix key, json_ix value)
{
    put_token(r, key);
    put_byte(r, ':');
    write_value(r, structure, structure_of(r, structure, key), value);
}

static void write_object(struct rewriter *r, uint16_t structure, json_ix object)
{
    bool is_first = true;
    put_byte(r, '{');
    json_each_member(r->json, object, key, value)
    {
        if (!is_first) {
            put_byte(r, ',');
        }
        is_first = false;
        write_pair(r, structure, key, value);
    }
    put_byte(r, '}');
}

/* -- id and meta ------------------------------------------------------------------------------ */

static void write_meta(struct rewriter *r, json_ix meta)
{
    const struct fhir_rewrite *rewrite = r->rewrite;
    bool is_object = json_is(r->json, meta, JSON_OBJECT);
    bool has_version = is_object && json_member(r->json, meta, SLICE("versionId")) != JSON_NONE;
    bool has_updated = is_object && json_member(r->json, meta, SLICE("lastUpdated")) != JSON_NONE;
    bool is_first = true;
    put_byte(r, '{');
    if (rewrite->version_id.len > 0 && !has_version) {
        put_member(r, SLICE("versionId"), rewrite->version_id);
        is_first = false;
    }
    if (rewrite->last_updated.len > 0 && !has_updated) {
        if (!is_first) {
            put_byte(r, ',');
        }
        put_member(r, SLICE("lastUpdated"), rewrite->last_updated);
        is_first = false;
    }
    json_each_member(r->json, meta, key, value)
    {
        if (!is_first) {
            put_byte(r, ',');
        }
        is_first = false;
        if (rewrite->version_id.len > 0 && JSON_KEY_IS(r->json, key, "versionId")) {
            put_member(r, SLICE("versionId"), rewrite->version_id);
        } else if (rewrite->last_updated.len > 0 && JSON_KEY_IS(r->json, key, "lastUpdated")) {
            put_member(r, SLICE("lastUpdated"), rewrite->last_updated);
        } else {
            write_pair(r, FHIR_DATA_META, key, value);
        }
    }
    put_byte(r, '}');
}

/* what the resource lacks and must get */
struct lacking {
    bool id;
    bool meta;
};

static void insert_lacking(struct rewriter *r, struct lacking *lacking, bool needs_comma)
{
    if (lacking->id) {
        if (needs_comma) {
            put_byte(r, ',');
        }
        put_member(r, SLICE("id"), r->rewrite->id);
        needs_comma = true;
    }
    if (lacking->meta) {
        if (needs_comma) {
            put_byte(r, ',');
        }
        put_string(r, SLICE("meta"));
        put_byte(r, ':');
        write_meta(r, JSON_NONE);
    }
    lacking->id = lacking->meta = false;
}

static void write_resource(struct rewriter *r, json_ix resource, uint16_t type)
{
    const struct fhir_rewrite *rewrite = r->rewrite;
    bool has_id = json_member(r->json, resource, SLICE("id")) != JSON_NONE;
    bool sets_meta = rewrite->version_id.len + rewrite->last_updated.len > 0;
    struct lacking lacking = {
        .id = rewrite->id.len > 0 && !has_id,
        .meta = sets_meta && json_member(r->json, resource, SLICE("meta")) == JSON_NONE,
    };
    bool is_first = true;
    put_byte(r, '{');
    json_each_member(r->json, resource, key, value)
    {
        if (!is_first) {
            put_byte(r, ',');
        }
        is_first = false;
        if (rewrite->id.len > 0 && JSON_KEY_IS(r->json, key, "id")) {
            put_member(r, SLICE("id"), rewrite->id);
        } else if (sets_meta && JSON_KEY_IS(r->json, key, "meta")) {
            put_token(r, key);
            put_byte(r, ':');
            write_meta(r, value);
        } else {
            write_pair(r, type, key, value);
        }
        if (has_id ? JSON_KEY_IS(r->json, key, "id") : JSON_KEY_IS(r->json, key, "resourceType")) {
            insert_lacking(r, &lacking, true);
        }
    }
    insert_lacking(r, &lacking, !is_first);
    put_byte(r, '}');
}

bool fhir_rewrite(const struct json *json, json_ix resource, const struct fhir_rewrite *rewrite,
                  struct arena *arena, struct strbuf *out)
{
    assert(json_is(json, resource, JSON_OBJECT));
    struct rewriter r = { .json = json, .arena = arena, .out = out, .rewrite = rewrite };
    write_resource(&r, resource, fhir_type_of(json, resource));
    flush(&r);
    return !r.has_failed && !out->failed;
}

/* -- visiting --------------------------------------------------------------------------------- */

struct visitor {
    bool (*visit)(void *context, const struct fhir_link *link);
    void *context;
};

static bool visit_link(void *context, const struct fhir_link *link, struct slice *ret_text,
                       bool *ret_failed)
{
    struct visitor *visitor = context;
    (void)ret_text;
    *ret_failed = !visitor->visit(visitor->context, link);
    return false;
}

bool fhir_links_each(const struct json *json, json_ix resource, struct arena *arena,
                     bool (*visit)(void *context, const struct fhir_link *link), void *context)
{
    struct visitor visitor = { visit, context };
    struct fhir_rewrite rewrite = { .replace = visit_link, .context = &visitor };
    struct rewriter r = { .json = json, .arena = arena, .rewrite = &rewrite };
    write_value(&r, NO_STRUCTURE, fhir_type_of(json, resource), resource);
    return !r.has_failed;
}
