/*
 * maternity.c: pregnancy and birth, from both sides.
 *
 * The children are those of the household, so no birth is without its mother. What mother and child
 * must agree on (hour, mode, weeks, weight) is drawn from the child's number: each life finds it
 * anew. Of twins the first counts for the mother.
 */
#include "synth/hospital.h"

enum mode { MODE_SPONTANEOUS, MODE_INSTRUMENTAL, MODE_PLANNED, MODE_EMERGENCY };

struct birth {
    synth_when born;
    synth_when home; /* both leave hospital */
    enum mode mode;
    bool induced, at_home, early;
    int32_t grams;
};

static struct birth birth_of(const struct synth_world *world, const struct synth_person *child)
{
    struct synth_random random;
    struct birth birth = { .mode = MODE_SPONTANEOUS };
    synth_random_start(&random, world->seed, SYNTH_STREAM_BIRTH, child->number);
    uint32_t drawn = synth_random_below(&random, 100);
    birth.mode = drawn < 19   ? MODE_PLANNED
                 : drawn < 41 ? MODE_EMERGENCY
                 : drawn < 52 ? MODE_INSTRUMENTAL
                              : MODE_SPONTANEOUS;
    int32_t minute = synth_random_between(&random, 0, 1439);
    birth.induced = birth.mode != MODE_PLANNED && synth_random_chance(&random, 33, 81);
    birth.at_home =
        birth.mode == MODE_SPONTANEOUS && !birth.induced && synth_random_chance(&random, 8, 100);
    birth.early = synth_random_chance(&random, 77, 1000);
    minute = birth.mode == MODE_PLANNED ? 540 + minute % 360 : minute;
    birth.born = synth_when_of(child->birth, minute);
    bool cut = birth.mode == MODE_PLANNED || birth.mode == MODE_EMERGENCY;
    birth.home = birth.born + synth_random_between(&random, cut ? 1900 : 480, cut ? 4300 : 2600);
    birth.home += birth.early ? synth_random_between(&random, 2000, 20000) : 0;
    birth.grams = (child->sex == 'M' ? 3390 : 3270) + 500 * synth_random_normal(&random) / 1000 -
                  (birth.early ? 900 : 0);
    birth.grams = birth.grams < 700 ? 700 : birth.grams;
    return birth;
}

/* -- the mother -------------------------------------------------------------------------------- */

static void found(struct synth_life *life, uint32_t visit, enum synth_code_key code,
                  const struct synth_code *value, struct slice words)
{
    const struct synth_item seen = life->items.at[visit];
    struct synth_item *item =
        life_add(life, SYNTH_OBSERVATION, SYNTH_ORGANISATION_HOSPITAL, seen.start);
    item->code = &synth_code_table[code];
    item->other = value;
    item->text = words;
    item->author = seen.author;
    item->encounter = visit;
}

/* shares of the groups in England; a woman's is always the same */
static const struct synth_code *blood_group(const struct synth_life *life)
{
    uint64_t drawn = synth_random_mix(life->world->seed, life->person->number) % 100;
    return &synth_code_table[drawn < 47   ? SYNTH_CODE_BLOOD_GROUP_O
                             : drawn < 87 ? SYNTH_CODE_BLOOD_GROUP_A
                             : drawn < 97 ? SYNTH_CODE_BLOOD_GROUP_B
                                          : SYNTH_CODE_BLOOD_GROUP_AB];
}

/* What the midwife asks and measures at booking (NICE NG201): weight, pressure, blood group,
 * whether she smokes, and when the child is due; 40 weeks, of which the birth came at `birth`. */
