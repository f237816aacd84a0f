/*
 * bundle_read.c: a Bundle taken apart into entries.
 *
 * FHIR R4 http.html#transaction, bundle.html. All that can be refused without a store is refused
 * here, with the place: a transaction is all or nothing, and nothing is cheaper before it begins.
 * URLs in a transaction are relative to the base ([type], [type]/[id], [type]?[query]); GET may
 * name anything, which whoever answers it judges.
 */
#include "fhir/bundle.h"

#include "base/hash_table.h"
#include "base/limits.h"

struct bundle_reader {
    const struct json *json;
    struct arena *arena;
    struct fault *fault;
    struct fhir_entries entries;
    struct hash_table urls; /* fullUrls seen */
};

static bool refuse(struct bundle_reader *reader, enum fault_code code, uint32_t index,
                   const char *member, const char *message)
{
    struct slice where = arena_printf(reader->arena, "Bundle.entry[%u]%s", index, member);
    return fault_at(reader->fault, reader->arena, code, where, "%s", message);
}

static bool read_kind(struct bundle_reader *reader, json_ix bundle)
{
    static const struct {
        struct slice name;
        enum fhir_bundle_kind kind;
    } kinds[] = { { SLICE_INIT("batch"), FHIR_BUNDLE_BATCH },
                  { SLICE_INIT("transaction"), FHIR_BUNDLE_TRANSACTION },
                  { SLICE_INIT("collection"), FHIR_BUNDLE_COLLECTION },
                  { SLICE_INIT("document"), FHIR_BUNDLE_COLLECTION },
                  { SLICE_INIT("message"), FHIR_BUNDLE_COLLECTION },
                  { SLICE_INIT("searchset"), FHIR_BUNDLE_COLLECTION },
                  { SLICE_INIT("history"), FHIR_BUNDLE_COLLECTION } };
    json_ix type = json_member(reader->json, bundle, SLICE("type"));
    if (fhir_type_of(reader->json, bundle) != FHIR_BUNDLE) {
        return fault_at(reader->fault, reader->arena, FAULT_MALFORMED, SLICE("Bundle"),
                        "Expected a Bundle");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (json_is(reader->json, type, JSON_STRING) &&
            json_string_equal(reader->json, type, kinds[i].name)) {
            reader->entries.kind = kinds[i].kind;
            return true;
        }
    }
    return fault_at(reader->fault, reader->arena, FAULT_INVALID, SLICE("Bundle.type"),
                    "Not a type of Bundle that can be read");
}

static bool read_method(struct bundle_reader *reader, json_ix request, struct fhir_entry *entry)
{
    static const struct slice names[] = {
        [FHIR_GET] = SLICE_INIT("GET"),     [FHIR_HEAD] = SLICE_INIT("HEAD"),
        [FHIR_POST] = SLICE_INIT("POST"),   [FHIR_PUT] = SLICE_INIT("PUT"),
        [FHIR_PATCH] = SLICE_INIT("PATCH"), [FHIR_DELETE] = SLICE_INIT("DELETE")
    };
    json_ix method = json_member(reader->json, request, SLICE("method"));
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (json_is(reader->json, method, JSON_STRING) &&
            json_string_equal(reader->json, method, names[i])) {
            entry->method = (enum fhir_method)i;
            return true;
        }
    }
    return refuse(reader, FAULT_INVALID, entry->index, ".request.method",
                  "Expected GET, HEAD, POST, PUT, PATCH or DELETE");
}

