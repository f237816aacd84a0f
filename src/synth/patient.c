/*
 * patient.c: what an organisation was told of a person.
 *
 * Each question has a number of its own; its chance depends on seed, question, person, organisation
 * and copy, so that a new question leaves the answers of the others as they were. Rates are of
 * 10,000 patients (source.csv).
 *
 * Errors are made as people make them: a letter dropped, doubled, exchanged with the next one or
 * heard as another; day and month exchanged; a year beside; 1 January where only the age was
 * asked. Where an error cannot be made (a name of three letters, the 11th of November), the field
 * stays right and is not counted as altered.
 *
 * Old names and addresses follow the curves of lag.csv, which are those of practices: an
 * organisation whose patients have more of them is told later in the same measure. The draw of a
 * patient stays the same while the curve falls, so who has been told stays told.
 */
#include "synth/patient.h"

#include "synth/lag.h"
#include "synth/names.h"

#define WHOLE 10000
/* of all people, those who have a shorter forename, and an earlier practice: per cent */
#define EVER_SHORT     35
#define OTHER_PRACTICE 30
/* Chinese names are taken down in the wrong order in 8 % */
#define CHINESE_SWAPPED 800
/* a baby is "Baby" in 70 % of contacts, for a fortnight in the median */
#define BABY_PER_10000 7000
#define BABY_DAYS      14
/* two people on one number: .02 %, more when they are twins; of those who have two numbers half the
 * sources know the second */
#define ANOTHER_PER_10000 2
#define TWIN_PER_10000    200
#define SECOND_PER_10000  5000

enum question {
    QUESTION_NUMBER = 1,
    QUESTION_GIVEN,
    QUESTION_FAMILY,
    QUESTION_ADDRESS,
    QUESTION_DEATH,
    QUESTION_ETHNICITY,
    QUESTION_COPIES,
    QUESTION_TEMPORARY,
    QUESTION_TRACED,
    QUESTION_SWAPPED,
    QUESTION_BABY,
    QUESTION_BIRTH,
    QUESTION_SEX,
    QUESTION_POSTCODE,
    QUESTION_PHONE,
    QUESTION_PRACTICE,
    QUESTION_LIST,
    QUESTION_OTHER_NUMBER,
};

struct asking {
    const struct synth_world *world;
    const struct synth_person *person;
    const struct synth_source *errors;
    struct synth_patient *patient;
    uint64_t key;    /* of person, organisation and copy */
    bool left;       /* the organisation is a practice that the person has left */
    int32_t told_to; /* the last day on which it can have been told of anything */
};

static uint64_t key_of(const struct synth_world *world, const struct synth_person *person,
                       synth_org organisation, uint8_t copy)
{
    uint64_t holder = organisation + (uint64_t)copy * 1000;
    return synth_random_mix(synth_random_mix(world->seed ^ SYNTH_STREAM_IDENTITY, holder),
                            person->number);
}

static uint64_t draw(uint64_t key, enum question question)
{
    return synth_random_mix(key, question);
}

/* 0 .. 9999 */
static int32_t answer(const struct asking *asking, enum question question)
{
    return (int32_t)(draw(asking->key, question) % WHOLE);
}

static bool differs(const struct asking *asking, enum question question, int32_t rate)
{
    return answer(asking, question) < rate;
}

/* several errors of one field shut each other out: is `*drawn` in the next `rate`? */
static bool falls(int32_t *drawn, int32_t rate)
{
    bool hit = *drawn >= 0 && *drawn < rate;
    *drawn -= rate;
    return hit;
}

static void alter(const struct asking *asking, enum synth_alteration alteration)
{
    asking->patient->alterations |= UINT32_C(1) << alteration;
}

static bool altered(const struct asking *asking, enum synth_alteration alteration)
{
    return (asking->patient->alterations >> alteration & 1) != 0;
}

/* -- what it was not told ---------------------------------------------------------------------- */

/* per 10,000: does an organisation still hold what was so before a change of that day? `rate` is
 * its rate of that error, `practices` that of practices, whose curve it is */
