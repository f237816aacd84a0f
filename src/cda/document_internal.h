/*
 * document_internal.h: data types that header and sections share. Not for others.
 */
#ifndef EVENLODE_CDA_DOCUMENT_INTERNAL_H
#define EVENLODE_CDA_DOCUMENT_INTERNAL_H

#include "cda/document_writer.h"

void cda_write_id(struct xml_writer *xml, const char *element, const struct cda_id *id);
/* CE or CD; `type` for an element whose type the schema leaves open ("CD"), or NULL */
void cda_write_code(struct xml_writer *xml, const char *element, const char *type,
                    const struct cda_code *code);
/* a code of a system that the schema fixes */
void cda_write_fixed(struct xml_writer *xml, const char *element, const char *code,
                     const char *system);
void cda_write_time(struct xml_writer *xml, const char *element, const struct cda_time *time);
/* IVL_TS; both empty: nullFlavor */
void cda_write_period(struct xml_writer *xml, const struct cda_time *from,
                      const struct cda_time *to);
bool cda_code_is_empty(const struct cda_code *code);

#endif
