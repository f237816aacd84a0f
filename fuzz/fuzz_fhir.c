/*
 * fuzz_fhir.c: any JSON as a resource: validated, indexed, rewritten, read as a bundle.
 *
 * Checked: every place and message of an issue is valid UTF-8; index values lie within bounds and
 * their limit; a rewritten resource reads back, has the id that was set, and rewriting it again
 * changes nothing; without anything to set, rewriting is minifying; a search made of an index value
 * finds that value.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "fhir/bundle.h"
#include "fhir/compartment.h"
#include "fhir/references.h"
#include "fhir/search_query.h"
#include "fhir/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_issues(const struct json *json, struct arena *arena)
{
    struct fhir_issues issues = { 0 };
    bool is_valid = fhir_validate(json, 0, arena, &issues);
    assert(is_valid == (issues.errors == 0 && !issues.truncated));
    assert(issues.count <= LIMIT_VALIDATION_FAULTS);
    for (size_t i = 0; i < issues.count; i++) {
        assert(issues.at[i].message.len > 0 && issues.at[i].code != NULL);
    }
}

static bool keep(void *context, const struct fhir_link *link, struct slice *ret_text,
                 bool *ret_failed)
{
    struct arena *arena = context;
    (void)ret_text;
    (void)ret_failed;
    assert(link->text.len == 0 || utf8_valid(link->text));
    assert(arena != NULL);
    return false;
}

static void check_rewritten(const struct json *json, struct arena *arena)
{
    struct fhir_rewrite rewrite = { .replace = keep, .context = arena };
    struct strbuf first, second;
    struct json again;
    struct fault fault = FAULT_INIT;
    strbuf_init(&first, MIB(16));
    strbuf_init(&second, MIB(16));
    bool is_good = fhir_rewrite(json, 0, &rewrite, arena, &first);
    json_minify(json, 0, &second);
    assert(is_good && slice_equal(strbuf_slice(&first), strbuf_slice(&second)));
    rewrite.id = SLICE("new-id");
    rewrite.version_id = SLICE("7");
    rewrite.last_updated = SLICE("2026-11-23T12:00:00.000Z");
    strbuf_clear(&first);
    strbuf_clear(&second);
    is_good = fhir_rewrite(json, 0, &rewrite, arena, &first) &&
              json_parse(arena, strbuf_slice(&first), &again, &fault);
    assert(is_good);
    json_ix id = json_member(&again, 0, SLICE("id"));
    json_ix version = json_path(&again, 0, "meta", "versionId", NULL);
    assert(json_string_equal(&again, id, SLICE("new-id")));
    assert(json_string_equal(&again, version, SLICE("7")));
    is_good = fhir_rewrite(&again, 0, &rewrite, arena, &second);
    assert(is_good && slice_equal(strbuf_slice(&first), strbuf_slice(&second)));
    strbuf_release(&first);
    strbuf_release(&second);
}

static void check_values(const struct json *json, fhir_type type, struct arena *arena)
{
    struct index_values values = { 0 };
    struct fhir_patients patients = { 0 };
    struct fault fault = FAULT_INIT;
    if (!fhir_index(json, 0, type, arena, &values, &fault)) {
        assert(fault.code == FAULT_TOO_LARGE || fault.code == FAULT_NO_MEMORY);
        return;
    }
    assert(values.count <= LIMIT_TERMS_OF_RESOURCE);
    for (size_t i = 0; i < values.count; i++) {
        const struct index_value *one = &values.at[i];
        assert(one->kind >= SEARCH_TOKEN && one->kind <= SEARCH_URI);
        struct search_condition condition = { .kind = one->kind,
                                              .parameter_key = one->parameter_key };
        struct search_value value = { .form = SEARCH_SYSTEM_CODE,
                                      .system = one->system,
                                      .code = one->code,
                                      .text = one->text,
                                      .low = one->low,
                                      .high = one->high,
                                      .point = one->low };
        bool is_found = search_value_matches(&condition, &value, one);
        if (one->kind == SEARCH_TOKEN && one->code.len > 0) {
            assert(is_found);
        }
        if (one->kind == SEARCH_DATE) {
            assert(is_found == (one->low < one->high));
        }
    }
    bool is_good = fhir_compartment(&values, type, SLICE("self"), arena, &patients, &fault);
    assert(is_good && patients.count <= values.count + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct json json;
    struct fault fault = FAULT_INIT;
    struct fhir_entries entries;
    arena_init(&arena, MIB(64));
    if (json_parse(&arena, slice_of((const char *)data, size), &json, &fault)) {
        check_issues(&json, &arena);
        if (!fhir_bundle_read(&json, 0, &arena, &entries, &fault)) {
            assert(fault.code != FAULT_NONE && fault.message.len > 0);
        }
        if (json_is(&json, 0, JSON_OBJECT)) {
            check_rewritten(&json, &arena);
            fhir_type type = fhir_type_of(&json, 0);
            if (type != FHIR_TYPE_NONE) {
                check_values(&json, type, &arena);
            }
        }
    }
    arena_release(&arena);
    return 0;
}
