/*
 * scan.c: follows the HTML of a template, character by character, so that each hole knows where it
 * stands.
 *
 * Which escaping a value needs is decided by the parser in the browser, not by the programmer: the
 * same text is harmless between tags and deadly in an href. So the compiler runs the states of the
 * HTML tokenizer (HTML Living Standard 13.2.5, the part that well-formed templates need) over the
 * template's own text and asks at each hole for the state. What cannot be made safe by escaping has
 * no context at all and does not compile: names of tags and attributes, unquoted values, comments,
 * scripts, styles, event handlers, documents in attributes, the content of <meta>.
 *
 * It is stricter than a browser on purpose. A template with an unquoted value, an inline style or
 * handler, a javascript: address or an element that loads another document fails, because the
 * Content-Security-Policy would break it at run time anyway, where nobody looks.
 *
 * Elements are not matched with their ends: layout partials open what others close.
 */
#include "template.h"

/* attributes whose value a browser follows or loads */
static const char *const address_attributes[] = { "href",       "src",  "action",  "formaction",
                                                  "poster",     "cite", "data",    "xlink:href",
                                                  "background", "ping", "manifest" };
/* values that are code or documents: no escaping makes a hole in them safe */
static const char *const closed_attributes[] = { "style",  "srcdoc",     "srcset",
                                                 "sizes",  "http-equiv", "attributename",
                                                 "values", "from",       "to" };
/* elements that no page of ours needs and whose content other rules govern */
static const char *const refused_elements[] = { "style",     "iframe", "object",       "embed",
                                                "applet",    "frame",  "frameset",     "base",
                                                "plaintext", "xmp",    "noembed",      "noframes",
                                                "animate",   "set",    "foreignobject" };

static bool one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

void scan_init(struct scan *scan)
{
    *scan = (struct scan){ .state = SCAN_TEXT };
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == ':' || c == '_';
}

static void name_add(char name[SCAN_NAME], struct place place, char c)
{
    size_t len = strlen(name);
    if (len + 1 >= SCAN_NAME) {
        fail_at(place.path, place.line, "name '%s...' is too long", name);
    }
    name[len] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    name[len + 1] = '\0';
}

/* the name of the tag is complete */
static void tag_named(struct scan *scan, struct place place)
{
    if (one_of(scan->tag, refused_elements, ARRAY_LENGTH(refused_elements))) {
        fail_at(place.path, place.line, "<%s> is not allowed in a template", scan->tag);
    }
}

/* the name of an attribute is complete */
static void attribute_named(struct scan *scan, struct place place)
{
    if (strncmp(scan->attribute, "on", 2) == 0) {
        fail_at(place.path, place.line,
                "event handler '%s': scripts live in assets, the page's policy refuses this",
                scan->attribute);
    }
    if (strcmp(scan->attribute, "style") == 0) {
        fail_at(place.path, place.line,
                "inline style: styles live in assets, the page's policy refuses this");
    }
    scan->address = one_of(scan->attribute, address_attributes, ARRAY_LENGTH(address_attributes))
                        ? ADDRESS_START
                        : ADDRESS_NONE;
}

/* '>' has been read */
static void tag_closed(struct scan *scan)
{
    scan->state = SCAN_TEXT;
    if (strcmp(scan->tag, "pre") == 0 || strcmp(scan->tag, "textarea") == 0) {
        scan->preformatted = !scan->end_tag;
    }
    if (strcmp(scan->tag, "script") == 0 && !scan->end_tag) {
        scan->state = SCAN_SCRIPT;
    }
    scan->tag[0] = '\0';
    scan->attribute[0] = '\0';
    scan->end_tag = false;
    scan->address = ADDRESS_NONE;
}

static void between_attributes(struct scan *scan, struct place place, char c)
{
    if (is_space(c)) {
        scan->state = SCAN_SPACE;
    } else if (c == '>') {
        tag_closed(scan);
    } else if (c == '/') {
        scan->state = SCAN_BOUNDARY;
    } else if (scan->state == SCAN_BOUNDARY) {
        fail_at(place.path, place.line, "white space is missing before '%c' in <%s>", c, scan->tag);
    } else if (is_name(c)) {
        scan->state = SCAN_ATTRIBUTE;
        scan->attribute[0] = '\0';
        name_add(scan->attribute, place, c);
    } else {
        fail_at(place.path, place.line, "'%c' is not allowed in <%s>", c, scan->tag);
    }
}

static void in_tag_open(struct scan *scan, struct place place, char c)
{
    if (c == '/' && !scan->end_tag) {
        scan->end_tag = true;
    } else if (c == '!' && !scan->end_tag) {
        scan->state = SCAN_DECLARATION;
        scan->dashes = 0;
    } else if (is_letter(c)) {
        scan->state = SCAN_TAG_NAME;
        name_add(scan->tag, place, c);
    } else {
        fail_at(place.path, place.line, "'<' that opens no tag: write &lt;");
    }
}

static void in_attribute_name(struct scan *scan, struct place place, char c)
{
    if (is_name(c)) {
        name_add(scan->attribute, place, c);
        return;
    }
    attribute_named(scan, place);
    if (c == '=') {
        scan->state = SCAN_EQUALS;
    } else {
        scan->state = SCAN_SPACE;
        between_attributes(scan, place, c);
    }
}

static void in_value(struct scan *scan, struct place place, char c)
{
    if (c == (scan->state == SCAN_DOUBLE ? '"' : '\'')) {
        scan->state = SCAN_BOUNDARY;
        scan->address = ADDRESS_NONE;
    } else if (c == '<') {
        fail_at(place.path, place.line, "'<' in attribute '%s': is a quote missing?",
                scan->attribute);
    } else if (scan->address == ADDRESS_START || scan->address == ADDRESS_OPEN) {
        if (c == ':') {
            fail_at(place.path, place.line,
                    "address with a scheme: only addresses of this site may be written out");
        }
        scan->address = c == '/' || c == '?' || c == '#' ? ADDRESS_FIXED : ADDRESS_OPEN;
    }
}

