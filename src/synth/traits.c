/*
 * traits.c: what makes people ill together.
 *
 * A trait is a standard normal number of a person. Whoever is far enough above has the disease:
 * with a prevalence of 5 % the twentieth with the highest number. Traits are sums of a few numbers
 * that they have in common and one of their own (a factor model), by the loads of trait.csv, so
 * that diseases come together with the odds ratios of pair.csv, while each prevalence stays what
 * the table says: a sum of normals by loads whose squares add up to one is normal again.
 *
 * Considered: drawing one disease after the other with relative risks (each prevalence then depends
 * on the order, and has to be mended), and a mixture copula (one factor a disease only, so that
 * heart failure could not go with fibrillation and with the kidneys).
 *
 * Normals are drawn by inverting the table of the distribution's tail: a sum of uniforms would lack
 * the far ends, where the rare diseases are.
 */
#include "synth/life.h"

#define WHOLE 100000000 /* of the tail's table */

int32_t life_normal_rank(int32_t z)
{
    const struct synth_normal *row = synth_normal_table;
    int32_t step = row[1].z - row[0].z;
    int32_t at = (z - row[0].z) / step;
    if (z <= row[0].z) {
        return WHOLE;
    }
    if (at >= SYNTH_NORMAL_COUNT - 1) {
        return row[SYNTH_NORMAL_COUNT - 1].above;
    }
    int64_t drop = row[at].above - row[at + 1].above;
    return row[at].above - (int32_t)(drop * (z - row[at].z) / step);
}

/* the number with `above` in 100 million beyond it */
static int32_t normal_of(int32_t above)
{
    const struct synth_normal *row = synth_normal_table;
    size_t low = 0;
    size_t high = SYNTH_NORMAL_COUNT - 1;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (row[middle].above > above) {
            low = middle;
        } else {
            high = middle;
        }
    }
    int64_t drop = row[low].above - row[high].above;
    int64_t step = row[high].z - row[low].z;
    return row[low].z + (int32_t)(step * (row[low].above - above) / (drop > 0 ? drop : 1));
}

static int32_t draw_normal(struct synth_random *random)
{
    return normal_of((int32_t)synth_random_below(random, WHOLE));
}

void life_traits(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_TRAIT);
    int32_t common[ARRAY_LENGTH(synth_trait_table[0].load)] = { 0 };
    for (size_t i = 0; i < ARRAY_LENGTH(common); i++) {
        common[i] = draw_normal(&random);
    }
    bool dead = life->person->death != SYNTH_NO_DAY;
    for (size_t i = 0; i < SYNTH_TRAIT_COUNT; i++) {
        const struct synth_trait *row = &synth_trait_table[i];
        int32_t sum = row->own * draw_normal(&random);
        for (size_t k = 0; k < ARRAY_LENGTH(common); k++) {
            sum += row->load[k] * common[k];
        }
        life->trait[i] = sum / 100 + (dead ? row->dying : 0);
    }
}

int32_t life_rank(const struct synth_life *life, enum synth_trait_key trait)
{
    return life_normal_rank(life->trait[trait]);
}
