/*
 * spill.h: bytes that come piece by piece, as one slice in the end: in memory while they are few,
 * else in a temporary file without a name, which is mapped.
 *
 *     struct spill spill = {0};
 *     while (more)
 *             spill_add(&spill, piece, &err);
 *     spill_bytes(&spill, &bytes, &err);  // valid until the next spill_add or spill_clear
 *     spill_clear(&spill);                // nothing in it; ready for the next, or to be forgotten
 *
 * However much comes, a process holds no more than SPILL_MEMORY of it. The file is in $TMPDIR, else
 * in /var/tmp; a set-gid program's caller does not choose.
 */
#ifndef BASE_SPILL_H
#define BASE_SPILL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define SPILL_MEMORY ((size_t)256 * 1024)

struct spill {
	uint64_t n; /* bytes so far */
	struct buf memory;
	bool in_file;
	int fd; /* where in_file */
	void *map;
	size_t mapped;
};

bool spill_add(struct spill *spill, struct slice bytes, struct err *err);

/* All of them. */
bool spill_bytes(struct spill *spill, struct slice *bytes, struct err *err);

/* The same, for somebody who changes them where they stand: spill->n bytes, and none behind. */
bool spill_text(struct spill *spill, char **bytes, struct err *err);

void spill_clear(struct spill *spill);

#endif
