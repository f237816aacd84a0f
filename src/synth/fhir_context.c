/*
 * fhir_context.c: the datatypes of FHIR R4 that the writer uses, over base/json.h.
 *
 * Urls are made from what they name (kind, person, organisation, number), so the same county gives
 * the same urls and nothing has to be remembered between bundles. They look like UUIDs of version
 * 4 (RFC 4122 section 4.4) with bits that are not random.
 */
#include "synth/fhir_context.h"

#include "synth/uuid.h"

void fhir_url(const struct synth_world *world, enum fhir_url kind, uint64_t a, uint64_t b,
              char ret_url[SYNTH_UUID_SIZE])
{
    memcpy(ret_url, "urn:uuid:", 9);
    synth_uuid(world->seed, kind, a, b, ret_url + 9);
}

void fhir_text(struct fhir_context *at, const char *key, struct slice value)
{
    json_member_write(&at->json, key, value);
}

void fhir_literal(struct fhir_context *at, const char *key, const char *value)
{
    json_member_write(&at->json, key, slice_from_string(value));
}

void fhir_date(struct fhir_context *at, const char *key, int32_t day)
{
    char text[SYNTH_WHEN_SIZE];
    synth_day_text(day, text);
    fhir_literal(at, key, text);
}

void fhir_when(struct fhir_context *at, const char *key, synth_when when)
{
    char text[SYNTH_WHEN_SIZE];
    synth_when_text(when, text);
    fhir_literal(at, key, text);
}

void fhir_period(struct fhir_context *at, const char *key, synth_when start, synth_when end)
{
    json_member_begin_object(&at->json, key);
    fhir_when(at, "start", start);
    if (end != SYNTH_NEVER) {
        fhir_when(at, "end", end);
    }
    json_end_object(&at->json);
}

static void coding(struct fhir_context *at, const struct synth_code *code)
{
    json_begin_object(&at->json);
    fhir_text(at, "system", code->system->url);
    fhir_text(at, "code", code->code);
    fhir_text(at, "display", code->display);
    json_end_object(&at->json);
}

void fhir_concept(struct fhir_context *at, const char *key, const struct synth_code *code,
                  const struct synth_code *second, struct slice text)
{
    json_member_begin_object(&at->json, key);
    json_member_begin_array(&at->json, "coding");
    coding(at, code);
    if (second != NULL) {
        coding(at, second);
    }
    json_end_array(&at->json);
    if (text.len > 0) {
        fhir_text(at, "text", text);
    }
    json_end_object(&at->json);
}

void fhir_coded(struct fhir_context *at, const char *key, const char *system, const char *code,
                const char *display)
{
    if (key != NULL) {
        json_key(&at->json, slice_from_string(key));
    }
    json_begin_object(&at->json);
    json_member_begin_array(&at->json, "coding");
    json_begin_object(&at->json);
    fhir_literal(at, "system", system);
    fhir_literal(at, "code", code);
    if (display != NULL) {
        fhir_literal(at, "display", display);
    }
    json_end_object(&at->json);
    json_end_array(&at->json);
    json_end_object(&at->json);
}

void fhir_text_concept(struct fhir_context *at, const char *key, struct slice text)
{
    json_member_begin_object(&at->json, key);
    fhir_text(at, "text", text);
    json_end_object(&at->json);
}

void fhir_reference(struct fhir_context *at, const char *key, const char *url, struct slice display)
{
    if (key != NULL) {
        json_key(&at->json, slice_from_string(key));
    }
    json_begin_object(&at->json);
    fhir_literal(at, "reference", url);
    if (display.len > 0) {
        fhir_text(at, "display", display);
    }
    json_end_object(&at->json);
}