static int32_t still_held(const struct asking *asking, enum synth_lag_key change, int32_t changed,
                          int32_t rate, int32_t practices)
{
    int32_t until = synth_person_until(asking->person, asking->world->today);
    if (changed > asking->told_to) {
        return WHOLE;
    }
    int32_t still = synth_lag_still(change, until - changed) * rate / practices;
    return still < WHOLE ? still : WHOLE;
}

/* -- copies ------------------------------------------------------------------------------------ */

static uint32_t copies_of(const struct synth_world *world, const struct synth_person *person,
                          synth_org organisation, enum synth_copy ret_copies[SYNTH_COPIES_MAX])
{
    const struct synth_source *errors = world->organisations[organisation].errors;
    uint32_t count = 0;
    ret_copies[count++] = SYNTH_COPY_FIRST;
    if (errors->duplicate + errors->temporary == 0) {
        return count;
    }
    uint64_t key = key_of(world, person, organisation, 0);
    if ((int32_t)(draw(key, QUESTION_COPIES) % WHOLE) < errors->duplicate) {
        ret_copies[count++] = SYNTH_COPY_DUPLICATE;
    }
    if ((int32_t)(draw(key, QUESTION_TEMPORARY) % WHOLE) < errors->temporary) {
        ret_copies[count++] = SYNTH_COPY_TEMPORARY;
    }
    return count;
}

uint32_t synth_patient_count(const struct synth_world *world, const struct synth_person *person,
                             synth_org organisation)
{
    enum synth_copy copies[SYNTH_COPIES_MAX];
    return copies_of(world, person, organisation, copies);
}

enum synth_copy synth_patient_copy(const struct synth_world *world,
                                   const struct synth_person *person, synth_org organisation,
                                   uint8_t copy)
{
    enum synth_copy copies[SYNTH_COPIES_MAX];
    uint32_t count = copies_of(world, person, organisation, copies);
    assert(copy < count);
    return copies[copy];
}

/* -- names ------------------------------------------------------------------------------------- */

