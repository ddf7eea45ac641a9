/*
 * sha256.h: SHA-256 (FIPS 180-4).
 *
 * Ours, since programs that start for one message would pay more for loading a library of ciphers
 * than for everything else they do.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/slice.h"

#define SHA256_BYTES 32
#define SHA256_HEX_SIZE 65 /* lower-case digits and a NUL */

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	unsigned char block[64];
};

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, struct slice bytes);
void sha256_end(struct sha256 *sha, unsigned char digest[SHA256_BYTES]);

/* Of one piece, as text. */
void sha256_hex(struct slice bytes, char hex[SHA256_HEX_SIZE]);

#endif
