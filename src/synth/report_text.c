/*
 * report_text.c: the report for a terminal, and the words that it shares with the page.
 */
#include "synth/report_internal.h"

/* -- numbers and words ------------------------------------------------------------------------- */

void show_number(struct strbuf *out, int64_t thousandths)
{
    if (thousandths < 0) {
        strbuf_add(out, SLICE("-"));
    } else if (thousandths < 9995) { /* two decimals */
        int64_t n = (thousandths + 5) / 10;
        strbuf_addf(out, "%lld.%02lld", (long long)(n / 100), (long long)(n % 100));
    } else if (thousandths < 999500) {
        int64_t n = (thousandths + 50) / 100;
        strbuf_addf(out, "%lld.%lld", (long long)(n / 10), (long long)(n % 10));
    } else {
        show_count(out, (thousandths + 500) / 1000);
    }
}

void show_count(struct strbuf *out, int64_t number)
{
    if (number >= 1000) {
        show_count(out, number / 1000);
        strbuf_addf(out, ",%03lld", (long long)(number % 1000));
    } else {
        strbuf_addf(out, "%lld", (long long)number);
    }
}

void show_ratio(struct strbuf *out, int64_t found, int64_t published)
{
    if (found < 0 || published <= 0) {
        strbuf_add(out, SLICE("-"));
        return;
    }
    int64_t n = (found * 100 + published / 2) / published;
    strbuf_addf(out, "%lld.%02lld", (long long)(n / 100), (long long)(n % 100));
}

struct slice verdict_words(enum synth_verdict verdict)
{
    static const struct slice words[] = {
        [SYNTH_WITHIN] = SLICE_INIT("within 15 %"),
        [SYNTH_CHANCE] = SLICE_INIT("within chance"),
        [SYNTH_OUTSIDE] = SLICE_INIT("OUTSIDE"),
        [SYNTH_NOBODY] = SLICE_INIT("nobody"),
    };
    return words[verdict];
}

struct slice trust_words(char trust)
{
    return trust == 'V'   ? SLICE("read in the source")
           : trust == 'E' ? SLICE("worked out")
                          : SLICE("to be confirmed");
}

void show_ages(struct strbuf *out, int32_t from, int32_t to)
{
    if (from == 0 && to >= SYNTH_AGES) {
        strbuf_add(out, SLICE("all ages"));
    } else if (to >= SYNTH_AGES) {
        strbuf_addf(out, "%d and over", (int)from);
    } else if (from == to) {
        strbuf_addf(out, "%d", (int)from);
    } else {
        strbuf_addf(out, "%d to %d", (int)from, (int)to);
    }
}

void pyramid_of(const struct synth_survey *survey, int64_t ret_found[PYRAMID_STEPS][2],
                int64_t ret_published[PYRAMID_STEPS][2])
{
    int64_t all = 0;
    memset(ret_found, 0, sizeof(int64_t) * PYRAMID_STEPS * 2);
    memset(ret_published, 0, sizeof(int64_t) * PYRAMID_STEPS * 2);
    for (size_t i = 0; i < SYNTH_POPULATION_COUNT; i++) {
        const struct synth_population *row = &synth_population_table[i];
        size_t step = row->age / 5 < PYRAMID_STEPS ? (size_t)row->age / 5 : PYRAMID_STEPS - 1;
        ret_published[step][0] += row->males;
        ret_published[step][1] += row->females;
        all += row->males + (int64_t)row->females;
    }
    for (size_t age = 0; age < SYNTH_AGES; age++) {
        size_t step = age / 5 < PYRAMID_STEPS ? age / 5 : PYRAMID_STEPS - 1;
        ret_found[step][0] += survey->age[age][0];
        ret_found[step][1] += survey->age[age][1];
    }
    for (size_t step = 0; step < PYRAMID_STEPS; step++) {
        for (size_t sex = 0; sex < 2; sex++) {
            ret_published[step][sex] = ret_published[step][sex] * 10000 / (all > 0 ? all : 1);
            ret_found[step][sex] =
                ret_found[step][sex] * 10000 / (survey->living > 0 ? survey->living : 1);
        }
    }
}

/* -- tables ------------------------------------------------------------------------------------ */

/* fills up to `column` with spaces, counted from `from` */
static void pad(struct strbuf *out, size_t from, size_t column)
{
    do {
        strbuf_add_byte(out, ' ');
    } while (!out->failed && out->len < from + column);
}

