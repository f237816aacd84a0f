/*
 * involvement.c: five places in which a record names an organisation.
 *
 * Governance decides by these notes whether an organisation has to do with a patient, so they are
 * taken from what the record says and from nothing else. Times are half-open; what the record
 * leaves out is open (INSTANT_MIN, INSTANT_MAX). A period that cannot be read counts as of no
 * length: it is passed over, because a wrong date must not open a
 * record for ever.
 *
 * An appointment of FHIR R4 names no organisation (its actors are people, places and devices), so
 * it involves the organisation whose store it lies in.
 */
#include "store/involvement.h"

#include "base/vector.h"

struct span {
    int64_t from;
    int64_t to;
};

static const struct span always = { INSTANT_MIN, INSTANT_MAX };

static bool add(struct involvement_notes *notes, struct arena *arena, enum involvement_kind kind,
                struct slice organisation, struct span span)
{
    struct involvement_note *note = vector_push(notes, arena);
    if (note == NULL) {
        return false;
    }
    *note = (struct involvement_note){ kind, organisation, span.from, span.to };
    return true;
}

/* the ODS code of Reference.identifier, else Reference.reference as it stands; else empty */
static struct slice organisation_of(const struct json *json, json_ix reference, struct arena *arena)
{
    json_ix identifier = json_member(json, reference, SLICE("identifier"));
    if (slice_equal(json_member_string(json, identifier, SLICE("system"), arena),
                    SLICE(ODS_SYSTEM))) {
        return json_member_string(json, identifier, SLICE("value"), arena);
    }
    return json_member_string(json, reference, SLICE("reference"), arena);
}

static bool is_organisation(const struct json *json, json_ix reference, struct arena *arena)
{
    struct slice type = json_member_string(json, reference, SLICE("type"), arena);
    struct slice text = json_member_string(json, reference, SLICE("reference"), arena);
    struct fhir_reference parsed;
    fhir_reference_parse(text, &parsed);
    return parsed.type == FHIR_ORGANIZATION || slice_equal(type, SLICE("Organization"));
}

/* false when one of the two is there but is no date */
static bool span_of(struct slice start, struct slice end, struct span *ret_span)
{
    struct instant instant;
    struct span span = always;
    if (start.len > 0) {
        if (!instant_parse_lenient(start, &instant)) {
            return false;
        }
        span.from = instant_range(&instant).low;
    }
    if (end.len > 0) {
        if (!instant_parse_lenient(end, &instant)) {
            return false;
        }
        span.to = instant_range(&instant).high;
    }
    *ret_span = span;
    return true;
}

static bool from_patient(const struct json *json, json_ix resource, struct arena *arena,
                         struct involvement_notes *notes)
{
    json_ix practitioners = json_member(json, resource, SLICE("generalPractitioner"));
    json_each_element(json, practitioners, reference)
    {
        struct slice organisation = organisation_of(json, reference, arena);
        if (organisation.len > 0 &&
            !add(notes, arena, INVOLVEMENT_REGISTERED, organisation, always)) {
            return false;
        }
    }
    json_ix managing = json_member(json, resource, SLICE("managingOrganization"));
    struct slice organisation = organisation_of(json, managing, arena);
    return add(notes, arena, INVOLVEMENT_MANAGING, organisation, always);
}

static bool from_encounter(const struct json *json, json_ix resource, struct arena *arena,
                           struct involvement_notes *notes)
{
    struct span span;
    json_ix period = json_member(json, resource, SLICE("period"));
    json_ix provider = json_member(json, resource, SLICE("serviceProvider"));
    struct slice organisation = organisation_of(json, provider, arena);
    if (organisation.len == 0 ||
        !span_of(json_member_string(json, period, SLICE("start"), arena),
                 json_member_string(json, period, SLICE("end"), arena), &span)) {
        return true;
    }
    return add(notes, arena, INVOLVEMENT_ENCOUNTER, organisation, span);
}

static bool from_service_request(const struct json *json, json_ix resource, struct arena *arena,
                                 struct involvement_notes *notes)
{
    struct span span;
    struct slice authored = json_member_string(json, resource, SLICE("authoredOn"), arena);
    if (!span_of(authored, (struct slice){ NULL, 0 }, &span)) {
        return true;
    }
    json_ix performers = json_member(json, resource, SLICE("performer"));
    json_each_element(json, performers, reference)
    {
        struct slice organisation = organisation_of(json, reference, arena);
        if (organisation.len > 0 && is_organisation(json, reference, arena) &&
            !add(notes, arena, INVOLVEMENT_REFERRED, organisation, span)) {
            return false;
        }
    }
    return true;
}

static bool from_appointment(const struct json *json, json_ix resource, struct arena *arena,
                             struct involvement_notes *notes)
{
    struct span span;
    struct slice start = json_member_string(json, resource, SLICE("start"), arena);
    struct slice end = json_member_string(json, resource, SLICE("end"), arena);
    if (start.len == 0 || !span_of(start, end.len == 0 ? start : end, &span)) {
        return true; /* proposed, not made */
    }
    return add(notes, arena, INVOLVEMENT_APPOINTMENT, (struct slice){ NULL, 0 }, span);
}

static const struct {
    fhir_type type;
    bool (*derive)(const struct json *json, json_ix resource, struct arena *arena,
                   struct involvement_notes *notes);
} derivations[] = {
    { FHIR_PATIENT, from_patient },
    { FHIR_ENCOUNTER, from_encounter },
    { FHIR_SERVICE_REQUEST, from_service_request },
    { FHIR_APPOINTMENT, from_appointment },
};

bool involvement_derive(const struct json *json, json_ix resource, fhir_type type,
                        struct arena *arena, struct involvement_notes *ret_notes,
                        struct fault *fault)
{
    struct involvement_notes notes = { NULL, 0, 0 };
    for (size_t i = 0; i < ARRAY_LENGTH(derivations); i++) {
        if (derivations[i].type == type && !derivations[i].derive(json, resource, arena, &notes)) {
            return fault_no_memory(fault, arena);
        }
    }
    *ret_notes = notes;
    return true;
}

struct slice involvement_ods_of(const struct json *json, json_ix organisation, struct arena *arena)
{
    json_ix identifiers = json_member(json, organisation, SLICE("identifier"));
    json_each_element(json, identifiers, identifier)
    {
        if (slice_equal(json_member_string(json, identifier, SLICE("system"), arena),
                        SLICE(ODS_SYSTEM))) {
            return json_member_string(json, identifier, SLICE("value"), arena);
        }
    }
    return (struct slice){ NULL, 0 };
}
