/*
 * blocks.c: deal, make, append.
 *
 * Which people a household has decides the number of the next one's first person, so households are
 * dealt one after another; that is cheap, and done under the lock by whoever wants work. What costs
 * is made without it: the household again (it depends on its number alone), the lives, the formats,
 * the frames. Made blocks wait in a ring of slots until it is their turn; the thread that completes
 * the next block in order appends it and all that wait behind it, while the others go on. The ring
 * bounds the memory: who is too far ahead waits.
 *
 * The thread that called works too, so a county can be made where no thread can be started.
 *
 * Considered and left: a dealing and a writing thread of their own, with two queues. More parts,
 * and on two processors the writer would take turns with a maker anyway.
 */
#include "synth/blocks.h"

#include <pthread.h>
#include <unistd.h>

#include "base/os.h"
#include "synth/packer.h"

#define SPARE_SLOTS 2

struct slot {
    struct strbuf *parts;
    struct synth_block block;
    bool made;
};

struct crew {
    struct synth_plan *plan;
    uint32_t files;
    pthread_mutex_t lock;
    pthread_cond_t moved; /* a block was written, or the run has stopped */
    struct slot *slots;
    uint32_t slot_count;
    /* under the lock */
    struct synth_block next; /* to be dealt: number, household and person */
    uint64_t written;        /* blocks */
    bool writing;
    bool stopped;
    struct fault *fault; /* why, when it was not the end */
    bool failed;
    /* whoever writes */
    struct synth_report counts;
    struct digest first;
    uint64_t before; /* people of the run that this one continues */
    monotime saved;
};

/* what a thread keeps from block to block */
struct maker {
    struct crew *crew;
    struct arena arena;
    struct strbuf *raw;
    struct packer *packer; /* NULL: plain */
    struct synth_household household;
};

/* -- memory ------------------------------------------------------------------------------------ */

static struct strbuf *parts_new(uint32_t count)
{
    struct strbuf *parts = os_malloc((count + 1) * sizeof(*parts));
    for (uint32_t i = 0; parts != NULL && i < count; i++) {
        strbuf_init(&parts[i], LIMIT_SYNTH_PART);
    }
    return parts;
}

static void parts_free(struct strbuf *parts, uint32_t count)
{
    for (uint32_t i = 0; parts != NULL && i < count; i++) {
        strbuf_release(&parts[i]);
    }
    os_free(parts);
}

static bool maker_init(struct maker *maker, struct crew *crew)
{
    bool packs = crew->plan->options->compress == SYNTH_ZSTD;
    *maker = (struct maker){ .crew = crew, .raw = parts_new(crew->files) };
    arena_init(&maker->arena, LIMIT_SYNTH_HOUSEHOLD);
    maker->packer = packs ? packer_new() : NULL;
    return maker->raw != NULL && (maker->packer != NULL || !packs);
}

static void maker_release(struct maker *maker)
{
    packer_free(maker->packer);
    parts_free(maker->raw, maker->crew->files);
    arena_release(&maker->arena);
}

/* -- making ------------------------------------------------------------------------------------ */

const struct synth_life *synth_block_life(const struct synth_plan *plan,
                                          const struct synth_household *household, uint32_t index,
                                          struct synth_block *block)
{
    struct synth_life *life = arena_new(block->arena, struct synth_life);
    if (life != NULL) {
        synth_life_make(&plan->world, household, index, block->arena, life);
    }
    block->failed = block->failed || life == NULL || life->failed || block->arena->exhausted;
    return block->failed ? NULL : life;
}

/* households until the block is full or the county is: counts them, keeps nothing else */
static void deal(struct crew *crew, struct synth_block *ret_block)
{
    const struct synth_plan *plan = crew->plan;
    uint64_t left = plan->world.people - crew->next.person;
    struct synth_block block = crew->next;
    while (block.people < left && block.people < plan->content->block_people) {
        block.people += synth_household_size(&plan->world, block.household + block.households);
        block.households++;
    }
    block.people = block.people < left ? block.people : left;
    crew->next.number++;
    crew->next.household += block.households;
    crew->next.person += block.people;
    *ret_block = block;
}

static void pack(struct maker *maker, struct slot *slot)
{
    for (uint32_t i = 0; i < maker->crew->files; i++) {
        struct strbuf *raw = &maker->raw[i];
        strbuf_clear(&slot->parts[i]);
        slot->block.failed = slot->block.failed || raw->failed;
        bool packed = slice_ends_with(maker->crew->plan->output.files[i].name, SLICE(".zst"));
        if (!packed) {
            struct strbuf swapped = *raw;
            *raw = slot->parts[i];
            slot->parts[i] = swapped;
        } else if (raw->len > 0) {
            packer_add(maker->packer, strbuf_slice(raw), &slot->parts[i]);
            slot->block.failed = slot->block.failed || slot->parts[i].failed;
        }
    }
}

