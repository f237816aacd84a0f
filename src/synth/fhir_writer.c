/*
 * fhir_writer.c: the bundle, its patient, organisations and staff. What was recorded is in
 * fhir_items.c.
 *
 * Each organisation knows the person a little differently (patient.h): what it does not hold is
 * left out.
 */
#include "synth/fhir_writer.h"

#include "base/limits.h"
#include "synth/fhir_context.h"

#define UK_CORE   "https://fhir.hl7.org.uk/StructureDefinition/"
#define STAFF_MAX 2048

void synth_fhir_patient_url(const struct synth_world *world, const struct synth_person *person,
                            const struct synth_patient *patient, char ret_url[SYNTH_UUID_SIZE])
{
    uint64_t held = patient->organisation + (uint64_t)patient->copy * SYNTH_MAX_ORGANISATIONS;
    fhir_url(world, FHIR_URL_PATIENT, person->number, held, ret_url);
}

/* -- organisations and staff ------------------------------------------------------------------- */

static void address_of(struct fhir_context *at, const struct synth_org_info *info)
{
    json_member_begin_array(&at->json, "address");
    json_begin_object(&at->json);
    fhir_literal(at, "use", "work");
    json_member_begin_array(&at->json, "line");
    json_write_string(&at->json, info->line);
    json_end_array(&at->json);
    fhir_text(at, "city", info->town);
    fhir_text(at, "postalCode", info->postcode);
    json_end_object(&at->json);
    json_end_array(&at->json);
}

static void telecom(struct fhir_context *at, const char *system, struct slice value,
                    const char *use)
{
    json_begin_object(&at->json);
    fhir_literal(at, "system", system);
    fhir_text(at, "value", value);
    fhir_literal(at, "use", use);
    json_end_object(&at->json);
}

static void identifier(struct fhir_context *at, struct slice system, struct slice value)
{
    json_begin_object(&at->json);
    fhir_text(at, "system", system);
    fhir_text(at, "value", value);
    json_end_object(&at->json);
}

static void organisation_body(struct fhir_context *at, synth_org organisation)
{
    const struct synth_org_info *info = &at->world->organisations[organisation];
    char role[32];
    json_member_begin_array(&at->json, "identifier");
    identifier(at, SLICE("https://fhir.nhs.uk/Id/ods-organization-code"), info->ods);
    json_end_array(&at->json);
    json_member_write_bool(&at->json, "active", true);
    json_member_begin_array(&at->json, "type");
    snprintf(role, sizeof(role), "%.*s", SLICE_PRINT(info->role));
    fhir_coded(at, NULL, "https://fhir.nhs.uk/STU3/CodeSystem/ODSAPI-OrganizationRole-1", role,
               NULL);
    json_begin_object(&at->json); /* the word that the register uses */
    json_member_begin_array(&at->json, "coding");
    json_begin_object(&at->json);
    fhir_literal(at, "system", "urn:evenlode:organisation-type");
    fhir_text(at, "code", info->kind);
    json_end_object(&at->json);
    json_end_array(&at->json);
    json_end_object(&at->json);
    json_end_array(&at->json);
    fhir_text(at, "name", info->name);
    json_member_begin_array(&at->json, "telecom");
    telecom(at, "phone", info->phone, "work");
    json_end_array(&at->json);
    address_of(at, info);
}

void synth_fhir_organisation(const struct synth_world *world, synth_org organisation,
                             struct strbuf *out)
{
    struct fhir_context at = { .world = world, .organisation = organisation };
    json_writer_init(&at.json, out);
    json_begin_object(&at.json);
    fhir_literal(&at, "resourceType", "Organization");
    fhir_text(&at, "id", world->organisations[organisation].ods);
    json_member_write_raw(
        &at.json, "meta",
        SLICE("{\"security\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
              "v3-ActReason\",\"code\":\"HTEST\"}]}"));
    organisation_body(&at, organisation);
    json_end_object(&at.json);
}

static void put_organisation(struct fhir_context *at, synth_org organisation)
{
    char url[SYNTH_UUID_SIZE];
    struct slice ods = at->world->organisations[organisation].ods;
    fhir_url(at->world, FHIR_URL_ORGANISATION, organisation, 0, url);
    fhir_begin_entry(at, url, "Organization", ods);
    organisation_body(at, organisation);
    fhir_end_entry(at, "PUT", "Organization", ods);
}

