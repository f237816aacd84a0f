/*
 * ods_code.h: the code of an organisation in the Organisation Data Service.
 *
 * Capital letters and digits, three to ten of them: trusts have three (RTH), practices six
 * (K84000), sites five and more. Only the form can be checked here; whether a code is in use, the
 * register says. Identifier system https://fhir.nhs.uk/Id/ods-organization-code.
 */
#ifndef EVENLODE_NHS_ODS_CODE_H
#define EVENLODE_NHS_ODS_CODE_H

#include "base/slice.h"

#define ODS_CODE_SYSTEM "https://fhir.nhs.uk/Id/ods-organization-code"
#define ODS_CODE_MOST   10

bool ods_code_valid(struct slice code);

#endif
