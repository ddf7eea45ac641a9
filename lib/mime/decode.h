/*
 * decode.h: the content of a part, out of the encoding and the character set that it travels in
 * (RFC 2045, 6).
 */
#ifndef MIME_DECODE_H
#define MIME_DECODE_H

#include "base/buf.h"
#include "mime/encode.h"

/* What a Content-Transfer-Encoding says: MIME_7BIT for all that is no encoding (7bit, 8bit, binary,
 * none given). False: one that nobody knows. */
bool mime_encoding_named(struct slice value, enum mime_encoding *encoding);

/* Appends the bytes. Quoted-printable is read as leniently as it is written; false when base64 is
 * none, and then nothing was appended. */
bool mime_decode(struct slice content, enum mime_encoding encoding, struct buf *out);

/*
 * Appends a text as valid UTF-8, its lines ended by LF. Known are UTF-8, ASCII, Latin-1 and
 * windows-1252 (taken for Latin-1); bytes that are no UTF-8 count as Latin-1. False: another
 * character set.
 */
bool mime_decode_text(struct slice bytes, struct slice charset, struct buf *out);

#endif