/* to an entry by its url, or where it is served; `id` empty: that of the url */
static void refer(struct fhir_context *at, const char *key, const char *type, struct slice id,
                  const char *url, struct slice display)
{
    char literal[96];
    if (at->served != NULL) {
        id = id.len > 0 ? id : slice_from_string(url + 9);
        snprintf(literal, sizeof(literal), "%s/%.*s", type, SLICE_PRINT(id));
        url = literal;
    }
    fhir_reference(at, key, url, display);
}

void fhir_staff_reference(struct fhir_context *at, const char *key, uint16_t staff)
{
    char url[SYNTH_UUID_SIZE];
    char name[128];
    const struct synth_staff_member *member = &at->world->staff[staff];
    fhir_url(at->world, FHIR_URL_STAFF, staff, 0, url);
    int len = snprintf(name, sizeof(name), "%.*s %.*s %.*s", SLICE_PRINT(member->prefix),
                       SLICE_PRINT(member->given), SLICE_PRINT(member->family));
    assert(len > 0 && (size_t)len < sizeof(name));
    refer(at, key, "Practitioner", member->id, url, slice_of(name, (size_t)len));
}

void fhir_organisation_reference(struct fhir_context *at, const char *key, synth_org organisation)
{
    char url[SYNTH_UUID_SIZE];
    fhir_url(at->world, FHIR_URL_ORGANISATION, organisation, 0, url);
    const struct synth_org_info *info = &at->world->organisations[organisation];
    refer(at, key, "Organization", info->ods, url, info->name);
}

void fhir_item_reference(struct fhir_context *at, const char *key, uint32_t item)
{
    char url[SYNTH_UUID_SIZE];
    assert(at->life->items.at[item].organisation == at->organisation);
    fhir_url(at->world, FHIR_URL_ITEM, at->life->person->number, item, url);
    struct slice none = { NULL, 0 };
    refer(at, key, fhir_item_type(&at->life->items.at[item]), none, url, none);
}

void fhir_patient_reference(struct fhir_context *at, const char *key)
{
    struct slice none = { NULL, 0 };
    refer(at, key, "Patient", none, at->patient, none);
}

void fhir_begin_entry(struct fhir_context *at, const char *url, const char *type, struct slice id)
{
    json_begin_object(&at->json);
    if (at->served != NULL) {
        char full[320];
        struct slice at_url = id.len > 0 ? id : slice_from_string(url + 9);
        snprintf(full, sizeof(full), "%s/%s/%.*s", at->served, type, SLICE_PRINT(at_url));
        fhir_literal(at, "fullUrl", full);
    } else {
        fhir_literal(at, "fullUrl", url);
    }
    json_member_begin_object(&at->json, "resource");
    fhir_literal(at, "resourceType", type);
    snprintf(at->id, sizeof(at->id), "%s", id.len == 0 && at->update ? url + 9 : "");
    if (id.len > 0 || at->id[0] != '\0') {
        fhir_text(at, "id", id.len > 0 ? id : slice_from_string(at->id));
    }
    /* HL7 v3 ActReason HTEST: test health data */
    json_member_write_raw(
        &at->json, "meta",
        SLICE("{\"security\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
              "v3-ActReason\",\"code\":\"HTEST\"}]}"));
}

void fhir_end_entry(struct fhir_context *at, const char *method, const char *type, struct slice id)
{
    if (at->id[0] != '\0') {
        id = slice_from_string(at->id);
        method = "PUT";
    }
    json_end_object(&at->json);
    at->entries++;
    if (at->served != NULL) {
        json_member_begin_object(&at->json, "search");
        fhir_literal(at, "mode", at->entries == 1 ? "match" : "include");
        json_end_object(&at->json);
        json_end_object(&at->json);
        return;
    }
    json_member_begin_object(&at->json, "request");
    fhir_literal(at, "method", method);
    if (id.len > 0) {
        char url[96];
        snprintf(url, sizeof(url), "%s/%.*s", type, SLICE_PRINT(id));
        fhir_literal(at, "url", url);
    } else {
        fhir_literal(at, "url", type);
    }
    json_end_object(&at->json);
    json_end_object(&at->json);
}
