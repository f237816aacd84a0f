/*
 * person_name.c: HumanName to parts, parts to the banner.
 *
 * Capitals: upper case of Unicode letters through utf8proc, so that O'Neill, Müller and Łukasz are
 * shown right; a family name that cannot be mapped stands as recorded.
 */
#include "nhs/person_name.h"

#include <utf8proc.h>

#include "base/utf8.h"

void person_name_read_one(const struct json *json, json_ix name, struct arena *arena,
                          struct person_name *ret_name)
{
    struct person_name read = {
        .family = json_member_string(json, name, SLICE("family"), arena),
        .text = json_member_string(json, name, SLICE("text"), arena),
    };
    json_each_element(json, json_member(json, name, SLICE("given")), given)
    {
        struct slice part = json_string(json, given, arena);
        if (read.given.len == 0) {
            read.given = part;
        } else if (read.middle.len == 0) {
            read.middle = part;
        } else {
            read.middle =
                arena_printf(arena, "%.*s %.*s", SLICE_PRINT(read.middle), SLICE_PRINT(part));
        }
    }
    json_each_element(json, json_member(json, name, SLICE("prefix")), prefix)
    {
        if (read.prefix.len == 0) {
            read.prefix = json_string(json, prefix, arena);
        }
    }
    *ret_name = read;
}

static int rank_of_use(const struct json *json, json_ix name)
{
    static const struct {
        struct slice use;
        int rank;
    } ranks[] = {
        { SLICE_INIT("official"), 4 }, { SLICE_INIT("usual"), 3 },     { SLICE_INIT("temp"), 1 },
        { SLICE_INIT("nickname"), 0 }, { SLICE_INIT("anonymous"), 0 }, { SLICE_INIT("old"), 0 },
        { SLICE_INIT("maiden"), 0 },
    };
    json_ix use = json_member(json, name, SLICE("use"));
    for (size_t i = 0; use != JSON_NONE && i < ARRAY_LENGTH(ranks); i++) {
        if (json_string_equal(json, use, ranks[i].use)) {
            return ranks[i].rank;
        }
    }
    return 2;
}

bool person_name_read(const struct json *json, json_ix names, struct arena *arena,
                      struct person_name *ret_name)
{
    json_ix best = JSON_NONE;
    int best_rank = -1;
    json_each_element(json, names, name)
    {
        int rank = rank_of_use(json, name);
        if (rank > best_rank) {
            best = name;
            best_rank = rank;
        }
    }
    if (best == JSON_NONE) {
        return false;
    }
    person_name_read_one(json, best, arena, ret_name);
    return true;
}

static struct slice upper(struct slice text, struct arena *arena)
{
    /* an upper-case form can be up to three times as long */
    char *out = arena_alloc(arena, text.len * 3 + 4);
    size_t len = 0;
    uint32_t code_point;
    size_t size;
    if (out == NULL) {
        return text;
    }
    for (size_t at = 0; at < text.len; at += size) {
        size = utf8_first(slice_from(text, at), &code_point);
        if (size == 0) {
            return text;
        }
        len += utf8_encode((uint32_t)utf8proc_toupper((utf8proc_int32_t)code_point), out + len);
    }
    return slice_of(out, len);
}

struct slice person_name_show(const struct person_name *name, struct arena *arena)
{
    if (name->family.len == 0 && name->given.len == 0) {
        return name->text.len > 0 ? name->text : SLICE("Not Known");
    }
    struct slice family = name->family.len > 0 ? upper(name->family, arena) : SLICE("Not Known");
    return arena_printf(arena, "%.*s%s%.*s%s%.*s%s", SLICE_PRINT(family),
                        name->given.len > 0 ? ", " : "", SLICE_PRINT(name->given),
                        name->prefix.len > 0 ? " (" : "", SLICE_PRINT(name->prefix),
                        name->prefix.len > 0 ? ")" : "");
}

struct slice person_name_plain(const struct person_name *name, struct arena *arena)
{
    if (name->family.len == 0 && name->given.len == 0) {
        return name->text.len > 0 ? name->text : SLICE("Not Known");
    }
    return slice_trim(arena_printf(arena, "%.*s%s%.*s%s%.*s", SLICE_PRINT(name->prefix),
                                   name->prefix.len > 0 ? " " : "", SLICE_PRINT(name->given),
                                   name->given.len > 0 ? " " : "", SLICE_PRINT(name->family)));
}
