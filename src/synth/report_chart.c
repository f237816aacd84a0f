/*
 * report_chart.c: charts as SVG, in whole numbers.
 *
 * Three kinds: bars of two series, lines by age, a population pyramid. Colours are two blues and a
 * dark grey that differ in lightness too, so that they can be told apart without colour; what is
 * published is an outline or a line, what was found is filled. Every chart stands beside a table
 * with the same numbers, and says so to those who cannot see it (role img, a label).
 */
#include "synth/report_internal.h"

#define INK       "#212b32"
#define FOUND     "#005eb8"
#define PUBLISHED "#d4351c"
#define GRID      "#d8dde0"

static void open_svg(struct strbuf *out, int width, int height, struct slice title)
{
    strbuf_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                "height=\"%d\" role=\"img\" aria-label=\"",
                width, height, width, height);
    show_escaped(out, title);
    strbuf_add(out, SLICE("; the table has the numbers\" font-family=\"Arial, sans-serif\" "
                          "font-size=\"13\">"));
}

static void label(struct strbuf *out, int x, int y, const char *anchor, struct slice text)
{
    strbuf_addf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"" INK "\">", x, y, anchor);
    show_escaped(out, text);
    strbuf_add(out, SLICE("</text>"));
}

/* at an axis: no decimals that are noughts */
static void axis_label(struct strbuf *out, int x, int y, const char *anchor, int64_t thousandths)
{
    strbuf_addf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"" INK "\">", x, y, anchor);
    if (thousandths % 1000 == 0) {
        show_count(out, thousandths / 1000);
    } else {
        show_number(out, thousandths);
    }
    strbuf_add(out, SLICE("</text>"));
}

static void line(struct strbuf *out, int x1, int y1, int x2, int y2, const char *colour)
{
    strbuf_addf(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\"/>", x1, y1, x2,
                y2, colour);
}

/* a round number from `most` on: 1, 2, 3, 4, 5, 6, 8 times a power of ten */
static int64_t round_up(int64_t most)
{
    static const int64_t steps[] = { 1, 2, 3, 4, 5, 6, 8, 10 };
    int64_t power = 10;
    while (power * 10 < most) {
        power *= 10;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
        if (steps[i] * power >= most) {
            return steps[i] * power;
        }
    }
    return power * 100;
}

static int scaled(int64_t value, int64_t most, int length)
{
    return value <= 0 ? 0 : (int)(value * length / most);
}

static void key(struct strbuf *out, int x, int y)
{
    strbuf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"14\" height=\"9\" fill=\"" FOUND "\"/>", x,
                y - 9);
    label(out, x + 20, y, "start", SLICE("this county"));
    strbuf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"4\" height=\"13\" fill=\"" PUBLISHED "\"/>",
                x + 116, y - 11);
    label(out, x + 126, y, "start", SLICE("published"));
}

/* -- bars -------------------------------------------------------------------------------------- */

#define BARS_LEFT  280
#define BARS_WIDTH 420
#define BARS_STEP  24

static int64_t most_of(const struct chart_bar *bars, size_t count)
{
    int64_t most = 1;
    for (size_t i = 0; i < count; i++) {
        most = bars[i].found > most ? bars[i].found : most;
        most = bars[i].published > most ? bars[i].published : most;
    }
    return round_up(most);
}

static void bars_axis(struct strbuf *out, int64_t most, int bottom, struct slice unit)
{
    for (int i = 0; i <= 4; i++) {
        int x = BARS_LEFT + BARS_WIDTH * i / 4;
        line(out, x, 26, x, bottom, GRID);
        axis_label(out, x, bottom + 16, "middle", most * i / 4);
    }
    label(out, BARS_LEFT + BARS_WIDTH / 2, bottom + 34, "middle", unit);
}

