/*
 * invented_record.c: one table of facts, and what makes sections, lines and trends of it.
 *
 * The making is much simpler than record/build's: items of one section and title are one line,
 * those with a value are a trend. It is only there to give the pages something to show.
 */
#include "invented_record.h"

#define SOURCES      6
#define FIRST_RESULT 24               /* in facts */
#define NOW          1795523460000000 /* 2026-11-24T12:31:00Z */

struct fact {
    enum record_section section;
    enum item_status status;
    unsigned source;
    const char *title, *detail, *date, *end, *author;
    const char *value, *unit, *low, *high;
    enum item_flag flag;
    const char *status_text, *note, *difference, *place, *text;
    bool severe;
    const char *systolic, *diastolic, *words;
};

enum { GP, OUH, HEALTH, HOURS, COUNCIL, AMBULANCE };

/* clang-format off */
static const struct fact facts[] = {
    { SECTION_ALLERGIES, ITEM_CURRENT, GP, .title = "Penicillin", .detail = "Anaphylaxis, severe", .date = "1987", .author = "Dr P Lowe", .severe = true },
    { SECTION_ALLERGIES, ITEM_CURRENT, OUH, .title = "Penicillin", .detail = "Anaphylaxis", .date = "2014-06-03", .author = "Ward 5B", .severe = true },
    { SECTION_ALLERGIES, ITEM_CURRENT, GP, .title = "Trimethoprim", .detail = "Rash", .date = "2021-02-02", .author = "Dr P Lowe" },
    { SECTION_ALLERGIES, ITEM_REFUTED, OUH, .title = "Latex", .detail = "Tested, no reaction", .date = "2016-01-20", .status_text = "refuted", .author = "Allergy clinic" },
    { SECTION_ALERTS, ITEM_CURRENT, HEALTH, .title = "ReSPECT form: for hospital treatment, not for CPR", .date = "2026-05-18", .author = "S Ndlovu, community matron", .severe = true },
    { SECTION_ALERTS, ITEM_CURRENT, HEALTH, .title = "Falls risk", .detail = "Lives alone; key safe", .date = "2026-06-02", .author = "S Ndlovu, community matron" },
    { SECTION_ALERTS, ITEM_CURRENT, OUH, .title = "Anticoagulated", .detail = "apixaban", .date = "2026-08-11", .author = "Dr M Castellanos" },
    { SECTION_MEDICATION, ITEM_CURRENT, OUH, .title = "apixaban 2.5 mg tablet", .detail = "2.5 mg, twice daily", .date = "2026-08-11", .author = "Dr M Castellanos" },
    { SECTION_MEDICATION, ITEM_CURRENT, GP, .title = "bisoprolol 2.5 mg tablet", .detail = "2.5 mg, once daily", .date = "2024-01-14", .author = "Dr P Lowe" },
    { SECTION_MEDICATION, ITEM_CURRENT, OUH, .title = "bisoprolol 2.5 mg tablet", .detail = "2.5 mg, once daily", .date = "2024-01-14", .author = "Pharmacy" },
    { SECTION_MEDICATION, ITEM_CURRENT, GP, .title = "ramipril 5 mg capsule", .detail = "5 mg, once daily", .date = "2019-03-20", .author = "Dr P Lowe", .difference = "Dose differs: Oxford University Hospitals 2.5 mg since 09-Sep-2026" },
    { SECTION_MEDICATION, ITEM_CURRENT, OUH, .title = "ramipril 5 mg capsule", .detail = "2.5 mg, once daily", .date = "2026-09-09", .author = "Dr M Castellanos" },
    { SECTION_MEDICATION, ITEM_CURRENT, GP, .title = "metformin 500 mg tablet", .detail = "500 mg, twice daily, with food", .date = "2015-07-06", .author = "Dr P Lowe" },
    { SECTION_MEDICATION, ITEM_CURRENT, GP, .title = "atorvastatin 40 mg tablet", .detail = "40 mg, at night", .date = "2016-02-11", .author = "Dr P Lowe" },
    { SECTION_MEDICATION, ITEM_CURRENT, GP, .title = "colecalciferol 800 units tablet", .detail = "800 units, once daily", .date = "2025-06-30", .author = "Nurse J Adeyemi" },
    { SECTION_MEDICATION, ITEM_PAST, OUH, .title = "digoxin 62.5 microgram tablet", .detail = "62.5 micrograms, once daily", .date = "2026-08-11", .end = "2026-09-09", .status_text = "stopped", .note = "Stopped: slow pulse.", .author = "Dr M Castellanos" },
    { SECTION_MEDICATION, ITEM_ENTERED_IN_ERROR, GP, .title = "warfarin 1 mg tablet", .date = "2026-08-12", .author = "Dr P Lowe" },
    { SECTION_PROBLEMS, ITEM_CURRENT, OUH, .title = "Atrial fibrillation", .date = "2026-08", .author = "Dr M Castellanos" },
    { SECTION_PROBLEMS, ITEM_CURRENT, OUH, .title = "Fracture of neck of femur, right", .date = "2025-04-11", .author = "Mr T Hughes" },
    { SECTION_PROBLEMS, ITEM_CURRENT, GP, .title = "Fracture of neck of femur, right", .date = "2025-04-30", .author = "Dr P Lowe" },
    { SECTION_PROBLEMS, ITEM_CURRENT, GP, .title = "Chronic kidney disease stage 3b", .date = "2023-11", .author = "Dr P Lowe" },
    { SECTION_PROBLEMS, ITEM_CURRENT, GP, .title = "Type 2 diabetes mellitus", .date = "2015-07", .author = "Dr P Lowe" },
    { SECTION_PROBLEMS, ITEM_CURRENT, GP, .title = "Hypertension", .date = "2003", .author = "Dr P Lowe" },
    { SECTION_PROBLEMS, ITEM_PAST, GP, .title = "Cellulitis of left leg", .date = "2018-08-01", .end = "2018-08-20", .status_text = "resolved", .author = "Dr P Lowe" },
    { SECTION_RESULTS, ITEM_CURRENT, GP, .title = "HbA1c", .date = "2023-11-10", .value = "53", .unit = "mmol/mol", .low = "20", .high = "48", .flag = FLAG_HIGH },
    { SECTION_RESULTS, ITEM_CURRENT, GP, .title = "HbA1c", .date = "2024-06-02", .value = "55", .unit = "mmol/mol", .low = "20", .high = "48", .flag = FLAG_HIGH },
    { SECTION_RESULTS, ITEM_CURRENT, GP, .title = "HbA1c", .date = "2025-03-03", .value = "58", .unit = "mmol/mol", .low = "20", .high = "48", .flag = FLAG_HIGH },
    { SECTION_RESULTS, ITEM_CURRENT, GP, .title = "HbA1c", .date = "2026-11-03T09:05:00+00:00", .value = "61", .unit = "mmol/mol", .low = "20", .high = "48", .flag = FLAG_HIGH, .author = "Nurse J Adeyemi" },
    { SECTION_RESULTS, ITEM_CURRENT, GP, .title = "eGFR", .date = "2023-11-10", .value = "58", .unit = "mL/min/1.73m²", .low = "60", .flag = FLAG_LOW },
    { SECTION_RESULTS, ITEM_CURRENT, GP, .title = "eGFR", .date = "2025-03-03", .value = "52", .unit = "mL/min/1.73m²", .low = "60", .flag = FLAG_LOW },
    { SECTION_RESULTS, ITEM_ENTERED_IN_ERROR, OUH, .title = "eGFR", .date = "2026-09-08", .value = "4", .unit = "mL/min/1.73m²", .low = "60", .flag = FLAG_LOW, .note = "Sample of another patient" },
    { SECTION_RESULTS, ITEM_CURRENT, OUH, .title = "eGFR", .date = "2026-09-09T06:40:00+01:00", .value = "49", .unit = "mL/min/1.73m²", .low = "60", .flag = FLAG_LOW },
    { SECTION_RESULTS, ITEM_CURRENT, GP, .title = "eGFR", .date = "2026-11-03", .value = "47", .unit = "mL/min/1.73m²", .low = "60", .flag = FLAG_LOW },
    { SECTION_RESULTS, ITEM_CURRENT, GP, .title = "Potassium", .date = "2025-03-03", .value = "4.60", .unit = "mmol/L", .low = "3.5", .high = "5.3", .flag = FLAG_NORMAL },
    { SECTION_RESULTS, ITEM_CURRENT, OUH, .title = "Potassium", .date = "2026-09-06T21:15:00+01:00", .value = "6.1", .unit = "mmol/L", .low = "3.5", .high = "5.3", .flag = FLAG_CRITICAL },
    { SECTION_RESULTS, ITEM_CURRENT, OUH, .title = "Potassium", .date = "2026-09-09T06:40:00+01:00", .value = "5.2", .unit = "mmol/L", .low = "3.5", .high = "5.3", .flag = FLAG_NORMAL },
    { SECTION_RESULTS, ITEM_CURRENT, OUH, .title = "Haemoglobin", .date = "2025-04-12", .value = "104", .unit = "g/L", .low = "115", .high = "165", .flag = FLAG_LOW },
    { SECTION_RESULTS, ITEM_CURRENT, OUH, .title = "Haemoglobin", .date = "2026-09-09", .value = "118", .unit = "g/L", .low = "115", .high = "165", .flag = FLAG_NORMAL },
    { SECTION_RESULTS, ITEM_CURRENT, OUH, .title = "X-ray of right hip", .detail = "Cemented hemiarthroplasty in good position.", .date = "2025-04-13", .author = "Dr L Brandt", .text = "X-ray of right hip, 13 April 2025\n\nCemented hemiarthroplasty in good position. No periprosthetic fracture.\nNo dislocation." },
    { SECTION_OBSERVATIONS, ITEM_CURRENT, GP, .title = "Weight", .date = "2025-03-03", .value = "64.5", .unit = "kg" },
    { SECTION_OBSERVATIONS, ITEM_CURRENT, GP, .title = "Weight", .date = "2026-11-03", .value = "61.20", .unit = "kg" },
    { SECTION_OBSERVATIONS, ITEM_CURRENT, GP, .title = "Blood pressure", .date = "2025-03-03", .systolic = "148", .diastolic = "82", .words = "148 / 82 mm[Hg]" },
    { SECTION_OBSERVATIONS, ITEM_CURRENT, GP, .title = "Blood pressure", .date = "2026-05-03", .systolic = "139", .diastolic = "78", .words = "139 / 78 mm[Hg]" },
    { SECTION_OBSERVATIONS, ITEM_CURRENT, OUH, .title = "Blood pressure", .date = "2026-09-06T20:45:00+01:00", .systolic = "171", .diastolic = "96", .words = "171 / 96 mm[Hg]", .flag = FLAG_HIGH },
    { SECTION_OBSERVATIONS, ITEM_CURRENT, GP, .title = "Blood pressure", .date = "2026-11-03", .systolic = "136", .diastolic = "76", .words = "136 / 76 mm[Hg]" },
    { SECTION_ENCOUNTERS, ITEM_CURRENT, GP, .title = "Diabetes review", .date = "2026-11-03", .author = "Nurse J Adeyemi" },
    { SECTION_ENCOUNTERS, ITEM_CURRENT, OUH, .title = "Admission, general medicine", .detail = "Palpitations, new atrial fibrillation", .date = "2026-09-06T20:30:00+01:00", .end = "2026-09-11", .place = "Ward 7C", .author = "Dr M Castellanos" },
    { SECTION_ENCOUNTERS, ITEM_CURRENT, HEALTH, .title = "Advance care planning visit", .date = "2026-05-18", .author = "S Ndlovu, community matron" },
    { SECTION_ENCOUNTERS, ITEM_CURRENT, GP, .title = "Telephone consultation", .date = "2025-12-01", .author = "Dr P Lowe" },
    { SECTION_ENCOUNTERS, ITEM_CURRENT, OUH, .title = "Admission, trauma", .detail = "Fracture of neck of femur", .date = "2025-04-11", .end = "2025-04-29", .place = "Trauma unit", .author = "Mr T Hughes" },
    { SECTION_ENCOUNTERS, ITEM_CURRENT, GP, .title = "Consultation", .date = "2024-06-02", .author = "Dr P Lowe" },
    { SECTION_ENCOUNTERS, ITEM_CURRENT, GP, .title = "Consultation", .date = "2023-11-10", .author = "Dr P Lowe" },
    { SECTION_ENCOUNTERS, ITEM_CURRENT, HOURS, .title = "Call, out of hours", .date = "2022-02-19T23:10:00+00:00", .author = "Dr R Shah" },
    { SECTION_APPOINTMENTS, ITEM_CURRENT, OUH, .title = "Cardiology outpatients", .date = "2026-12-02T10:20:00+00:00", .place = "Outpatients, level 2", .status_text = "booked" },
    { SECTION_PROCEDURES, ITEM_CURRENT, OUH, .title = "Cemented hemiarthroplasty of right hip", .date = "2025-04-12", .author = "Mr T Hughes" },
    { SECTION_IMMUNISATIONS, ITEM_CURRENT, GP, .title = "Influenza vaccine 2026/27", .date = "2026-10-01", .author = "Nurse J Adeyemi" },
    { SECTION_IMMUNISATIONS, ITEM_REFUTED, GP, .title = "Shingles vaccine", .date = "2025-10-01", .status_text = "not given", .note = "Declined" },
    { SECTION_DOCUMENTS, ITEM_CURRENT, OUH, .title = "Discharge summary", .detail = "General medicine", .date = "2026-09-11", .author = "Dr M Castellanos", .text = "Dear Dr Lowe\n\nThank you for looking after Mrs Hallam, admitted with palpitations." },
    { SECTION_CARE_PLANS, ITEM_CURRENT, HEALTH, .title = "Advance care plan", .detail = "Prefers to be cared for at home", .date = "2026-05-18", .author = "S Ndlovu, community matron" },
    { SECTION_CONTACTS, ITEM_CURRENT, HEALTH, .title = "S Ndlovu", .detail = "Community matron", .date = "2026-05-01" },
};
/* clang-format on */

