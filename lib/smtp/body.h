/*
 * body.h: a message as it travels behind DATA (RFC 5321 4.5.2), in pieces of bounded size.
 *
 * What leaves always ends its lines with CR LF, has a dot added before each line that starts with
 * one, and ends with the lone dot. A message of such lines without leading dots is not copied, but
 * for its last piece, which takes the dot along. A bare CR or LF, which should not have come this
 * far, becomes a line end: no server can then read it as the end of the message (SMTP smuggling,
 * CVE-2023-51764).
 *
 *     struct smtp_body body = {0};
 *     smtp_body_start(&body, parts, count);
 *     while (smtp_body_next(&body, &piece))
 *         ...send all of piece, which is valid until the next call...
 *     smtp_body_free(&body);
 */
#ifndef SMTP_BODY_H
#define SMTP_BODY_H

#include "base/buf.h"

struct smtp_body {
	const struct slice *parts; /* what has not left yet */
	unsigned count;
	size_t offset; /* of the first part, already gone */
	char last;     /* the byte of the message before the next one */
	bool ended;    /* the dot was given out */
	struct buf piece;
};

/* Begins a message: the parts one behind the other, borrowed until the end. None at all is an empty
 * message: just the dot. A body can be started again. */
void smtp_body_start(struct smtp_body *body, const struct slice *parts, unsigned count);

/* The next piece, never empty; false after the one that holds the dot. */
bool smtp_body_next(struct smtp_body *body, struct slice *piece);

void smtp_body_free(struct smtp_body *body);

#endif
