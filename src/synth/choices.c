/*
 * choices.c: one draw a choice, in a fixed order, from a stream that nothing else uses.
 *
 * Only the national opt-out is known by age and sex; the others are flat. Of those who set a
 * preference for their summary a person has one, so it is one draw over four words.
 */
#include "synth/choices.h"

#include "synth/world.h"

#define WHOLE 100000

static int32_t rate(enum synth_choice_key choice)
{
    return synth_choice_table[choice].per_100000;
}

static int32_t opt_out_rate(char sex, int32_t age)
{
    size_t i = 0;
    while (i + 1 < SYNTH_OPT_OUT_COUNT && synth_opt_out_table[i + 1].age <= age) {
        i++;
    }
    return sex == 'F' ? synth_opt_out_table[i].female : synth_opt_out_table[i].male;
}

static uint8_t draw_summary(struct synth_random *random)
{
    static const struct {
        enum synth_choice_key key;
        enum synth_summary summary;
    } words[] = {
        { SYNTH_CHOICE_SUMMARY_DISSENT, SYNTH_SUMMARY_DISSENT },
        { SYNTH_CHOICE_SUMMARY_CORE, SYNTH_SUMMARY_CORE },
        { SYNTH_CHOICE_SUMMARY_ADDITIONAL, SYNTH_SUMMARY_ADDITIONAL },
    };
    int32_t drawn = (int32_t)synth_random_below(random, WHOLE);
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        drawn -= rate(words[i].key);
        if (drawn < 0) {
            return (uint8_t)words[i].summary;
        }
    }
    return SYNTH_SUMMARY_IMPLIED;
}

struct synth_choices synth_choices_of(const struct synth_world *world, uint64_t person, char sex,
                                      int32_t age)
{
    struct synth_random random;
    struct synth_choices choices;
    synth_random_start(&random, world->seed, SYNTH_STREAM_CHOICES, person);
    choices.summary = draw_summary(&random);
    choices.sharing_objection =
        synth_random_chance(&random, rate(SYNTH_CHOICE_SHARING_OBJECTION), WHOLE);
    choices.national_opt_out = synth_random_chance(&random, opt_out_rate(sex, age), WHOLE);
    choices.type1_opt_out = synth_random_chance(&random, rate(SYNTH_CHOICE_TYPE1_OPT_OUT), WHOLE);
    choices.population_objection =
        synth_random_chance(&random, rate(SYNTH_CHOICE_POPULATION_OBJECTION), WHOLE);
    choices.restricted = synth_random_chance(&random, rate(SYNTH_CHOICE_RESTRICTED), WHOLE);
    return choices;
}
