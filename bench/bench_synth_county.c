/*
 * bench_synth_county.c: the whole county: every organisation as FHIR and in its own tongue,
 * compressed.
 *
 *   bench_synth_county [--people 100000] [--threads 2] [--compress zstd] [--seed 1]
 */
#include "synth_part.h"

#include <stddef.h>

int main(int argc, char **argv)
{
    static const struct synth_part part = { "synth-county", "100000", NULL, "resources" };
    return synth_part_bench(&part, argc, argv);
}
