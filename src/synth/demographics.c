/*
 * demographics.c: --only demographics: the patients of all sources as tables, and the truth.
 *
 * Which sources hold whom is the census's to say (census.h): there are no lives here, which is why
 * a million people take a minute.
 */
#include "synth/csv_writer.h"
#include "synth/plan.h"
#include "synth/truth.h"

#define COLUMNS                                                                                    \
    "local_id,nhs_number,family,given,middle,prefix,former_family,sex,born,died,address,town,"     \
    "postcode,telephone,ethnic_category,practice"

struct demographics {
    uint32_t files[SYNTH_MAX_ORGANISATIONS];
    uint32_t truth;
};

static bool begin(struct synth_plan *plan, struct fault *fault)
{
    struct demographics *own = arena_new(plan->arena, struct demographics);
    if (own == NULL) {
        return fault_no_memory(fault, plan->arena);
    }
    plan->own = own;
    if (!synth_plan_register(plan, fault)) {
        return false;
    }
    for (uint32_t i = 0; i < plan->world.organisation_count; i++) {
        struct slice name = arena_printf(plan->arena, "%.*s.patients.csv",
                                         SLICE_PRINT(plan->world.organisations[i].ods));
        if (!synth_plan_file(plan, name, SLICE(COLUMNS "\r\n"), false, &own->files[i], fault)) {
            return false;
        }
    }
    return synth_plan_file(plan, SLICE("truth.ndjson"), SLICE(""), false, &own->truth, fault);
}

static void write_home(const struct synth_patient *patient, struct csv_row *row)
{
    char line[96] = "";
    if (patient->address != NULL) {
        synth_address_line(patient->address, line, sizeof(line));
    }
    csv_string(row, line);
    csv_text(row, patient->address != NULL ? patient->address->place->name : SLICE(""));
    csv_string(row, patient->postcode);
    csv_text(row, patient->phone);
}

static void write_patient(const struct synth_world *world, const struct synth_patient *patient,
                          struct strbuf *out)
{
    struct csv_row row = csv_begin(out);
    csv_string(&row, patient->local_id);
    csv_string(&row, patient->nhs_number);
    csv_string(&row, patient->family);
    csv_string(&row, patient->given);
    csv_string(&row, patient->middle);
    csv_text(&row, patient->prefix);
    csv_text(&row, patient->former_family);
    csv_byte(&row, patient->sex);
    csv_day(&row, patient->birth);
    csv_day(&row, patient->death);
    write_home(patient, &row);
    csv_text(&row, patient->ethnicity != NULL ? patient->ethnicity->code : SLICE(""));
    csv_text(&row, world->organisations[patient->practice].ods);
    csv_end(&row);
}

static void write(const struct synth_plan *plan, const struct synth_household *household,
                  uint32_t count, struct synth_block *block)
{
    const struct demographics *own = plan->own;
    struct synth_census *census = arena_alloc(block->arena, sizeof *census);
    if (census == NULL) {
        block->failed = true;
        return;
    }
    synth_census_make(&plan->world, household, census);
    for (uint32_t i = 0; i < census->count; i++) {
        const struct synth_patient *patient = &census->at[i].patient;
        if (census->at[i].person < count) {
            write_patient(&plan->world, patient, &block->parts[own->files[patient->organisation]]);
            block->counts.patients++;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        synth_truth_write_census(&plan->world, household, i, census, &block->parts[own->truth]);
    }
}

const struct synth_content synth_content_demographics = {
    .name = SLICE_INIT("demographics"),
    .block_people = 4096,
    .begin = begin,
    .write = write,
    .explanation =
        SLICE_INIT("\nThe demographics alone: <ODS>.patients.csv are the patients of each source;\n"
                   "truth.ndjson says which of them are one person. There are no lives.\n"),
};
