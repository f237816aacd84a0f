/*
 * report.h: how like England the county is.
 *
 * A survey counts people and their lives as they are made, in memory, and sets what it found beside
 * what is published: registers of disease by age, the population, households, conditions that come
 * together, medicines, immunisation, use of services, errors in what organisations hold. The
 * published figures are rows of published.csv, each with its source and a mark of how far to trust
 * it; the flaws of the county are so known. Nothing here changes what is generated.
 *
 * A survey is one flat block of counters: surveys of parts of a county, made on several threads,
 * add up (synth_survey_add). It is told of each household once and of each life once. The page is
 * one HTML file with everything in it: no script, nothing fetched.
 *
 * Integers only: the same county gives the same report on every machine.
 */
#ifndef EVENLODE_SYNTH_REPORT_H
#define EVENLODE_SYNTH_REPORT_H

#include "base/strbuf.h"
#include "synth/life.h"

#define SYNTH_BANDS  9  /* of age, as in disease.csv */
#define SYNTH_TENTHS 11 /* of deprivation, from 1 */

struct synth_count {
    int64_t cases;
    int64_t of; /* people, or days of their lives where the measure is yearly */
};

struct synth_survey {
    int64_t people, living, households;
    int64_t age[SYNTH_AGES][2]; /* the living; men, women */
    int64_t have[SYNTH_REGISTER_COUNT][SYNTH_BANDS][2];
    struct synth_count row[SYNTH_PUBLISHED_COUNT];
    int64_t pair[SYNTH_PAIR_COUNT][SYNTH_BANDS][2][3]; /* first, second, both */
};

/* sets all counters to none */
void synth_survey_clear(struct synth_survey *survey);
void synth_survey_household(struct synth_survey *survey, const struct synth_household *household);
void synth_survey_life(struct synth_survey *survey, const struct synth_life *life);
/* adds what `other` has counted */
void synth_survey_add(struct synth_survey *survey, const struct synth_survey *other);

/* -- what was found ---------------------------------------------------------------------------- */

/* thousandths of the measure's unit; -1: nobody of that age and sex, or not counted */
int64_t synth_survey_found(const struct synth_survey *survey, size_t published);
/* the odds ratio of a row of pair.csv adjusted for age and sex, hundredths; -1: too few */
int64_t synth_survey_odds(const struct synth_survey *survey, size_t pair);
/* of a register in a band of age: how many the tables ask for, in thousandths of a person */
int64_t synth_survey_expected(const struct synth_survey *survey, size_t reg, size_t band);
int64_t synth_survey_cases(const struct synth_survey *survey, size_t reg, size_t band);
int64_t synth_survey_band(const struct synth_survey *survey, size_t band);

enum synth_verdict {
    SYNTH_WITHIN,  /* 15 % */
    SYNTH_CHANCE,  /* outside, but no further than chance brings it in so few people */
    SYNTH_OUTSIDE, /* the county is not like the published figure here */
    SYNTH_NOBODY,  /* nothing to compare */
};

enum synth_verdict synth_survey_verdict(const struct synth_survey *survey, size_t published);

/* -- as text and as a page --------------------------------------------------------------------- */

struct synth_survey_of { /* what was surveyed, for the heading */
    uint64_t seed;
    int32_t years, today;
};

void synth_survey_text(const struct synth_survey *survey, const struct synth_survey_of *of,
                       struct strbuf *out);
void synth_survey_page(const struct synth_survey *survey, const struct synth_survey_of *of,
                       struct strbuf *out);

/*
 * Makes the lives of a county and counts them, writing nothing. `people` 1 .. SYNTH_MAX_PEOPLE,
 * years 1 .. 20 or 0, today or 0 as in synth.h.
 */
struct synth_survey_options {
    uint64_t people, seed;
    int32_t years, today;
    bool (*progress)(void *context, uint64_t done, uint64_t people);
    void *progress_context;
};

MUST_CHECK bool synth_survey_run(const struct synth_survey_options *options,
                                 struct synth_survey *ret_survey, struct synth_survey_of *ret_of,
                                 struct arena *arena, struct fault *fault);

#endif
