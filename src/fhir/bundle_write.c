/*
 * bundle_write.c: bundles of answers, streamed.
 *
 * FHIR R4 bundle.html. Stored bodies are put in as bytes. Empty arrays are not written: a Bundle
 * without entries has no `entry` (json.html: no empty arrays).
 */
#include "fhir/bundle.h"

void fhir_bundle_begin(struct fhir_bundle_writer *writer, struct strbuf *out, const char *type,
                       uint64_t total, const struct fhir_bundle_link *links, size_t link_count)
{
    struct json_writer *json = &writer->json;
    writer->in_entries = false;
    json_writer_init(json, out);
    json_begin_object(json);
    json_member_write(json, "resourceType", SLICE("Bundle"));
    json_member_write(json, "type", slice_from_string(type));
    if (total != FHIR_TOTAL_UNKNOWN) {
        json_member_write_u64(json, "total", total);
    }
    if (link_count > 0) {
        json_member_begin_array(json, "link");
        for (size_t i = 0; i < link_count; i++) {
            json_begin_object(json);
            json_member_write(json, "relation", slice_from_string(links[i].relation));
            json_member_write(json, "url", links[i].url);
            json_end_object(json);
        }
        json_end_array(json);
    }
}

static void write_given(struct json_writer *json, const char *key, struct slice value)
{
    if (value.len > 0) {
        json_member_write(json, key, value);
    }
}

static void write_search(struct json_writer *json, enum fhir_search_mode mode)
{
    static const char *const names[] = { [FHIR_MODE_MATCH] = "match",
                                         [FHIR_MODE_INCLUDE] = "include",
                                         [FHIR_MODE_OUTCOME] = "outcome" };
    if (mode != FHIR_MODE_NONE) {
        json_member_begin_object(json, "search");
        json_member_write(json, "mode", slice_from_string(names[mode]));
        json_end_object(json);
    }
}

static void write_request(struct json_writer *json, const struct fhir_bundle_item *item)
{
    if (item->request_method.len > 0) {
        json_member_begin_object(json, "request");
        json_member_write(json, "method", item->request_method);
        json_member_write(json, "url", item->request_url);
        json_end_object(json);
    }
}

static void write_response(struct json_writer *json, const struct fhir_bundle_item *item)
{
    if (item->response_status.len == 0) {
        return;
    }
    json_member_begin_object(json, "response");
    json_member_write(json, "status", item->response_status);
    write_given(json, "location", item->response_location);
    write_given(json, "etag", item->response_etag);
    write_given(json, "lastModified", item->response_last_modified);
    if (item->response_outcome.len > 0) {
        json_member_write_raw(json, "outcome", item->response_outcome);
    }
    json_end_object(json);
}

void fhir_bundle_add(struct fhir_bundle_writer *writer, const struct fhir_bundle_item *item)
{
    struct json_writer *json = &writer->json;
    if (!writer->in_entries) {
        json_member_begin_array(json, "entry");
        writer->in_entries = true;
    }
    json_begin_object(json);
    write_given(json, "fullUrl", item->full_url);
    if (item->resource.len > 0) {
        json_member_write_raw(json, "resource", item->resource);
    }
    write_search(json, item->mode);
    write_request(json, item);
    write_response(json, item);
    json_end_object(json);
}

void fhir_bundle_end(struct fhir_bundle_writer *writer)
{
    if (writer->in_entries) {
        json_end_array(&writer->json);
    }
    json_end_object(&writer->json);
}
