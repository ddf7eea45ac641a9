#include "mime/lone_dot.h"

static enum lone_dot_state next(enum lone_dot_state state, char c)
{
	if (c == '\n')
		return LONE_DOT_AT_START;
	if (state == LONE_DOT_AT_START && c == '.')
		return LONE_DOT_AT_DOT;
	return state == LONE_DOT_AT_DOT && c == '\r' ? LONE_DOT_AT_CR : LONE_DOT_IN_LINE;
}

struct slice lone_dot_read(struct lone_dot *dot, struct slice piece)
{
	for (size_t i = 0; i < piece.n; i++) {
		bool alone = dot->state == LONE_DOT_AT_DOT || dot->state == LONE_DOT_AT_CR;
		dot->found = alone && piece.p[i] == '\n';
		if (dot->found)
			return slice_first(piece, i + 1);
		dot->state = next(dot->state, piece.p[i]);
	}
	return piece;
}

struct slice lone_dot_without(const struct lone_dot *dot, struct slice message)
{
	if (dot->found)
		message.n -= dot->state == LONE_DOT_AT_CR ? 3 : 2;
	return message;
}
