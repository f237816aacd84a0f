/*
 * made_up_number.h: NHS numbers for synthetic people that have none.
 *
 * From the range 999 000 0000 to 999 999 9999, which is never issued: a function of the patient's
 * identifier. The range holds 909,090 valid numbers, so two identifiers can meet on one; then the
 * next free one is taken and remembered (exchange table LOAD), so that the same identifier always
 * has the same number in this data directory.
 */
#ifndef EVENLODE_INTAKE_MADE_UP_NUMBER_H
#define EVENLODE_INTAKE_MADE_UP_NUMBER_H

#include "store/exchange_store.h"

struct made_up_numbers;

MUST_CHECK struct made_up_numbers *made_up_numbers_new(struct exchange_store *store);
void made_up_numbers_free(struct made_up_numbers *numbers);
/* ten digits into `arena`; any thread, not a committing one; durable on return */
MUST_CHECK bool made_up_number(struct made_up_numbers *numbers, struct slice identifier,
                               struct arena *arena, struct slice *ret_number, struct fault *fault);

#endif
