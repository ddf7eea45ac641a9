/*
 * base64.h: base64 (RFC 4648, 4), with its padding.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* Without line breaks. */
void base64_encode(struct slice bytes, struct buf *out);

/* The same with - and _ in place of + and / (RFC 4648, 5), padded as well. */
void base64_encode_url(struct slice bytes, struct buf *out);

/*
 * How many bytes the text stands for; white space is skipped. False when it is no base64, and then
 * *size says where it stops to be.
 */
bool base64_size(struct slice text, uint64_t *size);

/* Appends those bytes. False, and nothing appended, when it is no base64. */
bool base64_decode(struct slice text, struct buf *out);

/* What a character stands for: 0 to 63, or one of these. */
#define BASE64_PADDING 64
#define BASE64_SPACE 65
#define BASE64_BAD 66
unsigned base64_value(char c);

#endif
