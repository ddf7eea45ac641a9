/*
 * id.h: a message's id: a ULID in lower case (Crockford's base32, without i, l, o and u).
 *
 * 48 bits of milliseconds, then 80 random bits: ids sort by time, are safe as file names, and
 * cannot be guessed. Pure: the caller brings the time and the randomness.
 */
#ifndef MESSAGE_ID_H
#define MESSAGE_ID_H

#include <stdint.h>

#include "base/slice.h"

#define ID_LENGTH 26
#define ID_SIZE 27 /* with its NUL */

/* ms: since 1970 UTC; before it, and after the year 10889, it is clamped. */
void id_make(char id[ID_SIZE], int64_t ms, const uint8_t random[10]);

/* 26 characters of the alphabet, lower case, and no more than 128 bits. */
bool id_valid(struct slice text);

/* The time in a valid id, in milliseconds since 1970 UTC. */
int64_t id_time_ms(const char *id);

/*
 * Makes a valid id the next greater one: how a caller that makes many within one millisecond keeps
 * them in order. False, and the id unchanged, when that would change its time.
 */
bool id_next(char id[ID_SIZE]);

#endif
