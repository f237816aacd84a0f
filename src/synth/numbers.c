/*
 * numbers.c: select the i-th valid number, after a keyed permutation of the people.
 *
 * The sum that the check digit is made of is linear: digits four to six give a remainder r, digits
 * seven to nine another, t, and a number is valid unless r + t is 1 modulo 11 (a check digit of
 * 10). So the endings that go with 999 ppp depend on r alone: eleven lists of about 909 endings
 * and a running count over the thousand ppp find the i-th valid number by one binary search. The
 * last of all, 999 999 9999, is no number (all digits the same) and is simply not counted.
 *
 * The permutation (random.h) has as many values as there are numbers or people, so every person of
 * a county of all numbers gets another.
 */
#include "synth/numbers.h"

#include "synth/random.h"

/* sum of three digits with weights `weight`, `weight` - 1, `weight` - 2, modulo 11 */
static uint32_t remainder_of(uint32_t three_digits, uint32_t weight)
{
    uint32_t sum = three_digits / 100 * weight + three_digits / 10 % 10 * (weight - 1) +
                   three_digits % 10 * (weight - 2);
    return sum % 11;
}

/* of 999 ppp: the weights of the nine digits are 10 to 2 */
static uint32_t prefix_remainder(uint32_t prefix)
{
    return (remainder_of(999, 10) + remainder_of(prefix, 7)) % 11;
}

void synth_numbers_init(struct synth_numbers *ret_numbers, uint64_t seed, uint64_t people)
{
    *ret_numbers =
        (struct synth_numbers){ .key = synth_random_mix(seed, 999),
                                .people = (uint32_t)people,
                                .domain = people > SYNTH_NHS_NUMBERS ? (uint32_t)people
                                                                     : SYNTH_NHS_NUMBERS };
    for (uint32_t ending = 0; ending < 1000; ending++) {
        uint32_t its = remainder_of(ending, 4);
        for (uint32_t r = 0; r < 11; r++) {
            if ((r + its) % 11 != 1) {
                ret_numbers->endings[r][ret_numbers->ending_counts[r]++] = (uint16_t)ending;
            }
        }
    }
    for (uint32_t prefix = 0; prefix < 1000; prefix++) {
        ret_numbers->before[prefix + 1] =
            ret_numbers->before[prefix] + ret_numbers->ending_counts[prefix_remainder(prefix)];
    }
    assert(ret_numbers->before[1000] == SYNTH_NHS_NUMBERS + 1);
}

static void select_valid(const struct synth_numbers *numbers, uint32_t rank,
                         char ret_text[SYNTH_NHS_NUMBER_SIZE])
{
    uint32_t low = 0;
    uint32_t high = 1000;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (numbers->before[middle] <= rank) {
            low = middle;
        } else {
            high = middle;
        }
    }
    uint32_t r = prefix_remainder(low);
    uint32_t ending = numbers->endings[r][rank - numbers->before[low]];
    uint32_t check = (11 - (r + remainder_of(ending, 4)) % 11) % 11;
    uint32_t digits = low * 10000 + ending * 10 + check;
    memcpy(ret_text, "999", 3);
    for (int i = 9; i >= 3; i--) {
        ret_text[i] = (char)('0' + digits % 10);
        digits /= 10;
    }
    ret_text[10] = '\0';
}

bool synth_numbers_of(const struct synth_numbers *numbers, uint64_t person,
                      char ret_text[SYNTH_NHS_NUMBER_SIZE])
{
    ret_text[0] = '\0';
    if (person >= numbers->people) {
        return false;
    }
    uint32_t rank = synth_random_permute(numbers->key, (uint32_t)person, numbers->domain);
    if (rank >= SYNTH_NHS_NUMBERS) {
        return false;
    }
    select_valid(numbers, rank, ret_text);
    return true;
}

bool synth_numbers_spare(const struct synth_numbers *numbers, uint64_t person,
                         char ret_text[SYNTH_NHS_NUMBER_SIZE])
{
    ret_text[0] = '\0';
    if (numbers->people >= numbers->domain) {
        return false;
    }
    uint32_t left = numbers->domain - numbers->people;
    uint32_t chosen = (uint32_t)(synth_random_mix(numbers->key, ~person) % left);
    uint32_t rank = synth_random_permute(numbers->key, numbers->people + chosen, numbers->domain);
    select_valid(numbers, rank, ret_text);
    return true;
}
