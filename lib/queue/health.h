/*
 * health.h: how a connector is, as its senders last found it: what mailq-status, mailq-explain and
 * the app show, and what mailq-route asks before it takes a fallback.
 *
 * One small file in .run/connector/ for each connector with whom something is or was wrong,
 * replaced as a whole, not synced: it says nothing that the next try does not find out again.
 */
#ifndef QUEUE_HEALTH_H
#define QUEUE_HEALTH_H

#include "policy/breaker.h"
#include "queue/queue.h"

struct health {
	struct breaker breaker; /* until_ms in wall-clock time */
	int64_t since_ms;       /* since when it is as it is */
	char text[256];         /* what the remote said, or what went wrong */
};

/* All zero for a connector of which nothing is known: then it is good. A pause by hand
 * (queue/pause.h) covers what senders have found. */
void health_read(const struct queue *queue, const char *org, const char *connector,
		 struct health *health);

/* What senders have found, paused by hand or not. */
void health_read_found(const struct queue *queue, const char *org, const char *connector,
		       struct health *health);

/* Another number once the health of some connector has changed, by a sender or by hand. */
int64_t health_stamp(const struct queue *queue);

/* One that is good has no file. */
void health_write(struct queue *queue, const char *org, const char *connector,
		  const struct health *health);

#endif
