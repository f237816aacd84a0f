/*
 * page_find.c: finding a patient, and telling apart those who were found.
 *
 * Two people with like names, born on like days, are how the wrong record is opened (hazard H19).
 * Each pair in the list is compared by a simple measure that staff can follow: the same date of
 * birth, or one that differs in one part or has day and month exchanged; and family and given names
 * that are equal, sound as begun alike, or are at most one typing error apart. At most 50 people
 * are shown, so comparing all pairs is 1,225 comparisons.
 */
#include "base/strbuf.h"
#include "nhs/display.h"
#include "nhs/nhs_number.h"
#include "web/templates.h"
#include "web/page_frame.h"

bool page_find(const struct page_frame *frame, const struct page_find_form *form,
               struct slice problem, struct arena *arena, struct strbuf *out, struct fault *fault)
{
    static const struct page_find_form nothing = { 0 };
    struct view_frame_top top;
    bool complete = page_frame_view(
        frame, problem.len > 0 ? SLICE("Error: Find a patient") : SLICE("Find a patient"), arena,
        &top);
    const struct page_find_form *typed = form != NULL ? form : &nothing;
    struct view_find view = {
        .frame = &top,
        .form_token = frame->form_token,
        .problem = problem,
        .nhs_number = typed->nhs_number,
        .family = typed->family,
        .given = typed->given,
        .day = typed->day,
        .month = typed->month,
        .year = typed->year,
    };
    template_find(&view, out);
    return page_done(out, arena, complete, fault);
}

/* -- the date of birth -- */

/* a month by number, or by at least three letters of its name; 0 when it is none */
static uint64_t read_month(struct slice text)
{
    static const struct slice names[] = { SLICE_INIT("january"),   SLICE_INIT("february"),
                                          SLICE_INIT("march"),     SLICE_INIT("april"),
                                          SLICE_INIT("may"),       SLICE_INIT("june"),
                                          SLICE_INIT("july"),      SLICE_INIT("august"),
                                          SLICE_INIT("september"), SLICE_INIT("october"),
                                          SLICE_INIT("november"),  SLICE_INIT("december") };
    uint64_t month;
    if (slice_to_u64(text, &month)) {
        return month <= 12 ? month : 0;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(names) && text.len >= 3; i++) {
        if (slice_equal_ascii_case(slice_sub(names[i], 0, text.len), text)) {
            return i + 1;
        }
    }
    return 0;
}

bool page_find_birth(const struct page_find_form *form, struct instant *ret_birth,
                     struct slice *ret_problem)
{
    uint64_t day;
    uint64_t year;
    uint64_t month = read_month(slice_trim(form->month));
    struct slice year_text = slice_trim(form->year);
    if (slice_trim(form->day).len == 0 || form->month.len == 0 || year_text.len == 0) {
        *ret_problem = SLICE("Enter the whole date of birth: day, month and year");
        return false;
    }
    if (year_text.len != 4 || !slice_to_u64(year_text, &year) || year < 1) {
        *ret_problem = SLICE("The year of birth must have 4 digits");
        return false;
    }
    if (!slice_to_u64(slice_trim(form->day), &day) || month == 0 || day < 1 || day > 31 ||
        day > instant_days_in_month((int64_t)year, (unsigned)month)) {
        *ret_problem = SLICE("The date of birth must be a real date");
        return false;
    }
    *ret_birth = (struct instant){ .year = (int16_t)year,
                                   .month = (uint8_t)month,
                                   .day = (uint8_t)day,
                                   .precision = INSTANT_DAY };
    return true;
}

/* -- who is easily confused -- */

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* equal but for case and at most one letter put in, left out, changed or exchanged with the next */
static bool nearly_equal(struct slice a, struct slice b)
{
    if (a.len > b.len) {
        struct slice swap = a;
        a = b;
        b = swap;
    }
    if (b.len - a.len > 1) {
        return false;
    }
    size_t start = 0;
    while (start < a.len && lower(a.ptr[start]) == lower(b.ptr[start])) {
        start++;
    }
    size_t end = 0;
    while (end < a.len - start && lower(a.ptr[a.len - 1 - end]) == lower(b.ptr[b.len - 1 - end])) {
        end++;
    }
    size_t differs = b.len - start - end;
    bool exchanged = a.len == b.len && differs == 2 &&
                     lower(a.ptr[start]) == lower(b.ptr[start + 1]) &&
                     lower(a.ptr[start + 1]) == lower(b.ptr[start]);
    return differs <= 1 || exchanged;
}

/* one begins with the other ("Kath", "Katherine"), or they are nearly equal */
static bool given_alike(struct slice a, struct slice b)
{
    struct slice shorter = a.len < b.len ? a : b;
    struct slice longer = a.len < b.len ? b : a;
    return slice_equal_ascii_case(slice_sub(longer, 0, shorter.len), shorter) || nearly_equal(a, b);
}

