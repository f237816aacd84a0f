/*
 * names.c: a draw for "table or tail", then one within it.
 *
 * Tables are summed up once and searched in halves. A tail has no table: its ranks are cut into
 * pieces of a share each (an octave in three), a piece is drawn, then a rank within it, and the
 * rank is spelled out as onset, core and end. Neighbouring ranks differ in all three, so that the
 * commoner names of a tail do not look alike. Nothing of the tail is kept in memory, and two ranks
 * that happen to spell the same only make that name a little commoner.
 *
 * Considered and left: a table of 200,000 names with their sums (4 MB that every county would
 * build, for names of which most are never drawn).
 */
#include "synth/names.h"

#define PART_ONSET 0
#define PART_CORE  1
#define PART_END   2
/* of those whose name is not in their decade's table: it is in another decade's */
#define OTHER_DECADE_PER_100 35

/* -- sums -------------------------------------------------------------------------------------- */

static size_t decade_index(int32_t decade)
{
    return decade == 0 ? 0 : (size_t)(decade - 1930) / 10;
}

static void extend(struct synth_range *range, size_t row)
{
    range->first = range->count == 0 ? (uint16_t)row : range->first;
    range->count++;
}

static size_t part_index(char part)
{
    return part == 'O' ? PART_ONSET : part == 'C' ? PART_CORE : PART_END;
}

static void sum_tables(struct synth_names *names)
{
    for (size_t i = 0; i < SYNTH_SURNAME_COUNT; i++) {
        const struct synth_surname *row = &synth_surname_table[i];
        struct synth_range *range = &names->surnames[row->heritage - synth_heritage_table];
        extend(range, i);
        names->surname_sums[i] =
            (range->count > 1 ? names->surname_sums[i - 1] : 0) + (uint32_t)row->weight;
    }
    for (size_t i = 0; i < SYNTH_FORENAME_COUNT; i++) {
        const struct synth_forename *row = &synth_forename_table[i];
        struct synth_range *range = &names->forenames[row->heritage - synth_heritage_table]
                                                     [row->sex == 'F'][decade_index(row->decade)];
        extend(range, i);
        names->forename_sums[i] =
            (range->count > 1 ? names->forename_sums[i - 1] : 0) + (uint32_t)row->weight;
    }
}

static void sum_tails(struct synth_names *names)
{
    for (size_t i = 0; i < SYNTH_SURNAME_RANK_COUNT; i++) {
        names->surname_ranks[i] =
            (i > 0 ? names->surname_ranks[i - 1] : 0) + (uint32_t)synth_surname_rank_table[i].share;
    }
    for (size_t i = 0; i < SYNTH_FORENAME_RANK_COUNT; i++) {
        names->forename_ranks[i] = (i > 0 ? names->forename_ranks[i - 1] : 0) +
                                   (uint32_t)synth_forename_rank_table[i].share;
    }
    for (size_t i = 0; i < SYNTH_SURNAME_PART_COUNT; i++) {
        const struct synth_surname_part *row = &synth_surname_part_table[i];
        extend(&names->surname_parts[row->heritage - synth_heritage_table][part_index(row->part)],
               i);
    }
    for (size_t i = 0; i < SYNTH_FORENAME_PART_COUNT; i++) {
        const struct synth_forename_part *row = &synth_forename_part_table[i];
        extend(&names->forename_parts[row->sex == 'F'][part_index(row->part)], i);
    }
    for (size_t i = 0; i < SYNTH_FORENAME_TAIL_COUNT; i++) {
        const struct synth_forename_tail *row = &synth_forename_tail_table[i];
        names->outside[0][decade_index(row->decade)] = row->male;
        names->outside[1][decade_index(row->decade)] = row->female;
    }
}

void synth_names_init(struct synth_names *ret_names)
{
    memset(ret_names, 0, sizeof(*ret_names));
    sum_tables(ret_names);
    sum_tails(ret_names);
}

