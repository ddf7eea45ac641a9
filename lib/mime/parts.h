/*
 * parts.h: attachments as finished MIME parts: the `parts` entry, written when a message is
 * accepted and sent behind its `message` ever after (see mime/compose.h).
 *
 *     struct mime_parts parts;
 *     mime_parts_begin(&parts, request, id);
 *     while ((file = mime_parts_next(&parts, &out))) {
 *             while (there is more of file's content)
 *                     mime_parts_base64(&parts, piece, &out, &err), write out, buf_clear(&out);
 *             mime_parts_end(&parts, &out, &err);
 *     }
 *     write out: it holds the last closing lines
 *
 * Bounded: a call adds to `out` about what it was given, and keeps at most a line. Inline
 * attachments come first, then the others, each kind in the request's order. Without attachments
 * nothing is written.
 */
#ifndef MIME_PARTS_H
#define MIME_PARTS_H

#include "base/err.h"
#include "message/request.h"
#include "mime/encode.h"

struct mime_parts {
	const struct request *request;
	struct slice id;
	size_t next;      /* the attachment to look at next */
	bool attached;    /* the inline ones are done */
	size_t n_written; /* parts of this turn */

	/* of the part at hand */
	const struct request_attachment *file;
	uint64_t bytes;   /* of its content so far, given as they are */
	uint64_t digits;  /* or given as base64: its characters, padding included */
	unsigned padding; /* how many of these are '=' */
	struct mime_base64 lines;
};

/* Borrows id and request until the end. */
void mime_parts_begin(struct mime_parts *parts, const struct request *request, struct slice id);

/* Writes the next part's header and returns whose it is; NULL when all is written and closed. */
const struct request_attachment *mime_parts_next(struct mime_parts *parts, struct buf *out);

/*
 * More of the part's content: base64, cut wherever it was, white space skipped; or the bytes
 * themselves. One of the two within a part. EX_DATAERR: it is no base64.
 */
bool mime_parts_base64(struct mime_parts *parts, struct slice base64, struct buf *out,
		       struct err *err);
void mime_parts_bytes(struct mime_parts *parts, struct slice bytes, struct buf *out);

/* The part is whole. EX_DATAERR: base64 that stops in between, or not the file's size. */
bool mime_parts_end(struct mime_parts *parts, struct buf *out, struct err *err);

#endif