static void book(struct hospital *at, uint32_t visit, int32_t birth)
{
    struct synth_life *life = at->life;
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    const struct synth_item seen = life->items.at[visit];
    char due[SYNTH_WHEN_SIZE];
    synth_day_words(birth + synth_random_between(&at->random, -9, 12), due);
    life_measure(life, SYNTH_PANEL_BODY, hospital, seen.author, visit, seen.start, false);
    life_measure(life, SYNTH_PANEL_BLOOD_PRESSURE, hospital, seen.author, visit, seen.start, false);
    life_measure(life, SYNTH_PANEL_BLOOD_COUNT, hospital, seen.author, visit, seen.start, false);
    life_ask_smoking(life, hospital, seen.author, visit, seen.start);
    found(life, visit, SYNTH_CODE_BLOOD_GROUP, blood_group(life), (struct slice){ NULL, 0 });
    found(life, visit, SYNTH_CODE_ESTIMATED_DELIVERY, NULL, arena_printf(life->arena, "%s", due));
}

/* the encounter when it is written down, or none */
static uint32_t antenatal_visit(struct hospital *at, int32_t day, struct slice text, bool first,
                                bool scan)
{
    struct synth_life *life = at->life;
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    day = synth_working_day(day);
    if (day < life->window || !use_happens(life, SYNTH_CONTACT_ANTENATAL, day, &at->random)) {
        return SYNTH_NO_ITEM;
    }
    uint16_t midwife = life_staff(life, hospital, SLICE("Midwife"));
    synth_when when = calendar_when(SYNTH_CALENDAR_OUTPATIENT, day, &at->random);
    uint32_t encounter =
        hospital_encounter(life, hospital, when, when + 25, SYNTH_IN_CLINIC, text, midwife);
    struct synth_visit *visit = life_add_visit(life, encounter);
    visit->specialty = scan ? SLICE("501") : SLICE("560");
    visit->attended = 5;
    visit->first = first;
    visit->attendance_outcome = SLICE("2");
    visit->requested = when - 14 * SYNTH_DAY_MINUTES;
    if (scan) {
        hospital_procedure(life, &synth_code_table[SYNTH_CODE_ULTRASONOGRAPHY], when + 5, encounter,
                           SYNTH_NO_ITEM, midwife, SLICE("Growth as expected for dates."));
    } else if (!first) { /* at booking everything is measured */
        life_measure(life, SYNTH_PANEL_BLOOD_PRESSURE, hospital, midwife, encounter, when, false);
    }
    return life->failed ? SYNTH_NO_ITEM : encounter;
}

/* nine visits with the first child, seven with later ones */
static void antenatal(struct hospital *at, int32_t birth, bool first_child)
{
    static const int32_t before[] = { 154, 105, 84, 63, 42, 35, 28, 14, 7 };
    bool early = synth_random_chance(&at->random, 64, 100);
    uint32_t booking =
        antenatal_visit(at, birth - (early ? 216 : 196), SLICE("Booking visit"), true, false);
    if (booking != SYNTH_NO_ITEM) {
        book(at, booking, birth);
    }
    antenatal_visit(at, birth - 196, SLICE("Dating scan at 12 weeks"), false, true);
    antenatal_visit(at, birth - 140, SLICE("Anomaly scan at 20 weeks"), false, true);
    for (size_t i = 0; i < ARRAY_LENGTH(before); i++) {
        if (first_child || (i != 1 && i != 5)) {
            antenatal_visit(at, birth - before[i], SLICE("Antenatal visit"), false, false);
        }
    }
    uint16_t author = life_staff(at->life, SYNTH_ORGANISATION_HOSPITAL, SLICE("Obstetrician"));
    uint32_t drawn = synth_random_below(&at->random, 100);
    int32_t found = birth - 80;
    if (drawn < 9 && found >= at->life->window) {
        hospital_diagnosis(at->life, SYNTH_ORGANISATION_HOSPITAL,
                           &synth_code_table[drawn < 6 ? SYNTH_CODE_GESTATIONAL_DIABETES_MELLITUS
                                                       : SYNTH_CODE_PRE_ECLAMPSIA],
                           SLICE("Seen in the antenatal day unit."), synth_when_of(found, 630),
                           SYNTH_NO_ITEM, author);
    }
}

