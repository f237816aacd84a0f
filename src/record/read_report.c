/*
 * read_report.c: diagnostic reports and imaging studies.
 *
 * FHIR R4 diagnosticreport.html, imagingstudy.html. A report groups results that are items of their
 * own; what it adds is the conclusion, in the author's words, and the document as issued.
 */
#include "record/record_internal.h"

void refine_report(struct reading *reading)
{
    struct record_item *item = reading->item;
    item->value_text = record_string(reading, reading->field[FIELD_conclusion]);
    struct slice codes = record_concepts_text(reading, reading->field[FIELD_conclusionCode]);
    if (!slice_equal(codes, item->value_text)) {
        item->value_text = record_join(reading->texts, item->value_text, "; ", codes);
    }
    json_ix results = reading->field[FIELD_result];
    if (json_is(reading->json, results, JSON_ARRAY)) {
        struct slice names = { NULL, 0 };
        json_each_element(reading->json, results, result)
        {
            names =
                record_join(reading->texts, names, ", ", record_member(reading, result, "display"));
        }
        record_detail(reading, "Results:", names);
    }
    record_attachments(reading, reading->field[FIELD_presentedForm]);
}

void refine_imaging(struct reading *reading)
{
    struct record_item *item = reading->item;
    struct slice all = { NULL, 0 };
    json_each_element(reading->json, reading->field[FIELD_series], series)
    {
        struct slice what = record_concept_text(reading, record_child(reading, series, "modality"));
        struct slice where =
            record_concept_text(reading, record_child(reading, series, "bodySite"));
        struct slice one = record_join(reading->texts, what, ", ", where);
        if (!slice_equal(one, all)) {
            all = record_join(reading->texts, all, "; ", one);
        }
    }
    if (item->title.len == 0) {
        item->title = record_join(reading->texts, SLICE("Imaging"), ": ", all);
    } else {
        record_detail(reading, NULL, all);
    }
    record_detail(reading,
                  "Images:", record_primitive(reading, reading->field[FIELD_numberOfInstances]));
    record_reasons(reading);
    record_annotations(reading);
}