void chart_bars(struct strbuf *out, struct slice title, struct slice unit,
                const struct chart_bar *bars, size_t count)
{
    int bottom = 32 + (int)count * BARS_STEP;
    int64_t most = most_of(bars, count);
    open_svg(out, BARS_LEFT + BARS_WIDTH + 60, bottom + 42, title);
    key(out, BARS_LEFT, 16);
    bars_axis(out, most, bottom, unit);
    for (size_t i = 0; i < count; i++) {
        int y = 34 + (int)i * BARS_STEP;
        label(out, BARS_LEFT - 8, y + 13, "end", bars[i].label);
        strbuf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\" fill=\"" FOUND "\"/>",
                    BARS_LEFT, y + 3, scaled(bars[i].found, most, BARS_WIDTH));
        strbuf_addf(out,
                    "<rect x=\"%d\" y=\"%d\" width=\"4\" height=\"18\" fill=\"" PUBLISHED "\"/>",
                    BARS_LEFT + scaled(bars[i].published, most, BARS_WIDTH) - 2, y);
    }
    strbuf_add(out, SLICE("</svg>"));
}

/* -- by age ------------------------------------------------------------------------------------ */

#define SMALL_LEFT   52
#define SMALL_WIDTH  250
#define SMALL_TOP    30
#define SMALL_HEIGHT 130

static int band_x(size_t band)
{
    return SMALL_LEFT + 14 + (int)band * (SMALL_WIDTH - 28) / (SYNTH_BANDS - 1);
}

static int height_of(int64_t value, int64_t most)
{
    return SMALL_TOP + SMALL_HEIGHT - scaled(value, most, SMALL_HEIGHT);
}

static void gradient_axes(struct strbuf *out, int64_t most)
{
    static const struct slice bands[] = { SLICE_INIT("<18"), SLICE_INIT("18"), SLICE_INIT("30"),
                                          SLICE_INIT("40"),  SLICE_INIT("50"), SLICE_INIT("60"),
                                          SLICE_INIT("70"),  SLICE_INIT("80"), SLICE_INIT("90+") };
    for (int i = 0; i <= 2; i++) {
        int y = SMALL_TOP + SMALL_HEIGHT - SMALL_HEIGHT * i / 2;
        line(out, SMALL_LEFT, y, SMALL_LEFT + SMALL_WIDTH, y, GRID);
        axis_label(out, SMALL_LEFT - 4, y + 4, "end", most * i / 2);
    }
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        label(out, band_x(band), SMALL_TOP + SMALL_HEIGHT + 16, "middle", bands[band]);
    }
}

/* columns for the categories that stand side by side, with the published figure as a mark */
void chart_columns(struct strbuf *out, struct slice title, const struct chart_bar *bars,
                   size_t count)
{
    int64_t most = most_of(bars, count);
    int step = SMALL_WIDTH / (int)(count > 0 ? count : 1);
    int wide = step > 44 ? 30 : step * 2 / 3;
    open_svg(out, SMALL_LEFT + SMALL_WIDTH + 10, SMALL_TOP + SMALL_HEIGHT + 56, title);
    label(out, 4, 16, "start", title);
    for (int i = 0; i <= 2; i++) {
        int y = SMALL_TOP + SMALL_HEIGHT - SMALL_HEIGHT * i / 2;
        line(out, SMALL_LEFT, y, SMALL_LEFT + SMALL_WIDTH, y, GRID);
        axis_label(out, SMALL_LEFT - 4, y + 4, "end", most * i / 2);
    }
    for (size_t i = 0; i < count; i++) {
        int middle = SMALL_LEFT + step * (int)i + step / 2;
        int found = height_of(bars[i].found, most);
        strbuf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"" FOUND "\"/>",
                    middle - wide / 2, found, wide, SMALL_TOP + SMALL_HEIGHT - found);
        strbuf_addf(out,
                    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"4\" fill=\"" PUBLISHED "\"/>",
                    middle - wide / 2 - 3, height_of(bars[i].published, most) - 2, wide + 6);
        strbuf_addf(out, "<g transform=\"translate(%d %d) rotate(-40)\" font-size=\"11\">",
                    middle + 4, SMALL_TOP + SMALL_HEIGHT + 14);
        label(out, 0, 0, "end", bars[i].label);
        strbuf_add(out, SLICE("</g>"));
    }
    strbuf_add(out, SLICE("</svg>"));
}

