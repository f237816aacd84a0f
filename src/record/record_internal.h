/*
 * record_internal.h: what the sources of record/ share; private to src/record/.
 *
 * A record is built in stages, each a source: every resource of an answer is read into a fact
 * (part.c; read.c, with a table of shapes in section.c and what is special to a family in
 * read_*.c), the facts of all are sorted once, newest first (build.c), and walked from then on:
 * into lines (reconcile.c), trends (trends.c) and the timeline. Demographics go their own way
 * (person.c).
 *
 * Memory: a part lies in the arena that it was read into, everything else in the record's. Nobody
 * looks after each allocation whose failure only makes a text empty: the arena remembers that it
 * failed (arena.exhausted), and who made the part, and record_build(), look once at the end.
 */
#ifndef EVENLODE_RECORD_RECORD_INTERNAL_H
#define EVENLODE_RECORD_RECORD_INTERNAL_H

#include "base/hash_table.h"
#include "base/vector.h"
#include "record/record.h"

/* the elements of a resource that are looked at; each resource's members are walked once */
/* clang-format off */
#define RECORD_FIELDS(X)                                                                           \
    X(abatementAge) X(abatementDateTime) X(abatementPeriod) X(abatementString)                     \
    X(achievementStatus) X(active) X(activity) X(actor) X(address) X(ageAge) X(ageString) X(agent) \
    X(appointmentType) X(asserter) X(assessor) X(attachment) X(author) X(authored) X(authoredOn)   \
    X(birthDate) X(bodySite) X(careManager) X(category) X(class) X(clinicalStatus) X(code)         \
    X(codeCodeableConcept) X(codeReference) X(collection) X(comment) X(communication) X(component) \
    X(conclusion) X(conclusionCode) X(condition) X(contact) X(contained) X(content) X(context)     \
    X(created) X(createdDateTime) X(criticality) X(custodian) X(dataAbsentReason) X(date)          \
    X(dateAsserted) X(dateRecorded) X(dateTime) X(dateWritten) X(deceasedAge) X(deceasedBoolean)   \
    X(deceasedDateTime) X(deceasedString) X(description) X(detail) X(detected) X(device)           \
    X(diagnosis) X(dispenseRequest) X(docStatus) X(doNotPerform) X(dosage) X(dosageInstruction)    \
    X(effectiveDateTime) X(effectiveInstant) X(effectivePeriod) X(effectiveTiming) X(end) X(event) \
    X(executionPeriod) X(expirationDate) X(focus) X(gender) X(generalPractitioner) X(hasMember)    \
    X(hospitalization) X(identifiedDateTime) X(identifier) X(implicated) X(informationSource)      \
    X(intent) X(interpretation) X(issued) X(item) X(lastModified) X(lastOccurrence)                \
    X(lensSpecification) X(lifecycleStatus) X(location) X(lotNumber) X(managingOrganization)       \
    X(manufacturer) X(medicationCodeableConcept) X(medicationReference) X(modality) X(name)        \
    X(note) X(numberOfInstances) X(occurrence) X(occurrenceDateTime) X(occurrencePeriod)           \
    X(occurrenceString) X(occurrenceTiming) X(onsetAge) X(onsetDateTime) X(onsetPeriod)            \
    X(onsetString) X(orderDetail) X(outcome) X(outcomeCode) X(owner) X(participant)                \
    X(patientInstruction) X(payload) X(performed) X(performedAge) X(performedDateTime)             \
    X(performedPeriod) X(performedString) X(performer) X(period) X(practitioner) X(prediction)     \
    X(prescriber) X(presentedForm) X(priority) X(procedureCode) X(protocolApplied) X(quantity)     \
    X(questionnaire) X(reaction) X(reasonCode) X(reasonReference) X(received) X(recordedDate)      \
    X(recorded) X(recorder) X(reference) X(referenceRange) X(relationship) X(requestedPeriod)      \
    X(requester) X(result) X(route) X(section) X(sender) X(sent) X(series) X(serviceProvider)      \
    X(serviceType) X(severity) X(site) X(source) X(specialty) X(stage) X(start) X(startDate)       \
    X(started) X(status) X(statusReason) X(suspectEntity) X(target) X(team) X(telecom)             \
    X(timingDateTime) X(timingPeriod) X(title) X(topic) X(type) X(vaccineCode) X(valueBoolean)     \
    X(valueCodeableConcept) X(valueDateTime) X(valueInteger) X(valuePeriod) X(valueQuantity)       \
    X(valueRange) X(valueRatio) X(valueSampledData) X(valueString) X(valueTime)                    \
    X(verificationStatus) X(whenHandedOver) X(whenPrepared)
