/* contract.h: what every record store must do; run by test_record_store_<implementation>.c */
#ifndef EVENLODE_TESTS_CONTRACT_H
#define EVENLODE_TESTS_CONTRACT_H

#include "store_fixture.h"

/* runs all contract tests against that implementation; the number that failed */
int contract_run(enum store_kind kind);

#endif
