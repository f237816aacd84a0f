/*
 * made_up_number.c: digest, check digit, and a row for each number given.
 *
 * NHS number: Modulus 11 over nine digits with weights 10 to 2; a remainder that would need the
 * check digit 10 makes the nine digits unusable. Row: LOAD, "nhs" + number -> identifier's digest.
 */
#include "intake/made_up_number.h"

#include <pthread.h>

#include "base/digest.h"
#include "base/os.h"

#define SIX_DIGITS 1000000u

struct made_up_numbers {
    struct exchange_store *store;
    pthread_mutex_t lock;
};

struct made_up_numbers *made_up_numbers_new(struct exchange_store *store)
{
    struct made_up_numbers *numbers = os_malloc(sizeof *numbers);
    if (numbers != NULL) {
        numbers->store = store;
        pthread_mutex_init(&numbers->lock, NULL);
    }
    return numbers;
}

void made_up_numbers_free(struct made_up_numbers *numbers)
{
    if (numbers != NULL) {
        pthread_mutex_destroy(&numbers->lock);
        os_free(numbers);
    }
}

/* "999" and six digits, completed by the check digit; false when there is none */
static bool complete(uint32_t six, char ret_number[11])
{
    unsigned sum = 0;
    snprintf(ret_number, 11, "999%06u0", six);
    for (unsigned i = 0; i < 9; i++) {
        sum += (unsigned)(ret_number[i] - '0') * (10 - i);
    }
    unsigned check = (11 - sum % 11) % 11;
    ret_number[9] = (char)('0' + check);
    return check != 10;
}

enum claim { CLAIMED, TAKEN, CLAIM_FAULT };

static enum claim claim(struct made_up_numbers *numbers, const char *number,
                        const struct digest *owner, struct arena *arena, struct fault *fault)
{
    struct slice key = arena_printf(arena, "nhs %s", number);
    struct slice mine = { (const char *)owner->bytes, sizeof owner->bytes };
    struct slice value;
    bool found;
    if (key.ptr == NULL) {
        fault_no_memory(fault, arena);
        return CLAIM_FAULT;
    }
    if (!exchange_store_get(numbers->store, EXCHANGE_LOAD, key, arena, &value, &found, fault)) {
        return CLAIM_FAULT;
    }
    if (found) {
        return slice_equal(value, mine) ? CLAIMED : TAKEN;
    }
    struct exchange_step step = { EXCHANGE_PUT, { EXCHANGE_LOAD, key, mine } };
    struct exchange_write write = { .arena = arena, .steps = &step, .count = 1 };
    return exchange_store_commit(numbers->store, &write, fault) ? CLAIMED : CLAIM_FAULT;
}

static bool find(struct made_up_numbers *numbers, const struct digest *owner, struct arena *arena,
                 struct slice *ret_number, struct fault *fault)
{
    uint32_t start;
    memcpy(&start, owner->bytes, sizeof start);
    for (uint32_t i = 0; i < SIX_DIGITS; i++) {
        char number[11];
        if (!complete((start % SIX_DIGITS + i) % SIX_DIGITS, number)) {
            continue;
        }
        enum claim result = claim(numbers, number, owner, arena, fault);
        if (result == CLAIM_FAULT) {
            return false;
        }
        if (result == CLAIMED) {
            *ret_number = arena_copy(arena, slice_of(number, 10));
            return ret_number->ptr != NULL || fault_no_memory(fault, arena);
        }
    }
    return fault_set(fault, arena, FAULT_NO_SPACE, "all NHS numbers of the 999 range are in use");
}

bool made_up_number(struct made_up_numbers *numbers, struct slice identifier, struct arena *arena,
                    struct slice *ret_number, struct fault *fault)
{
    struct digest owner = digest_of_one(identifier);
    pthread_mutex_lock(&numbers->lock);
    bool ok = find(numbers, &owner, arena, ret_number, fault);
    pthread_mutex_unlock(&numbers->lock);
    return ok;
}
