/*
 * narrative.c: finds href and src attributes in XHTML.
 *
 * A transaction rewrites <a href> and <img src> (FHIR R4 http.html#trules), which needs no XML
 * parser: XHTML quotes its attributes, and a name before '=' inside a tag is an attribute. Text
 * between tags that looks like one is not taken.
 */
#include "fhir/narrative.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_space(struct slice s, size_t at)
{
    while (at < s.len && is_space(s.ptr[at])) {
        at++;
    }
    return at;
}

/* one attribute inside a tag; false at the tag's end */
static bool next_attribute(struct slice div, size_t *at, struct slice *ret_name,
                           struct slice *ret_value)
{
    for (;;) {
        size_t start = skip_space(div, *at);
        size_t end = start;
        while (end < div.len && !is_space(div.ptr[end]) && strchr("=<>\"'", div.ptr[end]) == NULL) {
            end++;
        }
        *ret_name = slice_sub(div, start, end - start);
        size_t equals = skip_space(div, end);
        if (equals >= div.len || div.ptr[equals] == '>' || div.ptr[equals] == '<') {
            *at = equals;
            return false;
        }
        if (div.ptr[equals] != '=') {
            *at = equals > *at ? equals : *at + 1;
            continue;
        }
        size_t quote = skip_space(div, equals + 1);
        if (quote >= div.len || (div.ptr[quote] != '"' && div.ptr[quote] != '\'')) {
            *at = equals + 1;
            continue;
        }
        struct slice rest = slice_from(div, quote + 1);
        size_t len = slice_find(rest, div.ptr[quote]);
        *ret_value = slice_sub(rest, 0, len);
        *at = quote + 1 + len + (len < rest.len);
        return true;
    }
}

bool fhir_narrative_url(struct slice div, size_t *at, struct slice *ret_url)
{
    bool in_tag = *at > 0; /* it stands behind an attribute */
    while (*at < div.len) {
        if (!in_tag) {
            *at += slice_find(slice_from(div, *at), '<');
            if (*at >= div.len) {
                return false;
            }
            ++*at;
        }
        struct slice name;
        in_tag = next_attribute(div, at, &name, ret_url);
        if (in_tag && (slice_equal(name, SLICE("href")) || slice_equal(name, SLICE("src")))) {
            return true;
        }
    }
    return false;
}
