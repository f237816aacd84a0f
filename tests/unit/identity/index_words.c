#include "index_words.h"

void words_put(struct plane_fixture *self, const struct patient_words *words)
{
    struct strbuf body;
    strbuf_init(&body, MIB(1));
    strbuf_addf(&body, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"name\":[{\"family\":\"%s\"}]",
                words->id, words->family);
    if (words->number != NULL) {
        strbuf_addf(&body,
                    ",\"identifier\":[{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\","
                    "\"value\":\"%s\"}]",
                    words->number);
    }
    if (words->birth != NULL) {
        strbuf_addf(&body, ",\"birthDate\":\"%s\"", words->birth);
    }
    if (words->practice != NULL) {
        strbuf_addf(&body, ",\"generalPractitioner\":[{\"reference\":\"Organization/%s\"}]",
                    words->practice);
    }
    strbuf_add_byte(&body, '}');
    struct slice text = strbuf_slice(&body);
    fixture_put(self, words->ods, FHIR_PATIENT, words->id, "%.*s", SLICE_PRINT(text));
    strbuf_release(&body);
}

#define MOST 64

const char *words_index(struct plane_fixture *self, const char *patients)
{
    struct slice seen[MOST];
    size_t count = 0;
    struct strbuf text;
    struct slice rest = slice_from_string(patients);
    struct slice word;
    strbuf_init(&text, KIB(64));
    while (slice_split(&rest, ' ', &word)) {
        struct slice person;
        size_t slash = slice_find(word, '/');
        size_t at = 0;
        if (person_index_of_patient(self->people, slice_sub(word, 0, slash),
                                    slice_from(word, slash + 1), &self->arena, &person,
                                    &self->fault)) {
            while (at < count && !slice_equal(seen[at], person)) {
                at++;
            }
            if (at == count) {
                assert_true(count < MOST);
                seen[count++] = person;
            }
            at++;
        } else {
            assert_int_equal(self->fault.code, FAULT_NOT_FOUND);
        }
        strbuf_addf(&text, "%.*s=%zu ", SLICE_PRINT(word), at);
    }
    strbuf_add_byte(&text, '|');
    for (size_t i = 0; i < count; i++) {
        struct person_links links;
        if (!person_index_get(self->people, seen[i], &self->arena, &links, &self->fault)) {
            fail_msg("%s", plane_fixture_fault(self));
        }
        strbuf_addf(&text, " %zu:%.*s", i + 1, SLICE_PRINT(links.entry.name.family));
    }
    const char *result = arena_string(&self->arena, strbuf_slice(&text));
    strbuf_release(&text);
    return result;
}
