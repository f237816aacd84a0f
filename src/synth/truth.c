/*
 * truth.c: the answer sheet, a line of JSON a person.
 */
#include "synth/truth.h"

#include "base/json.h"
#include "synth/fhir_writer.h"
#include "synth/mishaps.h"

static void write_alterations(const struct synth_patient *patient, struct json_writer *json)
{
    static const struct slice words[] = {
#define X(name, word) SLICE_INIT(word),
        SYNTH_ALTERATIONS(X)
#undef X
    };
    json_member_begin_array(json, "altered");
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        if ((patient->alterations >> i & 1) != 0) {
            json_write_string(json, words[i]);
        }
    }
    json_end_array(json);
}

static void write_patient(const struct synth_world *world, const struct synth_person *person,
                          const struct synth_patient *patient, struct json_writer *json)
{
    char url[SYNTH_UUID_SIZE];
    json_begin_object(json);
    json_member_write(json, "organisation", world->organisations[patient->organisation].ods);
    synth_fhir_patient_url(world, person, patient, url);
    json_member_write(json, "patient", slice_from_string(url));
    json_member_write(json, "identifier", slice_from_string(patient->local_id));
    json_member_write_bool(json, "hasNumber", patient->nhs_number[0] != '\0');
    write_alterations(patient, json);
    json_end_object(json);
}

static void write_patients(const struct synth_life *life, synth_org organisation,
                           struct json_writer *json)
{
    uint32_t count = synth_patient_count(life->world, life->person, organisation);
    for (uint32_t copy = 0; copy < count; copy++) {
        struct synth_patient patient;
        synth_patient_make(life->world, life->person, organisation, (uint8_t)copy, &patient);
        write_patient(life->world, life->person, &patient, json);
    }
}

static void write_choices(const struct synth_choices *choices, struct json_writer *json)
{
    static const struct slice summaries[] = {
#define X(name, word) SLICE_INIT(word),
        SYNTH_SUMMARIES(X)
#undef X
    };
    json_member_begin_object(json, "choices");
    json_member_write(json, "summary", summaries[choices->summary]);
    json_member_write_bool(json, "sharingObjection", choices->sharing_objection);
    json_member_write_bool(json, "nationalOptOut", choices->national_opt_out);
    json_member_write_bool(json, "type1OptOut", choices->type1_opt_out);
    json_member_write_bool(json, "populationObjection", choices->population_objection);
    json_member_write_bool(json, "restricted", choices->restricted);
    json_end_object(json);
}

static void write_day(struct json_writer *json, const char *name, int32_t day)
{
    char text[SYNTH_WHEN_SIZE];
    synth_day_text(day, text);
    json_member_write(json, name, slice_from_string(text));
}

/* what they were called before, which those who were not told still hold */
static void write_former_names(const struct synth_person *person, struct json_writer *json)
{
    static const struct slice words[] = { [SYNTH_NAME_MARRIAGE] = SLICE_INIT("marriage"),
                                          [SYNTH_NAME_DIVORCE] = SLICE_INIT("divorce"),
                                          [SYNTH_NAME_DEED_POLL] = SLICE_INIT("deed-poll"),
                                          [SYNTH_NAME_ADOPTION] = SLICE_INIT("adoption") };
    if (person->former_count == 0) {
        return;
    }
    json_member_begin_array(json, "formerNames");
    for (uint32_t i = 0; i < person->former_count; i++) {
        json_begin_object(json);
        json_member_write(json, "family", person->former[i].family);
        write_day(json, "until", person->former[i].until);
        json_member_write(json, "why", words[person->former[i].why]);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_other_number(const struct synth_person *person, struct json_writer *json)
{
    if (person->renumbered == NULL) {
        return;
    }
    json_member_begin_object(json, "otherNumber");
    json_member_write(json, "nhsNumber", slice_from_string(person->other_number));
    json_member_write(json, "why", person->renumbered->key);
    if (person->other_until != SYNTH_NO_DAY) {
        write_day(json, "until", person->other_until);
    }
    json_end_object(json);
}

static void write_person(const struct synth_person *person, struct json_writer *json)
{
    json_member_write_u64(json, "person", person->number);
    json_member_write_u64(json, "household", person->household);
    if (person->nhs_number[0] != '\0') {
        json_member_write(json, "nhsNumber", slice_from_string(person->nhs_number));
    }
    json_member_write(json, "sex", slice_of(&person->sex, 1));
    write_day(json, "born", person->birth);
    if (person->death != SYNTH_NO_DAY) {
        write_day(json, "died", person->death);
    }
    write_former_names(person, json);
    write_other_number(person, json);
    json_member_write_u64(json, "deprivationTenth", (uint64_t)person->tenth);
    write_choices(&person->choices, json);
}

void synth_truth_write(const struct synth_life *life, struct strbuf *out)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_object(&json);
    write_person(life->person, &json);
    json_member_begin_array(&json, "diseases");
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        if (life_has(life, (enum synth_disease_key)i)) {
            json_write_string(&json, synth_disease_table[i].key);
        }
    }
    json_end_array(&json);
    json_member_begin_array(&json, "patients");
    for (uint32_t i = 0; i < life->world->organisation_count; i++) {
        if (life_known_to(life, (synth_org)i)) {
            write_patients(life, (synth_org)i, &json);
        }
    }
    json_end_array(&json);
    mishaps_truth(life, &json);
    json_end_object(&json);
    strbuf_add_byte(out, '\n');
}

void synth_truth_write_census(const struct synth_world *world,
                              const struct synth_household *household, uint32_t index,
                              const struct synth_census *census, struct strbuf *out)
{
    const struct synth_person *person = &household->people[index];
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_object(&json);
    write_person(person, &json);
    json_member_begin_array(&json, "patients");
    for (uint32_t i = 0; i < census->count; i++) {
        if (census->at[i].person == index) {
            write_patient(world, person, &census->at[i].patient, &json);
        }
    }
    json_end_array(&json);
    json_end_object(&json);
    strbuf_add_byte(out, '\n');
}
