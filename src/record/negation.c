/*
 * negation.c: "there is none of it", told from "there is some of it" (hazard H12).
 *
 * Sources record the absence of allergies as an allergy with a code or words that negate it. Read
 * as a fact it would be an allergy called "No known allergies"; dropped, it would turn a question
 * that was asked into one that never was. Words decide beside the codes, because local codes are
 * many and SNOMED CT's names all begin alike. Only the statement about all allergies lets the
 * banner say "No known allergies"; "no known drug allergy" says nothing about latex, and the banner
 * says no more than that; any other negation is of one cause and decides nothing.
 */
#include "base/utf8.h"
#include "record/record_internal.h"

static const struct {
    struct slice code;
    enum negation means;
} codes[] = {
    { SLICE_INIT("716186003"), NEGATION_ALL },   /* No known allergy */
    { SLICE_INIT("409137002"), NEGATION_DRUGS }, /* No known drug allergy */
};

/* folded; what ends in a space or is followed by one begins a longer statement */
static const struct {
    struct slice words;
    enum negation means;
    bool whole;
} phrases[] = {
    { SLICE_INIT("no known allergies"), NEGATION_ALL, true },
    { SLICE_INIT("no known allergy"), NEGATION_ALL, true },
    { SLICE_INIT("no known allergies (situation)"), NEGATION_ALL, true },
    { SLICE_INIT("no known allergy (situation)"), NEGATION_ALL, true },
    { SLICE_INIT("no allergies known"), NEGATION_ALL, true },
    { SLICE_INIT("no allergies"), NEGATION_ALL, true },
    { SLICE_INIT("nil known allergies"), NEGATION_ALL, true },
    { SLICE_INIT("nka"), NEGATION_ALL, true },
    { SLICE_INIT("nkda"), NEGATION_DRUGS, true },
    { SLICE_INIT("no known drug allergy"), NEGATION_DRUGS, true },
    { SLICE_INIT("no known drug allergies"), NEGATION_DRUGS, true },
    { SLICE_INIT("no known "), NEGATION_PART, false },
    { SLICE_INIT("nil known"), NEGATION_PART, false },
    { SLICE_INIT("no allerg"), NEGATION_PART, false },
    { SLICE_INIT("no history of "), NEGATION_PART, false },
    { SLICE_INIT("not allergic "), NEGATION_PART, false },
    { SLICE_INIT("denies "), NEGATION_PART, false },
};

enum negation record_negation(struct slice title, struct slice code, struct arena *arena)
{
    for (size_t i = 0; i < ARRAY_LENGTH(codes); i++) {
        if (slice_equal(code, codes[i].code)) {
            return codes[i].means;
        }
    }
    struct slice folded = utf8_search_key(title, arena);
    for (size_t i = 0; i < ARRAY_LENGTH(phrases); i++) {
        if (phrases[i].whole ? slice_equal(folded, phrases[i].words)
                             : slice_starts_with(folded, phrases[i].words)) {
            return phrases[i].means;
        }
    }
    return NEGATION_NONE;
}
