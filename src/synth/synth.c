/*
 * synth.c: households one after another, each person's life, each organisation's part of it.
 *
 * An arena is emptied after each household; lines gather in a buffer a file; so memory is bounded
 * however many people are made.
 */
#include "synth/synth.h"

#include "base/limits.h"
#include "synth/fhir_writer.h"
#include "synth/output.h"
#include "synth/truth.h"

struct run {
    const struct synth_options *options;
    struct synth_world world;
    struct output output;
    uint32_t file_of[SYNTH_MAX_ORGANISATIONS];
    uint32_t truth;
    struct arena arena; /* of one household */
    struct synth_report report;
    struct arena *faults; /* the caller's */
};

static bool check_options(const struct synth_options *options, struct arena *arena,
                          struct fault *fault)
{
    if (options->people == 0) {
        return fault_set(fault, arena, FAULT_INVALID, "a county needs at least one person");
    }
    if (options->people > SYNTH_MAX_PEOPLE) {
        fault_set(fault, arena, FAULT_INVALID, "at most %d people can be made", SYNTH_MAX_PEOPLE);
        return fault_detail(fault, arena, "there are fewer NHS numbers of the 999 range than that");
    }
    if (options->years < 0 || options->years > 20) {
        return fault_set(fault, arena, FAULT_INVALID, "years must be 1 to 20");
    }
    if (options->formats.len > 0 && !slice_equal(options->formats, SLICE("fhir"))) {
        fault_set(fault, arena, FAULT_NOT_SUPPORTED, "the format %.*s is not available",
                  SLICE_PRINT(options->formats));
        return fault_hint(fault, arena, "available: fhir (FHIR R4 transaction bundles)");
    }
    return true;
}

static bool create_files(struct run *run, struct fault *fault)
{
    uint32_t reg;
    if (!output_create(&run->output, SLICE("organisations.ndjson"), &reg, fault)) {
        return false;
    }
    for (uint32_t i = 0; i < run->world.organisation_count; i++) {
        synth_fhir_organisation(&run->world, (synth_org)i, output_buffer(&run->output, reg));
        strbuf_add_byte(output_buffer(&run->output, reg), '\n');
        struct slice name =
            arena_printf(run->faults, "%.*s.ndjson", SLICE_PRINT(run->world.organisations[i].ods));
        if (name.ptr == NULL) {
            return fault_no_memory(fault, run->faults);
        }
        if (!output_create(&run->output, name, &run->file_of[i], fault)) {
            return false;
        }
    }
    return output_create(&run->output, SLICE("truth.ndjson"), &run->truth, fault);
}

static bool write_patient(struct run *run, const struct synth_life *life, synth_org organisation,
                          uint8_t copy, struct fault *fault)
{
    struct synth_patient patient;
    uint32_t records;
    uint32_t file = run->file_of[organisation];
    synth_patient_make(&run->world, life->person, organisation, copy, &patient);
    synth_format_fhir.write(life, &patient, output_buffer(&run->output, file), &records);
    run->report.resources += records;
    run->report.patients++;
    return output_flush(&run->output, file, fault);
}

static bool write_life(struct run *run, const struct synth_life *life, struct fault *fault)
{
    for (uint32_t i = 0; i < run->world.organisation_count; i++) {
        uint32_t copies = life_known_to(life, (synth_org)i)
                              ? synth_patient_count(&run->world, life->person, (synth_org)i)
                              : 0;
        for (uint32_t copy = 0; copy < copies; copy++) {
            if (!write_patient(run, life, (synth_org)i, (uint8_t)copy, fault)) {
                return false;
            }
        }
    }
    synth_truth_write(life, output_buffer(&run->output, run->truth));
    run->report.people++;
    run->report.deceased += life->person->death != SYNTH_NO_DAY;
    return output_flush(&run->output, run->truth, fault);
}

