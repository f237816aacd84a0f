/*
 * names.c: short forms, found by their full form in a sorted table (a test holds the order).
 */
#include "synth/names.h"

#include "synth/generated/synth_tables.h"

struct slice synth_short_form(struct slice forename)
{
    size_t low = 0;
    size_t high = SYNTH_SHORT_FORM_COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = slice_compare(synth_short_form_table[middle].name, forename);
        if (order == 0) {
            return synth_short_form_table[middle].short_form;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (struct slice){ NULL, 0 };
}
