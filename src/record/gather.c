/*
 * gather.c: one slot a source, one count of who still needs the gathering.
 *
 * The asker and every source that was asked hold the gathering; the last to let go frees it. A slot
 * takes its answer under the lock as long as the gathering has not expired; an answer that comes
 * later is freed on the spot, so it can never be seen by anyone. `done` runs when the last source
 * has answered, also when that is after the deadline: until then the decision is in use.
 */
#include "record/gather.h"

#include <pthread.h>

#include "base/limits.h"

struct slot {
    struct source_request request;
    struct gathering *gathering;
    struct source_answer *answer;
};

struct gathering {
    pthread_mutex_t lock;
    struct arena arena;
    struct slot *slots;
    struct record_input *inputs;
    size_t count;
    size_t outstanding; /* sources that have not answered */
    bool expired;
    bool released; /* the asker has let go */
    void (*done)(void *context);
    void *context;
};

static void dispose(struct gathering *gathering)
{
    for (size_t i = 0; i < gathering->count; i++) {
        source_answer_free(gathering->slots[i].answer);
    }
    pthread_mutex_destroy(&gathering->lock);
    arena_release(&gathering->arena);
    os_free(gathering);
}

static bool is_expired(struct gathering *gathering)
{
    pthread_mutex_lock(&gathering->lock);
    bool expired = gathering->expired;
    pthread_mutex_unlock(&gathering->lock);
    return expired;
}

static void answered(struct source_request *request, struct source_answer *answer)
{
    struct slot *slot = request->context;
    struct gathering *gathering = slot->gathering;
    size_t place = (size_t)(slot - gathering->slots);
    struct record_part *part = NULL;
    if (answer != NULL && !is_expired(gathering)) { /* in its own memory, and outside the lock */
        part = record_part_read(&answer->arena, request->decision, answer, place, os_now());
    }
    pthread_mutex_lock(&gathering->lock);
    bool late = gathering->expired;
    if (!late) {
        struct record_input *input = &gathering->inputs[place];
        slot->answer = answer;
        input->answer = answer;
        input->part = part;
        input->unavailable = answer == NULL;
    }
    bool last = --gathering->outstanding == 0;
    bool gone = last && gathering->released;
    void (*done)(void *) = gathering->done;
    void *context = gathering->context;
    pthread_mutex_unlock(&gathering->lock);
    if (late) {
        source_answer_free(answer);
    }
    if (gone) {
        dispose(gathering);
    }
    if (last) {
        done(context);
    }
}

static struct gathering *gathering_new(size_t count, struct fault *fault)
{
    struct gathering *gathering = os_malloc(sizeof *gathering);
    if (gathering == NULL) {
        fault_no_memory(fault, NULL);
        return NULL;
    }
    *gathering = (struct gathering){ .count = count };
    arena_init(&gathering->arena, LIMIT_GATHER_ARENA);
    gathering->slots = arena_array(&gathering->arena, count, struct slot);
    gathering->inputs = arena_array(&gathering->arena, count, struct record_input);
    if (gathering->slots == NULL || gathering->inputs == NULL) {
        fault_no_memory(fault, NULL);
        arena_release(&gathering->arena);
        os_free(gathering);
        return NULL;
    }
    pthread_mutex_init(&gathering->lock, NULL);
    return gathering;
}

/* ids of the patients, ours: a source may go on reading them when the asker has long let go */
static const struct slice *copy_patients(struct arena *arena, const struct gather_source *source)
{
    struct slice *ids = arena_array(arena, source->patients_count, struct slice);
    for (size_t i = 0; ids != NULL && i < source->patients_count; i++) {
        ids[i] = arena_copy(arena, source->patients[i]);
    }
    return ids;
}

static bool will_be_asked(const struct gather_source *source)
{
    return source->asked && !source->left;
}

struct gathering *gather_start(const struct decision *decision, const struct gather_source *sources,
                               size_t count, int64_t deadline_ms, void (*done)(void *context),
                               void *context, struct fault *fault)
{
    struct gathering *gathering = gathering_new(count, fault);
    if (gathering == NULL) {
        return NULL;
    }
    monotime deadline = { os_monotonic().us + deadline_ms * 1000 };
    gathering->done = done;
    gathering->context = context;
    for (size_t i = 0; i < count; i++) {
        gathering->inputs[i] = (struct record_input){ .ods = sources[i].source->ods,
                                                      .name = sources[i].name,
                                                      .own = sources[i].own,
                                                      .asked = sources[i].asked,
                                                      .unavailable = sources[i].left };
        gathering->slots[i].gathering = gathering;
        gathering->slots[i].request =
            (struct source_request){ .decision = decision,
                                     .patients = copy_patients(&gathering->arena, &sources[i]),
                                     .patients_count = sources[i].patients_count,
                                     .deadline = deadline,
                                     .done = answered,
                                     .context = &gathering->slots[i] };
        gathering->outstanding += will_be_asked(&sources[i]);
    }
    if (gathering->arena.exhausted) {
        fault_no_memory(fault, NULL);
        dispose(gathering);
        return NULL;
    }
    /* one more than there are, so that the last answer cannot end it while it is being started */
    gathering->outstanding++;
    for (size_t i = 0; i < count; i++) {
        if (will_be_asked(&sources[i])) {
            source_ask(sources[i].source, &gathering->slots[i].request);
        }
    }
    pthread_mutex_lock(&gathering->lock);
    bool last = --gathering->outstanding == 0;
    pthread_mutex_unlock(&gathering->lock);
    if (last) {
        done(context);
    }
    return gathering;
}

void gather_expire(struct gathering *gathering)
{
    pthread_mutex_lock(&gathering->lock);
    gathering->expired = true;
    pthread_mutex_unlock(&gathering->lock);
}

const struct record_input *gather_inputs(const struct gathering *gathering, size_t *ret_count)
{
    *ret_count = gathering->count;
    return gathering->inputs;
}

void gather_free(struct gathering *gathering)
{
    if (gathering == NULL) {
        return;
    }
    pthread_mutex_lock(&gathering->lock);
    gathering->expired = true; /* what comes now is for nobody */
    gathering->released = true;
    bool last = gathering->outstanding == 0;
    pthread_mutex_unlock(&gathering->lock);
    if (last) {
        dispose(gathering);
    }
}
