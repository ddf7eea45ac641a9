/*
 * hex.h: bytes as hexadecimal digits (RFC 4648, 8).
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/slice.h"

/* What a digit of either case stands for; -1: it is none. */
static inline int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the first two characters stand for; -1: they are no digits. */
static inline int hex_byte(struct slice s)
{
	int high = s.n >= 2 ? hex_value(s.p[0]) : -1;
	int low = high >= 0 ? hex_value(s.p[1]) : -1;

	return low >= 0 ? high << 4 | low : -1;
}

/* 2 * n digits in lower case and a NUL. */
void hex_write(const void *bytes, size_t n, char *text);

#endif
