/*
 * pickup.h: from .drop/ into the queue.
 *
 * Nothing in a dropped file is trusted: it is copied once (spool/drop.h), and of the copy only the
 * first `request` and the last `raw` count, read and checked as of any caller. Its owner, as
 * the kernel tells, decides which organizations it may name (conf/submitter.h).
 *
 * A message keeps its id. It is in the queue, durable, before the dropped file goes, so a file that
 * was copied already can be met again: an `origin` entry says whose file it was and with what sum,
 *
 *     {"user":"alice","uid":1000,"sha256":"5b1c..."}
 *
 * and a file of the same owner and sum is only removed. What cannot be taken goes to failed/ with
 * the reason, under a new id where its own is another message's; what is no message, to .bad/.
 */
#ifndef QUEUE_PICKUP_H
#define QUEUE_PICKUP_H

#include "queue/queue.h"

/*
 * Everything that is there, the users in turn, so that whoever fills .drop/ delays nobody but
 * himself. False and err: not now (75, 74); what is left is met again.
 */
bool pickup_run(struct queue *queue, struct err *err);

#endif
