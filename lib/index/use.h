/*
 * use.h: how connectors have been used of late: when each was tried last, when a message was last
 * sent by it, how many attempts it makes a second, how long the last of them took.
 *
 * One small value for each connector, kept in the transaction that writes a record and made of that
 * record alone: so a rebuild finds what the messages that are still kept can tell, and nothing that
 * is asked here grows with the backlog.
 */
#ifndef INDEX_USE_H
#define INDEX_USE_H

#include "index/index.h"

#define USE_ATTEMPTS 20   /* the last that are remembered */
#define USE_PART_MS 10000 /* attempts are counted in parts of time as long */

struct index_use {
	int64_t tried_ms;  /* the last attempt that counts; 0: none is known */
	int64_t sent_ms;   /* the last by which a message was sent; 0: none is known */
	int64_t part;      /* the time's newest part with an attempt in it, */
	uint64_t tries[2]; /* how many fell into it, and into the one before */
	struct index_use_attempt {
		int64_t at_ms;
		uint32_t took_ms;
	} last[USE_ATTEMPTS]; /* the oldest first */
	size_t n;
};

/* All zero for a connector of which nothing is known. */
bool index_use(struct index *index, struct slice organization, struct slice connector,
	       struct index_use *use, struct err *err);

/* Attempts a second, over the last USE_PART_MS, about: the newest part counts in full, the one
 * before as far as it still reaches into that time. */
double index_use_rate(const struct index_use *use, int64_t now_ms);

#endif
