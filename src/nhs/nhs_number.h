/*
 * nhs_number.h: ten digits, the last of them a check digit.
 *
 * NHS Data Dictionary, NHS NUMBER: the first nine digits times weights 10 to 2, summed; 11 minus
 * the remainder modulo 11 is the tenth, 11 counting as 0 and 10 being no valid number. Identifier
 * system https://fhir.nhs.uk/Id/nhs-number.
 */
#ifndef EVENLODE_NHS_NHS_NUMBER_H
#define EVENLODE_NHS_NHS_NUMBER_H

#include "base/slice.h"

#define NHS_NUMBER_SYSTEM "https://fhir.nhs.uk/Id/nhs-number"
#define NHS_NUMBER_DIGITS 10
#define NHS_NUMBER_SHOWN  12 /* "999 000 0018" */

/* exactly ten digits with the right check digit, and not all the same digit */
bool nhs_number_valid(struct slice digits);
/*
 * As people type it: spaces and hyphens between digits are passed over. True when what is left is a
 * valid number, which goes to ret_digits with a NUL.
 */
MUST_CHECK bool nhs_number_parse(struct slice text, char ret_digits[NHS_NUMBER_DIGITS + 1]);
/* 3-3-4 with single spaces, and a NUL; `digits` must be ten digits */
void nhs_number_show(struct slice digits, char ret_text[NHS_NUMBER_SHOWN + 1]);
/* in 999 000 0000 to 999 999 9999, which is never issued */
bool nhs_number_is_test(struct slice digits);
/* the check digit of nine digits: 0 to 9, or -1 when they make no valid number */
int nhs_number_check_digit(struct slice nine);

#endif
