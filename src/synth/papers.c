/*
 * papers.c: what was written to the practice, as plain text, with the facts of this life.
 *
 * The headings follow the order that discharge summaries in England use (PRSB eDischarge summary
 * standard): patient, practice, admission, diagnoses, course, medicines, allergies, actions.
 */
#include "base/limits.h"
#include "base/strbuf.h"
#include "synth/life.h"

static void add_person(struct strbuf *out, const struct synth_life *life)
{
    const struct synth_person *person = life->person;
    char born[SYNTH_WHEN_SIZE];
    synth_day_words(person->birth, born);
    const struct synth_org_info *practice = &life->world->organisations[person->practice];
    strbuf_addf(
        out, "SYNTHETIC RECORD: this person does not exist.\n\nPatient: %.*s, %.*s (%.*s)\n",
        SLICE_PRINT(person->family), SLICE_PRINT(person->given), SLICE_PRINT(person->prefix));
    strbuf_addf(out, "Born: %s   NHS No: %.3s %.3s %.4s\nPractice: %.*s\n", born,
                person->nhs_number, person->nhs_number + 3, person->nhs_number + 6,
                SLICE_PRINT(practice->name));
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

struct slice life_discharge_text(struct synth_life *life, const struct synth_emergency *row,
                                 synth_when from, synth_when to, bool died)
{
    struct strbuf out;
    char start[SYNTH_WHEN_SIZE];
    char end[SYNTH_WHEN_SIZE];
    int32_t day = synth_day_of(to);
    synth_day_words(synth_day_of(from), start);
    synth_day_words(day, end);
    const struct synth_org_info *hospital =
        &life->world->organisations[SYNTH_ORGANISATION_HOSPITAL];
    strbuf_init(&out, LIMIT_SYNTH_PAPER);
    strbuf_addf(&out, "%.*s\n%s\n", SLICE_PRINT(hospital->name),
                died ? "SUMMARY OF FINAL ADMISSION" : "DISCHARGE SUMMARY");
    add_person(&out, life);
    strbuf_addf(&out, "\nAdmitted: %s (emergency)   %s: %s   Specialty: %.*s\n", start,
                died ? "Died" : "Discharged", end, SLICE_PRINT(row->specialty));
    strbuf_addf(&out, "Reason: %.*s\nDiagnosis: %.*s\n", SLICE_PRINT(row->complaint),
                SLICE_PRINT(row->code->display));
    add_problems(&out, life, day);
    strbuf_addf(&out, "\nFindings: %.*s\nTreatment: %.*s\n", SLICE_PRINT(row->finding),
                SLICE_PRINT(row->treatment));
    if (died) {
        strbuf_addf(&out, "\nDespite treatment %.*s died on %s. The family was present.\n",
                    SLICE_PRINT(life->person->given), end);
        return finish(life, &out);
    }
    add_medicines(&out, life, day);
    add_allergies(&out, life);
    strbuf_addf(&out, "\nFor the practice: please check %s in two weeks. %s\n",
                life->age >= 65 ? "renal function and blood pressure" : "that symptoms settle",
                life->frailty >= 2 ? "Referred to community nursing." : "No follow-up arranged.");
    return finish(life, &out);
}

struct slice life_clinic_text(struct synth_life *life, const struct synth_clinic *row,
                              synth_when when)
{
    struct strbuf out;
    char day[SYNTH_WHEN_SIZE];
    synth_day_words(synth_day_of(when), day);
    const struct synth_org_info *hospital =
        &life->world->organisations[SYNTH_ORGANISATION_HOSPITAL];
    strbuf_init(&out, LIMIT_SYNTH_PAPER);
    strbuf_addf(&out, "%.*s\n%.*s clinic, %s\n", SLICE_PRINT(hospital->name),
                SLICE_PRINT(row->name), day);
    add_person(&out, life);
    add_problems(&out, life, synth_day_of(when));
    strbuf_addf(&out, "\nSeen today. %.*s\nPlan: %.*s\n", SLICE_PRINT(row->finding),
                SLICE_PRINT(row->plan));
    add_medicines(&out, life, synth_day_of(when));
    return finish(life, &out);
}

struct slice life_plan_text(struct synth_life *life, struct slice title, struct slice wishes)
{
    struct strbuf out;
    strbuf_init(&out, LIMIT_SYNTH_PAPER);
    strbuf_addf(&out, "%.*s\n", SLICE_PRINT(title));
    add_person(&out, life);
    add_problems(&out, life, life->until);
    add_allergies(&out, life);
    strbuf_addf(&out, "\nAgreed: %.*s\n", SLICE_PRINT(wishes));
    return finish(life, &out);
}
