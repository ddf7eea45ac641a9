/*
 * reply.h: reads the replies of an SMTP server (RFC 5321 4.2, enhanced codes RFC 2034 and 3463).
 *
 * Bytes go in as they come; each call takes them off the front of *input until one reply is whole:
 *
 *     while ((read = smtp_reply_read(&reader, &input, &reply)) == SMTP_READ_REPLY)
 *         ...reply is valid until the next call...
 *
 * The server is not trusted: a line over 2 KiB, a reply over 100 lines, and whatever is no reply
 * end the reading for good. The text kept is bounded and fit for a terminal, a log line and JSON:
 * valid UTF-8, every control character and every bad byte is a question mark.
 *
 * Life: `struct smtp_reply_reader r = {0};`; it owns no memory.
 */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include "base/buf.h"

#define SMTP_REPLY_LINE_MAX 2048 /* bytes, with the line's end */
#define SMTP_REPLY_LINES_MAX 100
#define SMTP_REPLY_TEXT_MAX 1000 /* bytes of text kept of one reply */

/* RFC 3463: "5.1.1" is class 5, subject 1, detail 1. Class 0: the server gave none. */
struct smtp_enhanced {
	unsigned short class, subject, detail;
};

struct smtp_reply {
	int code; /* 200 to 599; 0 when mailq itself says the text, not the server */
	struct smtp_enhanced enhanced;
	struct slice text; /* all lines, joined by a space, without codes */
};

struct smtp_reply_reader {
	char line[SMTP_REPLY_LINE_MAX];
	size_t line_n;
	char text[SMTP_REPLY_TEXT_MAX];
	size_t text_n;
	unsigned lines; /* of the reply begun; 0 between replies */
	int code;
	struct smtp_enhanced enhanced;
	bool broken;
};

enum smtp_read {
	SMTP_READ_MORE,  /* all input was taken, no reply is whole yet */
	SMTP_READ_REPLY, /* *reply is filled in; there may be more input */
	SMTP_READ_BAD,   /* this is not SMTP: code 0, the text says why; so will every later call */
};

enum smtp_read smtp_reply_read(struct smtp_reply_reader *reader, struct slice *input,
			       struct smtp_reply *reply);

/* Adds "550 5.1.1 no such user" to buf. */
void smtp_reply_print(const struct smtp_reply *reply, struct buf *buf);

/* Takes an enhanced code and the space behind it off the front of *text. Class 0 when there is
 * none, and *text is left alone. */
struct smtp_enhanced smtp_enhanced_take(struct slice *text);

/* The name under which the server keeps the message, as the reply to the message's end tells it:
 * "Ok: queued as NAME", "OK id=NAME", "NAME Message accepted for delivery", "Ok NAME"; else empty.
 * Borrowed from the reply's text. */
struct slice smtp_reply_queue_id(const struct smtp_reply *reply);

#endif
