/*
 * slots.h: a connector's connections, counted over all workers: each holds the lock of one small
 * file in .run/conn/, which the kernel gives back when its holder ends.
 */
#ifndef QUEUE_SLOTS_H
#define QUEUE_SLOTS_H

#include "queue/queue.h"

/* One of so many, as a descriptor that holds it until it is closed; -1: all are taken. */
int slots_take(const struct queue *queue, const char *org, const char *connector, unsigned most);

/* How many of them are taken. (A worker that looks for one at that very moment may find one more
 * taken than there are, and looks again.) */
unsigned slots_taken(const struct queue *queue, const char *org, const char *connector,
		     unsigned most);

#endif
