/*
 * person.c: who it is, from all the Patients that sources hold of one person.
 *
 * One copy leads, and it leads whole, so that name, address and practice belong together: that of
 * the practice where the person is registered (the organisation that any copy names as general
 * practitioner), else the one that was changed last. What a copy lacks is taken from the next.
 * Where copies contradict each other the page says so in words and chooses nothing silently; a
 * death that any of them records counts, for the living are not harmed by the question (hazard
 * H20).
 *
 * FHIR R4 patient.html; UK Core Patient.
 */
#include "base/utf8.h"
#include "nhs/nhs_number.h"
#include "nhs/ods_code.h"
#include "nhs/postcode.h"
#include "record/record_internal.h"

struct copy {
    struct record_person person;
    size_t source;
    bool registered; /* the source is the practice */
    bool active;
    walltime updated;
};

typedef VECTOR(struct copy) copies;

static struct slice identifier_of(struct reading *reading, json_ix identifiers, const char *system)
{
    json_each_element(reading->json, identifiers, identifier)
    {
        if (slice_equal(record_member(reading, identifier, "system"), slice_from_string(system))) {
            return record_member(reading, identifier, "value");
        }
    }
    return (struct slice){ NULL, 0 };
}

static struct slice gender_words(struct slice code)
{
    static const struct {
        struct slice code, words;
    } words[] = {
        { SLICE_INIT("male"), SLICE_INIT("Male") },
        { SLICE_INIT("female"), SLICE_INIT("Female") },
        { SLICE_INIT("other"), SLICE_INIT("Other") },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        if (slice_equal(code, words[i].code)) {
            return words[i].words;
        }
    }
    return SLICE("Not Known");
}

static void read_address(struct reading *reading, struct record_person *person)
{
    static const char *const parts[] = { "city", "district", "state" };
    json_ix best = JSON_NONE;
    json_each_element(reading->json, reading->field[FIELD_address], address)
    {
        struct slice use = record_member(reading, address, "use");
        bool home = slice_equal(use, SLICE("home"));
        if (!slice_equal(use, SLICE("old")) && (best == JSON_NONE || home)) {
            best = address;
            if (home) {
                break;
            }
        }
    }
    json_each_element(reading->json, record_child(reading, best, "line"), line)
    {
        person->address =
            record_join(reading->texts, person->address, ", ", record_string(reading, line));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        person->address = record_join(reading->texts, person->address, ", ",
                                      record_member(reading, best, parts[i]));
    }
    if (person->address.len == 0) {
        person->address = record_member(reading, best, "text");
    }
    person->postcode = record_member(reading, best, "postalCode");
}

static void read_telecom(struct reading *reading, struct record_person *person)
{
    json_each_element(reading->json, reading->field[FIELD_telecom], one)
    {
        struct slice system = record_member(reading, one, "system");
        struct slice *to = slice_equal(system, SLICE("phone"))   ? &person->phone
                           : slice_equal(system, SLICE("email")) ? &person->email
                                                                 : NULL;
        if (to != NULL && !slice_equal(record_member(reading, one, "use"), SLICE("old"))) {
            *to = record_join(reading->texts, *to, ", ", record_member(reading, one, "value"));
        }
    }
}

static void read_language(struct reading *reading, struct record_person *person)
{
    json_each_element(reading->json, reading->field[FIELD_communication], one)
    {
        bool preferred = json_is(reading->json, record_child(reading, one, "preferred"), JSON_TRUE);
        if (person->language.len == 0 || preferred) {
            person->language = record_concept_text(reading, record_child(reading, one, "language"));
        }
    }
}

/* is it one of the contacts that v2-0131 calls next of kin (N) */
static bool is_next_of_kin(struct reading *reading, json_ix relationships)
{
    bool found = false;
    json_each_element(reading->json, relationships, one)
    {
        json_each_element(reading->json, record_child(reading, one, "coding"), coding)
        {
            found |= slice_equal(record_member(reading, coding, "code"), SLICE("N"));
        }
    }
    return found;
}

