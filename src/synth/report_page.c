/*
 * report_page.c: the report as one HTML page that needs nothing else: no script, no font, no image
 * fetched. Each measure is a section with its note, a chart, and the table of the same numbers with
 * sources. Everything that is text goes through show_escaped(): labels come from tables that
 * anybody may extend.
 */
#include "cda/xml_writer.h"
#include "synth/report_internal.h"

/* what XML escapes is what HTML needs */
void show_escaped(struct strbuf *out, struct slice text)
{
    struct xml_writer xml;
    xml_writer_init(&xml, out);
    xml_text(&xml, text);
}

static const char style[] =
    "body{font-family:Arial,sans-serif;color:#212b32;background:#fff;margin:0;line-height:1.5}"
    "header,main{max-width:1100px;margin:0 auto;padding:0 20px}"
    ".synthetic{background:#ffeb3b;border-bottom:4px solid #212b32;padding:12px 20px;"
    "text-align:center;font-weight:bold;font-size:1.2em}"
    "h1{font-size:2em;margin:.8em 0 .3em}h2{margin:2em 0 .3em;border-top:1px solid #d8dde0;"
    "padding-top:1em}h3{margin:1.4em 0 .4em}"
    "nav ul{columns:3;padding-left:1.2em}a{color:#005eb8}"
    "table{border-collapse:collapse;margin:.6em 0 1.2em;font-size:.92em}"
    "caption{text-align:left;font-weight:bold;padding:.3em 0}"
    "th,td{border-bottom:1px solid #d8dde0;padding:.25em .7em;text-align:left;vertical-align:top}"
    "td.n,th.n{text-align:right;white-space:nowrap}tbody th{font-weight:normal}"
    ".within{color:#00703c}.chance{color:#4c6272}.outside{color:#b10e1e;font-weight:bold}"
    "td.source{color:#4c6272;font-size:.9em}.figure{margin:0;overflow-x:auto}"
    ".many{display:flex;flex-wrap:wrap;gap:14px}"
    "dl{display:grid;grid-template-columns:max-content auto;gap:.2em 1.2em}dd{margin:0}"
    "details{margin:.4em 0}summary{cursor:pointer;color:#005eb8}svg{max-width:100%;height:auto}"
    "@media(max-width:700px){nav ul{columns:1}}";

static const char *verdict_class(enum synth_verdict verdict)
{
    static const char *const classes[] = { [SYNTH_WITHIN] = "within",
                                           [SYNTH_CHANCE] = "chance",
                                           [SYNTH_OUTSIDE] = "outside",
                                           [SYNTH_NOBODY] = "chance" };
    return classes[verdict];
}

static void number_cell(struct strbuf *out, int64_t thousandths)
{
    strbuf_add(out, SLICE("<td class=\"n\">"));
    show_number(out, thousandths);
    strbuf_add(out, SLICE("</td>"));
}

/* a wide table scrolls by itself on a narrow screen, also from the keyboard; up to its caption */
static void table_begin(struct strbuf *out, struct slice title)
{
    strbuf_add(out,
               SLICE("<div class=\"figure\" role=\"region\" tabindex=\"0\" aria-label=\"Table: "));
    show_escaped(out, title);
    strbuf_add(out, SLICE("\"><table><caption>"));
    show_escaped(out, title);
}

static void table_end(struct strbuf *out)
{
    strbuf_add(out, SLICE("</tbody></table></div>\n"));
}

/* -- a measure --------------------------------------------------------------------------------- */

