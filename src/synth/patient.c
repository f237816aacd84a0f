/*
 * patient.c: what an organisation was told of a person.
 *
 * Each question has a number of its own; its chance depends on seed, question, person and
 * organisation, so that a new question leaves the answers of the others as they were.
 */
#include "synth/patient.h"

enum question {
    QUESTION_NUMBER = 1,
    QUESTION_GIVEN,
    QUESTION_FORMER_NAME,
    QUESTION_ADDRESS,
    QUESTION_DEATH,
    QUESTION_ETHNICITY,
};

struct asking {
    const struct synth_world *world;
    const struct synth_person *person;
    struct synth_patient *patient;
};

static bool differs(const struct asking *asking, enum question question, int32_t per_mille)
{
    uint64_t drawn =
        synth_random_mix(synth_random_mix(asking->world->seed + question, asking->person->number),
                         asking->patient->organisation);
    return (int32_t)(drawn % 1000) < per_mille;
}

static void alter(const struct asking *asking, enum synth_alteration alteration)
{
    asking->patient->alterations |= UINT32_C(1) << alteration;
}

static void copy_name(char ret_name[SYNTH_NAME_SIZE], struct slice name)
{
    snprintf(ret_name, SYNTH_NAME_SIZE, "%.*s", SLICE_PRINT(name));
}

/* one letter left out, as happens when a name is spelled over the telephone */
static bool misspell(char name[SYNTH_NAME_SIZE])
{
    size_t length = strlen(name);
    if (length < 4) {
        return false;
    }
    memmove(name + length / 2, name + length / 2 + 1, length - length / 2);
    return true;
}

static void numbers(const struct asking *asking)
{
    struct synth_patient *patient = asking->patient;
    int32_t held = asking->world->organisations[patient->organisation].number_per_mille;
    snprintf(patient->local_id, sizeof(patient->local_id), "%c%07u",
             'A' + patient->organisation % 26, (unsigned)(asking->person->number * 7 % 9999991));
    if (differs(asking, QUESTION_NUMBER, 1000 - held)) {
        alter(asking, SYNTH_ALTERED_NUMBER_MISSING);
    } else {
        memcpy(patient->nhs_number, asking->person->nhs_number, sizeof(patient->nhs_number));
    }
}

static void names(const struct asking *asking)
{
    const struct synth_person *person = asking->person;
    struct synth_patient *patient = asking->patient;
    int32_t errors = asking->world->organisations[patient->organisation].name_error_per_mille;
    copy_name(patient->given, person->given);
    copy_name(patient->family, person->family);
    patient->prefix = person->prefix;
    if (differs(asking, QUESTION_GIVEN, errors)) {
        if (misspell(patient->given)) {
            alter(asking, SYNTH_ALTERED_GIVEN_MISSPELT);
        }
    } else if (person->born_family.len > 0 && differs(asking, QUESTION_FORMER_NAME, errors)) {
        copy_name(patient->family, person->born_family); /* not told of the marriage */
        alter(asking, SYNTH_ALTERED_FAMILY_OLD);
    }
    if (patient->organisation == person->practice) {
        copy_name(patient->middle, person->middle);
        patient->former_family = person->born_family;
    }
}

static void dates(const struct asking *asking)
{
    const struct synth_person *person = asking->person;
    struct synth_patient *patient = asking->patient;
    patient->birth = person->birth;
    patient->death = person->death;
    if (person->death != SYNTH_NO_DAY && patient->organisation != person->practice &&
        differs(asking, QUESTION_DEATH, 60)) {
        patient->death = SYNTH_NO_DAY;
        alter(asking, SYNTH_ALTERED_DEATH_UNKNOWN);
    }
}

static void home(const struct asking *asking)
{
    const struct synth_person *person = asking->person;
    struct synth_patient *patient = asking->patient;
    int32_t old = asking->world->organisations[patient->organisation].old_address_per_mille;
    patient->address = &person->address;
    if (person->old_address.place != NULL && differs(asking, QUESTION_ADDRESS, old * 3)) {
        patient->address = &person->old_address;
        alter(asking, SYNTH_ALTERED_ADDRESS_OLD);
    }
    patient->phone = slice_from_string(person->phone);
}

static void heritage(const struct asking *asking)
{
    const struct synth_person *person = asking->person;
    struct synth_patient *patient = asking->patient;
    patient->ethnicity = person->ethnicity;
    if (differs(asking, QUESTION_ETHNICITY, 110)) {
        patient->ethnicity = NULL;
        alter(asking, SYNTH_ALTERED_ETHNICITY_MISSING);
    }
    if (patient->organisation == person->practice &&
        !slice_equal(person->ethnicity->heritage->language_code, SLICE("en"))) {
        patient->language = person->ethnicity->heritage;
    }
}

uint32_t synth_patient_count(const struct synth_world *world, const struct synth_person *person,
                             synth_org organisation)
{
    (void)world;
    (void)person;
    (void)organisation;
    return 1;
}

void synth_patient_make(const struct synth_world *world, const struct synth_person *person,
                        synth_org organisation, uint8_t copy, struct synth_patient *ret_patient)
{
    *ret_patient = (struct synth_patient){
        .organisation = organisation,
        .copy = copy,
        .sex = person->sex,
        .practice = person->practice,
    };
    struct asking asking = { .world = world, .person = person, .patient = ret_patient };
    numbers(&asking);
    names(&asking);
    dates(&asking);
    home(&asking);
    heritage(&asking);
}

void synth_address_line(const struct synth_address *address, char *ret_line, size_t size)
{
    if (address->end.len > 0) {
        snprintf(ret_line, size, "%u %.*s %.*s", address->house, SLICE_PRINT(address->stem),
                 SLICE_PRINT(address->end));
    } else {
        snprintf(ret_line, size, "%.*s", SLICE_PRINT(address->stem));
    }
}
