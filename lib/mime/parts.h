/*
 * parts.h: attachments as finished MIME parts: the `parts` entry, written when a message is
 * accepted and sent behind its `message` ever after (see mime/compose.h).
 *
 *     struct mime_parts parts;
 *     mime_parts_begin(&parts, request, id);
 *     while ((file = mime_parts_next(&parts, &out))) {
 *             while ((chunk = some of file's content).n)
 *                     mime_parts_base64(&parts, chunk, &out, &err), write out, buf_clear(&out);
 *             mime_parts_finish(&parts, &out, &err);
 *     }
 *     (out ends with the closing boundaries; without attachments nothing was added)
 *
 * Bounded: each call adds to `out` about what it was given, and keeps at most a line.
 */
#ifndef MIME_PARTS_H
#define MIME_PARTS_H

#include "base/buf.h"
#include "base/err.h"
#include "message/request.h"

struct mime_parts {
	const struct request *request;
	struct slice id;
	size_t at;             /* the attachment at hand, +1 */
	bool inlines_done;     /* the first turn takes the inline ones */
	uint64_t bytes;        /* decoded bytes of this part so far */
	unsigned column;       /* characters in the open line */
	unsigned padding;      /* '=' seen */
	unsigned char held[3]; /* bytes that no group of three holds yet */
	unsigned n_held;
};

/* id and request are borrowed until the end. */
void mime_parts_begin(struct mime_parts *parts, const struct request *request, struct slice id);

/* Writes the next part's boundary and header, inline ones first. NULL: all closed, nothing follows.
 */
const struct request_attachment *mime_parts_next(struct mime_parts *parts, struct buf *out);

/* The part's next content: base64 in pieces of any length, white space skipped; or plain bytes. */
bool mime_parts_base64(struct mime_parts *parts, struct slice base64, struct buf *out,
		       struct err *err);
void mime_parts_bytes(struct mime_parts *parts, struct slice bytes, struct buf *out);

/* Ends the part. EX_DATAERR: base64 that stops in the middle, or not `size` bytes. */
bool mime_parts_finish(struct mime_parts *parts, struct buf *out, struct err *err);

#endif
