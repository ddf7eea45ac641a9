/*
 * header.h: header fields written: folded (RFC 5322, 2.2.3), and encoded words where a text needs
 * them (RFC 2047, 2231).
 *
 * Lines break at spaces before column 76; a single word may be longer, up to the 998 of RFC 5322.
 * What would not fit even that, and every text that is not ASCII, becomes encoded words: B or Q,
 * whichever is shorter, none over 75 bytes, none with half a character. Whoever decodes and unfolds
 * the field reads the text that was given, byte for byte, less white space at its ends.
 *
 * Texts are UTF-8 without control characters but TAB.
 */
#ifndef MIME_HEADER_H
#define MIME_HEADER_H

#include "base/buf.h"
#include "message/address.h"

/* A field that is a text: shown as it is, even if it looks like an encoded word. */
void mime_put_text(struct buf *out, const char *name, struct slice text);

/* A caller's own field: ASCII as it is, so that it may be structured. */
void mime_put_field(struct buf *out, struct slice name, struct slice value);

/* `From`, `To` and their like; nothing for an empty list. */
void mime_put_addresses(struct buf *out, const char *name, const struct address *at, size_t n);

/* `Date`, in UTC. */
void mime_put_date(struct buf *out, int64_t ms);

/*
 * A parameter of a field that was begun, on a line of its own behind a ';': name="value", or where
 * that cannot be, name*0*=utf-8''... (RFC 2231). A longer one is split over lines.
 */
void mime_put_parameter(struct buf *out, const char *name, struct slice value);

#endif
