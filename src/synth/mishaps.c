/*
 * mishaps.c: rates of going wrong, drawn for each item.
 *
 * mishap_rate.csv speaks in words: kind of organisation, setting, kind of item. They are turned
 * once into a table of (organisation, kind, setting, mishap), so that an item costs one look and a
 * draw for each mishap that can befall it. What happened before the window was written down long
 * ago: of it only codes can be wrong.
 */
#include "synth/mishaps.h"

#include "synth/imaging.h"

enum setting {
    SETTING_OTHER,
    SETTING_PROBLEM,
    SETTING_EMERGENCY,
    SETTING_WARD,
    SETTING_CLINIC,
    SETTING_LABORATORY,
    SETTING_VITAL,
    SETTING_IMAGING,
    SETTING_COUNT
};

#define KINDS (SYNTH_REFERRAL + 1)

struct synth_mishap_rates {
    uint16_t at[SYNTH_MAX_ORGANISATIONS][KINDS][SETTING_COUNT][SYNTH_MISHAP_COUNT]; /* of 10,000 */
};

static const struct slice setting_words[SETTING_COUNT] = {
    [SETTING_OTHER] = SLICE_INIT("other"),         [SETTING_PROBLEM] = SLICE_INIT("problem"),
    [SETTING_EMERGENCY] = SLICE_INIT("emergency"), [SETTING_WARD] = SLICE_INIT("ward"),
    [SETTING_CLINIC] = SLICE_INIT("clinic"),       [SETTING_LABORATORY] = SLICE_INIT("laboratory"),
    [SETTING_VITAL] = SLICE_INIT("vital-signs"),   [SETTING_IMAGING] = SLICE_INIT("imaging"),
};

static const struct slice kind_words[KINDS] = {
    [SYNTH_CONDITION] = SLICE_INIT("condition"),
    [SYNTH_MEDICATION] = SLICE_INIT("medication"),
    [SYNTH_ALLERGY_RECORD] = SLICE_INIT("allergy"),
    [SYNTH_OBSERVATION] = SLICE_INIT("observation"),
    [SYNTH_ENCOUNTER] = SLICE_INIT("encounter"),
    [SYNTH_PROCEDURE] = SLICE_INIT("procedure"),
    [SYNTH_IMMUNISATION] = SLICE_INIT("immunisation"),
    [SYNTH_PLAN] = SLICE_INIT("plan"),
    [SYNTH_FLAG] = SLICE_INIT("flag"),
    [SYNTH_DOCUMENT] = SLICE_INIT("document"),
    [SYNTH_APPOINTMENT] = SLICE_INIT("appointment"),
    [SYNTH_RELATIVE] = SLICE_INIT("relative"),
    [SYNTH_REFERRAL] = SLICE_INIT("referral"),
};

static const struct slice mishap_words[SYNTH_MISHAP_COUNT] = {
#define X(name, word) SLICE_INIT(word),
    SYNTH_MISHAPS(X)
#undef X
};

static size_t index_of(const struct slice *words, size_t count, struct slice word)
{
    size_t i = 0;
    while (i < count && !slice_equal(words[i], word)) {
        i++;
    }
    assert(i < count); /* a word of mishap_rate.csv that nothing here answers to */
    return i;
}

static void add_row(struct synth_mishap_rates *rates, const struct synth_mishap_rate *row,
                    size_t organisation)
{
    size_t kind = index_of(kind_words, KINDS, row->item);
    size_t mishap = index_of(mishap_words, SYNTH_MISHAP_COUNT, row->mishap);
    for (size_t setting = 0; setting < SETTING_COUNT; setting++) {
        if (row->setting.len == 0 || slice_equal(row->setting, setting_words[setting])) {
            rates->at[organisation][kind][setting][mishap] = (uint16_t)row->per_10000;
        }
    }
}

const struct synth_mishap_rates *mishaps_rates_make(const struct synth_world *world,
                                                    struct arena *arena)
{
    struct synth_mishap_rates *rates = arena_new(arena, struct synth_mishap_rates);
    for (size_t i = 0; rates != NULL && i < SYNTH_MISHAP_RATE_COUNT; i++) {
        const struct synth_mishap_rate *row = &synth_mishap_rate_table[i];
        for (size_t org = 0; org < world->organisation_count; org++) {
            if (row->kind.len == 0 || slice_equal(row->kind, world->organisations[org].kind)) {
                add_row(rates, row, org);
            }
        }
    }
    return rates;
}

static enum setting setting_of(const struct synth_life *life, const struct synth_item *item)
{
    static const enum setting of_place[] = {
        [SYNTH_IN_EMERGENCY] = SETTING_EMERGENCY, [SYNTH_ON_WARD] = SETTING_WARD,
        [SYNTH_IN_CLINIC] = SETTING_CLINIC,       [SYNTH_IN_AMBULANCE] = SETTING_OTHER,
        [SYNTH_AT_SURGERY] = SETTING_OTHER,       [SYNTH_BY_TELEPHONE] = SETTING_OTHER,
        [SYNTH_AT_HOME] = SETTING_OTHER,
    };
    if (item->problem) {
        return SETTING_PROBLEM;
    }
    if (item->test != NULL) {
        return slice_equal(item->test->category, SLICE("laboratory")) ? SETTING_LABORATORY
                                                                      : SETTING_VITAL;
    }
    if (imaging_of(item) != NULL) {
        return SETTING_IMAGING;
    }
    return item->encounter == SYNTH_NO_ITEM ? SETTING_OTHER
                                            : of_place[life->items.at[item->encounter].setting];
}