static bool births_alike(const struct person_entry *a, const struct person_entry *b)
{
    if (!a->has_birth || !b->has_birth) {
        return true;
    }
    int same = (a->birth.year == b->birth.year) + (a->birth.month == b->birth.month) +
               (a->birth.day == b->birth.day);
    bool exchanged = a->birth.year == b->birth.year && a->birth.month == b->birth.day &&
                     a->birth.day == b->birth.month;
    return same >= 2 || exchanged;
}

static bool easily_confused(const struct person_entry *a, const struct person_entry *b)
{
    return births_alike(a, b) && nearly_equal(a->name.family, b->name.family) &&
           given_alike(a->name.given, b->name.given);
}

/* -- the list -- */

static struct slice practice_name(const struct register_snapshot *snapshot, struct slice ods)
{
    for (size_t i = 0; snapshot != NULL && i < snapshot->count; i++) {
        if (slice_equal(snapshot->at[i].ods, ods)) {
            return snapshot->at[i].name;
        }
    }
    return ods.len > 0 ? ods : SLICE("Not recorded");
}

struct slice page_gender(struct slice gender)
{
    static const struct {
        struct slice code, words;
    } genders[] = { { SLICE_INIT("male"), SLICE_INIT("Male") },
                    { SLICE_INIT("female"), SLICE_INIT("Female") },
                    { SLICE_INIT("other"), SLICE_INIT("Other") } };
    for (size_t i = 0; i < ARRAY_LENGTH(genders); i++) {
        if (slice_equal_ascii_case(gender, genders[i].code)) {
            return genders[i].words;
        }
    }
    return SLICE("Not Known");
}

static struct slice born(const struct person_entry *person, const struct instant *now,
                         struct arena *arena)
{
    char date[DISPLAY_SIZE];
    char age[DISPLAY_SIZE];
    if (!person->has_birth) {
        return SLICE("Not Known");
    }
    display_date(&person->birth, date);
    display_age(&person->birth, now, age);
    return person->deceased || age[0] == '\0' ? arena_copy(arena, slice_from_string(date))
                                              : arena_printf(arena, "%s (%s)", date, age);
}

static bool fill_row(struct view_found_people *row, const struct person_entry *person,
                     const struct register_snapshot *snapshot, const struct instant *now,
                     struct arena *arena)
{
    char number[NHS_NUMBER_SHOWN + 1] = "";
    if (person->nhs_number.len == NHS_NUMBER_DIGITS) {
        nhs_number_show(person->nhs_number, number);
    }
    bool both = person->address.len > 0 && person->postcode.len > 0;
    row->url = arena_printf(arena, "/record/%.*s", SLICE_PRINT(person->person));
    row->name = person_name_show(&person->name, arena);
    row->born = born(person, now, arena);
    row->gender = page_gender(person->gender);
    row->nhs_number =
        number[0] == '\0' ? SLICE("Not Known") : arena_copy(arena, slice_from_string(number));
    row->address = arena_printf(arena, "%.*s%s%.*s", SLICE_PRINT(person->address), both ? ", " : "",
                                SLICE_PRINT(person->postcode));
    row->practice = practice_name(snapshot, person->practice);
    row->deceased = person->deceased;
    if (person->address.len + person->postcode.len == 0) {
        row->address = SLICE("Not recorded");
    }
    return row->url.ptr != NULL && row->name.ptr != NULL && row->born.ptr != NULL &&
           row->nhs_number.ptr != NULL && row->address.ptr != NULL;
}

bool page_found(const struct page_frame *frame, const struct person_entry *people, size_t count,
                bool more, const struct register_snapshot *snapshot, walltime now,
                struct arena *arena, struct strbuf *out, struct fault *fault)
{
    assert(count <= PAGE_FOUND_MAX);
    struct view_frame_top top;
    bool complete = page_frame_view(frame, SLICE("People found"), arena, &top);
    struct view_found_people *rows = arena_array(arena, count, struct view_found_people);
    if (!complete || rows == NULL) {
        return page_done(out, arena, false, fault);
    }
    struct view_found view = {
        .frame = &top, .count = count, .more = more, .people = rows, .people_count = count
    };
    struct instant today = instant_from_microseconds(now);
    for (size_t i = 0; i < count; i++) {
        complete = fill_row(&rows[i], &people[i], snapshot, &today, arena) && complete;
        for (size_t j = 0; j < i; j++) {
            if (easily_confused(&people[i], &people[j])) {
                rows[i].alike = rows[j].alike = view.alike = true;
            }
        }
    }
    template_found(&view, out);
    return page_done(out, arena, complete, fault);
}
