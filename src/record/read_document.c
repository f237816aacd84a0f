/*
 * read_document.c: letters, summaries, messages and questionnaires.
 *
 * FHIR R4 documentreference.html, composition.html. The document itself is the item: an inline
 * attachment in plain text is decoded and shown whole (hazard H14); of any other the content type
 * and the place are said. What cannot be decoded is said too. The text of a composition's sections
 * is their narrative without its tags.
 */
#include "base/base64url.h"
#include "base/utf8.h"
#include "record/record_internal.h"

/* sections in sections, questions in questions: so deep at most */
#define NESTED_MOST 8

/* one piece more of the document's own text */
static void add_attached(struct reading *reading, const char *between, struct slice text)
{
    struct record_item *item = reading->item;
    item->attachment_text = record_join(reading->texts, item->attachment_text, between, text);
}

static bool is_plain_text(struct slice type)
{
    struct slice head = slice_trim(slice_sub(type, 0, slice_find(type, ';')));
    return head.len == 0 || slice_equal_ascii_case(head, SLICE("text/plain"));
}

/* inline data, decoded when it is plain text in UTF-8; says what it is otherwise */
static void read_data(struct reading *reading, struct slice type, struct slice data)
{
    struct slice text;
    if (!is_plain_text(type)) {
        record_note(reading, "Attached:", type);
    } else if (base64_decode(data, reading->arena, &text) && utf8_valid(text) &&
               memchr(text.ptr, '\0', text.len) == NULL) {
        add_attached(reading, "\n\n", text);
    } else {
        record_note(reading, NULL, SLICE("The attached text could not be read"));
    }
}

static void read_attachment(struct reading *reading, json_ix attachment)
{
    struct record_item *item = reading->item;
    struct slice type = record_member(reading, attachment, "contentType");
    struct slice data = record_member(reading, attachment, "data");
    struct slice place = record_member(reading, attachment, "url");
    struct slice words = record_join(reading->texts, type, " at ", place);
    item->attachment_type = record_join(reading->texts, item->attachment_type, "; ", words);
    if (data.len > 0) {
        read_data(reading, type, data);
    }
    struct slice title = record_member(reading, attachment, "title");
    if (item->title.len == 0) {
        item->title = title;
    } else {
        record_detail(reading, NULL, record_beyond_title(reading, title));
    }
    struct instant created;
    if (!item->has_date &&
        record_when(reading, record_child(reading, attachment, "creation"), false, &created)) {
        item->date = created;
        item->has_date = true;
    }
}

void record_attachments(struct reading *reading, json_ix attachments)
{
    if (!json_is(reading->json, attachments, JSON_ARRAY)) {
        if (attachments != JSON_NONE) {
            read_attachment(reading, attachments);
        }
        return;
    }
    json_each_element(reading->json, attachments, one)
    {
        json_ix inner = record_child(reading, one, "attachment");
        read_attachment(reading, inner != JSON_NONE ? inner : one);
    }
}

void refine_document(struct reading *reading)
{
    struct record_item *item = reading->item;
    record_attachments(reading, reading->field[FIELD_content]);
    struct slice type = record_concept_text(reading, reading->field[FIELD_type]);
    if (!slice_equal(type, item->detail)) {
        record_detail(reading, NULL, record_beyond_title(reading, type));
    }
    struct slice state = record_string(reading, reading->field[FIELD_docStatus]);
    if (slice_equal(state, SLICE("entered-in-error"))) {
        item->status = ITEM_ENTERED_IN_ERROR;
    }
    if (state.len > 0 && !slice_equal(state, SLICE("final"))) {
        item->status_text = record_join(reading->texts, item->status_text, ", ",
                                        record_status_words(reading->arena, state));
    }
    struct slice period =
        record_value_text(reading, record_child(reading, reading->field[FIELD_context], "period"));
    record_note(reading, "About:", period);
    record_annotations(reading);
}

/* -- compositions ------------------------------------------------------------------------------ */

