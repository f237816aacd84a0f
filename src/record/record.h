/*
 * record.h: the joined-up record of one person, as it is shown.
 *
 * Made at the moment of viewing from the answers of all sources (record/gather.h), kept nowhere,
 * forgotten with its arena (ARCHITECTURE §1, the exchange's plane). Nothing is merged: items of
 * several sources that state the same fact stand in one line, each with its source, date and
 * author, and what differs between them is said in words (invariant 10). A section has a state for
 * each source (invariant 3): unavailable is never shown as empty.
 *
 * All slices lie in the record's arena or in the answers, which live as long. Texts are as the
 * source recorded them; nothing is cut.
 */
#ifndef EVENLODE_RECORD_RECORD_H
#define EVENLODE_RECORD_RECORD_H

#include "base/instant.h"
#include "nhs/person_name.h"
#include "source/source.h"

/* X(NAME, address, title) in the order in which they are shown */
#define RECORD_SECTIONS(X)                                                                         \
    X(PROBLEMS, "problems", "Problems and diagnoses")                                              \
    X(MEDICATION, "medication", "Medication")                                                      \
    X(ALLERGIES, "allergies", "Allergies and adverse reactions")                                   \
    X(RESULTS, "results", "Results")                                                               \
    X(OBSERVATIONS, "observations", "Observations")                                                \
    X(ENCOUNTERS, "encounters", "Encounters and admissions")                                       \
    X(APPOINTMENTS, "appointments", "Appointments")                                                \
    X(PROCEDURES, "procedures", "Procedures")                                                      \
    X(IMMUNISATIONS, "immunisations", "Immunisations")                                             \
    X(DOCUMENTS, "documents", "Documents")                                                         \
    X(CARE_PLANS, "care-plans", "Care plans")                                                      \
    X(ALERTS, "alerts", "Alerts and flags")                                                        \
    X(CONTACTS, "contacts", "Contacts and care network")

enum record_section {
#define X(name, address, title) SECTION_##name,
    RECORD_SECTIONS(X)
#undef X
        SECTION_COUNT
};

/* where an item stands in time; decides "current" and "past" in each section */
enum item_status {
    ITEM_CURRENT,          /* active problem, current medicine, planned appointment, final result */
    ITEM_PAST,             /* resolved, stopped, completed */
    ITEM_ENTERED_IN_ERROR, /* withdrawn: shown struck through, never counted as a fact */
    ITEM_REFUTED,          /* negation: "no known allergy", refuted diagnosis, not given */
};

/* of a result against the range that came with it; never against another laboratory's (H10) */
enum item_flag {
    FLAG_NONE,
    FLAG_NORMAL,
    FLAG_HIGH,
    FLAG_LOW,
    FLAG_ABNORMAL,
    FLAG_CRITICAL,
};

struct record_quantity {
    bool present;
    struct slice comparator; /* "<", ">=" or empty */
    struct slice value;      /* digit for digit as recorded */
    struct slice unit;       /* as recorded; empty when none */
    double number;           /* for drawing only */
};

/* one part of a result that has several: systolic and diastolic */
struct record_component {
    struct slice title;
    struct slice system, code;
    struct record_quantity value;
    struct slice value_text; /* when it is no quantity */
    enum item_flag flag;
};

/*
 * One resource of one source, read for showing. Where the title itself says that there is none of
 * something ("No known allergies"), status is ITEM_REFUTED and `negation` is set: such a line
 * stands among the current ones, while a refuted fact ("Penicillin allergy", refuted) stands among
 * the past.
 */
struct record_item {
    enum record_section section;
    enum item_status status;
    enum item_flag flag;
    size_t source; /* index into record.sources */
    fhir_type type;
    struct slice id;           /* resource id at the source */
    struct slice title;        /* the fact: the source's own words first (H14, H26) */
    struct slice system, code; /* first coding, for grouping */
    struct slice
        detail; /* dose; reaction and severity; outcome; reason; what the status is in words */
    struct slice status_text; /* the source's status code, in words */
    struct slice note;
    struct slice author; /* name as recorded; empty: not recorded */
    struct instant date; /* when it was so, began or was taken; has_date */
    struct instant end;
    struct instant recorded; /* when it was written down or issued */
    bool has_date, has_end, has_recorded;
    bool negation; /* the title is a statement of absence */
    bool severe;   /* criticality high, severe reaction, alert: shown first */
    struct record_quantity value, low,
        high; /* results, observations; low and high: reference range */
    struct slice
        value_text; /* a result that is no quantity: code, text; or components "120 / 80" */
    struct slice range_text;      /* the range as the source words it */
    struct slice attachment_type; /* documents: content type and where it lies */
    struct slice attachment_text; /* plain text of an inline attachment, decoded; else empty */
    struct slice location;        /* ward, clinic */
    /* a result in parts: value_text has them in words; value.number the first, value.present false
     */
    const struct record_component *components;
    size_t components_count;
};

/* the same fact as several sources (or one source, several times) have it */
struct record_line {
    const struct record_item **items; /* the one that leads first: newest of the most detailed */
    size_t count;
    struct slice
        difference; /* "Dose differs: Oxford Trust 2.5 mg since 09-Sep-2026"; empty: none */
};

