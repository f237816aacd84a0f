/*
 * document_writer.h: a CDA Release 2 document (HL7 V3 POCD_MT000040): header, sections, entries.
 *
 *   cda_document_begin(&document, &out, &header);
 *   cda_section_begin(&document, code, title);
 *   cda_paragraphs(&document, text);              narrative
 *   cda_table_begin(...); cda_row(...); cda_table_end(...);
 *   cda_entries_begin(&document);                 the narrative ends here
 *   cda_problem(&document, &problem);             entries refer to rows by their anchor
 *   cda_section_end(&document);
 *   cda_document_end(&document);
 *
 * One says what is so, the writer knows the order of the schema. What is empty is left out where
 * the schema allows it and has a nullFlavor where it does not: NI when nothing is known; a code
 * that is missing is nullFlavor UNK with the words as originalText. Identifiers of the NHS have the
 * roots that NHS CDA profiles use (Interoperability Toolkit); no templateId is claimed.
 *
 * The document is one line without line breaks (text has them as character references), so that
 * documents can stand in one file, a line each. A failure shows in the strbuf.
 */
#ifndef EVENLODE_CDA_DOCUMENT_WRITER_H
#define EVENLODE_CDA_DOCUMENT_WRITER_H

#include "cda/xml_writer.h"

#define CDA_ROOT_NHS_NUMBER   "2.16.840.1.113883.2.1.4.1"
#define CDA_ROOT_LOCAL_ID     "2.16.840.1.113883.2.1.3.2.4.18.24"
#define CDA_ROOT_ORGANISATION "2.16.840.1.113883.2.1.3.2.4.19.1" /* ODS code */
#define CDA_SYSTEM_SNOMED     "2.16.840.1.113883.6.96"
#define CDA_SYSTEM_LOINC      "2.16.840.1.113883.6.1"

/* II: root alone is a UUID or OID of its own; `authority` names who gave it, may be empty */
struct cda_id {
    struct slice root, extension, authority;
};

/* CD: without `code` a nullFlavor; `words` is what was written, where it is not the display */
struct cda_code {
    struct slice code, system, system_name, display, words;
};

/* TS: digits with offset, "20261123123100+0000" or "20261123"; empty: not known */
#define CDA_TIME_SIZE 26
struct cda_time {
    char digits[CDA_TIME_SIZE];
};

struct cda_name {
    struct slice prefix, given, middle, family;
};

struct cda_organisation {
    struct slice ods, name, telephone, line, town, postcode;
};

struct cda_author {
    struct cda_id id;
    struct cda_name name;
    struct slice role;
    struct cda_time time;
};

struct cda_patient {
    struct cda_id ids[2]; /* the ones whose root is empty are not held */
    struct cda_name name;
    char sex; /* M, F; anything else: not known */
    struct cda_time birth;
    struct slice line, town, county, postcode, telephone; /* empty: not held */
    struct cda_organisation practice;
};

/* the visit that the document is of; `id.root` empty: of none */
struct cda_encounter {
    struct cda_id id;
    const char *class; /* of v3 ActCode: IMP, EMER, AMB */
    struct cda_time from, to;
    struct cda_code disposition; /* all empty: none */
    struct slice place;
};

struct cda_header {
    struct cda_id id;
    struct cda_id set;      /* the same in all versions */
    struct cda_id replaces; /* root empty: none */
    uint32_t version;
    struct cda_code code;
    struct slice title;
    struct cda_time time;
    struct cda_patient patient;
    struct cda_author author;
    struct cda_organisation custodian;
    struct cda_code service; /* what was done: documentationOf; all empty: left out */
    struct cda_encounter encounter;
};

struct cda_document {
    struct xml_writer xml;
    bool narrative; /* inside of a section's text */
};

void cda_document_begin(struct cda_document *document, struct strbuf *out,
                        const struct cda_header *header);
void cda_document_end(struct cda_document *document);

/* -- sections ---------------------------------------------------------------------------------- */

/* opens the section and its narrative */
void cda_section_begin(struct cda_document *document, const struct cda_code *code,
                       struct slice title);
void cda_section_end(struct cda_document *document);
/* blank lines part paragraphs, line breaks stay */
void cda_paragraphs(struct cda_document *document, struct slice text);
void cda_table_begin(struct cda_document *document, const char *const *headings, size_t count);
/* `anchor`: what entries refer to; unique in the document */
void cda_row(struct cda_document *document, struct slice anchor, const struct slice *cells,
             size_t count);
void cda_table_end(struct cda_document *document);
/* ends the narrative */
void cda_entries_begin(struct cda_document *document);

/* -- entries, each with the anchor of its row -------------------------------------------------- */

struct cda_problem {
    struct cda_id id;
    struct slice anchor;
    struct cda_code code;
    bool active;
    struct cda_time from, to;
};
void cda_problem(struct cda_document *document, const struct cda_problem *problem);

struct cda_allergy {
    struct cda_id id;
    struct slice anchor;
    bool none;            /* the code says that there is none known */
    struct cda_code code; /* of the allergy as a finding */
    struct cda_code reaction;
    struct cda_time from;
};
void cda_allergy(struct cda_document *document, const struct cda_allergy *allergy);

struct cda_medication {
    struct cda_id id;
    struct slice anchor;
    struct cda_code code; /* of the product */
    struct slice dose;    /* in words */
    struct cda_code route;
    bool active;
    struct cda_time from, to;
};
void cda_medication(struct cda_document *document, const struct cda_medication *medication);

struct cda_result {
    struct cda_id id;
    struct slice anchor;
    struct cda_code code;
    struct slice value; /* decimal digits */
    struct slice unit;  /* UCUM; empty: none was told */
    struct slice words; /* in place of a value */
    struct slice low, high;
    char flag; /* H, L or 0 */
    struct cda_time time;
};
void cda_result(struct cda_document *document, const struct cda_result *result);

struct cda_procedure {
    struct cda_id id;
    struct slice anchor;
    struct cda_code code;
    struct cda_time time;
};
void cda_procedure(struct cda_document *document, const struct cda_procedure *procedure);

#endif
