/*
 * html.h: HTML to text: without tags and comments, and with its character references resolved.
 */
#ifndef TEMPLATE_HTML_H
#define TEMPLATE_HTML_H

#include "template/run.h"

/* As Markup.striptags(): white space becomes single spaces, references become characters. */
struct value html_strip_tags(struct run *run, struct slice s);

/* References become characters: numeric ones, and the names of HTML 4. */
struct value html_unescape(struct run *run, struct slice s);

/* The names of HTML 4, sorted; html_entities.c, written by html_entities.py. */
struct html_entity {
	const char *name;
	uint32_t point;
};
extern const struct html_entity html_entities[];
extern const uint32_t html_entities_n;

#endif
