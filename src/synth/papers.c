/*
 * papers.c: what was written to the practice, as plain text, with the facts of this life.
 *
 * The headings follow the order that discharge summaries in England use (PRSB eDischarge summary
 * standard): patient, practice, admission, diagnoses, course, medicines, allergies, actions.
 * Between them stand sentences of phrase.csv, chosen by person and time, so that letters differ as
 * those of several authors do. Results are read back from the items of the stay.
 */
#include "base/limits.h"
#include "base/strbuf.h"
#include "synth/life.h"

/* who it is about, as whoever writes it was told: a letter knows no number that its writer lacks */
static void add_person(struct strbuf *out, const struct synth_life *life, synth_org writer)
{
    struct synth_patient patient;
    char born[SYNTH_WHEN_SIZE] = "not known";
    const char *number = patient.nhs_number;
    synth_patient_make(life->world, life->person, writer, 0, &patient);
    if (patient.birth != SYNTH_NO_DAY) {
        synth_day_words(patient.birth, born);
    }
    strbuf_addf(
        out, "SYNTHETIC RECORD: this person does not exist.\n\nPatient: %s, %s (%.*s)\nBorn: %s   ",
        patient.family, patient.given, SLICE_PRINT(patient.prefix), born);
    if (number[0] != '\0') {
        strbuf_addf(out, "NHS No: %.3s %.3s %.4s", number, number + 3, number + 6);
    } else {
        strbuf_add(out, SLICE("NHS No: not held"));
    }
    strbuf_addf(out, "\nPractice: %.*s\n",
                SLICE_PRINT(life->world->organisations[patient.practice].name));
}

static void add_problems(struct strbuf *out, const struct synth_life *life, int32_t day)
{
    int listed = 0;
    strbuf_add(out, SLICE("\nPast history:"));
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        if (i == SYNTH_DISEASE_SMOKER || i == SYNTH_DISEASE_OBESITY ||
            !life_had(life, (enum synth_disease_key)i, day)) {
            continue;
        }
        const struct synth_code *code = synth_disease_table[i].code;
        code = i == SYNTH_DISEASE_CANCER && life->cancer != NULL ? life->cancer->code : code;
        strbuf_addf(out, "%s %.*s", listed++ > 0 ? ";" : "", SLICE_PRINT(code->display));
    }
    strbuf_add(out, listed > 0 ? SLICE(".\n") : SLICE(" none of note.\n"));
}

static void add_medicines(struct strbuf *out, const struct synth_life *life, int32_t day)
{
    int listed = 0;
    strbuf_add(out, SLICE("\nMedicines:\n"));
    for (uint32_t i = 0; i < life->taking_count; i++) {
        const struct synth_taking *taking = &life->taking[i];
        if (taking->from <= day && day < taking->to) {
            strbuf_addf(out, "- %.*s: %.*s\n", SLICE_PRINT(taking->medicine->code->display),
                        SLICE_PRINT(taking->medicine->dose));
            listed++;
        }
    }
    if (listed == 0) {
        strbuf_add(out, SLICE("- no regular medicines\n"));
    }
}

static void add_allergies(struct strbuf *out, const struct synth_life *life)
{
    int listed = 0;
    strbuf_add(out, SLICE("\nAllergies:"));
    for (size_t i = 0; i < SYNTH_ALLERGY_COUNT; i++) {
        if (life->allergic[i]) {
            const struct synth_allergy *row = &synth_allergy_table[i];
            struct slice what = row->substance.len > 0 ? row->substance : row->code->display;
            strbuf_addf(out, "%s %.*s", listed++ > 0 ? ";" : "", SLICE_PRINT(what));
        }
    }
    strbuf_add(out, listed > 0 ? SLICE(".\n") : SLICE(" none known to us.\n"));
}

static struct slice finish(struct synth_life *life, struct strbuf *out)
{
    struct slice text = arena_copy(life->arena, strbuf_slice(out));
    life->failed = life->failed || out->failed || text.ptr == NULL;
    strbuf_release(out);
    return text;
}

struct slice life_phrase(const struct synth_life *life, struct slice place, synth_when when)
{
    uint32_t count = 0;
    const struct synth_phrase *first = NULL;
    for (size_t i = 0; i < SYNTH_PHRASE_COUNT; i++) {
        if (slice_equal(synth_phrase_table[i].place, place)) {
            first = first == NULL ? &synth_phrase_table[i] : first;
            count++;
        }
    }
    assert(first != NULL);
    uint64_t drawn = synth_random_mix(life->person->number, (uint64_t)when + place.len);
    return first[drawn % count].text;
}

