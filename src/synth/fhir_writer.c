/*
 * fhir_writer.c: the bundle, its patient, organisations and staff. What was recorded is in
 * fhir_items.c.
 *
 * Each organisation knows the person a little differently: a letter wrong in the name, the address
 * from before the move, no NHS number. Which, is drawn by the rates of its row in
 * organisation.csv, from the person and the organisation alone.
 */
#include "synth/fhir_writer.h"

#include "base/limits.h"
#include "synth/fhir_context.h"

#define UK_CORE   "https://fhir.hl7.org.uk/StructureDefinition/"
#define STAFF_MAX 2048

/* chance that depends on person, organisation and question alone */
static bool differs(const struct synth_life *life, synth_org organisation, uint64_t question,
                    int32_t per_mille)
{
    uint64_t drawn = synth_random_mix(
        synth_random_mix(life->world->seed + question, life->person->number), organisation);
    return (int32_t)(drawn % 1000) < per_mille;
}

bool synth_fhir_has_number(const struct synth_life *life, synth_org organisation)
{
    int32_t held = life->world->organisations[organisation].number_per_mille;
    return !differs(life, organisation, 1, 1000 - held);
}

void synth_fhir_local_identifier(const struct synth_life *life, synth_org organisation,
                                 char ret_text[24])
{
    snprintf(ret_text, 24, "%c%07u", 'A' + organisation % 26,
             (unsigned)(life->person->number * 7 % 9999991));
}

void synth_fhir_patient_url(const struct synth_life *life, synth_org organisation,
                            char ret_url[SYNTH_UUID_SIZE])
{
    fhir_url(life->world, FHIR_URL_PATIENT, life->person->number, organisation, ret_url);
}

bool synth_fhir_knows(const struct synth_life *life, synth_org organisation)
{
    if (organisation == life->person->practice) {
        return true;
    }
    for (size_t i = 0; i < life->items.count; i++) {
        if (life->items.at[i].organisation == organisation) {
            return true;
        }
    }
    return false;
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
    char local[24];
    char system[64];
    const struct synth_org_info *info = &at->world->organisations[at->organisation];
    json_member_begin_array(&at->json, "identifier");
    if (synth_fhir_has_number(at->life, at->organisation)) {
        json_begin_object(&at->json);
        json_member_write_raw(
            &at->json, "extension",
            SLICE("[{\"url\":\"" UK_CORE "Extension-UKCore-NHSNumberVerificationStatus\","
                  "\"valueCodeableConcept\":{\"coding\":[{\"system\":\"https://fhir.hl7.org.uk/"
                  "CodeSystem/UKCore-NHSNumberVerificationStatusEngland\",\"code\":"
                  "\"number-present-and-verified\",\"display\":\"Number present and "
                  "verified\"}]}}]"));
        fhir_literal(at, "system", "https://fhir.nhs.uk/Id/nhs-number");
        fhir_literal(at, "value", at->life->person->nhs_number);
        json_end_object(&at->json);
    }
    synth_fhir_local_identifier(at->life, at->organisation, local);
    snprintf(system, sizeof(system), "urn:evenlode:synthetic-patient:%.*s", SLICE_PRINT(info->ods));
    identifier(at, slice_from_string(system), slice_from_string(local));
    json_end_array(&at->json);
}

/* one letter left out, as happens when a name is spelled over the telephone */
static struct slice misspelled(struct slice name, char room[64])
{
    if (name.len < 4 || name.len >= 64) {
        return name;
    }
    size_t out = name.len / 2;
    memcpy(room, name.ptr, out);
    memcpy(room + out, name.ptr + out + 1, name.len - out - 1);
    return slice_of(room, name.len - 1);
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
    const struct synth_life *life = at->life;
    const struct synth_person *person = life->person;
    int32_t errors = at->world->organisations[at->organisation].name_error_per_mille;
    char room[64];
    struct slice none = { NULL, 0 };
    struct slice given = person->given;
    struct slice family = person->family;
    if (differs(life, at->organisation, 2, errors)) {
        given = misspelled(given, room);
    } else if (person->born_family.len > 0 && differs(life, at->organisation, 3, errors)) {
        family = person->born_family; /* not told of the marriage */
    }
    json_member_begin_array(&at->json, "name");
    bool practice = at->organisation == person->practice;
    human_name(at, "official", person->prefix, given, practice ? person->middle : none, family);
    if (practice && person->born_family.len > 0) {
        human_name(at, "maiden", none, person->given, none, person->born_family);
    }
    json_end_array(&at->json);
}

