/*
 * html.h: text into HTML, for the functions that tools/template_compiler makes.
 *
 * The compiler decides which of these a hole in a template needs; nobody calls them to build a page
 * by hand. All take text of any origin, also invalid UTF-8, and write something harmless that shows
 * what was there: a character that would turn the direction of a line, hide, or control a terminal
 * is written as its name, "[U+202E]" (threat T25), a broken byte as U+FFFD. Nothing is cut.
 */
#ifndef EVENLODE_WEB_HTML_H
#define EVENLODE_WEB_HTML_H

#include "base/arena.h"
#include "base/strbuf.h"

/* for text between tags and for quoted attributes */
void html_text(struct strbuf *out, struct slice text);
/*
 * A whole address, in a quoted attribute. Only http, https, and addresses of this site (a path, a
 * query, a fragment); anything else becomes "#".
 */
void html_address(struct strbuf *out, struct slice address);
/* a part of an address behind its path's first '/', '?' or '#': all but unreserved is %XX */
void html_address_part(struct strbuf *out, struct slice part);

/*
 * HTML that is already escaped. Its member is nobody's business: only the functions below make one,
 * so that {{raw}} cannot be given a text from outside.
 */
struct html {
    struct slice sanctioned;
};

/* escaped, with <br> where the text has line ends; empty without memory */
struct html html_lines(struct slice text, struct arena *arena);

void html_raw(struct strbuf *out, struct html html);
bool html_is_empty(struct html html);

#endif
