/*
 * random.c: SplitMix64 from a keyed start.
 *
 * SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014) is a
 * counter through a mixing function: cheap to start, which matters with a dozen generators a
 * person, and portable. The key is folded with the same function. The normal is a sum of twelve
 * uniforms (Irwin-Hall), so that no library function whose last bit differs between machines takes
 * part.
 */
#include "synth/random.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t synth_random_mix(uint64_t a, uint64_t b)
{
    return mix(mix(a + GOLDEN) ^ (b * GOLDEN + 1));
}

void synth_random_start(struct synth_random *random, uint64_t seed, enum synth_stream stream,
                        uint64_t number)
{
    random->state = synth_random_mix(synth_random_mix(seed, (uint64_t)stream), number);
}

uint64_t synth_random_next(struct synth_random *random)
{
    random->state += GOLDEN;
    return mix(random->state);
}

uint32_t synth_random_below(struct synth_random *random, uint32_t limit)
{
    return (uint32_t)(((synth_random_next(random) >> 32) * limit) >> 32);
}

int32_t synth_random_between(struct synth_random *random, int32_t low, int32_t high)
{
    assert(low <= high);
    return low + (int32_t)synth_random_below(random, (uint32_t)(high - low) + 1);
}

bool synth_random_chance(struct synth_random *random, int32_t part, int32_t whole)
{
    uint32_t drawn = synth_random_below(random, (uint32_t)whole);
    return part > 0 && drawn < (uint32_t)part;
}

int32_t synth_random_normal(struct synth_random *random)
{
    int32_t sum = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t bits = synth_random_next(random);
        for (int lane = 0; lane < 4; lane++) {
            sum += (int32_t)(bits >> (16 * lane) & 0xffff);
        }
    }
    return (sum - 6 * 65535) * 125 / 8192;
}

uint32_t synth_random_count(struct synth_random *random, int32_t per_1000)
{
    if (per_1000 <= 0) {
        return 0;
    }
    uint64_t threshold = (uint64_t)per_1000 * 65536 / 16000;
    uint32_t count = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t bits = synth_random_next(random);
        for (int lane = 0; lane < 4; lane++) {
            count += (bits >> (16 * lane) & 0xffff) < threshold;
        }
    }
    return count;
}

/*
 * A Feistel network of four rounds over two halves, walked until it falls inside the domain (Black,
 * Rogaway, "Ciphers with arbitrary finite domains", 2002): a bijection whatever the round function
 * is. Halves are as small as holds the domain, so that at most three of four walks are in vain.
 */
uint32_t synth_random_permute(uint64_t key, uint32_t value, uint32_t domain)
{
    uint32_t bits = 1;
    while (UINT32_C(1) << 2 * bits < domain) {
        bits++;
    }
    uint32_t mask = (UINT32_C(1) << bits) - 1;
    do {
        uint32_t left = value >> bits;
        uint32_t right = value & mask;
        for (uint32_t round = 0; round < 4; round++) {
            uint32_t next = left ^ (uint32_t)(synth_random_mix(key + round, right) & mask);
            left = right;
            right = next;
        }
        value = left << bits | right;
    } while (value >= domain);
    return value;
}
