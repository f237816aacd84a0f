/*
 * event_log.c: --only events: the lives as columns (events.h), their people, their codes.
 *
 * The rows of a block gather in the part and are turned into columns when it is full, so that each
 * block is one group of columns, and one frame.
 */
#include "synth/csv_writer.h"
#include "synth/events.h"
#include "synth/plan.h"

#define COLUMNS "person,sex,born,died,deprivation_tenth,ethnic_category,practice"

struct event_log {
    uint32_t events;
    uint32_t people;
};

static bool write_codes(struct synth_plan *plan, struct fault *fault)
{
    struct strbuf codes;
    uint32_t file;
    strbuf_init(&codes, LIMIT_SYNTH_PART);
    synth_events_codes(&codes);
    bool ok = !codes.failed ? synth_plan_file(plan, SLICE("codes.csv"), strbuf_slice(&codes), true,
                                              &file, fault)
                            : fault_no_memory(fault, plan->arena);
    strbuf_release(&codes);
    return ok;
}

static bool begin(struct synth_plan *plan, struct fault *fault)
{
    struct event_log *own = arena_new(plan->arena, struct event_log);
    if (own == NULL) {
        return fault_no_memory(fault, plan->arena);
    }
    plan->own = own;
    return synth_plan_register(plan, fault) && write_codes(plan, fault) &&
           synth_plan_file(plan, SLICE("events.columns"), SLICE(""), false, &own->events, fault) &&
           synth_plan_file(plan, SLICE("people.csv"), SLICE(COLUMNS "\r\n"), false, &own->people,
                           fault);
}

static void write_person(const struct synth_world *world, const struct synth_person *person,
                         struct strbuf *out)
{
    struct csv_row row = csv_begin(out);
    csv_number(&row, (int64_t)person->number);
    csv_byte(&row, person->sex);
    csv_day(&row, person->birth);
    csv_day(&row, person->death);
    csv_number(&row, person->tenth);
    csv_text(&row, person->ethnicity->code);
    csv_text(&row, world->organisations[person->practice].ods);
    csv_end(&row);
}

static void write(const struct synth_plan *plan, const struct synth_household *household,
                  uint32_t count, struct synth_block *block)
{
    const struct event_log *own = plan->own;
    for (uint32_t i = 0; i < count && !block->failed; i++) {
        const struct synth_life *life = synth_block_life(plan, household, i, block);
        if (life != NULL) {
            block->counts.events += synth_events_of(life, &block->parts[own->events]);
            write_person(&plan->world, life->person, &block->parts[own->people]);
        }
    }
}

static void close_block(const struct synth_plan *plan, struct synth_block *block)
{
    const struct event_log *own = plan->own;
    struct strbuf columns;
    strbuf_init(&columns, LIMIT_SYNTH_PART);
    synth_events_columns(strbuf_slice(&block->parts[own->events]), &columns);
    bool failed = block->parts[own->events].failed;
    strbuf_release(&block->parts[own->events]);
    block->parts[own->events] = columns;
    block->parts[own->events].failed = failed || columns.failed;
}

const struct synth_content synth_content_events = {
    .name = SLICE_INIT("events"),
    .block_people = 2048,
    .begin = begin,
    .write = write,
    .close = close_block,
    .explanation = SLICE_INIT("\nCoded events alone: events.columns (docs/formats/"
                              "synthetic-county.md says how it is laid out),\n"
                              "their codes in codes.csv and their people in people.csv.\n"),
};