static void page_row(const struct synth_survey *survey, size_t published, struct strbuf *out)
{
    const struct synth_published *row = &synth_published_table[published];
    int64_t found = synth_survey_found(survey, published);
    enum synth_verdict verdict = synth_survey_verdict(survey, published);
    strbuf_add(out, SLICE("<tr><th scope=\"row\">"));
    show_escaped(out, row->label);
    strbuf_add(out, SLICE("</th><td>"));
    show_ages(out, row->from_age, row->to_age);
    strbuf_add(out, SLICE("</td>"));
    number_cell(out, found);
    number_cell(out, row->value);
    strbuf_add(out, SLICE("<td class=\"n\">"));
    show_ratio(out, found, row->value);
    struct slice words = verdict_words(verdict);
    strbuf_addf(out, "</td><td class=\"%s\">%.*s</td><td class=\"source\">", verdict_class(verdict),
                SLICE_PRINT(words));
    show_escaped(out, row->source);
    strbuf_add(out, SLICE(" ("));
    show_escaped(out, trust_words(row->trust));
    strbuf_add(out, SLICE(")</td></tr>\n"));
}

static void measure_table(const struct synth_survey *survey, const struct synth_measure *measure,
                          struct strbuf *out)
{
    table_begin(out, measure->title);
    strbuf_add(out, SLICE(", "));
    show_escaped(out, measure->unit);
    strbuf_add(out,
               SLICE("</caption><thead><tr><th scope=\"col\">Figure</th><th "
                     "scope=\"col\">Ages</th><th scope=\"col\" class=\"n\">This county</th><th "
                     "scope=\"col\" class=\"n\">Published</th><th scope=\"col\" "
                     "class=\"n\">Ratio</th><th scope=\"col\">Verdict</th><th "
                     "scope=\"col\">Source</th></tr></thead><tbody>\n"));
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT; i++) {
        if (synth_published_table[i].measure == measure) {
            page_row(survey, i, out);
        }
    }
    table_end(out);
}

/* "65+", "5 to 14", "3", "all ages" */
static struct slice ages_label(const struct synth_published *row, char *text, size_t size)
{
    struct strbuf ages;
    strbuf_init(&ages, size);
    show_ages(&ages, row->from_age, row->to_age);
    struct slice words = strbuf_slice(&ages);
    size_t len = words.len < size ? words.len : size - 1;
    if (len > 0) {
        memcpy(text, words.ptr, len);
    }
    strbuf_release(&ages);
    return slice_of(text, len);
}

/* where several rows share a label they are told apart by ages */
static struct slice bar_label(const struct synth_published *row, bool by_age, char *text,
                              size_t size)
{
    return by_age ? ages_label(row, text, size) : row->label;
}

#define LABEL_SIZE 46

/* the rows of a measure, all of them or those of one label; answers how many */
static size_t collect_bars(const struct synth_survey *survey, const struct synth_measure *measure,
                           const struct slice *of_label, struct chart_bar bars[CHART_BARS],
                           char labels[CHART_BARS][LABEL_SIZE])
{
    size_t count = 0;
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT && count < CHART_BARS; i++) {
        const struct synth_published *row = &synth_published_table[i];
        if (row->measure != measure || (of_label != NULL && !slice_equal(row->label, *of_label))) {
            continue;
        }
        bars[count] = (struct chart_bar){
            .label = bar_label(row, of_label != NULL, labels[count], LABEL_SIZE),
            .found = synth_survey_found(survey, i),
            .published = row->value,
        };
        count++;
    }
    return count;
}

static bool label_seen(size_t published)
{
    const struct synth_published *row = &synth_published_table[published];
    for (size_t i = 0; i < published; i++) {
        if (synth_published_table[i].measure == row->measure &&
            slice_equal(synth_published_table[i].label, row->label)) {
            return true;
        }
    }
    return false;
}

/* one small chart for each figure, by age */
static void charts_by_age(const struct synth_survey *survey, const struct synth_measure *measure,
                          struct strbuf *out)
{
    struct chart_bar bars[CHART_BARS];
    char labels[CHART_BARS][LABEL_SIZE];
    strbuf_add(out, SLICE("<div class=\"many\">"));
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT; i++) {
        const struct synth_published *row = &synth_published_table[i];
        if (row->measure == measure && !label_seen(i)) {
            size_t count = collect_bars(survey, measure, &row->label, bars, labels);
            if (count > 1) {
                chart_columns(out, row->label, bars, count);
            }
        }
    }
    strbuf_add(out, SLICE("</div>\n"));
}

