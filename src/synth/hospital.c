/*
 * hospital.c: hospital and urgent care in their order, and what they have in common.
 */
#include "synth/hospital.h"

int32_t hospital_free_day(const struct hospital *at, int32_t day)
{
    bool moved = true;
    while (moved && day <= at->life->until) {
        moved = false;
        for (uint32_t i = 0; i < at->stay_count; i++) {
            if (day >= at->stays[i].first && day <= at->stays[i].last) {
                day = at->stays[i].last + 1;
                moved = true;
            }
        }
    }
    return day <= at->life->until ? day : SYNTH_NO_DAY;
}

int32_t hospital_free_until(const struct hospital *at, int32_t first, int32_t last)
{
    for (uint32_t i = 0; i < at->stay_count; i++) {
        int32_t next = at->stays[i].first;
        if (next > first && next <= last) {
            last = next - 1;
        }
    }
    return last;
}

void hospital_took(struct hospital *at, int32_t first, int32_t last)
{
    if (at->stay_count < HOSPITAL_MAX_STAYS) {
        at->stays[at->stay_count++] = (struct hospital_stay){ .first = first, .last = last };
    }
}

uint32_t hospital_encounter(struct synth_life *life, synth_org organisation, synth_when from,
                            synth_when to, enum synth_setting setting, struct slice text,
                            uint16_t author)
{
    static const enum synth_code_key code[] = {
        [SYNTH_AT_SURGERY] = SYNTH_CODE_FACE_TO_FACE,
        [SYNTH_BY_TELEPHONE] = SYNTH_CODE_TELEPHONE,
        [SYNTH_AT_HOME] = SYNTH_CODE_HOME_VISIT,
        [SYNTH_IN_EMERGENCY] = SYNTH_CODE_EMERGENCY_ENCOUNTER,
        [SYNTH_ON_WARD] = SYNTH_CODE_EMERGENCY_ADMISSION,
        [SYNTH_IN_CLINIC] = SYNTH_CODE_OUTPATIENT_VISIT,
        [SYNTH_IN_AMBULANCE] = SYNTH_CODE_EMERGENCY_ENCOUNTER,
    };
    struct synth_item *item = life_add(life, SYNTH_ENCOUNTER, organisation, from);
    item->status = SYNTH_ENDED;
    item->setting = (uint8_t)setting;
    item->end = to;
    item->text = text;
    item->author = author;
    item->code = &synth_code_table[code[setting]];
    return life_last(life);
}

struct synth_item *hospital_document(struct synth_life *life, synth_org organisation,
                                     enum synth_code_key type, synth_when when, struct slice title,
                                     struct slice content, uint16_t author, uint32_t encounter)
{
    struct synth_item *item = life_add(life, SYNTH_DOCUMENT, organisation, when);
    item->code = &synth_code_table[type];
    item->text = title;
    item->note = content;
    item->author = author;
    item->encounter = encounter;
    item->status = SYNTH_ACTIVE;
    return item;
}

uint32_t hospital_diagnosis(struct synth_life *life, synth_org organisation,
                            const struct synth_code *code, struct slice finding, synth_when when,
                            uint32_t encounter, uint16_t author)
{
    struct synth_item *item = life_add(life, SYNTH_CONDITION, organisation, when);
    item->code = code;
    item->encounter = encounter;
    item->author = author;
    item->status = SYNTH_ENDED;
    item->note = finding;
    return life_last(life);
}

void hospital_procedure(struct synth_life *life, const struct synth_code *code, synth_when when,
                        uint32_t encounter, uint32_t reason, uint16_t author, struct slice text)
{
    if (code == NULL) {
        return;
    }
    struct synth_item *item = life_add(life, SYNTH_PROCEDURE, SYNTH_ORGANISATION_HOSPITAL, when);
    item->code = code;
    item->status = SYNTH_ENDED;
    item->encounter = encounter;
    item->reason = reason;
    item->author = author;
    item->text = text;
}

void hospital_written(const struct synth_life *life, struct synth_item *item, int64_t minutes)
{
    if (synth_day_of(item->start + minutes) <= life->world->today) {
        item->recorded = item->start + minutes;
    }
}

synth_when hospital_asked(const struct synth_life *life, synth_when from, int64_t days)
{
    synth_when birth = synth_when_of(life->person->birth, 0);
    synth_when asked = from - days * SYNTH_DAY_MINUTES;
    return asked < birth ? birth : asked;
}

const struct synth_year *hospital_year(int32_t day)
{
    int32_t year = synth_year_of(day);
    size_t i = 0;
    while (i + 1 < SYNTH_YEAR_COUNT && synth_year_table[i + 1].year <= year) {
        i++;
    }
    return &synth_year_table[i];
}

void life_hospital(struct synth_life *life)
{
    struct hospital at = { .life = life };
    at.random = life_random(life, SYNTH_STREAM_URGENT);
    urgent_begin(&at);
    at.random = life_random(life, SYNTH_STREAM_EMERGENCY);
    admission_emergencies(&at);
    emergency_attendances(&at);
    urgent_rest(&at);
    at.random = life_random(life, SYNTH_STREAM_ELECTIVE);
    elective_admissions(&at);
    at.random = life_random(life, SYNTH_STREAM_CLINIC);
    outpatient_clinics(&at);
}