static void say(struct strbuf *out, const struct synth_life *life, struct slice place,
                synth_when when)
{
    strbuf_add(out, life_phrase(life, place, when));
}

static void add_hospital(struct strbuf *out, const struct synth_life *life, const char *title)
{
    const struct synth_org_info *hospital =
        &life->world->organisations[SYNTH_ORGANISATION_HOSPITAL];
    strbuf_addf(out, "%.*s\n%s\n", SLICE_PRINT(hospital->name), title);
    add_person(out, life, SYNTH_ORGANISATION_HOSPITAL);
}

/* laboratory results of the hospital in that time, the newest of each test */
static void add_results(struct strbuf *out, const struct synth_life *life, synth_when from,
                        synth_when to)
{
    const struct synth_test *listed[8];
    size_t count = 0;
    for (size_t i = life->items.count; i-- > 0 && count < ARRAY_LENGTH(listed);) {
        const struct synth_item *item = &life->items.at[i];
        if (item->start < from) {
            break; /* added before this stay */
        }
        bool fits = item->kind == SYNTH_OBSERVATION && item->test != NULL && item->start <= to &&
                    item->organisation == SYNTH_ORGANISATION_HOSPITAL &&
                    slice_equal(item->test->category, SLICE("laboratory"));
        for (size_t k = 0; fits && k < count; k++) {
            fits = listed[k] != item->test;
        }
        if (fits) {
            strbuf_addf(out, "%s %.*s %d.%d %.*s", count == 0 ? "\nResults:" : ";",
                        SLICE_PRINT(item->test->label), (int)(item->value / 1000),
                        (int)(item->value % 1000 / 100), SLICE_PRINT(item->test->unit));
            listed[count++] = item->test;
        }
    }
    strbuf_add(out, count > 0 ? SLICE(".\n") : SLICE(""));
}

/* what changed around a stay: begun from a week before to two weeks after, stopped likewise */
static void add_changes(struct strbuf *out, const struct synth_life *life, int32_t from, int32_t to)
{
    for (uint32_t i = 0; i < life->taking_count; i++) {
        const struct synth_taking *taking = &life->taking[i];
        struct slice name = taking->medicine->code->display;
        if (taking->from >= from - 7 && taking->from <= to + 14) {
            strbuf_addf(out, "Started: %.*s.\n", SLICE_PRINT(name));
        } else if (taking->to >= from - 7 && taking->to <= to + 14) {
            strbuf_addf(out, "Stopped: %.*s.\n", SLICE_PRINT(name));
        }
    }
}

static void add_actions(struct strbuf *out, const struct synth_life *life, synth_when when)
{
    strbuf_add(out, SLICE("\nFor the practice: "));
    say(out, life, life->age >= 65 ? SLICE("action_old") : SLICE("action_young"), when);
    strbuf_add_byte(out, ' ');
    say(out, life, life->frailty >= 2 ? SLICE("support") : SLICE("no_support"), when);
    strbuf_add_byte(out, '\n');
}

struct slice life_discharge_text(struct synth_life *life, const struct synth_emergency *row,
                                 synth_when from, synth_when to, bool died)
{
    struct strbuf out;
    char start[SYNTH_WHEN_SIZE];
    char end[SYNTH_WHEN_SIZE];
    int32_t day = synth_day_of(to);
    synth_day_words(synth_day_of(from), start);
    synth_day_words(day, end);
    strbuf_init(&out, LIMIT_SYNTH_PAPER);
    add_hospital(&out, life, died ? "SUMMARY OF FINAL ADMISSION" : "DISCHARGE SUMMARY");
    strbuf_addf(&out, "\nAdmitted: %s (emergency)   %s: %s   Specialty: %.*s\n", start,
                died ? "Died" : "Discharged", end, SLICE_PRINT(row->specialty->name));
    strbuf_addf(&out, "Reason: %.*s\nDiagnosis: %.*s\n", SLICE_PRINT(row->complaint),
                SLICE_PRINT(row->code->display));
    add_problems(&out, life, day);
    strbuf_addf(&out, "\nFindings: %.*s\nTreatment: %.*s\n", SLICE_PRINT(row->finding),
                SLICE_PRINT(row->treatment));
    add_results(&out, life, from, to);
    if (died) {
        strbuf_addf(&out, "\nDespite treatment %.*s died on %s. ", SLICE_PRINT(life->person->given),
                    end);
        say(&out, life, SLICE("grief"), to);
        strbuf_add_byte(&out, '\n');
        return finish(life, &out);
    }
    strbuf_add(&out, SLICE("Course: "));
    say(&out, life, SLICE("course"), to);
    strbuf_add_byte(&out, '\n');
    add_medicines(&out, life, day);
    add_changes(&out, life, synth_day_of(from), day);
    add_allergies(&out, life);
    add_actions(&out, life, to);
    return finish(life, &out);
}

