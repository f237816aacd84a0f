/*
 * check.c: by kind, then by line, then by resource.
 */
#include "intake/check.h"

#include "base/hash_table.h"
#include "base/json.h"
#include "base/limits.h"
#include "fhir/bundle.h"
#include "fhir/references.h"
#include "fhir/validate.h"
#include "intake/resource_check.h"

struct checking {
    const struct check_setting *setting;
    struct arena *arena;
    struct json json;
    size_t line; /* of NDJSON; 0: the whole text */
    size_t faults;
};

static void tell(struct checking *checking, struct fault *fault)
{
    if (checking->line > 0) {
        fault->where = arena_printf(checking->arena, "line %zu%s%.*s", checking->line,
                                    fault->where.len > 0 ? ": " : "", SLICE_PRINT(fault->where));
    }
    checking->faults++;
    checking->setting->tell(checking->setting->context, fault);
}

/* -- NHS numbers ------------------------------------------------------------------------------- */

struct numbering {
    struct checking *checking;
    struct slice prefix;
};

static bool tell_number(void *context, struct fault *fault)
{
    struct numbering *numbering = context;
    struct checking *checking = numbering->checking;
    fault->where = arena_printf(checking->arena, "%.*s%.*s", SLICE_PRINT(numbering->prefix),
                                SLICE_PRINT(fault->where));
    tell(checking, fault);
    return true;
}

static void check_numbers(struct checking *checking, json_ix resource, struct slice prefix)
{
    struct numbering numbering = { checking, prefix };
    resource_wrong_numbers(&checking->json, resource, checking->arena, tell_number, &numbering);
}

/* -- transactions ------------------------------------------------------------------------------ */

struct linking {
    struct checking *checking;
    struct hash_table urls;
    size_t entry;
};

static bool check_link(void *context, const struct fhir_link *link)
{
    struct linking *linking = context;
    struct checking *checking = linking->checking;
    struct slice text = slice_sub(link->text, 0, slice_find(link->text, '#'));
    bool urn =
        slice_starts_with(text, SLICE("urn:uuid:")) || slice_starts_with(text, SLICE("urn:oid:"));
    struct fault fault;
    if (link->kind == FHIR_LINK_REFERENCE && urn && hash_table_find(&linking->urls, text) == NULL) {
        fault_at(&fault, checking->arena, FAULT_REFERENCE,
                 arena_printf(checking->arena, "Bundle.entry[%zu].resource", linking->entry),
                 "a reference names no entry of this bundle");
        tell(checking, &fault);
    }
    return true;
}

static void check_references(struct checking *checking, const struct fhir_entries *entries)
{
    struct linking linking = { .checking = checking };
    struct fault fault;
    bool ok = true;
    hash_table_init(&linking.urls, checking->arena);
    for (size_t i = 0; ok && i < entries->count; i++) {
        ok = entries->at[i].full_url.len == 0 ||
             hash_table_put(&linking.urls, entries->at[i].full_url, NULL) != NULL;
    }
    for (size_t i = 0; ok && i < entries->count; i++) {
        linking.entry = i;
        ok = entries->at[i].resource == JSON_NONE ||
             fhir_links_each(&checking->json, entries->at[i].resource, checking->arena, check_link,
                             &linking);
    }
    if (!ok) {
        fault_no_memory(&fault, checking->arena);
        tell(checking, &fault);
    }
}

/* A Bundle of any type is a resource; only a transaction's entries can be taken apart as requests.
 */
static void check_bundle(struct checking *checking)
{
    const struct json *json = &checking->json;
    struct fhir_entries entries;
    struct fault fault;
    unsigned i = 0;
    json_each_element(json, json_member(json, 0, SLICE("entry")), entry)
    {
        json_ix resource = json_member(json, entry, SLICE("resource"));
        if (resource != JSON_NONE) {
            check_numbers(checking, resource,
                          arena_printf(checking->arena, "Bundle.entry[%u].resource: ", i));
        }
        i++;
    }
    if (!slice_equal(json_member_string(json, 0, SLICE("type"), checking->arena),
                     SLICE("transaction"))) {
        return;
    }
    if (fhir_bundle_read(json, 0, checking->arena, &entries, &fault)) {
        check_references(checking, &entries);
    } else {
        tell(checking, &fault);
    }
}

/* -- one document ------------------------------------------------------------------------------ */