static void make(struct maker *maker, struct slot *slot)
{
    const struct synth_plan *plan = maker->crew->plan;
    struct synth_block *block = &slot->block;
    block->parts = maker->raw;
    block->arena = &maker->arena;
    for (uint32_t i = 0; i < maker->crew->files; i++) {
        strbuf_clear(&maker->raw[i]);
    }
    uint64_t left = block->people;
    for (uint64_t i = 0; i < block->households && !block->failed; i++) {
        struct synth_household *household = &maker->household;
        synth_household_make(&plan->world, block->household + i,
                             block->person + block->people - left, household);
        uint32_t count = household->count < left ? household->count : (uint32_t)left;
        plan->content->write(plan, household, count, block);
        for (uint32_t p = 0; p < count; p++) {
            block->counts.deceased += household->people[p].death != SYNTH_NO_DAY;
        }
        left -= count;
        arena_reset(&maker->arena);
    }
    if (plan->content->close != NULL && !block->failed) {
        plan->content->close(plan, block);
    }
    block->counts.people = block->people;
    block->counts.households = block->households;
    pack(maker, slot);
}

/* -- writing: one thread at a time, without the lock ------------------------------------------- */

static void add_counts(struct synth_report *to, const struct synth_report *from)
{
#define X(name) to->name += from->name;
    SYNTH_COUNTS(X)
#undef X
}

static bool digest_block(const struct crew *crew, const struct slot *slot,
                         struct digest *ret_digest, struct fault *fault)
{
    struct slice *parts = os_malloc((crew->files + 1) * sizeof(*parts));
    if (parts == NULL) {
        return fault_no_memory(fault, NULL);
    }
    for (uint32_t i = 0; i < crew->files; i++) {
        parts[i] = strbuf_slice(&slot->parts[i]);
    }
    *ret_digest = digest_of(parts, crew->files);
    os_free(parts);
    return true;
}

static bool save_when_due(struct crew *crew, uint64_t blocks, struct fault *fault)
{
    int64_t every = crew->plan->options->journal_us;
    every = every == 0 ? LIMIT_SYNTH_JOURNAL_US : every;
    if (monotime_since(os_monotonic(), crew->saved) < every) {
        return true;
    }
    bool ok = output_save(&crew->plan->output, blocks, &crew->first, &crew->counts, fault);
    crew->saved = os_monotonic();
    return ok;
}

static bool tell_progress(const struct crew *crew, struct fault *fault)
{
    const struct synth_options *options = crew->plan->options;
    return options->progress == NULL ||
           options->progress(options->progress_context, crew->counts.people, crew->before,
                             options->people) ||
           fault_set(fault, crew->plan->arena, FAULT_TIMEOUT, "stopped on request");
}

static bool append(struct crew *crew, struct slot *slot, struct fault *fault)
{
    if (slot->block.failed) {
        return fault_no_memory(fault, NULL);
    }
    if (slot->block.number == 0 && !digest_block(crew, slot, &crew->first, fault)) {
        return false;
    }
    for (uint32_t i = 0; i < crew->files; i++) {
        if (!output_append(&crew->plan->output, i, strbuf_slice(&slot->parts[i]), fault)) {
            return false;
        }
    }
    add_counts(&crew->counts, &slot->block.counts);
    return save_when_due(crew, slot->block.number + 1, fault) && tell_progress(crew, fault);
}

/* -- taking turns: under the lock -------------------------------------------------------------- */

static struct slot *slot_of(struct crew *crew, uint64_t block)
{
    return &crew->slots[block % crew->slot_count];
}

static void append_what_waits(struct crew *crew)
{
    while (!crew->writing && !crew->stopped && slot_of(crew, crew->written)->made) {
        struct slot *slot = slot_of(crew, crew->written);
        crew->writing = true;
        pthread_mutex_unlock(&crew->lock);
        bool ok = append(crew, slot, crew->fault);
        pthread_mutex_lock(&crew->lock);
        crew->writing = false;
        slot->made = false;
        crew->written++;
        crew->failed = !ok;
        crew->stopped = crew->failed;
        pthread_cond_broadcast(&crew->moved);
    }
}

