/*
 * viewer_text.c: small texts: dates, values, states.
 *
 * A page of a thousand facts has two thousand dates, so these are put together by copying and not
 * by printf. Values stay as they were recorded, digit for digit (hazard H8); what is added around
 * them (comparator, unit, range) is the source's own too.
 */
#include <stdarg.h>

#include "nhs/display.h"
#include "web/viewer_internal.h"

void *viewer_zeroed(struct viewer *viewer, size_t count, size_t size)
{
    void *rows = arena_zeroed(viewer->arena, count > 0 ? count : 1, size);
    viewer->failed = viewer->failed || rows == NULL;
    return rows;
}

struct slice viewer_printf(struct viewer *viewer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice text = arena_vprintf(viewer->arena, format, arguments);
    va_end(arguments);
    viewer->failed = viewer->failed || text.ptr == NULL;
    return text;
}

struct slice viewer_join(struct viewer *viewer, const struct slice *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += parts[i].len;
    }
    char *text = arena_alloc(viewer->arena, len);
    if (text == NULL) {
        viewer->failed = true;
        return (struct slice){ NULL, 0 };
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0) {
            memcpy(text + at, parts[i].ptr, parts[i].len);
            at += parts[i].len;
        }
    }
    return slice_of(text, len);
}

struct slice viewer_number(struct viewer *viewer, uint64_t number)
{
    char digits[20];
    size_t start = sizeof digits;
    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return VIEWER_JOIN(viewer, slice_of(digits + start, sizeof digits - start));
}

/* -- time -- */

static void two_digits(char *at, unsigned number)
{
    at[0] = (char)('0' + number / 10 % 10);
    at[1] = (char)('0' + number % 10);
}

/* NHS CUI: DD-Mmm-YYYY, by hand because pages are full of it; other precisions as nhs/display.h */
static struct slice full_date(struct viewer *viewer, const struct instant *instant, bool with_time)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    bool time = with_time && instant->precision >= INSTANT_MINUTE;
    size_t len = time ? 17 : 11;
    char *text = arena_alloc(viewer->arena, len);
    if (text == NULL) {
        viewer->failed = true;
        return (struct slice){ NULL, 0 };
    }
    two_digits(text, instant->day);
    text[2] = '-';
    memcpy(text + 3, months + (size_t)3 * (instant->month - 1u), 3);
    text[6] = '-';
    two_digits(text + 7, (unsigned)instant->year / 100);
    two_digits(text + 9, (unsigned)instant->year % 100);
    if (time) {
        text[11] = ' ';
        two_digits(text + 12, instant->hour);
        text[14] = ':';
        two_digits(text + 15, instant->minute);
    }
    return slice_of(text, len);
}

static struct slice date_of(struct viewer *viewer, const struct instant *instant, bool with_time)
{
    if (instant->precision >= INSTANT_DAY && instant->month >= 1 && instant->month <= 12 &&
        instant->year >= 0) {
        return full_date(viewer, instant, with_time);
    }
    char text[DISPLAY_SIZE];
    display_date(instant, text);
    return VIEWER_JOIN(viewer, slice_from_string(text));
}

struct slice viewer_date(struct viewer *viewer, const struct instant *instant)
{
    return date_of(viewer, instant, false);
}

struct slice viewer_date_time(struct viewer *viewer, const struct instant *instant)
{
    return date_of(viewer, instant, true);
}

/* 01:00 UTC on the last Sunday of the month, when the clocks change (Summer Time Order 2002) */
static int64_t change_of_clocks(int64_t year, unsigned month)
{
    int64_t last = instant_days_from_civil(year, month, 31);
    int64_t weekday = (last % 7 + 7 + 4) % 7; /* 1970-01-01 was a Thursday; 0 is Sunday */
    return ((last - weekday) * 24 + 1) * 3600 * 1000000;
}

struct slice viewer_moment(struct viewer *viewer, walltime moment)
{
    struct instant utc = instant_from_microseconds(moment);
    bool summer =
        moment >= change_of_clocks(utc.year, 3) && moment < change_of_clocks(utc.year, 10);
    struct instant local = instant_from_microseconds(moment + (summer ? INT64_C(3600000000) : 0));
    return viewer_date_time(viewer, &local);
}

