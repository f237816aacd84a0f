/*
 * part.c: one answer, resource by resource, into facts and counts.
 *
 * First what lends names is indexed (directory.c), then each resource is put in its place: read
 * into a fact (read.c), or counted as one that supports, is not shown, cannot be read or is
 * refused. Every resource is in exactly one of these five counts.
 *
 * The decision is asked again for each: a hosted store has judged its rows already, but a live
 * source knows nothing of our rules, and a second look at a table of bits costs nothing beside
 * showing what may not be seen.
 */
#include "base/limits.h"
#include "record/record_internal.h"

bool record_allows(const struct decision *decision, fhir_type type,
                   const struct source_resource *resource)
{
    return decision_allows_kind(decision, type, resource->stored.labels);
}

static fhir_type type_of(const struct source_resource *resource)
{
    return resource->stored.type != FHIR_TYPE_NONE || resource->json.count == 0
               ? resource->stored.type
               : fhir_type_of(&resource->json, 0);
}

/* the body must be of the type that it was stored as */
static bool is_readable(const struct source_resource *resource, fhir_type type)
{
    return resource->json.count > 0 && json_is(&resource->json, 0, JSON_OBJECT) &&
           fhir_type_of(&resource->json, 0) == type;
}

struct type_counts {
    size_t at[256];
};

static void place_resource(struct record_part *part, const struct source_resource *resource,
                           struct type_counts *unshown)
{
    struct record_counts *counts = &part->counts;
    fhir_type type = type_of(resource);
    const struct record_shape *shape = record_shape_of(type);
    if (type != FHIR_TYPE_NONE && !record_allows(part->decision, type, resource)) {
        counts->refused++;
    } else if (type == FHIR_TYPE_NONE ||
               (shape->place != PLACE_NONE && !is_readable(resource, type))) {
        counts->unreadable++;
        if (shape->place == PLACE_SECTION) {
            part->unreadable[shape->section]++;
        }
    } else if (shape->place == PLACE_NONE) {
        counts->not_shown++;
        unshown->at[type % ARRAY_LENGTH(unshown->at)]++;
    } else if (shape->place == PLACE_SUPPORT) {
        counts->supporting++;
        if (type == FHIR_PATIENT && record_section_allowed(part->decision, SECTION_CONTACTS)) {
            record_patient_contacts(part, resource);
        }
    } else if (record_read(part, resource, type)) {
        counts->shown++;
    }
}

/* "12 Claim, 3 Consent" */
static void name_unshown(struct record_part *part, const struct type_counts *unshown)
{
    for (size_t i = 0; i < ARRAY_LENGTH(unshown->at); i++) {
        if (unshown->at[i] > 0) {
            struct slice one = arena_printf(part->arena, "%zu %.*s", unshown->at[i],
                                            SLICE_PRINT(fhir_type_name((fhir_type)i)));
            part->counts.not_shown_types =
                record_join(&part->texts, part->counts.not_shown_types, ", ", one);
        }
    }
}

struct record_part *record_part_read(struct arena *arena, const struct decision *decision,
                                     const struct source_answer *answer, size_t source,
                                     walltime now)
{
    struct type_counts unshown = { { 0 } };
    struct record_part *part =
        answer->count > LIMIT_RECORD_ITEMS ? NULL : arena_new(arena, struct record_part);
    if (part == NULL) {
        return NULL;
    }
    *part = (struct record_part){ .arena = arena,
                                  .decision = decision,
                                  .answer = answer,
                                  .source = source,
                                  .now = now,
                                  .texts.arena = arena };
    record_fields_init(&part->fields);
    record_directory_fill(part);
    for (size_t i = 0; i < answer->count && !arena->exhausted; i++) {
        place_resource(part, &answer->resources[i], &unshown);
    }
    name_unshown(part, &unshown);
    return arena->exhausted ? NULL : part;
}
