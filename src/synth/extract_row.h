/*
 * extract_row.h: what the national extracts share. Not for others.
 */
#ifndef EVENLODE_SYNTH_EXTRACT_ROW_H
#define EVENLODE_SYNTH_EXTRACT_ROW_H

#include "synth/csv_writer.h"
#include "synth/extract.h"

#define EXTRACT_DIAGNOSES  20
#define EXTRACT_OPERATIONS 24

/* one row that is being written */
struct extract_row {
    const struct synth_life *life;
    const struct synth_patient *patient;
    const struct synth_item *item; /* the encounter or appointment */
    uint32_t index;                /* of it in the life */
    struct synth_visit visit;      /* empty when nothing is said */
    int32_t day;                   /* on which it is counted: the year of the extract */
    int32_t begin;                 /* day on which it began: the age */
    const char *pseudonym;
    struct slice diagnoses[EXTRACT_DIAGNOSES]; /* ICD-10 with its point */
    uint32_t diagnosis_count;
    struct slice operations[EXTRACT_OPERATIONS]; /* OPCS-4 with its point */
    uint32_t operation_count;
    struct csv_row csv;
};

/* writes the value of one column; a column without a function is empty */
typedef void (*extract_fill)(struct extract_row *row, uint32_t column);

struct extract {
    uint32_t first, last;      /* its columns in extract_column.csv */
    const extract_fill *fills; /* by enum synth_extract_column_key */
    bool (*counts)(const struct synth_life *life, const struct synth_item *item);
    /* the day on which it is counted */
    int32_t (*day)(const struct synth_item *item);
};

void extract_head(const struct extract *extract, struct strbuf *out);
void extract_write(const struct extract *extract, const struct synth_life *life,
                   const struct synth_patient *patient, struct strbuf *out, uint32_t *ret_records);

/* hospital, or community and mental health */
bool extract_of_trust(const struct synth_org_info *organisation);

/* -- what columns of several extracts hold ----------------------------------------------------- */

void extract_year(struct extract_row *row, uint32_t column); /* 2526 */
void extract_pseudonym(struct extract_row *row, uint32_t column);
void extract_key(struct extract_row *row, uint32_t column);  /* of the row, unique */
void extract_age(struct extract_row *row, uint32_t column);  /* 7001 .. 7007 under one */
void extract_born(struct extract_row *row, uint32_t column); /* MMYYYY */
void extract_sex(struct extract_row *row, uint32_t column);
void extract_ethnic(struct extract_row *row, uint32_t column);
void extract_practice(struct extract_row *row, uint32_t column);
void extract_provider(struct extract_row *row, uint32_t column);
void extract_specialty(struct extract_row *row, uint32_t column);
void extract_diagnosis_count(struct extract_row *row, uint32_t column);
void extract_diagnosis_all(struct extract_row *row, uint32_t column);
void extract_operation_count(struct extract_row *row, uint32_t column);
void extract_operation_all(struct extract_row *row, uint32_t column);   /* four characters */
void extract_operation_all_3(struct extract_row *row, uint32_t column); /* three */
/* the n-th operation without its point: three characters, or all */
void extract_operation(struct extract_row *row, uint32_t n, bool whole);
/* the n-th diagnosis without its point: three characters, or all */
void extract_diagnosis(struct extract_row *row, uint32_t n, bool whole);

/* the numbers of the NHS Data Dictionary as the extracts have them */
void extract_day(struct extract_row *row, int32_t day);
void extract_time(struct extract_row *row, synth_when when); /* HHMM */
void extract_digit(struct extract_row *row, uint32_t digit);
void extract_minutes(struct extract_row *row, synth_when from, synth_when to);

#endif