static struct instant date(const char *text, bool *ret_has)
{
    struct instant instant = { 0 };
    *ret_has = text != NULL && instant_parse(slice_from_string(text), &instant);
    return instant;
}

static struct record_quantity quantity(const char *value, const char *unit)
{
    struct record_quantity result = { .present = value != NULL };
    result.value = slice_from_string(value);
    result.unit = slice_from_string(unit);
    result.number = value != NULL ? strtod(value, NULL) : 0;
    return result;
}

static bool fill_item(struct arena *arena, struct record_item *item, const struct fact *fact)
{
    *item = (struct record_item){
        .section = fact->section,
        .status = fact->status,
        .flag = fact->flag,
        .source = fact->source,
        .title = slice_from_string(fact->title),
        .detail = slice_from_string(fact->detail),
        .status_text = slice_from_string(fact->status_text),
        .note = slice_from_string(fact->note),
        .author = slice_from_string(fact->author),
        .severe = fact->severe,
        .value = quantity(fact->value, fact->unit),
        .low = quantity(fact->low, fact->unit),
        .high = quantity(fact->high, fact->unit),
        .attachment_text = slice_from_string(fact->text),
        .location = slice_from_string(fact->place),
    };
    item->date = date(fact->date, &item->has_date);
    item->end = date(fact->end, &item->has_end);
    if (fact->systolic != NULL) {
        struct record_component *parts = arena_array(arena, 2, struct record_component);
        if (parts == NULL) {
            return false;
        }
        parts[0] = (struct record_component){ .title = SLICE("Systolic"),
                                              .value = quantity(fact->systolic, "mm[Hg]") };
        parts[1] = (struct record_component){ .title = SLICE("Diastolic"),
                                              .value = quantity(fact->diastolic, "mm[Hg]") };
        item->components = parts;
        item->components_count = 2;
        item->value_text = slice_from_string(fact->words);
    }
    return true;
}