/* -- values -- */

struct slice viewer_value(struct viewer *viewer, const struct record_item *item)
{
    if (!item->value.present) {
        return item->value_text;
    }
    const struct record_quantity *value = &item->value;
    return VIEWER_JOIN(viewer, value->comparator,
                       value->comparator.len > 0 ? SLICE(" ") : SLICE(""), value->value,
                       value->unit.len > 0 ? SLICE(" ") : SLICE(""), value->unit);
}

struct slice viewer_range(struct viewer *viewer, const struct record_item *item)
{
    if (item->range_text.len > 0) {
        return item->range_text;
    }
    if (item->low.present && item->high.present) {
        return VIEWER_JOIN(viewer, item->low.value, SLICE("–"), item->high.value);
    }
    if (item->low.present) {
        return VIEWER_JOIN(viewer, SLICE("≥ "), item->low.value);
    }
    if (item->high.present) {
        return VIEWER_JOIN(viewer, SLICE("≤ "), item->high.value);
    }
    return (struct slice){ NULL, 0 };
}

struct slice viewer_flag(enum item_flag flag, bool *ret_danger)
{
    static const struct {
        struct slice word;
        bool danger;
    } words[] = {
        [FLAG_NONE] = { SLICE_INIT(""), false },
        [FLAG_NORMAL] = { SLICE_INIT(""), false },
        [FLAG_HIGH] = { SLICE_INIT("high"), true },
        [FLAG_LOW] = { SLICE_INIT("low"), true },
        [FLAG_ABNORMAL] = { SLICE_INIT("abnormal"), true },
        [FLAG_CRITICAL] = { SLICE_INIT("critical"), true },
    };
    assert((size_t)flag < ARRAY_LENGTH(words));
    *ret_danger = words[flag].danger;
    return words[flag].word;
}

/* a status that is what one expects of a line in its list, so that saying it would only be noise */
struct slice viewer_status(const struct record_item *item)
{
    static const struct slice usual[] = { SLICE_INIT("active"),    SLICE_INIT("final"),
                                          SLICE_INIT("completed"), SLICE_INIT("finished"),
                                          SLICE_INIT("current"),   SLICE_INIT("confirmed"),
                                          SLICE_INIT("unknown"),   SLICE_INIT("available") };
    if (item->status == ITEM_ENTERED_IN_ERROR) {
        return SLICE("withdrawn by the source");
    }
    bool told = item->status == ITEM_PAST &&
                (item->section == SECTION_PROBLEMS || item->section == SECTION_MEDICATION);
    for (size_t i = 0; i < ARRAY_LENGTH(usual) && !told; i++) {
        if (slice_equal_ascii_case(item->status_text, usual[i])) {
            return (struct slice){ NULL, 0 };
        }
    }
    return item->status_text;
}

/* -- words of sections and states -- */

struct slice viewer_section_title(enum record_section section)
{
    static const struct slice titles[] = {
#define X(name, address, title) [SECTION_##name] = SLICE_INIT(title),
        RECORD_SECTIONS(X)
#undef X
    };
    assert(section < SECTION_COUNT);
    return titles[section];
}

struct slice viewer_section_address(enum record_section section)
{
    static const struct slice addresses[] = {
#define X(name, address, title) [SECTION_##name] = SLICE_INIT(address),
        RECORD_SECTIONS(X)
#undef X
    };
    assert(section < SECTION_COUNT);
    return addresses[section];
}

struct slice viewer_state_words(enum source_state state)
{
    static const struct slice sentences[] = {
#define X(name, word, sentence) [SOURCE_##name] = SLICE_INIT(sentence),
        SOURCE_STATES(X)
#undef X
    };
    assert((size_t)state < ARRAY_LENGTH(sentences));
    return sentences[state];
}

bool viewer_state_is_missing(enum source_state state)
{
    return state == SOURCE_UNAVAILABLE || state == SOURCE_TIMED_OUT;
}
