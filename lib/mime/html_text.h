/*
 * html_text.h: the text that an HTML body says, for readers that show no HTML.
 *
 * Blocks become lines, lists get their bullets and numbers, quotes their "> ", table rows a line
 * each, `<a href="url">text</a>` becomes "text (url)", an image its alternative text. Styles,
 * scripts, comments and the head are left out. It is no parser of documents: one pass from left to
 * right, in time linear to the input, at most HTML_TEXT_MOST bytes, whatever comes in.
 */
#ifndef MIME_HTML_TEXT_H
#define MIME_HTML_TEXT_H

#include "base/buf.h"

#define HTML_TEXT_MOST (1 << 20)

/* Appends the text, its lines ended by LF. */
void mime_html_text(struct slice html, struct buf *out);

#endif