static void copy_name(char ret_name[SYNTH_NAME_SIZE], struct slice name)
{
    size_t len = name.len < SYNTH_NAME_SIZE ? name.len : SYNTH_NAME_SIZE - 1;
    if (len > 0) { /* a name that is not held has no bytes to copy from */
        memcpy(ret_name, name.ptr, len);
    }
    ret_name[len] = '\0';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* a lower-case letter as another one that it is taken for; 0 when none */
static char heard_as(char c)
{
    static const char pairs[] = "aeeiyiiyouuockkcsccsmnnmbppbdttdfvvfwvgjjgqklrrlzsxshnxs";
    for (size_t i = 0; i + 1 < sizeof(pairs) - 1; i += 2) {
        if (pairs[i] == c) {
            return pairs[i + 1];
        }
    }
    return 0;
}

/* one slip somewhere behind the first letter; false when the name is too short or stays the same */
static bool misspell(char name[SYNTH_NAME_SIZE], uint64_t drawn)
{
    size_t length = strlen(name);
    if (length < 4 || length + 2 > SYNTH_NAME_SIZE) {
        return false;
    }
    size_t at = 1 + (drawn >> 8) % (length - 2);
    if (!is_letter(name[at]) || !is_letter(name[at + 1])) {
        return false;
    }
    char letter = name[at];
    switch (drawn & 3) {
    case 0: /* left out */
        memmove(name + at, name + at + 1, length - at);
        return true;
    case 1: /* twice */
        memmove(name + at + 1, name + at, length - at + 1);
        return true;
    case 2: /* exchanged with the next one */
        name[at] = name[at + 1];
        name[at + 1] = letter;
        return name[at] != letter;
    default: /* heard as another */
        letter = heard_as(letter);
        name[at] = letter == 0 ? name[at] : letter;
        return letter != 0;
    }
}

static void swap_names(struct synth_patient *patient)
{
    char held[SYNTH_NAME_SIZE];
    memcpy(held, patient->given, sizeof(held));
    memcpy(patient->given, patient->family, sizeof(held));
    memcpy(patient->family, held, sizeof(held));
}

/* the record made at birth, which is a duplicate once the baby has a name */
static bool still_a_baby(const struct asking *asking, enum synth_copy copy)
{
    const struct synth_person *person = asking->person;
    int32_t until = synth_person_until(person, asking->world->today);
    bool fresh = until - person->birth <= BABY_DAYS;
    bool at_birth = copy == SYNTH_COPY_DUPLICATE &&
                    person->birth > asking->world->today - asking->world->years * 1461 / 4;
    return (fresh || at_birth) && person->mother_family.len > 0 &&
           asking->patient->organisation != person->practice &&
           differs(asking, QUESTION_BABY, BABY_PER_10000);
}

static void name_baby(const struct asking *asking)
{
    static const struct slice words[] = { SLICE_INIT("Baby"), SLICE_INIT("Twin 1"),
                                          SLICE_INIT("Twin 2") };
    int8_t twin = asking->person->twin;
    copy_name(asking->patient->given, words[twin == 0 ? 0 : twin == 1 ? 1 : 2]);
    copy_name(asking->patient->family, asking->person->mother_family);
    asking->patient->middle[0] = '\0';
    asking->patient->prefix = (struct slice){ NULL, 0 };
    alter(asking, SYNTH_ALTERED_NAME_BABY);
}

static void given_name(const struct asking *asking)
{
    struct synth_patient *patient = asking->patient;
    int32_t drawn = answer(asking, QUESTION_GIVEN);
    struct slice used = asking->person->used;
    copy_name(patient->given, asking->person->given);
    if (falls(&drawn, asking->errors->given_misspelt)) {
        if (misspell(patient->given, draw(asking->key, QUESTION_GIVEN) >> 16)) {
            alter(asking, SYNTH_ALTERED_GIVEN_MISSPELT);
        }
    } else {
        used = used.len > 0 ? used : synth_short_form(asking->person->given);
        if (used.len > 0 && falls(&drawn, asking->errors->given_short * 100 / EVER_SHORT)) {
            copy_name(patient->given, used);
            alter(asking, SYNTH_ALTERED_GIVEN_SHORT);
        }
    }
}

static void family_name(const struct asking *asking)
{
    const struct synth_person *person = asking->person;
    struct synth_patient *patient = asking->patient;
    const struct synth_source *practices = &synth_source_table[SYNTH_SOURCE_PRACTICE];
    int32_t drawn = answer(asking, QUESTION_FAMILY);
    copy_name(patient->family, person->family);
    if (falls(&drawn, asking->errors->family_misspelt)) {
        if (misspell(patient->family, draw(asking->key, QUESTION_FAMILY) >> 16)) {
            alter(asking, SYNTH_ALTERED_FAMILY_MISSPELT);
        }
    } else if (person->former_count > 0 &&
               falls(&drawn, still_held(asking, SYNTH_LAG_NAME, person->former[0].until,
                                        asking->errors->family_old, practices->family_old))) {
        copy_name(patient->family, person->former[0].family); /* not told of the marriage */
        alter(asking, SYNTH_ALTERED_FAMILY_OLD);
    }
}

static void names(const struct asking *asking, enum synth_copy copy)
{
    const struct synth_person *person = asking->person;
    struct synth_patient *patient = asking->patient;
    patient->prefix = person->prefix;
    if (still_a_baby(asking, copy)) {
        name_baby(asking);
        return;
    }
    given_name(asking);
    family_name(asking);
    bool chinese = person->ethnicity->heritage == &synth_heritage_table[SYNTH_HERITAGE_CHINESE];
    if (differs(asking, QUESTION_SWAPPED, chinese ? CHINESE_SWAPPED : asking->errors->swapped)) {
        swap_names(patient);
        alter(asking, SYNTH_ALTERED_NAMES_SWAPPED);
    }
    if (patient->organisation == person->practice) {
        copy_name(patient->middle, person->middle);
        patient->former_family = person->born_family;
    }
}

/* -- dates, sex -------------------------------------------------------------------------------- */

static int32_t first_of_year(int32_t year)
{
    int32_t day = (year - 1970) * 1461 / 4;
    while (synth_year_of(day) < year) {
        day++;
    }
    while (synth_year_of(day - 1) >= year) {
        day--;
    }
    return day;
}

/* the 3rd of May as the 5th of March; the day itself when that is no date or not yet */
static int32_t swap_birth(int32_t birth, int32_t today)
{
    int32_t month = synth_month_of(birth);
    int32_t year = synth_year_of(birth);
    int32_t first = birth;
    while (synth_month_of(first - 1) == month) {
        first--;
    }
    int32_t day = birth - first + 1;
    if (day > 12 || day == month) {
        return birth;
    }
    int32_t other = first_of_year(year);
    while (synth_month_of(other) != day) {
        other++;
    }
    other += month - 1;
    return other > today ? birth : other;
}

/* a digit beside: a day, a month, a year or ten years off */
static int32_t other_birth(int32_t birth, uint64_t drawn, int32_t today)
{
    static const int32_t off[] = { 1, -1, 2, 10, -10, 30, -31, 365, -365, 366, 3652, -3653 };
    int32_t other = birth + off[drawn % ARRAY_LENGTH(off)];
    return other > today ? birth : other;
}

static void birth_date(const struct asking *asking)
{
    const struct synth_source *errors = asking->errors;
    struct synth_patient *patient = asking->patient;
    int32_t today = asking->world->today;
    int32_t drawn = answer(asking, QUESTION_BIRTH);
    int32_t held = asking->person->birth;
    if (asking->person->placeholder_birth) {
        held = first_of_year(synth_year_of(held));
        alter(asking, SYNTH_ALTERED_BIRTH_PLACEHOLDER);
    }
    patient->birth = held;
    if (falls(&drawn, errors->birth_missing)) {
        patient->birth = SYNTH_NO_DAY;
        alter(asking, SYNTH_ALTERED_BIRTH_MISSING);
    } else if (falls(&drawn, errors->birth_estimated)) {
        int32_t year = synth_year_of(today) - synth_age_at(held, today);
        patient->birth = first_of_year(year);
        alter(asking, SYNTH_ALTERED_BIRTH_ESTIMATED);
    } else if (falls(&drawn, errors->birth_swapped)) {
        patient->birth = swap_birth(held, today);
        if (patient->birth != held) {
            alter(asking, SYNTH_ALTERED_BIRTH_SWAPPED);
        }
    } else if (falls(&drawn, errors->birth_other)) {
        patient->birth = other_birth(held, draw(asking->key, QUESTION_BIRTH) >> 16, today);
        if (patient->birth != held) {
            alter(asking, SYNTH_ALTERED_BIRTH_OTHER);
        }
    }
}

static void death_date(const struct asking *asking)
{
    struct synth_patient *patient = asking->patient;
    patient->death = asking->person->death;
    if (patient->death != SYNTH_NO_DAY &&
        (patient->death > asking->told_to ||
         differs(asking, QUESTION_DEATH, asking->errors->death_unknown))) {
        patient->death = SYNTH_NO_DAY;
        alter(asking, SYNTH_ALTERED_DEATH_UNKNOWN);
    }
}

static void sex(const struct asking *asking)
{
    struct synth_patient *patient = asking->patient;
    int32_t drawn = answer(asking, QUESTION_SEX);
    patient->sex = asking->person->sex;
    if (falls(&drawn, asking->errors->sex_wrong / 2)) {
        patient->sex = patient->sex == 'M' ? 'F' : 'M';
        alter(asking, SYNTH_ALTERED_SEX_WRONG);
    } else if (falls(&drawn, asking->errors->sex_wrong - asking->errors->sex_wrong / 2)) {
        patient->sex = 'U';
        alter(asking, SYNTH_ALTERED_SEX_UNKNOWN);
    }
}

/* -- the number -------------------------------------------------------------------------------- */

static bool birth_is_right(const struct asking *asking)
{
    return asking->patient->birth == asking->person->birth ||
           altered(asking, SYNTH_ALTERED_BIRTH_PLACEHOLDER);
}

static bool holds_other_number(const struct asking *asking)
{
    const struct synth_person *person = asking->person;
    bool registers = asking->patient->organisation == person->practice;
    if (person->renumbered == NULL) {
        return false;
    }
    int32_t share = person->other_until == SYNTH_NO_DAY
                        ? SECOND_PER_10000
                        : still_held(asking, SYNTH_LAG_NUMBER, person->other_until, 1, 1);
    /* an adopted child is registered anew, under the new number */
    bool anew =
        registers && person->renumbered == &synth_renumbering_table[SYNTH_RENUMBERING_ADOPTION];
    return !anew && differs(asking, QUESTION_OTHER_NUMBER, share);
}

static void wrong_number(const struct asking *asking, int32_t *drawn)
{
    const struct synth_person *person = asking->person;
    char *held = asking->patient->nhs_number;
    char other[SYNTH_NHS_NUMBER_SIZE];
    uint64_t neighbour =
        person->twin != 0 ? person->number + (uint64_t)(int64_t)person->twin : person->number ^ 1;
    if (falls(drawn, person->twin != 0 ? TWIN_PER_10000 : ANOTHER_PER_10000)) {
        if (synth_numbers_of(&asking->world->numbers, neighbour, other)) {
            memcpy(held, other, sizeof(other));
            alter(asking, SYNTH_ALTERED_NUMBER_OF_ANOTHER);
        }
    } else if (holds_other_number(asking)) {
        bool second = person->renumbered == &synth_renumbering_table[SYNTH_RENUMBERING_DUPLICATE];
        memcpy(held, person->other_number, sizeof(person->other_number));
        alter(asking, second ? SYNTH_ALTERED_NUMBER_SECOND : SYNTH_ALTERED_NUMBER_FORMER);
    }
}

/* after the birth date, which a trace needs */
static void number(const struct asking *asking, bool traced)
{
    struct synth_patient *patient = asking->patient;
    int32_t drawn = answer(asking, QUESTION_NUMBER);
    if (asking->person->nhs_number[0] == '\0') {
        return; /* has none: nothing is missing */
    }
    memcpy(patient->nhs_number, asking->person->nhs_number, sizeof(patient->nhs_number));
    if (!falls(&drawn, WHOLE - asking->errors->present)) {
        wrong_number(asking, &drawn);
    } else if (traced && birth_is_right(asking) &&
               differs(asking, QUESTION_TRACED, asking->errors->traced)) {
        alter(asking, SYNTH_ALTERED_NUMBER_TRACED);
    } else {
        patient->nhs_number[0] = '\0';
        alter(asking, SYNTH_ALTERED_NUMBER_MISSING);
    }
}

/* unique within the organisation: a permutation below the prime 9,999,991, and a letter a kind */
static void local_number(const struct asking *asking, enum synth_copy copy)
{
    static const char *const kinds[] = { "", "D", "T" };
    struct synth_patient *patient = asking->patient;
    snprintf(patient->local_id, sizeof(patient->local_id), "%c%s%07u",
             'A' + patient->organisation % 26, kinds[copy],
             (unsigned)(asking->person->number * 7 % 9999991));
    if (copy == SYNTH_COPY_DUPLICATE) {
        alter(asking, SYNTH_ALTERED_DUPLICATE);
    } else if (copy == SYNTH_COPY_TEMPORARY) {
        alter(asking, SYNTH_ALTERED_TEMPORARY);
    }
}

/* -- where, and what else ---------------------------------------------------------------------- */

/* another letter of those that a postcode may end with */
static void wrong_postcode(char postcode[SYNTH_POSTCODE_SIZE], uint64_t drawn)
{
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ";
    size_t length = strlen(postcode);
    if (length < 5) {
        return;
    }
    char *at = &postcode[length - 1 - drawn % 2];
    char other = letters[(drawn >> 8) % (sizeof(letters) - 1)];
    *at = other != *at ? other : other == 'A' ? 'B' : 'A';
}

static void postcode(const struct asking *asking)
{
    struct synth_patient *patient = asking->patient;
    int32_t drawn = answer(asking, QUESTION_POSTCODE);
    memcpy(patient->postcode, patient->address->postcode, sizeof(patient->postcode));
    if (falls(&drawn, asking->errors->postcode_missing)) {
        patient->postcode[0] = '\0';
        alter(asking, SYNTH_ALTERED_POSTCODE_MISSING);
    } else if (falls(&drawn, asking->errors->postcode_wrong)) {
        wrong_postcode(patient->postcode, draw(asking->key, QUESTION_POSTCODE) >> 16);
        alter(asking, SYNTH_ALTERED_POSTCODE_WRONG);
    }
}

static bool holds_old_address(const struct asking *asking)
{
    const struct synth_person *person = asking->person;
    const struct synth_source *practices = &synth_source_table[SYNTH_SOURCE_PRACTICE];
    return person->past_count > 0 &&
           (asking->left ||
            differs(asking, QUESTION_ADDRESS,
                    still_held(asking, SYNTH_LAG_ADDRESS, person->past[0].until,
                               asking->errors->address_old, practices->address_old)));
}

/* as the organisation was told: the registered practice, or the one before */
static void registration(const struct asking *asking)
{
    const struct synth_person *person = asking->person;
    struct synth_patient *patient = asking->patient;
    bool other =
        person->old_practice != person->practice && patient->organisation != person->practice;
    patient->practice = person->practice;
    if (asking->left) {
        alter(asking, SYNTH_ALTERED_LEFT);
    }
    if (asking->left || (other && differs(asking, QUESTION_PRACTICE,
                                          asking->errors->practice_old * 100 / OTHER_PRACTICE))) {
        patient->practice = person->old_practice;
        alter(asking, SYNTH_ALTERED_PRACTICE_OLD);
    }
}

static void home(const struct asking *asking)
{
    const struct synth_person *person = asking->person;
    struct synth_patient *patient = asking->patient;
    patient->address = &person->address;
    if (holds_old_address(asking)) {
        patient->address = &person->past[0].address;
        alter(asking, SYNTH_ALTERED_ADDRESS_OLD);
    }
    postcode(asking);
    patient->phone = slice_from_string(person->phone);
    if (differs(asking, QUESTION_PHONE, asking->errors->phone_old)) {
        patient->phone = slice_from_string(person->old_phone);
        alter(asking, SYNTH_ALTERED_PHONE_OLD);
    }
    registration(asking);
}

static void heritage(const struct asking *asking)
{
    const struct synth_person *person = asking->person;
    struct synth_patient *patient = asking->patient;
    patient->ethnicity = person->ethnicity;
    if (differs(asking, QUESTION_ETHNICITY, asking->errors->ethnicity_missing)) {
        patient->ethnicity = NULL;
        alter(asking, SYNTH_ALTERED_ETHNICITY_MISSING);
    }
    if (patient->organisation == person->practice) {
        patient->language = person->language;
    }
}

bool synth_patient_still_listed(const struct synth_world *world, const struct synth_person *person)
{
    if (person->old_practice == person->practice || person->past_count == 0) {
        return false;
    }
    int32_t since = synth_person_until(person, world->today) - person->past[0].until;
    uint64_t key = key_of(world, person, person->old_practice, 0);
    return (int32_t)(draw(key, QUESTION_LIST) % WHOLE) < synth_lag_still(SYNTH_LAG_LIST, since);
}

static void make(const struct synth_world *world, const struct synth_person *person,
                 synth_org organisation, uint8_t copy, bool traced,
                 struct synth_patient *ret_patient)
{
    enum synth_copy kind =
        copy == 0 ? SYNTH_COPY_FIRST : synth_patient_copy(world, person, organisation, copy);
    *ret_patient = (struct synth_patient){ .organisation = organisation, .copy = copy };
    bool left = organisation >= SYNTH_FIRST_PRACTICE && organisation != person->practice;
    struct asking asking = {
        .left = left,
        .told_to = left && person->past_count > 0 ? person->past[0].until : SYNTH_NO_DAY,
        .world = world,
        .person = person,
        .errors = kind == SYNTH_COPY_FIRST ? world->organisations[organisation].errors
                                           : &synth_source_table[SYNTH_SOURCE_EMERGENCY],
        .patient = ret_patient,
        .key = key_of(world, person, organisation, copy),
    };
    local_number(&asking, kind);
    names(&asking, kind);
    birth_date(&asking);
    death_date(&asking);
    sex(&asking);
    number(&asking, traced);
    home(&asking);
    heritage(&asking);
}

void synth_patient_make(const struct synth_world *world, const struct synth_person *person,
                        synth_org organisation, uint8_t copy, struct synth_patient *ret_patient)
{
    make(world, person, organisation, copy, true, ret_patient);
}

void synth_patient_taken_down(const struct synth_world *world, const struct synth_person *person,
                              synth_org organisation, uint8_t copy,
                              struct synth_patient *ret_patient)
{
    make(world, person, organisation, copy, false, ret_patient);
}
