/*
 * synth.c: the run: are the options right, is the folder ours, then blocks (blocks.c), README.txt,
 * and the folder appears.
 */
#include "synth/synth.h"

#include "synth/blocks.h"
#include "synth/fhir_writer.h"
#include "synth/format.h"
#include "synth/packer.h"

static const struct synth_content *const contents[] = { &synth_content_county,
                                                        &synth_content_demographics,
                                                        &synth_content_events };

const struct synth_content *synth_content_named(struct slice name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(contents); i++) {
        if (slice_equal(contents[i]->name, name)) {
            return contents[i];
        }
    }
    return NULL;
}

static bool refuse_content(struct slice name, struct arena *arena, struct fault *fault)
{
    fault_set(fault, arena, FAULT_INVALID, "there is no part of the county called %.*s",
              SLICE_PRINT(name));
    return fault_hint(fault, arena, "available: %.*s, %.*s",
                      SLICE_PRINT(synth_content_demographics.name),
                      SLICE_PRINT(synth_content_events.name));
}

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
    if (options->threads > LIMIT_SYNTH_THREADS) {
        return fault_set(fault, arena, FAULT_INVALID, "threads must be 1 to %d",
                         LIMIT_SYNTH_THREADS);
    }
    if (synth_content_named(options->only) == NULL) {
        return refuse_content(options->only, arena, fault);
    }
    if (options->only.len > 0 && options->formats.len > 0) {
        return fault_set(fault, arena, FAULT_INVALID, "a part of the county has its own format");
    }
    return true;
}

/* all on which the bytes depend, for the journal */
static struct slice describe(const struct synth_plan *plan)
{
    const struct synth_options *options = plan->options;
    return arena_printf(plan->arena,
                        "people=%llu seed=%llu years=%d today=%d formats=%.*s only=%.*s "
                        "compress=%s",
                        (unsigned long long)options->people, (unsigned long long)options->seed,
                        (int)plan->world.years, (int)plan->world.today,
                        SLICE_PRINT(options->formats), SLICE_PRINT(options->only),
                        options->compress == SYNTH_ZSTD ? "zstd" : "none");
}

/* -- files ------------------------------------------------------------------------------------- */

static bool append_head(struct synth_plan *plan, uint32_t file, struct slice head, bool packed,
                        struct fault *fault)
{
    if (!packed) {
        return output_append(&plan->output, file, head, fault);
    }
    struct strbuf frame;
    struct packer *packer = packer_new();
    strbuf_init(&frame, LIMIT_SYNTH_PART);
    if (packer != NULL) {
        packer_add(packer, head, &frame);
    }
    bool ok = packer != NULL && !frame.failed
                  ? output_append(&plan->output, file, strbuf_slice(&frame), fault)
                  : fault_no_memory(fault, plan->arena);
    strbuf_release(&frame);
    packer_free(packer);
    return ok;
}

/* A compressed file begins with a frame even when it has no head: it is one, even when empty. */
bool synth_plan_file(struct synth_plan *plan, struct slice name, struct slice head,
                     bool always_plain, uint32_t *ret_file, struct fault *fault)
{
    bool packed = plan->options->compress == SYNTH_ZSTD && !always_plain;
    struct slice whole =
        arena_printf(plan->arena, "%.*s%s", SLICE_PRINT(name), packed ? ".zst" : "");
    if (whole.ptr == NULL) {
        return fault_no_memory(fault, plan->arena);
    }
    return output_create(&plan->output, whole, ret_file, fault) &&
           (plan->output.resumed || append_head(plan, *ret_file, head, packed, fault));
}

bool synth_plan_register(struct synth_plan *plan, struct fault *fault)
{
    struct strbuf lines;
    uint32_t file;
    strbuf_init(&lines, LIMIT_SYNTH_PART);
    for (uint32_t i = 0; i < plan->world.organisation_count; i++) {
        synth_fhir_organisation(&plan->world, (synth_org)i, &lines);
        strbuf_add_byte(&lines, '\n');
    }
    bool ok = !lines.failed ? synth_plan_file(plan, SLICE("organisations.ndjson"),
                                              strbuf_slice(&lines), true, &file, fault)
                            : fault_no_memory(fault, plan->arena);
    strbuf_release(&lines);
    return ok;
}

