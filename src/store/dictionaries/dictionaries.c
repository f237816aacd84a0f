/*
 * dictionaries.c: where the bytes lie that dictionaries.S takes into the program.
 */
#include "store/dictionaries/dictionaries.h"

extern const char dictionary_0001[];
extern const char dictionary_0001_end[];

static const struct {
    const char *from;
    const char *to;
} dictionaries[] = {
    { NULL, NULL }, /* number 0: none */
    { dictionary_0001, dictionary_0001_end },
};

static_assert(ARRAY_LENGTH(dictionaries) == DICTIONARY_COUNT + 1, "one line for each dictionary");

struct slice dictionary_bytes(unsigned number)
{
    assert(number >= 1 && number <= DICTIONARY_COUNT);
    return slice_of(dictionaries[number].from,
                    (size_t)(dictionaries[number].to - dictionaries[number].from));
}
