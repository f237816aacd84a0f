/*
 * outcome.c: OperationOutcome.
 *
 * FHIR R4 operationoutcome.html. `expression` takes FHIRPath only, so a place that is a line and
 * column, a file or a parameter's name goes into diagnostics.
 */
#include "fhir/outcome.h"

static bool is_word(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '[' || c == ']' || c == '.' || c == '_')) {
            return false;
        }
    }
    return true;
}

/* Type or Type.path[0].path: what fhir_validate() and fhir_bundle_read() write */
static bool is_fhirpath(struct slice where)
{
    struct slice root = slice_sub(where, 0, slice_find(where, '.'));
    return is_word(where) &&
           (fhir_type_find(root) != FHIR_TYPE_NONE || slice_equal(root, SLICE("Resource")));
}

static void begin(struct json_writer *json, struct strbuf *out)
{
    json_writer_init(json, out);
    json_begin_object(json);
    json_member_write(json, "resourceType", SLICE("OperationOutcome"));
    json_member_begin_array(json, "issue");
}

static void end(struct json_writer *json)
{
    json_end_array(json);
    json_end_object(json);
}

struct outcome_issue {
    const char *severity;
    const char *code;
    struct slice text;
    struct slice diagnostics;
    struct slice where;
};

static void add_issue(struct json_writer *json, const struct outcome_issue *issue)
{
    json_begin_object(json);
    json_member_write(json, "severity", slice_from_string(issue->severity));
    json_member_write(json, "code", slice_from_string(issue->code));
    if (issue->text.len > 0) {
        json_member_begin_object(json, "details");
        json_member_write(json, "text", issue->text);
        json_end_object(json);
    }
    if (issue->diagnostics.len > 0) {
        json_member_write(json, "diagnostics", issue->diagnostics);
    }
    if (issue->where.len > 0) {
        json_member_begin_array(json, "expression");
        json_write_string(json, issue->where);
        json_end_array(json);
    }
    json_end_object(json);
}

static void add_sentence(struct strbuf *text, struct slice sentence)
{
    if (sentence.len > 0) {
        strbuf_add_string(text, text->len > 0 ? " " : "");
        strbuf_add(text, sentence);
    }
}

#define DIAGNOSTICS_MAX 4096

void fhir_outcome_of_fault(const struct fault *fault, struct strbuf *out)
{
    struct json_writer json;
    struct strbuf diagnostics;
    strbuf_init(&diagnostics, DIAGNOSTICS_MAX);
    bool has_path = is_fhirpath(fault->where);
    if (!has_path && fault->where.len > 0) {
        strbuf_add_string(&diagnostics, "At ");
        strbuf_add(&diagnostics, fault->where);
        strbuf_add_byte(&diagnostics, '.');
    }
    add_sentence(&diagnostics, fault->detail);
    add_sentence(&diagnostics, fault->hint);
    bool is_fatal = fault->code == FAULT_INTERNAL || fault->code == FAULT_CORRUPT;
    begin(&json, out);
    add_issue(&json, &(struct outcome_issue){ .severity = is_fatal ? "fatal" : "error",
                                              .code = fault_issue_code(fault->code),
                                              .text = fault->message,
                                              .diagnostics = strbuf_slice(&diagnostics),
                                              .where = has_path ? fault->where
                                                                : (struct slice){ NULL, 0 } });
    end(&json);
    strbuf_release(&diagnostics);
}

void fhir_outcome_of_issues(const struct fhir_issues *issues, struct strbuf *out)
{
    struct json_writer json;
    begin(&json, out);
    for (size_t i = 0; i < issues->count; i++) {
        const struct fhir_issue *issue = &issues->at[i];
        add_issue(&json, &(struct outcome_issue){
                             .severity = issue->severity == FHIR_ERROR ? "error" : "warning",
                             .code = issue->code,
                             .text = issue->message,
                             .where = issue->where });
    }
    if (issues->truncated) {
        add_issue(&json, &(struct outcome_issue){ .severity = "warning",
                                                  .code = "too-long",
                                                  .text = SLICE("There are more issues") });
    } else if (issues->count == 0) {
        add_issue(&json, &(struct outcome_issue){ .severity = "information",
                                                  .code = "informational",
                                                  .text = SLICE("No issues found") });
    }
    end(&json);
}

void fhir_outcome_of_text(const char *severity, const char *code, struct slice text,
                          struct strbuf *out)
{
    struct json_writer json;
    begin(&json, out);
    add_issue(&json, &(struct outcome_issue){ .severity = severity, .code = code, .text = text });
    end(&json);
}