struct slice life_planned_text(struct synth_life *life, const struct synth_elective *row,
                               synth_when from, synth_when to)
{
    struct strbuf out;
    char start[SYNTH_WHEN_SIZE];
    char end[SYNTH_WHEN_SIZE];
    synth_day_words(synth_day_of(from), start);
    synth_day_words(synth_day_of(to), end);
    strbuf_init(&out, LIMIT_SYNTH_PAPER);
    add_hospital(&out, life, "DISCHARGE SUMMARY");
    strbuf_addf(&out, "\nAdmitted: %s (planned)   Discharged: %s   Specialty: %.*s\n", start, end,
                SLICE_PRINT(row->specialty->name));
    strbuf_addf(&out, "Procedure: %.*s\nFindings: %.*s\nCourse: ", SLICE_PRINT(row->label),
                SLICE_PRINT(row->finding));
    say(&out, life, SLICE("course"), to);
    strbuf_add_byte(&out, '\n');
    add_medicines(&out, life, synth_day_of(to));
    add_allergies(&out, life);
    add_actions(&out, life, to);
    return finish(life, &out);
}

struct slice life_emergency_text(struct synth_life *life, const struct synth_emergency *row,
                                 synth_when from, synth_when to, struct slice outcome)
{
    struct strbuf out;
    char day[SYNTH_WHEN_SIZE];
    synth_day_words(synth_day_of(from), day);
    strbuf_init(&out, LIMIT_SYNTH_PAPER);
    add_hospital(&out, life, "EMERGENCY DEPARTMENT LETTER");
    strbuf_addf(&out, "\nAttended: %s, for %d minutes\nComplaint: %.*s\nDiagnosis: %.*s\n", day,
                (int)(to - from), SLICE_PRINT(row->complaint), SLICE_PRINT(row->code->display));
    strbuf_addf(&out, "Findings: %.*s\nTreatment: %.*s\nOutcome: %.*s. ", SLICE_PRINT(row->finding),
                SLICE_PRINT(row->treatment), SLICE_PRINT(outcome));
    say(&out, life, SLICE("safety"), from);
    strbuf_add_byte(&out, '\n');
    add_allergies(&out, life);
    return finish(life, &out);
}

struct slice life_clinic_text(struct synth_life *life, const struct synth_clinic *row,
                              synth_when when, bool last)
{
    struct strbuf out;
    char day[SYNTH_WHEN_SIZE];
    synth_day_words(synth_day_of(when), day);
    const struct synth_org_info *hospital =
        &life->world->organisations[SYNTH_ORGANISATION_HOSPITAL];
    strbuf_init(&out, LIMIT_SYNTH_PAPER);
    strbuf_addf(&out, "%.*s\n%.*s clinic, %s\n", SLICE_PRINT(hospital->name),
                SLICE_PRINT(row->name), day);
    add_person(&out, life, SYNTH_ORGANISATION_HOSPITAL);
    strbuf_addf(&out, "\nReason: %.*s\n", SLICE_PRINT(row->reason));
    add_problems(&out, life, synth_day_of(when));
    strbuf_add_byte(&out, '\n');
    say(&out, life, SLICE("opening"), when);
    strbuf_addf(&out, " %.*s\nPlan: %.*s ", SLICE_PRINT(row->finding), SLICE_PRINT(row->plan));
    say(&out, life, last ? SLICE("closing_end") : SLICE("closing_stay"), when);
    strbuf_add_byte(&out, '\n');
    add_medicines(&out, life, synth_day_of(when));
    add_changes(&out, life, synth_day_of(when), synth_day_of(when));
    return finish(life, &out);
}

