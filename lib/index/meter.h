/*
 * meter.h: what has become of messages since the index was made, as numbers that only grow: for
 * monitoring.
 *
 * They are counted in the transaction that writes a record, so they agree with the listings, and
 * live as long as the index does: over the restarts of all programs, not over a rebuild, after
 * which they begin at 0, as monitoring expects of counters. Their keys are names from the
 * configuration, never a message's or an address; so there are few.
 */
#ifndef INDEX_METER_H
#define INDEX_METER_H

#include "index/index.h"

enum meter {
	METER_MESSAGES,  /* that came to a final status; by organization, connector and status */
	METER_ATTEMPTS,  /* that count; by the status that each led to, and the reply's code */
	METER_ACCEPTED,  /* by organization */
	METER_WAITING,   /* times from acceptance, or from when it was due, to the first attempt */
	METER_DELIVERY,  /* the same to `sent` */
	METER_LAPSED,    /* leases that lapsed; the connector is a stage */
	METER_THROTTLED, /* answers that asked to slow down; by connector */
};

/* The upper bounds of a histogram's buckets, in milliseconds; one more is for what took longer. */
#define METER_BOUNDS 13
extern const int64_t meter_bounds_ms[METER_BOUNDS];

/* A counter is the first number alone. A histogram: how many fell into each bucket, then their sum
 * in milliseconds. */
#define METER_SUM (METER_BOUNDS + 1)
#define METER_NUMBERS (METER_SUM + 1)

struct index_meter {
	enum meter meter;
	struct slice organization;
	struct slice connector; /* empty: none yet */
	enum status status;
	unsigned code; /* of SMTP or HTTP, 100 to 599; 0: none */
	uint64_t number[METER_NUMBERS];
};

/* All, or one organization's; in the arena, those of one meter together. */
bool index_meters(struct index *index, struct slice organization, struct arena *arena,
		  struct index_meter **meters, size_t *n, struct err *err);

/* A message was accepted, a remote asked to slow down: the rest is counted by itself. */
void index_count_accepted(struct index_txn *txn, struct slice organization);
void index_count_throttled(struct index_txn *txn, struct slice organization, struct slice connector,
			   unsigned answers);

#endif
