/*
 * cda_schema.c: a stack of open elements; each child must come at or behind the place in the
 * parent's list where the child before it came.
 */
#include "cda_schema.h"

#include <expat.h>

#define NAMESPACE "urn:hl7-org:v3|"
#define DEPTH     48
#define ANCHORS   2048

/* parent: children in order; ! must be there */
static const struct {
    const char *parent, *children;
} rows[] = {
    { "", "ClinicalDocument!" },
    { "ClinicalDocument",
      "realmCode typeId! templateId id! code! title effectiveTime! confidentialityCode! "
      "languageCode setId versionNumber recordTarget! author! custodian! documentationOf "
      "relatedDocument componentOf component!" },
    { "recordTarget", "patientRole!" },
    { "patientRole", "id! addr telecom patient providerOrganization" },
    { "patient", "name administrativeGenderCode birthTime" },
    { "providerOrganization", "id name telecom addr" },
    { "representedOrganization", "id name telecom addr" },
    { "representedCustodianOrganization", "id! name telecom addr" },
    { "name", "prefix given family" },
    { "addr", "streetAddressLine city county postalCode" },
    { "author", "time! assignedAuthor!" },
    { "assignedAuthor", "id! code addr telecom assignedPerson representedOrganization" },
    { "assignedPerson", "name" },
    { "custodian", "assignedCustodian!" },
    { "assignedCustodian", "representedCustodianOrganization!" },
    { "documentationOf", "serviceEvent!" },
    { "serviceEvent", "id code effectiveTime" },
    { "relatedDocument", "parentDocument!" },
    { "parentDocument", "id! code" },
    { "componentOf", "encompassingEncounter!" },
    { "encompassingEncounter", "id code effectiveTime! dischargeDispositionCode location" },
    { "location", "healthCareFacility name" },
    { "healthCareFacility", "id code location" },
    { "component", "structuredBody section" },
    { "structuredBody", "component!" },
    { "section", "id code title text entry" },
    { "text", "reference paragraph table" },
    { "paragraph", "br" },
    { "table", "thead tbody!" },
    { "thead", "tr!" },
    { "tbody", "tr!" },
    { "tr", "th td" },
    { "entry", "act observation substanceAdministration procedure" },
    { "act", "id code! text statusCode effectiveTime entryRelationship" },
    { "observation",
      "id code! text statusCode effectiveTime value interpretationCode entryRelationship "
      "referenceRange" },
    { "substanceAdministration",
      "id code text statusCode effectiveTime routeCode consumable! entryRelationship" },
    { "procedure", "id code text statusCode effectiveTime" },
    { "entryRelationship", "act observation" },
    { "consumable", "manufacturedProduct!" },
    { "manufacturedProduct", "manufacturedMaterial!" },
    { "manufacturedMaterial", "code" },
    { "referenceRange", "observationRange!" },
    { "observationRange", "text value" },
    { "effectiveTime", "low high" },
    { "value", "originalText low high" },
    { "code", "originalText" },
    { "routeCode", "originalText" },
    { "dischargeDispositionCode", "originalText" },
};

struct level {
    const char *name; /* of `rows`, or "" */
    const char *children;
    uint32_t seen; /* bit a child */
    int place;
};

struct check {
    struct cda_findings findings;
    struct level open[DEPTH];
    int depth;
    char anchors[ANCHORS][16];
    size_t anchor_count;
    char references[ANCHORS][16];
    size_t reference_count;
};

static void fault(struct check *check, const char *what, const char *where)
{
    if (check->findings.fault[0] == '\0') {
        snprintf(check->findings.fault, sizeof(check->findings.fault), "%s: %s", where, what);
    }
}

/* place of a word in the list, or -1 */
static int place_of(const char *children, const char *name)
{
    struct slice rest = slice_from_string(children);
    struct slice word;
    for (int place = 0; slice_split(&rest, ' ', &word); place++) {
        if (slice_ends_with(word, SLICE("!"))) {
            word.len--;
        }
        if (slice_equal(word, slice_from_string(name))) {
            return place;
        }
    }
    return -1;
}

static struct level level_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (strcmp(rows[i].parent, name) == 0) {
            return (struct level){ rows[i].parent, rows[i].children, 0, 0 };
        }
    }
    return (struct level){ "", "", 0, 0 };
}

static void note_attributes(struct check *check, const char **attributes)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        const char *value = attributes[i + 1];
        if (strcmp(attributes[i], "ID") == 0 && check->anchor_count < ANCHORS) {
            snprintf(check->anchors[check->anchor_count++], 16, "%s", value);
        } else if (value[0] == '#' && check->reference_count < ANCHORS) {
            snprintf(check->references[check->reference_count++], 16, "%s", value + 1);
        } else if (strcmp(attributes[i], "nullFlavor") == 0) {
            check->findings.null_flavors++;
        }
    }
}

static void XMLCALL started(void *context, const char *name, const char **attributes)
{
    struct check *check = context;
    struct level *parent = &check->open[check->depth];
    bool ours = strncmp(name, NAMESPACE, strlen(NAMESPACE)) == 0;
    const char *local = ours ? name + strlen(NAMESPACE) : name;
    int place = place_of(parent->children, local);
    if (!ours) {
        fault(check, "another namespace", name);
    } else if (place < 0) {
        fault(check, local, parent->name);
    } else if (place < parent->place) {
        fault(check, "out of order", local);
    } else {
        parent->place = place;
        parent->seen |= UINT32_C(1) << place;
    }
    check->findings.elements++;
    check->findings.entries += strcmp(local, "entry") == 0;
    note_attributes(check, attributes);
    if (check->depth + 1 < DEPTH) {
        check->open[++check->depth] = level_of(local);
    } else {
        fault(check, "too deep", local);
    }
}

static void XMLCALL ended(void *context, const char *name)
{
    struct check *check = context;
    const struct level *level = &check->open[check->depth--];
    struct slice rest = slice_from_string(level->children);
    struct slice word;
    (void)name;
    for (int place = 0; slice_split(&rest, ' ', &word); place++) {
        if (slice_ends_with(word, SLICE("!")) && (level->seen >> place & 1) == 0) {
            char missing[64];
            snprintf(missing, sizeof(missing), "%.*s", SLICE_PRINT(word));
            fault(check, missing, level->name);
        }
    }
}

static void count_dangling(struct check *check)
{
    for (size_t i = 0; i < check->reference_count; i++) {
        bool found = false;
        for (size_t n = 0; n < check->anchor_count; n++) {
            found = found || strcmp(check->references[i], check->anchors[n]) == 0;
        }
        check->findings.dangling += !found;
    }
}

struct cda_findings cda_schema_check(struct slice document)
{
    struct check *check = calloc(1, sizeof(*check));
    assert(check != NULL);
    XML_Parser parser = XML_ParserCreateNS(NULL, '|');
    check->open[0] = level_of("");
    XML_SetUserData(parser, check);
    XML_SetElementHandler(parser, started, ended);
    if (XML_Parse(parser, document.ptr, (int)document.len, 1) != XML_STATUS_OK) {
        fault(check, XML_ErrorString(XML_GetErrorCode(parser)), "not well-formed");
    }
    XML_ParserFree(parser);
    count_dangling(check);
    struct cda_findings findings = check->findings;
    free(check);
    return findings;
}
