/*
 * document_header.c: the header of POCD_MT000040.ClinicalDocument, in the order of the schema.
 *
 * What the schema demands and who writes may not know (a telecom, an address) has a nullFlavor.
 */
#include "cda/document_internal.h"

static void write_name(struct xml_writer *xml, const struct cda_name *name, const char *use)
{
    xml_begin(xml, "name");
    if (use != NULL) {
        xml_attribute(xml, "use", slice_from_string(use));
    }
    if (name->family.len == 0 && name->given.len == 0) {
        xml_attribute(xml, "nullFlavor", SLICE("UNK"));
    }
    const struct {
        const char *element;
        struct slice text;
    } parts[] = { { "prefix", name->prefix },
                  { "given", name->given },
                  { "given", name->middle },
                  { "family", name->family } };
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        if (parts[i].text.len > 0) {
            xml_element(xml, parts[i].element, parts[i].text);
        }
    }
    xml_end(xml);
}

static void write_address(struct xml_writer *xml, const char *use, struct slice line,
                          struct slice town, struct slice county, struct slice postcode)
{
    xml_begin(xml, "addr");
    if (line.len + town.len + county.len + postcode.len == 0) {
        xml_attribute(xml, "nullFlavor", SLICE("NI"));
    } else {
        xml_attribute(xml, "use", slice_from_string(use));
    }
    const struct {
        const char *element;
        struct slice text;
    } parts[] = { { "streetAddressLine", line },
                  { "city", town },
                  { "county", county },
                  { "postalCode", postcode } };
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        if (parts[i].text.len > 0) {
            xml_element(xml, parts[i].element, parts[i].text);
        }
    }
    xml_end(xml);
}

static void write_telecom(struct xml_writer *xml, const char *use, struct slice number)
{
    char text[48];
    xml_begin(xml, "telecom");
    if (number.len > 0 && number.len < 40) {
        snprintf(text, sizeof(text), "tel:%.*s", SLICE_PRINT(number));
        xml_attribute(xml, "value", slice_from_string(text));
        xml_attribute(xml, "use", slice_from_string(use));
    } else {
        xml_attribute(xml, "nullFlavor", SLICE("NI"));
    }
    xml_end(xml);
}

static void write_organisation(struct xml_writer *xml, const char *element,
                               const struct cda_organisation *organisation)
{
    struct cda_id id = { .root = SLICE(CDA_ROOT_ORGANISATION), .extension = organisation->ods };
    struct slice none = { NULL, 0 };
    xml_begin(xml, element);
    cda_write_id(xml, "id", &id);
    xml_element(xml, "name", organisation->name);
    write_telecom(xml, "WP", organisation->telephone);
    write_address(xml, "WP", organisation->line, organisation->town, none, organisation->postcode);
    xml_end(xml);
}

/* v3 AdministrativeGender */
static void write_gender(struct xml_writer *xml, char sex)
{
    const char text[] = { sex, '\0' };
    if (sex == 'M' || sex == 'F') {
        cda_write_fixed(xml, "administrativeGenderCode", text, "2.16.840.1.113883.5.1");
        return;
    }
    xml_begin(xml, "administrativeGenderCode");
    xml_attribute(xml, "nullFlavor", SLICE("UNK"));
    xml_end(xml);
}

static void write_patient(struct xml_writer *xml, const struct cda_patient *patient)
{
    xml_begin(xml, "recordTarget");
    xml_begin(xml, "patientRole");
    for (size_t i = 0; i < ARRAY_LENGTH(patient->ids); i++) {
        if (patient->ids[i].root.len > 0) {
            cda_write_id(xml, "id", &patient->ids[i]);
        }
    }
    write_address(xml, "HP", patient->line, patient->town, patient->county, patient->postcode);
    write_telecom(xml, "MC", patient->telephone);
    xml_begin(xml, "patient");
    write_name(xml, &patient->name, "L");
    write_gender(xml, patient->sex);
    cda_write_time(xml, "birthTime", &patient->birth);
    xml_end(xml);
    if (patient->practice.ods.len > 0) {
        write_organisation(xml, "providerOrganization", &patient->practice);
    }
    xml_end(xml);
    xml_end(xml);
}

static void write_author(struct xml_writer *xml, const struct cda_header *header)
{
    const struct cda_author *author = &header->author;
    struct cda_code role = { .words = author->role };
    xml_begin(xml, "author");
    cda_write_time(xml, "time", &author->time);
    xml_begin(xml, "assignedAuthor");
    cda_write_id(xml, "id", &author->id);
    if (author->role.len > 0) {
        cda_write_code(xml, "code", NULL, &role);
    }
    xml_begin(xml, "assignedPerson");
    write_name(xml, &author->name, NULL);
    xml_end(xml);
    write_organisation(xml, "representedOrganization", &header->custodian);
    xml_end(xml);
    xml_end(xml);
}