/* -- drawing ----------------------------------------------------------------------------------- */

static uint32_t draw_sum(const uint32_t *sums, uint32_t count, struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, sums[count - 1]);
    uint32_t low = 0;
    uint32_t high = count - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (sums[middle] <= drawn) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* room for `len` bytes; NULL when the pool is full */
static char *pool_take(struct synth_pool *pool, size_t len)
{
    if (pool->used + len > sizeof(pool->at)) {
        return NULL;
    }
    char *at = &pool->at[pool->used];
    pool->used += (uint32_t)len;
    return at;
}

static struct slice pool_join(struct synth_pool *pool, const struct slice *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += parts[i].len;
    }
    char *to = pool_take(pool, len);
    if (to == NULL) {
        return parts[0];
    }
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(to + used, parts[i].ptr, parts[i].len);
        used += parts[i].len;
    }
    return slice_of(to, len);
}

/* the three parts of the name of that rank */
static void spell(uint32_t rank, const struct synth_range parts[3], uint32_t ret_rows[3])
{
    uint32_t onsets = parts[PART_ONSET].count;
    uint32_t cores = parts[PART_CORE].count;
    uint32_t ends = parts[PART_END].count;
    uint32_t onset = rank % onsets;
    uint32_t core = (rank / onsets + onset * 7) % cores;
    uint32_t end = (rank / onsets / cores + onset * 5 + core * 11) % ends;
    ret_rows[0] = parts[PART_ONSET].first + onset;
    ret_rows[1] = parts[PART_CORE].first + core;
    ret_rows[2] = parts[PART_END].first + end;
}

static struct slice tail_surname(const struct synth_names *names, size_t heritage,
                                 struct synth_random *random, struct synth_pool *pool)
{
    const struct synth_surname_rank *piece =
        &synth_surname_rank_table[draw_sum(names->surname_ranks, SYNTH_SURNAME_RANK_COUNT, random)];
    uint32_t rank = (uint32_t)synth_random_between(random, piece->from, piece->to - 1);
    uint32_t rows[3];
    spell(rank, names->surname_parts[heritage], rows);
    struct slice parts[3];
    for (int i = 0; i < 3; i++) {
        parts[i] = synth_surname_part_table[rows[i]].text;
    }
    return pool_join(pool, parts, 3);
}

static struct slice tail_forename(const struct synth_names *names, bool woman,
                                  struct synth_random *random, struct synth_pool *pool)
{
    const struct synth_forename_rank *piece = &synth_forename_rank_table[draw_sum(
        names->forename_ranks, SYNTH_FORENAME_RANK_COUNT, random)];
    uint32_t rank = (uint32_t)synth_random_between(random, piece->from, piece->to - 1);
    uint32_t rows[3];
    spell(rank, names->forename_parts[woman], rows);
    struct slice parts[3];
    for (int i = 0; i < 3; i++) {
        parts[i] = synth_forename_part_table[rows[i]].text;
    }
    return pool_join(pool, parts, 3);
}

struct slice synth_names_for_sex(const struct synth_heritage *heritage, struct slice family,
                                 char sex, struct synth_pool *pool)
{
    for (size_t i = 0; i < SYNTH_SURNAME_PAIR_COUNT; i++) {
        const struct synth_surname_pair *row = &synth_surname_pair_table[i];
        if (row->heritage == heritage && slice_equal(family, sex == 'F' ? row->man : row->woman)) {
            return sex == 'F' ? row->woman : row->man;
        }
    }
    bool polish = heritage == &synth_heritage_table[SYNTH_HERITAGE_POLISH];
    if (polish && slice_ends_with(family, sex == 'F' ? SLICE("ki") : SLICE("ka"))) {
        struct slice parts[] = { slice_sub(family, 0, family.len - 1),
                                 sex == 'F' ? SLICE("a") : SLICE("i") };
        struct slice other = pool_join(pool, parts, 2);
        return other.len == family.len ? other : family;
    }
    return family;
}