/* ---- sections ---- */

static bool is_past(const struct record_item *item)
{
    return item->status != ITEM_CURRENT &&
           !(item->section == SECTION_RESULTS || item->section == SECTION_IMMUNISATIONS);
}

static void add_to_lines(struct record_line *lines, size_t *count, const struct record_item *item,
                         struct slice difference, const struct record_item **room)
{
    bool grouped =
        item->section != SECTION_ENCOUNTERS && !item->value.present && item->components_count == 0;
    for (size_t i = 0; i < *count && grouped; i++) {
        if (slice_equal(lines[i].items[0]->title, item->title) && lines[i].count < 8) {
            lines[i].items[lines[i].count++] = item;
            return;
        }
    }
    lines[*count].items = room;
    lines[*count].items[0] = item;
    lines[*count].count = 1;
    lines[*count].difference = difference;
    (*count)++;
}

static void add_to_trends(struct record_section_view *view, const struct record_item *item,
                          const struct record_item **room, size_t room_size)
{
    struct record_trend *trend = NULL;
    for (size_t i = 0; i < view->trends_count; i++) {
        if (slice_equal(view->trends[i].title, item->title)) {
            trend = &view->trends[i];
        }
    }
    if (trend == NULL) {
        trend = &view->trends[view->trends_count];
        *trend = (struct record_trend){ .title = item->title,
                                        .unit = item->value.unit,
                                        .points = room + view->trends_count * room_size };
        view->trends_count++;
    }
    trend->points[trend->count++] = item;
    trend->previous = trend->latest;
    trend->latest = item;
}

