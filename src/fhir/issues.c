/*
 * issues.c: issues and their FHIRPath locations.
 *
 * The place is written out only when there is something to say, so a good resource pays nothing
 * for it but a few words of stack an element.
 */
#include "fhir/issues.h"

#include "base/limits.h"

#define PLACE_DEPTH (LIMIT_JSON_DEPTH + 2)
#define NAME_MAX    64 /* an unknown element may have any name */

static struct slice place_text(const struct fhir_place *place, struct arena *arena)
{
    const struct fhir_place *chain[PLACE_DEPTH];
    size_t count = 0;
    for (; place != NULL && count < PLACE_DEPTH; place = place->up) {
        chain[count++] = place;
    }
    struct strbuf text;
    strbuf_init(&text, KIB(8));
    for (size_t i = count; i > 0; i--) {
        if (i < count) {
            strbuf_add_byte(&text, '.');
        }
        strbuf_add(&text, slice_sub(chain[i - 1]->name, 0, NAME_MAX));
        if (chain[i - 1]->index >= 0) {
            strbuf_addf(&text, "[%lld]", (long long)chain[i - 1]->index);
        }
    }
    struct slice copy = arena_copy(arena, strbuf_slice(&text));
    strbuf_release(&text);
    return copy;
}

bool fhir_issue_add(struct fhir_issues *issues, struct arena *arena, enum fhir_severity severity,
                    const char *code, const struct fhir_place *place, const char *format, ...)
{
    if (issues->count >= LIMIT_VALIDATION_FAULTS) {
        issues->truncated = true;
        return false;
    }
    struct fhir_issue *issue = vector_push(issues, arena);
    if (issue == NULL) {
        issues->truncated = true;
        return false;
    }
    va_list arguments;
    va_start(arguments, format);
    issue->message = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    issue->severity = (uint8_t)severity;
    issue->code = code;
    issue->where = place_text(place, arena);
    issues->errors += severity == FHIR_ERROR;
    return true;
}

bool fhir_issues_fault(const struct fhir_issues *issues, struct arena *arena, struct fault *fault)
{
    for (size_t i = 0; i < issues->count; i++) {
        const struct fhir_issue *issue = &issues->at[i];
        if (issue->severity != FHIR_ERROR) {
            continue;
        }
        fault_at(fault, arena, FAULT_CONTENT, issue->where, "%.*s", SLICE_PRINT(issue->message));
        if (issues->errors > 1) {
            fault_detail(fault, arena, "This is the first of %s%zu errors.",
                         issues->truncated ? "more than " : "", issues->errors);
        }
        return false;
    }
    return fault_no_memory(fault, arena);
}
