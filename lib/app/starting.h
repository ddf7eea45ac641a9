/*
 * starting.h: what is served while there is no index to ask: it is made anew where it does not know
 * the spool, which takes minutes where there are a million messages.
 *
 * `mailq-index rebuild` does that, in a process of its own, so that this one answers: /healthz says
 * why, and everything else is asked to come again (503).
 *
 *     struct starting starting = {.conf = conf, .loop = loop};
 *     if (starting_open(&starting, &service, &err))
 *             while (starting_lasts(&starting, &err))
 *                     a turn of the loop, a turn of the server
 *     starting_close(&starting);
 */
#ifndef APP_STARTING_H
#define APP_STARTING_H

#include "base/child.h"
#include "http/server.h"
#include "queue/queue.h"

struct starting {
	const struct conf *conf;
	struct loop *loop;
	struct queue *queue; /* open to accept alone: that needs no index */
	struct child child;  /* pid 0: none runs */
	struct loop_watch ended;
	struct loop_timer again;
	struct err err; /* of the child */
};

bool starting_open(struct starting *starting, struct http_service *service, struct err *err);

/* False once the index knows the spool, whoever has made it; or with err where it cannot be made.
 */
bool starting_lasts(struct starting *starting, struct err *err);

/* A rebuild that is under way is given up: the next one begins anew. */
void starting_close(struct starting *starting);

#endif
