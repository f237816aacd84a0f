/*
 * fuzz_json.c: any bytes into the JSON reader; what it accepts must hold together.
 *
 * Checked of an accepted text: the tape nests, every string decodes to valid UTF-8, minified text
 * is accepted again with the same tape, minifying twice changes nothing, and what the writer makes
 * of a decoded string reads back as that string.
 */
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(const struct json *json, json_ix ix, struct arena *arena)
{
    struct slice text = json_string(json, ix, arena);
    struct json again;
    struct fault fault = FAULT_INIT;
    struct json_writer writer;
    struct strbuf out;
    assert(text.ptr != NULL && utf8_valid(text) && json_string_equal(json, ix, text));
    strbuf_init(&out, MIB(16));
    json_writer_init(&writer, &out);
    json_write_string(&writer, text);
    bool parsed = json_parse(arena, strbuf_slice(&out), &again, &fault);
    assert(parsed && json_string_equal(&again, 0, text));
    strbuf_release(&out);
}

static void check_nodes(const struct json *json, struct arena *arena)
{
    assert(json->count > 0 && json->nodes[0].next == json->count);
    for (json_ix ix = 0; ix < json->count; ix++) {
        const struct json_node *node = &json->nodes[ix];
        assert((size_t)node->offset + node->length <= json->text.len);
        assert(node->next > ix && node->next <= json->count);
        if (node->type == JSON_STRING && ix < 200) {
            check_string(json, ix, arena);
        }
        json_each_member(json, ix, key, value)
        {
            assert(json_is(json, key, JSON_STRING) && value < node->next);
        }
    }
}

static void check_minified(const struct json *json, struct arena *arena)
{
    struct json again;
    struct fault fault = FAULT_INIT;
    struct strbuf first;
    struct strbuf second;
    strbuf_init(&first, MIB(16));
    strbuf_init(&second, MIB(16));
    json_minify(json, 0, &first);
    bool parsed = json_parse(arena, strbuf_slice(&first), &again, &fault);
    assert(parsed && again.count == json->count);
    for (json_ix ix = 0; ix < json->count; ix++) {
        assert(again.nodes[ix].type == json->nodes[ix].type);
        assert(again.nodes[ix].next == json->nodes[ix].next);
    }
    json_minify(&again, 0, &second);
    assert(slice_equal(strbuf_slice(&first), strbuf_slice(&second)));
    strbuf_release(&first);
    strbuf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct json json;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(64));
    if (json_parse(&arena, slice_of((const char *)data, size), &json, &fault)) {
        check_nodes(&json, &arena);
        check_minified(&json, &arena);
    } else {
        assert(fault.code != FAULT_NONE && fault.message.len > 0);
    }
    arena_release(&arena);
    return 0;
}
