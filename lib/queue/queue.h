/*
 * queue.h: the spool and its index, opened together: what programs work on.
 *
 * The rooms below know one half each; here every change is made in both, the file first. What can
 * be done with a queue has a header for each kind of caller:
 *
 *     queue/intake.h   accepts messages
 *     queue/work.h     the loop of a stage: claim, handle, hand on
 *     queue/verdict.h  waits until it is known what became of a message
 *     queue/recover.h  after deaths: ledgers, lapsed claims, what the index does not know
 *     queue/rebuild.h  the index anew from the files
 *     queue/look.h     shows a message
 *     queue/act.h      an operator's verbs
 *     queue/bell.h     wakes a stage that waits
 *
 * The index is a cache: where it fails, a queue says so in the log and goes on without it.
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "base/log.h"
#include "conf/conf.h"
#include "index/index.h"
#include "spool/moving.h"
#include "spool/spool.h"

struct queue {
	/* the caller's; a worker swaps it for a newer one between batches */
	const struct conf *conf;
	struct spool *spool;
	struct index *index;   /* NULL: it cannot be opened; accepting works all the same */
	struct moving *moving; /* what is moved here without a claim */
	struct log log;
	bool log_verbs; /* servers log what an operator does; his own command need not */
	struct refused_conf {
		const struct conf *in_force;
		struct err said;
	} refused; /* what queue_log_reload said last */
};

/*
 * Opens both. An index that does not know the spool (new, or from before the machine's last boot)
 * is rebuilt first, unless somebody does so already or the caller only accepts.
 */
enum queue_use {
	QUEUE_ACCEPT, /* only accepts: does not wait for anything that grows with the backlog */
	QUEUE_WORK,   /* claims, asks or changes: wants the index, and first looks after what the
			 dead left: senders' ledgers, messages that others were moving */
};

struct queue *queue_open(const struct conf *conf, enum queue_use use, struct err *err);
void queue_close(struct queue *queue);

/* One line about a failure that is nobody's answer: the index, a file that had to be filed away. */
void queue_log_failure(struct queue *queue, const char *event, const char *id,
		       const struct err *err);

/* Files that changed and are wrong now, event "reload". What runs for long looks every few seconds;
 * it is told once for each mistake. */
void queue_log_reload(struct queue *queue, const struct err *err);

/* The stage that senders of a kind claim from: "send-smtp". */
void queue_send_stage(char stage[], const char *kind);

/* Something is in the files that the index could not be told: whoever sees this file has
 * `mailq-index check` run, which removes it when it is done. It grows when it is wanted once more.
 */
#define QUEUE_CHECK_WANTED ".run/check"
void queue_want_check(struct queue *queue);

/* What was said to be moving is done; told: the index knows of it all. Else whoever comes next
 * tells it. */
void queue_moved(struct queue *queue, bool told);

/* Wakes every stage that the configuration gives work to: all that waits is looked at now. */
void queue_ring_all(struct queue *queue);

#endif