/* [type], [type]/[id], [type]?[query], with or without a leading slash */
static bool read_url(struct bundle_reader *reader, struct fhir_entry *entry)
{
    struct slice url = entry->url;
    if (entry->method == FHIR_GET || entry->method == FHIR_HEAD) {
        return url.len > 0 ||
               refuse(reader, FAULT_INVALID, entry->index, ".request.url", "A request needs a URL");
    }
    url = slice_starts_with(url, SLICE("/")) ? slice_from(url, 1) : url;
    size_t mark = slice_find(url, '?');
    struct slice path = slice_sub(url, 0, mark);
    size_t slash = slice_find(path, '/');
    entry->type = fhir_type_find(slice_sub(path, 0, slash));
    entry->query = slice_from(url, mark + 1);
    entry->id = slice_from(path, slash + 1);
    if (entry->type == FHIR_TYPE_NONE) {
        return refuse(reader, FAULT_INVALID, entry->index, ".request.url",
                      "The URL must begin with a resource type");
    }
    if (slash < path.len && !fhir_id_valid(entry->id)) {
        return refuse(reader, FAULT_INVALID, entry->index, ".request.url",
                      "The URL must be Type/id, and the id is none");
    }
    if (entry->method == FHIR_POST ? entry->id.len + entry->query.len > 0
                                   : (entry->id.len > 0) == (entry->query.len > 0)) {
        return refuse(reader, FAULT_INVALID, entry->index, ".request.url",
                      entry->method == FHIR_POST ? "POST takes a resource type alone"
                                                 : "The URL must be Type/id or Type?query");
    }
    return true;
}

static bool check_resource(struct bundle_reader *reader, const struct fhir_entry *entry)
{
    bool is_write =
        entry->method == FHIR_POST || entry->method == FHIR_PUT || entry->method == FHIR_PATCH;
    if (!is_write) {
        return true;
    }
    if (entry->resource == JSON_NONE) {
        return refuse(reader, FAULT_INVALID, entry->index, ".resource",
                      "POST, PUT and PATCH need a resource");
    }
    fhir_type type = fhir_type_of(reader->json, entry->resource);
    if (entry->method != FHIR_PATCH && type != entry->type) {
        return refuse(reader, FAULT_INVALID, entry->index, ".resource",
                      "The resource is not of the type that the URL names");
    }
    json_ix id = json_member(reader->json, entry->resource, SLICE("id"));
    if (entry->method == FHIR_PUT && entry->id.len > 0 &&
        (!json_is(reader->json, id, JSON_STRING) ||
         !json_string_equal(reader->json, id, entry->id))) {
        return refuse(reader, FAULT_INVALID, entry->index, ".resource.id",
                      "The resource's id must be the id in the URL");
    }
    return true;
}

static bool read_request(struct bundle_reader *reader, json_ix request, struct fhir_entry *entry)
{
    const struct json *json = reader->json;
    if (!json_is(json, request, JSON_OBJECT)) {
        return refuse(reader, FAULT_INVALID, entry->index, ".request",
                      "An entry of a batch or transaction needs a request");
    }
    entry->url = json_member_string(json, request, SLICE("url"), reader->arena);
    entry->if_none_exist = json_member_string(json, request, SLICE("ifNoneExist"), reader->arena);
    entry->if_match = json_member_string(json, request, SLICE("ifMatch"), reader->arena);
    entry->if_none_match = json_member_string(json, request, SLICE("ifNoneMatch"), reader->arena);
    /* the query may be given with its question mark */
    if (slice_starts_with(entry->if_none_exist, SLICE("?"))) {
        entry->if_none_exist = slice_from(entry->if_none_exist, 1);
    }
    return read_method(reader, request, entry) && read_url(reader, entry) &&
           check_resource(reader, entry);
}

static bool read_full_url(struct bundle_reader *reader, json_ix node, struct fhir_entry *entry)
{
    entry->full_url = json_member_string(reader->json, node, SLICE("fullUrl"), reader->arena);
    if (entry->full_url.len == 0 || reader->entries.kind == FHIR_BUNDLE_COLLECTION) {
        return true;
    }
    bool is_new;
    if (hash_table_put(&reader->urls, entry->full_url, &is_new) == NULL) {
        return fault_no_memory(reader->fault, reader->arena);
    }
    return is_new || refuse(reader, FAULT_INVALID, entry->index, ".fullUrl",
                            "Two entries have the same fullUrl");
}