/* a slot with a block to make; NULL: nothing is left to do */
static struct slot *take_block(struct maker *maker)
{
    struct crew *crew = maker->crew;
    while (!crew->stopped && crew->next.number == crew->written + crew->slot_count) {
        pthread_cond_wait(&crew->moved, &crew->lock);
    }
    if (crew->stopped || crew->next.person == crew->plan->world.people) {
        return NULL;
    }
    struct slot *slot = slot_of(crew, crew->next.number);
    deal(crew, &slot->block);
    return slot;
}

static void make_blocks(struct maker *maker)
{
    struct crew *crew = maker->crew;
    struct slot *slot;
    pthread_mutex_lock(&crew->lock);
    while ((slot = take_block(maker)) != NULL) {
        pthread_mutex_unlock(&crew->lock);
        make(maker, slot);
        pthread_mutex_lock(&crew->lock);
        slot->made = true;
        append_what_waits(crew);
    }
    pthread_mutex_unlock(&crew->lock);
}

static void *thread_main(void *argument)
{
    struct maker maker;
    if (maker_init(&maker, argument)) {
        make_blocks(&maker);
    }
    maker_release(&maker);
    return NULL; /* without memory the others go on: fewer, but as right */
}

/* -- the whole --------------------------------------------------------------------------------- */

/* A resumed run makes the first block again, to see that it is the same program that continues. */
static bool resume(struct crew *crew, struct maker *maker, struct fault *fault)
{
    const struct journal *journal = &crew->plan->output.journal;
    struct slot *slot = &crew->slots[0];
    deal(crew, &slot->block);
    make(maker, slot);
    if (slot->block.failed) {
        return fault_no_memory(fault, NULL);
    }
    if (!digest_block(crew, slot, &crew->first, fault)) {
        return false;
    }
    if (!digest_equal(&crew->first, &journal->first)) {
        fault_set(fault, crew->plan->arena, FAULT_CONFLICT,
                  "%s was begun by a program that writes other bytes", crew->plan->output.partial);
        return fault_hint(fault, crew->plan->arena, "--restart discards it");
    }
    crew->next = (struct synth_block){ .number = journal->block,
                                       .household = journal->counts.households,
                                       .person = journal->counts.people };
    crew->written = journal->block;
    crew->counts = journal->counts;
    crew->before = journal->counts.people;
    return true;
}

static uint32_t threads_wanted(const struct synth_options *options)
{
    long processors = options->threads > 0 ? (long)options->threads : sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1                     ? 1
           : processors > LIMIT_SYNTH_THREADS ? LIMIT_SYNTH_THREADS
                                              : (uint32_t)processors;
}

static bool slots_new(struct crew *crew, struct fault *fault)
{
    crew->slots = arena_array(crew->plan->arena, crew->slot_count, struct slot);
    for (uint32_t i = 0; crew->slots != NULL && i < crew->slot_count; i++) {
        crew->slots[i].parts = parts_new(crew->files);
        if (crew->slots[i].parts == NULL) {
            return fault_no_memory(fault, NULL);
        }
    }
    return crew->slots != NULL || fault_no_memory(fault, NULL);
}

static void slots_free(struct crew *crew)
{
    for (uint32_t i = 0; crew->slots != NULL && i < crew->slot_count; i++) {
        parts_free(crew->slots[i].parts, crew->files);
    }
}

static bool work(struct crew *crew, struct maker *maker, uint32_t threads)
{
    pthread_t others[LIMIT_SYNTH_THREADS];
    uint32_t started = 0;
    while (started + 1 < threads &&
           pthread_create(&others[started], NULL, thread_main, crew) == 0) {
        started++;
    }
    make_blocks(maker);
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(others[i], NULL);
    }
    return !crew->failed;
}

bool synth_blocks_run(struct synth_plan *plan, struct synth_report *ret_counts, struct fault *fault)
{
    struct maker maker;
    uint32_t threads = threads_wanted(plan->options);
    struct crew crew = { .plan = plan,
                         .files = plan->output.count,
                         .slot_count = threads + SPARE_SLOTS,
                         .fault = fault,
                         .saved = os_monotonic() };
    pthread_mutex_init(&crew.lock, NULL);
    pthread_cond_init(&crew.moved, NULL);
    bool ok = maker_init(&maker, &crew);
    if (!ok) {
        fault_no_memory(fault, NULL);
    }
    ok = ok && slots_new(&crew, fault) && (!plan->output.resumed || resume(&crew, &maker, fault)) &&
         work(&crew, &maker, threads);
    maker_release(&maker);
    slots_free(&crew);
    pthread_cond_destroy(&crew.moved);
    pthread_mutex_destroy(&crew.lock);
    if (ok) {
        *ret_counts = crew.counts;
    }
    return ok;
}
