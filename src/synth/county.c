/*
 * county.c: the whole county: each organisation's files in its formats, the register, the truth.
 *
 * A table says into which file an organisation's records of a format go. Whatever a household's
 * people are known to an organisation by is written by every format that the organisation speaks;
 * so two formats of one organisation tell the same.
 */
#include "synth/choices_files.h"
#include "synth/fhir_writer.h"
#include "synth/format.h"
#include "synth/plan.h"
#include "synth/truth.h"

#define MAX_FORMATS 32
#define NO_FILE     UINT32_MAX

struct county {
    uint32_t files[MAX_FORMATS][SYNTH_MAX_ORGANISATIONS];
    struct synth_choices_files choices;
    uint32_t truth;
};

/* -- which formats ----------------------------------------------------------------------------- */

static bool asks_for(struct slice word, const struct synth_format *format,
                     const struct synth_org_info *organisation)
{
    if (slice_equal(word, SLICE("own"))) {
        return format->own(organisation);
    }
    return slice_equal(word, format->name) && (format->everywhere || format->own(organisation));
}

static bool wanted(struct slice formats, const struct synth_format *format,
                   const struct synth_org_info *organisation)
{
    struct slice rest = formats.len == 0 ? SLICE("own") : formats;
    struct slice word;
    while (slice_split(&rest, ',', &word)) {
        if (asks_for(word, format, organisation)) {
            return true;
        }
    }
    return false;
}

static bool check_formats(struct synth_plan *plan, struct fault *fault)
{
    struct slice rest = plan->options->formats;
    struct slice word;
    while (rest.len > 0 && slice_split(&rest, ',', &word)) {
        if (slice_equal(word, SLICE("own")) || synth_format_named(word) != NULL) {
            continue;
        }
        struct slice names = SLICE("own");
        for (size_t i = 0; i < synth_format_count; i++) {
            names = arena_printf(plan->arena, "%.*s, %.*s", SLICE_PRINT(names),
                                 SLICE_PRINT(synth_formats[i]->name));
        }
        fault_set(fault, plan->arena, FAULT_NOT_SUPPORTED, "the format %.*s is not available",
                  SLICE_PRINT(word));
        return fault_hint(fault, plan->arena, "available: %.*s", SLICE_PRINT(names));
    }
    return true;
}

/* -- files ------------------------------------------------------------------------------------- */

static bool create_file(struct synth_plan *plan, const struct synth_format *format,
                        synth_org organisation, uint32_t *ret_file, struct fault *fault)
{
    struct strbuf head;
    struct slice name = arena_printf(plan->arena, "%.*s.%.*s",
                                     SLICE_PRINT(plan->world.organisations[organisation].ods),
                                     SLICE_PRINT(format->suffix));
    strbuf_init(&head, LIMIT_SYNTH_PART);
    if (format->head != NULL) {
        format->head(&plan->world, organisation, &head);
    }
    bool ok = name.ptr != NULL && !head.failed
                  ? synth_plan_file(plan, name, strbuf_slice(&head), false, ret_file, fault)
                  : fault_no_memory(fault, plan->arena);
    strbuf_release(&head);
    return ok;
}

static bool create_files(struct synth_plan *plan, struct county *county, struct fault *fault)
{
    assert(synth_format_count <= MAX_FORMATS);
    for (size_t f = 0; f < synth_format_count; f++) {
        const struct synth_format *format = synth_formats[f];
        for (uint32_t i = 0; i < plan->world.organisation_count; i++) {
            county->files[f][i] = NO_FILE;
            if (wanted(plan->options->formats, format, &plan->world.organisations[i]) &&
                !create_file(plan, format, (synth_org)i, &county->files[f][i], fault)) {
                return false;
            }
        }
    }
    return synth_choices_files_begin(plan, &county->choices, fault) &&
           synth_plan_file(plan, SLICE("truth.ndjson"), SLICE(""), false, &county->truth, fault);
}

static bool county_begin(struct synth_plan *plan, struct fault *fault)
{
    struct county *county = arena_new(plan->arena, struct county);
    if (county == NULL) {
        return fault_no_memory(fault, plan->arena);
    }
    plan->own = county;
    return check_formats(plan, fault) && synth_plan_register(plan, fault) &&
           create_files(plan, county, fault);
}

/* -- people ------------------------------------------------------------------------------------ */

static void write_patient(const struct synth_plan *plan, const struct synth_life *life,
                          const struct synth_patient *patient, struct synth_block *block)
{
    const struct county *county = plan->own;
    for (size_t f = 0; f < synth_format_count; f++) {
        uint32_t file = county->files[f][patient->organisation];
        uint32_t records = 0;
        if (file == NO_FILE) {
            continue;
        }
        synth_formats[f]->write(life, patient, &block->parts[file], &records);
        if (synth_formats[f] == &synth_format_fhir) {
            block->counts.resources += records;
        } else {
            block->counts.records += records;
        }
    }
    block->counts.patients++;
}

static void write_life(const struct synth_plan *plan, const struct synth_life *life,
                       struct synth_block *block)
{
    const struct county *county = plan->own;
    struct synth_patient patient;
    for (uint32_t i = 0; i < plan->world.organisation_count; i++) {
        synth_org organisation = (synth_org)i;
        uint32_t copies = life_known_to(life, organisation)
                              ? synth_patient_count(&plan->world, life->person, organisation)
                              : 0;
        for (uint32_t copy = 0; copy < copies; copy++) {
            synth_patient_make(&plan->world, life->person, organisation, (uint8_t)copy, &patient);
            write_patient(plan, life, &patient, block);
        }
    }
    synth_choices_files_write(plan, &county->choices, life->person, block);
    synth_truth_write(life, &block->parts[county->truth]);
}

static void county_write(const struct synth_plan *plan, const struct synth_household *household,
                         uint32_t count, struct synth_block *block)
{
    for (uint32_t i = 0; i < count && !block->failed; i++) {
        const struct synth_life *life = synth_block_life(plan, household, i, block);
        if (life != NULL) {
            write_life(plan, life, block);
        }
    }
}

const struct synth_content synth_content_county = {
    .block_people = 128,
    .begin = county_begin,
    .write = county_write,
    .explanation = SLICE_INIT(
        "\norganisations.ndjson is the register; <ODS>.<format> is what that "
        "organisation holds (as\n"
        "FHIR R4 a transaction Bundle a line and person); truth.ndjson says "
        "which patients are one\n"
        "person, and is not to be loaded. What people have decided about their records is in a\n"
        "list for each choice.\n"),
};