static void patient_address(struct fhir_context *at)
{
    const struct synth_person *person = at->life->person;
    const struct synth_address *address = &person->address;
    if (person->old_address.place != NULL &&
        differs(at->life, at->organisation, 4,
                at->world->organisations[at->organisation].old_address_per_mille * 3)) {
        address = &person->old_address;
    }
    char line[96];
    if (address->end.len > 0) {
        snprintf(line, sizeof(line), "%u %.*s %.*s", address->house, SLICE_PRINT(address->stem),
                 SLICE_PRINT(address->end));
    } else {
        snprintf(line, sizeof(line), "%.*s", SLICE_PRINT(address->stem));
    }
    json_member_begin_array(&at->json, "address");
    json_begin_object(&at->json);
    fhir_literal(at, "use", "home");
    json_member_begin_array(&at->json, "line");
    json_write_string(&at->json, slice_from_string(line));
    json_end_array(&at->json);
    fhir_text(at, "city", address->place->name);
    fhir_literal(at, "district", "Oxfordshire");
    fhir_literal(at, "postalCode", address->postcode);
    json_end_object(&at->json);
    json_end_array(&at->json);
}

static void patient_ethnicity(struct fhir_context *at)
{
    const struct synth_ethnicity *ethnicity = at->life->person->ethnicity;
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

static bool knows_of_death(const struct fhir_context *at)
{
    const struct synth_life *life = at->life;
    return life->person->death != SYNTH_NO_DAY &&
           (at->organisation == life->person->practice || !differs(life, at->organisation, 5, 60));
}

static void patient(struct fhir_context *at)
{
    const struct synth_person *person = at->life->person;
    fhir_begin_entry(at, at->patient, "Patient", (struct slice){ NULL, 0 });
    if (!differs(at->life, at->organisation, 6, 110)) {
        patient_ethnicity(at);
    }
    patient_identifiers(at);
    json_member_write_bool(&at->json, "active", true);
    patient_names(at);
    json_member_begin_array(&at->json, "telecom");
    telecom(at, "phone", slice_from_string(person->phone), "mobile");
    json_end_array(&at->json);
    fhir_literal(at, "gender", person->sex == 'M' ? "male" : "female");
    fhir_date(at, "birthDate", person->birth);
    if (knows_of_death(at)) {
        fhir_date(at, "deceasedDateTime", person->death);
    }
    patient_address(at);
    if (at->organisation == person->practice &&
        !slice_equal(person->ethnicity->heritage->language_code, SLICE("en"))) {
        char code[8];
        char language[32];
        const struct synth_heritage *heritage = person->ethnicity->heritage;
        snprintf(code, sizeof(code), "%.*s", SLICE_PRINT(heritage->language_code));
        snprintf(language, sizeof(language), "%.*s", SLICE_PRINT(heritage->language));
        json_member_begin_array(&at->json, "communication");
        json_begin_object(&at->json);
        fhir_coded(at, "language", "urn:ietf:bcp:47", code, language);
        json_end_object(&at->json);
        json_end_array(&at->json);
    }
    json_member_begin_array(&at->json, "generalPractitioner");
    fhir_organisation_reference(at, NULL, person->practice);
    json_end_array(&at->json);
    fhir_organisation_reference(at, "managingOrganization", at->organisation);
    fhir_end_entry(at, "POST", "Patient", (struct slice){ NULL, 0 });
}

void synth_fhir_write(const struct synth_life *life, synth_org organisation, struct strbuf *out,
                      uint32_t *ret_resources)
{
    struct fhir_context at = { .life = life, .world = life->world, .organisation = organisation };
    bool named[STAFF_MAX] = { false };
    json_writer_init(&at.json, out);
    synth_fhir_patient_url(life, organisation, at.patient);
    json_begin_object(&at.json);
    fhir_literal(&at, "resourceType", "Bundle");
    fhir_literal(&at, "type", "transaction");
    json_member_begin_array(&at.json, "entry");
    patient(&at);
    put_organisation(&at, organisation);
    if (organisation != life->person->practice) {
        put_organisation(&at, life->person->practice);
    }
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->organisation == organisation && !named[item->author]) {
            named[item->author] = true;
            put_staff(&at, item->author);
        }
    }
    for (uint32_t i = 0; i < life->items.count; i++) {
        if (life->items.at[i].organisation == organisation) {
            fhir_item(&at, i);
        }
    }
    json_end_array(&at.json);
    json_end_object(&at.json);
    *ret_resources = at.entries;
}