/* clang-format on */

enum record_field {
    FIELD_NONE,
#define X(name) FIELD_##name,
    RECORD_FIELDS(X)
#undef X
        FIELD_COUNT
};

/* one item and what only building needs of it */
struct fact {
    struct record_item item; /* first */
    int64_t when;            /* microseconds for sorting; INSTANT_MIN: undated */
    struct slice folded;     /* of the title; empty where it is not needed */
    struct fact *next;       /* of the same group, older */
    bool next_of_kin;
};

typedef VECTOR(struct fact *) record_facts;

/* a resource that others name by reference */
struct record_named {
    const struct source_resource *resource;
    fhir_type type;
    struct slice name; /* as it is shown, once it was asked for */
    bool read;
    struct record_named *next; /* another of the same id */
};

/* names of fields to their numbers: made once for each record */
#define RECORD_FIELD_SLOTS 512
struct record_field_table {
    uint8_t slots[RECORD_FIELD_SLOTS];
    uint16_t prints[FIELD_COUNT]; /* json_print() of each name */
};

/* a text that was joined, with room behind it */
struct joined {
    struct slice text;
    size_t capacity;
};

/* where texts are joined: the last few that were, with room behind them */
struct texts {
    struct arena *arena;
    struct joined joined[4];
    size_t next;
};

/* one answer, read (record.h); nobody else's, so that sources are read side by side */
struct record_part {
    struct arena *arena;
    const struct decision *decision;
    const struct source_answer *answer;
    size_t source;
    walltime now;
    record_facts facts;
    struct record_counts counts;
    size_t unreadable[SECTION_COUNT];
    struct record_field_table fields;
    struct hash_table directory; /* id -> record_named */
    struct texts texts;
};

/* the whole, from the parts */
struct building {
    struct arena *arena;
    const struct decision *decision;
    const struct record_input *inputs;
    struct record *record;
    struct record_part **parts; /* by source; NULL: no answer */
    record_facts facts;
    bool *present; /* section by section: has the source items there? */
    struct texts texts;
};

/* one resource while it is read */
struct reading {
    struct record_part *part;
    struct arena *arena;
    struct texts *texts;
    const struct json *json;
    json_ix root;
    struct record_item *item;
    json_ix field[FIELD_COUNT]; /* JSON_NONE when absent */
};

enum record_place {
    PLACE_NONE,    /* not shown: no part of care, or not for reading */
    PLACE_SUPPORT, /* gives items their names */
    PLACE_SECTION,
};

struct status_row {
    const char *code;
    enum item_status status;
};

/* how resources of one type become items; FIELD_NONE ends each list, the first that is there wins
 */
struct record_shape {
    enum record_place place;
    enum record_section section;
    uint8_t title[4];
    uint8_t date[5]; /* of a period its start */
    uint8_t end[4];  /* of a period its end */
    uint8_t recorded[4];
    uint8_t author[5];
    uint8_t status;                    /* FIELD_NONE: status */
    const struct status_row *statuses; /* ends with NULL; what is not in it is current */
    void (*refine)(struct reading *reading);
};

/* ---- section.c ---- */

/* never NULL */
const struct record_shape *record_shape_of(fhir_type type);
/* an Observation of these categories: RESULTS or OBSERVATIONS */
enum record_section record_observation_section(struct reading *reading);
/* the state of one section of one source */
enum source_state record_state(const struct record_input *input, bool allowed, bool whole,
                               bool present);