static void add_count(struct strbuf *out, const char *word, uint64_t count)
{
    if (count > 0) {
        strbuf_addf(out, "%-14s %llu\n", word, (unsigned long long)count);
    }
}

static void write_readme(const struct synth_plan *plan, const struct synth_report *report,
                         struct strbuf *out)
{
    char today[SYNTH_WHEN_SIZE];
    synth_day_words(plan->world.today, today);
    strbuf_add(out, SLICE("A SYNTHETIC COUNTY. Nobody in these files exists or has existed.\n\n"
                          "Made by evenlode synth. Names, addresses, numbers and lives are "
                          "invented; rates only\nresemble those of England. NHS numbers are of "
                          "the 999 range, which is never issued;\npostcodes are of districts "
                          "that are not in use; telephone numbers are those set aside\nfor "
                          "drama. No figure in here is a statistic.\n\n"));
    strbuf_addf(out, "seed           %llu\nlooked at on   %s, with %d years of care\n",
                (unsigned long long)plan->world.seed, today, (int)plan->world.years);
    strbuf_addf(out, "people         %llu, of whom %llu have died\n",
                (unsigned long long)report->people, (unsigned long long)report->deceased);
    add_count(out, "households", report->households);
    add_count(out, "organisations", report->organisations);
    add_count(out, "patients", report->patients);
    add_count(out, "resources", report->resources);
    add_count(out, "records", report->records);
    add_count(out, "events", report->events);
    strbuf_add(out, plan->content->explanation);
}

static bool finish(struct synth_plan *plan, struct synth_report *report, struct fault *fault)
{
    struct strbuf readme;
    uint32_t file;
    strbuf_init(&readme, LIMIT_SYNTH_PAPER);
    write_readme(plan, report, &readme);
    bool ok = !readme.failed || fault_no_memory(fault, plan->arena);
    ok = ok && output_create(&plan->output, SLICE("README.txt"), &file, fault) &&
         output_append(&plan->output, file, strbuf_slice(&readme), fault);
    strbuf_release(&readme);
    return ok;
}

/* -- the run ----------------------------------------------------------------------------------- */

static bool say_what_stays(const struct synth_plan *plan, struct fault *fault)
{
    if (plan->output.kept && fault->hint.len == 0) {
        fault_hint(fault, plan->arena, "%s stays: the same command goes on from there",
                   plan->output.partial);
    }
    return false;
}

static bool run(struct synth_plan *plan, struct synth_report *ret_report, struct fault *fault)
{
    struct synth_report report;
    if (!plan->content->begin(plan, fault) || !synth_blocks_run(plan, &report, fault)) {
        output_abandon(&plan->output);
        return say_what_stays(plan, fault);
    }
    report.organisations = plan->world.organisation_count;
    if (!finish(plan, &report, fault)) {
        output_abandon(&plan->output);
        return say_what_stays(plan, fault);
    }
    if (!output_finish(&plan->output, &report.bytes, fault)) {
        return say_what_stays(plan, fault);
    }
    *ret_report = report;
    return true;
}

bool synth_run(const struct synth_options *options, struct synth_report *ret_report,
               struct arena *arena, struct fault *fault)
{
    if (!check_options(options, arena, fault)) {
        return false;
    }
    struct synth_plan *plan = arena_new(arena, struct synth_plan);
    if (plan == NULL) {
        return fault_no_memory(fault, arena);
    }
    plan->options = options;
    plan->content = synth_content_named(options->only);
    plan->arena = arena;
    if (!synth_world_make(&plan->world, options->seed, options->people,
                          options->years == 0 ? SYNTH_DEFAULT_YEARS : options->years,
                          options->today == 0 ? SYNTH_DEFAULT_TODAY : options->today, arena,
                          fault)) {
        return false;
    }
    struct slice described = describe(plan);
    if (described.ptr == NULL) {
        return fault_no_memory(fault, arena);
    }
    return output_start(&plan->output, options->out, described, options->restart, arena, fault) &&
           run(plan, ret_report, fault);
}