/* the practice: its name for people, and whether it is this very source */
static void read_practice(struct reading *reading, struct copy *copy, struct slice *ret_ods)
{
    json_ix practice = reading->field[FIELD_generalPractitioner];
    copy->person.practice = record_reference_name(reading, practice);
    json_each_element(reading->json, practice, one)
    {
        struct slice ods =
            record_member(reading, record_child(reading, one, "identifier"), "value");
        struct record_target target;
        if (ods.len == 0 && record_resolve(reading, one, &target) &&
            target.type == FHIR_ORGANIZATION) {
            struct reading at = *reading;
            at.json = target.json;
            ods = identifier_of(&at, json_member(target.json, target.root, SLICE("identifier")),
                                ODS_CODE_SYSTEM);
        }
        if (ods.len > 0) {
            *ret_ods = ods;
        }
    }
}

static void read_copy(struct reading *reading, struct copy *copy, struct slice *practice)
{
    struct record_person *person = &copy->person;
    (void)!person_name_read(reading->json, reading->field[FIELD_name], reading->arena,
                            &person->name);
    struct slice number =
        identifier_of(reading, reading->field[FIELD_identifier], NHS_NUMBER_SYSTEM);
    char digits[NHS_NUMBER_DIGITS + 1];
    if (nhs_number_parse(number, digits)) {
        person->nhs_number = arena_copy(reading->arena, slice_from_string(digits));
    }
    person->has_birth =
        record_when(reading, reading->field[FIELD_birthDate], false, &person->birth);
    person->gender = gender_words(record_string(reading, reading->field[FIELD_gender]));
    person->has_died =
        record_when(reading, reading->field[FIELD_deceasedDateTime], false, &person->died);
    person->deceased = reading->field[FIELD_deceasedDateTime] != JSON_NONE ||
                       record_is_true(reading, FIELD_deceasedBoolean);
    read_address(reading, person);
    read_telecom(reading, person);
    read_language(reading, person);
    read_practice(reading, copy, practice);
    copy->active = !json_is(reading->json, reading->field[FIELD_active], JSON_FALSE);
}

static void read_source(struct building *building, size_t source, copies *all,
                        struct slice *practice)
{
    const struct record_input *input = &building->inputs[source];
    for (size_t i = 0; input->answer != NULL && i < input->answer->count; i++) {
        const struct source_resource *resource = &input->answer->resources[i];
        if (resource->stored.type != FHIR_PATIENT || resource->json.count == 0 ||
            !record_allows(building->decision, resource->stored.type, resource)) {
            continue;
        }
        struct reading reading = { 0 };
        record_reading_init(&reading, building->parts[source], resource);
        if (!record_fields_read(&reading, 0)) {
            continue;
        }
        struct copy *copy = vector_push(all, building->arena);
        if (copy == NULL) {
            return;
        }
        copy->source = source;
        copy->updated = resource->stored.last_updated;
        read_copy(&reading, copy, practice);
    }
}

/* -- which leads ------------------------------------------------------------------------------- */

static bool leads(const struct copy *a, const struct copy *b)
{
    if (a->active != b->active) {
        return a->active;
    }
    if (a->registered != b->registered) {
        return a->registered;
    }
    return a->updated > b->updated;
}

static void take_text(struct slice *to, struct slice from)
{
    if (to->len == 0) {
        *to = from;
    }
}

static void fill_gaps(struct record_person *person, const struct record_person *other)
{
    if (person->name.family.len + person->name.given.len + person->name.text.len == 0) {
        person->name = other->name;
    }
    if (!person->has_birth && other->has_birth) {
        person->birth = other->birth;
        person->has_birth = true;
    }
    if (!person->has_died && other->has_died) {
        person->died = other->died;
        person->has_died = true;
    }
    person->deceased |= other->deceased;
    if (slice_equal(person->gender, SLICE("Not Known"))) {
        person->gender = other->gender;
    }
    take_text(&person->nhs_number, other->nhs_number);
    if (person->address.len + person->postcode.len == 0) {
        person->address = other->address;
        person->postcode = other->postcode;
    }
    take_text(&person->phone, other->phone);
    take_text(&person->email, other->email);
    take_text(&person->practice, other->practice);
    take_text(&person->language, other->language);
}

/* -- what differs ------------------------------------------------------------------------------ */

static void say(struct building *building, const struct copy *copy, const char *what,
                struct slice value)
{
    const struct record_source *source = &building->record->sources[copy->source];
    struct slice name = source->name.len > 0 ? source->name : source->ods;
    struct slice text = arena_printf(building->arena, "%s differs: %.*s has %.*s", what,
                                     SLICE_PRINT(name), SLICE_PRINT(value));
    struct slice *to = &building->record->person.differences;
    if (slice_find_slice(*to, text) == to->len) {
        *to = record_join(&building->texts, *to, ". ", text);
    }
}

