/*
 * record_fixture.c: everything in the fixture's arena; nothing is shared between tests.
 */
#include "record_fixture.h"

#include "base/limits.h"

void fixture_init(struct record_fixture *fixture)
{
    *fixture = (struct record_fixture){
        .decision = { .magic = DECISION_MAGIC, .scope = DECISION_PERSON, .policy_version = 1 },
    };
    arena_init(&fixture->arena, MIB(256));
    memset(fixture->decision.types, 0xff, sizeof fixture->decision.types);
    memset(fixture->decision.types_without_patient, 0xff,
           sizeof fixture->decision.types_without_patient);
}

void fixture_release(struct record_fixture *fixture)
{
    arena_release(&fixture->arena);
}

size_t fixture_source(struct record_fixture *fixture, const char *ods, const char *name)
{
    assert_true(fixture->count < FIXTURE_SOURCES);
    size_t source = fixture->count++;
    fixture->answers[source] = (struct source_answer){ .state = SOURCE_NONE_RECORDED,
                                                       .as_at = FIXTURE_NOW,
                                                       .took_us = 1000 };
    fixture->inputs[source] = (struct record_input){ .ods = slice_from_string(ods),
                                                     .name = slice_from_string(name),
                                                     .asked = true,
                                                     .answer = &fixture->answers[source] };
    return source;
}

bool fixture_add_text(struct record_fixture *fixture, size_t source, struct slice text)
{
    struct source_answer *answer = &fixture->answers[source];
    struct source_resource *grown =
        arena_grow(&fixture->arena, answer->resources, answer->count * sizeof *grown,
                   (answer->count + 1) * sizeof *grown);
    assert_non_null(grown);
    struct source_resource *resource = &grown[answer->count];
    *resource = (struct source_resource){ .stored.body = text };
    struct fault fault;
    bool parsed = json_parse(&fixture->arena, text, &resource->json, &fault);
    answer->resources = grown;
    if (parsed) {
        resource->stored.type = fhir_type_of(&resource->json, 0);
        resource->stored.id = json_member_string(&resource->json, 0, SLICE("id"), &fixture->arena);
        answer->count++;
        answer->state = SOURCE_OK;
    }
    return parsed;
}

void fixture_add(struct record_fixture *fixture, size_t source, const char *json)
{
    char *text = arena_string(&fixture->arena, slice_from_string(json));
    assert_non_null(text);
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '\'') {
            *at = '"';
        }
    }
    if (!fixture_add_text(fixture, source, slice_from_string(text))) {
        fail_msg("no JSON: %s", text);
    }
}

void fixture_state(struct record_fixture *fixture, size_t source, enum source_state state)
{
    struct record_input *input = &fixture->inputs[source];
    input->asked = state != SOURCE_NOT_ASKED;
    input->answer =
        state == SOURCE_NOT_ASKED || state == SOURCE_TIMED_OUT ? NULL : &fixture->answers[source];
    fixture->answers[source].state = state;
}

void fixture_allow_only(struct record_fixture *fixture, const fhir_type *types, size_t count,
                        uint32_t denied_labels)
{
    memset(fixture->decision.types, 0, sizeof fixture->decision.types);
    memset(fixture->decision.types_without_patient, 0,
           sizeof fixture->decision.types_without_patient);
    for (size_t i = 0; i < count; i++) {
        fixture->decision.types[types[i] / 64] |= UINT64_C(1) << types[i] % 64;
    }
    fixture->decision.denied_labels = denied_labels;
}

static void check_lines(const struct record *record, const struct record_section_view *view,
                        size_t *items)
{
    size_t in_section = 0;
    for (size_t pass = 0; pass < 2; pass++) {
        const struct record_line *lines = pass == 0 ? view->current : view->past;
        size_t count = pass == 0 ? view->current_count : view->past_count;
        for (size_t i = 0; i < count; i++) {
            assert_true(lines[i].count > 0);
            for (size_t k = 0; k < lines[i].count; k++) {
                const struct record_item *item = lines[i].items[k];
                assert_int_equal(item->section, view->section);
                assert_true(item->source < record->source_count);
                assert_true(item->title.len > 0);
            }
            in_section += lines[i].count;
        }
    }
    assert_int_equal(in_section, view->item_count);
    *items += in_section;
}

static void check_trends(const struct record_section_view *view)
{
    for (size_t i = 0; i < view->trends_count; i++) {
        const struct record_trend *trend = &view->trends[i];
        assert_true(trend->count > 0);
        assert_ptr_equal(trend->latest, trend->points[trend->count - 1]);
        for (size_t k = 0; k < trend->count; k++) {
            assert_true(slice_equal(trend->points[k]->value.unit, trend->unit));
            assert_true(k == 0 || instant_microseconds(&trend->points[k - 1]->date) <=
                                      instant_microseconds(&trend->points[k]->date));
        }
    }
}

void fixture_check(const struct record_fixture *fixture)
{
    const struct record *record = &fixture->record;
    size_t items = 0;
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        check_lines(record, &record->sections[i], &items);
        check_trends(&record->sections[i]);
    }
    assert_int_equal(items, record->item_count);
    assert_int_equal(record->timeline_count, record->item_count);
    for (size_t i = 0; i < record->source_count; i++) {
        const struct record_source *source = &record->sources[i];
        assert_int_equal(source->resources, source->counts.shown + source->counts.supporting +
                                                source->counts.not_shown +
                                                source->counts.unreadable + source->counts.refused);
    }
}

void fixture_build(struct record_fixture *fixture)
{
    struct fault fault = FAULT_INIT;
    if (!record_build(&fixture->arena, &fixture->decision, SLICE("person-1"), fixture->inputs,
                      fixture->count, FIXTURE_NOW, &fixture->record, &fault)) {
        fail_msg("not built: %.*s", SLICE_PRINT(fault.message));
    }
    fixture_check(fixture);
}

const struct record_item *fixture_only(const struct record_fixture *fixture,
                                       enum record_section section)
{
    const struct record_section_view *view = &fixture->record.sections[section];
    if (view->item_count != 1) {
        fail_msg("%zu items in %s", view->item_count, record_section_address(section));
    }
    return view->current_count == 1 ? view->current[0].items[0] : view->past[0].items[0];
}

const struct record_item *fixture_one(struct record_fixture *fixture, enum record_section section,
                                      const char *json)
{
    if (fixture->count == 0) {
        fixture_source(fixture, "RTH", "Oxford Trust");
    }
    fixture->answers[0].count = 0;
    fixture_add(fixture, 0, json);
    fixture_build(fixture);
    return fixture_only(fixture, section);
}
