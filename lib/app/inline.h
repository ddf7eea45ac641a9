/*
 * inline.h: images that a message's HTML shows by their content id (RFC 2392), put into it. Pure;
 * private to lib/app.
 *
 * No browser knows cid:. And the frame that shows the HTML is sandboxed: it sends no cookie along,
 * so that an address of its own would have to be one that anybody may load. So src="cid:logo"
 * becomes a data: URL. Only what its first bytes show to be PNG, JPEG, GIF or WebP is put in,
 * whatever type the message gives it; no SVG, which is a document.
 */
#ifndef APP_INLINE_H
#define APP_INLINE_H

#include "base/buf.h"
#include "mime/decompose.h"

#define INLINE_BYTES_MOST 16777216 /* of all of them, as they stand in the HTML; more stay out */

void inline_images(struct slice html, const struct mime_message *message, struct buf *out);

#endif
