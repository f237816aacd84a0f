/*
 * fhir_api.h: the FHIR R4 API of one organisation's record store, /orgs/{ODS}/fhir/R4.
 *
 * What it offers is in its CapabilityStatement; how it is put together in README.md.
 */
#ifndef EVENLODE_WEB_FHIR_API_H
#define EVENLODE_WEB_FHIR_API_H

#include "web/web.h"

/* answers every request below /orgs/ */
void fhir_api_handle(struct web *web, struct http_request *request);
/*
 * Waits for the commits of requests that have run out of time. After the server and the workers
 * have ended, before the stores close.
 */
void fhir_api_finish(struct web *web);
/* an OperationOutcome; header fields set before stay */
void fhir_api_fault(struct http_request *request, unsigned status, const struct fault *fault);

#endif
