/*
 * bench_synth_events.c: the coded events of a million people over five years.
 *
 *   bench_synth_events [--people 1000000] [--threads 2] [--compress zstd] [--seed 1]
 */
#include "synth_part.h"

#include <stddef.h>

int main(int argc, char **argv)
{
    static const struct synth_part part = { "synth-events", "1000000", "events", "events" };
    return synth_part_bench(&part, argc, argv);
}
