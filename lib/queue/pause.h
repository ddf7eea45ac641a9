/*
 * pause.h: the file that says that an operator has stopped a connector.
 *
 * It lies in the spool's .paused/, synced: a pause by hand outlives programs and power cuts, and
 * ends by hand alone. Whoever asks for a connector's health (queue/health.h) is told of it as of
 * every other pause. Operators pause and resume by queue/connector_pause.h.
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

/* reason: NULL or "" for none. EX_DATAERR: there is one already. */
bool pause_make(struct queue *queue, const char *org, const char *connector, const char *by,
		const char *reason, struct err *err);
bool pause_end(struct queue *queue, const char *org, const char *connector, struct err *err);

/* Of a connector that goes, if there is one: the next of its name begins anew. */
void pause_forget(struct queue *queue, const char *org, const char *connector);

#endif
