/*
 * resource_body.c: one pass over the members of the resource.
 *
 * Members keep their order. `id` is written where it stands, or behind `resourceType`; a missing
 * `meta` is made behind the id, as the empty object that the version is later spliced into. Inside
 * `meta` the two members that belong to the store go, and the place of the first member is noted:
 * versionId and lastUpdated are always shown first.
 *
 * The output is never longer than the input by more than the id and an empty meta, so the room is
 * known before the pass and no buffer grows.
 */
#include "store/resource_body.h"

#include "base/limits.h"

struct making {
    const struct json *json;
    struct slice id;
    struct strbuf *out;
    size_t meta_at;
    bool meta_comma;
    bool has_id;
    bool has_meta;
    bool first; /* no member was written yet */
};

static void comma(struct making *making)
{
    if (!making->first) {
        strbuf_add_byte(making->out, ',');
    }
    making->first = false;
}

static void write_id(struct making *making)
{
    comma(making);
    strbuf_add(making->out, SLICE("\"id\":\""));
    strbuf_add(making->out, making->id); /* a FHIR id: nothing to escape */
    strbuf_add_byte(making->out, '"');
}

static void write_empty_meta(struct making *making)
{
    comma(making);
    strbuf_add(making->out, SLICE("\"meta\":{"));
    making->meta_at = making->out->len;
    strbuf_add_byte(making->out, '}');
}

static void write_member(struct making *making, json_ix key, json_ix value)
{
    comma(making);
    strbuf_add(making->out, json_raw(making->json, key));
    strbuf_add_byte(making->out, ':');
    json_minify(making->json, value, making->out);
}

static void write_meta(struct making *making, json_ix meta)
{
    comma(making);
    strbuf_add(making->out, SLICE("\"meta\":{"));
    making->meta_at = making->out->len;
    making->first = true;
    json_each_member(making->json, meta, key, value)
    {
        if (!json_string_equal(making->json, key, SLICE("versionId")) &&
            !json_string_equal(making->json, key, SLICE("lastUpdated"))) {
            write_member(making, key, value);
        }
    }
    making->meta_comma = !making->first;
    making->first = false;
    strbuf_add_byte(making->out, '}');
}

static void write_members(struct making *making, json_ix resource)
{
    json_each_member(making->json, resource, key, value)
    {
        if (json_string_equal(making->json, key, SLICE("id"))) {
            write_id(making);
            if (!making->has_meta) {
                write_empty_meta(making);
            }
        } else if (json_string_equal(making->json, key, SLICE("meta"))) {
            write_meta(making, value);
        } else {
            write_member(making, key, value);
            if (!making->has_id && json_string_equal(making->json, key, SLICE("resourceType"))) {
                write_id(making);
                if (!making->has_meta) {
                    write_empty_meta(making);
                }
            }
        }
    }
}

bool resource_body_make(const struct json *json, json_ix resource, struct slice id,
                        struct arena *arena, struct resource_body *ret_body, struct fault *fault)
{
    json_ix meta = json_member(json, resource, SLICE("meta"));
    struct strbuf out;
    if (meta != JSON_NONE && !json_is(json, meta, JSON_OBJECT)) {
        return fault_at(fault, arena, FAULT_CONTENT, SLICE("meta"), "meta is not an object");
    }
    if (json_raw(json, resource).len > LIMIT_RESOURCE_BODY) {
        return fault_set(fault, arena, FAULT_TOO_LARGE, "the resource is too large");
    }
    strbuf_init(&out, LIMIT_RESOURCE_BODY + KIB(1));
    struct making making = {
        .json = json,
        .id = id,
        .out = &out,
        .has_id = json_member(json, resource, SLICE("id")) != JSON_NONE,
        .has_meta = meta != JSON_NONE,
        .first = true,
    };
    size_t room = json_raw(json, resource).len + id.len + sizeof ",\"id\":\"\",\"meta\":{}";
    if (strbuf_room(&out, room) != NULL) { /* else it has failed for good */
        strbuf_add_byte(&out, '{');
        write_members(&making, resource);
    }
    strbuf_add_byte(&out, '}');
    struct slice text =
        out.failed ? (struct slice){ NULL, 0 } : arena_copy(arena, strbuf_slice(&out));
    strbuf_release(&out);
    if (text.ptr == NULL) {
        return fault_no_memory(fault, arena);
    }
    *ret_body = (struct resource_body){ text, making.meta_at, making.meta_comma };
    return true;
}

void stored_resource_write(const struct stored_resource *resource, struct strbuf *out)
{
    char time[INSTANT_TEXT_SIZE];
    instant_format_utc(resource->last_updated, time);
    strbuf_add(out, slice_sub(resource->body, 0, resource->meta_at));
    strbuf_add(out, SLICE("\"versionId\":\""));
    strbuf_add_u64(out, resource->version);
    strbuf_add(out, SLICE("\",\"lastUpdated\":\""));
    strbuf_add_string(out, time);
    strbuf_add_byte(out, '"');
    if (resource->meta_comma) {
        strbuf_add_byte(out, ',');
    }
    strbuf_add(out, slice_from(resource->body, resource->meta_at));
}