/* the newest value of a test at the practice in the year before; NULL: none */
static const struct synth_item *newest(const struct synth_life *life, enum synth_test_key test,
                                       synth_when when)
{
    const struct synth_item *found = NULL;
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->kind == SYNTH_OBSERVATION && item->test == &synth_test_table[test] &&
            item->organisation == life->person->practice && item->start <= when &&
            item->start > when - 365 * SYNTH_DAY_MINUTES &&
            (found == NULL || item->start > found->start)) {
            found = item;
        }
    }
    return found;
}

/* what the practice has measured lately that a clinic wants to know */
static void add_measured(struct strbuf *out, const struct synth_life *life, synth_when when)
{
    static const enum synth_test_key tests[] = { SYNTH_TEST_SYSTOLIC, SYNTH_TEST_BMI,
                                                 SYNTH_TEST_HBA1C, SYNTH_TEST_EGFR,
                                                 SYNTH_TEST_HAEMOGLOBIN };
    int listed = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(tests); i++) {
        const struct synth_item *item = newest(life, tests[i], when);
        if (item == NULL) {
            continue;
        }
        strbuf_addf(out, "%s %.*s %d", listed++ == 0 ? "\nMeasured:" : ";",
                    SLICE_PRINT(item->test->label), (int)(item->value / 1000));
        if (item->value2 != 0) {
            strbuf_addf(out, "/%d", (int)(item->value2 / 1000));
        } else if (item->test->decimals > 0) {
            strbuf_addf(out, ".%d", (int)(item->value % 1000 / 100));
        }
        strbuf_addf(out, " %.*s", SLICE_PRINT(item->test->unit));
    }
    strbuf_add(out, listed > 0 ? SLICE(".\n") : SLICE(""));
}

struct slice life_referral_text(struct synth_life *life, const struct synth_clinic *row,
                                synth_when when, bool urgent)
{
    struct strbuf out;
    char day[SYNTH_WHEN_SIZE];
    synth_org practice = life->person->practice;
    synth_day_words(synth_day_of(when), day);
    strbuf_init(&out, LIMIT_SYNTH_PAPER);
    strbuf_addf(&out, "%.*s\nREFERRAL LETTER, %s\nTo: %.*s, %.*s\n",
                SLICE_PRINT(life->world->organisations[practice].name), day, SLICE_PRINT(row->name),
                SLICE_PRINT(life->world->organisations[SYNTH_ORGANISATION_HOSPITAL].name));
    add_person(&out, life, practice);
    strbuf_addf(&out, "\nPriority: %s\nReason: %.*s\n",
                urgent ? "urgent, suspected cancer" : "routine", SLICE_PRINT(row->reason));
    say(&out, life, SLICE("referral_opening"), when);
    strbuf_add_byte(&out, ' ');
    say(&out, life, urgent ? SLICE("referral_urgent") : SLICE("referral_asking"), when);
    strbuf_add_byte(&out, '\n');
    add_problems(&out, life, synth_day_of(when));
    add_measured(&out, life, when);
    add_medicines(&out, life, synth_day_of(when));
    add_allergies(&out, life);
    return finish(life, &out);
}

struct slice life_call_text(struct synth_life *life, const struct synth_emergency *row,
                            synth_when when, struct slice outcome, struct slice advice)
{
    struct strbuf out;
    char day[SYNTH_WHEN_SIZE];
    synth_day_words(synth_day_of(when), day);
    const struct synth_org_info *urgent = &life->world->organisations[SYNTH_ORGANISATION_URGENT];
    strbuf_init(&out, LIMIT_SYNTH_PAPER);
    strbuf_addf(&out, "%.*s\n111 REPORT\n", SLICE_PRINT(urgent->name));
    add_person(&out, life, SYNTH_ORGANISATION_URGENT);
    strbuf_addf(&out, "\nContact: %s\nReported condition: %.*s\nDisposition: %.*s\n%.*s\n", day,
                SLICE_PRINT(row->complaint), SLICE_PRINT(outcome), SLICE_PRINT(advice));
    return finish(life, &out);
}

struct slice life_plan_text(struct synth_life *life, synth_org writer, struct slice title,
                            struct slice wishes)
{
    struct strbuf out;
    strbuf_init(&out, LIMIT_SYNTH_PAPER);
    strbuf_addf(&out, "%.*s\n", SLICE_PRINT(title));
    add_person(&out, life, writer);
    add_problems(&out, life, life->until);
    add_allergies(&out, life);
    strbuf_addf(&out, "\nAgreed: %.*s\n", SLICE_PRINT(wishes));
    return finish(life, &out);
}