static bool fill_section(struct arena *arena, struct record *record, enum record_section section,
                         const struct record_item *items, const struct fact *const *of,
                         size_t count)
{
    struct record_section_view *view = &record->sections[section];
    size_t mine = 0;
    for (size_t i = 0; i < count; i++) {
        mine += items[i].section == section;
    }
    bool trended = section == SECTION_RESULTS || section == SECTION_OBSERVATIONS;
    size_t kinds = mine;
    view->section = section;
    view->current = arena_array(arena, mine + 1, struct record_line);
    view->past = arena_array(arena, mine + 1, struct record_line);
    view->trends = arena_array(arena, kinds + 1, struct record_trend);
    view->states = arena_array(arena, SOURCES, enum source_state);
    const struct record_item **room = arena_array(arena, mine * 8 + 1, const struct record_item *);
    const struct record_item **points =
        arena_array(arena, trended ? kinds * mine + 1 : 1, const struct record_item *);
    if (!view->current || !view->past || !view->trends || !view->states || !room || !points) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].section != section) {
            continue;
        }
        bool past = is_past(&items[i]);
        add_to_lines(past ? view->past : view->current,
                     past ? &view->past_count : &view->current_count, &items[i],
                     slice_from_string(of[i]->difference), room);
        room += 8;
        if (trended && (items[i].value.present || items[i].components_count > 0)) {
            add_to_trends(view, &items[i], points, mine);
        }
        view->item_count++;
    }
    return true;
}

