/*
 * made_up_number.c: digest, check digit, and a row for each number given.
 *
 * Row: LOAD, "nhs <number>" -> SHA-256 of the identifier that has it.
 */
#include "intake/made_up_number.h"

#include <pthread.h>

#include "base/digest.h"
#include "base/os.h"
#include "nhs/nhs_number.h"

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
static bool complete(uint32_t six, char ret_number[NHS_NUMBER_DIGITS + 1])
{
    snprintf(ret_number, NHS_NUMBER_DIGITS + 1, "999%06u", six);
    int check = nhs_number_check_digit(slice_of(ret_number, NHS_NUMBER_DIGITS - 1));
    if (check < 0) {
        return false;
    }
    ret_number[NHS_NUMBER_DIGITS - 1] = (char)('0' + check);
    ret_number[NHS_NUMBER_DIGITS] = '\0';
    return true;
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
    struct exchange_step steps[] = {
        { EXCHANGE_EXPECT_ABSENT, { EXCHANGE_LOAD, key, { NULL, 0 } } },
        { EXCHANGE_PUT, { EXCHANGE_LOAD, key, mine } },
    };
    struct exchange_write write = { .arena = arena, .steps = steps, .count = ARRAY_LENGTH(steps) };
    if (exchange_store_commit(numbers->store, &write, fault)) {
        return CLAIMED;
    }
    /* another load has been faster: who has it now? */
    return fault->code == FAULT_CONFLICT ? claim(numbers, number, owner, arena, fault)
                                         : CLAIM_FAULT;
}

static bool find(struct made_up_numbers *numbers, const struct digest *owner, struct arena *arena,
                 struct slice *ret_number, struct fault *fault)
{
    const uint8_t *bytes = owner->bytes;
    uint32_t start = (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 |
                     (uint32_t)bytes[0];
    for (uint32_t i = 0; i < SIX_DIGITS; i++) {
        char number[NHS_NUMBER_DIGITS + 1];
        if (!complete((start % SIX_DIGITS + i) % SIX_DIGITS, number)) {
            continue;
        }
        enum claim result = claim(numbers, number, owner, arena, fault);
        if (result == CLAIM_FAULT) {
            return false;
        }
        if (result == CLAIMED) {
            *ret_number = arena_copy(arena, slice_of(number, NHS_NUMBER_DIGITS));
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
