/*
 * lone_dot.h: a line with nothing but a dot, which ends a message typed into sendmail(8) without
 * -i.
 *
 *     struct lone_dot dot = {0};
 *     while (!dot.found && read a piece)
 *             keep lone_dot_read(&dot, piece);
 *     message = lone_dot_without(&dot, everything kept);
 */
#ifndef MIME_LONE_DOT_H
#define MIME_LONE_DOT_H

#include "base/slice.h"

enum lone_dot_state {
	LONE_DOT_AT_START, /* of a line */
	LONE_DOT_AT_DOT,   /* it was the first of the line */
	LONE_DOT_AT_CR,    /* and a CR the second */
	LONE_DOT_IN_LINE,
};

struct lone_dot {
	enum lone_dot_state state;
	bool found;
};

/* As much of the piece as belongs to the message, the line of the dot included. */
struct slice lone_dot_read(struct lone_dot *dot, struct slice piece);

/* Without that line, when it was found. */
struct slice lone_dot_without(const struct lone_dot *dot, struct slice message);

#endif
