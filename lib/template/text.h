/*
 * text.h: what Python's str does with text, by code points: case, lines, words, padding.
 */
#ifndef TEMPLATE_TEXT_H
#define TEMPLATE_TEXT_H

#include "template/run.h"

struct value text_upper(struct run *run, struct slice s);
struct value text_lower(struct run *run, struct slice s);
struct value text_title(struct run *run, struct slice s); /* str.title() */
struct value text_capitalize(struct run *run, struct slice s);
struct value text_swapcase(struct run *run, struct slice s);
struct value text_casefold(struct run *run, struct slice s);

void put_upper(struct run *run, uint32_t point);

enum text_sides { TEXT_LEFT = 1, TEXT_RIGHT = 2, TEXT_BOTH = TEXT_LEFT | TEXT_RIGHT };

/* s without the code points on these sides that stand in `chars`. */
struct slice text_strip(struct run *run, struct slice s, struct slice chars, enum text_sides sides);

/* Takes a line off the front of *rest, without its end; as str.splitlines(). False at the end. */
bool text_next_line(struct slice *rest, struct slice *line, struct slice *line_end);

/* Takes a word off the front of *rest, as str.split() does without a separator. */
bool text_next_word(struct slice *rest, struct slice *word);

/* Where `what` stands in s, at `from` or behind, or before its end for the last; SIZE_MAX: nowhere.
 */
size_t text_find(struct slice s, struct slice what, size_t from);
size_t text_find_last(struct run *run, struct slice s, struct slice what);

/* s with every `from` (at most `most` times, unless negative) replaced. */
struct value text_replace(struct run *run, struct slice s, struct slice from, struct slice to,
			  int64_t most);

/* s with `left` and `right` fill characters around it. */
struct value text_pad(struct run *run, struct slice s, struct slice fill, int64_t left,
		      int64_t right);

size_t text_length(struct run *run, struct slice s);

#endif
