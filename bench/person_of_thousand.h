/*
 * person_of_thousand.h: a data directory with one person of 1,000 resources in 4 stores, and a
 * crowd of others; served, signed in, and the address of the person's page.
 */
#ifndef EVENLODE_BENCH_PERSON_OF_THOUSAND_H
#define EVENLODE_BENCH_PERSON_OF_THOUSAND_H

#include "harness.h"

#define THOUSAND_SYSTEM_ODS "RZZ"

/* fills `data` (made here, with the demo's mark so that its sign-in works) */
void thousand_make(const char *data);
/* "/record/{person}" of the person, through the running server */
void thousand_page(const char *data, char *ret_path, size_t size);
/* a bearer token of the system of THOUSAND_SYSTEM_ODS */
void thousand_token(const char *data, char *ret_token, size_t size);

#endif