/* a narrative without its tags: one space for each, entities as they are named in XML */
static struct slice without_tags(struct reading *reading, struct slice div)
{
    static const struct {
        struct slice entity;
        char is;
    } entities[] = { { SLICE_INIT("&amp;"), '&' },
                     { SLICE_INIT("&lt;"), '<' },
                     { SLICE_INIT("&gt;"), '>' },
                     { SLICE_INIT("&quot;"), '"' },
                     { SLICE_INIT("&apos;"), '\'' } };
    char *text = arena_alloc(reading->arena, div.len + 1);
    size_t len = 0;
    for (size_t i = 0; text != NULL && i < div.len; i++) {
        char byte = div.ptr[i];
        if (byte == '<') {
            i += slice_find(slice_from(div, i), '>');
            byte = ' ';
        }
        for (size_t k = 0; byte == '&' && k < ARRAY_LENGTH(entities); k++) {
            if (slice_starts_with(slice_from(div, i), entities[k].entity)) {
                i += entities[k].entity.len - 1;
                byte = entities[k].is;
                break;
            }
        }
        bool space = byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
        if (!space || (len > 0 && text[len - 1] != ' ')) {
            text[len++] = space ? ' ' : byte;
        }
    }
    return text == NULL ? (struct slice){ NULL, 0 } : slice_trim(slice_of(text, len));
}

static void read_sections(struct reading *reading, json_ix sections, unsigned depth)
{
    json_each_element(reading->json, sections, section)
    {
        json_ix div = record_child(reading, record_child(reading, section, "text"), "div");
        struct slice title = record_member(reading, section, "title");
        struct slice text = without_tags(reading, record_string(reading, div));
        if (text.len == 0) {
            text = record_concept_text(reading, record_child(reading, section, "emptyReason"));
        }
        add_attached(reading, "\n\n", record_join(reading->texts, title, "\n", text));
        if (depth < NESTED_MOST) {
            read_sections(reading, record_child(reading, section, "section"), depth + 1);
        }
    }
}

void refine_composition(struct reading *reading)
{
    struct record_item *item = reading->item;
    read_sections(reading, reading->field[FIELD_section], 0);
    if (item->attachment_text.len > 0) {
        item->attachment_type = SLICE("text/plain");
    }
    struct slice type = record_concept_text(reading, reading->field[FIELD_type]);
    record_detail(reading, NULL, record_beyond_title(reading, type));
}

/* -- messages and questionnaires --------------------------------------------------------------- */

void refine_communication(struct reading *reading)
{
    struct record_item *item = reading->item;
    if (item->title.len == 0) {
        item->title = SLICE("Message");
    }
    json_each_element(reading->json, reading->field[FIELD_payload], payload)
    {
        add_attached(reading, "\n\n", record_member(reading, payload, "contentString"));
        json_ix attachment = record_child(reading, payload, "contentAttachment");
        if (attachment != JSON_NONE) {
            read_attachment(reading, attachment);
        }
    }
    record_reasons(reading);
    record_annotations(reading);
}

static const char *const answer_values[] = {
    "valueBoolean", "valueDecimal", "valueInteger", "valueDate",   "valueDateTime",
    "valueTime",    "valueString",  "valueUri",     "valueCoding", "valueQuantity",
};

/* "question: answer" a line */
static void read_answers(struct reading *reading, json_ix items, unsigned depth)
{
    json_each_element(reading->json, items, one)
    {
        struct slice question = record_member(reading, one, "text");
        if (question.len == 0) {
            question = record_member(reading, one, "linkId");
        }
        struct slice all = { NULL, 0 };
        json_each_element(reading->json, record_child(reading, one, "answer"), answer)
        {
            for (size_t i = 0; i < ARRAY_LENGTH(answer_values); i++) {
                json_ix value = record_child(reading, answer, answer_values[i]);
                all = record_join(reading->texts, all, ", ", record_value_text(reading, value));
            }
        }
        add_attached(reading, "\n", record_join(reading->texts, question, ": ", all));
        if (depth < NESTED_MOST) {
            read_answers(reading, record_child(reading, one, "item"), depth + 1);
        }
    }
}

void refine_questionnaire(struct reading *reading)
{
    struct record_item *item = reading->item;
    if (item->type == FHIR_VISION_PRESCRIPTION) {
        item->title = SLICE("Prescription for glasses or lenses");
        item->detail = SLICE("Values are in the source");
        return;
    }
    item->title = SLICE("Questionnaire");
    record_detail(reading, NULL, record_string(reading, reading->field[FIELD_questionnaire]));
    read_answers(reading, reading->field[FIELD_item], 0);
}
