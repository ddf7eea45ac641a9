/*
 * pause.h: a connector that an operator has stopped, and one that he has tried again before its
 * time.
 *
 * A pause by hand is a file in the spool's .paused/, synced: it outlives programs and power cuts,
 * and ends by hand alone. Whoever asks for a connector's health (queue/health.h) is told of it as
 * of every other pause: mailq-route takes the fallback, senders give back what they have in hand
 * and claim nothing. What is on a connection already ends first.
 */
#ifndef QUEUE_PAUSE_H
#define QUEUE_PAUSE_H

#include "queue/queue.h"

#define QUEUE_PAUSES ".paused" /* its time of change tells that one came or went */

struct pause {
	int64_t since_ms;
	char text[256]; /* who, and his reason: "user root: its certificate is replaced" */
};

/* Whether there is one; an unreadable one is one too. */
bool pause_read(const struct queue *queue, const char *org, const char *connector,
		struct pause *pause);

/* reason: NULL or "" for none. EX_DATAERR: it is paused by hand already. */
bool queue_pause(struct queue *queue, const char *org, const struct connector *connector,
		 const char *by, const char *reason, struct err *err);

/*
 * Ends a pause, whoever made it: what waits is tried at once, after a failure by one connection
 * first. EX_DATAERR: nothing is wrong with the connector.
 */
bool queue_resume(struct queue *queue, const char *org, const struct connector *connector,
		  struct err *err);

/* Of a connector that goes: the next of its name begins anew. */
void queue_forget_pause(struct queue *queue, const char *org, const char *connector);

#endif