/* ---- read.c ---- */

void record_fields_init(struct record_field_table *table);
/* walks the members of `object` once; false when it is no object */
bool record_fields_read(struct reading *reading, json_ix object);
/* the reading of one resource of that part */
void record_reading_init(struct reading *reading, struct record_part *part,
                         const struct source_resource *resource);
struct fact *record_fact_new(struct record_part *part);
/* reads one resource of a type that has a section into a new fact */
bool record_read(struct record_part *part, const struct source_resource *resource, fhir_type type);
/* sets `when` of a fact that is complete */
void record_fact_done(struct fact *fact);

/* ---- element.c: the data types ---- */

struct concept {
    struct slice text;         /* text, else display, else code with its system */
    struct slice system, code; /* SNOMED CT before dm+d before LOINC before the first */
};

/* of an array its first element */
static inline json_ix record_first(const struct json *json, json_ix ix)
{
    while (json_is(json, ix, JSON_ARRAY)) {
        ix = json_first(json, ix);
    }
    return ix;
}

struct slice record_string(const struct reading *reading, json_ix ix);
/* a string, a number or a boolean in words */
struct slice record_primitive(const struct reading *reading, json_ix ix);
/* a member of an object, or of the first object of an array; `name` is a literal */
static inline __attribute__((always_inline)) json_ix record_child(const struct reading *reading,
                                                                  json_ix object, const char *name)
{
    return json_member(reading->json, record_first(reading->json, object), slice_from_string(name));
}

static inline __attribute__((always_inline)) struct slice
record_member(const struct reading *reading, json_ix object, const char *name)
{
    return record_string(reading, record_child(reading, object, name));
}

/* CodeableConcept, Coding, string, or the first of an array of them */
bool record_concept(const struct reading *reading, json_ix ix, struct concept *ret_concept);
struct slice record_concept_text(const struct reading *reading, json_ix ix);
/* all of an array, with commas between */
struct slice record_concepts_text(const struct reading *reading, json_ix ix);
bool record_has_code(const struct reading *reading, json_ix concept, const char *code);
/* dateTime or date, Period (start, or end), Timing (first event) */
bool record_when(const struct reading *reading, json_ix ix, bool end, struct instant *ret_when);
/* so many characters of a number are exact in a double, and compare as their decimals do */
#define RECORD_QUICK_DIGITS 15
bool record_quantity_read(const struct reading *reading, json_ix ix,
                          struct record_quantity *ret_quantity);
struct slice record_quantity_text(const struct reading *reading,
                                  const struct record_quantity *quantity);
/* Quantity, Range, Ratio, Period, concept, string, number, boolean: in words */
struct slice record_value_text(const struct reading *reading, json_ix ix);

/* "a", "b", or a + between + b */
struct slice record_join(struct texts *texts, struct slice a, const char *between, struct slice b);
/* "label: text" to the item's note or detail; nothing when `text` is empty */
void record_note(struct reading *reading, const char *label, struct slice text);
void record_detail(struct reading *reading, const char *label, struct slice text);
/* `text`, or nothing when the title says it already */
struct slice record_beyond_title(const struct reading *reading, struct slice text);
/* Annotation[] and the reasons, which most families have */
void record_annotations(struct reading *reading);
void record_reasons(struct reading *reading);
bool record_is_true(const struct reading *reading, enum record_field field);
/* A request with doNotPerform is its opposite: refuted, with these words for its status. */
void record_do_not_perform(struct reading *reading, struct slice words);
/* the status code in words: "entered in error" */
struct slice record_status_words(struct arena *arena, struct slice code);

/* ---- directory.c ---- */

void record_directory_fill(struct record_part *part);
/* what a reference leads to in the same source: a contained resource or one of the answer */
struct record_target {
    const struct json *json;
    json_ix root;
    fhir_type type;
    struct record_named *named; /* NULL when contained */
};
bool record_resolve(const struct reading *reading, json_ix reference,
                    struct record_target *ret_target);