static void put_staff(struct fhir_context *at, uint16_t staff)
{
    char url[SYNTH_UUID_SIZE];
    const struct synth_staff_member *member = &at->world->staff[staff];
    fhir_url(at->world, FHIR_URL_STAFF, staff, 0, url);
    fhir_begin_entry(at, url, "Practitioner", member->id);
    json_member_begin_array(&at->json, "identifier");
    identifier(at, SLICE("urn:evenlode:synthetic-staff"), member->id);
    json_end_array(&at->json);
    json_member_write_bool(&at->json, "active", true);
    json_member_begin_array(&at->json, "name");
    json_begin_object(&at->json);
    fhir_text(at, "family", member->family);
    json_member_begin_array(&at->json, "given");
    json_write_string(&at->json, member->given);
    json_end_array(&at->json);
    json_member_begin_array(&at->json, "prefix");
    json_write_string(&at->json, member->prefix);
    json_end_array(&at->json);
    json_end_object(&at->json);
    json_end_array(&at->json);
    json_member_begin_array(&at->json, "qualification");
    json_begin_object(&at->json);
    fhir_text_concept(at, "code", member->role);
    json_end_object(&at->json);
    json_end_array(&at->json);
    fhir_end_entry(at, "PUT", "Practitioner", member->id);
}

/* -- the patient ------------------------------------------------------------------------------- */

static void patient_identifiers(struct fhir_context *at)
{
    char system[64];
    const struct synth_org_info *info = &at->world->organisations[at->organisation];
    json_member_begin_array(&at->json, "identifier");
    if (at->who->nhs_number[0] != '\0') {
        json_begin_object(&at->json);
        json_member_write_raw(
            &at->json, "extension",
            SLICE("[{\"url\":\"" UK_CORE "Extension-UKCore-NHSNumberVerificationStatus\","
                  "\"valueCodeableConcept\":{\"coding\":[{\"system\":\"https://fhir.hl7.org.uk/"
                  "CodeSystem/UKCore-NHSNumberVerificationStatusEngland\",\"code\":"
                  "\"number-present-and-verified\",\"display\":\"Number present and "
                  "verified\"}]}}]"));
        fhir_literal(at, "system", "https://fhir.nhs.uk/Id/nhs-number");
        fhir_literal(at, "value", at->who->nhs_number);
        json_end_object(&at->json);
    }
    snprintf(system, sizeof(system), "urn:evenlode:synthetic-patient:%.*s", SLICE_PRINT(info->ods));
    identifier(at, slice_from_string(system), slice_from_string(at->who->local_id));
    json_end_array(&at->json);
}

static void human_name(struct fhir_context *at, const char *use, struct slice prefix,
                       struct slice given, struct slice middle, struct slice family)
{
    json_begin_object(&at->json);
    fhir_literal(at, "use", use);
    fhir_text(at, "family", family);
    json_member_begin_array(&at->json, "given");
    json_write_string(&at->json, given);
    if (middle.len > 0) {
        json_write_string(&at->json, middle);
    }
    json_end_array(&at->json);
    if (prefix.len > 0) {
        json_member_begin_array(&at->json, "prefix");
        json_write_string(&at->json, prefix);
        json_end_array(&at->json);
    }
    json_end_object(&at->json);
}

static void patient_names(struct fhir_context *at)
{
    const struct synth_patient *who = at->who;
    struct slice none = { NULL, 0 };
    struct slice given = slice_from_string(who->given);
    json_member_begin_array(&at->json, "name");
    human_name(at, "official", who->prefix, given, slice_from_string(who->middle),
               slice_from_string(who->family));
    if (who->former_family.len > 0) {
        human_name(at, "maiden", none, given, none, who->former_family);
    }
    json_end_array(&at->json);
}

static void patient_address(struct fhir_context *at)
{
    const struct synth_address *address = at->who->address;
    char line[96];
    if (address == NULL) {
        return;
    }
    synth_address_line(address, line, sizeof(line));
    json_member_begin_array(&at->json, "address");
    json_begin_object(&at->json);
    fhir_literal(at, "use", "home");
    json_member_begin_array(&at->json, "line");
    json_write_string(&at->json, slice_from_string(line));
    json_end_array(&at->json);
    fhir_text(at, "city", address->place->name);
    fhir_literal(at, "district", "Oxfordshire");
    if (at->who->postcode[0] != '\0') {
        fhir_literal(at, "postalCode", at->who->postcode);
    }
    json_end_object(&at->json);
    json_end_array(&at->json);
}

static void patient_ethnicity(struct fhir_context *at)
{
    const struct synth_ethnicity *ethnicity = at->who->ethnicity;
    char code[8];
    char display[64];
    snprintf(code, sizeof(code), "%.*s", SLICE_PRINT(ethnicity->code));
    snprintf(display, sizeof(display), "%.*s", SLICE_PRINT(ethnicity->display));
    json_member_begin_array(&at->json, "extension");
    json_begin_object(&at->json);
    fhir_literal(at, "url", UK_CORE "Extension-UKCore-EthnicCategory");
    fhir_coded(at, "valueCodeableConcept",
               "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategory", code, display);
    json_end_object(&at->json);
    json_end_array(&at->json);
}

