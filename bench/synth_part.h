/*
 * synth_part.h: what the benchmarks of the synthetic county share: make it, weigh it, write it
 * again.
 */
#ifndef EVENLODE_BENCH_SYNTH_PART_H
#define EVENLODE_BENCH_SYNTH_PART_H

struct synth_part {
    const char *name;    /* of the figures */
    const char *people;  /* unless --people says otherwise */
    const char *only;    /* --only; NULL: the county in all formats */
    const char *counted; /* a line of README.txt that is a figure too: "events" */
};

/* options --people N, --threads N, --compress zstd|none (zstd) and --seed S; exit status */
int synth_part_bench(const struct synth_part *part, int argc, char **argv);

#endif
