/*
 * entry.h: an audit entry as JSON, always in the same order of keys.
 *
 * Private to audit/; audit_entry_read() in audit.h is its counterpart.
 */
#ifndef EVENLODE_AUDIT_ENTRY_H
#define EVENLODE_AUDIT_ENTRY_H

#include "audit/audit.h"
#include "base/json.h"
#include "base/strbuf.h"

/* appends {"time":T,"kind":...}; `out` fails on text that is not UTF-8 */
void audit_entry_write(const struct audit_entry *entry, walltime time, struct strbuf *out);
/* one of its patients, as an object */
void audit_patient_write(const struct audit_patient *patient, struct json_writer *writer);

#endif