static int newest_first(const void *left, const void *right)
{
    const struct record_event *a = left;
    const struct record_event *b = right;
    int64_t at = a->item->has_date ? instant_microseconds(&a->item->date) : INT64_MIN;
    int64_t bt = b->item->has_date ? instant_microseconds(&b->item->date) : INT64_MIN;
    return at < bt ? 1 : at > bt ? -1 : 0;
}

static void fill_person(struct record_person *person)
{
    *person = (struct record_person){
        .person = SLICE("k3vq7m2x5b9t4h6w8y1zc0dfgj"),
        .nhs_number = SLICE("9990000018"),
        .name = { .family = SLICE("Hallam"), .given = SLICE("Margaret"), .prefix = SLICE("Mrs") },
        .gender = SLICE("Female"),
        .address = SLICE("4 Plough Lane, Wolvercote, Oxford"),
        .postcode = SLICE("OX2 8AZ"),
        .phone = SLICE("01865 000 018"),
        .practice = SLICE("Summertown Practice"),
        .language = SLICE("English; hearing aid, large print"),
        .next_of_kin = SLICE("Ruth Hallam, daughter, 01865 000 019"),
        .differences = SLICE("Phone differs: Oxford University Hospitals 01865 000 118"),
    };
    person->birth = date("1944-03-12", &person->has_birth);
}

