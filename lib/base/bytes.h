/*
 * bytes.h: eight bytes looked at in one step, for loops that run over every byte of a message.
 *
 * Each answers whether some byte is such; where it stands, the caller finds byte by byte.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BYTES_ONES 0x0101010101010101u
#define BYTES_HIGH 0x8080808080808080u

static inline uint64_t bytes_load(const char *p)
{
	uint64_t eight;

	memcpy(&eight, p, sizeof eight);
	return eight;
}

/* A byte below limit, which is at most 0x80. */
static inline bool bytes_below(uint64_t eight, unsigned char limit)
{
	return (eight - BYTES_ONES * limit) & ~eight & BYTES_HIGH;
}

static inline bool bytes_equal(uint64_t eight, unsigned char c)
{
	return bytes_below(eight ^ (BYTES_ONES * c), 1);
}

/* A byte from 0x7f on: DEL, or not ASCII. */
static inline bool bytes_from_del(uint64_t eight)
{
	return (eight | (eight + BYTES_ONES)) & BYTES_HIGH;
}

#endif