static void tell_issues(struct checking *checking, const struct fhir_issues *issues)
{
    for (size_t i = 0; i < issues->count; i++) {
        struct fault fault = { .code = FAULT_CONTENT,
                               .message = issues->at[i].message,
                               .where = issues->at[i].where };
        if (issues->at[i].severity == FHIR_ERROR) {
            tell(checking, &fault);
        }
    }
    if (issues->truncated) {
        struct fault fault = { .code = FAULT_TOO_LARGE,
                               .message = SLICE("there are more faults than are told") };
        tell(checking, &fault);
    }
}

static void check_fhir(struct checking *checking)
{
    struct fhir_issues issues = { 0 };
    if (!fhir_validate(&checking->json, 0, checking->arena, &issues)) {
        tell_issues(checking, &issues);
    }
    if (fhir_type_of(&checking->json, 0) == FHIR_BUNDLE) {
        check_bundle(checking);
    } else {
        check_numbers(checking, 0, (struct slice){ NULL, 0 });
    }
}

static bool check_text(struct checking *checking, struct slice text)
{
    struct fault fault;
    if (!json_parse(checking->arena, text, &checking->json, &fault)) {
        tell(checking, &fault);
        return false;
    }
    if (checking->setting->level != CHECK_LEVEL_JSON) {
        check_fhir(checking);
    }
    return true;
}

static struct slice describe(struct checking *checking)
{
    const struct json *json = &checking->json;
    struct slice type = json_member_string(json, 0, SLICE("resourceType"), checking->arena);
    json_ix entries = json_member(json, 0, SLICE("entry"));
    if (checking->setting->level == CHECK_LEVEL_JSON) {
        return SLICE("JSON");
    }
    if (fhir_type_of(json, 0) == FHIR_TYPE_NONE) {
        return SLICE("JSON without a known resourceType");
    }
    if (json_is(json, entries, JSON_ARRAY)) {
        return arena_printf(checking->arena, "FHIR JSON, %.*s of %u entries", SLICE_PRINT(type),
                            json_size(json, entries));
    }
    return arena_printf(checking->arena, "FHIR JSON, %.*s", SLICE_PRINT(type));
}

/* -- kinds ------------------------------------------------------------------------------------- */

/* false: the source gave a fault, which was told */
static bool next_text(struct checking *checking, struct text_source *source, struct slice *ret_text,
                      bool *ret_found)
{
    struct fault fault;
    if (text_source_next(source, ret_text, ret_found, checking->arena, &fault)) {
        return true;
    }
    checking->line = source->line;
    tell(checking, &fault);
    return false;
}

static struct slice check_lines(struct checking *checking, struct text_source *source)
{
    struct arena *outer = checking->arena;
    struct arena of_line;
    struct slice line;
    bool found;
    size_t count = 0;
    arena_init(&of_line, LIMIT_TRANSACTION_ARENA);
    checking->arena = &of_line;
    while (next_text(checking, source, &line, &found) && found) {
        checking->line = source->line;
        count++;
        check_text(checking, line);
        arena_reset(&of_line);
    }
    checking->arena = outer;
    arena_release(&of_line);
    return arena_printf(outer, "NDJSON of %zu lines", count);
}

static struct slice check_document(struct checking *checking, struct text_source *source)
{
    struct slice text;
    bool found;
    bool ok = next_text(checking, source, &text, &found) && found && check_text(checking, text);
    return ok ? describe(checking) : SLICE("JSON");
}

size_t intake_check_source(struct text_source *source, const struct check_setting *setting,
                           struct arena *arena, struct slice *ret_what)
{
    struct checking checking = { .setting = setting, .arena = arena };
    struct fault fault;
    switch (source->kind) {
    case CONTENT_JSON:
        *ret_what = check_document(&checking, source);
        break;
    case CONTENT_NDJSON:
        *ret_what = check_lines(&checking, source);
        break;
    default:
        *ret_what = slice_from_string(content_kind_name(source->kind));
        fault_set(
            &fault, arena, source->kind == CONTENT_EMPTY ? FAULT_MALFORMED : FAULT_NOT_SUPPORTED,
            source->kind == CONTENT_EMPTY ? "the file is empty"
                                          : "FHIR JSON and NDJSON can be checked, this cannot");
        tell(&checking, &fault);
    }
    if (text_source_lends(source)) {
        *ret_what = arena_printf(arena, "%.*s, compressed", SLICE_PRINT(*ret_what));
    }
    return checking.faults;
}

size_t intake_check(struct slice text, const struct check_setting *setting, struct arena *arena,
                    struct slice *ret_what)
{
    struct text_source source;
    text_source_of(&source, text);
    return intake_check_source(&source, setting, arena, ret_what);
}