static bool differ(struct building *building, struct slice a, struct slice b)
{
    return a.len > 0 && b.len > 0 &&
           !slice_equal(utf8_search_key(a, building->arena), utf8_search_key(b, building->arena));
}

static bool postcodes_differ(struct slice a, struct slice b)
{
    char one[POSTCODE_SIZE], other[POSTCODE_SIZE];
    if (a.len == 0 || b.len == 0) {
        return false;
    }
    return postcode_parse(a, one) && postcode_parse(b, other) ? strcmp(one, other) != 0
                                                              : !slice_equal(a, b);
}

static bool dates_differ(const struct instant *a, const struct instant *b)
{
    return a->year != b->year ||
           (a->precision >= INSTANT_MONTH && b->precision >= INSTANT_MONTH &&
            a->month != b->month) ||
           (a->precision >= INSTANT_DAY && b->precision >= INSTANT_DAY && a->day != b->day);
}

static void compare(struct building *building, const struct record_person *lead,
                    const struct copy *copy)
{
    const struct record_person *other = &copy->person;
    struct arena *arena = building->arena;
    struct slice name = person_name_show(&other->name, arena);
    if (differ(building, lead->nhs_number, other->nhs_number)) {
        say(building, copy, "NHS number", other->nhs_number);
    }
    if (differ(building, lead->name.family, other->name.family) ||
        differ(building, lead->name.given, other->name.given)) {
        say(building, copy, "Name", name);
    }
    if (lead->has_birth && other->has_birth && dates_differ(&lead->birth, &other->birth)) {
        say(building, copy, "Date of birth", record_date_words(arena, &other->birth));
    }
    if (!slice_equal(other->gender, SLICE("Not Known")) &&
        differ(building, lead->gender, other->gender)) {
        say(building, copy, "Gender", other->gender);
    }
    if (postcodes_differ(lead->postcode, other->postcode)) {
        say(building, copy, "Address",
            record_join(&building->texts, other->address, ", ", other->postcode));
    }
    if (differ(building, lead->practice, other->practice)) {
        say(building, copy, "Practice", other->practice);
    }
    if (lead->deceased && !other->deceased) {
        say(building, copy, "Death", SLICE("no death recorded"));
    } else if (lead->has_died && other->has_died && dates_differ(&lead->died, &other->died)) {
        say(building, copy, "Date of death", record_date_words(arena, &other->died));
    }
}

/* from the contacts that are items already: nothing is read twice, and only what the role may see
 */
static void find_next_of_kin(struct building *building, struct record_person *person)
{
    for (size_t i = 0; i < building->facts.count && person->next_of_kin.len == 0; i++) {
        const struct fact *fact = building->facts.at[i];
        if (fact->next_of_kin && fact->item.status == ITEM_CURRENT) {
            struct slice text = fact->item.title;
            text = record_join(&building->texts, text, ", ", fact->item.detail);
            person->next_of_kin = record_join(&building->texts, text, ", ", fact->item.note);
        }
    }
}

bool record_is_next_of_kin(struct reading *reading)
{
    return is_next_of_kin(reading, reading->field[FIELD_relationship]);
}

void record_person_read(struct building *building)
{
    struct record *record = building->record;
    copies all = { 0 };
    struct slice practice = { NULL, 0 };
    struct slice person_id = record->person.person;
    for (size_t i = 0; i < record->source_count; i++) {
        read_source(building, i, &all, &practice);
    }
    record->person = (struct record_person){ .person = person_id, .gender = SLICE("Not Known") };
    find_next_of_kin(building, &record->person);
    size_t lead = 0;
    for (size_t i = 0; i < all.count; i++) {
        all.at[i].registered = slice_equal(building->inputs[all.at[i].source].ods, practice);
        lead = leads(&all.at[i], &all.at[lead]) ? i : lead;
    }
    if (all.count == 0) {
        return;
    }
    struct slice kin = record->person.next_of_kin;
    record->person = all.at[lead].person;
    record->person.person = person_id;
    record->person.next_of_kin = kin;
    for (size_t i = 0; i < all.count; i++) {
        fill_gaps(&record->person, &all.at[i].person);
    }
    struct record_person shown = record->person;
    for (size_t i = 0; i < all.count; i++) {
        compare(building, &shown, &all.at[i]);
    }
}
