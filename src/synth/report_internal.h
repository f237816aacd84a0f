/*
 * report_internal.h: between the parts of the report: counting (report.c, report_measures.c) and
 * showing (report_text.c, report_page.c, report_chart.c).
 */
#ifndef EVENLODE_SYNTH_REPORT_INTERNAL_H
#define EVENLODE_SYNTH_REPORT_INTERNAL_H

#include "synth/report.h"

#define OBSERVED_COURSES 128

/* what several measures ask of one life */
struct observed {
    const struct synth_life *life;
    bool living;
    int32_t days;         /* of the window */
    int32_t conditions;   /* of those that count towards multimorbidity */
    int32_t regular;      /* medicines taken regularly today */
    uint32_t antibiotics; /* courses in the window */
    const struct synth_item *antibiotic[OBSERVED_COURSES];
};

void observe(struct observed *ret_seen, const struct synth_life *life);
/* One life into one row; the row's sex fits, and its ages, unless the measure asks for the age at
 * which things happened: then the time lived at those ages and what happened in it count. */
void measure_life(const struct observed *seen, const struct synth_published *row,
                  struct synth_count *count);
/* the parts that are not of one life */
void measure_household(const struct synth_household *household, struct synth_survey *survey);
bool life_on_register(const struct synth_life *life, const struct synth_register *row);
int survey_band(int32_t age);

/* -- showing ----------------------------------------------------------------------------------- */

/* "12.3": thousandths with as many decimals as make sense; -1: a dash */
void show_number(struct strbuf *out, int64_t thousandths);
/* the same for people */
void show_count(struct strbuf *out, int64_t number);
/* "1.04": found / published */
void show_ratio(struct strbuf *out, int64_t found, int64_t published);
struct slice verdict_words(enum synth_verdict verdict);
struct slice trust_words(char trust);
/* "65 to 74", "85 and over", "all ages" */
void show_ages(struct strbuf *out, int32_t from, int32_t to);
/* for HTML: & < > " escaped */
void show_escaped(struct strbuf *out, struct slice text);

/* one category of a chart: what was found beside what is published, thousandths; -1: none */
struct chart_bar {
    struct slice label;
    int64_t found, published;
};

#define CHART_BARS 64

/* horizontal bars, two a category; `unit` stands at the axis */
void chart_bars(struct strbuf *out, struct slice title, struct slice unit,
                const struct chart_bar *bars, size_t count);
/* a small chart of columns, one a category, under its title */
void chart_columns(struct strbuf *out, struct slice title, const struct chart_bar *bars,
                   size_t count);
/* by bands of age: the published line, the found points */
void chart_gradient(struct strbuf *out, struct slice title, const int64_t found[SYNTH_BANDS],
                    const int64_t published[SYNTH_BANDS]);
/* by five years of age: men to the left, women to the right, per 10,000 of all */
#define PYRAMID_STEPS 19
void chart_pyramid(struct strbuf *out, const int64_t found[PYRAMID_STEPS][2],
                   const int64_t published[PYRAMID_STEPS][2]);
/* the shares of five years of age among all, per 10,000: found, and by population.csv */
void pyramid_of(const struct synth_survey *survey, int64_t ret_found[PYRAMID_STEPS][2],
                int64_t ret_published[PYRAMID_STEPS][2]);

#endif
