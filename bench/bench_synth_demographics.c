/*
 * bench_synth_demographics.c: the patients of all sources of a million people, with their truth.
 *
 *   bench_synth_demographics [--people 1000000] [--threads 2] [--compress zstd] [--seed 1]
 */
#include "synth_part.h"

#include <stddef.h>

int main(int argc, char **argv)
{
    static const struct synth_part part = { "synth-demographics", "1000000", "demographics",
                                            "patients" };
    return synth_part_bench(&part, argc, argv);
}
