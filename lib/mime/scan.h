/*
 * scan.h: the header fields of a whole message (RFC 5322, 2.2), read where they lie: no copies.
 *
 *     struct slice rest = message;
 *     struct mime_header field;
 *     while (mime_header_next(&rest, &field))
 *             ...
 *     // rest is the body
 *
 * Lines end in CRLF, or in LF alone as a program's standard input has them. The empty line ends the
 * header and is skipped; a line that is no header field (no colon, a name with spaces) also ends
 * it, and stays in the rest: the body of a message that came without an empty line. `From ` line
 * in front (mbox), and `>From ` lines, are skipped by mime_header_start.
 */
#ifndef MIME_SCAN_H
#define MIME_SCAN_H

#include "base/buf.h"

struct mime_header {
	struct slice name;
	struct slice value; /* raw: folds inside, without white space at both ends */
	struct slice whole; /* name, colon, value and the line's end, as they stand */
};

/* The message without a leading `From ` line and what is quoted so behind it. */
struct slice mime_header_start(struct slice message);

/* The field at the start of *rest, taken off it. False: the header is over and *rest the body. */
bool mime_header_next(struct slice *rest, struct mime_header *field);

/* The value of the first field with that name, upper or lower case; p == NULL when there is none.
 * message: as mime_header_start gave it. */
struct slice mime_header_find(struct slice message, const char *name);

/* The value on one line: each fold with its white space becomes one space. Appended to *out. */
void mime_header_unfold(struct slice value, struct buf *out);

/* What a message needs of a server, and what keeps it from the wire as it is. */
#define MIME_LINE_MOST 998 /* RFC 5322, 2.1.1: bytes, without CRLF */

struct mime_needs {
	bool eight_bit;    /* bytes over 0x7f in the body: 8BITMIME */
	bool utf8;         /* bytes over 0x7f in a header: SMTPUTF8 */
	bool bare_newline; /* CR or LF alone */
	bool long_line;    /* over 998 bytes */
	bool nul;
};

struct mime_needs mime_scan(struct slice message);
struct mime_needs mime_scan_body(struct slice body);

#endif
