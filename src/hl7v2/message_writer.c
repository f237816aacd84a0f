/*
 * message_writer.c: two places, the one where the text ends and the one where the caller is.
 *
 * Delimiters are owed, not written, until there is text behind them; then as many are written as
 * lie between the two places. So nobody counts bars, and an absent field costs nothing. The
 * alternative, a tree of fields that is written at the end, would hold each message twice.
 */
#include "hl7v2/message_writer.h"

static const struct hl7v2_place before_fields = { 0, 1, 1, 1 };

void hl7v2_writer_init(struct hl7v2_writer *writer, struct strbuf *out)
{
    *writer = (struct hl7v2_writer){ .out = out, .delimiters = hl7v2_delimiters_recommended };
}

static void end_segment(struct hl7v2_writer *writer)
{
    if (writer->open) {
        strbuf_add_byte(writer->out, '\r');
    }
    writer->open = false;
}

void hl7v2_segment(struct hl7v2_writer *writer, const char *name)
{
    assert(strlen(name) == 3);
    end_segment(writer);
    strbuf_add(writer->out, slice_of(name, 3));
    writer->written = writer->wanted = before_fields;
    writer->open = true;
}

void hl7v2_header(struct hl7v2_writer *writer)
{
    const struct hl7v2_delimiters *delimiters = &writer->delimiters;
    const char first[] = { delimiters->field, delimiters->component, delimiters->repetition,
                           delimiters->escape, delimiters->subcomponent };
    hl7v2_segment(writer, "MSH");
    strbuf_add(writer->out, slice_of(first, sizeof(first)));
    /* MSH-1 is the bar itself, so what stands behind it is already MSH-2 */
    writer->written.field = writer->wanted.field = 2;
}

void hl7v2_end(struct hl7v2_writer *writer)
{
    end_segment(writer);
}

void hl7v2_field(struct hl7v2_writer *writer, uint16_t field)
{
    assert(writer->open && field >= writer->wanted.field);
    if (field > writer->wanted.field) {
        writer->wanted = before_fields;
        writer->wanted.field = field;
    }
}

void hl7v2_repeat(struct hl7v2_writer *writer)
{
    if (writer->written.field == writer->wanted.field &&
        writer->written.repetition == writer->wanted.repetition) {
        writer->wanted.repetition++;
        writer->wanted.component = 1;
        writer->wanted.subcomponent = 1;
    }
}

void hl7v2_component(struct hl7v2_writer *writer, uint16_t component)
{
    assert(component >= writer->wanted.component);
    if (component > writer->wanted.component) {
        writer->wanted.component = component;
        writer->wanted.subcomponent = 1;
    }
}

void hl7v2_subcomponent(struct hl7v2_writer *writer, uint16_t subcomponent)
{
    assert(subcomponent >= writer->wanted.subcomponent);
    writer->wanted.subcomponent = subcomponent;
}

/* `count` delimiters; true when there were any: what lies deeper starts anew behind them */
static bool add_delimiters(struct strbuf *out, char delimiter, int count)
{
    for (int i = 0; i < count; i++) {
        strbuf_add_byte(out, delimiter);
    }
    return count > 0;
}

/* writes the delimiters that are owed */
static void arrive(struct hl7v2_writer *writer)
{
    const struct hl7v2_place *to = &writer->wanted;
    struct hl7v2_place from = writer->written;
    const struct hl7v2_delimiters *delimiters = &writer->delimiters;
    if (add_delimiters(writer->out, delimiters->field, to->field - from.field)) {
        from = before_fields;
    }
    if (add_delimiters(writer->out, delimiters->repetition, to->repetition - from.repetition)) {
        from.component = from.subcomponent = 1;
    }
    if (add_delimiters(writer->out, delimiters->component, to->component - from.component)) {
        from.subcomponent = 1;
    }
    add_delimiters(writer->out, delimiters->subcomponent, to->subcomponent - from.subcomponent);
    writer->written = *to;
}

void hl7v2_text(struct hl7v2_writer *writer, struct slice text)
{
    if (text.len > 0) {
        arrive(writer);
        hl7v2_escape(writer->out, &writer->delimiters, text);
    }
}

void hl7v2_formatted_text(struct hl7v2_writer *writer, struct slice text)
{
    if (text.len > 0) {
        arrive(writer);
        hl7v2_escape_formatted(writer->out, &writer->delimiters, text);
    }
}

void hl7v2_null(struct hl7v2_writer *writer)
{
    arrive(writer);
    strbuf_add(writer->out, SLICE("\"\""));
}

void hl7v2_set(struct hl7v2_writer *writer, uint16_t field, uint16_t component, struct slice text)
{
    hl7v2_field(writer, field);
    hl7v2_component(writer, component);
    hl7v2_text(writer, text);
}

void hl7v2_set_number(struct hl7v2_writer *writer, uint16_t field, uint16_t component,
                      uint64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    hl7v2_set(writer, field, component, slice_of(text, (size_t)len));
}