static void fill_sources(struct record *record, enum invented_kind kind)
{
    static const char *const names[SOURCES] = { "Summertown Practice",
                                                "Oxford University Hospitals NHS Foundation Trust",
                                                "Oxford Health NHS Foundation Trust",
                                                "Out of hours service",
                                                "Oxfordshire County Council",
                                                "South Central Ambulance Service" };
    static const char *const codes[SOURCES] = { "K84001", "RTH", "RNU", "NL1", "922", "RYE" };
    for (size_t i = 0; i < SOURCES; i++) {
        enum source_state state = i == COUNCIL ? SOURCE_NONE_RECORDED : SOURCE_OK;
        bool failed = i == AMBULANCE && kind != INVENTED_COMPLETE;
        record->sources[i] = (struct record_source){
            .ods = slice_from_string(codes[i]),
            .name = slice_from_string(names[i]),
            .own = i == OUH,
            .asked = !(i == HOURS && kind == INVENTED_USUAL),
            .state = failed ? SOURCE_TIMED_OUT : state,
            .as_at = NOW,
        };
        if (!record->sources[i].asked) {
            record->sources[i].state = SOURCE_NOT_ASKED;
        }
        record->answered += record->sources[i].state == SOURCE_OK ||
                            record->sources[i].state == SOURCE_NONE_RECORDED;
    }
}

static bool allowed(enum invented_kind kind, enum record_section section)
{
    return kind != INVENTED_ROLE || section == SECTION_APPOINTMENTS || section == SECTION_CONTACTS;
}

static void fill_states(struct record *record, enum invented_kind kind)
{
    for (size_t s = 0; s < SECTION_COUNT; s++) {
        struct record_section_view *view = &record->sections[s];
        for (size_t i = 0; i < SOURCES; i++) {
            view->states[i] = record->sources[i].state;
            if (!allowed(kind, (enum record_section)s) && record->sources[i].asked) {
                view->states[i] = SOURCE_DENIED;
            } else if (record->sources[i].state == SOURCE_OK && view->item_count == 0) {
                view->states[i] = SOURCE_NONE_RECORDED;
            }
        }
    }
}

/* ways out of a place in HTML, and what would come after; 12 * 46 = 552 payloads */
static const char *const ways_out[] = {
    "",           "\">",     "'>",     "</b>", "</s></td></table>", "-->", "</title>",
    "</details>", "&quot;>", "\\x22>", "]]>",  "\u202E\">"
};
static const char *const bodies[] = {
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script src=//x.example></script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<image src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java&#x09;script:alert(1)'>x</a>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<video src=x onerror=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//x.example/>",
    "<link rel=stylesheet href=//x.example/x.css>",
    "<style>@import '//x.example/x.css'</style>",
    "<style>*{background:url(//x.example/)}</style>",
    "<math href=javascript:alert(1)>x</math>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<isindex action=javascript:alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=\"alert(1)",
    "\" style=\"position:fixed",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "{{constructor}}",
    "${alert(1)}",
    "<!--<img src='--><img src=x onerror=alert(1)>'>",
    "<![CDATA[<script>alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;"
};

static struct slice payload(struct arena *arena, size_t number)
{
    const char *way = ways_out[number % ARRAY_LENGTH(ways_out)];
    const char *body = bodies[number / ARRAY_LENGTH(ways_out) % ARRAY_LENGTH(bodies)];
    return arena_printf(arena, "%s%s", way, body);
}

static void attack(struct arena *arena, struct record_item *item, size_t number)
{
    number *= 7;
    item->title = payload(arena, number);
    item->detail = payload(arena, number + 1);
    item->author = payload(arena, number + 2);
    item->note = payload(arena, number + 3);
    item->status_text = payload(arena, number + 4);
    item->location = payload(arena, number + 5);
    item->attachment_text = payload(arena, number + 6);
    if (item->value.present) {
        item->value.unit = payload(arena, number + 5);
    }
}

