/*
 * fit.h: a message that came whole (sendmail, SMTP, a pickup) made fit for the wire.
 *
 *     static const char *const drop[] = {"Bcc", "X-Mailq-*", NULL};
 *     struct mime_fit fit;
 *     mime_fit_begin(&fit, message, &(struct mime_edit){.drop = drop, .add = buf_slice(&fields)});
 *     while (mime_fit_next(&fit, &out))
 *             write out, buf_clear(&out);
 *
 * - Every line ends in CRLF, whether it ended in CRLF, LF or CR; in the header a CR alone is a
 *   space, so that it cannot begin a field.
 * - A header without an empty line behind it gets one; a `From ` line in front goes.
 * - A header field outside ASCII becomes encoded words: texts, and names in address fields. What
 *   is not UTF-8 counts as Latin-1. An address outside ASCII stays, and asks for SMTPUTF8.
 * - A body of one part with bytes over 0x7f, lines over 998 bytes or NULs, and not encoded yet, is
 *   encoded, and its Content-Transfer-Encoding says so.
 * - In a multipart such lines are broken at 998 bytes as by other MTAs, NULs are left out, and
 *   bytes over 0x7f stay: it asks for 8BITMIME.
 *
 * All else stays as it is, byte for byte. Pure and bounded: the message may be a mapped file; one
 * turn adds at most some 200 KiB to `out`, the first one the header, whatever its length.
 */
#ifndef MIME_FIT_H
#define MIME_FIT_H

#include "mime/encode.h"

/* What the caller changes in the header. */
struct mime_edit {
	const char *const *drop; /* names, ended by NULL; "X-Mailq-*" means all that begin so */
	struct slice add;        /* whole fields with CRLF, put in front; empty: none */
};

enum mime_fit_how {
	MIME_FIT_LINES,  /* line ends only */
	MIME_FIT_BREAK,  /* and long lines broken */
	MIME_FIT_QUOTED, /* text as quoted-printable */
	MIME_FIT_TEXT,   /* text as base64 */
	MIME_FIT_BYTES,  /* anything else as base64 */
};

struct mime_fit {
	struct slice header, body; /* what is left of each */
	struct mime_edit edit;
	enum mime_fit_how how;
	bool begun;  /* the header is written */
	bool inside; /* the body stands within a line */
	struct mime_base64 lines;
};

/* Looks at the whole message once. message and edit's strings are borrowed until the end. */
void mime_fit_begin(struct mime_fit *fit, struct slice message, const struct mime_edit *edit);

/* Appends the next part. False when all was appended before. */
bool mime_fit_next(struct mime_fit *fit, struct buf *out);

#endif