static void measure_chart(const struct synth_survey *survey, const struct synth_measure *measure,
                          struct strbuf *out)
{
    struct chart_bar bars[CHART_BARS];
    char labels[CHART_BARS][LABEL_SIZE];
    if (measure->by_age != 0) {
        charts_by_age(survey, measure, out);
        return;
    }
    size_t count = collect_bars(survey, measure, NULL, bars, labels);
    strbuf_add(out, SLICE("<div class=\"figure\">"));
    chart_bars(out, measure->title, measure->unit, bars, count);
    strbuf_add(out, SLICE("</div>\n"));
}

static void page_measure(const struct synth_survey *survey, size_t index, struct strbuf *out)
{
    const struct synth_measure *measure = &synth_measure_table[index];
    strbuf_addf(out, "<section><h2 id=\"%.*s\">", SLICE_PRINT(measure->key));
    show_escaped(out, measure->title);
    strbuf_add(out, SLICE("</h2><p>"));
    show_escaped(out, measure->note);
    strbuf_add(out, SLICE("</p>\n"));
    measure_chart(survey, measure, out);
    measure_table(survey, measure, out);
    strbuf_add(out, SLICE("</section>\n"));
}

/* -- by age, pairs, pyramid -------------------------------------------------------------------- */

static void shares_by_band(const struct synth_survey *survey, size_t reg,
                           int64_t ret_found[SYNTH_BANDS], int64_t ret_published[SYNTH_BANDS])
{
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        int64_t people = synth_survey_band(survey, band);
        people = people > 0 ? people : 1;
        ret_found[band] = synth_survey_cases(survey, reg, band) * 100000 / people;
        ret_published[band] = synth_survey_expected(survey, reg, band) * 100 / people;
    }
}

static void gradient_table(const struct synth_survey *survey, struct strbuf *out)
{
    static const char *const bands[] = { "0-17",  "18-29", "30-39", "40-49",      "50-59",
                                         "60-69", "70-79", "80-89", "90 and over" };
    table_begin(out, SLICE("Per cent of each age: this county, and below it the tables"));
    strbuf_add(out, SLICE("</caption><thead><tr><th "
                          "scope=\"col\">Register</th><th scope=\"col\"></th>"));
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        strbuf_addf(out, "<th scope=\"col\" class=\"n\">%s</th>", bands[band]);
    }
    strbuf_add(out, SLICE("</tr></thead><tbody>\n"));
    for (size_t reg = 0; reg < SYNTH_REGISTER_COUNT; reg++) {
        int64_t share[2][SYNTH_BANDS];
        shares_by_band(survey, reg, share[0], share[1]);
        for (size_t series = 0; series < 2; series++) {
            strbuf_add(out, SLICE("<tr><th scope=\"row\">"));
            show_escaped(out, synth_register_table[reg].label);
            strbuf_addf(out, "</th><td class=\"source\">%s</td>", series == 0 ? "county" : "table");
            for (size_t band = 0; band < SYNTH_BANDS; band++) {
                number_cell(out, share[series][band]);
            }
            strbuf_add(out, SLICE("</tr>\n"));
        }
    }
    table_end(out);
}

static void page_gradient(const struct synth_survey *survey, struct strbuf *out)
{
    strbuf_add(out,
               SLICE("<section><h2 id=\"gradient\">Registers by age</h2><p>Per cent of each age "
                     "that is on the register. The line is the table that steers the "
                     "generator (QOF England 2023/24 with shapes from general practice data; to "
                     "be confirmed); the points are this county.</p>\n<div "
                     "class=\"many\">"));
    for (size_t reg = 0; reg < SYNTH_REGISTER_COUNT; reg++) {
        int64_t found[SYNTH_BANDS];
        int64_t published[SYNTH_BANDS];
        shares_by_band(survey, reg, found, published);
        chart_gradient(out, synth_register_table[reg].label, found, published);
    }
    strbuf_add(out, SLICE("</div>\n<details><summary>The numbers</summary>\n"));
    gradient_table(survey, out);
    strbuf_add(out, SLICE("</details></section>\n"));
}