static void say_labour(struct synth_life *life, uint32_t ward, const struct birth *birth)
{
    struct synth_visit *visit = life_add_visit(life, ward);
    visit->specialty = SLICE("501");
    visit->requested = birth->born - SYNTH_DAY_MINUTES;
    visit->admission_method = birth->mode == MODE_PLANNED ? SLICE("13") : SLICE("31");
    visit->admission_source = SLICE("19");
    visit->discharge_method = SLICE("1");
    visit->discharge_destination = SLICE("19");
    visit->ward = SLICE("Delivery Suite");
    visit->moved_ward = SLICE("Maternity Ward");
    visit->moved = birth->born + 180;
    visit->planned = birth->mode == MODE_PLANNED;
    visit->outcome = SLICE("Discharged");
}

static struct slice words_of(const struct birth *birth)
{
    static const struct slice words[] = {
        [MODE_SPONTANEOUS] = SLICE_INIT("Spontaneous vaginal birth"),
        [MODE_INSTRUMENTAL] = SLICE_INIT("Assisted vaginal birth"),
        [MODE_PLANNED] = SLICE_INIT("Planned caesarean birth"),
        [MODE_EMERGENCY] = SLICE_INIT("Emergency caesarean birth"),
    };
    return birth->at_home ? SLICE("Planned birth at home") : words[birth->mode];
}

static void deliver(struct hospital *at, const struct synth_person *child)
{
    struct synth_life *life = at->life;
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    struct birth birth = birth_of(life->world, child);
    if (synth_day_of(birth.home) > life->until || synth_day_of(birth.born) - 1 < life->window) {
        return;
    }
    if (!birth.at_home) {
        use_happens(life, SYNTH_CONTACT_MATERNITY, child->birth, &at->random);
    }
    uint16_t midwife = life_staff(life, hospital, SLICE("Midwife"));
    synth_when from = birth.born - (birth.mode == MODE_PLANNED ? 150 : birth.induced ? 1300 : 420);
    uint32_t ward = hospital_encounter(life, hospital, from, birth.home,
                                       birth.at_home ? SYNTH_AT_HOME : SYNTH_ON_WARD,
                                       words_of(&birth), midwife);
    if (life->failed) {
        return;
    }
    if (!birth.at_home) {
        life->items.at[ward].code = &synth_code_table[SYNTH_CODE_HOSPITAL_ADMISSION];
        say_labour(life, ward, &birth);
    }
    uint32_t condition =
        hospital_diagnosis(life, hospital, &synth_code_table[SYNTH_CODE_LIVE_BIRTH],
                           words_of(&birth), birth.born, ward, midwife);
    bool cut = birth.mode == MODE_PLANNED || birth.mode == MODE_EMERGENCY;
    if (cut) {
        hospital_procedure(life, &synth_code_table[SYNTH_CODE_CAESAREAN], birth.born, ward,
                           condition, life_staff(life, hospital, SLICE("Obstetrician")),
                           (struct slice){ NULL, 0 });
    }
}

static void postnatal(struct hospital *at, int32_t birth)
{
    static const int32_t after[] = { 2, 6, 11 };
    struct synth_life *life = at->life;
    for (size_t i = 0; i < ARRAY_LENGTH(after); i++) {
        int32_t day = birth + after[i];
        if (day > life->until || day < life->window ||
            !use_happens(life, SYNTH_CONTACT_ANTENATAL, day, &at->random)) {
            continue;
        }
        synth_when when = calendar_when(SYNTH_CALENDAR_COMMUNITY, day, &at->random);
        hospital_encounter(life, SYNTH_ORGANISATION_HOSPITAL, when, when + 30, SYNTH_AT_HOME,
                           SLICE("Postnatal visit"),
                           life_staff(life, SYNTH_ORGANISATION_HOSPITAL, SLICE("Midwife")));
    }
}

