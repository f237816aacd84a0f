/*
 * tongue: what the organisations of a small county say in one format, on standard output.
 *
 *   tongue FORMAT PEOPLE SEED
 *
 * For readers that were written by others (tests/unit/synth/hl7v2_read.mjs) and for eyes.
 */
#include "base/limits.h"
#include "synth/format.h"

static bool tell(const struct synth_format *format, const struct synth_life *life,
                 struct strbuf *out)
{
    const struct synth_world *world = life->world;
    for (synth_org org = 0; org < world->organisation_count; org++) {
        if (!format->own(&world->organisations[org]) || !life_known_to(life, org)) {
            continue;
        }
        uint32_t copies = synth_patient_count(world, life->person, org);
        for (uint32_t copy = 0; copy < copies; copy++) {
            struct synth_patient patient;
            uint32_t records;
            synth_patient_make(world, life->person, org, (uint8_t)copy, &patient);
            format->write(life, &patient, out, &records);
        }
    }
    bool ok = !life->failed && !out->failed;
    fwrite(strbuf_slice(out).ptr, 1, out->len, stdout);
    strbuf_clear(out);
    return ok;
}

static bool tell_all(const struct synth_format *format, const struct synth_world *world)
{
    struct arena arena;
    struct strbuf out;
    bool ok = true;
    arena_init(&arena, LIMIT_SYNTH_HOUSEHOLD);
    strbuf_init(&out, LIMIT_SYNTH_PART);
    uint64_t made = 0;
    for (uint64_t number = 0; ok && made < world->people; number++) {
        struct synth_household household;
        synth_household_make(world, number, made, &household);
        for (uint32_t i = 0; ok && i < household.count && made < world->people; i++, made++) {
            struct synth_life *life = arena_new(&arena, struct synth_life);
            ok = life != NULL;
            if (ok) {
                synth_life_make(world, &household, i, &arena, life);
                ok = tell(format, life, &out);
            }
        }
        arena_reset(&arena);
    }
    strbuf_release(&out);
    arena_release(&arena);
    return ok;
}

int main(int count, char **values)
{
    uint64_t people, seed;
    struct arena arena;
    struct fault fault = FAULT_INIT;
    const struct synth_format *format =
        count == 4 ? synth_format_named(slice_from_string(values[1])) : NULL;
    if (format == NULL || !slice_to_u64(slice_from_string(values[2]), &people) ||
        !slice_to_u64(slice_from_string(values[3]), &seed)) {
        fprintf(stderr, "usage: tongue FORMAT PEOPLE SEED\n");
        return 2;
    }
    arena_init(&arena, MIB(64));
    struct synth_world *world = arena_new(&arena, struct synth_world);
    bool ok = world != NULL && synth_world_make(world, seed, people, 5, 20777, &arena, &fault) &&
              tell_all(format, world);
    arena_release(&arena);
    return ok ? 0 : 1;
}