static void page_pairs(const struct synth_survey *survey, struct strbuf *out)
{
    struct chart_bar bars[CHART_BARS];
    char labels[CHART_BARS][LABEL_SIZE];
    size_t count = 0;
    strbuf_add(out, SLICE("<section><h2 id=\"pairs\">Diseases together</h2><p>Odds ratios adjusted "
                          "for age and sex (Mantel and Haenszel): 1 would mean that two diseases "
                          "come together no more often than by chance. Section 4 of the rates (to "
                          "be confirmed).</p>\n"));
    for (size_t i = 0; i < SYNTH_PAIR_COUNT && count < CHART_BARS; i++) {
        const struct synth_pair *row = &synth_pair_table[i];
        int64_t odds = synth_survey_odds(survey, i);
        if (row->published == 0) {
            continue;
        }
        int len = snprintf(labels[count], LABEL_SIZE, "%.*s, %.*s", SLICE_PRINT(row->first->key),
                           SLICE_PRINT(row->second->key));
        for (int c = 0; c < len && c < LABEL_SIZE; c++) {
            labels[count][c] = labels[count][c] == '_' ? ' ' : labels[count][c];
        }
        size_t whole = len < LABEL_SIZE ? (size_t)len : LABEL_SIZE - 1;
        bars[count] = (struct chart_bar){ .label = slice_of(labels[count], whole),
                                          .found = odds < 0 ? -1 : odds * 10,
                                          .published = row->odds * INT64_C(10) };
        count++;
    }
    strbuf_add(out, SLICE("<div class=\"figure\">"));
    chart_bars(out, SLICE("Diseases together"), SLICE("odds ratio"), bars, count);
    strbuf_add(out, SLICE("</div>\n"));
    table_begin(out, SLICE("Odds ratios"));
    strbuf_add(out,
               SLICE("</caption><thead><tr><th "
                     "scope=\"col\">Pair</th><th scope=\"col\" class=\"n\">This county</th><th "
                     "scope=\"col\" class=\"n\">Published</th></tr></thead><tbody>\n"));
    for (size_t i = 0; i < count; i++) {
        strbuf_add(out, SLICE("<tr><th scope=\"row\">"));
        show_escaped(out, bars[i].label);
        strbuf_add(out, SLICE("</th>"));
        number_cell(out, bars[i].found);
        number_cell(out, bars[i].published);
        strbuf_add(out, SLICE("</tr>\n"));
    }
    table_end(out);
    strbuf_add(out, SLICE("</section>\n"));
}

static void page_pyramid(const struct synth_survey *survey, struct strbuf *out)
{
    int64_t found[PYRAMID_STEPS][2];
    int64_t published[PYRAMID_STEPS][2];
    pyramid_of(survey, found, published);
    strbuf_add(out,
               SLICE("<section><h2 id=\"population\">Population</h2><p>People per 10,000 by "
                     "five years of age, beside the mid-year estimates for England 2023 (ONS, "
                     "through NHSRdatasets; read in the source).</p>\n<div class=\"figure\">"));
    chart_pyramid(out, found, published);
    strbuf_add(out, SLICE("</div>\n<details><summary>The numbers</summary>"));
    table_begin(out, SLICE("Per 10,000 people"));
    strbuf_add(out, SLICE("</caption><thead><tr><th scope=\"col\">From age</th><th "
                          "scope=\"col\" class=\"n\">Men</th><th scope=\"col\" class=\"n\">Men, "
                          "ONS</th><th scope=\"col\" class=\"n\">Women</th><th scope=\"col\" "
                          "class=\"n\">Women, ONS</th></tr></thead><tbody>\n"));
    for (size_t step = 0; step < PYRAMID_STEPS; step++) {
        strbuf_addf(
            out,
            "<tr><th scope=\"row\">%zu</th><td class=\"n\">%lld</td><td "
            "class=\"n\">%lld</td><td class=\"n\">%lld</td><td class=\"n\">%lld</td></tr>\n",
            step * 5, (long long)found[step][0], (long long)published[step][0],
            (long long)found[step][1], (long long)published[step][1]);
    }
    table_end(out);
    strbuf_add(out, SLICE("</details></section>\n"));
}