static void in_declaration(struct scan *scan, char c)
{
    if (c == '-' && ++scan->dashes == 2) {
        scan->state = SCAN_COMMENT;
        scan->dashes = 0;
    } else if (c == '>') {
        scan->state = SCAN_TEXT;
    }
}

static void in_comment(struct scan *scan, char c)
{
    if (c == '-') {
        scan->dashes++;
    } else {
        if (c == '>' && scan->dashes >= 2) {
            scan->state = SCAN_TEXT;
        }
        scan->dashes = 0;
    }
}

static void in_tag_name(struct scan *scan, struct place place, char c)
{
    if (is_name(c)) {
        name_add(scan->tag, place, c);
        return;
    }
    tag_named(scan, place);
    scan->state = SCAN_SPACE;
    between_attributes(scan, place, c);
}

static void in_equals(struct scan *scan, struct place place, char c)
{
    if (c != '"' && c != '\'') {
        fail_at(place.path, place.line, "the value of '%s' must be quoted", scan->attribute);
    }
    scan->state = c == '"' ? SCAN_DOUBLE : SCAN_SINGLE;
}

static void in_script(struct scan *scan, struct place place, char c)
{
    if (c != '<') {
        fail_at(place.path, place.line, "inline script: the page's policy refuses it");
    }
    scan->state = SCAN_TAG_OPEN;
}

void scan_character(struct scan *scan, struct place place, char c)
{
    switch (scan->state) {
    case SCAN_TEXT:
        if (c == '<') {
            scan->state = SCAN_TAG_OPEN;
        }
        break;
    case SCAN_TAG_OPEN:
        in_tag_open(scan, place, c);
        break;
    case SCAN_TAG_NAME:
        in_tag_name(scan, place, c);
        break;
    case SCAN_SPACE:
    case SCAN_BOUNDARY:
        between_attributes(scan, place, c);
        break;
    case SCAN_ATTRIBUTE:
        in_attribute_name(scan, place, c);
        break;
    case SCAN_EQUALS:
        in_equals(scan, place, c);
        break;
    case SCAN_DOUBLE:
    case SCAN_SINGLE:
        in_value(scan, place, c);
        break;
    case SCAN_DECLARATION:
        in_declaration(scan, c);
        break;
    case SCAN_COMMENT:
        in_comment(scan, c);
        break;
    case SCAN_SCRIPT:
        in_script(scan, place, c);
        break;
    }
}

const char *scan_words(const struct scan *scan)
{
    static const char *const words[] = {
        [SCAN_TEXT] = "text",
        [SCAN_TAG_OPEN] = "the name of a tag",
        [SCAN_TAG_NAME] = "the name of a tag",
        [SCAN_SPACE] = "a tag, between attributes",
        [SCAN_ATTRIBUTE] = "the name of an attribute",
        [SCAN_EQUALS] = "a value without quotes",
        [SCAN_DOUBLE] = "a quoted value",
        [SCAN_SINGLE] = "a quoted value",
        [SCAN_BOUNDARY] = "a tag, between attributes",
        [SCAN_COMMENT] = "a comment",
        [SCAN_DECLARATION] = "a declaration",
        [SCAN_SCRIPT] = "a script",
    };
    return words[scan->state];
}

enum context scan_hole(struct scan *scan, struct place place)
{
    if (scan->state == SCAN_TEXT) {
        return CONTEXT_TEXT;
    }
    if (scan->state != SCAN_DOUBLE && scan->state != SCAN_SINGLE) {
        fail_at(place.path, place.line, "no field may stand in %s", scan_words(scan));
    }
    if (one_of(scan->attribute, closed_attributes, ARRAY_LENGTH(closed_attributes)) ||
        strcmp(scan->tag, "meta") == 0 || strcmp(scan->tag, "script") == 0) {
        fail_at(place.path, place.line, "no field may stand in attribute '%s' of <%s>",
                scan->attribute, scan->tag);
    }
    switch (scan->address) {
    case ADDRESS_NONE:
        return CONTEXT_TEXT;
    case ADDRESS_START:
        scan->address = ADDRESS_OPEN;
        return CONTEXT_ADDRESS;
    case ADDRESS_FIXED:
        return CONTEXT_ADDRESS_PART;
    case ADDRESS_OPEN:
        break;
    }
    fail_at(place.path, place.line,
            "a field in address '%s' must stand at its start or behind '/', '?' or '#'",
            scan->attribute);
}

void scan_block_edge(struct scan *scan, struct place place)
{
    switch (scan->state) {
    case SCAN_TEXT:
    case SCAN_DOUBLE:
    case SCAN_SINGLE:
        return;
    case SCAN_TAG_NAME:
        tag_named(scan, place);
        break;
    case SCAN_ATTRIBUTE:
        attribute_named(scan, place);
        break;
    case SCAN_SPACE:
    case SCAN_BOUNDARY:
        break;
    default:
        fail_at(place.path, place.line, "no block may begin or end in %s", scan_words(scan));
    }
    /* whichever branch is taken, white space or the tag's end must follow */
    scan->state = SCAN_BOUNDARY;
    scan->address = ADDRESS_NONE;
    scan->attribute[0] = '\0';
}

bool scan_same(const struct scan *a, const struct scan *b)
{
    return a->state == b->state && a->address == b->address && a->end_tag == b->end_tag &&
           a->preformatted == b->preformatted && strcmp(a->tag, b->tag) == 0 &&
           strcmp(a->attribute, b->attribute) == 0;
}