/* one test over time, one unit (H9); points oldest first */
struct record_trend {
    struct slice title;
    struct slice unit;
    const struct record_item **points;
    size_t count;
    const struct record_item *latest;
    const struct record_item *previous; /* NULL when there is none */
};

struct record_section_view {
    enum record_section section;
    struct record_line *current;
    size_t current_count;
    struct record_line *past; /* resolved, stopped, withdrawn, refuted */
    size_t past_count;
    struct record_trend *trends; /* RESULTS and OBSERVATIONS: by test, newest first */
    size_t trends_count;
    size_t item_count;         /* items of all sources */
    size_t unreadable;         /* resources of this section that could not be shown */
    enum source_state *states; /* record.source_count of them */
};

/*
 * What became of the resources of a source; record_source.resources is their sum. Nothing vanishes
 * without being counted: a page says "n items could not be shown".
 */
struct record_counts {
    size_t shown; /* became one item or more */
    size_t
        supporting; /* the patient, and whom or what items name: practitioners, places, products */
    size_t not_shown;  /* of a type that has no place in the record: claims, provenance, ... */
    size_t unreadable; /* have a place but are no resource of that type */
    size_t refused;    /* the decision does not allow them; not even counted by type */
    struct slice not_shown_types; /* "12 Claim, 3 Consent" */
};

struct record_source {
    struct slice ods;
    struct slice name; /* as in the register */
    bool own;          /* the viewer's own organisation */
    bool asked;        /* ticked */
    enum source_state state;
    walltime as_at;
    size_t resources;
    int64_t took_us;
    bool denied_some; /* the role sees only part of what this source holds */
    struct record_counts counts;
};

/*
 * The states of the allergies box: the four of the CUI patient banner, and what practices record
 * most often, which is neither "none" nor "not recorded".
 */
enum allergy_state {
    ALLERGIES_KNOWN,
    ALLERGIES_NONE_KNOWN,    /* a source says so, and none says otherwise */
    ALLERGIES_NO_DRUG_KNOWN, /* a source says so of medicines, and nothing of other causes */
    ALLERGIES_NOT_RECORDED,
    ALLERGIES_UNAVAILABLE,  /* a source that may hold them did not answer and none is known */
    ALLERGIES_NOT_FOR_ROLE, /* the role does not see them */
};

struct record_person {
    struct slice person;     /* id in the person index */
    struct slice nhs_number; /* ten digits, or empty */
    struct person_name name;
    struct instant birth;
    bool has_birth;
    struct slice gender; /* "Male", "Female", "Other", "Not Known" */
    bool deceased;
    struct instant died;
    bool has_died;
    struct slice address, postcode, phone, email, practice, language;
    struct slice next_of_kin;
    struct slice differences; /* demographics that differ between sources, in words; or empty */
};

/* a point in the timeline, newest first */
struct record_event {
    const struct record_item *item;
};

struct record {
    struct arena *arena;
    struct record_person person;
    enum allergy_state allergies;
    size_t allergies_count;
    struct record_source *sources;
    size_t source_count;
    size_t answered; /* sources with state OK or NONE_RECORDED */
    struct record_section_view sections[SECTION_COUNT];
    struct record_event *timeline;
    size_t timeline_count;
    size_t undated_count; /* items without any date: listed at the end of the timeline */
    size_t item_count;
    walltime made;
    bool some_denied;     /* the role does not see every section whole: said on the page */
    size_t unshown_count; /* not_shown and unreadable of all sources */
};

const char *record_section_address(enum record_section section);
const char *record_section_title(enum record_section section);
/* SECTION_COUNT when there is none of that address */
enum record_section record_section_find(struct slice address);
/* may this decision see anything of that section at all? */
bool record_section_allowed(const struct decision *decision, enum record_section section);
/* may it see all kinds of things of that section? (a social worker sees some observations) */
bool record_section_allowed_whole(const struct decision *decision, enum record_section section);

/* what gather hands to build: one for each source of the person, asked or not */
struct record_input {
    struct slice ods;
    struct slice name;
    bool own;
    bool asked;
    struct source_answer *answer; /* NULL when not asked, or asked and timed out */
    struct record_part *part;     /* the answer as it was read already; NULL: not yet */
    bool unavailable;             /* asked, and it ended without even an answer: no memory */
};

/*
 * Reads each resource of one answer into items, which is most of the work of a record, into
 * `arena`. Pure, and touches nothing but its arguments: gather calls it on the thread on which the
 * answer came, so that sources are read side by side, and while the bodies are still in the
 * processor's cache. `source` is the answer's place among the inputs. The part belongs to one
 * record_build(). NULL when memory ends or the answer is too long to be shown.
 */
struct record_part *record_part_read(struct arena *arena, const struct decision *decision,
                                     const struct source_answer *answer, size_t source,
                                     walltime now);

/*
 * Makes the record from the answers, and reads those that were not. Pure; O(n log n) in the number
 * of resources; at most LIMIT_RECORD_ITEMS items, beyond is FAULT_TOO_LARGE (never a cut list).
 */
MUST_CHECK bool record_build(struct arena *arena, const struct decision *decision,
                             struct slice person, const struct record_input *inputs, size_t count,
                             walltime now, struct record *ret_record, struct fault *fault);

#endif