static bool is_of_coding(size_t mishap)
{
    return mishap == SYNTH_MISHAP_UNCODED || mishap == SYNTH_MISHAP_WRONG_CODE;
}

/* what cannot be: a unit that a test does not have, a wrong code where none is known */
static bool makes_sense(const struct synth_item *item, size_t mishap)
{
    struct mishap_unit unit;
    switch ((enum synth_mishap)mishap) {
    case SYNTH_MISHAP_UNCODED:
        return item->code != NULL && item->status != SYNTH_NEGATED;
    case SYNTH_MISHAP_WRONG_CODE:
        return !mishap_is(item, SYNTH_MISHAP_UNCODED) && mishap_wrong_code(item) != item->code;
    case SYNTH_MISHAP_OTHER_UNIT:
        return item->value2 == 0 && mishap_other_unit(item->test, item->value, &unit);
    case SYNTH_MISHAP_NO_UNIT:
        return item->test != NULL && item->value2 == 0 && !mishap_is(item, SYNTH_MISHAP_OTHER_UNIT);
    case SYNTH_MISHAP_CORRECTED:
        return !mishap_withdrawn(item);
    default:
        return true;
    }
}

/* more than a day, seldom more than a week; not after the day on which the county is looked at */
static bool delay(const struct synth_life *life, struct synth_item *item,
                  struct synth_random *random)
{
    int32_t minutes = synth_random_between(random, 1500, 4300);
    minutes *= synth_random_chance(random, 15, 100) ? 4 : 1;
    if (synth_day_of(item->recorded + minutes) > life->world->today) {
        return false;
    }
    item->recorded += minutes;
    return true;
}

static void befall(const struct synth_life *life, struct synth_item *item,
                   struct synth_random *random)
{
    const uint16_t *rates =
        life->world->mishaps->at[item->organisation][item->kind][setting_of(life, item)];
    bool recent = synth_day_of(item->recorded) >= life->window;
    for (size_t mishap = 0; mishap < SYNTH_MISHAP_COUNT; mishap++) {
        bool can = rates[mishap] > 0 && (recent || is_of_coding(mishap));
        if (!can || !synth_random_chance(random, rates[mishap], 10000) ||
            !makes_sense(item, mishap)) {
            continue;
        }
        if (mishap != SYNTH_MISHAP_LATE || delay(life, item, random)) {
            item->mishaps |= (uint16_t)(1U << mishap);
        }
    }
}

void life_mishaps(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_MISHAP);
    for (size_t i = 0; i < life->items.count; i++) {
        befall(life, &life->items.at[i], &random);
    }
}

/* -- what formats share ------------------------------------------------------------------------ */

/* another complaint of the list from which people pick in a hurry */
const struct synth_code *mishap_wrong_code(const struct synth_item *item)
{
    if (item->kind != SYNTH_CONDITION || item->code == NULL) {
        return item->code;
    }
    size_t at = (size_t)(item->code - synth_code_table);
    const struct synth_code *picked = NULL;
    while (picked == NULL || picked == item->code) { /* some acute illnesses have no code */
        picked = synth_acute_table[at++ % SYNTH_ACUTE_COUNT].code;
    }
    return picked;
}

bool mishap_other_unit(const struct synth_test *test, int32_t value, struct mishap_unit *ret_unit)
{
    for (size_t i = 0; test != NULL && i < SYNTH_OTHER_UNIT_COUNT; i++) {
        const struct synth_other_unit *row = &synth_other_unit_table[i];
        if (row->test == test) {
            *ret_unit = (struct mishap_unit){
                .unit = row->unit,
                .ucum = row->ucum,
                .decimals = row->decimals,
                .value = (int32_t)((int64_t)value * row->times / row->over) + row->plus,
            };
            return true;
        }
    }
    return false;
}

struct slice mishap_cut_short(struct slice text)
{
    size_t end = text.len;
    while (end > 1 && !(text.ptr[end - 1] == '\n' && text.ptr[end - 2] == '\n')) {
        end--;
    }
    return end > 1 ? slice_sub(text, 0, end - 1) : text;
}

static void tell(const struct synth_life *life, const struct synth_item *item, size_t mishap,
                 struct json_writer *json)
{
    char day[SYNTH_WHEN_SIZE];
    json_begin_object(json);
    json_member_write(json, "item", kind_words[item->kind]);
    json_member_write(json, "organisation", life->world->organisations[item->organisation].ods);
    synth_day_text(synth_day_of(item->start), day);
    json_member_write(json, "on", slice_from_string(day));
    json_member_write(json, "mishap", mishap_words[mishap]);
    json_end_object(json);
}

void mishaps_truth(const struct synth_life *life, struct json_writer *json)
{
    json_member_begin_array(json, "mishaps");
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        for (size_t mishap = 0; mishap < SYNTH_MISHAP_COUNT; mishap++) {
            if (mishap_is(item, (enum synth_mishap)mishap)) {
                tell(life, item, mishap, json);
            }
        }
    }
    json_end_array(json);
}
