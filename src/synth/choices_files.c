/*
 * choices_files.c: a table of choices: the file, and what of a person goes into it.
 */
#include "synth/choices_files.h"

#include "synth/csv_writer.h"

/* the words for a row of this choice; empty: no row */
typedef struct slice (*choice_of)(const struct synth_choices *choices);

static struct slice yes(bool chosen)
{
    return chosen ? SLICE("yes") : SLICE("");
}

static struct slice national(const struct synth_choices *choices)
{
    return yes(choices->national_opt_out);
}

/* who never said anything is not in the list */
static struct slice summary(const struct synth_choices *choices)
{
    static const struct slice words[] = {
#define X(name, word) SLICE_INIT(word),
        SYNTH_SUMMARIES(X)
#undef X
    };
    return choices->summary == SYNTH_SUMMARY_IMPLIED ? SLICE("") : words[choices->summary];
}

static struct slice objection(const struct synth_choices *choices)
{
    return yes(choices->sharing_objection);
}

static struct slice type1(const struct synth_choices *choices)
{
    return yes(choices->type1_opt_out);
}

static struct slice population(const struct synth_choices *choices)
{
    return yes(choices->population_objection);
}

static struct slice restricted(const struct synth_choices *choices)
{
    return yes(choices->restricted);
}

static const struct {
    struct slice name, column; /* no column: a list of NHS numbers alone */
    choice_of choice;
} choice_files[SYNTH_CHOICES_FILES] = {
    { SLICE_INIT("national-opt-outs.csv"), { NULL, 0 }, national },
    { SLICE_INIT("scr-preferences.csv"), SLICE_INIT("preference"), summary },
    { SLICE_INIT("sharing-objections.csv"), SLICE_INIT("objects"), objection },
    { SLICE_INIT("type1-opt-outs.csv"), SLICE_INIT("opted_out"), type1 },
    { SLICE_INIT("population-objections.csv"), SLICE_INIT("objects"), population },
    { SLICE_INIT("restricted.csv"), SLICE_INIT("restricted"), restricted },
};

bool synth_choices_files_begin(struct synth_plan *plan, struct synth_choices_files *ret_files,
                               struct fault *fault)
{
    for (size_t i = 0; i < SYNTH_CHOICES_FILES; i++) {
        struct slice column = choice_files[i].column;
        struct slice head = column.len == 0
                                ? SLICE("nhs_number\r\n")
                                : arena_printf(plan->arena, "nhs_number,practice,local_id,%.*s\r\n",
                                               SLICE_PRINT(column));
        if (head.ptr == NULL) {
            return fault_no_memory(fault, plan->arena);
        }
        if (!synth_plan_file(plan, choice_files[i].name, head, false, &ret_files->at[i], fault)) {
            return false;
        }
    }
    return true;
}

void synth_choices_files_write(const struct synth_plan *plan,
                               const struct synth_choices_files *files,
                               const struct synth_person *person, struct synth_block *block)
{
    struct synth_patient patient;
    bool made = false;
    for (size_t i = 0; i < SYNTH_CHOICES_FILES; i++) {
        struct slice word = choice_files[i].choice(&person->choices);
        bool listed = choice_files[i].column.len > 0 || person->nhs_number[0] != '\0';
        if (word.len == 0 || !listed) {
            continue;
        }
        struct csv_row row = csv_begin(&block->parts[files->at[i]]);
        csv_string(&row, person->nhs_number);
        if (choice_files[i].column.len > 0) {
            if (!made) {
                synth_patient_make(&plan->world, person, person->practice, 0, &patient);
                made = true;
            }
            csv_text(&row, plan->world.organisations[person->practice].ods);
            csv_string(&row, patient.local_id);
            csv_text(&row, word);
        }
        csv_end(&row);
    }
}