struct slice synth_names_surname(const struct synth_names *names,
                                 const struct synth_heritage *heritage, char sex,
                                 struct synth_random *random, struct synth_pool *pool)
{
    size_t its = (size_t)(heritage - synth_heritage_table);
    const struct synth_range *range = &names->surnames[its];
    struct slice family;
    if (synth_random_chance(random, heritage->tail, 1000)) {
        family = tail_surname(names, its, random, pool);
    } else {
        uint32_t row = draw_sum(&names->surname_sums[range->first], range->count, random);
        family = synth_surname_table[range->first + row].name;
    }
    return synth_names_for_sex(heritage, family, sex, pool);
}

/* who is called Mohammed spells it in one of four ways */
static struct slice respell(struct slice name, struct synth_random *random)
{
    if (!slice_equal(name, synth_spelling_table[0].name) &&
        !slice_equal(name, synth_spelling_table[1].name)) {
        return name;
    }
    int32_t drawn = (int32_t)synth_random_below(random, 1000);
    size_t i = 0;
    while (i + 1 < SYNTH_SPELLING_COUNT && drawn >= synth_spelling_table[i].share) {
        drawn -= synth_spelling_table[i].share;
        i++;
    }
    return synth_spelling_table[i].name;
}

static int32_t draw_decade(int32_t birth_year, struct synth_random *random)
{
    int32_t neighbour = (int32_t)synth_random_below(random, 10);
    int32_t decade = birth_year / 10 * 10 + (neighbour == 0 ? -10 : neighbour == 1 ? 10 : 0);
    return decade < 1930 ? 1930 : decade > 2020 ? 2020 : decade;
}

struct slice synth_names_forename(const struct synth_names *names,
                                  const struct synth_heritage *heritage, char sex,
                                  int32_t birth_year, struct synth_random *random,
                                  struct synth_pool *pool)
{
    bool woman = sex == 'F';
    size_t decade = decade_index(draw_decade(birth_year, random));
    const struct synth_range *ranges = names->forenames[heritage - synth_heritage_table][woman];
    bool by_decade = ranges[1].count > 0; /* others have one list, as that of 1930 */
    bool outside = synth_random_chance(random, names->outside[woman][decade], 1000);
    if (by_decade && outside) {
        if (!synth_random_chance(random, OTHER_DECADE_PER_100, 100)) {
            return tail_forename(names, woman, random, pool);
        }
        decade = synth_random_below(random, SYNTH_DECADES);
    }
    const struct synth_range *range = by_decade ? &ranges[decade] : &ranges[0];
    uint32_t row = draw_sum(&names->forename_sums[range->first], range->count, random);
    return respell(synth_forename_table[range->first + row].name, random);
}

struct slice synth_names_joined(struct slice a, struct slice b, struct synth_random *random,
                                struct synth_pool *pool)
{
    uint32_t drawn = synth_random_below(random, 100);
    struct slice parts[] = { a, drawn < 80 ? SLICE("-") : drawn < 95 ? SLICE(" ") : SLICE(""), b };
    return a.len + b.len > 40 ? a : pool_join(pool, parts, 3);
}

struct slice synth_names_listed(struct slice a, struct slice b, struct synth_pool *pool)
{
    struct slice parts[] = { a, SLICE(" "), b };
    return a.len + b.len > 40 ? a : pool_join(pool, parts, 3);
}

struct slice synth_names_element(struct synth_random *random)
{
    bool abdul = synth_random_chance(random, 1, 4);
    struct slice mohammed = respell(synth_spelling_table[0].name, random);
    return abdul ? SLICE("Abdul") : mohammed;
}

struct slice synth_short_form(struct slice forename)
{
    size_t low = 0;
    size_t high = SYNTH_SHORT_FORM_COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = slice_compare(synth_short_form_table[middle].name, forename);
        if (order == 0) {
            return synth_short_form_table[middle].short_form;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (struct slice){ NULL, 0 };
}