void chart_gradient(struct strbuf *out, struct slice title, const int64_t found[SYNTH_BANDS],
                    const int64_t published[SYNTH_BANDS])
{
    int64_t most = 1;
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        most = found[band] > most ? found[band] : most;
        most = published[band] > most ? published[band] : most;
    }
    most = round_up(most);
    open_svg(out, SMALL_LEFT + SMALL_WIDTH + 10, SMALL_TOP + SMALL_HEIGHT + 26, title);
    label(out, SMALL_LEFT, 16, "start", title);
    gradient_axes(out, most);
    strbuf_add(out, SLICE("<polyline fill=\"none\" stroke=\"" PUBLISHED
                          "\" stroke-width=\"2\" points=\""));
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        strbuf_addf(out, "%d,%d ", band_x(band), height_of(published[band], most));
    }
    strbuf_add(out, SLICE("\"/>"));
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        strbuf_addf(out, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"" FOUND "\"/>", band_x(band),
                    height_of(found[band], most));
    }
    strbuf_add(out, SLICE("</svg>"));
}

/* -- pyramid ----------------------------------------------------------------------------------- */

#define PYRAMID_HALF 300
#define PYRAMID_GAP  64
#define PYRAMID_STEP 20

static void pyramid_step(struct strbuf *out, size_t step, const int64_t found[2],
                         const int64_t published[2], int64_t most)
{
    int y = 28 + (int)(PYRAMID_STEPS - 1 - step) * PYRAMID_STEP;
    int right = PYRAMID_HALF + PYRAMID_GAP;
    int men = scaled(found[0], most, PYRAMID_HALF);
    strbuf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"14\" fill=\"" FOUND "\"/>",
                PYRAMID_HALF - men, y, men);
    strbuf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"14\" fill=\"" FOUND "\"/>",
                right, y, scaled(found[1], most, PYRAMID_HALF));
    strbuf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"3\" height=\"18\" fill=\"" PUBLISHED "\"/>",
                PYRAMID_HALF - scaled(published[0], most, PYRAMID_HALF) - 1, y - 2);
    strbuf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"3\" height=\"18\" fill=\"" PUBLISHED "\"/>",
                right + scaled(published[1], most, PYRAMID_HALF) - 1, y - 2);
    strbuf_addf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"" INK "\">%zu%s</text>",
                PYRAMID_HALF + PYRAMID_GAP / 2, y + 12, step * 5,
                step + 1 == PYRAMID_STEPS ? "+" : "");
}

void chart_pyramid(struct strbuf *out, const int64_t found[PYRAMID_STEPS][2],
                   const int64_t published[PYRAMID_STEPS][2])
{
    int64_t most = 1;
    for (size_t step = 0; step < PYRAMID_STEPS; step++) {
        for (size_t sex = 0; sex < 2; sex++) {
            most = found[step][sex] > most ? found[step][sex] : most;
            most = published[step][sex] > most ? published[step][sex] : most;
        }
    }
    int height = 28 + PYRAMID_STEPS * PYRAMID_STEP;
    open_svg(out, PYRAMID_HALF * 2 + PYRAMID_GAP, height + 26, SLICE("Population by age and sex"));
    label(out, PYRAMID_HALF, 16, "end", SLICE("Men"));
    label(out, PYRAMID_HALF + PYRAMID_GAP, 16, "start", SLICE("Women"));
    for (size_t step = 0; step < PYRAMID_STEPS; step++) {
        pyramid_step(out, step, found[step], published[step], most);
    }
    key(out, PYRAMID_HALF - 90, height + 16);
    strbuf_add(out, SLICE("</svg>"));
}
