/*
 * demo_people.c: the best few of the county's list, in one walk.
 *
 * Best: alive; linked by the person index in most of the organisations where the demo's users work,
 * so that each of them may open the record; then in most organisations; then the most ill. A list
 * of three, kept sorted by insertion, is all that it takes. That there is no list, or one that
 * cannot be read, is no fault of serving: nothing is said.
 */
#include "program/demo_people.h"

#include "base/file_text.h"
#include "base/json.h"
#include "base/limits.h"
#include "governance/session.h"
#include "nhs/nhs_number.h"

#define PEOPLE_TOLD 3

struct candidate {
    char number[NHS_NUMBER_DIGITS + 1];
    unsigned score;
};

static bool works_there(struct slice ods)
{
    size_t count;
    const struct subject *users = session_demo_users(&count);
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(users[i].organisation, ods)) {
            return true;
        }
    }
    return false;
}

/* the person index links by number and date of birth */
static bool is_linked(const struct json *json, json_ix patient, struct arena *arena)
{
    bool linked = json_is(json, json_member(json, patient, SLICE("hasNumber")), JSON_TRUE);
    json_each_element(json, json_member(json, patient, SLICE("altered")), word)
    {
        struct slice altered = json_string(json, word, arena);
        linked &= !slice_starts_with(altered, SLICE("birth-")) &&
                  !slice_starts_with(altered, SLICE("number-of")) &&
                  !slice_equal(altered, SLICE("number-second"));
    }
    return linked;
}

static unsigned score_of(const struct json *json, struct arena *arena)
{
    unsigned score = 0;
    struct slice last = { NULL, 0 }; /* duplicates of an organisation stand side by side */
    json_each_element(json, json_member(json, 0, SLICE("patients")), patient)
    {
        struct slice ods = json_member_string(json, patient, SLICE("organisation"), arena);
        if (is_linked(json, patient, arena) && !slice_equal(ods, last)) {
            score += works_there(ods) ? 10000 : 100;
            last = ods;
        }
    }
    json_ix diseases = json_member(json, 0, SLICE("diseases"));
    return score + (json_is(json, diseases, JSON_ARRAY) ? (unsigned)json_size(json, diseases) : 0);
}

static void consider(struct candidate *best, const struct json *json, struct arena *arena)
{
    struct candidate one = { .score = score_of(json, arena) };
    if (json_member(json, 0, SLICE("died")) != JSON_NONE) {
        return; /* their records are there, too, but show less of what is going on */
    }
    struct slice number = json_member_string(json, 0, SLICE("nhsNumber"), arena);
    if (!nhs_number_parse(number, one.number)) {
        return;
    }
    for (size_t i = 0; i < PEOPLE_TOLD; i++) {
        if (one.score > best[i].score) {
            struct candidate moved = best[i];
            best[i] = one;
            one = moved;
        }
    }
}

static void consider_all(struct candidate *best, struct slice text)
{
    struct arena arena;
    struct slice line;
    arena_init(&arena, LIMIT_SYNTH_PART);
    while (slice_split(&text, '\n', &line)) {
        struct json json;
        struct fault ignored;
        if (json_parse(&arena, line, &json, &ignored)) {
            consider(best, &json, &arena);
        }
        arena_clear(&arena);
    }
    arena_release(&arena);
}

void demo_people_tell(struct command_context *context, const char *directory)
{
    struct candidate best[PEOPLE_TOLD] = { 0 };
    struct fault ignored;
    struct slice text;
    struct slice path = arena_printf(context->arena, "%s/county/truth.ndjson", directory);
    if (path.ptr == NULL || !file_text_map(path.ptr, context->arena, &text, &ignored)) {
        return;
    }
    consider_all(best, text);
    file_text_unmap(text);
    for (size_t i = 0; i < PEOPLE_TOLD && best[i].score > 0; i++) {
        char shown[NHS_NUMBER_SHOWN + 1];
        nhs_number_show(slice_from_string(best[i].number), shown);
        command_print(context, OUTPUT_MESSAGE, "%s%s", i == 0 ? "NHS numbers to look up: " : ", ",
                      shown);
    }
    command_print(context, OUTPUT_MESSAGE, "%s", best[0].score > 0 ? "\n" : "");
}