static void write_custodian(struct xml_writer *xml, const struct cda_organisation *custodian)
{
    xml_begin(xml, "custodian");
    xml_begin(xml, "assignedCustodian");
    write_organisation(xml, "representedCustodianOrganization", custodian);
    xml_end(xml);
    xml_end(xml);
}

static void write_service(struct xml_writer *xml, const struct cda_header *header)
{
    if (cda_code_is_empty(&header->service)) {
        return;
    }
    xml_begin(xml, "documentationOf");
    xml_begin(xml, "serviceEvent");
    xml_attribute(xml, "classCode", SLICE("ACT"));
    cda_write_code(xml, "code", NULL, &header->service);
    cda_write_period(xml, &header->encounter.from, &header->encounter.to);
    xml_end(xml);
    xml_end(xml);
}

static void write_replaced(struct xml_writer *xml, const struct cda_header *header)
{
    if (header->replaces.root.len == 0) {
        return;
    }
    xml_begin(xml, "relatedDocument");
    xml_attribute(xml, "typeCode", SLICE("RPLC"));
    xml_begin(xml, "parentDocument");
    cda_write_id(xml, "id", &header->replaces);
    xml_end(xml);
    xml_end(xml);
}

static void write_place(struct xml_writer *xml, struct slice place)
{
    xml_begin(xml, "location");
    xml_begin(xml, "healthCareFacility");
    xml_begin(xml, "location");
    xml_element(xml, "name", place);
    xml_end(xml);
    xml_end(xml);
    xml_end(xml);
}

static void write_encounter(struct xml_writer *xml, const struct cda_encounter *encounter)
{
    if (encounter->id.root.len == 0) {
        return;
    }
    xml_begin(xml, "componentOf");
    xml_begin(xml, "encompassingEncounter");
    cda_write_id(xml, "id", &encounter->id);
    cda_write_fixed(xml, "code", encounter->class, "2.16.840.1.113883.5.4"); /* v3 ActCode */
    cda_write_period(xml, &encounter->from, &encounter->to);
    if (!cda_code_is_empty(&encounter->disposition)) {
        cda_write_code(xml, "dischargeDispositionCode", NULL, &encounter->disposition);
    }
    if (encounter->place.len > 0) {
        write_place(xml, encounter->place);
    }
    xml_end(xml);
    xml_end(xml);
}

static void write_identity(struct xml_writer *xml, const struct cda_header *header)
{
    char version[16];
    struct cda_id type = { .root = SLICE("2.16.840.1.113883.1.3"),
                           .extension = SLICE("POCD_HD000040") };
    cda_write_fixed(xml, "realmCode", "GB", NULL);
    cda_write_id(xml, "typeId", &type);
    cda_write_id(xml, "id", &header->id);
    cda_write_code(xml, "code", NULL, &header->code);
    xml_element(xml, "title", header->title);
    cda_write_time(xml, "effectiveTime", &header->time);
    cda_write_fixed(xml, "confidentialityCode", "N", "2.16.840.1.113883.5.25");
    cda_write_fixed(xml, "languageCode", "en-GB", NULL);
    cda_write_id(xml, "setId", &header->set);
    snprintf(version, sizeof(version), "%u", (unsigned)header->version);
    xml_begin(xml, "versionNumber");
    xml_attribute(xml, "value", slice_from_string(version));
    xml_end(xml);
}

void cda_document_begin(struct cda_document *document, struct strbuf *out,
                        const struct cda_header *header)
{
    struct xml_writer *xml = &document->xml;
    *document = (struct cda_document){ .narrative = false };
    xml_writer_init(xml, out);
    xml_declaration(xml);
    xml_begin(xml, "ClinicalDocument");
    xml_attribute(xml, "xmlns", SLICE("urn:hl7-org:v3"));
    xml_attribute(xml, "xmlns:xsi", SLICE("http://www.w3.org/2001/XMLSchema-instance"));
    write_identity(xml, header);
    write_patient(xml, &header->patient);
    write_author(xml, header);
    write_custodian(xml, &header->custodian);
    write_service(xml, header);
    write_replaced(xml, header);
    write_encounter(xml, &header->encounter);
    xml_begin(xml, "component");
    xml_begin(xml, "structuredBody");
}

void cda_document_end(struct cda_document *document)
{
    xml_end(&document->xml);
    xml_end(&document->xml);
    xml_end(&document->xml);
    assert(document->xml.depth == 0);
}
