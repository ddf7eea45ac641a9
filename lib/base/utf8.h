/*
 * utf8.h: UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>

#include "base/buf.h"

/* The code point at the start of s, its length in *n. When s starts with none: UTF8_BAD, *n is 1.
 */
#define UTF8_BAD UINT32_MAX
uint32_t utf8_decode(struct slice s, size_t *n);

/* Writes the code point, returns the bytes used (1 to 4). */
size_t utf8_encode(uint32_t point, char out[4]);

/* Where the first bad byte stands, or s.n when all is well. */
size_t utf8_check(struct slice s);

/* True when every byte is below 0x80. */
bool utf8_is_ascii(struct slice s);

/* How many code points s has; s is valid. */
size_t utf8_length(struct slice s);

/* What text from outside must not bring onto a line: C0, DEL, C1 (a terminal may take U+009B for
 * the start of a sequence), and U+2028 and U+2029, which separate lines. */
static inline bool utf8_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 ||
	       point == 0x2029;
}

#endif