static void text_row(const struct synth_survey *survey, size_t published, struct strbuf *out)
{
    const struct synth_published *row = &synth_published_table[published];
    int64_t found = synth_survey_found(survey, published);
    size_t from = out->len;
    strbuf_addf(out, "  %.*s", SLICE_PRINT(row->label));
    pad(out, from, 46);
    show_ages(out, row->from_age, row->to_age);
    pad(out, from, 60);
    show_number(out, found);
    pad(out, from, 70);
    show_number(out, row->value);
    pad(out, from, 80);
    show_ratio(out, found, row->value);
    pad(out, from, 87);
    struct slice verdict = verdict_words(synth_survey_verdict(survey, published));
    strbuf_addf(out, "%.*s", SLICE_PRINT(verdict));
    pad(out, from, 102);
    strbuf_addf(out, "%c  %.*s\n", row->trust, SLICE_PRINT(row->source));
}

static void text_measure(const struct synth_survey *survey, size_t measure, struct strbuf *out)
{
    const struct synth_measure *row = &synth_measure_table[measure];
    strbuf_addf(out, "\n%.*s (%.*s)\n", SLICE_PRINT(row->title), SLICE_PRINT(row->unit));
    strbuf_addf(out, "  %-43s %-13s %-9s %-9s %-6s\n", "", "ages", "found", "published", "ratio");
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT; i++) {
        if (synth_published_table[i].measure == row) {
            text_row(survey, i, out);
        }
    }
}

static void text_gradient(const struct synth_survey *survey, struct strbuf *out)
{
    strbuf_add(out, SLICE("\nRegisters by age, % found / % of the tables\n  "));
    strbuf_addf(out, "%-24s", "");
    static const char *const bands[] = { "0-17",  "18-29", "30-39", "40-49", "50-59",
                                         "60-69", "70-79", "80-89", "90+" };
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        strbuf_addf(out, "%-13s", bands[band]);
    }
    for (size_t reg = 0; reg < SYNTH_REGISTER_COUNT; reg++) {
        size_t from = out->len + 1;
        strbuf_addf(out, "\n  %.*s", SLICE_PRINT(synth_register_table[reg].key));
        for (size_t band = 0; band < SYNTH_BANDS; band++) {
            int64_t people = synth_survey_band(survey, band);
            pad(out, from, 26 + band * 13);
            show_number(out,
                        people > 0 ? synth_survey_cases(survey, reg, band) * 100000 / people : -1);
            strbuf_add(out, SLICE("/"));
            show_number(out,
                        people > 0 ? synth_survey_expected(survey, reg, band) * 100 / people : -1);
        }
    }
    strbuf_add_byte(out, '\n');
}

static void text_pairs(const struct synth_survey *survey, struct strbuf *out)
{
    strbuf_add(out, SLICE("\nDiseases together (odds ratio adjusted for age and sex)\n"));
    for (size_t i = 0; i < SYNTH_PAIR_COUNT; i++) {
        const struct synth_pair *row = &synth_pair_table[i];
        if (row->published == 0) {
            continue;
        }
        int64_t odds = synth_survey_odds(survey, i);
        size_t from = out->len;
        strbuf_addf(out, "  %.*s with %.*s", SLICE_PRINT(row->first->key),
                    SLICE_PRINT(row->second->key));
        pad(out, from, 60);
        show_number(out, odds < 0 ? -1 : odds * 10);
        pad(out, from, 70);
        show_number(out, row->odds * INT64_C(10));
        strbuf_add_byte(out, '\n');
    }
}

static void text_pyramid(const struct synth_survey *survey, struct strbuf *out)
{
    int64_t found[PYRAMID_STEPS][2];
    int64_t published[PYRAMID_STEPS][2];
    pyramid_of(survey, found, published);
    strbuf_add(out, SLICE("\nPopulation per 10,000, found / ONS mid-2023 England\n"
                          "  ages      men            women\n"));
    for (size_t step = 0; step < PYRAMID_STEPS; step++) {
        strbuf_addf(out, "  %zu%-7s %5lld / %-5lld  %5lld / %-5lld\n", step * 5,
                    step + 1 == PYRAMID_STEPS ? " and on" : "", (long long)found[step][0],
                    (long long)published[step][0], (long long)found[step][1],
                    (long long)published[step][1]);
    }
}

void synth_survey_text(const struct synth_survey *survey, const struct synth_survey_of *of,
                       struct strbuf *out)
{
    strbuf_addf(out, "SYNTHETIC: nobody in this county exists. Seed %llu, %d years of events.\n",
                (unsigned long long)of->seed, (int)of->years);
    show_count(out, survey->living);
    strbuf_add(out, SLICE(" people alive, "));
    show_count(out, survey->people - survey->living);
    strbuf_add(out,
               SLICE(" died in these years.\nPublished figures: V read in the source, E worked "
                     "out, K to be confirmed; all are of England unless said.\n"));
    for (size_t i = 0; i < SYNTH_MEASURE_COUNT; i++) {
        text_measure(survey, i, out);
    }
    text_gradient(survey, out);
    text_pairs(survey, out);
    text_pyramid(survey, out);
}
