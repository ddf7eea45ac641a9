/*
 * print.h: text for people: harmless whoever wrote it, in columns, in colour where that helps.
 *
 *     struct print print = print_open(stdout);
 *     print_cell(&print, name, 20);
 *     print_line_text(&print, subject);
 *     ...
 *     if (!print_close(&print, &err))
 *         ...
 *
 * A terminal has a width, and colours unless NO_COLOR is set (https://no-color.org); a pipe or a
 * file has neither. Text from outside can do nothing to a terminal: what is a control character,
 * turns the direction of writing, or is no UTF-8 comes out as '?'.
 */
#ifndef BASE_PRINT_H
#define BASE_PRINT_H

#include <stdio.h>

#include "base/err.h"
#include "base/slice.h"

struct print {
	FILE *out;
	size_t columns; /* of the terminal; 0: not a terminal */
	bool colours;
};

struct print print_open(FILE *out);

/* How wide text is: its code points. */
size_t print_width(struct slice text);

/* As much as fits into that many columns, "..." at the end of what does not. Returns how many it
 * took. */
size_t print_text(struct print *print, struct slice text, size_t most);

/* All of it, broken at spaces where the terminal's line ends; what follows begins `indent` columns
 * in. at: the columns that are used already. Where it is no terminal, one line. */
void print_wrapped(struct print *print, struct slice text, size_t at, size_t indent);

/* The same as print_text, filled up with spaces, and a gap behind it. */
#define PRINT_GAP 2
void print_cell(struct print *print, struct slice text, size_t width);

enum print_colour {
	PRINT_PLAIN,
	PRINT_STRONG,
	PRINT_GOOD,
	PRINT_WAITS,
	PRINT_BAD,
};

/* From here on; PRINT_PLAIN ends it. */
void print_colour(struct print *print, enum print_colour colour);

/* All of it has left. False: it could not be written (74). */
bool print_close(struct print *print, struct err *err);

#endif