static void patient_language(struct fhir_context *at)
{
    char code[8];
    char language[32];
    const struct synth_heritage *heritage = at->who->language;
    snprintf(code, sizeof(code), "%.*s", SLICE_PRINT(heritage->language_code));
    snprintf(language, sizeof(language), "%.*s", SLICE_PRINT(heritage->language));
    json_member_begin_array(&at->json, "communication");
    json_begin_object(&at->json);
    fhir_coded(at, "language", "urn:ietf:bcp:47", code, language);
    json_end_object(&at->json);
    json_end_array(&at->json);
}

static void patient(struct fhir_context *at)
{
    const struct synth_patient *who = at->who;
    fhir_begin_entry(at, at->patient, "Patient", (struct slice){ NULL, 0 });
    if (who->ethnicity != NULL) {
        patient_ethnicity(at);
    }
    patient_identifiers(at);
    json_member_write_bool(&at->json, "active", true);
    patient_names(at);
    if (who->phone.len > 0) {
        json_member_begin_array(&at->json, "telecom");
        telecom(at, "phone", who->phone, "mobile");
        json_end_array(&at->json);
    }
    fhir_literal(at, "gender", who->sex == 'M' ? "male" : who->sex == 'F' ? "female" : "unknown");
    if (who->birth != SYNTH_NO_DAY) {
        fhir_date(at, "birthDate", who->birth);
    }
    if (who->death != SYNTH_NO_DAY) {
        fhir_date(at, "deceasedDateTime", who->death);
    }
    patient_address(at);
    if (who->language != NULL) {
        patient_language(at);
    }
    json_member_begin_array(&at->json, "generalPractitioner");
    fhir_organisation_reference(at, NULL, who->practice);
    json_end_array(&at->json);
    fhir_organisation_reference(at, "managingOrganization", at->organisation);
    fhir_end_entry(at, "POST", "Patient", (struct slice){ NULL, 0 });
}

static bool tells(const struct fhir_context *at, uint32_t item)
{
    return life_holds(at->life, at->who, item) && (at->told == NULL || at->told[item]);
}

static void put_authors(struct fhir_context *at)
{
    bool named[STAFF_MAX] = { false };
    for (uint32_t i = 0; i < at->life->items.count; i++) {
        uint16_t author = at->life->items.at[i].author;
        if (tells(at, i) && !named[author]) {
            named[author] = true;
            put_staff(at, author);
        }
    }
}

static void bundle(struct fhir_context *at, struct strbuf *out)
{
    json_writer_init(&at->json, out);
    synth_fhir_patient_url(at->world, at->life->person, at->who, at->patient);
    json_begin_object(&at->json);
    fhir_literal(at, "resourceType", "Bundle");
    fhir_literal(at, "type", at->served != NULL ? "searchset" : "transaction");
    json_member_begin_array(&at->json, "entry");
    patient(at);
    if (at->patient_alone) {
        json_end_array(&at->json);
        json_end_object(&at->json);
        return;
    }
    put_organisation(at, at->who->organisation);
    if (at->who->organisation != at->who->practice) {
        put_organisation(at, at->who->practice);
    }
    put_authors(at);
    for (uint32_t i = 0; i < at->life->items.count; i++) {
        if (tells(at, i)) {
            fhir_item(at, i);
        }
    }
    json_end_array(&at->json);
    json_end_object(&at->json);
}

void synth_fhir_write(const struct synth_life *life, const struct synth_patient *who,
                      struct strbuf *out, uint32_t *ret_resources)
{
    struct fhir_context at = {
        .life = life, .world = life->world, .who = who, .organisation = who->organisation
    };
    bundle(&at, out);
    *ret_resources = at.entries;
}

void synth_fhir_update(const struct synth_life *life, const struct synth_patient *who,
                       const bool *told, struct strbuf *out, uint32_t *ret_resources)
{
    struct fhir_context at = { .life = life,
                               .world = life->world,
                               .who = who,
                               .organisation = who->organisation,
                               .told = told,
                               .update = true };
    bundle(&at, out);
    *ret_resources = at.entries;
}

void synth_fhir_answer(const struct synth_life *life, const struct synth_patient *who,
                       const char *base, bool everything, struct strbuf *out)
{
    struct fhir_context at = { .life = life,
                               .world = life->world,
                               .who = who,
                               .organisation = who->organisation,
                               .served = base,
                               .update = true,
                               .patient_alone = !everything };
    bundle(&at, out);
}

static void write_line(const struct synth_life *life, const struct synth_patient *who,
                       struct strbuf *out, uint32_t *ret_records)
{
    synth_fhir_write(life, who, out, ret_records);
    strbuf_add_byte(out, '\n');
}

static bool speaks_fhir(const struct synth_org_info *organisation)
{
    return slice_equal(organisation->kind, SLICE("practice")) ||
           slice_equal(organisation->kind, SLICE("community"));
}

const struct synth_format synth_format_fhir = {
    .name = SLICE_INIT("fhir"),
    .suffix = SLICE_INIT("ndjson"),
    .own = speaks_fhir,
    .everywhere = true,
    .write = write_line,
};