/* -- the whole page ---------------------------------------------------------------------------- */

static void page_summary(const struct synth_survey *survey, const struct synth_survey_of *of,
                         struct strbuf *out)
{
    int64_t verdicts[4] = { 0 };
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT; i++) {
        verdicts[synth_survey_verdict(survey, i)]++;
    }
    char today[SYNTH_WHEN_SIZE];
    synth_day_words(of->today, today);
    strbuf_add(out, SLICE("<dl><dt>People alive</dt><dd>"));
    show_count(out, survey->living);
    strbuf_add(out, SLICE("</dd><dt>Died in these years</dt><dd>"));
    show_count(out, survey->people - survey->living);
    strbuf_addf(
        out,
        "</dd><dt>Looked at on</dt><dd>%s, %d years of events</dd><dt>Seed</dt><dd>%llu</dd>"
        "<dt>Figures compared</dt><dd>%d</dd>",
        today, (int)of->years, (unsigned long long)of->seed, SYNTH_PUBLISHED_COUNT);
    strbuf_addf(out,
                "<dt>Within 15 %%</dt><dd class=\"within\">%lld</dd><dt>Outside, but within "
                "chance</dt><dd class=\"chance\">%lld</dd><dt>Outside</dt><dd "
                "class=\"outside\">%lld</dd><dt>Nobody to compare</dt><dd>%lld</dd></dl>\n",
                (long long)verdicts[SYNTH_WITHIN], (long long)verdicts[SYNTH_CHANCE],
                (long long)verdicts[SYNTH_OUTSIDE], (long long)verdicts[SYNTH_NOBODY]);
}

static void page_contents(struct strbuf *out)
{
    strbuf_add(out, SLICE("<nav aria-label=\"Contents\"><ul><li><a "
                          "href=\"#population\">Population</a></li><li><a "
                          "href=\"#gradient\">Registers by age</a></li><li><a "
                          "href=\"#pairs\">Diseases together</a></li>"));
    for (size_t i = 0; i < SYNTH_MEASURE_COUNT; i++) {
        strbuf_addf(out, "<li><a href=\"#%.*s\">", SLICE_PRINT(synth_measure_table[i].key));
        show_escaped(out, synth_measure_table[i].title);
        strbuf_add(out, SLICE("</a></li>"));
    }
    strbuf_add(out, SLICE("</ul></nav>\n"));
}

void synth_survey_page(const struct synth_survey *survey, const struct synth_survey_of *of,
                       struct strbuf *out)
{
    strbuf_add(out,
               SLICE("<!doctype html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\"><meta "
                     "name=\"viewport\" content=\"width=device-width, "
                     "initial-scale=1\"><title>Synthetic county: how like England it "
                     "is</title><style>"));
    strbuf_add_string(out, style);
    strbuf_add(out,
               SLICE("</style></head><body>\n<div class=\"synthetic\" role=\"note\">SYNTHETIC: "
                     "nobody in this county exists. These are not statistics.</div>\n<header>"
                     "<h1>How like England the synthetic county is</h1><p>Every figure is "
                     "counted in lives that were made up, and set beside what is published, "
                     "so that the county&#39;s flaws are known. Of each published figure it is "
                     "said whether it was read in its source, worked out, or still has to be "
                     "confirmed. In the charts blue is this county, red what is published.</p>\n"));
    page_summary(survey, of, out);
    page_contents(out);
    strbuf_add(out, SLICE("</header>\n<main>\n"));
    page_pyramid(survey, out);
    page_gradient(survey, out);
    page_pairs(survey, out);
    for (size_t i = 0; i < SYNTH_MEASURE_COUNT; i++) {
        page_measure(survey, i, out);
    }
    strbuf_add(out, SLICE("</main></body></html>\n"));
}