/* the name that a Reference, or an array or back-bone element with one, leads to */
struct slice record_reference_name(const struct reading *reading, json_ix ix);

/* ---- read_*.c: what is special to a family ---- */

/* verificationStatus, which overrides what clinicalStatus says */
void record_verification(struct reading *reading);
/* onset and end that are given as words or an age */
void record_words_of_time(struct reading *reading);
void refine_condition(struct reading *reading);
void refine_family_history(struct reading *reading);
void refine_medication(struct reading *reading);
void refine_allergy(struct reading *reading);
void refine_observation(struct reading *reading);
/* Attachment, or an array of them: content type and place, and the text when it is plain text */
void record_attachments(struct reading *reading, json_ix attachments);
void refine_report(struct reading *reading);
void refine_imaging(struct reading *reading);
void refine_encounter(struct reading *reading);
void refine_appointment(struct reading *reading);
void refine_procedure(struct reading *reading);
void refine_immunisation(struct reading *reading);
void refine_document(struct reading *reading);
void refine_composition(struct reading *reading);
void refine_communication(struct reading *reading);
void refine_questionnaire(struct reading *reading);
void refine_plan(struct reading *reading);
void refine_goal(struct reading *reading);
void refine_request(struct reading *reading);
void refine_alert(struct reading *reading);
void refine_related_person(struct reading *reading);
void refine_care_team(struct reading *reading);
/* each Patient.contact of this Patient as an item of its own */
void record_patient_contacts(struct record_part *part, const struct source_resource *resource);

extern const struct status_row record_status_request[];
extern const struct status_row record_status_event[];

/* ---- negation.c ---- */

enum negation {
    NEGATION_NONE,
    NEGATION_PART,  /* "Not allergic to eggs": says nothing of other causes */
    NEGATION_DRUGS, /* "No known drug allergy": of medicines alone */
    NEGATION_ALL,   /* "No known allergies" */
};
enum negation record_negation(struct slice title, struct slice code, struct arena *arena);

/* ---- compare.c: a quantity against its own range ---- */

enum item_flag record_flag_by_range(const struct record_quantity *value,
                                    const struct record_quantity *low,
                                    const struct record_quantity *high);

/* ---- part.c ---- */

/* does the decision let this resource be shown? asked again of every answer */
bool record_allows(const struct decision *decision, fhir_type type,
                   const struct source_resource *resource);

/* ---- key_table.c: from keys of several parts to pointers ---- */

struct record_key {
    uint64_t number;
    struct slice parts[3];
};

struct key_table {
    uint32_t *slots; /* 1 + place in entries; 0: free */
    size_t capacity; /* power of two */
    struct key_entry *entries;
    size_t count, most;
    struct slice first_part; /* of the last key, with its hash */
    uint64_t first_hash;
};

/* room for `count` keys at most; false without memory */
bool key_table_init(struct key_table *table, struct arena *arena, size_t count);
/* where the pointer of that key is kept: NULL in it when it is new */
void **key_table_put(struct key_table *table, const struct record_key *key);

/* ---- reconcile.c, difference.c, trends.c, allergies.c, person.c ---- */

/* facts are sorted newest first; fills current, past and item_count of every section */
void record_reconcile(struct building *building);
/* current, or a statement of absence that holds */
bool record_in_force(const struct record_item *item);
void record_line_difference(struct building *building, struct record_line *line);
/* other strengths of a medicine that is taken: said on each of their lines */
void record_same_medicine(struct building *building, struct record_section_view *view);
void record_trends(struct building *building, enum record_section section);
void record_allergies(struct building *building);
void record_person_read(struct building *building);
/* is this RelatedPerson or Patient.contact called next of kin? */
bool record_is_next_of_kin(struct reading *reading);
/* "03-Nov-2026" */
struct slice record_date_words(struct arena *arena, const struct instant *date);

#endif
