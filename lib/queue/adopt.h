/*
 * adopt.h: a copied or restored spool goes on as the one there is.
 */
#ifndef QUEUE_ADOPT_H
#define QUEUE_ADOPT_H

#include "queue/queue.h"

/*
 * Marks the spool as this machine's. What should have gone out longer ago than its organization's
 * max_lateness_seconds is held first, with the reason: it may have gone out from the original.
 * *held: how many.
 */
bool queue_adopt(struct queue *queue, uint64_t *held, struct err *err);

#endif
