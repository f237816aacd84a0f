/*
 * source.c: what all kinds of source share: the words of their states, and giving answers back.
 */
#include "source/source.h"

static const struct {
    const char *word;
    const char *sentence;
} states[] = {
#define X(name, word, sentence) { word, sentence },
    SOURCE_STATES(X)
#undef X
};

const char *source_state_word(enum source_state state)
{
    return states[state].word;
}

const char *source_state_sentence(enum source_state state)
{
    return states[state].sentence;
}

void source_ask(struct source *source, struct source_request *request)
{
    source->ops->ask(source, request);
}

void source_answer_free(struct source_answer *answer)
{
    if (answer != NULL) {
        arena_release(&answer->arena);
        os_free(answer);
    }
}

void source_free(struct source *source)
{
    if (source != NULL) {
        source->ops->free(source);
    }
}
