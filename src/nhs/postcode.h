/*
 * postcode.h: UK postcodes, normalised to one form: "OX1 2JD".
 *
 * BS 7666: outward code of two to four characters, a space, inward code of a digit and two letters.
 */
#ifndef EVENLODE_NHS_POSTCODE_H
#define EVENLODE_NHS_POSTCODE_H

#include "base/slice.h"

#define POSTCODE_SIZE 9 /* "SW1A 1AA" and NUL */

/* any case, with or without spaces; false when it has not the form of a postcode */
MUST_CHECK bool postcode_parse(struct slice text, char ret_postcode[POSTCODE_SIZE]);

#endif