static bool read_entry(struct bundle_reader *reader, json_ix node, struct fhir_entry *entry)
{
    if (!json_is(reader->json, node, JSON_OBJECT)) {
        return refuse(reader, FAULT_MALFORMED, entry->index, "", "Expected an object");
    }
    entry->resource = json_member(reader->json, node, SLICE("resource"));
    if (entry->resource != JSON_NONE) {
        entry->type = fhir_type_of(reader->json, entry->resource);
        if (entry->type == FHIR_TYPE_NONE) {
            return refuse(reader, FAULT_INVALID, entry->index, ".resource",
                          "Expected a resource with a known resourceType");
        }
    }
    if (!read_full_url(reader, node, entry)) {
        return false;
    }
    if (reader->entries.kind != FHIR_BUNDLE_COLLECTION) {
        return read_request(reader, json_member(reader->json, node, SLICE("request")), entry);
    }
    return entry->resource != JSON_NONE ||
           refuse(reader, FAULT_INVALID, entry->index, ".resource", "The entry has no resource");
}

/* one resource written to or deleted twice: http.html#trules */
static bool check_identities(struct bundle_reader *reader)
{
    struct hash_table seen;
    hash_table_init(&seen, reader->arena);
    for (size_t i = 0; i < reader->entries.count; i++) {
        const struct fhir_entry *entry = &reader->entries.at[i];
        if (entry->id.len == 0 || entry->method == FHIR_GET || entry->method == FHIR_HEAD) {
            continue;
        }
        struct slice name =
            arena_printf(reader->arena, "%u/%.*s", entry->type, SLICE_PRINT(entry->id));
        bool is_new;
        if (name.ptr == NULL || hash_table_put(&seen, name, &is_new) == NULL) {
            return fault_no_memory(reader->fault, reader->arena);
        }
        if (!is_new) {
            return refuse(reader, FAULT_INVALID, entry->index, ".request.url",
                          "A transaction may change a resource only once");
        }
    }
    return true;
}

bool fhir_bundle_read(const struct json *json, json_ix bundle, struct arena *arena,
                      struct fhir_entries *ret_entries, struct fault *fault)
{
    struct bundle_reader reader = { .json = json, .arena = arena, .fault = fault };
    hash_table_init(&reader.urls, arena);
    if (!json_is(json, bundle, JSON_OBJECT) || !read_kind(&reader, bundle)) {
        return json_is(json, bundle, JSON_OBJECT)
                   ? false
                   : fault_at(fault, arena, FAULT_MALFORMED, SLICE("Bundle"), "Expected a Bundle");
    }
    json_ix list = json_member(json, bundle, SLICE("entry"));
    if (list != JSON_NONE && !json_is(json, list, JSON_ARRAY)) {
        return fault_at(fault, arena, FAULT_MALFORMED, SLICE("Bundle.entry"), "Expected an array");
    }
    uint32_t count = list == JSON_NONE ? 0 : json_size(json, list);
    if (count > LIMIT_BUNDLE_ENTRIES) {
        return fault_at(fault, arena, FAULT_TOO_LARGE, SLICE("Bundle.entry"),
                        "More than %d entries", LIMIT_BUNDLE_ENTRIES);
    }
    reader.entries.at = arena_array(arena, count, struct fhir_entry);
    if (reader.entries.at == NULL) {
        return fault_no_memory(fault, arena);
    }
    json_each_element(json, list, node)
    {
        struct fhir_entry *entry = &reader.entries.at[reader.entries.count];
        entry->index = (uint32_t)reader.entries.count++;
        if (!read_entry(&reader, node, entry)) {
            return false;
        }
    }
    if (reader.entries.kind == FHIR_BUNDLE_TRANSACTION && !check_identities(&reader)) {
        return false;
    }
    *ret_entries = reader.entries;
    return true;
}

unsigned fhir_entry_rank(enum fhir_method method)
{
    static const uint8_t ranks[] = { [FHIR_DELETE] = 0, [FHIR_POST] = 1, [FHIR_PUT] = 2,
                                     [FHIR_PATCH] = 2,  [FHIR_GET] = 3,  [FHIR_HEAD] = 3 };
    return ranks[method];
}
