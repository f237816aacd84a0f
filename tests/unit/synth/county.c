/*
 * county.c: writes a synthetic county, for the tools and for looking at by hand:
 *
 *   county OUT PEOPLE SEED [THREADS]
 */
#include "base/digest.h"
#include "base/limits.h"
#include "synth/synth.h"

int main(int count, char **values)
{
    struct arena arena;
    struct fault fault = FAULT_INIT;
    struct synth_report report;
    uint64_t people;
    uint64_t seed;
    uint64_t threads = 0;
    if (count < 4 || count > 5 || !slice_to_u64(slice_from_string(values[2]), &people) ||
        !slice_to_u64(slice_from_string(values[3]), &seed) ||
        (count == 5 && !slice_to_u64(slice_from_string(values[4]), &threads))) {
        fprintf(stderr, "usage: county OUT PEOPLE SEED [THREADS]\n");
        return 2;
    }
    if (!digest_start()) {
        return 2;
    }
    arena_init(&arena, MIB(16));
    struct synth_options options = { .people = people,
                                     .seed = seed,
                                     .out = slice_from_string(values[1]),
                                     .formats = SLICE("fhir,own"),
                                     .threads = (uint32_t)threads };
    if (!synth_run(&options, &report, &arena, &fault)) {
        fprintf(stderr, "county: %.*s\n", SLICE_PRINT(fault.message));
        arena_release(&arena);
        return fault_exit_status(fault.code);
    }
    printf("people %llu deceased %llu households %llu patients %llu resources %llu bytes %llu\n",
           (unsigned long long)report.people, (unsigned long long)report.deceased,
           (unsigned long long)report.households, (unsigned long long)report.patients,
           (unsigned long long)report.resources, (unsigned long long)report.bytes);
    arena_release(&arena);
    return 0;
}