static void pregnancy(struct hospital *at, const struct synth_person *child, bool first_child)
{
    struct synth_life *life = at->life;
    synth_org practice = life->person->practice;
    int32_t known = synth_working_day(child->birth - synth_random_between(&at->random, 200, 240));
    if (known >= life->window) {
        struct synth_item *item =
            life_add(life, SYNTH_CONDITION, practice,
                     calendar_when(SYNTH_CALENDAR_PRACTICE, known, &at->random));
        item->code = &synth_code_table[SYNTH_CODE_PREGNANCY];
        item->problem = true;
        item->status = SYNTH_ENDED;
        item->end = synth_when_of(child->birth, 1439);
        item->author = life_staff(life, practice, SLICE("General practitioner"));
    }
    antenatal(at, child->birth, first_child);
    deliver(at, child);
    postnatal(at, child->birth);
}

/* -- the child --------------------------------------------------------------------------------- */

static void weigh(struct synth_life *life, const struct birth *birth, uint32_t ward,
                  uint16_t midwife)
{
    struct synth_item *item =
        life_add(life, SYNTH_OBSERVATION, SYNTH_ORGANISATION_HOSPITAL, birth->born + 20);
    item->test = &synth_test_table[SYNTH_TEST_WEIGHT];
    item->code = item->test->code;
    item->value = (birth->grams + 50) / 100 * 100;
    item->author = midwife;
    item->encounter = ward;
}

static void newborn(struct hospital *at)
{
    struct synth_life *life = at->life;
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    struct birth birth = birth_of(life->world, life->person);
    if (life->person->mother < 0 || birth.at_home || synth_day_of(birth.home) > life->until) {
        return;
    }
    use_happens(life, SYNTH_CONTACT_NEWBORN, life->person->birth, &at->random);
    uint16_t midwife = life_staff(life, hospital, SLICE("Midwife"));
    uint32_t ward =
        hospital_encounter(life, hospital, birth.born, birth.home, SYNTH_ON_WARD,
                           birth.early ? SLICE("Newborn, born early") : SLICE("Newborn"), midwife);
    struct synth_visit *visit = life_add_visit(life, ward);
    visit->specialty = SLICE("420");
    visit->requested = birth.born;
    visit->admission_method = SLICE("82");
    visit->admission_source = SLICE("79");
    visit->discharge_method = SLICE("1");
    visit->discharge_destination = SLICE("19");
    visit->ward = birth.early ? SLICE("Neonatal Unit") : SLICE("Maternity Ward");
    visit->critical_care = birth.early && birth.grams < 1500;
    visit->outcome = SLICE("Discharged");
    if (!life->failed) {
        life->items.at[ward].code = &synth_code_table[SYNTH_CODE_HOSPITAL_ADMISSION];
        weigh(life, &birth, ward, midwife);
    }
    if (birth.early) {
        hospital_diagnosis(life, hospital, &synth_code_table[SYNTH_CODE_PREMATURE_INFANT],
                           SLICE("Born before 37 weeks."), birth.born, ward, midwife);
    }
}

void life_maternity(struct synth_life *life)
{
    struct hospital at = { .life = life, .random = life_random(life, SYNTH_STREAM_MATERNITY) };
    const struct synth_household *household = life->household;
    int32_t last = INT32_MIN;
    bool first_child = true;
    if (life->person->birth >= life->window &&
        life->person->birth > life->world->today - life->world->years * 1461 / 4) {
        newborn(&at);
    }
    for (uint32_t i = 0; i < household->count; i++) {
        const struct synth_person *child = &household->people[i];
        if (child->mother < 0 || &household->people[child->mother] != life->person ||
            child->birth == last ||
            child->renumbered == &synth_renumbering_table[SYNTH_RENUMBERING_ADOPTION]) {
            continue; /* of twins the first counts; adopted children she did not bear */
        }
        last = child->birth;
        if (child->birth > life->window && child->birth <= life->until) {
            pregnancy(&at, child, first_child);
        }
        first_child = false;
    }
}