static void lengthen(struct record_item *item)
{
    item->title = SLICE("Methylphenidatehydrochlorideprolongedreleaseorallydispersiblemultilayerfil"
                        "mcoatedtabletwith"
                        "averylongnamethatmustneverbecutbecausetwodrugsmaydifferonlyattheend "
                        "125 micrograms/5 ml oral suspension sugar free A");
    item->author = SLICE("Dr Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Cholmondeley");
}

static bool make(struct arena *arena, enum invented_kind kind, size_t extra,
                 struct record *ret_record)
{
    size_t count = kind == INVENTED_NOTHING ? 0 : ARRAY_LENGTH(facts);
    struct record_item *items = arena_array(arena, count + extra + 1, struct record_item);
    struct record record = { .arena = arena, .source_count = SOURCES, .made = NOW };
    record.sources = arena_array(arena, SOURCES, struct record_source);
    record.timeline = arena_array(arena, count + extra + 1, struct record_event);
    const struct fact **of = arena_array(arena, count + extra + 1, const struct fact *);
    if (items == NULL || of == NULL || record.sources == NULL || record.timeline == NULL) {
        return false;
    }
    fill_person(&record.person);
    fill_sources(&record, kind);
    for (size_t i = 0; i < count; i++) {
        of[i] = &facts[i];
        if (!fill_item(arena, &items[i], of[i])) {
            return false;
        }
        if (kind == INVENTED_HOSTILE) {
            attack(arena, &items[i], i);
        } else if (kind == INVENTED_LONG) {
            lengthen(&items[i]);
        }
    }
    for (size_t i = 0; i < extra; i++) {
        of[count + i] = &facts[FIRST_RESULT + i % 15];
        if (!fill_item(arena, &items[count + i], of[count + i])) {
            return false;
        }
        items[count + i].date.year = (int16_t)(2000 + i % 26);
        if (kind == INVENTED_HOSTILE) {
            attack(arena, &items[count + i], count + i);
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < count + extra; i++) {
        if (allowed(kind, items[i].section) && record.sources[items[i].source].asked) {
            of[kept] = of[i];
            items[kept++] = items[i];
        }
    }
    record.item_count = kept;
    for (size_t s = 0; s < SECTION_COUNT; s++) {
        if (!fill_section(arena, &record, (enum record_section)s, items, of, kept)) {
            return false;
        }
    }
    fill_states(&record, kind);
    for (size_t i = 0; i < kept; i++) {
        record.timeline[record.timeline_count++].item = &items[i];
    }
    qsort(record.timeline, record.timeline_count, sizeof record.timeline[0], newest_first);
    record.allergies = ALLERGIES_KNOWN;
    record.allergies_count = record.sections[SECTION_ALLERGIES].current_count;
    if (kind == INVENTED_NOTHING) {
        record.allergies = ALLERGIES_UNAVAILABLE;
    } else if (kind == INVENTED_ROLE) {
        record.allergies = ALLERGIES_NOT_FOR_ROLE;
        record.some_denied = true;
    }
    *ret_record = record;
    return true;
}

bool invented_record(struct arena *arena, enum invented_kind kind, struct record *ret_record)
{
    if (!make(arena, kind, kind == INVENTED_HOSTILE ? 40 : 0, ret_record)) {
        return false;
    }
    if (kind == INVENTED_DECEASED) {
        ret_record->person.deceased = true;
        ret_record->person.died = date("2026-11-20", &ret_record->person.has_died);
    } else if (kind == INVENTED_HOSTILE) {
        struct slice payload = SLICE("\"><script>alert(1)</script>'");
        ret_record->person.name.family = ret_record->person.address = payload;
        ret_record->person.next_of_kin = ret_record->person.differences = payload;
        ret_record->sources[0].name = payload;
    } else if (kind == INVENTED_LONG) {
        ret_record->person.name.family = SLICE(
            "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Cholmondeley-Marjoribanks");
        ret_record->person.name.given = SLICE("Maximiliana-Konstantina Alexandrowna");
    }
    return true;
}

bool invented_large_record(struct arena *arena, size_t results, struct record *ret_record)
{
    return make(arena, INVENTED_COMPLETE, results, ret_record);
}