static bool make_household(struct run *run, struct fault *fault)
{
    struct synth_household household;
    synth_household_make(&run->world, run->report.households, run->report.people, &household);
    uint64_t left = run->options->people - run->report.people;
    uint32_t count = household.count < left ? household.count : (uint32_t)left;
    for (uint32_t i = 0; i < count; i++) {
        struct synth_life *life = arena_new(&run->arena, struct synth_life);
        if (life == NULL) {
            return fault_no_memory(fault, &run->arena);
        }
        synth_life_make(&run->world, &household, i, &run->arena, life);
        if (life->failed || run->arena.exhausted) {
            return fault_no_memory(fault, &run->arena);
        }
        if (!write_life(run, life, fault)) {
            return false;
        }
    }
    run->report.households++;
    arena_reset(&run->arena);
    return true;
}

static bool make_people(struct run *run, struct fault *fault)
{
    const struct synth_options *options = run->options;
    uint64_t told = 0;
    while (run->report.people < options->people) {
        if (!make_household(run, fault)) {
            return false;
        }
        bool tell = run->report.people - told >= 200 || run->report.people == options->people;
        if (tell && options->progress != NULL) {
            told = run->report.people;
            if (!options->progress(options->progress_context, told, options->people)) {
                return fault_set(fault, run->faults, FAULT_TIMEOUT, "stopped on request");
            }
        }
    }
    return true;
}

static bool write_readme(struct run *run, struct fault *fault)
{
    uint32_t file;
    char today[SYNTH_WHEN_SIZE];
    const struct synth_report *report = &run->report;
    if (!output_create(&run->output, SLICE("README.txt"), &file, fault)) {
        return false;
    }
    struct strbuf *out = output_buffer(&run->output, file);
    synth_day_words(run->world.today, today);
    strbuf_add(out, SLICE("A SYNTHETIC COUNTY. Nobody in these files exists or has existed.\n\n"
                          "Made by evenlode synth. Names, addresses, numbers and lives are "
                          "invented; rates only\nresemble those of England. NHS numbers are of "
                          "the 999 range, which is never issued;\npostcodes are of districts "
                          "that are not in use; telephone numbers are those set aside\nfor "
                          "drama. No figure in here is a statistic.\n\n"));
    strbuf_addf(out, "seed           %llu\nlooked at on   %s, with %d years of care\n",
                (unsigned long long)run->world.seed, today, (int)run->world.years);
    strbuf_addf(out, "people         %llu, of whom %llu have died\nhouseholds     %llu\n",
                (unsigned long long)report->people, (unsigned long long)report->deceased,
                (unsigned long long)report->households);
    strbuf_addf(out, "organisations  %llu\npatients       %llu\nresources      %llu\n",
                (unsigned long long)report->organisations, (unsigned long long)report->patients,
                (unsigned long long)report->resources);
    strbuf_add(out, SLICE("\norganisations.ndjson is the register; <ODS>.ndjson is what that "
                          "organisation holds, a FHIR R4\ntransaction Bundle a line and person; "
                          "truth.ndjson says which patients are one person, and\nis not to be "
                          "loaded.\n"));
    return output_flush(&run->output, file, fault);
}

static bool run_all(struct run *run, struct fault *fault)
{
    return create_files(run, fault) && make_people(run, fault) && write_readme(run, fault);
}

bool synth_run(const struct synth_options *options, struct synth_report *ret_report,
               struct arena *arena, struct fault *fault)
{
    if (!check_options(options, arena, fault)) {
        return false;
    }
    struct run *run = arena_new(arena, struct run);
    if (run == NULL) {
        return fault_no_memory(fault, arena);
    }
    run->options = options;
    run->faults = arena;
    if (!synth_world_make(&run->world, options->seed, options->people,
                          options->years == 0 ? SYNTH_DEFAULT_YEARS : options->years,
                          options->today == 0 ? SYNTH_DEFAULT_TODAY : options->today, arena,
                          fault)) {
        return false;
    }
    run->report.organisations = run->world.organisation_count;
    if (!output_start(&run->output, options->out, arena, fault)) {
        return false;
    }
    arena_init(&run->arena, LIMIT_SYNTH_HOUSEHOLD);
    bool done = run_all(run, fault);
    if (!done) {
        output_abandon(&run->output);
    }
    arena_release(&run->arena);
    if (!done || !output_finish(&run->output, &run->report.bytes, fault)) {
        return false;
    }
    *ret_report = run->report;
    return true;
}
