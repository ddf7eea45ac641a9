/*
 * entity.h: HTML's character references: &amp; &#233; &#xe9;
 *
 * Of the 2,231 names those of HTML 4 for Latin-1 and the punctuation of letters; others stay as
 * they are.
 */
#ifndef MIME_ENTITY_H
#define MIME_ENTITY_H

#include "base/slice.h"

/*
 * How long the reference is that begins s, with its ';', and the character that it stands for. 0
 * when it is none: an '&' that stands for itself.
 */
size_t mime_entity(struct slice s, uint32_t *point);

#endif
