/*
 * replay.h: brings messages up to what dead senders' ledgers know.
 *
 * Replay comes before a sender's first claim, before a verb and before a rebuild. It takes all
 * ledgers without an owner together, one process at a time, and for each message, by the number of
 * its tries:
 *
 *   - an `attempt` that the message lacks is appended;
 *   - a `try` without a verdict becomes the `attempt` it carries, result "uncertain";
 *   - then the message goes where its last `attempt` or `event` leads.
 *
 * At the end a syncfs makes the messages durable, and the ledgers go. Replaying twice changes
 * nothing.
 */
#ifndef SPOOL_REPLAY_H
#define SPOOL_REPLAY_H

#include "spool/spool.h"

struct replay {
	/* Called for each message that a ledger named, still locked, after what it lacked was
	 * appended; read anew, so that the caller can tell its story. May be NULL. */
	void (*settled)(void *context, const struct spool_file *file);
	void *context;
	/* Counted by spool_replay: */
	size_t ledgers, messages, uncertain, missing;
};

/* True when there is nothing left to replay. False, and the ledgers stay, when a message could not
 * be locked in time (75) or written. */
bool spool_replay(struct spool *spool, struct replay *replay, struct err *err);

#endif
