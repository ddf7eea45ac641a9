/*
 * purge.h: retention: messages of final states that are old go, or their bodies do.
 *
 * Goes through the index's listing in pages, so its memory does not grow with what there is to do;
 * each message is taken under its lock and looked at again before anything happens to it. A page's
 * files go first, then, once that is durable, the idempotency keys that name them, then their
 * records: whatever kills it in between, the next run finishes, and no key is given up while its
 * message can come back.
 */
#ifndef QUEUE_PURGE_H
#define QUEUE_PURGE_H

#include "queue/queue.h"

#define PURGE_STATUSES (1u << STATUS_SENT | 1u << STATUS_FAILED | 1u << STATUS_CANCELLED)

struct purge {
	struct slice organization; /* empty: all */
	unsigned statuses;         /* a set of final ones */
	int64_t until_ms;          /* those whose last entry is older */
	bool bodies;               /* only these */
	int64_t most_ms;           /* about; 0: as long as it takes */
	/* Where one ended that took as long: the next one's begin, a time and an id; none: "" */
	struct index_record after;

	/* Counted by queue_purge: */
	uint64_t messages, bytes;
	uint64_t busy; /* left alone: in another's hands */
	bool more;     /* it took as long as it may; `after` says where to go on */
};

/* The final statuses that words with commas between mean; 0: one of them is none. */
unsigned purge_statuses(struct slice words);

/* A time of RFC 3339, or an age such as 30d counted back from now. False: neither, or yet to come.
 */
bool purge_until(struct slice text, int64_t now_ms, int64_t *until_ms);

/* False and err: it stops there, and can be run again. */
bool queue_purge(struct queue *queue, struct purge *purge, struct err *err);

/* Counts, of what it would go through, the messages: with `bodies` also those whose bodies are gone
 * already, which only their files tell. */
bool queue_purge_count(struct queue *queue, struct purge *purge, struct err *err);

#endif
