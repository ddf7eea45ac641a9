/*
 * encode.h: a text made fit for the wire: CRLF at every line's end, 7 bits, lines of at most 998
 * bytes (RFC 2045, 6).
 *
 * A line may end in CRLF, LF or CR alone; each becomes CRLF, and so does the end of the text.
 */
#ifndef MIME_ENCODE_H
#define MIME_ENCODE_H

#include "base/buf.h"

enum mime_encoding {
	MIME_7BIT,
	MIME_QUOTED_PRINTABLE,
	MIME_BASE64,
};

/* The encoding that leaves the text as readable and as short as can be. */
enum mime_encoding mime_encoding_for(struct slice text);

/* "7bit" */
const char *mime_encoding_name(enum mime_encoding encoding);

/* Appends the text, encoded; ends with CRLF unless the text is empty. */
void mime_encode(struct slice text, enum mime_encoding encoding, struct buf *out);

/*
 * One line as quoted-printable, without its end; or a piece of a line, when more of it follows:
 * then it ends in a soft break.
 */
void mime_quote_line(struct slice line, bool more, struct buf *out);

/*
 * Bytes of any kind, piece by piece, as base64 in lines of 76 characters:
 *
 *     struct mime_base64 lines = {0};
 *     mime_base64_add(&lines, piece, out), ...
 *     mime_base64_end(&lines, out);
 */
#define MIME_BASE64_BYTES 57 /* that make one line */

struct mime_base64 {
	char held[MIME_BASE64_BYTES]; /* what no whole line was made of yet */
	size_t n;
};

void mime_base64_add(struct mime_base64 *lines, struct slice bytes, struct buf *out);
void mime_base64_end(struct mime_base64 *lines, struct buf *out);

#endif
