/*
 * connector_pause.h: an operator stops a connector, or has it tried again before its time.
 *
 * While one is stopped (queue/pause.h), mailq-route takes the fallback, and senders give back what
 * they have in hand and claim nothing. What is on a connection already ends first.
 */
#ifndef QUEUE_CONNECTOR_PAUSE_H
#define QUEUE_CONNECTOR_PAUSE_H

#include "queue/queue.h"

/* reason: NULL or "" for none. EX_DATAERR: it is paused by hand already. */
bool queue_pause(struct queue *queue, const char *org, const struct connector *connector,
		 const char *by, const char *reason, struct err *err);

/*
 * Ends a pause, whoever made it: what waits is tried at once, after a failure by one connection
 * first. EX_DATAERR: nothing is wrong with the connector.
 */
bool queue_resume(struct queue *queue, const char *org, const struct connector *connector,
		  struct err *err);

#endif
