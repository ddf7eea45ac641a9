/*
 * boundary.h: the multiparts of a message and their boundaries.
 *
 * `message` opens what `parts` closes, each written without the other: so both take the names from
 * the id, here. "=_" stands neither in quoted-printable nor in base64, and the id in no text that
 * was written before it.
 */
#ifndef MIME_BOUNDARY_H
#define MIME_BOUNDARY_H

#include "base/buf.h"

enum mime_multipart {
	MIME_ALTERNATIVE,
	MIME_RELATED,
	MIME_MIXED,
};

/* The Content-Type field; the caller ends the header. */
void mime_put_multipart(struct buf *out, enum mime_multipart multipart, struct slice id);

/* The line before a part, and the line that closes the multipart. */
void mime_put_boundary(struct buf *out, enum mime_multipart multipart, struct slice id);
void mime_put_closing(struct buf *out, enum mime_multipart multipart, struct slice id);

#endif
